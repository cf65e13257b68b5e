"""What the browser makes of an exchange, in one word and with the checks that fail."""

import pytest

from devproxy.answers import OwnAnswer
from devproxy.browser.block import Block
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
    (request("POST /api", "Origin: https://localhost:8484"), site(), "allowed"),
    (
        request("POST /api", "Origin: https://localhost:8484", "Sec-Fetch-Site: cross-site"),
        site(),
        "allowed",
    ),
    (
        request("POST /api", "Origin: https://localhost:8484", "Sec-Fetch-Site: same-origin"),
        site(),
        "same origin",
    ),
    (request("POST /api", "Origin: https://localhost:8484", secure=True), site(), "same origin"),
    (request("GET /api", PAGE), site(route("/api", policy=None)), "BLOCKED"),
    (request("OPTIONS /api", PAGE, ASKS_PUT), site(route("/api", policy=None)), "BLOCKED"),
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
    assert exchange(head, here).diagnosis.word == word


def test_failure_keeps_its_word():
    """Where the target fails, the word is that of the answer that the page gets instead."""
    for line, word in ((PAGE, "allowed"), (EVIL, "BLOCKED")):
        seen = exchange(request("GET /api", line), site())
        seen.plan = fail(seen.plan, OwnAnswer("reset", "Closed."))
        seen.response = seen.plan.head
        assert seen.diagnosis.word == word


def test_undecided():
    """A request that broke off before it was decided is no CORS; one answered without a plan is judged by the answer."""
    head = request("GET /api", PAGE)
    assert Exchange(head, 1.0).diagnosis.word == "not CORS"
    readable = response(400, "Access-Control-Allow-Origin: http://localhost:5173")
    assert Exchange(head, 1.0, response=readable).diagnosis.word == "allowed"
    assert (
        Exchange(
            head,
            1.0,
            response=ResponseHead(
                400, "Bad Request", readable.headers.without({"access-control-allow-origin"})
            ),
        ).diagnosis.word
        == "BLOCKED"
    )


def test_a_refused_socket_is_blocked_even_under_a_star():
    """The own answer is readable for everybody there, but the page did not get what it asked for."""
    seen = exchange(request("GET /api", EVIL, *UPGRADE), site(route("/api", policy=ANYBODY)))
    assert seen.diagnosis.word == "BLOCKED"


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
    assert exchange(head, here).diagnosis.code == code


def test_a_foreign_answer_that_names_another_origin():
    """Where the target's own word reached the page."""
    told = exchange(request("GET /api", EVIL), site())
    told.response = response(200, "Access-Control-Allow-Origin: http://shop.test")
    assert told.diagnosis.code == "actual.acao-mismatch"


ORIGIN = "Access-Control-Allow-Origin: http://localhost:5173"
STAR = "Access-Control-Allow-Origin: *"
CREDENTIALS = "Access-Control-Allow-Credentials: true"


def judged(head, here=None, *lines, status=200):
    """The diagnosis where the target answered with these lines."""
    plan = decide(here or site(), head)
    sent = response(status, *lines)
    return Exchange(head, 1.0, plan=plan, sent=sent, response=finish(plan, sent)).diagnosis


