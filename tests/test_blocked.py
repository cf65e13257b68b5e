"""Why a browser keeps an answer from its page, and what to change."""

import sys

import pytest

from devproxy.answers import from_error
from devproxy.blocked import explanation, why
from devproxy.cors.policy import CorsPolicy
from devproxy.decide import Reply, decide, fail, finish
from devproxy.errors import TargetError
from devproxy.exchange import Exchange
from devproxy.problems import Place
from tests.law import ANYBODY, request, response, route, site

PLACED = CorsPolicy.build(
    allow_origins=["http://shop.test"],
    allow_methods=["GET"],
    allow_headers=["X-A"],
    allow_credentials=False,
    places={
        "allow_origins": Place("proxy.yaml", 14),
        "allow_methods": Place("proxy.yaml", 15),
        "allow_headers": Place("proxy.yaml", 16),
        "allow_credentials": Place("proxy.yaml", 17),
    },
)
HERE = site(route("/api", policy=PLACED, place=Place("proxy.yaml", 20)))
PASSTHROUGH = site(route("/api", policy=None, place=Place("proxy.yaml", 20)))
EVIL, SHOP = "Origin: https://evil.test", "Origin: http://shop.test"
ASKS_PUT = "Access-Control-Request-Method: PUT"
COMMAND = ("devproxy", "3001")
RELOADS = "   (saved files reload by themselves)"
SHOWN_TO = "The browser got this answer but will not show it to the page at "
posix = pytest.mark.skipif(sys.platform == "win32", reason="quoted for POSIX shells")


def over(head, here=None, *fields, status=200, error=None):
    """An exchange that has ended; the target broke with `error`, or answered so."""
    plan = decide(here or site(), head)
    if isinstance(plan, Reply):
        return Exchange(head, 1.0, plan=plan, response=plan.head, ended=1.0)
    if error:
        answer = fail(plan, from_error(error, plan.route.prefix)).head
        return Exchange(head, 1.0, plan=plan, response=answer, error=error, ended=1.0)
    sent = response(status, *fields)
    return Exchange(head, 1.0, plan=plan, sent=sent, response=finish(plan, sent), ended=1.0)


def explained(exchange):
    """All there is to say, by label."""
    rows = {}
    label = ""
    for name, text in explanation(exchange, COMMAND):
        label = name or label
        rows.setdefault(label, []).append(text)
    return rows


@posix
@pytest.mark.parametrize(
    ("head", "lines"),
    [
        (
            request("GET /api", EVIL),
            [
                f"{SHOWN_TO}https://evil.test:",
                "https://evil.test is not in cors.allow_origins",
                "fix   devproxy 3001 --allow-origin https://evil.test",
            ],
        ),
        (
            request("OPTIONS /api", EVIL, ASKS_PUT),
            [
                "The browser will not send the request:",
                "https://evil.test is not in cors.allow_origins",
                "fix   devproxy 3001 --allow-origin https://evil.test",
            ],
        ),
        (
            request("POST /api", EVIL),
            [
                (
                    "This POST came from a page at 'https://evil.test', which the policy does not allow. "
                    "Nothing reached the backend."
                ),
                "fix   devproxy 3001 --allow-origin https://evil.test",
                "A login that posts a form from another site needs block_cross_site: false on this route.",
            ],
        ),
        (
            request("GET /api", EVIL, "Connection: Upgrade", "Upgrade: websocket"),
            [
                (
                    "A page at 'https://evil.test' tried to open a WebSocket. The policy does not name that page, and "
                    "browsers check no CORS here, so devproxy refused. Nothing reached the backend."
                ),
                "fix   devproxy 3001 --allow-origin https://evil.test",
            ],
        ),
        (
            request("GET /api", "Origin: null"),
            [
                f"{SHOWN_TO}null:",
                "null is not in cors.allow_origins",
                "null is what pages from file:// and sandboxed frames send: open the page through a development server",
            ],
        ),
        (
            request("GET /api", "Origin: http://u:hunter2@a.test"),
            [f"{SHOWN_TO}http://…@a.test:", "http://…@a.test is not in cors.allow_origins"],
        ),
        (
            request("GET /nothing", EVIL),
            [
                "No route serves this path. Routes, the nearest first: /api",
                "The page at https://evil.test cannot even read this answer:",
                "https://evil.test is not in cors.allow_origins",
                "fix   devproxy 3001 --allow-origin https://evil.test",
            ],
        ),
    ],
)
def test_a_block_says_why_and_what_to_type(head, lines):
    """The whole command; a page without an origin of its own cannot be named."""
    assert list(why(over(head), COMMAND)) == lines


