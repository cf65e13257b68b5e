"""Where a body ends, or why nobody can say."""

import pytest
from hypothesis import given

from devproxy.framing import (
    CHUNKED,
    NO_BODY,
    UNTIL_CLOSE,
    Framing,
    Kind,
    Malformed,
    request_framing,
    response_framing,
)
from tests.law import patient, request, response, strange_heads


def sized(length):
    return Framing(Kind.LENGTH, length)


TWO_KINDS = Malformed("both Content-Length and Transfer-Encoding")
REPEATED = Malformed("more than one Content-Length")
NO_NUMBER = Malformed("a Content-Length that is not a number of bytes")
OTHER_CODING = Malformed("a Transfer-Encoding other than chunked")

# What both sides have in common: the fields, and what they say.
DECLARED = [
    # realistic
    (["Content-Length: 5"], sized(5)),
    (["Content-Length: 0"], sized(0)),
    (["Transfer-Encoding: chunked"], CHUNKED),
    # synthetic
    (["content-length: 005"], sized(5)),
    (["Content-Length:  \t5 "], sized(5)),
    (["Transfer-Encoding: Chunked"], CHUNKED),
    (["Transfer-Encoding: \tchunked "], CHUNKED),
    (["Content-Length: 999999999999999999"], sized(10**18 - 1)),
    # pathological: two lengths, even where they agree
    (["Content-Length: 5", "Content-Length: 5"], REPEATED),
    (["Content-Length: 5", "Content-Length: 6"], REPEATED),
    (["Content-Length: 5, 5"], NO_NUMBER),
    # pathological: no numbers
    (["Content-Length: +5"], NO_NUMBER),
    (["Content-Length: -1"], NO_NUMBER),
    (["Content-Length: 0x5"], NO_NUMBER),
    (["Content-Length: 5 5"], NO_NUMBER),
    (["Content-Length: 5_0"], NO_NUMBER),
    (["Content-Length: 5.0"], NO_NUMBER),
    (["Content-Length: \xb2"], NO_NUMBER),
    (["Content-Length: \xa05"], NO_NUMBER),
    (["Content-Length: "], NO_NUMBER),
    (["Content-Length: 1000000000000000000"], NO_NUMBER),
    (["Content-Length: " + "9" * 5000], NO_NUMBER),
    # pathological: length and coding
    (["Content-Length: 5", "Transfer-Encoding: chunked"], TWO_KINDS),
    (["Transfer-Encoding: chunked", "Content-Length: 0"], TWO_KINDS),
    (["Transfer-Encoding: identity", "Content-Length: 5"], TWO_KINDS),
    # pathological: other codings
    (["Transfer-Encoding: gzip, chunked"], OTHER_CODING),
    (["Transfer-Encoding: chunked, chunked"], OTHER_CODING),
    (["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"], OTHER_CODING),
    (["Transfer-Encoding: identity"], OTHER_CODING),
    (["Transfer-Encoding: xchunked"], OTHER_CODING),
    (["Transfer-Encoding: chunked;x=1"], OTHER_CODING),
    (["Transfer-Encoding: \x0bchunked"], OTHER_CODING),
    (["Transfer-Encoding: "], OTHER_CODING),
]


@pytest.mark.parametrize(("fields", "expected"), DECLARED)
def test_request(fields, expected):
    """The body of a request ends where one length or one chunked coding says; anything else is malformed."""
    assert request_framing(request("POST /", *fields)) == expected


@pytest.mark.parametrize(("fields", "expected"), DECLARED)
def test_response(fields, expected):
    """A target's response is read by the same rules."""
    assert response_framing("GET", (1, 1), response(200, *fields)) == expected


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "OPTIONS"])
def test_request_without_declared_body_has_none(method):
    """A request that declares no body has none, whatever its method."""
    assert request_framing(request(f"{method} /")) == NO_BODY


def test_any_request_may_have_a_body():
    """The method does not decide: DELETE, OPTIONS and GET with a body keep it (CVE-2026-29057)."""
    for method in ("GET", "DELETE", "OPTIONS"):
        assert request_framing(request(f"{method} /", "Transfer-Encoding: chunked")) == CHUNKED
        assert request_framing(request(f"{method} /", "Content-Length: 3")) == sized(3)


def test_chunked_is_not_in_http_1_0():
    """HTTP/1.0 knows no codings, so one in it is read by some and ignored by others."""
    old = Malformed("Transfer-Encoding in HTTP/1.0")
    assert request_framing(request("POST /", "Transfer-Encoding: chunked", version=(1, 0))) == old
    assert response_framing("GET", (1, 0), response(200, "Transfer-Encoding: chunked")) == old
    assert request_framing(request("POST /", "Content-Length: 3", version=(1, 0))) == sized(3)


def test_response_without_declared_body_ends_with_the_connection():
    """A response that declares nothing lasts until the target closes."""
    assert response_framing("GET", (1, 1), response(200)) == UNTIL_CLOSE
    assert response_framing("GET", (1, 0), response(500)) == UNTIL_CLOSE


NO_BODIES = [
    ("HEAD", 200),
    ("HEAD", 404),
    ("GET", 204),
    ("GET", 304),
    ("POST", 304),
    ("GET", 100),
    ("GET", 103),
    ("GET", 101),
]


@pytest.mark.parametrize(("method", "status"), NO_BODIES)
@pytest.mark.parametrize("field", ["Content-Length: 5", "Transfer-Encoding: chunked", "X: no declaration"])
def test_responses_that_never_have_a_body(method, status, field):
    """HEAD, 1xx, 204 and 304 have no body, whatever their fields promise."""
    assert response_framing(method, (1, 1), response(status, field)) == NO_BODY


@pytest.mark.parametrize(
    ("method", "status"), [("GET", 200), ("POST", 205), ("GET", 300), ("get", 200), ("head", 200)]
)
def test_other_responses_have_one(method, status):
    """Every other response has a body; methods are compared with their case."""
    assert response_framing(method, (1, 1), response(status, "Content-Length: 5")) == sized(5)


@pytest.mark.parametrize(
    ("framing", "empty"),
    [(NO_BODY, True), (sized(0), True), (sized(1), False), (CHUNKED, False), (UNTIL_CLOSE, False)],
)
def test_whether_no_byte_will_come(framing, empty):
    """Only a body that is none, or is declared to be of no length, is known to be empty beforehand."""
    assert framing.is_empty is empty


@patient
@given(strange_heads)
def test_every_head_has_one_reading(head):
    """Framing never raises, and a request's body is never said to end with the connection."""
    framing = request_framing(head)
    assert isinstance(framing, Malformed) or framing.kind in {Kind.NONE, Kind.LENGTH, Kind.CHUNKED}
    if isinstance(framing, Framing) and framing.kind is not Kind.NONE:
        assert len(head.headers.lines("content-length") + head.headers.lines("transfer-encoding")) == 1
