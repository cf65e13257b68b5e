"""Stories between devproxy and its targets: what is asked, what the target does, what comes of it.

A target is a script: a coroutine that is run for each connection and speaks in bytes. What bytes are an answer at all
stands in test_reader.
"""

import asyncio
import os
import socket
import struct
from contextlib import AsyncExitStack

import pytest

from devproxy.errors import ClientError, TargetError
from devproxy.framing import CHUNKED, NO_BODY, Framing, Kind
from devproxy.headers import Headers
from devproxy.proxy.connection import HIGH_WATER
from devproxy.proxy.upstream import Upstream, serialise
from devproxy.rewrite.request import TargetRequest
from devproxy.target import Target

pytestmark = pytest.mark.usefixtures("each_loop")
HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
FAREWELL = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\n\r\nbye"
CHUNKED_HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


class Peer:
    """The target's end of one connection; `number` counts from 1."""

    def __init__(self, number, reader, writer):
        self.number = number
        self.reader = reader
        self._writer = writer
        self.gone = asyncio.get_running_loop().create_future()

    async def request(self):
        """Waits for the next request and returns its head."""
        return await self.reader.readuntil(b"\r\n\r\n")

    async def say(self, *parts):
        """Sends each part in a packet of its own."""
        for part in parts:
            self._writer.write(part)
            await self._writer.drain()

    async def answer(self, *parts):
        """Waits for the next request and answers it."""
        head = await self.request()
        await self.say(*parts)
        return head

    async def left(self):
        """Waits until devproxy has closed."""
        try:
            while await self.reader.read(65536):
                pass
        except ConnectionError:
            pass

    def shut(self):
        """Sends FIN before anybody's next turn, so that it lies unread at the other end."""
        with socket.socket(fileno=os.dup(self._writer.get_extra_info("socket").fileno())) as end:
            end.shutdown(socket.SHUT_WR)

    def close(self):
        self._writer.close()

    def reset(self):
        """Sends RST."""
        with socket.socket(fileno=os.dup(self._writer.get_extra_info("socket").fileno())) as end:
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()


class Served:
    """A target that plays a script."""

    def __init__(self, script):
        self.script = script
        self.peers = []
        self._tasks = []

    async def start(self):
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def _accept(self, reader, writer):
        peer = Peer(len(self.peers) + 1, reader, writer)
        self.peers.append(peer)
        self._tasks.append(asyncio.get_running_loop().create_task(self._play(peer)))

    async def _play(self, peer):
        try:
            await self.script(peer)
            await peer.left()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # devproxy has gone; the story says whether it should have
        finally:
            peer.close()

    async def finish(self):
        self._server.close()
        async with asyncio.timeout(10):
            await asyncio.gather(*self._tasks)

    def request(self, method="GET", path="/", fields=(), body=NO_BODY):
        return TargetRequest(
            Target.parse(self.url), method, path, Headers([("Host", "localhost"), *fields]), body
        )


@pytest.fixture
async def upstream():
    upstream = Upstream()
    yield upstream
    await upstream.close()


@pytest.fixture
async def serve(upstream):
    """Starts a target with a script; at the end devproxy hangs up and every script must be over."""
    async with AsyncExitStack() as stack:

        async def serve(script):
            served = Served(script)
            await served.start()
            stack.push_async_callback(served.finish)
            return served

        yield serve
        await upstream.close()


async def whole(answer):
    body = bytearray()
    async with asyncio.timeout(30):  # rather a failure than a test that hangs
        while data := await answer.read():
            body += data
    assert answer.finished
    return bytes(body)


async def ask(upstream, request, body=None, timeout=10):  # noqa: ASYNC109
    """Sends a request and reads the whole answer."""
    return await whole(await upstream.send(request, body, timeout=timeout))


async def upload(*chunks):
    for chunk in chunks:
        await asyncio.sleep(0)
        yield chunk


def length(size):
    return Framing(Kind.LENGTH, size)


# The request on the wire


