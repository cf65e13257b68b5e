"""The response that the client gets: the target's, with the route's changes and the policy's answer."""

from devproxy.cors.policy import Grant
from devproxy.headers import HOP_BY_HOP, Headers
from devproxy.message import ResponseHead
from devproxy.routing import Route


def client_response(head: ResponseHead, route: Route, grant: Grant | None) -> ResponseHead:
    """What the client gets for the target's `head`; without a grant (passthrough) its CORS fields stay as they are."""
    headers = _end_to_end(head)
    if route.response_remove or route.response_set:
        replaced = {name.lower() for name, _ in route.response_set}
        headers = headers.without(route.response_remove | replaced).plus(*route.response_set)
    return ResponseHead(head.status, head.reason, grant.apply(headers) if grant else headers)


def interim_response(head: ResponseHead, route: Route) -> ResponseHead:
    """What the client gets for a 1xx (RFC 9110, section 15.2): hints about an answer that is still to come, no answer."""
    return ResponseHead(head.status, head.reason, _end_to_end(head).without(route.response_remove))


def _end_to_end(head: ResponseHead) -> Headers:
    named = head.headers.connection_options()
    # RFC 9110, section 8.6: neither a 1xx nor a 204 has a Content-Length.
    length = {"content-length"} if head.status < 200 or head.status == 204 else set()
    return head.headers.without(HOP_BY_HOP | named | length)
