"""What aiohttp does for a client's connection: it answers requests with a body, several at once, and other protocols.

It lacks some things, which stand here: a body that turns out to be malformed ends, a request that is none gets an answer of
ours, and a refused upload is read while its sender hears the answer. This module must not know what requests mean.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, cast

from aiohttp import web
from aiohttp.http import RawRequestMessage

from devproxy.proxy.client_connection import LINGER_SECONDS, ClientConnection, Direct
from devproxy.proxy.dial import half_close
from devproxy.reading import HEAD_LIMIT

# A head that RequestReader passes is within aiohttp's limits, so that only one of the two has any.
_MOST_FIELDS = HEAD_LIMIT // len("a:\r\n")


class Server:
    """Makes a connection for each client: asyncio's protocol factory. See ClientConnection for `direct` and `gateway`; `handler` is aiohttp's."""

    def __init__(
        self,
        handler: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]],
        direct: Direct | None = None,
        *,
        gateway: str = "",
    ) -> None:
        self.connections: set[ClientConnection] = set()
        self._manager = web.Server(handler, handler_cancellation=True)
        self._direct = direct
        self._gateway = gateway

    def __call__(self) -> ClientConnection:
        return ClientConnection(self._parsing, self._direct, self._gateway, self.connections)

    async def shutdown(self, seconds: float) -> None:
        """Wait so long for what is being answered, and close all connections."""
        await asyncio.gather(*(connection.shutdown(seconds) for connection in tuple(self.connections)))

    def _parsing(self, connection: ClientConnection) -> "AiohttpHandler":
        handler = AiohttpHandler(self._manager, connection)
        handler.connection_made(cast("asyncio.Transport", connection.transport))  # it is open
        return handler


class AiohttpHandler(web.RequestHandler):
    """aiohttp's part in one connection of a client. What is refused before the handler is answered here, without a byte of it in the log."""

    __slots__ = ("connection",)

    def __init__(self, manager: web.Server, connection: ClientConnection) -> None:
        super().__init__(
            manager,
            loop=asyncio.get_running_loop(),
            access_log=None,  # type: ignore[arg-type]  # it may be
            auto_decompress=False,
            lingering_time=LINGER_SECONDS,
            max_line_size=HEAD_LIMIT,
            max_field_size=HEAD_LIMIT,
            max_headers=_MOST_FIELDS,
        )
        self.connection = connection

    @property
    def waits(self) -> bool:
        """Whether everything is answered, and another request may follow."""
        return self._waiter is not None and not self._waiter.done()

    def feed(self, data: bytes) -> None:
        """Take what has one reading; it may turn out that what is being read is malformed."""
        self.data_received(data)
        if self._messages and not isinstance(self._messages[-1][0], RawRequestMessage):
            self._break_off_body()

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Answer, and read on."""
        answered = await super().finish_response(request, resp, start_time)
        if self.connection.has_refused and not resp.keep_alive:
            await self._linger()
        if not self._messages:
            self.connection.go_on()
        return answered

    async def _linger(self) -> None:
        """Say no more, and let pass what the client still sends: it would turn the farewell into a reset."""
        if self.transport is not None and half_close(self.transport):
            await asyncio.sleep(LINGER_SECONDS)
        self._lingering_time = 0.0  # aiohttp would read what is left of the body, and it has none

    def _process_keepalive(self) -> None:
        """Leave it to the connection, which knows of the requests that are answered directly."""
        self._keepalive_handle = None

    def _pause_transport_reading(self) -> None:
        self.connection.pause_reading()

    def _resume_transport_reading(self) -> None:
        self.connection.resume_reading()

    def handle_error(
        self,
        request: web.BaseRequest,  # noqa: ARG002
        status: int = 500,  # noqa: ARG002  # the signature is aiohttp's
        exc: BaseException | None = None,  # noqa: ARG002
        message: str | None = None,  # noqa: ARG002  # it quotes the bytes at fault, which may be a secret
    ) -> web.StreamResponse:
        """A fixed answer to a request that is none."""
        return _Refused(self.connection.refused())

    def log_exception(self, *args: Any, **kw: Any) -> None:
        """Log what went wrong in aiohttp; that a body breaks which nobody waits for any more is no news."""
        if not isinstance(kw.get("exc_info"), web.RequestPayloadError):
            super().log_exception(*args, **kw)

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

    def __init__(self, answer: bytes) -> None:
        super().__init__(keep_alive=False)
        self._answer = answer

    async def prepare(self, request: web.BaseRequest) -> None:
        """Write the answer."""
        await request.writer.write(self._answer)
