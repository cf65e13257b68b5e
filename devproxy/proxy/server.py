"""devproxy, listening: puts the parts together, and takes them apart again. Decides nothing about requests."""

import asyncio
import errno
import ssl
from collections.abc import Sequence

from devproxy.decide import Site
from devproxy.errors import StartError
from devproxy.exchange import Exchange, Listener
from devproxy.proxy.client_connection import Server
from devproxy.proxy.dial import LOOPBACKS, listens
from devproxy.proxy.handler import Handler
from devproxy.proxy.system import container_gateway, owner_of, raise_open_files
from devproxy.proxy.tls import Certificate
from devproxy.proxy.upstream import Upstream

# What is cut has nothing to wait for but its own clean-up.
_CUT_SECONDS = 0.5
# A program on a loopback address accepts in well under a millisecond.
_PROBE_SECONDS = 0.2
# An ephemeral port that is free on one loopback is nearly always free on the other.
_PORT_TRIES = 8

# With the cutting and closing that follow, less than the 10 s that `docker stop` gives.
GRACE_SECONDS = 8.0


class Proxy:
    """A running devproxy. `site` may be replaced at any time; requests in flight keep the one they began with."""

    def __init__(self, site: Site, listeners: Sequence[Listener] = ()) -> None:
        self.site = site
        self.port = 0
        self._upstream = Upstream()
        self._handler = Handler(lambda: self.site, self._upstream, listeners)
        self._server: Server | None = None
        self._sockets: list[asyncio.Server] = []

    async def start(self, host: str, port: int, certificate: Certificate | None = None) -> None:
        """Listen on `host` (localhost: both loopbacks) and `port` (0: any free one, told by `self.port`), with TLS if there is a `certificate`.

        Raises StartError where that cannot be had.
        """
        # A program on the loopback address that we do not ask for would get half of the requests.
        if port and await listens(LOOPBACKS, port, _PROBE_SECONDS):
            raise await _port_in_use(port)
        raise_open_files()
        self._server = Server(self._handler, container_gateway())
        tries = _PORT_TRIES if port == 0 else 1
        while not self._sockets:
            tries -= 1
            try:
                await self._listen(host, port, certificate.context if certificate else None)
            except OSError as error:
                self._unlisten()
                if not tries:
                    raise await _cannot_listen(host, port, error) from error

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

    async def _listen(self, host: str, port: int, tls: ssl.SSLContext | None) -> None:
        loop = asyncio.get_running_loop()
        for address in ("127.0.0.1", "::1") if host == "localhost" else (host,):
            try:
                server = await loop.create_server(
                    self._server,  # type: ignore[arg-type]
                    address,
                    self.port or port,
                    ssl=tls,
                )
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


async def _port_in_use(port: int) -> StartError:
    owner = owner_of(port)
    free = await _free_port(port)
    hint = f"stop the program that has it, or choose another: --port {free}"
    return StartError(f"port {port} is in use{f' ({owner})' if owner else ''}", hint)


async def _free_port(taken: int) -> int:
    """A port near one that is taken; the very next one is every other tool's first guess."""
    near = range(taken + 2, min(taken + 2 * _PORT_TRIES + 2, 65536), 2)
    candidates: tuple[int, ...] = (*near, 8484)
    for port in candidates:
        if port != taken and not await listens(LOOPBACKS, port, _PROBE_SECONDS):
            return port
    return 8484


async def _cannot_listen(host: str, port: int, error: OSError) -> StartError:
    if error.errno == errno.EADDRINUSE:
        return await _port_in_use(port)
    if error.errno == errno.EACCES:
        return StartError(f"port {port} needs administrator rights", "choose one above 1023: --port 8484")
    return StartError(f"cannot listen on {host}:{port} ({error.strerror or error})", "use --host localhost")
