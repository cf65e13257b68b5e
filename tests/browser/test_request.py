"""A request as a page makes it, and whether a preflight has to go before it."""

import pytest

from devproxy.browser.request import Cause, PageRequest, preflight_behind, preflight_for
from devproxy.headers import Headers
from devproxy.message import RequestHead
from tests.law import request

PAGE = "http://localhost:5173"
URL = "http://localhost:3001/users"


def page(method: str = "GET", *headers: tuple[str, str], **rest: object) -> PageRequest:
    return PageRequest(URL, PAGE, method, Headers(headers), **rest)  # type: ignore[arg-type]


def asked(method: str = "GET", *headers: tuple[str, str], **rest: object) -> tuple[str, ...] | None:
    preflight = preflight_for(page(method, *headers, **rest))
    return preflight and preflight.names


@pytest.mark.parametrize("method", ["GET", "get", "HEAD", "POST", "post"])
def test_what_a_form_can_do_needs_no_preflight(method: str) -> None:
    """Safelisted methods without unsafe headers are sent straight away."""
    assert asked(method, ("Accept", "text/html"), ("Content-Type", "text/plain;charset=utf-8")) is None


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("put", "PUT"),
        ("Delete", "DELETE"),
        ("options", "OPTIONS"),
        ("patch", "patch"),
        ("PATCH", "PATCH"),
        ("foo", "foo"),
    ],
)
def test_other_methods_are_asked_for_as_they_are_sent(written: str, sent: str) -> None:
    """Six are upper-cased; patch is not among them, which surprises people."""
    preflight = preflight_for(page(written))
    assert preflight
    assert (preflight.method, preflight.causes, preflight.names) == (sent, (Cause("method", sent),), ())
    assert preflight.fields == (("Access-Control-Request-Method", sent),)


@pytest.mark.parametrize(
    ("header", "value", "why"),
    [
        ("X-A", "1", ""),
        ("Authorization", "Bearer x", ""),
        ("Content-Type", "application/json", "application/json is none of the three types that forms send"),
        ("Content-Type", "", "an empty one is none of the three types that forms send"),
        ("Content-Type", "text/plain; charset=(x)", "its value has characters that are not safelisted"),
        ("Content-Type", "text / plain", "text / plain is none of the three types that forms send"),
        ("Accept", "a" * 129, "its value has more than 128 bytes"),
        ("Accept", "text/<html>", "its value has characters that are not safelisted"),
        ("Accept-Language", "de_DE", "its value has characters that are not safelisted"),
        ("Content-Language", "de;é", "its value has characters that are not safelisted"),
        ("Range", "bytes=5-1", "it is no simple range such as bytes=0-99"),
        ("Range", "bytes=-5", "it is no simple range such as bytes=0-99"),
        ("Range", "bytes=0-1,5-6", "it is no simple range such as bytes=0-99"),
    ],
)
def test_what_no_form_can_do_is_asked_for_by_name(header: str, value: str, why: str) -> None:
    """A header whose name or value is not safelisted, and what is wrong with the value."""
    preflight = preflight_for(page("GET", (header, value)))
    assert preflight
    assert preflight.names == (header.lower(),)
    assert preflight.causes == (Cause("header", header.lower(), why),)


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Accept", "a" * 128),
        ("ACCEPT", "*/*"),
        ("Accept-Language", "de, en;q=0.5, *"),
        ("Content-Type", " Multipart/Form-Data; boundary=x"),
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("Range", "bytes=0-"),
        ("Range", "bytes=5-5"),
    ],
)
def test_safelisted_headers(header: str, value: str) -> None:
    """At their limits, in any case, and trimmed."""
    assert asked("POST", (header, value)) is None


def test_safelisted_values_have_a_limit_together() -> None:
    """Beyond 1024 bytes all of them are asked for; below, none. One name has one value, however often it is set."""
    parts = [
        ("Content-Type", "text/plain;" + "a" * 117),
        ("Accept", "a" * 128),
        ("Accept-Language", "a" * 128),
    ]
    assert asked("GET", *parts) is None
    assert asked("GET", ("Accept", "a" * 64), ("accept", "b" * 63)) == ("accept",)


