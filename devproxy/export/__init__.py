"""Writing a policy out: what a backend must allow, as the lines to paste for the server that it is.

`allow` is the value, `recipe` what comes of it, `frameworks` the table of servers; each server has a file of its own that
knows its traps. Values in, text out: this package must not know routes, files or terminals.
"""
