from devproxy.export.allow import Allow
from devproxy.export.nginx import NGINX

PREFLIGHT = """\
# in http { }, that is, at the top of a file in conf.d or sites-enabled
map "$request_method $http_origin $http_access_control_request_method" $cors_preflight {
    "~^OPTIONS \\S+ \\S+$" 1;
}
"""


def test_one_page() -> None:
    """One origin is the same for all, so no field depends on the request."""
    allow = Allow(("http://a.test",), ("PUT",), ("x-key",), credentials=True, expose=("x-a",))
    assert (
        NGINX.render(allow).code
        == PREFLIGHT
        + """
# in the location { } that pages ask, beside proxy_pass
if ($cors_preflight) { return 204; }
add_header Access-Control-Allow-Origin "http://a.test" always;
add_header Access-Control-Allow-Credentials "true" always;
add_header Access-Control-Allow-Methods "GET, HEAD, POST, PUT" always;
add_header Access-Control-Allow-Headers "x-key" always;
add_header Access-Control-Expose-Headers "x-a" always;
proxy_hide_header Access-Control-Allow-Origin;
proxy_hide_header Access-Control-Allow-Credentials;"""
    )


def test_several_pages() -> None:
    """The origin that asks is looked up, and caches hear of it."""
    assert (
        NGINX.render(Allow(("http://a.test", "http://[::1]:3000"))).code
        == PREFLIGHT
        + """\
map $http_origin $cors_origin {
    "http://a.test" $http_origin;
    "http://[::1]:3000" $http_origin;
}

# in the location { } that pages ask, beside proxy_pass
if ($cors_preflight) { return 204; }
add_header Access-Control-Allow-Origin $cors_origin always;
add_header Vary Origin always;
proxy_hide_header Access-Control-Allow-Origin;
proxy_hide_header Access-Control-Allow-Credentials;"""
    )


def test_a_long_origin_is_no_key_of_a_hash() -> None:
    """nginx does not start with a key that is longer than its buckets; expressions are not hashed."""
    long = f"https://{'a' * 40}.test"
    code = NGINX.render(Allow(("http://a.test", long))).code
    assert rf'"~^https://{"a" * 40}\\.test$" $http_origin;' in code


def test_a_dollar_is_no_variable() -> None:
    """A name such as x-$cookie_session must not make nginx tell the cookie."""
    code = NGINX.render(Allow(("http://a.test",), headers=("x-$cookie_session",))).code
    assert 'geo $dollar { default "$"; }' in code
    assert '"x-${dollar}cookie_session"' in code


def test_a_second_site_is_spoken_of_where_there_is_a_map_of_origins() -> None:
    """Variables are one for all of nginx, so a second map of that name would win for both sites."""
    for origins in (("http://a.test",), ("http://a.test", "http://b.test")):
        notes = NGINX.render(Allow(origins)).notes
        assert any("$cors_origin" in note for note in notes) == (len(origins) > 1)
