"""A client's connection: aiohttp's request handler with what it lacks.

It keeps the bytes behind an Upgrade to something else than WebSocket, hands a connection over to another protocol and
hears the last words in it, ends a body that turns out to be malformed, does not wait long for half a head, and misses a
client that goes while nothing is read from it. This module must not know what requests mean.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.http import RawRequestMessage
from aiohttp.http_exceptions import BadHttpMethod, LineTooLong
from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser

from devproxy.answers import OwnAnswer, render
from devproxy.message import ResponseHead
from devproxy.proxy.dial import has_hung_up

_log = logging.getLogger("devproxy")

# Browsers send less than 32 KiB in all; twice that for one line leaves room to refuse the rest in words.
_LINE_LIMIT = 64 * 1024
_FIELD_LIMIT = 1000
# A head comes in one piece, or nearly so; nginx waits 60 s, Apache 20.
_HEAD_SECONDS = 10.0
# Chromium keeps an idle connection for 300 s, Firefox for 115 s, nginx for 75 s.
_KEEPALIVE_SECONDS = 75.0
# Time for a refused upload to be read, so that its sender sees the answer instead of a reset.
_LINGER_SECONDS = 5.0
# As much as one read of the event loop hands over: a target that keeps up never makes a client wait.
_UNREAD_LIMIT = 256 * 1024
# A client that has gone is missed within a second.
_LOOK_SECONDS = 0.5

_MALFORMED = OwnAnswer("bad_request", "This is not a well-formed HTTP/1.1 request.")
_UNKNOWN_METHOD = OwnAnswer(
    "bad_request", "The method is not a registered one; case counts: write PATCH, not patch."
)
_TOO_LARGE = OwnAnswer(
    "head_too_large", f"A line of the request head is longer than {_LINE_LIMIT // 1024} KiB."
)
_ANSWERS: dict[type[BaseException], OwnAnswer] = {LineTooLong: _TOO_LARGE, BadHttpMethod: _UNKNOWN_METHOD}


class Server(web.Server):
    """aiohttp's server, with connections of ours."""

    def __init__(self, handler: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]) -> None:
        super().__init__(handler, handler_cancellation=True)
        self._running_loop = asyncio.get_running_loop()

    def __call__(self) -> web.RequestHandler:
        return ClientConnection(
            self,
            loop=self._running_loop,
            access_log=None,  # type: ignore[arg-type]
            auto_decompress=False,
            keepalive_timeout=_KEEPALIVE_SECONDS,
            lingering_time=_LINGER_SECONDS,
            max_line_size=_LINE_LIMIT,
            max_field_size=_LINE_LIMIT,
            max_headers=_FIELD_LIMIT,
        )


