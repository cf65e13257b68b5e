"""WebSocket through devproxy: the handshake carried, then bytes both ways until one side closes."""

import asyncio

import pytest
from aiohttp import ClientSession, WSMsgType, WSServerHandshakeError, web

from devproxy.errors import TargetError


@pytest.fixture
async def echo(serve):
    """A WebSocket server that says everything back, in another protocol if asked; /closed refuses."""

    async def talk(request):
        socket = web.WebSocketResponse(protocols=("chat",), max_msg_size=0)
        await socket.prepare(request)
        async for message in socket:
            if message.data == "bye":
                await socket.close(code=4321, message=b"so long")
            elif message.type is WSMsgType.TEXT:
                await socket.send_str(message.data)
            else:
                await socket.send_bytes(message.data)
        return socket

    async def closed(_request):
        return web.Response(status=401, text="who are you?", headers={"WWW-Authenticate": "Bearer"})

    app = web.Application()
    app.router.add_get("/ws", talk)
    app.router.add_get("/closed", closed)
    return await serve(app)


@pytest.fixture
async def browser():
    async with ClientSession() as session:
        yield session


async def test_messages_travel_both_ways_and_the_close_code_comes_back(start, echo, browser):
    """Text, binary, a subprotocol, a large frame, and the target's close code."""
    proxy = await start(echo)
    async with browser.ws_connect(
        f"{proxy.origin}/ws", protocols=("chat",), origin=proxy.origin, max_msg_size=0
    ) as socket:
        assert socket.protocol == "chat"
        await socket.send_str("hello")
        assert (await socket.receive(5)).data == "hello"
        large = bytes(range(256)) * 8192
        await socket.send_bytes(large)
        assert (await socket.receive(10)).data == large
        await socket.send_str("bye")
        assert (await socket.receive(5)).type is WSMsgType.CLOSE
        assert socket.close_code == 4321
    exchange = proxy.recorder.answered_[0]
    assert exchange.open_ended
    assert exchange.response.status == 101


async def test_compression_is_negotiated_between_the_two_ends(start, echo, browser):
    """Extensions are the client's and the target's own business."""
    proxy = await start(echo)
    async with browser.ws_connect(f"{proxy.origin}/ws", compress=15) as socket:
        assert socket.compress == 15
        await socket.send_str("hello " * 1000)
        assert (await socket.receive(5)).data == "hello " * 1000


async def test_a_refusal_of_the_target_reaches_the_client_as_it_is(start, echo, browser):
    """Status, fields and body: an answer like any other."""
    proxy = await start(echo)
    with pytest.raises(WSServerHandshakeError) as caught:
        await browser.ws_connect(f"{proxy.origin}/closed")
    assert caught.value.status == 401
    assert caught.value.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://localhost:5173", 101),
        ("https://evil.test", 403),
        ("null", 403),
        ("http://localhost.evil.test", 403),
    ],
)
async def test_pages_of_strangers_are_refused_before_the_target_is_dialled(start, scripted, origin, status):
    """Browsers open WebSockets to anyone, cookies included; the proxy asks who it is."""
    target = await scripted(
        b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    )
    proxy = await start(target.origin)
    fields = "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="
    head = (
        f"GET /ws HTTP/1.1\r\nHost: {{host}}\r\nConnection: Upgrade\r\n{fields}\r\nOrigin: {origin}\r\n\r\n"
    )
    answer = await proxy.raw(head.encode(), until=12)
    assert answer == f"HTTP/1.1 {status}".encode()
    assert len(target.asked) == (status == 101)
    if target.asked:
        asked = target.asked[0]
        assert b"\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" in asked
        assert f"\r\nOrigin: http://localhost:{proxy.proxy.port}\r\n".encode() in asked


async def test_a_dead_target_is_a_quick_readable_failure(start, unused_tcp_port, browser):
    """502, and the terminal knows why."""
    proxy = await start(f"http://localhost:{unused_tcp_port}")
    with pytest.raises(WSServerHandshakeError) as caught:
        await browser.ws_connect(f"{proxy.origin}/ws")
    assert caught.value.status == 502
    assert isinstance(proxy.recorder.ended_[0].error, TargetError)


async def test_nothing_is_said_to_a_target_that_has_not_switched(start, scripted):
    """Bytes that follow a handshake could be read as a request by a target that refused it."""
    target = await scripted(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno", then_close=False)
    proxy = await start(target.origin)
    head = b"GET /ws HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    smuggled = b"GET /admin HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    answer = await proxy.raw(head + smuggled)
    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert [asked.split()[1] for asked in target.asked] in ([b"/ws"], [b"/ws", b"/admin"])
    assert all(b"/admin" not in asked or b"Via: " in asked for asked in target.asked)


async def test_stopping_does_not_wait_for_sockets(start, echo, browser):
    """An open WebSocket, of a dev server's page for example, does not hold up the end."""
    proxy = await start(echo)
    socket = await browser.ws_connect(f"{proxy.origin}/ws")
    await asyncio.wait_for(proxy.proxy.stop(grace=60), 5)
    assert (await socket.receive(5)).type in {WSMsgType.CLOSE, WSMsgType.CLOSED, WSMsgType.ERROR}
    await socket.close()


async def test_either_side_that_goes_takes_the_other_along(start):
    """Without a close frame, too: nothing stays open."""
    ended = asyncio.Queue()

    async def switch(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(
            b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nearly"
        )
        if await reader.read(1) == b"!":
            writer.transport.abort()
        else:
            ended.put_nowait("target saw the end")
            writer.close()

    server = await asyncio.start_server(switch, "127.0.0.1", 0)
    proxy = await start(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    head = f"GET /ws HTTP/1.1\r\nHost: localhost:{proxy.proxy.port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    for last_word in (b"", b"!"):
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.proxy.port)
        writer.write(head.encode())
        assert (await asyncio.wait_for(reader.readuntil(b"early"), 5)).startswith(
            b"HTTP/1.1 101 Switching Protocols\r\n"
        )
        if last_word:
            writer.write(last_word)
            with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
                await asyncio.wait_for(reader.readexactly(1), 5)
        writer.close()
    assert await asyncio.wait_for(ended.get(), 5) == "target saw the end"
    while len(proxy.recorder.ended_) < 2:
        await asyncio.sleep(0.01)
    server.close()
