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
from devproxy.rewrite.paths import to_target
from devproxy.routing import Match, Route
from devproxy.target import Target

# Only a proxy may say these. CGI and its heirs, WSGI among them, cannot tell an underscore from a hyphen.
_FORWARDED = ("x-forwarded", "x_forwarded")
# What Connection says of itself; other names in it are those of fields.
_NAMED_ANYWAY = frozenset({"keep-alive", "close", "upgrade"})


@dataclass(frozen=True, slots=True)
class TargetRequest:
    """What a target is asked: its `headers` are complete but for the body's framing, which `body` decides.

    `expects_continue` says that the client sends the body only when told to (RFC 9110, section 10.1.1). `upgrade` names
    the protocols that it would rather speak, or is empty.
    """

    target: Target
    method: str
    path: str
    headers: Headers
    body: Framing
    expects_continue: bool = False
    upgrade: str = ""


def target_request(
    head: RequestHead, asked: Admitted, match: Match, *, via: str, upgrade: str = ""
) -> TargetRequest:
    """What the target of `match` will be asked for this request; `upgrade` names the protocols to switch to, if any."""
    route = match.route
    keeps_host = _keeps_host(route, asked)
    host = asked.host if keeps_host and asked.host else route.target.authority
    writes = bool(upgrade) or head.method not in SAFE_METHODS
    fields = [("Host", host), *_end_to_end(head, route, _origin(head, asked, route, host, writes=writes))]
    if keeps_host:
        fields += [field for field in _forwarded(head, asked) if field[0].lower() not in route.dropped]
    fields += (*route.request_set, ("Via", f"{head.version[0]}.{head.version[1]} {via}"))
    path = to_target(match, asked.path) + asked.query
    expects = "expect" in head.headers and head.version >= (1, 1) and not asked.body.is_empty
    return TargetRequest(route.target, head.method, path, Headers(fields), asked.body, expects, upgrade)


def _keeps_host(route: Route, asked: Admitted) -> bool:
    """Local frameworks know the browser's own Host (localhost:8484), and refuse names such as a compose service's."""
    if route.change_origin is not None:
        return not route.change_origin
    return route.target.is_local and asked.authority is not None and asked.authority.is_local


def _end_to_end(head: RequestHead, route: Route, origin: str | None) -> list[Field]:
    """The client's fields that travel on; Origin stays where it is if it already says `origin` (None: none)."""
    named = head.headers.connection_options()
    dropped = route.dropped if named <= _NAMED_ANYWAY else route.dropped | named
    if origin == head.origin:
        return [field for field in head.headers if _travels(field[0], dropped)]
    dropped |= {"origin"}
    replaced = [("Origin", origin)] if origin else []
    return replaced + [field for field in head.headers if _travels(field[0], dropped)]


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


def _forwarded(head: RequestHead, asked: Admitted) -> list[Field]:
    host = [("X-Forwarded-Host", asked.host)] if asked.host else []
    return [("X-Forwarded-For", head.client), ("X-Forwarded-Proto", head.scheme), *host]
