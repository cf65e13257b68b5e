"""Transports to targets: names, addresses, TLS, and whether one has news.

Whoever brings a protocol factory gets a connected transport; what goes wrong ends here as a TargetError.
This module must not know HTTP.
"""

import asyncio
import errno
import os
import select
import socket
import ssl
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TypeVar, cast

from devproxy.errors import TargetError
from devproxy.proxy.system import in_container
from devproxy.proxy.tls import handshake_failed, target_context
from devproxy.proxy.via import Handshake
from devproxy.reach import unreachable_hint
from devproxy.target import Target, is_ip_address, is_local_name

P = TypeVar("P", bound=asyncio.BaseProtocol)

# Passes bytes on at once, or returns False and has not touched them: there is no room for them now.
Through = Callable[[bytes], bool]

# Node listens on ::1 alone when it is told "localhost", most Python and Java servers on 127.0.0.1 alone, and resolvers
# disagree about the order, so neither the name nor the resolver says where a local target is.
LOOPBACKS = ("::1", "127.0.0.1")

_PROXY_VARIABLES = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")

# What happened on one address, in words; ETIMEDOUT and our own timeout are both TimeoutError.
_REASONS = {
    errno.ECONNREFUSED: "connection refused",
    errno.EADDRNOTAVAIL: "address not available",
    errno.EAFNOSUPPORT: "address not available",
    errno.EHOSTUNREACH: "no route to the host",
    errno.ENETUNREACH: "network unreachable",
}


class Dialer:
    """Opens transports to targets and remembers on which loopback address each local one answered.

    `connect_timeout` (seconds) covers look-up, all addresses, a proxy on the way and the TLS handshake together.
    """

    __slots__ = ("_answered", "_connect_timeout")

    def __init__(self, *, connect_timeout: float = 10.0) -> None:
        self._connect_timeout = connect_timeout
        self._answered: dict[tuple[str, int], str] = {}

    def __repr__(self) -> str:
        return f"<Dialer connect_timeout={self._connect_timeout:g} answered={self._answered}>"

    async def dial(self, target: Target, factory: Callable[[], P]) -> tuple[asyncio.Transport, P]:
        """Open a transport to `target`, with TLS for https and TCP_NODELAY (asyncio's and uvloop's default), for the protocol that `factory` makes."""
        deadline = asyncio.get_running_loop().time() + self._connect_timeout
        next_hop = target.via or target
        if next_hop.socket:
            return await self._connect_socket(target, factory, deadline)
        addresses = await self._addresses(next_hop, deadline)
        misses: list[tuple[str, OSError]] = []
        for position, address in enumerate(addresses):
            try:
                connected = await self._connect(target, address, factory, deadline, len(addresses) - position)
            except OSError as error:
                misses.append((address, error))
            else:
                self._answered[next_hop.host, next_hop.port] = address
                return connected
        raise _not_connected(next_hop, misses)

    async def _connect_socket(
        self, target: Target, factory: Callable[[], P], deadline: float
    ) -> tuple[asyncio.Transport, P]:
        if sys.platform == "win32":
            raise TargetError("refused", f"{target.name}: Windows' Python opens no Unix domain sockets")
        try:
            async with asyncio.timeout_at(deadline):
                return await asyncio.get_running_loop().create_unix_connection(factory, target.socket)
        except OSError as error:
            raise TargetError(
                "refused", f"devproxy could not connect to {target.name} ({_reason(error)})"
            ) from error

    async def _addresses(self, target: Target, deadline: float) -> Sequence[str]:
        try:
            target.host.encode(
                "idna"
            )  # as TLS will do, but only after the loop has opened a socket that it then forgets
        except UnicodeError as error:
            raise TargetError(
                "dns", f"{target.label or target.host} is not a host name: a part of it is empty or too long"
            ) from error
        if is_local_name(target.host):
            answered = self._answered.get((target.host, target.port))
            return sorted(LOOPBACKS, key=lambda address: address != answered)
        if is_ip_address(target.host):
            return [target.host]
        try:
            async with asyncio.timeout_at(deadline):
                found = await asyncio.get_running_loop().getaddrinfo(
                    target.host, target.port, type=socket.SOCK_STREAM
                )
        except TimeoutError:
            raise TargetError(
                "timeout",
                f"looking up {target.label or target.host} took longer than {self._connect_timeout:g} s",
            ) from None
        except OSError as error:
            detail = f"devproxy could not find {target.label or target.host} ({error.strerror}){_proxy_hint(target)}"
            raise TargetError("dns", detail, hint=_hint("dns", target)) from error
        return list(dict.fromkeys(str(address[0]) for *_, address in found))

    async def _connect(
        self, target: Target, address: str, factory: Callable[[], P], deadline: float, addresses_left: int
    ) -> tuple[asyncio.Transport, P]:
        loop = asyncio.get_running_loop()
        # Each address gets its share of the time that is left, so that one which swallows packets does not hide the next.
        share = (deadline - loop.time()) / addresses_left
        tls = target_context(target) if target.scheme == "https" else None
        name = target.host.rstrip(".") if tls else None
        try:
            async with asyncio.timeout(share):
                if target.via:
                    return await _connect_via(target, target.via, address, factory, tls)
                return await loop.create_connection(
                    factory, address, target.port, ssl=tls, server_hostname=name
                )
        except ssl.SSLError as error:
            raise handshake_failed(target, error) from error
        except (ConnectionResetError, ConnectionAbortedError, BrokenPipeError) as error:
            raise _hung_up(target) from error


