"""Answering as a server does: the CORS protocol of the Fetch standard.

`spelling` and `origin` know origins, `rules` what a policy may say, `policy` and `answer` what it answers: values in,
values out. This package must not know routes, configuration files or sockets, and it never judges what a browser makes of
an answer: that is `browser/`, a second reading of the same standard that shares nothing with this one, so that each can
prove the other.
"""
