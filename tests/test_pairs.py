"""Preflights and the requests that follow them."""

import pytest

from devproxy.decide import Reply, decide
from devproxy.exchange import Exchange
from devproxy.pairs import Pairs
from tests.law import request, site

PAGE, EVIL = "Origin: http://localhost:5173", "Origin: https://evil.test"
ASKS_PUT = "Access-Control-Request-Method: PUT"


def seen(head, at=1.0):
    """An exchange that began at this time."""
    plan = decide(site(), head)
    return Exchange(head, at, plan=plan, response=plan.head if isinstance(plan, Reply) else None)


def preflight(path="/api/users/7?token=hunter2", origin=PAGE, at=1.0):
    return seen(request(f"OPTIONS {path}", origin, ASKS_PUT), at)


PUT = seen(request("PUT /api/users/7?token=hunter2", PAGE))


def test_a_preflight_that_nothing_follows_is_told_once():
    """After five seconds, without the query."""
    pairs = Pairs()
    pairs.note(preflight())
    assert pairs.overdue(5.9) == []
    (line,) = pairs.overdue(6.1)
    assert line.startswith(
        "preflight allowed, but no PUT /api/users/7 followed: the page at http://localhost:5173 gave up"
    )
    assert pairs.overdue(20.0) == []


@pytest.mark.parametrize("running", [True, False])
def test_a_request_that_follows_is_enough(running):
    """Be it over or still on its way."""
    pairs = Pairs()
    pairs.note(preflight())
    if not running:
        pairs.note(PUT)
    assert pairs.overdue(20.0, [PUT] if running else []) == []


def test_each_preflight_has_a_request_of_its_own():
    """Two questions and one request leave one."""
    pairs = Pairs()
    pairs.note(preflight())
    pairs.note(preflight(at=2.0))
    pairs.note(PUT)
    assert pairs.overdue(6.5) == []
    assert len(pairs.overdue(7.5)) == 1


@pytest.mark.parametrize(
    "other",
    [
        seen(request("PUT /api/users/8", PAGE)),
        seen(request("POST /api/users/7?token=hunter2", PAGE)),
        seen(request("PUT /api/users/7?token=hunter2", "Origin: http://localhost:4200")),
    ],
)
def test_another_request_is_none_that_follows(other):
    """Of another path, method or page."""
    pairs = Pairs()
    pairs.note(preflight())
    pairs.note(other)
    assert len(pairs.overdue(20.0)) == 1


def test_nothing_is_expected_behind_a_refusal():
    """The browser says itself why there is none."""
    pairs = Pairs()
    pairs.note(preflight(origin=EVIL))
    assert pairs.overdue(20.0) == []


def test_what_is_remembered_has_an_end():
    """Whoever invents paths fills no memory."""
    pairs = Pairs()
    for number in range(1000):
        pairs.note(preflight(f"/api/{number}"))
    assert len(pairs.overdue(20.0)) == 200