def test_a_request_is_written_once_and_exactly():
    """The head goes out in the client's order and spelling, with the framing that the value says."""
    target = Target.parse("http://localhost:3001")
    fields = Headers([("host", "localhost:3001"), ("X-Dup", "caf\xe9"), ("x-dup", "")])
    start = b"POST /a%2fb?c=%zz HTTP/1.1\r\nhost: localhost:3001\r\nX-Dup: caf\xe9\r\nx-dup: \r\n"
    for framing, field in [
        (NO_BODY, b""),
        (length(0), b"Content-Length: 0\r\n"),
        (length(7), b"Content-Length: 7\r\n"),
        (CHUNKED, b"Transfer-Encoding: chunked\r\n"),
    ]:
        assert (
            serialise(TargetRequest(target, "POST", "/a%2fb?c=%zz", fields, framing))
            == start + field + b"\r\n"
        )


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "a\rb", "a\0b", "snow\u2603"])
@pytest.mark.parametrize("place", ["value", "name", "path", "method"])
def test_no_field_becomes_two(place, value):
    """Line breaks, NUL and characters that are no bytes never reach a target, wherever they come from."""
    parts = {"method": "GET", "path": "/", "name": "X-Name", "value": "value"} | {place: value}
    fields = Headers([(parts["name"], parts["value"])])
    request = TargetRequest(Target.parse("http://localhost"), parts["method"], parts["path"], fields, NO_BODY)
    with pytest.raises(TargetError) as refusal:
        serialise(request)
    assert refusal.value.code == "protocol"
    assert value not in refusal.value.detail


async def test_a_sized_upload(upstream, serve):
    """A body of declared length arrives byte for byte behind its Content-Length."""
    received = asyncio.Queue()

    async def script(peer):
        await received.put((await peer.request(), await peer.reader.readexactly(10)))
        await peer.say(HELLO)

    target = await serve(script)
    body = upload(b"", b"012", b"", b"3456789")
    assert await ask(upstream, target.request("POST", body=length(10)), body) == b"hello"
    head, sent = await received.get()
    assert b"Content-Length: 10\r\n" in head
    assert sent == b"0123456789"


async def test_a_chunked_upload(upstream, serve):
    """A body of unknown length is framed anew; an empty piece does not end it."""
    received = asyncio.Queue()

    async def script(peer):
        await received.put((await peer.request(), await peer.reader.readuntil(b"0\r\n\r\n")))
        await peer.say(HELLO)

    target = await serve(script)
    body = upload(b"hello", b"", b" there, how are you?")
    assert await ask(upstream, target.request("DELETE", body=CHUNKED), body) == b"hello"
    head, sent = await received.get()
    assert b"Transfer-Encoding: chunked\r\n" in head
    assert sent == b"5\r\nhello\r\n14\r\n there, how are you?\r\n0\r\n\r\n"


@pytest.mark.parametrize(
    ("chunks", "words"), [([b"12345", b"678901"], "longer"), ([b"12345"], "5 bytes shorter")]
)
async def test_an_upload_that_breaks_its_word(upstream, serve, chunks, words):
    """A body that is not as long as it said is the client's fault; the target sees it cut off."""

    async def script(peer):
        await peer.request()
        await peer.left()

    target = await serve(script)
    with pytest.raises(ClientError, match=words):
        await ask(upstream, target.request("POST", body=length(10)), upload(*chunks))


async def test_an_upload_that_breaks_off(upstream, serve):
    """What the client's side raises is raised as it is, and the target sees the body cut off."""

    async def broken():
        yield b"12345"
        raise ClientError("the client has gone")

    async def script(peer):
        await peer.request()
        await peer.left()

    target = await serve(script)
    with pytest.raises(ClientError, match="the client has gone"):
        await ask(upstream, target.request("POST", body=CHUNKED), broken())


# Answers


async def test_a_small_answer_is_there_at_once(upstream, serve):
    """What came together with the head can be taken without waiting, and the end is known."""
    target = await serve(lambda peer: peer.answer(HELLO))
    answer = await upstream.send(target.request(), None, timeout=10)
    assert (answer.head.status, answer.head.reason) == (200, "OK")
    assert answer.framing == length(5)
    assert answer.finished
    assert answer.take() == b"hello"
    assert answer.take() == b""
    assert await answer.read() == b""
    assert repr(answer) == "<TargetResponse 200 Content-Length, 5 bytes, finished>"


