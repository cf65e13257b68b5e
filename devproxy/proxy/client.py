"""The client's side of one exchange, on aiohttp's listener.

Heads are written here, byte for byte: aiohttp's own response class re-encodes values, invents fields and drops bytes
above 0x7F. This module must not know targets or CORS.
"""

import asyncio
import socket
import struct
import sys
from collections.abc import AsyncIterator
from typing import cast

from aiohttp import EMPTY_PAYLOAD, StreamReader, web

from devproxy.errors import ClientError
from devproxy.framing import CHUNKED, NO_BODY, UNTIL_CLOSE, Framing
from devproxy.headers import Headers
from devproxy.message import RequestHead, ResponseHead
from devproxy.proxy.aiohttp_handler import AiohttpHandler, Sent
from devproxy.proxy.client_connection import ClientConnection, serialise
from devproxy.proxy.dial import half_close
from devproxy.proxy.outbox import Outbox
from devproxy.proxy.pipe import Pipe
from devproxy.recent import Recent

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
# A target that ignores Expect never says 100; curl waits this long before it sends the body anyway.
_PATIENCE_SECONDS = 1.0
# struct linger: on, 0 seconds. Winsock's has shorts.
_RESET = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
_LAST_CHUNK = b"0\r\n\r\n"

_serialised = Recent(serialise)


