"""What worked only because of devproxy, and what the backends lack."""

from devproxy.decide import Reply, decide, finish
from devproxy.exchange import Exchange
from devproxy.export.allow import Allow
from devproxy.tally import Tally
from tests.law import ANYBODY, request, response, route, site

PAGE, OTHER = "Origin: http://localhost:5173", "Origin: http://localhost:4200"
ASKS = ("Access-Control-Request-Method: PUT", "Access-Control-Request-Headers: content-type,x-a")


def over(head, here=None, *lines):
    """An exchange that has ended."""
    plan = decide(here or site(), head)
    sent = None if isinstance(plan, Reply) else response(200, *lines)
    answer = plan.head if isinstance(plan, Reply) else finish(plan, sent)
    return Exchange(head, 1.0, plan=plan, sent=sent, response=answer, ended=1.0)


def tally_of(*exchanges):
    tally = Tally()
    firsts = [tally.note(exchange) for exchange in exchanges]
    return tally, firsts


def test_the_first_that_was_repaired_is_news():
    """And none after it."""
    tally, firsts = tally_of(
        over(request("POST /api", PAGE)), over(request("GET /api", PAGE)), over(request("GET /api", PAGE))
    )
    assert firsts == [False, True, False]
    assert tally.fixed == 2


def test_the_smallest_policy():
    """Who asked, by which methods and headers, with cookies or without: no more than was seen."""
    tally, _ = tally_of(
        over(request("OPTIONS /api", PAGE, *ASKS)),
        over(request("PUT /api", PAGE)),
        over(request("OPTIONS /api", PAGE, "Access-Control-Request-Method: POST")),
        over(request("GET /api", PAGE, "Cookie: a=1")),
        over(request("GET /api", OTHER)),
    )
    assert list(tally.policies()) == [
        (
            "http://localhost:3001",
            Allow(
                ("http://localhost:5173", "http://localhost:4200"),
                ("PUT",),
                ("content-type", "x-a"),
                credentials=True,
            ),
        )
    ]


def test_each_target_has_a_policy_of_its_own():
    """One that does without devproxy needs none."""
    here = site(route("/a"), route("/b", "http://localhost:4000"))
    tally, _ = tally_of(
        over(request("GET /a", PAGE), here),
        over(request("GET /b", PAGE), here, "Access-Control-Allow-Origin: *"),
    )
    assert list(tally.policies()) == [("http://localhost:3001", Allow(("http://localhost:5173",)))]


def test_a_page_without_a_name_needs_the_star():
    """An opaque origin cannot be listed safely, and has no credentials."""
    tally, _ = tally_of(over(request("GET /api", "Origin: null"), site(route("/api", policy=ANYBODY))))
    assert list(tally.policies()) == [("http://localhost:3001", Allow(("*",)))]


def test_what_is_none_of_it():
    """Blocked, same-origin and programs' requests, and what no route serves."""
    tally, _ = tally_of(
        over(request("GET /api", "Origin: https://evil.test")),
        over(request("GET /api")),
        over(request("GET /nothing", PAGE)),
    )
    assert (tally.fixed, list(tally.policies())) == (0, [])


def test_names_have_an_end():
    """Whoever invents them fills no memory."""
    tally = Tally()
    for number in range(100):
        names = f"Access-Control-Request-Headers: x-{number}"
        tally.note(over(request("OPTIONS /api", PAGE, ASKS[0], names)))
    tally.note(over(request("GET /api", PAGE)))
    ((_, allow),) = tally.policies()
    assert len(allow.headers) == 50