@pytest.mark.parametrize(
    ("head", "lines"),
    [
        (
            request("GET /api", EVIL),
            [
                f"{SHOWN_TO}https://evil.test:",
                "https://evil.test is not in cors.allow_origins   proxy.yaml:14",
                "allowed is http://shop.test:   scheme ✗ http ≠ https  host ✗ shop.test ≠ evil.test  port ✗ 80 ≠ 443",
                f"fix   add https://evil.test to allow_origins at proxy.yaml:14{RELOADS}",
            ],
        ),
        (
            request("OPTIONS /api", SHOP, ASKS_PUT),
            [
                "The browser will not send the request:",
                "cors.allow_methods does not list PUT   proxy.yaml:15",
                f"fix   add PUT to allow_methods at proxy.yaml:15{RELOADS}",
            ],
        ),
        (
            request(
                "OPTIONS /api",
                SHOP,
                "Access-Control-Request-Method: GET",
                "Access-Control-Request-Headers: x-b,x-c",
            ),
            [
                "The browser will not send the request:",
                "cors.allow_headers does not list x-b, x-c   proxy.yaml:16",
                f"fix   add x-b, x-c to allow_headers at proxy.yaml:16{RELOADS}",
            ],
        ),
        (
            request("PUT /api", SHOP),
            [
                "A browser would not have sent this PUT, as its preflight would have been refused:",
                "cors.allow_methods does not list PUT   proxy.yaml:15",
                f"fix   add PUT to allow_methods at proxy.yaml:15{RELOADS}",
            ],
        ),
        (
            request("GET /api", SHOP, "Cookie: a=1"),
            [
                f"{SHOWN_TO}http://shop.test:",
                "a cookie came along, and cors.allow_credentials is false   proxy.yaml:17",
                "fix   set allow_credentials: true, or leave credentials: 'include' out of fetch()",
            ],
        ),
    ],
)
def test_a_block_by_a_file_says_which_line(head, lines):
    """Of the very key that would have to say something else."""
    assert list(why(over(head, HERE), COMMAND)) == lines


def test_a_block_shows_the_two_origins_side_by_side():
    """The allowed one that is most like the page's, and in which of the three parts they differ."""
    policy = CorsPolicy.build(allow_origins=["https://shop.test", "http://localhost:5173", "http://*.b.test"])
    here = site(route("/api", policy=policy))
    for head in (
        request("GET /api", "Origin: http://localhost:4200"),
        request("OPTIONS /api", "Origin: http://localhost:4200", ASKS_PUT),
    ):
        lines = list(why(over(head, here), COMMAND))
        assert "allowed is http://localhost:5173:   scheme ✓  host ✓  port ✗ 5173 ≠ 4200" in lines


@pytest.mark.parametrize(
    ("head", "here", "fields", "lines"),
    [
        (
            request("GET /api", SHOP),
            PASSTHROUGH,
            [],
            [
                f"{SHOWN_TO}http://shop.test:",
                "the backend sent no Access-Control-Allow-Origin",
                "fix   remove cors: passthrough from route /api   proxy.yaml:20, and devproxy answers for the backend",
            ],
        ),
        (
            request("OPTIONS /api", SHOP, ASKS_PUT),
            site(route("/api", policy=None)),
            ["Access-Control-Allow-Origin: *"],
            [
                "The browser will not send the request: its preflight went to the backend, and",
                "the backend does not list PUT in Access-Control-Allow-Methods",
                "fix   remove cors: passthrough from route /api, and devproxy answers for the backend",
            ],
        ),
        (
            request("GET /api", SHOP, "Cookie: a=1"),
            site(route("/api", policy=ANYBODY)),
            [],
            [
                f"{SHOWN_TO}http://shop.test:",
                "allow_origins has * only, which does not count for requests with cookies",
                "fix   list the page beside allow_credentials: true, as in allow_origins: [http://shop.test]",
            ],
        ),
        (
            request("GET /api", "Sec-Fetch-Mode: no-cors", "Sec-Fetch-Site: cross-site"),
            site(),
            ["Cross-Origin-Resource-Policy: same-origin"],
            [
                "The browser embeds this answer in no page of another origin:",
                "the backend keeps it from other pages: Cross-Origin-Resource-Policy: same-origin",
                "fix   headers: {response: {set: {Cross-Origin-Resource-Policy: cross-origin}}} on route /api",
            ],
        ),
    ],
)
def test_a_block_by_the_answer_itself(head, here, fields, lines):
    """Where no origin is missing in a list."""
    assert list(why(over(head, here, *fields), COMMAND)) == lines