@pytest.mark.parametrize(
    ("head", "lines", "word", "code"),
    [
        (request("GET /api", PAGE), (), "fixed", "actual.acao-missing"),
        (
            request("GET /api", PAGE),
            ("Access-Control-Allow-Origin: http://b",),
            "fixed",
            "actual.acao-mismatch",
        ),
        (request("GET /api", PAGE), (ORIGIN, ORIGIN), "fixed", "actual.acao-multiple"),
        (request("GET /api", PAGE), (ORIGIN,), "ok", None),
        (request("GET /api", PAGE), (STAR,), "ok", None),
        (request("HEAD /api", PAGE), (STAR,), "ok", None),
        (request("GET /api", PAGE, "Cookie: a=1"), (STAR,), "fixed", "actual.star-with-credentials"),
        (request("GET /api", PAGE, "Cookie: a=1"), (ORIGIN,), "fixed", "actual.acac"),
        (request("GET /api", PAGE, "Cookie: a=1"), (ORIGIN, CREDENTIALS), "ok", None),
        # a preflight was answered on its behalf
        (request("GET /api", PAGE, "X-A: 1"), (ORIGIN,), "allowed", None),
        (request("GET /api", PAGE, "Authorization: Bearer x"), (ORIGIN,), "allowed", None),
        (request("GET /api", PAGE, "X-A: 1"), (), "fixed", "actual.acao-missing"),
        # what browsers add by themselves asks for none
        (
            request("GET /api", PAGE, "Cache-Control: no-cache", "Sec-GPC: 1", "User-Agent: x"),
            (ORIGIN,),
            "ok",
            None,
        ),
        # the target was told another Origin, so its answer is not about this page
        (request("POST /api", PAGE), (), "allowed", None),
        (request("PUT /api", PAGE), (STAR,), "allowed", None),
        (request("POST /api", PAGE), ("Access-Control-Allow-Origin: http://b",), "allowed", None),
        (request("POST /api", PAGE), ("Access-Control-Allow-Origin: ",), "allowed", None),
        (request("POST /api", PAGE, "Cookie: a=1"), (STAR,), "allowed", None),
        # but what no page could read is not about any
        (request("POST /api", PAGE), (STAR, STAR), "fixed", "actual.acao-multiple"),
        (
            request("PUT /api", PAGE),
            ("Access-Control-Allow-Origin: http://a, http://b",),
            "fixed",
            "actual.acao-multiple",
        ),
        (
            request("POST /api", PAGE, "Cookie: a=1"),
            ("Access-Control-Allow-Origin: localhost",),
            "fixed",
            "actual.acao-invalid",
        ),
    ],
)
def test_what_the_target_alone_would_have_done(head, lines, word, code):
    """Fixed where its own answer fails already, ok where nothing is unknown, otherwise allowed."""
    seen = judged(head, None, *lines)
    assert (seen.word, seen.code) == (word, code)


def test_a_kept_origin_makes_a_post_comparable():
    """With target_origin: keep the target hears of the page, so its answer counts."""
    here = site(route("/api", target_origin="keep"))
    assert judged(request("POST /api", PAGE), here).word == "fixed"
    assert judged(request("POST /api", PAGE), here, STAR).word == "ok"


LISTING = NAMED.build(allow_origins=["http://shop.test"], allow_methods=["PUT"], allow_headers=["x-a"])
SHOP = "Origin: http://shop.test"


@pytest.mark.parametrize(
    ("head", "word", "code", "refused"),
    [
        (request("DELETE /api", SHOP), "BLOCKED", "preflight.method", "DELETE"),
        (request("GET /api", SHOP, "X-B: 1", "X-C: 1"), "BLOCKED", "preflight.header", "x-b, x-c"),
        (
            request("POST /api", SHOP, "Content-Type: application/json"),
            "BLOCKED",
            "preflight.header",
            "content-type",
        ),
        # what is listed, or needs no permission
        (request("PUT /api", SHOP, "X-A: 1"), "allowed", None, None),
        (request("POST /api", SHOP, "Content-Type: text/plain", "Accept: */*"), "allowed", None, None),
        # what others than script have added
        (request("POST /api", SHOP, "User-Agent: curl/8", "X-Forwarded-Proto: https"), "allowed", None, None),
        # a browser asked before, and was allowed
        (request("DELETE /api", SHOP, "Sec-Fetch-Mode: cors"), "allowed", None, None),
        # a page that may not read is told that
        (request("DELETE /api", EVIL), "BLOCKED", "actual.acao-missing", None),
    ],
)
def test_what_no_browser_would_have_sent(head, word, code, refused):
    """A program needs no preflight, but it must not be told that a page could do the same."""
    here = site(route("/api", policy=LISTING))
    seen = exchange(head, here).diagnosis
    assert (seen.word, seen.code) == (word, code)
    assert (seen.refusal and seen.refusal.value) == refused


