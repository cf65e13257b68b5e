"""WebSocket through devproxy: the handshake carried, then bytes both ways until one side closes."""

import asyncio
import re
import socket
import struct
from contextlib import suppress

import pytest
from aiohttp import ClientSession, WSMsgType, WSServerHandshakeError, web

from devproxy.errors import TargetError

pytestmark = pytest.mark.usefixtures("each_loop")


@pytest.fixture(autouse=True)
def few_last_words(monkeypatch):
    """A shorter time for last words; that there is one is what counts."""
    monkeypatch.setattr("devproxy.proxy.tunnel._LAST_WORD_SECONDS", 0.3)


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


# Any protocol, byte by byte

FOO = b"GET /x HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: foo/2\r\n\r\n"
WEBSOCKET = FOO.replace(b"foo/2", b"websocket")
TO_FOO = (
    b"HTTP/1.1 101 Fine\r\nConnection: Upgrade\r\nUpgrade: foo/2\r\nX-Twice: 1\r\nX-Twice: caf\xe9\r\n\r\n"
)
TO_WEBSOCKET = TO_FOO.replace(b"foo/2", b"websocket")
GOING_AWAY = b"\x88\x02\x03\xe9"


async def within(awaitable):
    return await asyncio.wait_for(awaitable, 5)


async def all_of(reader):
    """What comes until the end, be it FIN or RST."""
    said = bytearray()
    with suppress(ConnectionError):
        while data := await within(reader.read(65536)):
            said += data
    return bytes(said)