async def test_body_bytes_are_passed_on_as_they_come(upstream, serve):
    """Nothing waits for more: an event stream is read event by event."""
    taken = asyncio.Event()

    async def script(peer):
        await peer.answer(CHUNKED_HEAD)
        await peer.say(b"5\r\nfirst\r\n")
        await taken.wait()
        await peer.say(b"6\r\nsecond\r\n0\r\n\r\n")

    target = await serve(script)
    answer = await upstream.send(target.request(), None, timeout=10)
    assert await answer.read() == b"first"
    assert not answer.finished
    taken.set()
    assert await whole(answer) == b"second"


async def test_interim_answers_are_not_the_answer(upstream, serve):
    """Who does not ask for 100, 102 and 103 gets none of them."""
    early = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"
    target = await serve(lambda peer: peer.answer(b"HTTP/1.1 102 Processing\r\n\r\n", early, early + HELLO))
    assert await ask(upstream, target.request()) == b"hello"


async def test_a_body_that_ends_with_its_connection(upstream, serve):
    """FIN is the clean end where nothing else was declared."""

    async def script(peer):
        await peer.answer(b"HTTP/1.1 200 OK\r\n\r\n", b"hel", b"lo")
        peer.close()

    target = await serve(script)
    assert await ask(upstream, target.request()) == b"hello"