def test_what_passes_through_is_nobodys_to_refuse():
    """The target answers the preflights of such a route."""
    assert judged(request("DELETE /api", SHOP), site(route("/api", policy=None)), STAR).word == "passthrough"


def test_a_304_says_nothing_of_the_fields_it_leaves_out():
    """The browser keeps those of the stored response."""
    assert judged(request("GET /api", PAGE), None, status=304).word == "allowed"


def test_passthrough_is_judged_by_what_the_target_said():
    """Nothing is repaired there, so the browser refuses what it would have refused."""
    here = site(route("/api", policy=None))
    seen = judged(request("GET /api", PAGE), here)
    assert (seen.word, seen.blocks) == ("BLOCKED", (Block("actual.acao-missing"),))
    assert judged(request("GET /api", PAGE), here, STAR).word == "passthrough"
    preflight = request("OPTIONS /api", PAGE, ASKS_PUT)
    assert judged(preflight, here, status=302).code == "preflight.acao-missing"
    assert judged(preflight, here, "Location: /b", status=302).code == "preflight.redirect"


def test_a_policy_for_everybody_is_none_for_cookies():
    """The page asked with credentials, and the star is not for those."""
    seen = judged(request("GET /api", EVIL, "Cookie: a=1"), site(route("/api", policy=ANYBODY)))
    assert (seen.word, seen.code) == ("BLOCKED", "actual.star-with-credentials")


@pytest.mark.parametrize("mode", ["navigate", "no-cors"])
def test_no_check_follows_a_form_or_an_opaque_answer(mode):
    """A form's Origin is no CORS request's; what devproxy itself refuses is refused all the same."""
    assert judged(request("POST /api", PAGE, f"Sec-Fetch-Mode: {mode}")).word == "not CORS"
    refused = exchange(request("POST /api", EVIL, f"Sec-Fetch-Mode: {mode}"), site())
    assert refused.diagnosis.word == "BLOCKED"


@pytest.mark.parametrize(
    ("policy", "where", "word"),
    [
        ("same-origin", "same-site", "BLOCKED"),
        ("same-origin", "cross-site", "BLOCKED"),
        ("same-site", "cross-site", "BLOCKED"),
        ("same-site", "same-site", "not CORS"),
        ("cross-origin", "cross-site", "not CORS"),
        ("same-origin", "same-origin", "same origin"),
        ("same-origin", "none", "not CORS"),
    ],
)
def test_a_resource_may_be_kept_from_other_pages(policy, where, word):
    """Cross-Origin-Resource-Policy is checked for what is embedded without CORS."""
    head = request("GET /api", "Sec-Fetch-Mode: no-cors", f"Sec-Fetch-Site: {where}")
    assert judged(head, None, f"Cross-Origin-Resource-Policy: {policy}").word == word


def test_a_request_that_waits_has_the_word_of_the_answer_to_come():
    """The policy is known before the target has answered; what a passthrough target will say is not."""
    head = request("GET /api", PAGE)
    assert Exchange(head, 1.0, plan=decide(site(), head)).diagnosis.word == "allowed"
    here = site(route("/api", policy=None))
    assert Exchange(head, 1.0, plan=decide(here, head)).diagnosis.word == "passthrough"


def test_it_is_judged_anew_when_the_answer_is_there():
    """And then once, however often it is asked for."""
    head = request("GET /api", PAGE)
    plan = decide(site(), head)
    seen = Exchange(head, 1.0, plan=plan)
    assert seen.diagnosis.word == "allowed"
    seen.sent = response(200)
    seen.response = finish(plan, seen.sent)
    assert seen.diagnosis.word == "fixed"
    assert seen.diagnosis is seen.diagnosis


def test_a_question_of_thousands_is_cut():
    """No page asks for so many names; the answer to the first says enough."""
    names = "Access-Control-Request-Headers: " + ",".join(f"x{number}" for number in range(1000))
    seen = judged(request("OPTIONS /api", PAGE, ASKS_PUT, names), site(route("/api", policy=None)), ORIGIN)
    assert len(seen.blocks) == 1 + 128