async def _connect_via(
    target: Target, via: Target, address: str, factory: Callable[[], P], tls: ssl.SSLContext | None
) -> tuple[asyncio.Transport, P]:
    """Open a transport to `target` through the proxy at `address`."""
    loop = asyncio.get_running_loop()
    transport, handshake = await loop.create_connection(lambda: Handshake(target), address, via.port)
    try:
        await handshake.done
        if tls:
            name = target.host.rstrip(".")
            transport = cast(
                "asyncio.Transport", await loop.start_tls(transport, handshake, tls, server_hostname=name)
            )
    except BaseException:
        transport.abort()
        raise
    protocol = factory()
    transport.set_protocol(protocol)
    protocol.connection_made(transport)
    return transport, protocol


async def listens(addresses: Sequence[str], port: int, seconds: float) -> bool:
    """Whether a program accepts connections on this port of one of the addresses; each is given `seconds` for it."""
    for address in addresses:
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(seconds):
                _, writer = await asyncio.open_connection(address, port)
            writer.close()
            return True
    return False


def _not_connected(target: Target, misses: Sequence[tuple[str, OSError]]) -> TargetError:
    by_reason: dict[str, list[str]] = {}
    for address, error in misses:
        by_reason.setdefault(_reason(error), []).append(address)
    reasons = ", ".join(f"{reason} on {' and '.join(addresses)}" for reason, addresses in by_reason.items())
    code = "timeout" if any(isinstance(error, TimeoutError) for _, error in misses) else "refused"
    detail = f"devproxy could not connect to {target.name} ({reasons}){_proxy_hint(target)}"
    return TargetError(code, detail, hint=_hint(code, target))


def _hint(code: str, target: Target) -> str:
    return unreachable_hint(code, target, in_container=in_container())


def _proxy_hint(target: Target) -> str:
    """What a company's network may need: its variables are never followed silently."""
    name = next((name for name in _PROXY_VARIABLES if os.environ.get(name)), None)
    if name is None or target.is_local:
        return ""
    return f"; {name} is set, but devproxy dials directly unless the route has via"


def _reason(error: OSError) -> str:
    if isinstance(error, TimeoutError):
        return "no answer"
    return _REASONS.get(error.errno or 0) or error.strerror or type(error).__name__


def _hung_up(target: Target) -> TargetError:
    if target.scheme == "https":
        return TargetError("tls", f"{target.name} closed the connection during the TLS handshake")
    return TargetError("reset", f"{target.name} closed the connection as soon as it was open")


def half_close(transport: asyncio.Transport) -> bool:
    """Send nothing more on a connection that may go on receiving. Whether it can: TLS has no such half."""
    if not transport.can_write_eof():
        return False
    with suppress(OSError):  # the other side has reset it, and its loop does not know yet
        transport.write_eof()
    return True


def has_hung_up(transport: asyncio.BaseTransport, *, half: bool) -> bool:
    """Whether the other end has closed, found without reading; `half`: or has only said that it will send no more.

    Where a system cannot tell, nobody has.
    """
    if sys.platform == "win32":
        return False
    poll = select.poll()
    poll.register(transport.get_extra_info("socket").fileno(), getattr(select, "POLLRDHUP", 0) if half else 0)
    return bool(poll.poll(0))  # POLLHUP and POLLERR need not be asked for


def watch(transport: asyncio.BaseTransport) -> Callable[[], bool]:
    """Make a function that says whether bytes, or their end, lie unread in the socket of `transport`."""
    descriptor = transport.get_extra_info("socket").fileno()
    if sys.platform == "win32":
        return lambda: bool(select.select([descriptor], [], [], 0)[0])
    poll = select.poll()  # unlike select it takes descriptors above 1023
    poll.register(descriptor, select.POLLIN)
    return lambda: bool(poll.poll(0))
