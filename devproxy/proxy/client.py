"""The client's side of one exchange, on aiohttp's listener.

Heads are written here, byte for byte: aiohttp's own response class re-encodes values, invents fields and drops bytes
above 0x7F. This module must not know targets or CORS.
"""

import asyncio
import socket
import struct
import sys
from collections.abc import AsyncIterator

from aiohttp import web

from devproxy.errors import ClientError
from devproxy.framing import CHUNKED, NO_BODY, UNTIL_CLOSE, Framing, Kind
from devproxy.headers import Headers
from devproxy.message import RequestHead, ResponseHead

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
# As much as one read of the event loop hands over: a target that keeps up never makes a client wait.
_UNREAD_LIMIT = 256 * 1024
# struct linger: on, 0 seconds. Winsock's has shorts.
_RESET = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
_LAST_CHUNK = b"0\r\n\r\n"


class Sent(web.StreamResponse):
    """Tells aiohttp that the answer is on its way already, and whether the connection may carry another."""

    def __init__(self, *, keep_alive: bool) -> None:
        super().__init__()
        self._keep_alive = keep_alive

    async def prepare(self, request: web.BaseRequest) -> None:
        """Nothing is left to prepare."""

    async def write_eof(self, data: bytes = b"") -> None:
        """Nothing is left to write."""


class Refused(Sent):
    """Answers what aiohttp's parser refused: there is no request to speak of, and none may follow."""

    def __init__(self, head: ResponseHead, body: bytes) -> None:
        super().__init__(keep_alive=False)
        self._answer = serialise(head, "Connection: close\r\n") + body

    async def prepare(self, request: web.BaseRequest) -> None:
        """Write the answer."""
        await request.writer.write(self._answer)


class _Pipe:
    """Takes the bytes of a client that speaks another protocol than HTTP now, in place of aiohttp's parser."""

    def __init__(self, request: web.BaseRequest) -> None:
        self._request = request
        self._chunks: list[bytes] = []
        self._unread = 0
        self._ended = False
        self._news = asyncio.Event()
        request.protocol.set_parser(self)  # type: ignore[arg-type]  # it calls the two methods below

    def feed_data(self, data: bytes) -> tuple[bool, bytes]:
        """Keep some bytes, and let the client wait once many lie unread."""
        self._chunks.append(data)
        self._unread += len(data)
        self._news.set()
        if self._unread > _UNREAD_LIMIT and self._request.transport is not None:
            self._request.transport.pause_reading()
        return False, b""

    def feed_eof(self) -> None:
        """Note that the client says no more."""
        self._ended = True
        self._news.set()

    async def read(self) -> bytes:
        """Wait for what comes next; b"" at the end."""
        while not self._chunks and not self._ended:
            self._news.clear()
            await self._news.wait()
        data = b"".join(self._chunks)
        self._chunks.clear()
        self._unread = 0
        if self._request.transport is not None:
            self._request.transport.resume_reading()
        return data


class Client:
    """One request of a client, and the way back to it."""

    __slots__ = ("_framing", "_keep_alive", "_request", "_switched", "head")

    def __init__(self, request: web.BaseRequest) -> None:
        self._request = request
        self._keep_alive = request.keep_alive
        self._framing: Framing | None = None
        self._switched = asyncio.Event()
        version = request.version
        self.head = RequestHead(
            request.method,
            request.raw_path,
            Headers.from_raw(request.raw_headers),
            (version.major, version.minor),
            request.remote or "unknown",
            request.secure,
        )

    @property
    def answered(self) -> bool:
        """Whether the head of an answer has been written."""
        return self._framing is not None

    async def body(self) -> AsyncIterator[bytes]:
        """The request's body as it comes. Raises ClientError where the client breaks off or breaks its framing."""
        content = self._request.content
        if "expect" in self.head.headers and self.head.version >= (1, 1) and not content.is_eof():
            await self._write(_CONTINUE)
        try:
            while chunk := await content.readany():
                yield chunk
        except (web.RequestPayloadError, ConnectionError) as error:
            raise ClientError("the client's request body broke off") from error

    async def tunnelled(self) -> AsyncIterator[bytes]:
        """What the client says once a 101 has been started; nothing before that."""
        await self._switched.wait()
        pipe = _Pipe(self._request)
        while chunk := await pipe.read():
            yield chunk

    async def start(
        self, head: ResponseHead, body: Framing, first: bytes = b"", *, end: bool = False
    ) -> None:
        """Write the head of the answer and the first bytes of its body, at once; `end` says that they are all.

        `body` is how the source delimits the body; the client gets it delimited in a way that its version knows.
        """
        self._framing = UNTIL_CLOSE if head.status == 101 else self._reframed(body)
        if not self._request.content.is_eof():
            # What is left of the request body would be read as the next request.
            self._keep_alive = False
        if self._framing.kind is Kind.CLOSE:
            self._keep_alive = False
        fields = "Transfer-Encoding: chunked\r\n" if self._framing is CHUNKED else ""
        if head.status == 101:
            self._keep_alive = False
            self._switched.set()
        elif not self._keep_alive:
            fields += "Connection: close\r\n"
        elif self.head.version == (1, 0):
            fields += "Connection: keep-alive\r\n"
        await self._write(serialise(head, fields) + self._framed(first) + (self._last if end else b""))

    async def send(self, chunk: bytes) -> None:
        """Write some bytes of the body, and wait while the client is slow to take them."""
        await self._write(self._framed(chunk))

    async def end(self) -> None:
        """Write the end of the body."""
        if self._last:
            await self._write(self._last)

    def abort(self) -> None:
        """Cut the connection, so that the client sees a truncated answer and never a clean end."""
        self._keep_alive = False
        transport = self._request.transport
        if transport is None:
            return
        if self._framing is UNTIL_CLOSE:
            # Here the end of the connection is the end of the body: only a reset tells the one from the other.
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        transport.abort()

    def finished(self) -> Sent:
        """What aiohttp's listener wants back from a handler."""
        return Sent(keep_alive=self._keep_alive and self.answered)

    def _reframed(self, body: Framing) -> Framing:
        if self.head.method == "HEAD":
            return NO_BODY
        if body.kind in {Kind.CHUNKED, Kind.CLOSE}:
            return CHUNKED if self.head.version >= (1, 1) else UNTIL_CLOSE
        return body

    @property
    def _last(self) -> bytes:
        return _LAST_CHUNK if self._framing is CHUNKED else b""

    def _framed(self, chunk: bytes) -> bytes:
        if self._framing is CHUNKED and chunk:
            return b"%x\r\n%b\r\n" % (len(chunk), chunk)
        return chunk

    async def _write(self, data: bytes) -> None:
        try:
            await self._request.writer.write(data)
        except ConnectionError as error:
            raise ClientError("the client has gone") from error


def serialise(head: ResponseHead, hop_by_hop: str) -> bytes:
    """A head as it goes out, with the lines that speak about this connection at its end."""
    fields = "".join([f"{name}: {value}\r\n" for name, value in head.headers])
    return f"HTTP/1.1 {head.status} {head.reason}\r\n{fields}{hop_by_hop}\r\n".encode("latin-1")
