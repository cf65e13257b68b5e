"""The response that the client gets: the target's, with the route's changes and the policy's answer."""

import re
from collections.abc import Callable, Iterator, Mapping

from devproxy.cors.policy import Grant
from devproxy.headers import HOP_BY_HOP, Headers
from devproxy.message import ResponseHead
from devproxy.recent import Recent
from devproxy.rewrite.cookies import client_cookie, deletion_of_http_only, keeps_secure
from devproxy.rewrite.redirects import Way, client_refresh, client_url
from devproxy.routing import Route

# What a cookie holds, up to its attributes, or a URL asks, up to its fragment.
_SECRET = re.compile(r"""^([^=;/?]*=)[^;]*|(\?)[^#"']*""")

_URLS: Mapping[str, Callable[[str, Way], str]] = {
    "location": client_url,
    "content-location": client_url,
    "refresh": client_refresh,
}
_BROUGHT_HERE = frozenset({"set-cookie", *_URLS})


def client_response(head: ResponseHead, way: Way, grant: Grant | None) -> ResponseHead:
    """What the client gets for the target's `head`; without a grant (passthrough) its CORS fields stay as they are."""
    if head.headers.names.isdisjoint(_BROUGHT_HERE):
        return _whatever_was_asked(head, way.route, grant)
    return _changed(head, _brought_here(_end_to_end(head), way), way.route, grant)


def _changed(head: ResponseHead, headers: Headers, route: Route, grant: Grant | None) -> ResponseHead:
    if route.response_remove or route.response_set:
        replaced = {name.lower() for name, _ in route.response_set}
        headers = headers.without(route.response_remove | replaced).plus(*route.response_set)
    return ResponseHead(head.status, head.reason, grant.apply(headers) if grant else headers)


@Recent
def _whatever_was_asked(head: ResponseHead, route: Route, grant: Grant | None) -> ResponseHead:
    return _changed(head, _end_to_end(head), route, grant)


def interim_response(head: ResponseHead, route: Route) -> ResponseHead:
    """What the client gets for a 1xx (RFC 9110, section 15.2): hints about an answer that is still to come, no answer."""
    return ResponseHead(head.status, head.reason, _end_to_end(head).without(route.response_remove))


def changes(sent: ResponseHead, received: ResponseHead) -> Iterator[str]:
    """What was done to cookies and redirects on the way to the client, as `Name: before → after`, without what may be secret."""
    for name in ("Set-Cookie", *(name.title() for name in _URLS)):
        before, after = sent.headers.lines(name), received.headers.lines(name)
        added = max(0, len(after) - len(before))  # these stand first
        pairs = zip(before, after[added:], strict=False)
        yield from (
            f"{name}: {_without_secret(there)} → {_without_secret(here)}"
            for there, here in pairs
            if there != here
        )


def _without_secret(value: str) -> str:
    """A value without what a cookie holds, or a query asks."""
    return _SECRET.sub(lambda match: f"{match[1] or match[2]}…", value, count=1)


def _brought_here(headers: Headers, way: Way) -> Headers:
    """Cookies and redirects as they are of use on this listener."""
    cookies = way.route.rewrite_cookies and "set-cookie" in headers
    urls = way.route.rewrite_redirects
    secure = cookies and keeps_secure(way.client)

    def here(name: str, value: str) -> str:
        if cookies and name == "set-cookie":
            return client_cookie(value, way.route, secure=secure)
        return _URLS[name](value, way) if urls and name in _URLS else value

    deleted = headers.lines("set-cookie") if cookies and way.route.strip_prefix else ()
    also = filter(None, map(deletion_of_http_only, deleted))
    # First, so that what the same response sets afterwards stays.
    return Headers(
        [("Set-Cookie", here("set-cookie", line)) for line in also]
        + [(name, here(name.lower(), value)) for name, value in headers]
    )


def _end_to_end(head: ResponseHead) -> Headers:
    named = head.headers.connection_options()
    dropped = HOP_BY_HOP if named <= HOP_BY_HOP else HOP_BY_HOP | named
    if head.status < 200 or head.status == 204:
        dropped |= {"content-length"}  # neither a 1xx nor a 204 has one (RFC 9110, section 8.6)
    return head.headers.without(dropped)
