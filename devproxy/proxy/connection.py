"""One connection to a target: a question at a time, and the answer read by RFC 9112.

`ResponseReader` turns bytes into a head and body bytes and knows no sockets. `Connection` is the asyncio protocol that
feeds it, uploads the request's body and knows when it may be used again.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from math import inf
from typing import Protocol, cast

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from devproxy.errors import TargetError
from devproxy.framing import NO_BODY, UNTIL_CLOSE, Framing, Kind, Malformed, response_framing
from devproxy.headers import Field, Headers
from devproxy.message import ResponseHead
from devproxy.proxy.dial import watch
from devproxy.target import Target

# Node takes 16 KiB in all, nginx 8 KiB, curl 300 KiB: a backend that fits into a browser fits into this.
HEAD_LIMIT = 64 * 1024
# Real backends have met aiohttp's 128; Apache takes 100 from clients, Node 2,000, Go any number.
FIELD_LIMIT = 500
# As much as one read of asyncio's hands over at most: a client that keeps up never gets here, one that stalls holds two.
HIGH_WATER = 256 * 1024

_VERSIONS = {"1.0": (1, 0), "1.1": (1, 1)}
_END_OF_HEAD = b"\r\n\r\n"
_CONTROLS = re.compile(r"[^\t -~\x80-\xff]")  # llhttp looks for them in fields only


class ProtocolError(Exception):
    """The target broke HTTP; the text completes the sentence "… answered with"."""


class UnansweredError(TargetError):
    """The connection ended before a single byte of the answer."""


class ResponseReader:
    """Reads one answer; with `switches`, 101 is one, and all that follows it is its body.

    The parser sees heads and chunked bodies only; other bodies are counted, so that the end of an answer is known to
    the byte, and a HEAD, 204 or 304 leaves no parser half-way.
    """

    def __init__(self, method: str, *, switches: bool = False) -> None:
        self._method = method
        self._switches = switches
        self.head: ResponseHead | None = None
        self.framing = NO_BODY
        self.version = (1, 1)
        self.spent = False  # nothing that follows can be an answer
        self.chunks: list[bytes] = []
        self.buffered = 0
        self.received = 0
        self.began = False
        self.finished = False
        self.error: Exception | None = None
        self._remaining = 0
        self._overhead = 0
        self._expect_head()

    def _expect_head(self) -> None:
        self._fields: list[Field] = []
        self._reason = b""
        self._size = 0
        self._tail = b""
        self._parser = HttpResponseParser(self)

    def feed(self, data: bytes) -> None:
        """Take bytes as they come; raise ProtocolError when they are not HTTP/1.1."""
        self.began = True
        while data and self.head is None:
            data = self._feed_head(data)
        if data:
            self._feed_body(data)

    def eof(self) -> bool:
        """Take the end of the connection, and say whether it is the end of the answer as well."""
        self.finished = self.framing.kind is Kind.CLOSE
        self.spent = True
        return self.finished

    def _feed_head(self, data: bytes) -> bytes:
        if not self._size and data[0] != ord("H"):
            hint = "; is it https?" if data[0] == 0x15 else ""  # the content type of a TLS alert
            raise ProtocolError(f"something that is not HTTP/1.1{hint}")
        window = self._tail + data
        found = window.find(_END_OF_HEAD)
        end = len(data) if found < 0 else found + len(_END_OF_HEAD) - len(self._tail)
        self._size += end
        if self._size > HEAD_LIMIT:
            raise ProtocolError(f"a head of more than {HEAD_LIMIT // 1024} KiB")
        self._parse(data[:end])
        if found < 0:
            self._tail = window[1 - len(_END_OF_HEAD) :]
        else:
            self._head_complete()
        return data[end:]

    def _parse(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade) as error:
            if self._parser.get_status_code() == 101:
                if self._switches and isinstance(error, HttpParserUpgrade):
                    return
                raise ProtocolError("101 Switching Protocols, which nobody asked for") from error
            what = "a malformed head" if self.head is None else "a broken chunked body"
            raise ProtocolError(f"{what} ({error})") from error

    def _head_complete(self) -> None:
        status = self._parser.get_status_code()
        version = _VERSIONS.get(self._parser.get_http_version())
        if version is None:
            raise ProtocolError(f"HTTP/{self._parser.get_http_version()}")
        if len(self._fields) > FIELD_LIMIT:
            raise ProtocolError(f"more than {FIELD_LIMIT} header fields")
        switched = status == 101 and self._switches
        if status < 200 and not switched:
            self._expect_head()
            return
        head = ResponseHead(status, self._reason.decode("latin-1"), Headers(self._fields))
        if _CONTROLS.search(head.reason):
            raise ProtocolError("control characters in its status line")
        framing = UNTIL_CLOSE if switched else response_framing(self._method, version, head)
        if isinstance(framing, Malformed):
            raise ProtocolError(framing.reason)
        self.head = head
        self.framing = framing
        self.version = version
        self._begin_body(framing)

    def _begin_body(self, framing: Framing) -> None:
        self._remaining = framing.length
        self.finished = framing.kind is Kind.NONE or (framing.kind is Kind.LENGTH and not framing.length)
        if framing.kind is not Kind.CHUNKED:
            del self._parser  # it refers to this reader: the cycle would wait for the garbage collector

    def _feed_body(self, data: bytes) -> None:
        if self.framing.kind is Kind.CHUNKED:
            self._feed_chunked(data)
        elif self.framing.kind is Kind.CLOSE:
            self.on_body(data)
        else:
            self.spent = len(data) > self._remaining
            self.on_body(data[: self._remaining])
            self._remaining -= min(len(data), self._remaining)
            self.finished = not self._remaining

    def _feed_chunked(self, data: bytes) -> None:
        self._overhead += len(data)
        try:
            self._parse(data)
        except ProtocolError:
            if not self.finished:
                raise
            self.spent = True
        if self._overhead > HEAD_LIMIT and not self.finished:
            raise ProtocolError(f"more than {HEAD_LIMIT // 1024} KiB of chunk extensions or trailers")
        if self.finished:
            del self._parser

    # What httptools calls, in this order. It goes on to the next answer by itself, hence the looks at `finished`.

    def on_message_begin(self) -> None:
        if self.finished:
            self.spent = True

    def on_status(self, reason: bytes) -> None:
        self._reason += reason  # in pieces, where the network cut it

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.head is None:  # trailers come this way too, and are dropped
            self._fields.append((name.decode("latin-1"), value.decode("latin-1").rstrip(" \t")))

    def on_body(self, data: bytes) -> None:
        if not self.finished:
            self._overhead = 0
            self.chunks.append(data)
            self.buffered += len(data)
            self.received += len(data)

    def on_message_complete(self) -> None:
        if self.head is not None:
            self.finished = True


Upload = Callable[["Connection"], Awaitable[None]]


class Keeper(Protocol):
    """Whom a connection tells how it is doing: its pool."""

    def opened(self, connection: "Connection") -> None: ...
    def rested(self, connection: "Connection", reader: ResponseReader) -> None: ...
    def closed(self, connection: "Connection") -> None: ...
    def wake_at(self, deadline: float) -> None: ...


class Connection(asyncio.Protocol):
    """An open connection to `target`. At its `deadline` (loop time) the pool calls `expire`."""

    def __init__(self, target: Target, keeper: Keeper) -> None:
        self.target = target
        self.deadline = inf
        self.exchanges = 0
        self._keeper = keeper
        self._loop = asyncio.get_running_loop()
        self._head_timeout = 0.0
        self._reader: ResponseReader | None = None
        self._news: asyncio.Future[None] | None = None
        self._room: asyncio.Future[None] | None = None
        self._upload: asyncio.Task[None] | None = None
        self._uploaded = True
        self._paused = False

    def __repr__(self) -> str:
        state = "closed" if self._transport.is_closing() else "idle" if self._reader is None else "busy"
        return f"<Connection {self.target.origin} {state} exchanges={self.exchanges}>"

    async def exchange(
        self, reader: ResponseReader, head: bytes, upload: Upload | None, head_timeout: float
    ) -> ResponseHead:
        """Send a request and return as soon as the head of its answer is there; the body may still be on its way."""
        self._reader = reader
        self.exchanges += 1
        self._head_timeout = head_timeout
        self._transport.write(head)
        self._progress()
        self._uploaded = upload is None
        if upload is not None:
            self._upload = self._loop.create_task(self._run(upload))
        while reader.head is None:
            if reader.error is not None:
                raise reader.error
            await self.news(reader)
        return reader.head

    async def news(self, reader: ResponseReader) -> None:
        """Wait until something has happened to `reader`; when cancelled, the connection is closed."""
        self._news = self._loop.create_future()
        try:
            await self._news
        except BaseException:
            self.abandon(reader)
            raise

    async def write(self, data: bytes) -> None:
        """Send part of a body, then wait until there is room for more.

        A target that refuses a body often answers and closes at once, and a failed write would throw away the answer
        that lies unread in the socket: so it is read first.
        """
        while not self._paused and self._readable():  # noqa: ASYNC110  # a turn of the loop reads it
            await asyncio.sleep(0)
        self._transport.write(data)
        if self._room is not None:
            await self._room
        self._progress()

    def resume(self) -> None:
        """Read on: what was buffered has been taken."""
        if self._paused:
            self._paused = False
            self._transport.resume_reading()

    def abandon(self, reader: ResponseReader) -> None:
        """Close at once if `reader` still has this connection: whoever wanted the answer has gone."""
        if self._reader is reader:
            self.abort()

    def abort(self) -> None:
        """Close at once, whatever is going on."""
        self._fail(TargetError("reset", f"devproxy closed its connection to {self.target.origin}"))

    def usable(self) -> bool:
        """Whether it is open with nothing to read: a farewell may lie unread in the kernel, and must not cost a POST."""
        return not self._transport.is_closing() and not self._readable()

    def set_deadline(self, seconds: float) -> None:
        """Have the pool call `expire` after so many seconds, unless a later deadline is set before."""
        self.deadline = self._loop.time() + seconds
        self._keeper.wake_at(self.deadline)

    def expire(self) -> None:
        """Give up: the deadline has come, for the next request while idle, for the head of an answer otherwise."""
        if self._uploaded:
            what = f"{self.target.origin} did not answer within"
        elif self._room is None:
            what = "the client sent no more of the request body for"
        else:
            what = f"{self.target.origin} took no more of the request body for"
        self._fail(TargetError("timeout", f"{what} {self._head_timeout:g} s"))

    def _drop(self) -> None:
        """Close at once, without a farewell that the target could delay."""
        self.deadline = inf
        self._paused = False
        if self._upload is not None:
            self._upload.cancel()
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one in all but its ancestry
        self._readable = watch(self._transport)
        self._keeper.opened(self)

    def data_received(self, data: bytes) -> None:
        reader = self._reader
        if reader is None:
            self._drop()  # nobody asked: whoever came next would take it for his answer
            return
        try:
            reader.feed(data)
        except ProtocolError as error:
            self._fail(TargetError("protocol", f"{self.target.origin} answered with {error}"))
        else:
            self._fed(reader)

    def eof_received(self) -> None:
        self._end(None)

    def connection_lost(self, exc: Exception | None) -> None:
        self._end(exc)
        self._keeper.closed(self)

    def pause_writing(self) -> None:
        self._room = self._loop.create_future()

    def resume_writing(self) -> None:
        if self._room is not None and not self._room.done():
            self._room.set_result(None)
        self._room = None

    def _end(self, exc: Exception | None) -> None:
        if self._reader is None:
            self._drop()
        elif exc is None and self._reader.eof():
            self._rest(self._reader)
        else:
            self._fail(_cut_off(self.target.origin, self._reader, "reset" if exc else "closed"))

    def _fed(self, reader: ResponseReader) -> None:
        if reader.finished:
            self._rest(reader)
        elif reader.head is not None:
            self.deadline = inf
            if reader.buffered > HIGH_WATER:
                self._paused = True
                self._transport.pause_reading()
            self._tell()

    def _rest(self, reader: ResponseReader) -> None:
        """Wait for the next request, or close: the answer is complete."""
        self._reader = None
        asked = self._uploaded and not self._transport.get_write_buffer_size()
        if asked and not reader.spent and not self._transport.is_closing():
            self.resume()
            self._keeper.rested(self, reader)
        else:
            self._drop()
        self._tell()

    def _fail(self, error: Exception) -> None:
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.error = error
        self._drop()
        self._tell()

    def _tell(self) -> None:
        if self._news is not None and not self._news.done():
            self._news.set_result(None)

    def _progress(self) -> None:
        """Something of the request has gone out: the time for the head of the answer begins anew."""
        if self._reader is not None and self._reader.head is None:
            self.set_deadline(self._head_timeout)

    async def _run(self, upload: Upload) -> None:
        """Upload a body. It never outlives its exchange: `_drop` cancels it."""
        try:
            await upload(self)
        except Exception as error:  # noqa: BLE001  # what the client's side raised is for whoever waits for the answer
            self._fail(error)
        else:
            self._uploaded = True
            self._progress()


def _cut_off(origin: str, reader: ResponseReader, how: str) -> TargetError:
    if not reader.began:
        return UnansweredError("reset", f"{origin} {how} the connection without an answer")
    if reader.head is None:
        return TargetError("reset", f"{origin} {how} the connection before its answer had a whole head")
    of = f" of {reader.framing.length}" if reader.framing.kind is Kind.LENGTH else ""
    return TargetError(
        "reset", f"{origin} {how} the connection after {reader.received}{of} bytes of the body"
    )
