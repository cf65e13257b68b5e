"""Transports to targets: names, addresses, TLS, and whether one has news.

Whoever brings a protocol factory gets a connected transport; what goes wrong ends here as a TargetError.
This module must not know HTTP.
"""

import asyncio
import errno
import select
import socket
import ssl
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TypeVar

from devproxy.errors import TargetError
from devproxy.target import Target, is_ip_address, is_local_name

P = TypeVar("P", bound=asyncio.BaseProtocol)

# Node listens on ::1 alone when it is told "localhost", most Python and Java servers on 127.0.0.1 alone, and resolvers
# disagree about the order, so neither the name nor the resolver says where a local target is.
LOOPBACKS = ("::1", "127.0.0.1")

# What happened on one address, in words; ETIMEDOUT and our own timeout are both TimeoutError.
_REASONS = {
    errno.ECONNREFUSED: "connection refused",
    errno.EADDRNOTAVAIL: "address not available",
    errno.EAFNOSUPPORT: "address not available",
    errno.EHOSTUNREACH: "no route to the host",
    errno.ENETUNREACH: "network unreachable",
}

# X509_V_ERR_* in OpenSSL's x509_vfy.h; the other codes all mean that the chain does not lead to a trusted root.
_VERIFY_CODES = {
    9: ("tls_expired", "is not valid yet"),
    10: ("tls_expired", "has expired"),
    62: ("tls_wrong_host", "was made for another host"),
    64: ("tls_wrong_host", "was made for another IP address"),
    18: ("tls_untrusted", "is self-signed"),
}


class Dialer:
    """Opens transports to targets and remembers on which loopback address each local one answered.

    `connect_timeout` (seconds) covers look-up, all addresses and the TLS handshake together. `tls` is the context for
    https targets; without one the system's trusted roots count.
    """

    __slots__ = ("_answered", "_connect_timeout", "_tls")

    def __init__(self, *, connect_timeout: float = 10.0, tls: ssl.SSLContext | None = None) -> None:
        self._connect_timeout = connect_timeout
        self._tls = tls
        self._answered: dict[tuple[str, int], str] = {}

    def __repr__(self) -> str:
        return f"<Dialer connect_timeout={self._connect_timeout:g} answered={self._answered}>"

    async def dial(self, target: Target, factory: Callable[[], P]) -> tuple[asyncio.Transport, P]:
        """Open a transport to `target`, with TLS for https and TCP_NODELAY (asyncio's and uvloop's default), for the protocol that `factory` makes."""
        deadline = asyncio.get_running_loop().time() + self._connect_timeout
        addresses = await self._addresses(target, deadline)
        misses: list[tuple[str, OSError]] = []
        for position, address in enumerate(addresses):
            try:
                connected = await self._connect(target, address, factory, deadline, len(addresses) - position)
            except OSError as error:
                misses.append((address, error))
            else:
                self._answered[target.host, target.port] = address
                return connected
        raise _not_connected(target, misses)

    async def _addresses(self, target: Target, deadline: float) -> Sequence[str]:
        try:
            target.host.encode(
                "idna"
            )  # as TLS will do, but only after the loop has opened a socket that it then forgets
        except UnicodeError as error:
            raise TargetError(
                "dns", f"{target.host} is not a host name: a part of it is empty or too long"
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
                "timeout", f"looking up {target.host} took longer than {self._connect_timeout:g} s"
            ) from None
        except OSError as error:
            raise TargetError("dns", f"devproxy could not find {target.host} ({error.strerror})") from error
        return list(dict.fromkeys(str(address[0]) for *_, address in found))

    async def _connect(
        self, target: Target, address: str, factory: Callable[[], P], deadline: float, addresses_left: int
    ) -> tuple[asyncio.Transport, P]:
        loop = asyncio.get_running_loop()
        # Each address gets its share of the time that is left, so that one which swallows packets does not hide the next.
        share = (deadline - loop.time()) / addresses_left
        tls = self._context() if target.scheme == "https" else None
        try:
            async with asyncio.timeout(share):
                return await loop.create_connection(
                    factory,
                    address,
                    target.port,
                    ssl=tls,
                    server_hostname=target.host.rstrip(".") if tls else None,
                )
        except ssl.SSLError as error:
            raise _tls_failed(target, error) from error
        except (ConnectionResetError, ConnectionAbortedError, BrokenPipeError) as error:
            raise _hung_up(target) from error

    def _context(self) -> ssl.SSLContext:
        if self._tls is None:
            self._tls = ssl.create_default_context()
            self._tls.set_alpn_protocols(["http/1.1"])
        return self._tls


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
    return TargetError(code, f"devproxy could not connect to {target.origin} ({reasons})")


def _reason(error: OSError) -> str:
    if isinstance(error, TimeoutError):
        return "no answer"
    return _REASONS.get(error.errno or 0) or error.strerror or type(error).__name__


def _tls_failed(target: Target, error: ssl.SSLError) -> TargetError:
    if isinstance(error, ssl.SSLCertVerificationError):
        code, what = _VERIFY_CODES.get(
            error.verify_code, ("tls_untrusted", f"is not trusted: {error.verify_message}")
        )
        return TargetError(code, f"the certificate of {target.origin} {what}")
    hint = "; is it http?" if error.reason in {"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE"} else ""
    return TargetError(
        "tls", f"the TLS handshake with {target.origin} failed ({error.reason or 'closed'}){hint}"
    )


def _hung_up(target: Target) -> TargetError:
    if target.scheme == "https":
        return TargetError("tls", f"{target.origin} closed the connection during the TLS handshake")
    return TargetError("reset", f"{target.origin} closed the connection as soon as it was open")


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