class Client:
    """One request of a client, and the way back to it."""

    __slots__ = ("_connection", "_content", "_continued", "_framing", "_keep_alive", "head")

    def __init__(
        self,
        connection: ClientConnection,
        head: RequestHead,
        content: StreamReader = EMPTY_PAYLOAD,
        *,
        keep_alive: bool,
    ) -> None:
        self.head = head
        self._connection = connection
        self._content = content
        self._keep_alive = keep_alive
        self._framing: Framing | None = None
        self._continued = False

    @classmethod
    def of(cls, request: web.BaseRequest) -> "Client":
        """The client of a request that aiohttp has read."""
        connection = cast("AiohttpHandler", request.protocol).connection
        version = request.version
        head = RequestHead(
            request.method,
            request.raw_path,
            Headers.from_raw(request.raw_headers),
            (version.major, version.minor),
            request.remote or "unknown",
            request.secure,
            connection.is_near,
        )
        return cls(connection, head, request.content, keep_alive=request.keep_alive)

    @property
    def answered(self) -> bool:
        """Whether the head of an answer has been written."""
        return self._framing is not None

    @property
    def may_ask_again(self) -> bool:
        """Whether its connection may carry another request, once this one is answered."""
        return self._keep_alive and self.answered

    @property
    def is_connected(self) -> bool:
        """Whether the client is there, as far as one knows."""
        transport = self._connection.transport
        return transport is not None and not transport.is_closing()

    async def body(self, *, expects_continue: bool) -> AsyncIterator[bytes]:
        """The request's body as it comes. Raises ClientError where the client breaks off or breaks its framing.

        A client that expects to be told to continue is told so here, unless the target has done so after a while.
        """
        if expects_continue:
            asyncio.get_running_loop().call_later(_PATIENCE_SECONDS, self._continue)
        content = self._content
        try:
            while chunk := await content.readany():
                yield chunk
        except (web.RequestPayloadError, ConnectionError) as error:
            raise ClientError("the client's request body broke off") from error

    async def inform(self, head: ResponseHead) -> None:
        """Pass an interim answer on, unless to HTTP/1.0, which knows none (RFC 9110, section 15.2)."""
        if self.head.version < (1, 1) or (head.status == 100 and self._continued):
            return
        self._continued = self._continued or head.status == 100
        await self._write(serialise(head))

    def take_over(self) -> Pipe:
        """What the client says from now on, in another protocol."""
        return self._connection.take_over()

    async def start(
        self, head: ResponseHead, body: Framing, first: bytes = b"", *, end: bool = False, final: bool = False
    ) -> None:
        """Write the head of the answer and the first bytes of its body, at once; `end` says that they are all.

        After a `final` one the connection is closed. `body` is how the source delimits the body; the client gets it delimited in a way that its version knows.
        """
        await self._write(self._opening(head, body, first, end=end, final=final))

    def answer(self, head: ResponseHead, body: Framing, content: bytes, outbox: Outbox | None) -> None:
        """Write a whole answer, as `start` does, without waiting for a client that is slow to take it."""
        data = self._opening(head, body, content, end=True)
        transport = self._connection.transport
        if outbox is None or transport is None or not self._keep_alive:
            self._send(data)
        else:
            outbox.put(transport, data)

    def _opening(
        self, head: ResponseHead, body: Framing, first: bytes, *, end: bool = False, final: bool = False
    ) -> bytes:
        self._framing = UNTIL_CLOSE if head.status == 101 else self._reframed(body)
        if not self._content.is_eof():
            # What is left of the request body would be read as the next request.
            self._keep_alive = False
        if final or self._framing is UNTIL_CLOSE:
            self._keep_alive = False
        fields = "Transfer-Encoding: chunked\r\n" if self._framing is CHUNKED else ""
        if head.status == 101:
            self._keep_alive = False
        elif not self._keep_alive:
            fields += "Connection: close\r\n"
        elif self.head.version == (1, 0):
            fields += "Connection: keep-alive\r\n"
        return _serialised(head, fields) + self._framed(first) + (self._last if end else b"")

    async def send(self, chunk: bytes) -> None:
        """Write some bytes of the body, and wait while the client is slow to take them."""
        await self._write(self._framed(chunk))

    def pass_by(self, data: bytes) -> bool:
        """Write some bytes of the body, if the client takes them without waiting."""
        transport = self._connection.transport
        if transport is None or transport.is_closing() or self._connection.writing_paused:
            return False
        transport.write(self._framed(data))
        return True

    async def end(self) -> None:
        """Write the end of the body."""
        if self._last:
            await self._write(self._last)

    def write_eof(self) -> None:
        """Say no more to the client; it may go on speaking."""
        transport = self._connection.transport
        if transport is not None and not transport.is_closing():
            half_close(transport)

    def leave(self) -> None:
        """End an answer that has no end of its own, in the way in which its target would."""
        if self._last and (transport := self._connection.transport) is not None:
            transport.write(self._last)

    def abort(self) -> None:
        """Cut the connection, so that the client sees a truncated answer and never a clean end."""
        self._keep_alive = False
        transport = self._connection.transport
        if transport is None:
            return
        if self._framing is UNTIL_CLOSE:
            # Here the end of the connection is the end of the body: only a reset tells the one from the other.
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        transport.abort()

    def finished(self) -> Sent:
        """What aiohttp's listener wants back from a handler."""
        if self.answered and not (self._keep_alive or self._content.is_eof()):
            self.write_eof()  # the answer is over, although the listener still reads what the client sends
        return Sent(keep_alive=self.may_ask_again)

    def _reframed(self, body: Framing) -> Framing:
        if self.head.method == "HEAD":
            return NO_BODY
        if body is CHUNKED or body is UNTIL_CLOSE:
            return CHUNKED if self.head.version >= (1, 1) else UNTIL_CLOSE
        return body

    @property
    def _last(self) -> bytes:
        return _LAST_CHUNK if self._framing is CHUNKED else b""

    def _framed(self, chunk: bytes) -> bytes:
        if self._framing is CHUNKED and chunk:
            return b"%x\r\n%b\r\n" % (len(chunk), chunk)
        return chunk

    def _continue(self) -> None:
        waits = not (self._continued or self.answered or self._content.total_bytes)
        if waits and self.is_connected and (transport := self._connection.transport):
            self._continued = True
            transport.write(_CONTINUE)

    def _send(self, data: bytes) -> None:
        try:
            self._connection.write(data)
        except ConnectionError as error:
            raise ClientError("the client has gone") from error

    async def _write(self, data: bytes) -> None:
        self._send(data)
        if self._connection.writing_paused:
            await self._connection.room()
