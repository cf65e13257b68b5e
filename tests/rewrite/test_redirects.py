"""Redirects that stay here."""

import pytest
from hypothesis import given

from devproxy.decide import decide
from devproxy.rewrite.redirects import client_refresh, client_url
from tests.law import field_values, patient, request, route, site

SITE = site(
    route("/api"),
    route("/auth", "http://localhost:4000", strip_prefix=True),
    route("/shop", "https://shop.example.com/v1", strip_prefix=True),
    route("/", "http://localhost:5173"),
)


def way(path, here=SITE, **rest):
    return decide(here, request(f"GET {path}", **rest)).way


@pytest.mark.parametrize(
    ("asked", "sent", "received"),
    [
        # the target by its own address
        ("/api/a", "http://localhost:3001/api/b?x=1#y", "http://localhost:8484/api/b?x=1#y"),
        ("/api/a", "http://127.0.0.1:3001/api/b", "http://localhost:8484/api/b"),
        ("/api/a", "HTTP://LOCALHOST:3001/api/b", "http://localhost:8484/api/b"),
        ("/auth/a", "http://localhost:4000/login", "http://localhost:8484/auth/login"),
        ("/auth/a", "http://localhost:4000", "http://localhost:8484/auth/"),
        ("/auth/a", "http://localhost:4000?x=1", "http://localhost:8484/auth/?x=1"),
        ("/shop/a", "https://shop.example.com/v1/cart", "http://localhost:8484/shop/cart"),
        ("/shop/a", "http://shop.example.com/v1/cart", "http://localhost:8484/shop/cart"),
        ("/shop/a", "https://shop.example.com:443/v1/cart", "http://localhost:8484/shop/cart"),
        # the target by the Host that it was asked for
        ("/auth/a", "http://localhost:8484/login", "http://localhost:8484/auth/login"),
        ("/api/a", "https://localhost:8484/api/b", "http://localhost:8484/api/b"),
        # the target of another route
        ("/api/a", "http://localhost:4000/login", "http://localhost:8484/auth/login"),
        ("/api/a", "http://localhost:5173/welcome", "http://localhost:8484/welcome"),
        # without a host
        ("/auth/a", "/login", "/auth/login"),
        ("/auth/a", "/", "/auth/"),
        ("/auth/a", "/login?next=/a", "/auth/login?next=/a"),
        ("/shop/a", "/v1/cart", "/shop/cart"),
        ("/api/a", "/api/b/", "/api/b/"),
        ("/api/a", "/login", "/login"),
        ("/auth/a", "//localhost:4000/x", "//localhost:8484/auth/x"),
        # a target that knows its prefix
        ("/auth/a", "/auth/login", "/auth/login"),
        ("/auth/a", "http://localhost:8484/auth/login", "http://localhost:8484/auth/login"),
        # what leads elsewhere, or is relative to a path that is shifted alike
        (
            "/auth/a",
            "https://login.example.com/?back=http://localhost:4000/",
            "https://login.example.com/?back=http://localhost:4000/",
        ),
        ("/shop/a", "https://shop.example.com/v2/other", "https://shop.example.com/v2/other"),
        ("/shop/a", "https://shop.example.com:8443/v1/a", "https://shop.example.com:8443/v1/a"),
        ("/auth/a", "login", "login"),
        ("/auth/a", "?page=2", "?page=2"),
        ("/auth/a", "", ""),
        ("/auth/a", "mailto:me@example.com", "mailto:me@example.com"),
        # pathological
        ("/auth/a", "http://", "http://"),
        ("/auth/a", "http://[::1", "http://[::1"),
        ("/auth/a", "///x", "/auth///x"),
        ("/auth/a", "/../x", "/../x"),
        ("/auth/a", "http://localhost:4000/..%2fx", "http://localhost:4000/..%2fx"),
        ("/auth/a", "http://user@localhost:4000/x", "http://user@localhost:4000/x"),
    ],
)
def test_where_a_redirect_leads(asked, sent, received):
    """Back to this listener if one of its routes leads to the same place; untouched otherwise."""
    assert client_url(sent, way(asked)) == received


def test_a_client_on_tls_stays_there():
    """The scheme is the listener's."""
    url = client_url("http://localhost:4000/login", way("/auth/a", host="app.localhost", secure=True))
    assert url == "https://app.localhost/auth/login"


def test_a_client_without_a_host_gets_a_path():
    """HTTP/1.0 knows no Host."""
    assert client_url("http://localhost:4000/x", way("/auth/a", host=None, version=(1, 0))) == "/auth/x"


def test_the_asked_route_goes_before_others_to_the_same_target():
    """Two doors to one backend."""
    here = site(
        route("/a", strip_prefix=True), route("/a/long", strip_prefix=True), route("/b", strip_prefix=True)
    )
    assert client_url("/x", way("/b/y", here)) == "/b/x"


@pytest.mark.parametrize(
    ("sent", "received"),
    [
        ("0; url=/login", "0; url=/auth/login"),
        ("5;URL='http://localhost:4000/x'", "5;URL='http://localhost:8484/auth/x'"),
        ('0, "/login"', '0, "/auth/login"'),
        ("5", "5"),
        ("nonsense", "nonsense"),
    ],
)
def test_refresh(sent, received):
    """The URL in it, with its quotes."""
    assert client_refresh(sent, way("/auth/a")) == received


@patient
@given(field_values)
def test_any_value_stays_a_value(value):
    """Whatever a target says, it is one line."""
    for changed in (client_url(value, way("/auth/a")), client_refresh(value, way("/auth/a"))):
        assert "\n" not in changed
        assert len(changed) <= len(value) + len("http://localhost:8484/auth/")
