"""What worked only because of devproxy, and what the backends lack."""

from devproxy.decide import Reply, decide, finish
from devproxy.exchange import Exchange
from devproxy.export.allow import Allow
from devproxy.tally import Asked, Tally
from tests.law import ANYBODY, request, response, route, site

PAGE, OTHER = "Origin: http://localhost:5173", "Origin: http://localhost:4200"
ASKS = ("Access-Control-Request-Method: PUT", "Access-Control-Request-Headers: content-type,x-a")
TWICE = ("Access-Control-Allow-Origin: *", "Access-Control-Allow-Origin: *")


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


def allowed(tally):
    """What each target lacks."""
    return [(needs.target, needs.allow) for needs in tally.needs if needs.fixed]


def test_the_first_that_was_repaired_is_news():
    """And none after it."""
    tally, firsts = tally_of(
        over(request("POST /api", PAGE)), over(request("GET /api", PAGE)), over(request("GET /api", PAGE))
    )
    assert firsts == [False, True, False]
    assert tally.fixed == 2


def test_the_smallest_policy():
    """Who asked, by which methods and headers, with cookies or without: no more than the repaired requests needed."""
    tally, _ = tally_of(
        over(request("PUT /api", PAGE, "Content-Type: application/json"), None, *TWICE),
        over(request("GET /api", PAGE, "Cookie: a=1", "X-A: 1")),
        over(request("GET /api", OTHER)),
    )
    origins = ("http://localhost:5173", "http://localhost:4200")
    policy = Allow(origins, ("PUT",), ("content-type", "x-a"), credentials=True)
    assert allowed(tally) == [("http://localhost:3001", policy)]


def test_what_was_not_repaired_widens_no_policy():
    """A preflight that nothing follows, a page that the backend knows, and a request that may have been well."""
    tally, _ = tally_of(
        over(request("GET /api", PAGE)),
        over(request("OPTIONS /api", OTHER, *ASKS)),
        over(request("GET /api", OTHER), None, "Access-Control-Allow-Origin: *"),
        over(request("PATCH /api", OTHER, "X-B: 1")),
    )
    assert allowed(tally) == [("http://localhost:3001", Allow(("http://localhost:5173",)))]
    assert (tally.fixed, tally.unsure) == (1, 1)


def test_each_target_has_a_policy_of_its_own():
    """One that does without devproxy needs none."""
    here = site(route("/a"), route("/b", "http://localhost:4000"))
    tally, _ = tally_of(
        over(request("GET /a", PAGE), here),
        over(request("GET /b", PAGE), here, "Access-Control-Allow-Origin: *"),
    )
    assert allowed(tally) == [("http://localhost:3001", Allow(("http://localhost:5173",)))]


def test_a_page_without_a_name_needs_the_star():
    """An opaque origin cannot be listed safely, and has no credentials."""
    tally, _ = tally_of(over(request("GET /api", "Origin: null"), site(route("/api", policy=ANYBODY))))
    assert allowed(tally) == [("http://localhost:3001", Allow(("*",)))]


def test_the_most_demanding_request_is_the_one_to_ask_again():
    """A repaired one before one that may have been well, whatever that needs; values that may be secrets are not repeated."""
    tally, _ = tally_of(
        over(request("PUT /api/7", PAGE, "X-Key: s3cr3t", "Content-Type: application/json; a=b"))
    )
    (needs,) = tally.needs
    assert needs.allow is None
    url, page = "http://localhost:3001/api/7", "http://localhost:5173"
    headers = (("content-type", "application/json"), ("x-key", "x"))
    assert needs.most == Asked(url, page, "PUT", headers)
    command = ["-X", "PUT", "-H", "content-type: application/json", "-H", "x-key: x"]
    assert needs.most.check == ["devproxy", "check", url, "--origin", page, *command]

    for head in (
        request("GET /api/8?token=a", PAGE),
        request("DELETE /api", PAGE, "X-A: 1"),
        request("GET /api", OTHER),
    ):
        tally.note(over(head))
    assert needs.most == Asked("http://localhost:3001/api/8", page, "GET")
    tally.note(over(request("GET /api/9", OTHER, "Cookie: a=1")))
    assert needs.most.check[2:] == [
        "http://localhost:3001/api/9",
        "--origin",
        "http://localhost:4200",
        "--credentials",
    ]


def test_answers_that_tell_nothing_are_not_counted():
    """Not modified since an earlier one, another protocol, and an Origin that no browser sends."""
    tally, _ = tally_of(over(request("GET /api", "Origin: nonsense"), site(route("/api", policy=ANYBODY))))
    exchange = over(request("GET /api", PAGE))
    exchange.sent = response(304)
    tally.note(exchange)
    assert list(tally.needs) == []


def test_what_is_none_of_it():
    """Blocked, same-origin and programs' requests, and what no route serves."""
    tally, _ = tally_of(
        over(request("GET /api", "Origin: https://evil.test")),
        over(request("GET /api")),
        over(request("GET /nothing", PAGE)),
    )
    assert (tally.fixed, tally.unsure, list(tally.needs)) == (0, 0, [])


def test_names_have_an_end():
    """Whoever invents them fills no memory."""
    tally = Tally()
    for number in range(100):
        tally.note(over(request("GET /api", PAGE, f"X-{number}: 1")))
    ((_, allow),) = allowed(tally)
    assert len(allow.headers) == 50
