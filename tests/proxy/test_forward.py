"""Bytes as they come: streams are neither held back nor collected."""

import asyncio
import socket
import struct
import sys
from contextlib import suppress

import pytest

from devproxy.errors import ClientError

pytestmark = pytest.mark.usefixtures("each_loop")


@pytest.fixture(autouse=True)
def little_patience(monkeypatch):
    """A shorter time until a client that waits for permission gets ours; that there is one is what counts."""
    monkeypatch.setattr("devproxy.proxy.client._PATIENCE_SECONDS", 0.3)


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


# Interim answers, and permission to send a body

WAITING = b"PUT /x HTTP/1.1\r\nHost: {host}\r\nContent-Length: 4\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


async def head_of(reader):
    return await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)


async def rest_of(reader):
    return await asyncio.wait_for(reader.read(), 5)


async def test_permission_to_send_a_body_is_the_target_s_to_give(start, speaking):
    """Expect travels to the target, and its 100 to the client, which only then sends; its fields travel along."""
    asked, may = asyncio.Queue(), asyncio.Event()

    async def speak(reader, writer):
        asked.put_nowait(await reader.readuntil(b"\r\n\r\n"))
        await may.wait()
        writer.write(b"HTTP/1.1 100 Go Ahead\r\nX-Quota: 3\r\n\r\n")
        asked.put_nowait(await reader.readexactly(4))
        writer.write(OK)

    proxy = await start(await speaking(speak))
    reader, writer = await proxy.connect(WAITING)
    assert b"\r\nExpect: 100-continue\r\n" in await asyncio.wait_for(asked.get(), 5)
    may.set()
    assert await head_of(reader) == b"HTTP/1.1 100 Go Ahead\r\nX-Quota: 3\r\n\r\n"
    writer.write(b"body")
    assert (await rest_of(reader)).endswith(b"\r\n\r\nok")
    assert asked.get_nowait() == b"body"
    writer.close()