class ClientConnection(web.RequestHandler):
    """One connection of a client. Its parser's refusals are answered here, without a byte of them in the log."""

    __slots__ = ("_half_a_head", "_look")

    _half_a_head: asyncio.TimerHandle | None
    _look: asyncio.TimerHandle | None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._half_a_head = None
        self._look = None
        super().connection_made(transport)

    def connection_lost(self, exc: BaseException | None) -> None:
        self._head_is_there()
        self._look_no_more()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if not self._messages:
            if self._waiter is not None and self._half_a_head is None:
                self._half_a_head = self._loop.call_later(_HEAD_SECONDS, self.force_close)
            return
        if self._half_a_head is not None:
            self._head_is_there()
        message, body = self._messages[-1]
        if not isinstance(message, RawRequestMessage):
            self._break_off_body()
        elif message.upgrade and not self._upgraded and body.is_eof():
            self._keep_what_follows(data)

    def eof_received(self) -> bool:  # type: ignore[override]  # whether to stay open, as asyncio has it
        """Hear that the client says no more: a farewell in HTTP, but in another protocol it may still listen."""
        if isinstance(self._payload_parser, Pipe):
            self._payload_parser.feed_eof()
            return True
        return False

    def take_over(self) -> "Pipe":
        """Take all that the client says from now on: it is another protocol than HTTP."""
        pipe = Pipe(self)
        self.set_parser(pipe)  # type: ignore[arg-type]  # it calls feed_data and feed_eof
        return pipe

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,  # noqa: ARG002  # the signature is aiohttp's
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002  # it quotes the bytes at fault, which may be a secret
    ) -> web.StreamResponse:
        """A fixed answer to a request that is none."""
        answer = next((own for kind, own in _ANSWERS.items() if isinstance(exc, kind)), _MALFORMED)
        _log.warning(
            "%d  refused a malformed request from %s (%s)", answer.status, request.remote, type(exc).__name__
        )
        return _Refused(*render(answer, None))

    def _break_off_body(self) -> None:
        """Tell whoever reads a body that it has turned out to be malformed: aiohttp would let him wait for ever."""
        if len(self._messages) > 1:
            body = self._messages[-2][1]
        elif self._current_request is not None:
            body = self._current_request.content
        else:
            return
        if not body.is_eof():
            body.set_exception(web.RequestPayloadError("the body is malformed"))

    def _keep_what_follows(self, data: bytes) -> None:
        """Treat a request with any Upgrade as aiohttp treats a WebSocket's.

        Its parser stops there and forgets what came behind it in `data`. Kept, it is there for whoever takes the
        connection over, or is read as the next request.
        """
        self._upgraded = True
        try:
            HttpRequestParser(object()).feed_data(data)
        except HttpParserUpgrade as stop:
            self._message_tail = data[stop.args[0] :]
        except HttpParserError:
            return  # the request began in an earlier packet

    def _head_is_there(self) -> None:
        if self._half_a_head is not None:
            self._half_a_head.cancel()
            self._half_a_head = None

    def _pause_transport_reading(self) -> None:
        super()._pause_transport_reading()
        if self._look is None:
            self._look = self._loop.call_later(_LOOK_SECONDS, self._look_after_client)

    def _resume_transport_reading(self) -> None:
        super()._resume_transport_reading()
        self._look_no_more()

    def _look_after_client(self) -> None:
        """Cut the connection if the client has gone: who reads nothing is told nothing."""
        self._look = None
        if self.transport is None:
            return
        if has_hung_up(self.transport, half=self._payload_parser is None):
            self.transport.abort()
        else:
            self._look = self._loop.call_later(_LOOK_SECONDS, self._look_after_client)

    def _look_no_more(self) -> None:
        if self._look is not None:
            self._look.cancel()
            self._look = None


class Pipe:
    """What a client says in another protocol, to be read as it comes."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._chunks: list[bytes] = []
        self._unread = 0
        self._paused = False
        self._ended = False
        self._news = asyncio.Event()

    def feed_data(self, data: bytes) -> tuple[bool, bytes]:
        """Keep some bytes, and let the client wait once many lie unread."""
        self._chunks.append(data)
        self._unread += len(data)
        self._news.set()
        if self._unread > _UNREAD_LIMIT:
            self._paused = True
            self._connection.pause_reading()
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
        if self._paused:
            self._paused = False
            self._connection.resume_reading()
        return data


class Sent(web.StreamResponse):
    """Tells aiohttp that the answer is on its way already, and whether the connection may carry another."""

    def __init__(self, *, keep_alive: bool) -> None:
        super().__init__()
        self._keep_alive = keep_alive

    async def prepare(self, request: web.BaseRequest) -> None:
        """Nothing is left to prepare."""

    async def write_eof(self, data: bytes = b"") -> None:
        """Nothing is left to write."""


class _Refused(Sent):
    """Answers what aiohttp's parser refused: there is no request to speak of, and none may follow."""

    def __init__(self, head: ResponseHead, body: bytes) -> None:
        super().__init__(keep_alive=False)
        self._answer = serialise(head, "Connection: close\r\n") + body

    async def prepare(self, request: web.BaseRequest) -> None:
        """Write the answer."""
        await request.writer.write(self._answer)


def serialise(head: ResponseHead, hop_by_hop: str = "") -> bytes:
    """A head as it goes out, with the lines that speak about this connection at its end."""
    fields = "".join([f"{name}: {value}\r\n" for name, value in head.headers])
    return f"HTTP/1.1 {head.status} {head.reason}\r\n{fields}{hop_by_hop}\r\n".encode("latin-1")
