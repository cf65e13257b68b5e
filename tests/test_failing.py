"""Targets that fail, told without noise."""

from devproxy.decide import decide
from devproxy.errors import ClientError, TargetError
from devproxy.exchange import Exchange
from devproxy.failing import Failing
from tests.law import request, response, route, site

HERE = site(route("/api"), route("/web", "http://localhost:5173"))


def over(line, at, error=None):
    head = request(line)
    return Exchange(head, at, decide(HERE, head), response(502 if error else 200), error, at)


def notes(*exchanges):
    failing = Failing()
    return [failing.note(exchange) for exchange in exchanges]


REFUSED, RESET = TargetError("refused", "Nothing listens."), TargetError("reset", "Closed.")


def test_a_failing_target_is_counted_until_it_is_back():
    """Said once, counted, and the time without it is told once."""
    assert notes(
        over("GET /api", 10.0, REFUSED),
        over("GET /api/users", 12.0, REFUSED),
        over("GET /api", 13.0, REFUSED),
        over("GET /api", 20.0),
        over("GET /api", 21.0),
        over("GET /api", 22.0, REFUSED),
    ) == ["", "(×2)", "(×3)", "backend is back after 10 s", "", ""]


def test_another_failure_is_news():
    """It is said in full again; the target has still been away since the first."""
    assert notes(over("GET /api", 10.0, REFUSED), over("GET /api", 11.0, RESET), over("GET /api", 15.0)) == [
        "",
        "",
        "backend is back after 5 s",
    ]


def test_targets_are_told_apart():
    """One that answers says nothing about another; nor does a client that goes, or an answer of devproxy's own."""
    assert notes(
        over("GET /api", 10.0, REFUSED),
        over("GET /web", 11.0),
        over("GET /nothing", 12.0),
        over("GET /api", 13.0, ClientError("the client has gone")),
        over("GET /api", 14.0, REFUSED),
    ) == ["", "", "", "", "(×2)"]


def test_a_target_that_is_waited_for_is_told_once():
    """It is away from the first request that waits; the first answer says for how long it was."""
    failing = Failing()
    held = [
        over("GET /api", 10.0),
        over("GET /api", 11.0),
        over("GET /web", 11.0),
        over("GET /nothing", 12.0),
    ]
    assert [failing.hold(exchange) for exchange in held] == [True, False, True, False]
    assert failing.note(over("GET /api", 14.0)) == "backend is back after 4 s"
    assert failing.note(over("GET /api", 15.0)) == ""


def test_a_target_that_does_not_come_back_is_explained():
    """The first request that gave up says why."""
    failing = Failing()
    failing.hold(over("GET /api", 10.0))
    gone = TargetError("starting", "It has stopped.")
    assert [failing.note(over("GET /api", at, gone)) for at in (15.0, 16.0)] == ["", "(×2)"]
