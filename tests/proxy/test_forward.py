"""Bytes as they come: streams are neither held back nor collected."""

import asyncio


async def test_the_head_and_each_event_arrive_when_they_are_sent(start):
    """An event stream is open as soon as its head is known, and each event is there at once."""
    go_on = asyncio.Queue()

    async def events(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
        while event := await go_on.get():
            writer.write(event)
        writer.close()

    server = await asyncio.start_server(events, "127.0.0.1", 0)
    proxy = await start(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.proxy.port)
    writer.write(f"GET / HTTP/1.1\r\nHost: localhost:{proxy.proxy.port}\r\n\r\n".encode())
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
    assert b"Transfer-Encoding: chunked\r\n" in head
    for event in (b"data: 1\n\n", b"data: 2\n\n"):
        go_on.put_nowait(event)
        assert await asyncio.wait_for(reader.readuntil(event + b"\r\n"), 5) == b"9\r\n" + event + b"\r\n"
    go_on.put_nowait(b"")
    assert await asyncio.wait_for(reader.readuntil(b"0\r\n\r\n"), 5) == b"0\r\n\r\n"
    writer.close()
    server.close()


async def test_an_answer_that_comes_before_the_upload_ends_is_passed_on(start):
    """A 413 in mid-upload reaches the client while it is still sending."""

    async def refuse(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 3\r\n\r\nbig")
        await writer.drain()
        while await reader.read(65536):
            pass
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    proxy = await start(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.proxy.port)
    writer.write(
        f"POST / HTTP/1.1\r\nHost: localhost:{proxy.proxy.port}\r\nContent-Length: 1000000\r\n\r\n".encode()
    )
    writer.write(b"x" * 1000)
    assert (await asyncio.wait_for(reader.readuntil(b"big"), 5)).startswith(b"HTTP/1.1 413")
    writer.close()
    server.close()


async def test_a_slow_reader_holds_the_target_back(start):
    """What the client does not take is not collected: the target is made to wait."""
    sent = 0

    async def flood(reader, writer):
        nonlocal sent
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        try:
            for _ in range(2000):
                writer.write(b"x" * 65536)
                await writer.drain()
                sent += 65536
        except ConnectionError:
            pass
        writer.close()

    server = await asyncio.start_server(flood, "127.0.0.1", 0)
    proxy = await start(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    _, writer = await asyncio.open_connection("127.0.0.1", proxy.proxy.port, limit=1024)
    writer.write(f"GET / HTTP/1.1\r\nHost: localhost:{proxy.proxy.port}\r\n\r\n".encode())
    before = -1
    while before != sent or not sent:
        before = sent
        await asyncio.sleep(0.3)
    assert sent < 32 * 1024 * 1024
    writer.close()
    server.close()
