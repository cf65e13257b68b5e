"""The judge of what reaches a target must itself be strict."""

from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from bench.strict import Ambiguous, Unfinished, read_request
from devproxy.decide import Forward, decide
from devproxy.headers import Headers
from devproxy.proxy.upstream import serialise
from tests.law import heads_inside, patient, route, site, strange_heads

HEAD = b"POST /a?b HTTP/1.1\r\nHost: localhost\r\n"


@pytest.mark.parametrize(
    ("wire", "body", "rest"),
    [
        (HEAD + b"\r\n", b"", b""),
        (HEAD + b"\r\nGET", b"", b"GET"),
        (HEAD + b"Content-Length: 2\r\n\r\nhi!", b"hi", b"!"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n!", b"hi", b"!"),
        (HEAD + b"X-Empty: \r\nX-Text: a b\tc\xe9\r\n\r\n", b"", b""),
    ],
)
def test_a_request_is_read_to_its_end(wire, body, rest):
    """And no further."""
    request, left = read_request(wire)
    assert (request.method, request.target, request.body, left) == ("POST", "/a?b", body, rest)
    assert request.lines("host") == ["localhost"]


@pytest.mark.parametrize(
    "whole",
    [HEAD + b"Content-Length: 2\r\n\r\nhi", HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"],
)
def test_half_a_request_is_unfinished(whole):
    """Wherever it is cut."""
    for end in range(len(whole)):
        with pytest.raises(Unfinished):
            read_request(whole[:end])


@pytest.mark.parametrize(
    "wire",
    [
        b"POST  /a HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"POST http://localhost/a HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"POST /a#b HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"POST /a HTTP/1.0\r\nHost: localhost\r\n\r\n",
        b"POST /a HTTP/1.1\nHost: localhost\r\n\r\n",
        b"POST /a HTTP/1.1\r\n\r\n",
        b"POST /a HTTP/1.1\r\nHost: a b\r\n\r\n",
        HEAD + HEAD.partition(b"\r\n")[2] + b"\r\n",
        HEAD + b"X-A : b\r\n\r\n",
        HEAD + b"X-A:b\r\n\r\n",
        HEAD + b"X-A: b \r\n\r\n",
        HEAD + b"X-A: b\r\n c\r\n\r\n",
        HEAD + b"X-A: \0\r\n\r\n",
        HEAD + b"X-A: b\rc\r\n\r\n",
        HEAD + b"TE: trailers\r\n\r\n",
        HEAD + b"Content_Length: 2\r\n\r\n",
        HEAD + b"Content-Length: +2\r\n\r\nhi",
        HEAD + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\nhi",
        HEAD + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding: identity\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n2;a=b\r\nhi\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n0x2\r\nhi\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhi!\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX-A: b\r\n\r\n",
    ],
)
def test_what_could_be_read_differently_is_found(wire):
    """Each of these has broken a server."""
    with pytest.raises(Ambiguous):
        read_request(wire)


@patient
@given(strange_heads | heads_inside, st.sampled_from([True, False, None]))
def test_what_is_forwarded_has_one_reading(head, change_origin):
    """Whatever a stranger asks, what the law lets through and the traffic floor writes down satisfies the judge."""
    # what a parser hands out has no blanks around it
    head = replace(head, headers=Headers([(name, value.strip(" \t")) for name, value in head.headers]))
    plan = decide(
        site(route("/", change_origin=change_origin), route("/api", request_set=(("X-Key", "k"),))), head
    )
    if isinstance(plan, Forward):
        with suppress(Unfinished):
            request, rest = read_request(serialise(plan.request))
            assert (request.method, request.target, rest) == (head.method, plan.request.path, b"")
