"""IMPORTING: what other tools' configurations say about proxying, as routes of ours.

`javascript` reads literals and runs nothing; one module for each tool knows where it keeps its proxy, `options` what an entry
means, and `document` writes what was found. Pure: texts in, values and a text out.
"""
