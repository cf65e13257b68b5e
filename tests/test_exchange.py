"""What the log says of a request and its answer."""

import pytest

from devproxy.exchange import Exchange
from tests.law import request, response


def test_seconds():
    """An exchange lasts from its head to its last byte, and has no length while it runs."""
    seen = Exchange(request("GET /api"), started=10.0)
    assert seen.seconds == 0.0
    seen.ended = 12.5
    assert seen.seconds == 2.5


@pytest.mark.parametrize(
    ("answer", "open_ended"),
    [
        (response(101), True),
        (response(200, "Content-Type: text/event-stream"), True),
        (response(200, "Content-Type: text/event-stream; charset=utf-8"), True),
        (response(200, "Content-Type: text/html"), False),
        (response(204), False),
        (None, False),
    ],
)
def test_open_ended(answer, open_ended):
    """WebSockets and server-sent events may stay open for hours; nothing else is known to."""
    assert Exchange(request("GET /api"), 1.0, response=answer).open_ended is open_ended


def test_an_exchange_has_a_name():
    """Short enough to be typed."""
    assert Exchange(request("GET /"), 0.0, number=42).id == "r42"


@pytest.mark.parametrize(
    ("fields", "page"),
    [
        ((), None),
        (("Origin: http://localhost:5173",), "http://localhost:5173"),
        (("Origin: http://u:hunter2@a.test",), "http://…@a.test"),
    ],
)
def test_the_page_is_told_without_a_password(fields, page):
    """An Origin is what a stranger sent."""
    assert Exchange(request("GET /", *fields), 0.0).page == page
