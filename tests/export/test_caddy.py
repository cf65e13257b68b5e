from devproxy.export.allow import Allow
from devproxy.export.caddy import CADDY

PREFLIGHT = """\
# beside reverse_proxy, in the same block: the site's, or a handle's within it
@cors_preflight {
    method OPTIONS
    header Origin *
    header Access-Control-Request-Method *
}
respond @cors_preflight 204
"""


def test_one_page() -> None:
    """One origin is the same for all, so no field depends on the request."""
    allow = Allow(("http://a.test",), ("PUT",), ("x-key",), credentials=True, expose=("x-a",))
    assert (
        CADDY.render(allow).code
        == PREFLIGHT
        + """\
header {
    Access-Control-Allow-Origin "http://a.test"
    Access-Control-Allow-Credentials "true"
    Access-Control-Allow-Methods "GET, HEAD, POST, PUT"
    Access-Control-Allow-Headers "x-key"
    Access-Control-Expose-Headers "x-a"
}"""
    )


def test_several_pages() -> None:
    """The origin that asks is looked up, and caches hear of it."""
    assert (
        CADDY.render(Allow(("http://a.test", "http://[::1]:3000"))).code
        == PREFLIGHT
        + """\
@cors_origin {
    header Origin "http://a.test"
    header Origin "http://[::1]:3000"
}
header @cors_origin Access-Control-Allow-Origin {http.request.header.Origin}
header +Vary Origin"""
    )
