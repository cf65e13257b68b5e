"""What the log says of a request and its answer."""

import pytest

from devproxy.answers import OwnAnswer
from devproxy.decide import Reply, decide, fail, finish
from devproxy.exchange import Exchange
from devproxy.message import ResponseHead
from tests.law import ANYBODY, NAMED, request, response, route, site

PAGE, EVIL = "Origin: http://localhost:5173", "Origin: https://evil.example"
ASKS_PUT = "Access-Control-Request-Method: PUT"
UPGRADE = ("Connection: Upgrade", "Upgrade: websocket")


def exchange(head, here):
    """An exchange as it stands when the head of the answer is known."""
    plan = decide(here, head)
    answer = plan.head if isinstance(plan, Reply) else finish(plan, response(200))
    return Exchange(head, started=1.0, plan=plan, response=answer)


LISTING_METHODS = NAMED.build(allow_origins=["http://shop.test"], allow_methods=["PUT"])

WORDS = [
    # realistic
    (request("GET /api"), site(), "not CORS"),
    (request("POST /api"), site(), "not CORS"),
    (request("GET /nothing"), site(), "not CORS"),
    (request("GET /api", PAGE), site(), "allowed"),
    (request("POST /api", PAGE), site(), "allowed"),
    (request("GET /api", EVIL), site(), "BLOCKED"),
    (request("GET /api", EVIL), site(route("/api", policy=ANYBODY)), "allowed"),
    (request("OPTIONS /api", PAGE, ASKS_PUT), site(), "allowed"),
    (request("OPTIONS /api", EVIL, ASKS_PUT), site(), "BLOCKED"),
    (request("GET /api", "Sec-Fetch-Site: same-origin"), site(), "same origin"),
    (request("POST /api", "Origin: http://localhost:8484"), site(), "same origin"),
    (request("GET /api", PAGE), site(route("/api", policy=None)), "passthrough"),
    (request("OPTIONS /api", PAGE, ASKS_PUT), site(route("/api", policy=None)), "passthrough"),
    (request("GET /api", PAGE, *UPGRADE), site(), "allowed"),
    # realistic: the proxy's own answers
    (request("GET /nothing", PAGE), site(), "allowed"),
    (request("GET /nothing", EVIL), site(), "BLOCKED"),
    (request("POST /api", EVIL), site(), "BLOCKED"),
    (request("GET /api", EVIL, *UPGRADE), site(), "BLOCKED"),
    (request("GET /api", PAGE, host="evil.com"), site(), "allowed"),
    # synthetic
    (request("GET /api", "Sec-Fetch-Site: cross-site"), site(), "not CORS"),
    (request("GET /api", "Sec-Fetch-Site: none"), site(), "not CORS"),
    (request("OPTIONS /api", PAGE), site(), "allowed"),
    (request("POST /api", "Origin: http://localhost:8484"), site(route("/api", policy=None)), "same origin"),
    (request("POST /nothing", "Origin: http://localhost:8484"), site(), "same origin"),
    (
        request("OPTIONS /api", "Origin: http://shop.test", "Access-Control-Request-Method: DELETE"),
        site(route("/api", policy=LISTING_METHODS)),
        "BLOCKED",
    ),
    (
        request("OPTIONS /api", "Origin: http://shop.test", ASKS_PUT),
        site(route("/api", policy=LISTING_METHODS)),
        "allowed",
    ),
    # pathological
    (request("GET /api", "Origin: null"), site(), "BLOCKED"),
    (request("GET /api", "Origin: "), site(), "BLOCKED"),
    (request("GET /api", PAGE, PAGE), site(), "BLOCKED"),
]


@pytest.mark.parametrize(("head", "here", "word"), WORDS)
def test_cors_word(head, here, word):
    """One word says what CORS means for an exchange: whose page asked, and whether it may read the answer."""
    assert exchange(head, here).cors == word


def test_failure_keeps_its_word():
    """Where the target fails, the word is that of the answer that the page gets instead."""
    for line, word in ((PAGE, "allowed"), (EVIL, "BLOCKED")):
        seen = exchange(request("GET /api", line), site())
        seen.plan = fail(seen.plan, OwnAnswer("reset", "Closed."))
        seen.response = seen.plan.head
        assert seen.cors == word


def test_undecided():
    """A request that broke off before it was decided is no CORS; one answered without a plan is judged by the answer."""
    head = request("GET /api", PAGE)
    assert Exchange(head, 1.0).cors == "not CORS"
    readable = response(400, "Access-Control-Allow-Origin: http://localhost:5173")
    assert Exchange(head, 1.0, response=readable).cors == "allowed"
    assert (
        Exchange(
            head,
            1.0,
            response=ResponseHead(
                400, "Bad Request", readable.headers.without({"access-control-allow-origin"})
            ),
        ).cors
        == "BLOCKED"
    )


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


def test_a_refused_socket_is_blocked_even_under_a_star():
    """The own answer is readable for everybody there, but the page did not get what it asked for."""
    seen = exchange(request("GET /api", EVIL, *UPGRADE), site(route("/api", policy=ANYBODY)))
    assert seen.cors == "BLOCKED"


@pytest.mark.parametrize(
    ("head", "here", "code"),
    [
        (request("GET /api", PAGE), site(), None),
        (request("GET /api"), site(), None),
        (request("GET /api", EVIL), site(), "actual.acao-missing"),
        (request("POST /api", EVIL), site(), "actual.acao-missing"),
        (request("OPTIONS /api", EVIL, ASKS_PUT), site(), "preflight.acao-missing"),
        (
            request("OPTIONS /api", EVIL, ASKS_PUT),
            site(route("/api", policy=LISTING_METHODS)),
            "preflight.acao-mismatch",
        ),
        (
            request("OPTIONS /api", "Origin: http://shop.test", "Access-Control-Request-Method: DELETE"),
            site(route("/api", policy=LISTING_METHODS)),
            "preflight.method",
        ),
        (
            request(
                "OPTIONS /api", "Origin: http://shop.test", ASKS_PUT, "Access-Control-Request-Headers: x-b"
            ),
            site(
                route("/api", policy=NAMED.build(allow_origins=["http://shop.test"], allow_headers=["X-A"]))
            ),
            "preflight.header",
        ),
        (request("GET /api", EVIL, *UPGRADE), site(), "ws.handshake"),
    ],
)
def test_the_check_that_fails(head, here, code):
    """By the names of the browser's own steps."""
    assert exchange(head, here).cors_code == code


def test_a_foreign_answer_that_names_another_origin():
    """Where the target's own word reached the page."""
    told = exchange(request("GET /api", EVIL), site())
    told.response = response(200, "Access-Control-Allow-Origin: http://shop.test")
    assert told.cors_code == "actual.acao-mismatch"


def test_an_exchange_has_a_name():
    """Short enough to be typed."""
    assert Exchange(request("GET /"), 0.0, number=42).id == "r42"
