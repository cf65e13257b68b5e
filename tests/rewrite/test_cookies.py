"""Cookies that a browser keeps here."""

import pytest
from hypothesis import given

from devproxy.rewrite.cookies import (
    client_cookie,
    cookie_name,
    deletion_of_http_only,
    keeps_secure,
    needs_secure,
)
from tests.law import field_values, patient, request, route

CHROME = "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"
FIREFOX = "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0"
SAFARI = "User-Agent: Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15"
IPHONE = "User-Agent: Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) AppleWebKit/605.1.15 CriOS/156.0 Mobile/15E148 Safari/604.1"

STRIPPED = route("/auth", strip_prefix=True)


@pytest.mark.parametrize(
    ("sent", "received"),
    [
        # realistic
        ("s=1; Path=/; HttpOnly; SameSite=Lax", "s=1; Path=/; HttpOnly; SameSite=Lax"),
        ("s=1; Domain=api.example.com; Path=/; Secure", "s=1; Path=/; Secure"),
        ("s=1; Secure; SameSite=None", "s=1; Secure; SameSite=None"),
        ("s=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT", "s=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT"),
        ("__Host-s=1; Path=/; Secure", "__Host-s=1; Path=/; Secure"),
        # synthetic
        ("s=a=b;domain = x ;PATH=/", "s=a=b;PATH=/"),
        ('s="a; b"', 's="a; b"'),
        ("s=1; Domain; Max-Age=0", "s=1; Max-Age=0"),
        # pathological
        ("", ""),
        (";;;", ";;;"),
        ("=; Path", "=; Path"),
        ("caf\xe9=\xff; Domain=x", "caf\xe9=\xff"),
    ],
)
def test_domain_goes(sent, received):
    """It names a host that this is not; every other byte stays."""
    assert client_cookie(sent, route("/api"), secure=True) == received


@pytest.mark.parametrize(
    ("sent", "received"),
    [
        ("s=1; Path=/; HttpOnly", "s=1; Path=/auth; HttpOnly"),
        ("s=1; httponly ; Path=/", "s=1; httponly ; Path=/auth"),
        ("s=1; path=/admin ; HttpOnly", "s=1; path=/auth/admin; HttpOnly"),
        ("s=1; Path=/admin", "s=1; Path=/auth/admin"),
        ("s=1", "s=1"),
        ("s=1; Path=", "s=1; Path="),
        ("s=1; Path=relative", "s=1; Path=relative"),
    ],
)
def test_path_follows_a_stripped_prefix(sent, received):
    """The target knows nothing of the prefix; a browser that sees no path takes the directory of the request."""
    assert client_cookie(sent, STRIPPED, secure=True) == received


@pytest.mark.parametrize(
    "line", ["csrftoken=1; Path=/; SameSite=Lax", "XSRF-TOKEN=1; path = / ", "HttpOnly=1; Path=/"]
)
def test_what_script_reads_stays_readable(line):
    """Without HttpOnly a cookie of the whole site is meant for the page (Django's, Angular's), which is not below the prefix."""
    assert client_cookie(line, STRIPPED, secure=True) == line


@pytest.mark.parametrize(
    ("line", "same"),
    [
        ("s=; Max-Age=0; Path=/", "s=; Max-Age=0; Path=/; HttpOnly"),
        ("s=; max-age = -1; Path=/", "s=; max-age = -1; Path=/; HttpOnly"),
        (
            "s=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
            "s=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly",
        ),
        ("s=; Path=/; Max-Age=0; HttpOnly", None),
        ("s=; Path=/admin; Max-Age=0", None),
        ("s=; Path=/", None),
        ("s=Expires=1970; Path=/", None),
        ("s=1; Path=/; Max-Age=3600; Expires=Wed, 21 Oct 2026 07:28:00 GMT", None),
    ],
)
def test_a_deletion_counts_for_the_cookie_with_http_only_too(line, same):
    """Frameworks leave HttpOnly out when they delete (Django's delete_cookie, Express' clearCookie), so it does not say where the cookie is."""
    assert deletion_of_http_only(line) == same


@pytest.mark.parametrize(
    ("sent", "received"),
    [
        ("s=1; Secure; SameSite=None; Path=/", "s=1; SameSite=Lax; Path=/"),
        ("s=1; secure; samesite=NONE; Partitioned", "s=1; samesite=Lax"),
        ("s=1; SameSite=Strict", "s=1; SameSite=Strict"),
        ("__Host-s=1; Path=/; Secure", "__Host-s=1; Path=/"),
    ],
)
def test_secure_goes_where_a_client_would_drop_it(sent, received):
    """And what stands or falls with it."""
    assert client_cookie(sent, route("/api"), secure=False) == received


@pytest.mark.parametrize(
    ("agent", "host", "keeps"),
    [
        (CHROME, "localhost:8484", True),
        (FIREFOX, "localhost:8484", True),
        (CHROME, "app.localhost:8484", True),
        (CHROME, "127.0.0.1:8484", True),
        (FIREFOX, "[::1]:8484", True),
        (SAFARI, "localhost:8484", False),
        (IPHONE, "localhost:8484", False),
        ("User-Agent: curl/8.5.0", "localhost:8484", False),
        ("X-None: 1", "localhost:8484", False),
        (CHROME, "app.test:8484", False),
        (CHROME, "192.168.0.7:8484", False),
        (CHROME, "not a host", False),
        (CHROME, None, False),
    ],
)
def test_who_keeps_secure_cookies_of_http(agent, host, keeps):
    """Chromium and Firefox, for loopback names."""
    assert keeps_secure(request("GET /", agent, host=host)) is keeps


def test_over_tls_everyone_keeps_them():
    """Whatever the name."""
    assert keeps_secure(request("GET /", SAFARI, host="app.test", secure=True))


def test_names():
    """As the browser reads them."""
    assert cookie_name(" s =1; Path=/") == "s"
    assert [needs_secure(name) for name in ("__Host-s", "__secure-s", "s", "__Hosts")] == [
        True,
        True,
        False,
        False,
    ]


@patient
@given(field_values)
def test_any_line_stays_a_line(line):
    """Nothing is added that was not there, but the words of the rules."""
    changed = client_cookie(line, STRIPPED, secure=False)
    assert "\n" not in changed
    assert changed.partition(";")[0] == line.partition(";")[0]
    assert client_cookie(line, route("/"), secure=True).count(";") <= line.count(";")