def test_names_are_asked_for_sorted_and_once() -> None:
    """In lower case, joined without blanks."""
    preflight = preflight_for(page("PUT", ("X-B", "1"), ("x-a", "1"), ("X-b", "2")))
    assert preflight
    assert preflight.fields[1] == ("Access-Control-Request-Headers", "x-a,x-b")
    assert [str(cause) for cause in preflight.causes] == ["method PUT", "header x-a", "header x-b"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Cookie", "a=1"),
        ("host", "b"),
        ("Sec-Fetch-Mode", "x"),
        ("Proxy-Authorization", "x"),
        ("Access-Control-Request-Method", "PUT"),
        ("X-HTTP-Method-Override", "PUT, trace"),
    ],
)
def test_what_script_may_not_set_is_dropped(name: str, value: str) -> None:
    """Without a word, and without a preflight."""
    request = page("GET", (name, value))
    assert not list(request.own_headers)
    assert preflight_for(request) is None


def test_an_override_of_an_ordinary_method_is_a_header_like_any_other() -> None:
    """Only the forbidden methods make it forbidden."""
    assert asked("POST", ("X-HTTP-Method-Override", "PUT")) == ("x-http-method-override",)


def test_a_watched_upload_asks_by_itself() -> None:
    """XMLHttpRequest with a listener for its upload."""
    preflight = preflight_for(page("POST", listens=True))
    assert preflight
    assert (preflight.method, preflight.names) == ("POST", ())
    assert [str(cause) for cause in preflight.causes] == ["the upload is watched"]


def test_mode_no_cors_leaves_unsafe_headers_out() -> None:
    """They are never sent there."""
    request = page("GET", ("X-A", "1"), ("Accept", "a/b"), mode="no-cors")
    assert list(request.own_headers) == [("Accept", "a/b")]


@pytest.mark.parametrize(
    ("method", "headers", "mode", "words"),
    [
        ("P T", (), "cors", "no method"),
        ("", (), "cors", "no method"),
        ("trace", (), "cors", "browsers send no TRACE"),
        ("CONNECT", (), "cors", "browsers send no CONNECT"),
        ("PUT", (), "no-cors", "mode no-cors is for GET, HEAD and POST"),
        ("GET", (("X A", "1"),), "cors", "no name of a header"),
    ],
)
def test_what_the_browser_throws_at(
    method: str, headers: tuple[tuple[str, str], ...], mode: str, words: str
) -> None:
    """Nothing is sent, so there is nothing to judge."""
    with pytest.raises(ValueError, match=words):
        page(method, *headers, mode=mode)


def test_an_opaque_origin_is_foreign_everywhere() -> None:
    """Even to itself."""
    assert PageRequest("http://a/", "null").is_cross_origin
    assert not PageRequest("http://a:80/b", "http://a").is_cross_origin


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (request("GET /", "Accept: */*", "User-Agent: curl/8", "Cookie: a=1", "Sec-GPC: 1"), None),
        (request("POST /", "Content-Type: text/plain", "X-Forwarded-For: 10.0.0.1", "Via: 1.1 a"), None),
        (request("PUT /"), ("PUT", ())),
        (
            request("POST /", "X-B: 1", "Content-Type: application/json", "x-a: 1", "X-B: 2"),
            ("POST", ("content-type", "x-a", "x-b")),
        ),
        (request("GET /", "Accept: " + "a" * 129), ("GET", ("accept",))),
    ],
)
def test_the_preflight_behind_a_request_on_the_wire(
    head: RequestHead, expected: tuple[str, tuple[str, ...]] | None
) -> None:
    """Told from what script has set, and not from what browsers and proxies add."""
    preflight = preflight_behind(head)
    assert (preflight and (preflight.method, preflight.names)) == expected
