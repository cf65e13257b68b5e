"""CHANGING: what stands differently on the two sides of the proxy.

`request` makes the request for the target from the client's, `response` the client's response from the target's.
Pure; must not know connections, nor decide who may ask.
"""
