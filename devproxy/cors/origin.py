"""Origins (HTML, Origin), and the patterns that a policy may name.

An origin is compared, never repaired: what is not spelled as browsers spell it is none. This module must not know
policies.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from devproxy.cors.spelling import (
    DEFAULT_PORTS,
    LONGEST_ORIGIN,
    TOO_LONG,
    WILDCARDS,
    broken_rules,
    host_and_port,
    respelled,
)
from devproxy.printable import escaped
from devproxy.problems import Place, Problem

_USERINFO = re.compile(r"(?<=//)[^/]+@")


@dataclass(frozen=True, slots=True, repr=False)
class Origin:
    """A tuple origin; `host` is as serialised (IPv6 in brackets), `port` None where it is the scheme's default."""

    scheme: str
    host: str
    port: int | None = None

    @classmethod
    def parse(cls, text: str) -> "Origin | None":
        """The origin whose serialisation is exactly `text`; None for anything else, `null` included."""
        return _parsed(text) if len(text) <= LONGEST_ORIGIN else None

    @property
    def is_address(self) -> bool:
        """Whether the host is an IP address."""
        return self.host.startswith("[") or self.host.rpartition(".")[2].isdigit()

    @property
    def is_loopback(self) -> bool:
        """Whether the host is a localhost name (RFC 6761, section 6.3) or a loopback address."""
        if self.is_address:
            return self.host == "[::1]" or self.host.startswith("127.")
        return f".{self.host.removesuffix('.')}".endswith(".localhost")

    def __str__(self) -> str:
        return (
            f"{self.scheme}://{self.host}"
            if self.port is None
            else f"{self.scheme}://{self.host}:{self.port}"
        )

    def __repr__(self) -> str:
        return f"Origin.parse({str(self)!r})"


@dataclass(frozen=True, slots=True, repr=False)
class OriginPattern:
    """What a policy may name: an origin, the subdomains of its host, any of its ports, or both.

    Without an origin it is `null`, the serialisation of every opaque origin.
    """

    origin: Origin | None
    subdomains: bool = False
    any_port: bool = False

    @classmethod
    def parse(
        cls, text: str, *, path: tuple[str | int, ...] = (), place: Place | None = None
    ) -> "OriginPattern | Problem":
        """The pattern that `text` spells, or what is wrong with it."""
        pattern = _pattern(text)
        if isinstance(pattern, OriginPattern):
            return pattern
        message = f"{pattern}: {shown(repr(text))} never matches the browser's Origin header"
        return Problem("origin", message, Fault(pattern, _meant(text)).hint, path, place)

    @property
    def is_exact(self) -> bool:
        """Whether it names one origin only."""
        return not (self.subdomains or self.any_port)

    def matches(self, origin: str) -> bool:
        """Whether a page that sends `origin` in its Origin field is named."""
        if self.is_exact:
            return origin == str(self)
        asked = Origin.parse(origin)
        return asked is not None and self.covers(asked)

    def covers(self, asked: Origin) -> bool:
        """Whether `asked` is an origin that this pattern names."""
        own = self.origin
        if own is None or asked.scheme != own.scheme or not (self.any_port or asked.port == own.port):
            return False
        return asked.host.endswith(f".{own.host}") if self.subdomains else asked.host == own.host

    def __str__(self) -> str:
        if self.origin is None:
            return "null"
        scheme, mark, authority = str(self.origin).partition("://")
        return f"{scheme}{mark}{'*.' if self.subdomains else ''}{authority}{':*' if self.any_port else ''}"

    def __repr__(self) -> str:
        return f"OriginPattern.parse({str(self)!r})"


NULL = OriginPattern(None)

# The pages of the machine itself; ports are where development servers differ.
LOCAL_ORIGINS = tuple(
    OriginPattern(Origin(scheme, host), subdomains, any_port=True)
    for scheme in DEFAULT_PORTS
    for host, subdomains in (
        ("localhost", False),
        ("localhost", True),
        ("127.0.0.1", False),
        ("[::1]", False),
    )
)


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a text is no serialised origin: the rule that it breaks, and what was probably meant."""

    rule: str
    instead: str | None

    @property
    def hint(self) -> str:
        """What to do about it, for people."""
        if self.instead == "null":
            return "write null, with allow_credentials: false"
        if self.instead:
            return f"write {self.instead}"
        return "write scheme://host or scheme://host:port, as in http://localhost:5173"


def fault(text: str) -> Fault | None:
    """Why `text` is no serialised origin, or None if it is one."""
    rule = next(broken_rules(text), None)
    return None if rule is None else Fault(rule, _meant(text))


def without_userinfo(text: str) -> str:
    """`text` with an ellipsis for a user and a password before a host: an Origin has none, but strangers send what they like."""
    return _USERINFO.sub("…@", text)


def shown(text: str) -> str:
    """`text` for logs and messages: at most 256 characters, none of which could steer a terminal, and no password."""
    return escaped(without_userinfo(text)[:LONGEST_ORIGIN])[:LONGEST_ORIGIN]


# A few pages ask again and again: 0.1 µs instead of 6. A stranger who fills the cache has only slowed himself down.
@lru_cache(maxsize=256)
def _parsed(text: str) -> Origin | None:
    if next(broken_rules(text), None):
        return None
    scheme, _, authority = text.partition("://")
    host, port = host_and_port(authority)
    return Origin(scheme, host, None if port is None else int(port))


def _pattern(text: str) -> OriginPattern | str:
    """The pattern that `text` spells, or the rule that it breaks."""
    if text == "null":
        return NULL
    scheme, mark, authority = text.partition("://")
    plain = f"{scheme}{mark}{authority.removeprefix('*.').removesuffix(':*')}"
    if rule := next(broken_rules(plain), None):
        return rule
    pattern = OriginPattern(_parsed(plain), authority.startswith("*."), authority.endswith(":*"))
    return next(_broken_by_wildcards(pattern), pattern)


def _broken_by_wildcards(pattern: OriginPattern) -> Iterator[str]:
    if len(str(pattern)) > LONGEST_ORIGIN:
        yield TOO_LONG
    if pattern.origin and pattern.any_port and pattern.origin.port is not None:
        yield WILDCARDS
    if pattern.origin and pattern.subdomains and pattern.origin.is_address:
        yield "an IP address has no subdomains"


def _meant(text: str) -> str | None:
    if len(text) > 2 * LONGEST_ORIGIN:
        return None
    guess = respelled(text)
    return guess if isinstance(_pattern(guess), OriginPattern) else None
