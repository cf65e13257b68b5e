"""URLs as far as a judge needs them."""

import pytest

from devproxy.browser.url import (
    follow,
    has_userinfo,
    is_url,
    origin_of,
    origin_parts,
    serialised,
    without_secrets,
)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("http://Localhost:80/a?b#c", "http://localhost"),
        ("https://api.example:443", "https://api.example"),
        ("https://api.example:8443/", "https://api.example:8443"),
        ("http://[::1]:3000/", "http://[::1]:3000"),
        ("http://b\u00fccher.example/", "http://xn--bcher-kva.example"),
        (f"http://{'a' * 70}\u00fc.example/", f"http://{'a' * 70}\u00fc.example"),
        ("ftp://a/", "null"),
        ("http://a:99999/", "null"),
        (f"http://a:{'9' * 5000}/", "null"),
        (f"http://a:{'0' * 5000}81/", "http://a:81"),
        ("nonsense", "null"),
    ],
)
def test_the_origin_of_a_url(url: str, origin: str) -> None:
    """Scheme, host and port as browsers serialise them; a URL without them has none."""
    assert origin_of(url) == origin


@pytest.mark.parametrize(
    "text",
    [
        "http://a",
        "https://a:1/",
        "http:a",
        "localhost:3000",
        "mailto:x",
        "file:///",
        "http://[::1]:80",
        "x://h:1/p",
    ],
)
def test_what_a_browser_takes_for_a_url(text: str) -> None:
    """An origin in a header that is none of the page's is a URL at least."""
    assert is_url(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "true",
        "/path",
        "$http_origin",
        "http://",
        "http://a:x",
        "http://[::1",
        "http://a:70000",
        "x://a^b",
        "localhost",
    ],
)
def test_what_a_browser_takes_for_no_url(text: str) -> None:
    """The others are an invalid value in Chromium's words."""
    assert not is_url(text)


@pytest.mark.parametrize(
    ("location", "there"),
    [
        ("/b", "http://a/b"),
        ("//b/c", "http://b/c"),
        ("\\b", "http://a/b"),
        (" /b\n", "http://a/b"),
        ("https://u:p@b/", "https://u:p@b/"),
        ("?q", "http://a/x?q"),
        ("http://[", None),
        ("http://", None),
    ],
)
def test_where_a_location_leads(location: str, there: str | None) -> None:
    """Relative to the URL that answered; a text that is no URL leads nowhere."""
    assert follow("http://a/x", location) == there


def test_a_fragment_goes_along() -> None:
    """The redirect's own fragment goes before the one of the URL that answered."""
    assert follow("http://a/x#f", "/b") == "http://a/b#f"
    assert follow("http://a/x#f", "/b#g") == "http://a/b#g"


def test_userinfo_is_seen() -> None:
    """A user or a password before the host is what no CORS request is redirected to."""
    assert has_userinfo("http://u@a/")
    assert has_userinfo("http://:p@a/")
    assert not has_userinfo("http://a/u@b")
    assert not has_userinfo("http://[")


@pytest.mark.parametrize(
    ("url", "written"),
    [
        ("http://LOCALHOST:80", "http://localhost/"),
        ("http://localhost:3001?x", "http://localhost:3001/?x"),
        (
            "http://localhost:3001/a b/\u00fc?q=\u00e4 c'#\u00f6 `'",
            "http://localhost:3001/a%20b/%C3%BC?q=%C3%A4%20c%27#%C3%B6%20%60'",
        ),
        ('http://h/a|b`{}"<>^[]\\%20', "http://h/a%7Cb%60%7B%7D%22%3C%3E%5E[]/%20"),
        ("http://b\u00fccher.example/x#", "http://xn--bcher-kva.example/x#"),
        ("http://ada:secret@h/x@y", "http://h/x@y"),
        ("http://h?", "http://h/?"),
    ],
)
def test_how_browsers_write_a_url_down(url: str, written: str) -> None:
    """As Chromium's console does, but never with a password."""
    assert serialised(url) == written


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("http://Localhost/a", ("http", "localhost", "80")),
        ("https://[::1]:3000", ("https", "[::1]", "3000")),
        ("null", ()),
        ("capacitor://localhost", ()),
    ],
)
def test_what_an_origin_is_made_of(url: str, parts: tuple[str, ...]) -> None:
    """The default port counts as the number that it is."""
    assert origin_parts(url) == parts


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://ada:hunter2@a:1/b?token=hunter2#hunter2", "http://a:1/b"),
        ("ftp://ada:hunter2@a/x@y", "ftp://a/x@y"),
        ("http:hunter2@a", "http:a"),
        ("ht\ntp:\\\\hunter2@p@a\\b", "http:\\\\a\\b"),
        ("//hunter2@a/#access_token=hunter2", "//a/"),
        ("/login?token=hunter2", "/login"),
        ("a@b/c", "a@b/c"),
        ("", ""),
    ],
)
def test_a_url_that_anybody_may_see(url: str, shown: str) -> None:
    """Whatever kind it is, neither who asks nor what is asked for stays in it."""
    assert without_secrets(url) == shown