def reset(writer):
    """Sends RST instead of FIN."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def test_any_protocol_is_tunnelled(start, speaking):
    """The handshake is passed on as it stands, the 101 is copied, and then every byte, both ways."""
    asked = []

    async def speak(reader, writer):
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(TO_FOO + b"at once")
        while data := await reader.read(65536):
            writer.write(data)

    proxy = await start(await speaking(speak))
    reader, writer = await proxy.connect(FOO)
    assert await within(reader.readuntil(b"\r\n\r\n")) == TO_FOO
    assert await within(reader.readexactly(7)) == b"at once"
    every = bytes(range(256)) * 4096
    writer.write(every)
    assert await within(reader.readexactly(len(every))) == every
    writer.write_eof()
    assert await all_of(reader) == b""
    assert asked[0].endswith(b"\r\nConnection: Upgrade\r\nUpgrade: foo/2\r\n\r\n")
    writer.close()


@pytest.mark.parametrize("upgrade", [b"foo/2", b"websocket"])
@pytest.mark.parametrize("together", [True, False])
async def test_what_a_client_says_before_the_101_waits_for_it(start, speaking, upgrade, together):
    """It reaches the target after the switch and not before, whether it came with the handshake or behind it."""
    before = []

    async def speak(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        with suppress(TimeoutError):
            before.append(await asyncio.wait_for(reader.read(1), 0.2))
        writer.write(TO_FOO.replace(b"foo/2", upgrade))
        writer.write(await reader.readexactly(10))

    proxy = await start(await speaking(speak))
    handshake = FOO.replace(b"foo/2", upgrade)
    reader, writer = await proxy.connect(handshake + b"early\r\n\r\n " if together else handshake)
    if not together:
        await asyncio.sleep(0.05)
        writer.write(b"early\r\n\r\n ")
    await within(reader.readuntil(b"\r\n\r\n"))
    assert await within(reader.readexactly(10)) == b"early\r\n\r\n "
    assert before == []
    writer.close()


async def test_a_flood_before_the_101_is_held_back(start, speaking):
    """What nobody has agreed to take is not collected."""
    go_on = asyncio.Event()

    async def speak(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        await go_on.wait()
        writer.write(TO_FOO)
        while await reader.read(65536):
            pass

    proxy = await start(await speaking(speak))
    _, writer = await proxy.connect(FOO)
    sent = 0
    with suppress(TimeoutError):
        while sent < 64 * 1024 * 1024:
            writer.write(b"x" * 65536)
            await asyncio.wait_for(writer.drain(), 0.3)
            sent += 65536
    assert sent < 32 * 1024 * 1024
    go_on.set()
    await within(writer.drain())
    writer.close()


@pytest.mark.parametrize("upgrade", [b"h2c", b"HTTP/2.0", b"TLS/1.0"])
async def test_http_in_other_clothes_stays_http(start, scripted, upgrade):
    """The target is not even asked, and what follows is the next request, checked like any other: its Host ends it."""
    target = await scripted(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", then_close=False)
    proxy = await start(target.origin)
    ask = FOO.replace(b"foo/2", upgrade).replace(
        b"Upgrade\r\n", b"Upgrade, HTTP2-Settings\r\nHTTP2-Settings: A\r\n", 1
    )
    answer = await proxy.raw(
        ask
        + b"GET /2 HTTP/1.1\r\nHost: evil.test\r\n\r\nGET /3 HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    )
    assert re.findall(rb"HTTP/1.1 (\d+)", answer) == [b"200", b"403"]
    assert all(b"upgrade" not in asked.lower() and b"HTTP2-Settings" not in asked for asked in target.asked)
    assert all(b"evil" not in asked for asked in target.asked)


@pytest.mark.parametrize(
    ("refusal", "body"),
    [
        (b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Bearer\r\nContent-Length: 4\r\n\r\n", b"who?"),
        (b"HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n", b""),
        (b"HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nnone\r\n0\r\n\r\n", b"none"),
        (
            b"HTTP/1.1 426 Upgrade Required\r\nUpgrade: foo/3\r\nConnection: Upgrade\r\nContent-Length: 0\r\n\r\n",
            b"",
        ),
        (b"HTTP/1.1 200 OK\r\n\r\nplain", b"plain"),
    ],
)
async def test_a_refusal_is_an_answer_like_any_other(start, scripted, refusal, body):
    """Status, reason, fields and body reach the client, who may ask again on the same connection."""
    target = await scripted(refusal + (body if b"chunked" not in refusal else b""))
    proxy = await start(target.origin)
    reader, writer = await proxy.connect(FOO)
    head = await within(reader.readuntil(b"\r\n\r\n"))
    assert head.startswith(refusal.partition(b"\r\n")[0])
    kept = [line for line in refusal.split(b"\r\n") if line.startswith((b"WWW-", b"Location"))]
    assert all(line in head.split(b"\r\n") for line in kept)
    if b"chunked" in head:
        assert body in await within(reader.readuntil(b"0\r\n\r\n"))
    else:
        assert await within(reader.readexactly(len(body))) == body
    writer.write(
        f"HEAD / HTTP/1.1\r\nHost: localhost:{proxy.proxy.port}\r\nConnection: close\r\n\r\n".encode()
    )
    assert (await all_of(reader)).startswith(refusal.partition(b"\r\n")[0])
    writer.close()


@pytest.mark.parametrize(
    ("answer", "code", "quoted"),
    [
        (b"SSH-2.0-OpenSSH_9.6\r\n", "protocol", r"SSH-2.0-OpenSSH_9.6\r\n"),
        (b"\x1b[31m<script>\r\n\r\n", "protocol", r"\x1b[31m<script>"),
        (b"HTTP/1.1 101 Swi", "reset", "HTTP/1.1 101 Swi"),
        (
            b"HTTP/1.1 101 Fine\r\n\r\n\x81\x05hello",
            "protocol_switch",
            r"HTTP/1.1 101 Fine\r\n\r\n\x81\x05hello",
        ),
        (TO_WEBSOCKET, "protocol_switch", "HTTP/1.1 101 Fine"),
        (TO_FOO.replace(b"Fine", b"F\x00ine"), "protocol", r"HTTP/1.1 101 F\x00ine"),
        (b"x" * 100_000, "protocol", "x" * 64 + "…"),
    ],
)
async def test_a_broken_handshake_is_quoted(start, scripted, caplog, answer, code, quoted):
    """Whoever asked reads how the answer began, escaped and cut; the log does not."""
    target = await scripted(answer)
    proxy = await start(target.origin)
    status, fields, body = await proxy.ask("GET / HTTP/1.1\nUpgrade: foo/2\nAccept: text/plain", upgrade=True)
    assert (status, fields["x-devproxy-error"]) == (502, code)
    assert quoted in body.decode()
    assert len(body) < 600
    assert isinstance(proxy.recorder.ended_[0].error, TargetError)
    assert "SSH" not in proxy.recorder.ended_[0].error.detail


# Ends


@pytest.mark.parametrize("half_said", [b"", b"\x81\x7e\xff"])
async def test_the_last_words_of_a_client_arrive(start, speaking, half_said):
    """What it said right before FIN reaches the target, and then FIN does, in the middle of a frame too."""
    heard = asyncio.Queue()

    async def speak(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(TO_WEBSOCKET)
        heard.put_nowait(await reader.read())

    proxy = await start(await speaking(speak))
    reader, writer = await proxy.connect(WEBSOCKET)
    await within(reader.readuntil(b"\r\n\r\n"))
    last = b"\x82\x7f" + (300_000).to_bytes(8, "big") + b"x" * 300_000 + half_said
    writer.write(last)
    writer.close()
    assert await within(heard.get()) == last
    while not proxy.recorder.ended_:
        await asyncio.sleep(0.01)
    assert proxy.recorder.ended_[0].error is None


@pytest.mark.parametrize("half_said", [b"", b"\x81\x7e\xff"])
async def test_the_last_words_of_a_target_arrive(start, speaking, half_said):
    """What it said right before FIN reaches a client that is slow to read, and then FIN does."""
    last = b"x" * 3_000_000 + half_said

    async def speak(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(TO_WEBSOCKET + last)

    proxy = await start(await speaking(speak))
    reader, writer = await proxy.connect(WEBSOCKET)
    writer.transport.pause_reading()
    await asyncio.sleep(0.2)
    writer.transport.resume_reading()
    await within(reader.readuntil(b"\r\n\r\n"))
    assert await within(reader.read()) == last
    writer.close()


@pytest.mark.parametrize("who", ["client", "target"])
@pytest.mark.parametrize("how", [reset, lambda writer: writer.close()], ids=["RST", "FIN"])
@pytest.mark.parametrize("other_is", ["listening", "busy", "deaf"])
async def test_either_end_ends_both(start, speaking, who, how, other_is):
    """One side that goes, however, takes the other along, even if that one never looks or never stops talking."""
    targets, over = asyncio.Queue(), asyncio.Event()

    async def chatter(writer):
        with suppress(ConnectionError):
            while True:
                writer.write(b"\x82\x01x" * 1000)
                await writer.drain()
                await asyncio.sleep(0)

    async def speak(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(TO_WEBSOCKET)
        targets.put_nowait((reader, writer))
        await over.wait()

    proxy = await start(await speaking(speak))
    reader, writer = await proxy.connect(WEBSOCKET)
    await within(reader.readuntil(b"\r\n\r\n"))
    target = await within(targets.get())
    (_, leaving), (listening, staying) = (
        ((reader, writer), target) if who == "client" else (target, (reader, writer))
    )
    talking = asyncio.get_running_loop().create_task(chatter(staying)) if other_is == "busy" else None
    if other_is == "deaf":
        staying.transport.pause_reading()
    await asyncio.sleep(0.05)
    how(leaving)
    while not proxy.recorder.ended_:
        await asyncio.sleep(0.02)
    if other_is == "deaf":
        staying.transport.resume_reading()
    await all_of(listening)
    if talking:
        await within(talking)
    over.set()
    staying.close()
    while proxy.proxy._upstream._pool._open:
        await asyncio.sleep(0.02)


@pytest.mark.parametrize("who", ["client", "target"])
async def test_a_slow_side_holds_the_other_back(start, speaking, who):
    """What one side does not take is not collected, and nothing is lost when it reads on."""
    targets, over = asyncio.Queue(), asyncio.Event()

    async def speak(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(TO_FOO)
        targets.put_nowait((reader, writer))
        await over.wait()

    proxy = await start(await speaking(speak))
    client = await proxy.connect(FOO)
    await within(client[0].readuntil(b"\r\n\r\n"))
    target = await within(targets.get())
    (slow, its_writer), (_, fast) = (client, target) if who == "client" else (target, client)
    its_writer.transport.pause_reading()
    sent = 0
    with suppress(TimeoutError):
        while sent < 64 * 1024 * 1024:
            fast.write(b"x" * 65536)
            sent += 65536
            await asyncio.wait_for(fast.drain(), 0.3)
    assert sent < 32 * 1024 * 1024
    its_writer.transport.resume_reading()
    assert len(await within(slow.readexactly(sent))) == sent
    over.set()
    client[1].close()


# Stopping


async def both_open(start, speaking, handshake=WEBSOCKET, answer=TO_WEBSOCKET):
    """A tunnel: the running devproxy, the client's end and the target's."""
    targets, over = asyncio.Queue(), asyncio.Event()

    async def speak(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        targets.put_nowait((reader, writer, over))
        await over.wait()

    proxy = await start(await speaking(speak))
    client = await proxy.connect(handshake)
    await within(client[0].readuntil(b"\r\n\r\n"))
    return proxy, client, await within(targets.get())


def unmasked(frame):
    return frame[:1] + bytes([frame[1] & 0x7F]) + bytes(b ^ frame[2 + i % 4] for i, b in enumerate(frame[6:]))


async def test_stopping_says_going_away_to_both_sides(start, speaking):
    """A page sees code 1001 and reconnects; the target sees the same, masked as from any client."""
    proxy, (reader, writer), (target_reader, target_writer, over) = await both_open(start, speaking)
    target_writer.write(b"\x81\x02hi\x01\x03hel")
    writer.write(b"\x81\x82maskhi")
    assert await within(reader.readexactly(9)) == b"\x81\x02hi\x01\x03hel"
    assert await within(target_reader.readexactly(8)) == b"\x81\x82maskhi"
    stopping = asyncio.get_running_loop().create_task(proxy.proxy.stop(grace=60))
    assert await within(reader.read()) == GOING_AWAY
    frame = await within(target_reader.read())
    assert frame[1] & 0x80
    assert unmasked(frame) == GOING_AWAY
    over.set()
    writer.close()
    await within(stopping)
    assert proxy.recorder.ended_[0].error is None


@pytest.mark.parametrize("said", [b"\x81\x05hel", b"\x81", b"\x88\x02\x03\xe8"])
async def test_stopping_in_the_middle_of_a_frame_just_ends(start, speaking, said):
    """What would follow half a frame is a part of it, and nothing may follow a Close."""
    proxy, (reader, writer), (target_reader, target_writer, over) = await both_open(start, speaking)
    target_writer.write(said)
    writer.write(said)
    await within(reader.readexactly(len(said)))
    await within(target_reader.readexactly(len(said)))
    stopping = asyncio.get_running_loop().create_task(proxy.proxy.stop(grace=60))
    assert await all_of(reader) == b""
    assert await all_of(target_reader) == b""
    over.set()
    writer.close()
    await within(stopping)


async def test_stopping_says_nothing_in_an_unknown_protocol(start, speaking):
    """Nobody knows what a goodbye would be there."""
    proxy, (reader, writer), (target_reader, _, over) = await both_open(start, speaking, FOO, TO_FOO)
    stopping = asyncio.get_running_loop().create_task(proxy.proxy.stop(grace=60))
    assert await all_of(reader) == await all_of(target_reader) == b""
    over.set()
    writer.close()
    await within(stopping)


async def test_stopping_does_not_wait_for_the_deaf(start, speaking):
    """Sides that neither read nor close hold nobody up."""
    proxy, (_, writer), (_, target_writer, over) = await both_open(start, speaking)
    for end in (writer, target_writer):
        end.transport.pause_reading()
    await within(proxy.proxy.stop(grace=60))
    over.set()
    writer.close()
