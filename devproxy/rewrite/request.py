"""The request that will be sent: made fresh from the client's, which is never edited.

Path, query and every end-to-end field travel byte for byte. Host, Origin and X-Forwarded-* tell the target one
coherent story: frameworks compare them with each other and refuse what does not fit.
"""

from dataclasses import dataclass
from functools import lru_cache

from devproxy.framing import Framing
from devproxy.guard import SAFE_METHODS, Admitted, is_own_page
from devproxy.headers import Field, Headers
from devproxy.message import RequestHead
from devproxy.recent import Recent
from devproxy.rewrite.paths import to_target
from devproxy.routing import Match, Route
from devproxy.target import Target

# Only a proxy may say these. CGI and its heirs, WSGI among them, cannot tell an underscore from a hyphen.
_FORWARDED = ("x-forwarded", "x_forwarded")
_FORWARDED_FIELDS = ("X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host")
# What Connection says of itself; other names in it are those of fields.
_NAMED_ANYWAY = frozenset({"keep-alive", "close", "upgrade"})


@dataclass(frozen=True, slots=True)
class TargetRequest:
    """What a target is asked: its `headers` are complete but for the body's framing, which `body` decides.

    `expects_continue` says that the client sends the body only when told to (RFC 9110, section 10.1.1). `upgrade` names
    the protocols that it would rather speak, or is empty. `origin` is the Origin among the headers, if there is one.
    """

    target: Target
    method: str
    path: str
    headers: Headers
    body: Framing
    expects_continue: bool = False
    upgrade: str = ""
    origin: str | None = None


def target_request(
    head: RequestHead, asked: Admitted, match: Match, *, via: str, upgrade: str = ""
) -> TargetRequest:
    """What the target of `match` will be asked for this request; `upgrade` names the protocols to switch to, if any."""
    route = match.route
    keeps_host = _keeps_host(route, asked)
    host = asked.host if keeps_host and asked.host else route.target.authority
    writes = bool(upgrade) or head.method not in SAFE_METHODS
    origin = _origin(head, asked, route, host, writes=writes)
    forwarded = (head.client, head.scheme, asked.host) if keeps_host else ()
    headers, origin = _target_headers(head.headers, route, host, origin, head.version, via, *forwarded)
    path = to_target(match, asked.path) + asked.query
    expects = "expect" in head.headers and head.version >= (1, 1) and not asked.body.is_empty
    return TargetRequest(route.target, head.method, path, headers, asked.body, expects, upgrade, origin)


@Recent
def _target_headers(
    sent: Headers,
    route: Route,
    host: str,
    origin: str | None,
    version: tuple[int, int],
    via: str,
    *forwarded: str | None,
) -> tuple[Headers, str | None]:
    """The fields for a target, and the Origin among them: `sent` by the client, and what is `forwarded` to those that know its Host."""
    fields = [("Host", host), *_end_to_end(sent, route, origin)]
    told = [(name, value) for name, value in zip(_FORWARDED_FIELDS, forwarded, strict=False) if value]
    fields += [field for field in told if field[0].lower() not in route.dropped]
    headers = Headers([*fields, *route.request_set, ("Via", f"{version[0]}.{version[1]} {via}")])
    if "origin" in route.dropped or "origin" in sent.connection_options():
        origin = headers.get("origin")
    return headers, origin


def _keeps_host(route: Route, asked: Admitted) -> bool:
    """Local frameworks know the browser's own Host (localhost:8484), and refuse names such as a compose service's."""
    if route.change_origin is not None:
        return not route.change_origin
    return route.target.is_local and asked.authority is not None and asked.authority.is_local


def _end_to_end(sent: Headers, route: Route, origin: str | None) -> list[Field]:
    """The client's fields that travel on; Origin stays where it is if it already says `origin` (None: none)."""
    named = sent.connection_options()
    dropped = route.dropped if named <= _NAMED_ANYWAY else route.dropped | named
    if origin == sent.joined("origin"):
        return [field for field in sent if _travels(field[0], dropped)]
    dropped |= {"origin"}
    replaced = [("Origin", origin)] if origin else []
    return replaced + [field for field in sent if _travels(field[0], dropped)]


# Names come again and again; a stranger who fills the cache has only slowed himself down.
@lru_cache(maxsize=256)
def _travels(name: str, dropped: frozenset[str]) -> bool:
    """Whether a field of the client's goes on to the target, unless a name like it is `dropped`."""
    low = name.lower()
    return low not in dropped and not low.startswith(_FORWARDED) and low.replace("_", "-") not in dropped


def _origin(head: RequestHead, asked: Admitted, route: Route, host: str, *, writes: bool) -> str | None:
    """The Origin that the target sees.

    With target_origin auto, a page that may write is given the origin of the Host that the target sees, because that
    is what frameworks compare it with. A foreign page keeps its own, so that the target's check still bites.
    """
    origin = head.origin
    if origin is None or route.target_origin == "remove" or "origin" in route.dropped:
        return None
    if route.target_origin == "keep" or not writes:
        return origin
    known = route.policy is not None and route.policy.knows(origin)
    return f"{route.target.scheme}://{host}" if known or is_own_page(head, asked.host) else origin
