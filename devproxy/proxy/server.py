"""devproxy, listening: puts the parts together, and takes them apart again. Decides nothing about requests."""

import asyncio
import errno
import socket
import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import cast

from devproxy.decide import Site
from devproxy.errors import StartError
from devproxy.exchange import Exchange, Listener
from devproxy.proxy.aiohttp_handler import Server
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
    """A running devproxy. Requests in flight keep the site that they began with, whatever is served meanwhile.

    Without `directly`, aiohttp reads all requests, not only those with bodies and the like.
    """

    def __init__(self, site: Site, listeners: Sequence[Listener] = (), *, directly: bool = True) -> None:
        self.site = site
        self.port = 0
        self._upstream = Upstream()
        self._handler = Handler(lambda: self.site, self._upstream, listeners)
        self._directly = directly
        self._server: Server | None = None
        self._sockets: list[asyncio.Server] = []
        self._host = ""
        self._certificate: Certificate | None = None

    async def start(self, host: str, port: int, certificate: Certificate | None = None) -> None:
        """Begin to listen, as `listen` does."""
        raise_open_files()
        self._server = Server(
            self._handler, self._handler.direct if self._directly else None, gateway=container_gateway()
        )
        await self.listen(host, port, certificate)

    async def listen(self, host: str, port: int, certificate: Certificate | None = None) -> None:
        """Listen on `host` (localhost: both loopbacks) and `port` (0: any free one, told by `self.port`), with TLS if there is a `certificate`.

        Where it listened before it does so no more, once it listens here; connections that are open stay. Raises StartError
        where that cannot be had, and then nothing has changed.
        """
        # A program on the loopback address that we do not ask for would get half of the requests.
        if port and port != self.port and await listens(LOOPBACKS, port, _PROBE_SECONDS):
            raise await _port_in_use(port)
        try:
            opened = await self._opened(host, port, certificate)
        except OSError as error:
            if port != self.port or error.errno != errno.EADDRINUSE:
                raise await _cannot_listen(host, port, error) from error
            opened = await self._opened_instead(host, port, certificate)
        self._unlisten()
        self._sockets, self._host, self._certificate = opened, host, certificate
        self.port = opened[0].sockets[0].getsockname()[1]

    def swap(self, site: Site) -> None:
        """Serve another site from now on; connections to targets that it has, too, are kept."""
        self.site = site
        self._upstream.keep({route.target.server for route in site.routes})

    def refresh_certificate(self) -> None:
        """Look whether the certificate has been renewed."""
        if self._certificate:
            self._certificate.refresh()

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
            await self._server.shutdown(_CUT_SECONDS)
        await self._upstream.close()

    async def _opened(self, host: str, port: int, certificate: Certificate | None) -> list[asyncio.Server]:
        tries = _PORT_TRIES if port == 0 else 1
        while True:
            tries -= 1
            opened: list[asyncio.Server] = []
            try:
                await self._open(opened, host, port, certificate.context if certificate else None)
            except BaseException as error:
                for server in opened:
                    server.close()
                if not tries or not isinstance(error, OSError):
                    raise
            else:
                return opened

    async def _open(
        self, opened: list[asyncio.Server], host: str, port: int, tls: ssl.SSLContext | None
    ) -> None:
        listen = partial(
            asyncio.get_running_loop().create_server, cast("Callable[[], asyncio.Protocol]", self._server)
        )
        for address in ("127.0.0.1", "::1") if host == "localhost" else (host,):
            own = self._socket(address, port)
            try:
                server = await (listen(sock=own, ssl=tls) if own else listen(address, port, ssl=tls))
            except OSError as error:
                if opened and error.errno in {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}:
                    continue  # a machine without IPv6
                raise
            opened.append(server)
            port = server.sockets[0].getsockname()[1]

    async def _opened_instead(
        self, host: str, port: int, certificate: Certificate | None
    ) -> list[asyncio.Server]:
        """Where one address is a part of the other (localhost, 0.0.0.0), no system lets both be listened on at once."""
        self._unlisten()
        await asyncio.sleep(0)  # uvloop closes a socket when it comes round
        try:
            return await self._opened(host, port, certificate)
        except OSError as error:
            with suppress(OSError):
                self._sockets = await self._opened(self._host, port, self._certificate)
                self.port = port
            raise await _cannot_listen(host, port, error) from error

    def _socket(self, address: str, port: int) -> socket.socket | None:
        """The socket that listens there already: whoever waits in its queue loses nothing when it gets another owner."""
        for listening in (listening for server in self._sockets for listening in server.sockets):
            if listening.getsockname()[:2] == (address, port):
                return socket.fromfd(listening.fileno(), listening.family, listening.type)
        return None

    def _unlisten(self) -> None:
        for server in self._sockets:
            server.close()
        self._sockets = []
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
