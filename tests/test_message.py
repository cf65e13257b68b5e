"""Message heads are values."""

from dataclasses import FrozenInstanceError

import pytest

from devproxy.headers import Headers
from devproxy.message import RequestHead, ResponseHead
from tests.law import request, response


def test_scheme_is_that_of_the_listener():
    """A request's scheme says whether the client came over TLS, whatever its fields claim."""
    assert RequestHead("GET", "/", Headers()).scheme == "http"
    assert request("GET /", "X-Forwarded-Proto: https").scheme == "http"
    assert RequestHead("GET", "/", Headers(), secure=True).scheme == "https"


@pytest.mark.parametrize(("head", "attribute"), [(request("GET /"), "target"), (response(200), "status")])
def test_heads_are_never_edited(head, attribute):
    """What was received cannot be changed by accident."""
    with pytest.raises(FrozenInstanceError):
        setattr(head, attribute, "changed")


def test_heads_compare_by_value():
    """Two heads that say the same are equal."""
    assert request("GET /a", "A: 1") == request("GET /a", "A: 1")
    assert request("GET /a") != request("GET /a", version=(1, 0))
    assert response(200, "A: 1") == ResponseHead(200, "", Headers([("A", "1")]))


@pytest.mark.parametrize(
    ("lines", "origin"),
    [
        ([], None),
        (["http://a.test"], "http://a.test"),
        (["http://a.test", "http://b.test"], "http://a.test, http://b.test"),
        ([""], ""),
    ],
)
def test_origin(lines, origin):
    """The Origin of a request is one value; several lines make one that no policy knows."""
    assert RequestHead("GET", "/", Headers([("Origin", line) for line in lines])).origin == origin


@pytest.mark.parametrize(
    ("status", "interim"), [(100, True), (103, True), (199, True), (101, False), (200, False)]
)
def test_whether_the_answer_proper_is_still_to_come(status, interim):
    """All of 1xx are interim, but for 101: after it the connection speaks another protocol."""
    assert response(status).is_interim is interim
