"""CARRYING: sockets, bytes, time. asyncio, aiohttp, httptools and ssl live here; decisions do not.

    server    puts the parts together: listen, drain, stop
    handler   one request's way, on one screen
    client    the client's side of an exchange, on aiohttp's listener
    forward   one exchange carried to a target and back
    upstream  connections to targets: kept, reused, timed out (with `dial` and `connection` below it)
    loop      the event loop that all of it runs on

This package must not know what a policy says, and nothing above it knows a socket.
"""
