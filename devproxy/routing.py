"""Where a request goes: path prefix → Route. The longest prefix wins, on segment borders.

A route is found on the decoded, dot-collapsed path, while the raw bytes are what is forwarded. A path that the two
could lead to different routes, or out of its own route, is ambiguous and reaches no target.
This module must not know sockets or what a policy answers.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple
from urllib.parse import unquote_to_bytes

from devproxy.cors.policy import CorsPolicy
from devproxy.headers import HOP_BY_HOP, Field
from devproxy.problems import Place
from devproxy.target import Target

TargetOrigin = Literal["auto", "keep", "remove"]

# A field with such a name carries a secret when the configuration sets it: the page must not be able to spend it.
_SECRET_NAMES = frozenset({"authorization", "proxy-authorization", "cookie"})
_SECRET_WORDS = ("key", "token", "secret")
_NO_SECRET = frozenset({"idempotency-key"})

# What devproxy decides itself for the leg to the target. Expect depends on the body; Forwarded would contradict Host.
_OWN_FIELDS = HOP_BY_HOP | {"content-length", "expect", "forwarded", "host"}


@dataclass(frozen=True, slots=True)
class Route:
    """One path prefix, the target behind it, and what happens on the way.

    `change_origin` None means auto. `policy` None means passthrough: the target's own CORS stays untouched.
    `request_remove` and `response_remove` hold lower-case names. `timeout` is in seconds, until the response head;
    `wait_for_restart` too, for a target that has answered and now refuses connections.
    `rewrite_path` renames beginnings of what is left of the path; the longest one counts.
    `only_methods` are the methods that may reach the target, None: all. `hosts` are the names and patterns that it answers
    under, none: all that no other route claims. `project` is whose route it is, or empty.
    """

    prefix: str
    target: Target
    policy: CorsPolicy | None
    strip_prefix: bool = False
    rewrite_path: tuple[tuple[str, str], ...] = ()
    change_origin: bool | None = None
    target_origin: TargetOrigin = "auto"
    block_cross_site: bool = True
    rewrite_cookies: bool = True
    rewrite_redirects: bool = True
    request_set: tuple[Field, ...] = ()
    request_remove: frozenset[str] = frozenset()
    response_set: tuple[Field, ...] = ()
    response_remove: frozenset[str] = frozenset()
    timeout: float = 300.0
    wait_for_restart: float = 5.0
    only_methods: tuple[str, ...] | None = None
    hosts: tuple[str, ...] = ()
    project: str = ""
    place: Place | None = None
    #: lower-case names of the client's fields that never travel on to this target
    dropped: frozenset[str] = field(init=False, repr=False, compare=False)
    #: whether the route adds a secret of its own; such a route serves named origins only
    has_own_secret: bool = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        names = {name.lower() for name, _ in self.request_set}
        secret = any(map(is_secret, names))
        withheld = {"cookie"} if secret else set()
        object.__setattr__(self, "has_own_secret", secret)
        object.__setattr__(self, "dropped", _OWN_FIELDS | self.request_remove | names | withheld)
        if secret and self.policy:
            object.__setattr__(self, "policy", self.policy.named_only())

    @property
    def name(self) -> str:
        """What people call it: its prefix, behind its first host if it has any."""
        return f"{self.hosts[0]}{self.prefix}" if self.hosts else self.prefix


def is_secret(name: str) -> bool:
    """Whether a field with this lower-case name carries a secret when a route sets it."""
    words = name not in _NO_SECRET and any(word in name for word in _SECRET_WORDS)
    return words or name in _SECRET_NAMES


class Match(NamedTuple):
    """A route, and the raw path behind its prefix: empty, or with a slash in front."""

    route: Route
    rest: str


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """A path that means one route as it stands and another, or none, to whoever decodes it.

    `prefix` is that of the route it seems to mean, or empty.
    """

    prefix: str


class Router:
    """The routes by prefix; built once, asked for every request."""

    __slots__ = ("_by_prefix", "_depth", "routes")

    def __init__(self, routes: Iterable[Route]) -> None:
        self.routes: tuple[Route, ...] = tuple(routes)
        self._by_prefix = {
            _key(route.prefix): (route, _key(route.prefix).count("/")) for route in self.routes
        }
        self._depth = max((depth for _, depth in self._by_prefix.values()), default=0)

    def __repr__(self) -> str:
        return f"Router({', '.join(f'{route.prefix} → {route.target}' for route in self.routes)})"

    def find(self, path: str) -> Match | Ambiguous | None:
        """The route for a raw path (latin-1, without the query), or None where there is none."""
        plain = "%" not in path and "/." not in path and "\\" not in path
        literal = path if plain else "/".join(_decoded_segment(segment) for segment in path.split("/"))
        found = self._longest(literal)
        if not plain and (
            found is not self._longest(_collapsed(path)) or (found and _climbs(path, found[1]))
        ):
            return Ambiguous(found[0].prefix if found else "")
        if found is None:
            return None
        route, depth = found
        parts = path.split("/", depth + 1)
        return Match(route, "/" + parts[depth + 1] if len(parts) > depth + 1 else "")

    def _longest(self, path: str) -> tuple[Route, int] | None:
        segments = path.split("/", self._depth + 1)[: self._depth + 1]
        for count in range(len(segments), 0, -1):
            if found := self._by_prefix.get("/".join(segments[:count])):
                return found
        return None


def _key(prefix: str) -> str:
    return _decoded(prefix.encode().decode("latin-1")).rstrip("/")


def _decoded(path: str) -> str:
    """`path` with its percent-escapes decoded once; bytes stay latin-1 characters."""
    return unquote_to_bytes(path.encode("latin-1")).decode("latin-1")


def _decoded_segment(segment: str) -> str:
    # An escaped slash does not end a segment for those who split first and decode later.
    return _decoded(segment).replace("/", "%2F")


def _collapsed(path: str) -> str:
    """`path` decoded and without dot segments (RFC 3986, section 5.2.4)."""
    kept: list[str] = []
    for segment in _decoded(path).replace("\\", "/").split("/")[1:]:
        if segment == "..":
            kept[-1:] = []
        elif segment != ".":
            kept.append(segment)
    return "/" + "/".join(kept)


def _climbs(path: str, depth: int) -> bool:
    """Whether dot segments lead out of the first `depth` segments, to any reader.

    Some decode before they split, others after; to browsers and some servers a backslash is a slash.
    """
    decoded = _decoded(path)
    readings = (
        [_decoded(segment) for segment in path.split("/")],
        [_decoded(segment) for segment in path.replace("\\", "/").split("/")],
        decoded.split("/"),
        decoded.replace("\\", "/").split("/"),
    )
    return any(_lowest(segments[depth + 1 :]) < 0 for segments in readings)


def _lowest(segments: Sequence[str]) -> int:
    level = lowest = 0
    for segment in segments:
        name = segment.partition(";")[0]  # Servlet containers cut path parameters off: `..;x` is `..`
        if name == "..":
            level -= 1
        elif name not in {"", "."}:  # some servers merge empty segments, so these give no depth
            level += 1
        lowest = min(lowest, level)
    return lowest
