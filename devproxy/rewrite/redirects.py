"""Where a target sends the browser, as a URL of this listener: Location, Content-Location and Refresh.

A target names itself by its own address, or by the Host that it was asked for, and knows no prefix that was stripped.
What leads elsewhere stays as it is. This module must not know policies.
"""

import re
from typing import NamedTuple

from devproxy.guard import parse_authority
from devproxy.message import RequestHead
from devproxy.rewrite.paths import is_below, to_client, to_target
from devproxy.rewrite.request import TargetRequest
from devproxy.routing import Match, Route, Router
from devproxy.target import Target

_ABSOLUTE = re.compile(r"(?P<scheme>https?:)?//(?P<authority>[^/?#\\]+)", re.IGNORECASE)
_REFRESH = re.compile(
    r"""(?P<before>\s*[0-9.]+\s*[;,]\s*(?:url\s*=\s*)?)(?P<quote>["']?)(?P<url>[^"']*)(?P=quote)""",
    re.IGNORECASE,
)


class Way(NamedTuple):
    """How a request came to its target: what was asked here, what there, by which of the router's routes."""

    client: RequestHead
    request: TargetRequest
    route: Route
    router: Router


def client_url(url: str, way: Way) -> str:
    """A URL reference (RFC 3986, section 4.1) of the target's, as the client must follow it."""
    absolute = _ABSOLUTE.match(url)
    if absolute is None:
        if not url.startswith("/"):
            return url  # relative to a path that is shifted alike, or no http URL at all
        return _path_here(url, way, way.request.target) or url
    if not (server := _server(absolute["authority"], way)):
        return url
    path = url[absolute.end() :]
    here = _path_here(path if path.startswith("/") else f"/{path}", way, server)
    host = way.client.headers.get("host")
    if here is None or host is None:
        return here or url
    return f"{way.client.scheme + ':' if absolute['scheme'] else ''}//{host}{here}"


def client_refresh(value: str, way: Way) -> str:
    """A Refresh value (HTML, shared declarative refresh steps) with its URL as the client must follow it."""
    match = _REFRESH.fullmatch(value)
    if match is None:
        return value
    return f"{match['before']}{match['quote']}{client_url(match['url'], way)}{match['quote']}"


def _server(authority: str, way: Way) -> Target | None:
    """The target that an authority names: one of the router's, or the asked one by the Host that it saw."""
    if authority.lower() in {
        (way.request.headers.get("host") or "").lower(),
        (way.client.headers.get("host") or "").lower(),
    }:
        return way.request.target
    place = _place(authority)
    targets = (way.request.target, *(route.target for route in way.router.routes))
    return next((target for target in targets if place and _place(target.authority) == place), None)


def _place(authority: str) -> tuple[str, int | None] | None:
    """Host and port; every loopback name is one, and the default ports are: a server behind TLS often writes http://."""
    parsed = parse_authority(authority)
    if parsed is None:
        return None
    port = None if parsed.port in {80, 443} else parsed.port
    return ("localhost" if parsed.is_loopback else parsed.host), port


def _path_here(reference: str, way: Way, server: Target) -> str | None:
    """The path of ours, query and fragment kept, by which `server` is asked for this one of its own; None where none leads there."""
    path = re.split("[?#]", reference, maxsplit=1)[0]
    if server is way.request.target and way.route.strip_prefix and is_below(way.route.prefix, path):
        return reference  # a target that knows its prefix, as by FastAPI's root_path
    others = sorted(way.router.routes, key=lambda route: len(route.prefix), reverse=True)
    for route in (way.route, *others):
        if _place(route.target.authority) != _place(server.authority):
            continue
        here = to_client(route, path)
        match = way.router.find(here) if here else None
        if isinstance(match, Match) and match.route is route and to_target(match, here or "") == path:
            return f"{here}{reference[len(path) :]}"
    return None
