"""devproxy, listening: puts the parts together, and takes them apart again. Decides nothing about requests."""

import asyncio
import errno
import logging
from collections.abc import Sequence

from aiohttp import web
from aiohttp.http import RawRequestMessage
from aiohttp.http_exceptions import BadHttpMethod, LineTooLong

from devproxy.answers import OwnAnswer, render
from devproxy.decide import Site
from devproxy.errors import StartError
from devproxy.exchange import Exchange, Listener
from devproxy.proxy.client import Refused
from devproxy.proxy.dial import LOOPBACKS, listens
from devproxy.proxy.handler import Handler
from devproxy.proxy.system import owner_of, raise_open_files
from devproxy.proxy.upstream import Upstream

_log = logging.getLogger("devproxy")

# Browsers send less than 32 KiB in all; twice that for one line leaves room to refuse the rest in words.
_LINE_LIMIT = 64 * 1024
_FIELD_LIMIT = 1000
# Chromium keeps an idle connection for 300 s, Firefox for 115 s, nginx for 75 s.
_KEEPALIVE_SECONDS = 75.0
# Time for a refused upload to be read, so that its sender sees the answer instead of a reset.
_LINGER_SECONDS = 5.0
# What is cut has nothing to wait for but its own clean-up.
_CUT_SECONDS = 0.5
# A program on a loopback address accepts in well under a millisecond.
_PROBE_SECONDS = 0.2
# An ephemeral port that is free on one loopback is nearly always free on the other.
_PORT_TRIES = 8

_MALFORMED = OwnAnswer("bad_request", "This is not a well-formed HTTP/1.1 request.")
_UNKNOWN_METHOD = OwnAnswer(
    "bad_request", "The method is not a registered one; case counts: write PATCH, not patch."
)
_TOO_LARGE = OwnAnswer(
    "head_too_large", f"A line of the request head is longer than {_LINE_LIMIT // 1024} KiB."
)


_ANSWERS: dict[type[BaseException], OwnAnswer] = {LineTooLong: _TOO_LARGE, BadHttpMethod: _UNKNOWN_METHOD}


# With the cutting and closing that follow, less than the 10 s that `docker stop` gives.
GRACE_SECONDS = 8.0


class Proxy:
    """A running devproxy. `site` may be replaced at any time; requests in flight keep the one they began with."""

    def __init__(self, site: Site, listeners: Sequence[Listener] = ()) -> None:
        self.site = site
        self.port = 0
        self._upstream = Upstream()
        self._handler = Handler(lambda: self.site, self._upstream, listeners)
        self._server: web.Server | None = None
        self._sockets: list[asyncio.Server] = []

    async def start(self, host: str, port: int) -> None:
        """Listen on `host` (localhost: both loopbacks) and `port` (0: any free one, told by `self.port`).

        Raises StartError where that cannot be had.
        """
        # A program on the loopback address that we do not ask for would get half of the requests.
        if port and await listens(LOOPBACKS, port, _PROBE_SECONDS):
            raise _port_in_use(port)
        raise_open_files()
        self._server = _Server(self._handler)
        tries = _PORT_TRIES if port == 0 else 1
        while not self._sockets:
            tries -= 1
            try:
                await self._listen(host, port)
            except OSError as error:
                self._unlisten()
                if not tries:
                    raise _cannot_listen(host, port, error) from error

    @property
    def in_flight(self) -> int:
        """How many answers `stop` would wait for."""
        return self._handler.in_flight

    def unanswered(self, seconds: float) -> list[Exchange]:
        """The requests that their targets have not begun to answer for so long."""
        return self._handler.unanswered(seconds)

    async def stop(self, grace: float = GRACE_SECONDS) -> None:
        """Stop listening and cut streams at once, let other answers end for `grace` seconds, then cut what is left."""
        self._unlisten()
        await self._handler.drain(grace)
        if self._server is not None:
            self._server.pre_shutdown()
            await self._server.shutdown(_CUT_SECONDS)
        await self._upstream.close()

    async def _listen(self, host: str, port: int) -> None:
        loop = asyncio.get_running_loop()
        for address in ("127.0.0.1", "::1") if host == "localhost" else (host,):
            try:
                server = await loop.create_server(self._server, address, self.port or port)  # type: ignore[arg-type]
            except OSError as error:
                if self._sockets and error.errno in {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}:
                    continue  # a machine without IPv6
                raise
            self._sockets.append(server)
            self.port = server.sockets[0].getsockname()[1]

    def _unlisten(self) -> None:
        for server in self._sockets:
            server.close()
        self._sockets.clear()
        self.port = 0


class _Server(web.Server):
    """aiohttp's server with connections of ours."""

    def __init__(self, handler: Handler) -> None:
        super().__init__(handler, handler_cancellation=True)
        self._running_loop = asyncio.get_running_loop()

    def __call__(self) -> web.RequestHandler:
        return _Connection(
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


class _Connection(web.RequestHandler):
    """What aiohttp's parser refuses never reaches the handler: it is answered here, without a byte of it in the log."""

    __slots__ = ()

    def data_received(self, data: bytes) -> None:
        """Take bytes; where they break the body that a handler is reading, aiohttp would leave it waiting for ever."""
        super().data_received(data)
        if not self._messages or isinstance(self._messages[-1][0], RawRequestMessage):
            return
        if len(self._messages) > 1:
            body = self._messages[-2][1]
        elif self._current_request is not None:
            body = self._current_request.content
        else:
            return
        if not body.is_eof():
            body.set_exception(web.RequestPayloadError("the body is malformed"))

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
        return Refused(*render(answer, None))


def _port_in_use(port: int) -> StartError:
    owner = owner_of(port)
    hint = f"stop the program that has it, or choose another: --port {port + 2 if port < 65534 else 8484}"
    return StartError(f"port {port} is in use{f' ({owner})' if owner else ''}", hint)


def _cannot_listen(host: str, port: int, error: OSError) -> StartError:
    if error.errno == errno.EADDRINUSE:
        return _port_in_use(port)
    if error.errno == errno.EACCES:
        return StartError(f"port {port} needs administrator rights", "choose one above 1023: --port 8484")
    return StartError(f"cannot listen on {host}:{port} ({error.strerror or error})", "use --host localhost")