HALF = [
    (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", "after 4 of 9 bytes of the body"),
    (CHUNKED_HEAD + b"4\r\nhalf\r\n", "after 4 bytes of the body"),
]


@pytest.mark.parametrize(("wire", "words"), HALF)
async def test_a_body_cut_off_by_fin(upstream, serve, wire, words):
    """What has arrived is handed out; then the truncation is an error, never a clean end."""

    async def script(peer):
        await peer.answer(wire)
        peer.close()

    target = await serve(script)
    answer = await upstream.send(target.request(), None, timeout=10)
    assert await answer.read() == b"half"
    for _ in range(2):
        with pytest.raises(TargetError) as cut:
            await answer.read()
        assert cut.value.code == "reset"
        assert cut.value.detail == f"{target.url} closed the connection {words}"


@pytest.mark.parametrize(
    ("wire", "words"), [*HALF, (b"HTTP/1.1 200 OK\r\n\r\nhalf", "after 4 bytes of the body")]
)
async def test_a_body_cut_off_by_rst(upstream, serve, wire, words):
    """A reset is a truncation, even where the end of the connection would be the end of the body."""
    read = asyncio.Event()

    async def script(peer):
        await peer.answer(wire)
        await read.wait()
        peer.reset()

    target = await serve(script)
    answer = await upstream.send(target.request(), None, timeout=10)
    assert await answer.read() == b"half"
    read.set()
    with pytest.raises(TargetError) as cut:
        await answer.read()
    assert cut.value.code == "reset"
    assert cut.value.detail == f"{target.url} reset the connection {words}"


@pytest.mark.parametrize(
    ("wire", "words"),
    [
        (b"", "closed the connection without an answer"),
        (HELLO[:20], "closed the connection before its answer"),
    ],
)
async def test_no_answer_at_all(upstream, serve, wire, words):
    """A target that closes before the head was complete is said to have done so."""

    async def script(peer):
        await peer.answer(wire)
        peer.close()

    target = await serve(script)
    with pytest.raises(TargetError, match=words) as refusal:
        await ask(upstream, target.request())
    assert refusal.value.code == "reset"
    assert len(target.peers) == 1


@pytest.mark.parametrize(
    ("wire", "words"),
    [
        (b"\x15\x03\x03\x00\x02\x02\x46", "something that is not HTTP/1.1; is it https?"),
        (b"HTTP/1.1 200 OK\r\nA B: c\r\n\r\n", "a malformed head (Invalid header token)"),
        (b"HTTP/2.0 200 OK\r\n\r\n", "HTTP/2.0"),
    ],
)
async def test_an_answer_that_is_none(upstream, serve, wire, words):
    """A broken head is an error that names the target and says what is wrong; the connection is closed."""

    async def script(peer):
        await peer.answer(wire)
        await peer.left()

    target = await serve(script)
    with pytest.raises(TargetError) as refusal:
        await ask(upstream, target.request())
    assert (refusal.value.code, refusal.value.detail) == ("protocol", f"{target.url} answered with {words}")
    assert refusal.value.said == wire


async def test_a_chunked_body_that_breaks(upstream, serve):
    """Broken chunks after a good head end the body with an error, after what was good."""

    async def script(peer):
        await peer.answer(CHUNKED_HEAD + b"4\r\ngood\r\nxyz\r\n")
        await peer.left()

    target = await serve(script)
    answer = await upstream.send(target.request(), None, timeout=10)
    assert await answer.read() == b"good"
    with pytest.raises(TargetError, match="a broken chunked body") as broken:
        await answer.read()
    assert broken.value.code == "protocol"


# Keeping connections


@pytest.mark.parametrize(
    ("method", "first"),
    [
        ("GET", HELLO),
        ("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"),
        ("GET", b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n"),
        ("GET", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n"),
        ("GET", CHUNKED_HEAD + b'2;name="value"\r\nhi\r\n0\r\nX-Trailer: 1\r\n\r\n'),
        ("GET", b"HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 2\r\n\r\nhi"),
        ("GET", b"HTTP/1.1 200 OK\r\nKeep-Alive: timeout=60, max=100\r\nContent-Length: 2\r\n\r\nhi"),
    ],
)
async def test_a_connection_is_used_again(upstream, serve, method, first):
    """After a complete answer the next request that may be repeated takes the same connection."""

    async def script(peer):
        await peer.answer(first)
        await peer.answer(HELLO)

    target = await serve(script)
    await ask(upstream, target.request(method))
    assert await ask(upstream, target.request("OPTIONS")) == b"hello"
    assert len(target.peers) == 1
    port = target.url.rpartition(":")[2]
    assert repr(upstream) == f"<Upstream <Pool open=1 idle=(http://127.0.0.1:{port} 1)>>"


@pytest.mark.parametrize(
    ("method", "first"),
    [
        ("GET", FAREWELL),
        ("GET", b"HTTP/1.1 200 OK\r\nConnection: x, CLOSE\r\nContent-Length: 2\r\n\r\nhi"),
        ("GET", b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi"),
        ("GET", b"HTTP/1.1 200 OK\r\nKeep-Alive: timeout=1\r\nContent-Length: 2\r\n\r\nhi"),
        ("GET", HELLO + HELLO),
        ("HEAD", HELLO),
        ("GET", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\nhello"),
        ("GET", CHUNKED_HEAD + b"2\r\nhi\r\n0\r\n\r\n" + HELLO),
    ],
)
async def test_a_connection_is_closed_after_its_answer(upstream, serve, method, first):
    """Where the target says close, or has said more than it was asked, nobody else gets the connection."""

    async def script(peer):
        if peer.number == 1:
            await peer.answer(first)
            await peer.left()
        else:
            await peer.answer(HELLO)

    target = await serve(script)
    await ask(upstream, target.request(method))
    assert await ask(upstream, target.request()) == b"hello"
    assert len(target.peers) == 2


async def test_a_byte_on_an_idle_connection(upstream, serve):
    """What nobody asked for is nobody's answer: the connection is closed at once."""
    idle, closed = asyncio.Event(), asyncio.Event()

    async def script(peer):
        await peer.answer(HELLO)
        if peer.number == 1:
            await idle.wait()
            await peer.say(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
            await peer.left()
            closed.set()

    target = await serve(script)
    await ask(upstream, target.request())
    idle.set()
    await closed.wait()
    assert await ask(upstream, target.request()) == b"hello"
    assert len(target.peers) == 2


async def test_the_freshest_connection_is_taken(upstream, serve):
    """Of two idle connections the one that rested last is used."""
    both = asyncio.Barrier(2)

    async def script(peer):
        await peer.request()
        await both.wait()
        await peer.say(HELLO)
        while await peer.answer(HELLO):
            served.append(peer.number)

    served = []
    target = await serve(script)
    await asyncio.gather(ask(upstream, target.request()), ask(upstream, target.request()))
    for _ in range(5):
        await ask(upstream, target.request())
    assert len(target.peers) == 2
    assert len(set(served)) == 1


async def test_idle_connections_are_closed(serve):
    """After the idle time devproxy hangs up."""
    upstream = Upstream(idle_timeout=0.05)
    closed = asyncio.Event()

    async def script(peer):
        await peer.answer(HELLO)
        await peer.left()
        closed.set()

    target = await serve(script)
    await ask(upstream, target.request())
    await closed.wait()
    await asyncio.sleep(0)
    await upstream.close()


async def test_targets_do_not_share_connections(upstream, serve):
    """Each scheme, host and port has connections of its own."""
    one = await serve(lambda peer: peer.answer(HELLO))
    other = await serve(lambda peer: peer.answer(FAREWELL))
    assert await ask(upstream, one.request()) == b"hello"
    assert await ask(upstream, other.request()) == b"bye"


# Races with a target that closes


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_a_farewell_in_the_kernel_costs_no_request(upstream, serve, method):
    """A FIN that nobody has read yet is found before the request is sent: it goes out on a fresh connection, once."""
    heads = []

    async def script(peer):
        heads.append(await peer.answer(HELLO))
        heads.append(await peer.request())

    target = await serve(script)
    await ask(upstream, target.request())
    target.peers[0].shut()
    assert await ask(upstream, target.request(method, body=length(2)), upload(b"hi")) == b"hello"
    assert [head.split()[0].decode() for head in heads] == ["GET", method]
    assert len(target.peers) == 2


@pytest.mark.parametrize("end", ["close", "reset"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
async def test_a_safe_request_is_repeated_on_a_fresh_connection(upstream, serve, method, end):
    """A kept connection that dies without a byte costs a repeatable request nothing."""

    async def script(peer):
        await peer.answer(HELLO)
        if peer.number == 1:
            await peer.request()
            getattr(peer, end)()

    target = await serve(script)
    await ask(upstream, target.request())
    answer = await upstream.send(target.request(method), None, timeout=10)
    assert answer.head.status == 200
    assert len(target.peers) == 2


async def test_a_request_is_repeated_once(upstream, serve):
    """When the fresh connection dies as well, that is the answer."""

    async def script(peer):
        if peer.number == 1:
            await peer.answer(HELLO)
        await peer.request()
        peer.close()

    target = await serve(script)
    await ask(upstream, target.request())
    with pytest.raises(TargetError, match="closed the connection without an answer"):
        await ask(upstream, target.request())
    assert len(target.peers) == 2


@pytest.mark.parametrize(
    ("method", "body", "first_byte"),
    [
        ("POST", None, b""),
        ("DELETE", None, b""),
        ("PUT", b"hi", b""),
        ("GET", b"hi", b""),
        ("GET", None, b"H"),
    ],
)
async def test_what_may_have_had_an_effect_is_never_repeated(upstream, serve, method, body, first_byte):
    """Neither other methods, nor requests with a body, nor any after a byte of the answer."""
    lost_heads = []

    async def script(peer):
        if peer.number == 1:
            await peer.answer(HELLO)
        lost_heads.append(await peer.answer(first_byte))
        peer.close()

    target = await serve(script)
    await ask(upstream, target.request())
    request = target.request(method, body=length(len(body)) if body else NO_BODY)
    with pytest.raises(TargetError) as lost:
        await ask(upstream, request, upload(body) if body else None)
    assert lost.value.code == "reset"
    assert len(lost_heads) == 1


@pytest.mark.parametrize(
    ("method", "body"), [("POST", None), ("DELETE", None), ("PUT", b"hi"), ("GET", b"hi")]
)
async def test_what_cannot_be_repeated_takes_no_kept_connection(upstream, serve, method, body):
    """The target may close a kept connection just then; a request that cannot be sent again must not be lost to that."""

    async def script(peer):
        await peer.answer(HELLO)
        await peer.answer(HELLO)

    target = await serve(script)
    await ask(upstream, target.request())
    request = target.request(method, body=length(len(body)) if body else NO_BODY)
    assert await ask(upstream, request, upload(body) if body else None) == b"hello"
    assert len(target.peers) == 2


# Early answers


async def test_an_early_answer_to_a_long_upload(upstream, serve):
    """An answer that does not wait for the upload is returned at once; its end stops the upload."""

    async def endless():
        nonlocal stopped
        try:
            while True:
                yield b"x" * 10000
                await asyncio.sleep(0)
        finally:
            stopped = True

    async def script(peer):
        await peer.answer(b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 9\r\n\r\n")
        await peer.say(b"too large")
        await peer.left()

    stopped = False
    body = endless()
    target = await serve(script)
    answer = await upstream.send(target.request("POST", body=CHUNKED), body, timeout=10)
    assert answer.head.status == 413
    assert await whole(answer) == b"too large"
    await asyncio.sleep(0)
    await body.aclose()
    assert stopped
    assert repr(upstream) == "<Upstream <Pool open=0 idle=()>>"


async def test_a_refusal_that_closes_at_once_is_still_heard(upstream, serve):
    """A target that answers and resets while the body is under way has its answer delivered."""

    async def endless():
        while True:
            yield b"x" * 10000

    async def script(peer):
        await peer.answer(b"HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nContent-Length: 4\r\n\r\nwho?")
        peer.close()

    target = await serve(script)
    for _ in range(20):
        answer = await upstream.send(target.request("POST", body=CHUNKED), endless(), timeout=10)
        assert answer.head.status == 401
        assert await whole(answer) == b"who?"


async def test_upload_and_answer_at_the_same_time(upstream, serve):
    """A target may answer piece by piece while it still reads, and the connection is kept when both are complete."""

    async def script(peer):
        await peer.answer(CHUNKED_HEAD)
        for _ in range(3):
            await peer.say(b"4\r\n" + await peer.reader.readexactly(4) + b"\r\n")
        await peer.say(b"0\r\n\r\n")
        await peer.answer(HELLO)

    async def first():
        yield b"ping"
        await heard.wait()
        yield b"pong"
        yield b"bye!"

    heard = asyncio.Event()
    target = await serve(script)
    answer = await upstream.send(target.request("POST", body=length(12)), first(), timeout=10)
    assert await answer.read() == b"ping"
    heard.set()
    assert await whole(answer) == b"pongbye!"
    assert await ask(upstream, target.request()) == b"hello"
    assert len(target.peers) == 1


# Time


async def test_a_silent_target(upstream, serve):
    """No head within the timeout is an error of its own, and the connection is closed."""

    async def script(peer):
        await peer.request()
        await peer.left()

    target = await serve(script)
    with pytest.raises(TargetError) as late:
        await ask(upstream, target.request(), timeout=0.05)
    assert (late.value.code, late.value.detail) == ("timeout", f"{target.url} did not answer within 0.05 s")


async def test_a_target_that_does_not_take_the_upload(upstream, serve):
    """An upload that stands still runs into the timeout, and the message says who stopped."""
    gone = asyncio.Event()

    async def script(peer):
        peer.reader._transport.pause_reading()
        await gone.wait()
        peer.reader._transport.resume_reading()
        await peer.left()

    async def endless():
        while True:
            yield b"x" * 65536

    target = await serve(script)
    with pytest.raises(TargetError) as late:
        await ask(upstream, target.request("POST", body=CHUNKED), endless(), timeout=0.2)
    gone.set()
    assert late.value.code == "timeout"
    assert late.value.detail == f"{target.url} took no more of the request body for 0.2 s"


async def test_a_client_may_take_its_time(upstream, serve):
    """While the client is awaited no timeout runs; once its body is there, the target's begins."""

    async def slow():
        for _ in range(3):
            await asyncio.sleep(0.2)
            yield b"x"

    async def script(peer):
        await peer.request()
        await peer.reader.readuntil(b"0\r\n\r\n")
        if peer.number == 1:
            await peer.say(HELLO)

    target = await serve(script)
    assert await ask(upstream, target.request("POST", body=CHUNKED), slow(), timeout=0.4) == b"hello"
    with pytest.raises(TargetError, match="did not answer within"):
        await ask(upstream, target.request("POST", body=CHUNKED), upload(b"x"), timeout=0.1)


async def test_an_interim_answer_is_a_sign_of_life(upstream, serve):
    """With each the target's time begins anew: that is what 102 is for."""
    heads = []

    async def note(head):
        heads.append(head.status)

    async def script(peer):
        await peer.request()
        for _ in range(8):
            await peer.say(b"HTTP/1.1 102 Processing\r\n\r\n")
            await asyncio.sleep(0.1)
        await peer.say(HELLO)

    target = await serve(script)
    answer = await upstream.send(target.request(), None, timeout=0.6, interim=note)
    assert await whole(answer) == b"hello"
    assert heads == [102] * 8


async def test_a_stream_may_be_silent(upstream, serve):
    """Once the head is there no timeout runs."""
    go_on = asyncio.Event()

    async def script(peer):
        await peer.answer(CHUNKED_HEAD)
        await go_on.wait()
        await peer.say(b"4\r\nlate\r\n0\r\n\r\n")

    target = await serve(script)
    answer = await upstream.send(target.request(), None, timeout=0.02)
    await asyncio.sleep(0.06)
    go_on.set()
    assert await whole(answer) == b"late"


# Going away


async def test_a_cancelled_request_hangs_up(upstream, serve):
    """Who stops waiting for an answer closes the connection."""
    asked, closed = asyncio.Event(), asyncio.Event()

    async def script(peer):
        await peer.request()
        asked.set()
        await peer.left()
        closed.set()

    target = await serve(script)
    asking = asyncio.get_running_loop().create_task(ask(upstream, target.request()))
    await asked.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    await closed.wait()


async def test_an_aborted_answer_hangs_up(upstream, serve):
    """The target learns that the client has gone, even one that still uploads; a second abort does nothing."""
    closed = asyncio.Event()

    async def stuck():
        yield b"half"
        await asyncio.Event().wait()

    async def script(peer):
        await peer.answer(CHUNKED_HEAD + b"4\r\nhalf\r\n")
        await peer.left()
        closed.set()

    target = await serve(script)
    answer = await upstream.send(target.request("POST", body=CHUNKED), stuck(), timeout=10)
    answer.abort()
    answer.abort()
    await closed.wait()
    with pytest.raises(TargetError, match="devproxy closed its connection"):
        await whole(answer)


async def test_an_abort_after_the_end_harms_nobody(upstream, serve):
    """An answer that is complete has let its connection go; another request may have it already."""

    async def script(peer):
        await peer.answer(HELLO)
        await peer.answer(CHUNKED_HEAD + b"1\r\na\r\n")
        await peer.say(b"1\r\nb\r\n0\r\n\r\n")

    target = await serve(script)
    first = await upstream.send(target.request(), None, timeout=10)
    second = await upstream.send(target.request(), None, timeout=10)
    first.abort()
    assert await whole(second) == b"ab"
    assert len(target.peers) == 1


async def test_closing_ends_everything(upstream, serve):
    """Closing hangs up on idle targets and busy ones, and whoever waits is told."""

    async def script(peer):
        if peer.number == 1:
            await peer.answer(CHUNKED_HEAD)
        else:
            await peer.answer(HELLO)

    target = await serve(script)
    busy = await upstream.send(target.request(), None, timeout=10)
    await ask(upstream, target.request())
    await upstream.close()
    assert repr(upstream) == "<Upstream <Pool open=0 idle=()>>"
    with pytest.raises(TargetError, match="devproxy closed its connection"):
        await busy.read()
    await upstream.close()


# Memory


MANY = 64 * 1024 * 1024


async def standing_still(count):
    """Waits until a number does not grow any more."""
    before = -1
    while count() != before:
        before = count()
        await asyncio.sleep(0.1)
    return before


async def test_a_slow_client_slows_the_target_down(upstream, serve):
    """Of a large answer that nobody reads, no more than two reads are held; then the target has to wait."""
    sent = 0

    async def script(peer):
        nonlocal sent
        await peer.answer(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % MANY)
        while sent < MANY:
            await peer.say(b"x" * 65536)
            sent += 65536

    target = await serve(script)
    answer = await upstream.send(target.request(), None, timeout=10)
    assert await standing_still(lambda: sent) < MANY
    received = len(answer.take())
    assert received <= 2 * HIGH_WATER
    while data := await answer.read():
        received += len(data)
    assert received == sent == MANY


async def test_a_slow_target_slows_the_client_down(upstream, serve):
    """Of a large upload that the target does not take, no more is asked of the client than fits into the sockets."""
    taken, go_on = 0, asyncio.Event()

    async def large():
        nonlocal taken
        while taken < MANY:
            taken += 65536
            yield b"x" * 65536

    async def script(peer):
        peer.reader._transport.pause_reading()
        await go_on.wait()
        peer.reader._transport.resume_reading()
        await peer.request()
        for _ in range(MANY // 65536):
            await peer.reader.readexactly(65536)
        await peer.say(HELLO)

    target = await serve(script)
    asking = asyncio.get_running_loop().create_task(
        ask(upstream, target.request("POST", body=length(MANY)), large())
    )
    assert await standing_still(lambda: taken) < MANY
    go_on.set()
    assert await asking == b"hello"
    assert taken == MANY