@posix
@pytest.mark.parametrize("here", [site(), PASSTHROUGH])
def test_a_failure_that_the_page_cannot_read(here):
    """devproxy's own answer goes by devproxy's own policy, also on a route that passes everything through."""
    gone = TargetError("refused", "Nothing listens.")
    assert list(why(over(request("GET /api", EVIL), here, error=gone), COMMAND)) == [
        "The page at https://evil.test cannot even read this answer:",
        "https://evil.test is not in cors.allow_origins",
        "fix   devproxy 3001 --allow-origin https://evil.test",
    ]


@pytest.mark.parametrize(
    ("method", "fix"),
    [("patch", "fix   write PATCH in fetch(): case counts"), ("FOO", "fix   use a registered method")],
)
def test_a_method_that_no_list_can_allow(method, fix):
    """A line that cannot be written is no fix."""
    *_, last = why(
        over(request("OPTIONS /api", SHOP, f"Access-Control-Request-Method: {method}"), HERE), COMMAND
    )
    assert last == fix


def test_a_route_with_a_secret_says_why_a_local_page_is_blocked():
    """It serves pages with a name only."""
    here = site(route("/api", request_set=(("Authorization", "Bearer x"),)))
    _, _, line, _ = why(over(request("GET /api", "Origin: http://localhost:5173"), here), COMMAND)
    assert "route /api adds a secret of its own" in line


def test_what_broke_off_undecided_has_no_cause():
    """There is nobody to blame."""
    head = request("GET /api", EVIL)
    assert list(why(Exchange(head, 1.0, response=response(400)), COMMAND)) == []


def test_a_block_by_the_backend_is_explained_in_full():
    """What, why, the fix here and there, both browsers' words and the standard; without the query."""
    rows = explained(over(request("GET /api/users?token=hunter2", SHOP), PASSTHROUGH))
    assert rows["r0"] == ["GET /api/users for the page at http://shop.test: BLOCKED"]
    assert rows["what"] == [
        "The answer has no Access-Control-Allow-Origin, so the browser keeps it from the page."
    ]
    assert rows["here"][-1].startswith("fix   remove cors: passthrough")
    assert rows["backend"][0].startswith("Send Access-Control-Allow-Origin with the page's origin")
    assert rows["Chrome"][0].startswith(
        "Access to fetch at 'http://localhost:8484/api/users' from origin 'http://shop.test' has been blocked by CORS policy"
    )
    assert rows["Firefox"][0].startswith("Cross-Origin Request Blocked")
    assert rows["more"][0].startswith("https://fetch.spec.whatwg.org/")
    assert rows["why"]
    assert "hunter2" not in str(rows)


def test_an_error_may_hide_behind_a_block():
    """Then the status comes first."""
    rows = explained(over(request("GET /api", SHOP), PASSTHROUGH, status=404))
    assert "Its status is 404: an error often comes from a layer" in rows["what"][0]
    assert rows["backend"][0].startswith("Mend the 404 first.")


@pytest.mark.parametrize(
    ("head", "what"),
    [
        (request("GET /api", EVIL), "cors.allow_origins does not allow the page at https://evil.test."),
        (request("OPTIONS /api", EVIL, ASKS_PUT), "cors.allow_origins does not allow https://evil.test."),
        (request("OPTIONS /api", SHOP, ASKS_PUT), "cors.allow_methods does not allow PUT."),
        (request("PUT /api", SHOP), "cors.allow_methods does not allow PUT."),
        (request("GET /api", SHOP, "X-B: 1"), "cors.allow_headers does not allow x-b."),
        (request("GET /api", SHOP, "Cookie: a=1"), "cors.allow_credentials does not allow cookies."),
    ],
)
def test_a_block_by_the_policy_does_not_blame_the_backend(head, what):
    """devproxy says that it was devproxy."""
    rows = explained(over(head, HERE))
    assert rows["what"] == [f"devproxy's own policy refuses this: {what}"]
    assert rows["backend"] == ["nothing to do: it has no part in this"]
    assert rows["here"][-1].startswith("fix   ")
    assert {"why", "Chrome", "Firefox", "more"} <= set(rows)


def test_what_no_check_of_the_browsers_refused():
    """devproxy's own refusal of a form is explained by its own words."""
    rows = explained(over(request("POST /api", EVIL, "Sec-Fetch-Mode: navigate")))
    assert "Nothing reached the backend." in rows["here"][0]
    assert "Chrome" not in rows


def test_what_was_repaired_is_explained_as_what_the_backend_did():
    """There is nothing to do here, and everything there."""
    rows = explained(over(request("GET /api", "Origin: http://localhost:5173")))
    assert rows["r0"] == ["GET /api for the page at http://localhost:5173: fixed"]
    assert rows["here"] == ["nothing to do: devproxy has repaired it"]
    assert rows["backend"][0].startswith("Send Access-Control-Allow-Origin")
