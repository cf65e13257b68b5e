"""A request as a page makes it, and whether a preflight has to go before it."""

import pytest

from devproxy.browser.request import PageRequest, preflight_for
from devproxy.headers import Headers

PAGE = "http://localhost:5173"
URL = "http://localhost:3001/users"


def asked(method: str = "GET", *headers: tuple[str, str]) -> tuple[str, ...] | None:
    preflight = preflight_for(PageRequest(URL, PAGE, method, Headers(headers)))
    return preflight and preflight.names


@pytest.mark.parametrize("method", ["GET", "get", "HEAD", "POST", "post"])
def test_what_a_form_can_do_needs_no_preflight(method: str) -> None:
    """Safelisted methods without unsafe headers are sent straight away."""
    assert asked(method, ("Accept", "text/html"), ("Content-Type", "text/plain;charset=utf-8")) is None


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("X-A", "1"),
        ("Authorization", "Bearer x"),
        ("Content-Type", "application/json"),
        ("Content-Type", ""),
        ("Content-Type", "text/plain; charset=(x)"),
        ("Accept", "a" * 129),
        ("Accept", "text/<html>"),
        ("Accept-Language", "de_DE"),
        ("Range", "bytes=5-1"),
        ("Range", "bytes=-5"),
    ],
)
def test_what_no_form_can_do_is_asked_for_by_name(header: str, value: str) -> None:
    """A header whose name or value is not safelisted."""
    assert asked("GET", (header, value)) == (header.lower(),)


def test_safelisted_values_have_a_limit_together() -> None:
    """Beyond 1024 bytes all of them are asked for, sorted, in lower case."""
    many = [(name, "a" * 128) for name in ("Accept", "Accept-Language", "Content-Language")]
    assert asked("GET", *many) is None
