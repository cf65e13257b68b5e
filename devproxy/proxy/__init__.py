"""CARRYING: sockets, bytes, time. asyncio, aiohttp, httptools and ssl live here; decisions do not.

    server    puts the parts together: listen, drain, stop
    handler   one request's way: by callbacks as far as they go, in a task from there
    client    the client's side of an exchange (on `client_connection`, aiohttp's with what it lacks)
    forward   one exchange carried to a target and back
    tunnel    bytes both ways in another protocol, mostly WebSocket (whose `frames` it follows)
    upstream  connections to targets: kept, reused, timed out (on `dial`, `connection`, and its `reader`)
    outbox    what is written to many at once, at the end of a turn of the loop
    system    what the operating system tells and grants; `names` that it knows
    loop      the event loop that all of it runs on

This package must not know what a policy says, and nothing above it knows a socket.
"""
