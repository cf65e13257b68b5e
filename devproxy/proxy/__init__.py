"""CARRYING: sockets, bytes, time. asyncio, aiohttp, httptools and ssl live here; decisions do not.

    server    puts the parts together: listen, drain, stop
    handler   one request's way: by callbacks as far as they go, in a task from there
    client    the client's side of an exchange, on `client_connection`, which answers whole requests at once and leaves the
              others to aiohttp (`aiohttp_handler`); `pipe` is what it says in another protocol
    forward   one exchange carried to a target and back
    tunnel    bytes both ways in another protocol, mostly WebSocket (whose `frames` it follows)
    upstream  connections to targets: kept, reused, timed out (on `connection` with its `reader`, and `dial` with `tls`, `via`)
    outbox    what is written to many at once, at the end of a turn of the loop
    system    what the operating system tells and grants; `names` that it knows
    loop      the event loop that all of it runs on

This package must not know what a policy says, and nothing above it knows a socket.
"""