@pytest.mark.parametrize("status", [b"401 Unauthorized", b"413 Content Too Large", b"417 Expectation Failed"])
async def test_a_refusal_spares_the_body(start, speaking, status):
    """The answer comes instead of a 100, the client hears the end at once, and the target never sees a body."""
    after_head = asyncio.Queue()

    async def speak(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 " + status + b"\r\nContent-Length: 2\r\n\r\nno")
        after_head.put_nowait(await reader.read())

    proxy = await start(await speaking(speak))
    reader, writer = await proxy.connect(WAITING)
    answer = await asyncio.wait_for(reader.read(), 3)  # less than the time for which a listener lingers
    assert answer.startswith(b"HTTP/1.1 " + status)
    assert b"\r\nConnection: close\r\n" in answer
    assert await asyncio.wait_for(after_head.get(), 5) == b""
    writer.close()


@pytest.mark.parametrize("late", [b"", CONTINUE])
async def test_a_target_that_ignores_expect_costs_a_moment(start, speaking, late):
    """After a while the client is told to go on, once; a target that says so later on says nothing new."""

    async def speak(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(4)
        writer.write(late + OK)

    proxy = await start(await speaking(speak))
    reader, writer = await proxy.connect(WAITING)
    assert await head_of(reader) == CONTINUE
    writer.write(b"body")
    assert (await rest_of(reader)).startswith(b"HTTP/1.1 200 OK\r\n")
    writer.close()


async def test_a_client_that_does_not_wait_is_not_held_up(start, speaking):
    """It may send the body at once, whatever it expects; nobody tells it to do what it has done."""

    async def speak(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(4)
        await asyncio.sleep(0.5)
        writer.write(OK)

    proxy = await start(await speaking(speak))
    reader, writer = await proxy.connect(WAITING + b"body")
    assert (await rest_of(reader)).startswith(b"HTTP/1.1 200 OK\r\n")
    writer.close()


async def test_an_http_10_client_expects_nothing(start, speaking):
    """It would take an interim answer for the answer (RFC 9110, sections 10.1.1 and 15.2)."""
    asked = []

    async def speak(reader, writer):
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(CONTINUE + b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n")
        await reader.readexactly(4)
        writer.write(OK)

    proxy = await start(await speaking(speak))
    reader, writer = await proxy.connect(
        b"PUT / HTTP/1.0\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n"
    )
    await asyncio.sleep(0.1)
    writer.write(b"body")
    assert (await rest_of(reader)).startswith(b"HTTP/1.1 200 OK")
    assert b"Expect" not in asked[0]
    writer.close()


async def test_early_hints_are_early(start, speaking):
    """103 and what else is interim reaches the client before the answer, without the fields of one connection."""
    heard = asyncio.Event()

    async def speak(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(
            b"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n"
        )
        writer.write(b"Connection: X-A\r\nX-A: 1\r\nKeep-Alive: timeout=5\r\nX-B: caf\xe9\r\n\r\n")
        await heard.wait()
        writer.write(b"HTTP/1.1 199 Whatever\r\n\r\n" + OK)

    proxy = await start(await speaking(speak))
    reader, writer = await proxy.connect(b"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")
    assert await head_of(reader) == b"HTTP/1.1 102 Processing\r\n\r\n"
    assert await head_of(reader) == (
        b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\nX-B: caf\xe9\r\n\r\n"
    )
    heard.set()
    assert await head_of(reader) == b"HTTP/1.1 199 Whatever\r\n\r\n"
    assert (await rest_of(reader)).startswith(b"HTTP/1.1 200 OK\r\n")
    assert [exchange.response.status for exchange in proxy.recorder.answered_] == [200]
    writer.close()


async def test_interim_answers_without_end_hold_nothing(start, speaking):
    """A client that takes none of them holds the target back."""
    sent = 0

    async def speak(reader, writer):
        nonlocal sent
        await reader.readuntil(b"\r\n\r\n")
        while True:
            writer.write(b"HTTP/1.1 102 Processing\r\nX: %b\r\n\r\n" % (b"x" * 8000))
            await writer.drain()
            sent += 8000

    proxy = await start(await speaking(speak))
    _, writer = await proxy.connect(b"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n")
    writer.transport.pause_reading()
    before = -1
    while before != sent or not sent:
        before = sent
        await asyncio.sleep(0.3)
    assert sent < 32 * 1024 * 1024
    writer.transport.abort()


# Both ways at once


async def test_a_conversation_in_one_exchange(start, speaking):
    """Request and answer may take turns, piece by piece, and outlast any timeout."""

    async def speak(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while (piece := await reader.readuntil(b"\r\n")) != b"0\r\n":
            line = await reader.readuntil(b"\r\n")
            writer.write(piece + line.upper())
        writer.write(b"0\r\n\r\n")

    origin = await speaking(speak)
    proxy = await start(config=f"routes: {{/: {{target: {origin}, timeout: 200ms}}}}")
    reader, writer = await proxy.connect(
        b"POST / HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    )
    await head_of(reader)
    for word in (b"one", b"two", b"six"):
        await asyncio.sleep(0.25)
        writer.write(b"3\r\n" + word + b"\r\n")
        said = b"3\r\n" + word.upper() + b"\r\n"
        assert await asyncio.wait_for(reader.readexactly(len(said)), 5) == said
    writer.write(b"0\r\n\r\n")
    assert await rest_of(reader) == b"0\r\n\r\n"
    writer.close()


async def test_compressed_bodies_are_left_alone(start, speaking):
    """Neither direction is unpacked, not even to find out that it cannot be."""
    asked = []

    async def speak(reader, writer):
        asked.append(await reader.readuntil(b"\r\n\r\n") + await reader.readexactly(9))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 8\r\n\r\nnot brot")

    proxy = await start(await speaking(speak))
    status, fields, body = await proxy.ask("POST / HTTP/1.1\nContent-Encoding: gzip", b"not gzip!")
    assert (status, fields["content-encoding"], body) == (200, "br", b"not brot")
    assert asked[0].endswith(b"\r\n\r\nnot gzip!")
    assert b"Content-Encoding: gzip\r\n" in asked[0]


# Peers that die

HALF_ANSWERS = [
    b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhalf",
    b"HTTP/1.1 200 OK\r\n\r\nhalf",
]


def reset(writer):
    """Sends RST instead of FIN."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


@pytest.mark.parametrize("version", [b"1.1", b"1.0"])
@pytest.mark.parametrize("end", ["fin", "rst"])
@pytest.mark.parametrize("half", HALF_ANSWERS)
async def test_half_an_answer_never_looks_like_a_whole_one(start, speaking, half, end, version):
    """However the target delimits and ends it, the client sees a truncation, and does not wait for more."""
    if half == HALF_ANSWERS[-1] and end == "fin":
        return  # here it is a whole one
    heard = asyncio.Event()

    async def speak(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(half)
        await heard.wait()
        if end == "rst":
            reset(writer)

    proxy = await start(await speaking(speak))
    reader, writer = await proxy.connect(b"GET / HTTP/" + version + b"\r\nHost: {host}\r\n\r\n")
    head = await head_of(reader)
    heard.set()
    broken = False
    try:
        body = await rest_of(reader)
    except ConnectionResetError:
        broken, body = True, b""
    sized = b"Content-Length: 9" in head
    assert broken or sized or (b"chunked" in head and not body.endswith(b"0\r\n\r\n"))
    assert len(body) < 9 or not sized
    writer.close()


UPLOAD = b"POST / HTTP/1.1\r\nHost: {host}\r\nContent-Length: 100000000\r\n\r\n"


@pytest.mark.parametrize("end", ["fin", "rst"])
@pytest.mark.parametrize(
    ("request_bytes", "answer"),
    [
        (b"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n", b""),
        (b"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\nand so on"),
        (UPLOAD + b"half", b""),
        (UPLOAD + b"half", b"HTTP/1.1 200 OK\r\n\r\nand so on"),
    ],
)
async def test_a_client_that_has_gone_is_missed(start, speaking, request_bytes, answer, end):
    """Whatever it had asked for, and however it went, the target's connection is closed at once."""
    asked, left = asyncio.Event(), asyncio.Event()

    async def speak(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        asked.set()
        try:
            while await reader.read(65536):
                pass
        finally:
            left.set()

    proxy = await start(await speaking(speak))
    reader, writer = await proxy.connect(request_bytes)
    await asked.wait()
    if answer:
        await asyncio.wait_for(reader.readuntil(b"and so on"), 5)
    (writer.close if end == "fin" else lambda: reset(writer))()
    await asyncio.wait_for(left.wait(), 3)


@pytest.mark.skipif(sys.platform == "win32", reason="this system does not tell")
async def test_a_client_that_goes_while_its_target_stands_still_is_missed(start, speaking):
    """Nothing is read from a client whose upload the target does not take, and yet it is known to have gone."""
    asked, go_on, left = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def speak(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.transport.pause_reading()
        asked.set()
        await go_on.wait()
        writer.transport.resume_reading()
        try:
            while await reader.read(65536):
                pass
        finally:
            left.set()

    proxy = await start(await speaking(speak))
    _, writer = await proxy.connect(UPLOAD)
    await asked.wait()
    with suppress(TimeoutError):
        while True:
            writer.write(b"x" * 65536)
            await asyncio.wait_for(writer.drain(), 0.3)
    reset(writer)
    while not proxy.recorder.ended_:
        await asyncio.sleep(0.05)
    assert isinstance(proxy.recorder.ended_[0].error, ClientError)
    go_on.set()
    await asyncio.wait_for(left.wait(), 5)
