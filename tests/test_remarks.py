"""What is said beside the line of an exchange, and how often."""

import sys

import pytest

from devproxy.cors.policy import CorsPolicy
from devproxy.decide import Reply, decide, finish
from devproxy.errors import ClientError, TargetError
from devproxy.exchange import Exchange
from devproxy.problems import Place
from devproxy.remarks import _RELOADS, Remark, Remarks, command_line
from tests.law import ANYBODY, request, response, route, site

PLACED = CorsPolicy.build(
    allow_origins=["http://shop.test"],
    allow_methods=["GET"],
    allow_headers=["X-A"],
    place=Place("proxy.yaml", 14),
)
PLACED_ELSEWHERE = CorsPolicy.build(allow_origins=["https://*.example.com"], place=Place("proxy.yaml", 14))
EVIL, SHOP = "Origin: https://evil.test", "Origin: http://shop.test"
ASKS_PUT = "Access-Control-Request-Method: PUT"
posix = pytest.mark.skipif(sys.platform == "win32", reason="quoted for POSIX shells")


def over(head, here=None, *, status=200, fields=(), at=1.0, error=None):
    """An exchange that has ended."""
    plan = decide(here or site(), head)
    sent = None if isinstance(plan, Reply) else response(status, *fields)
    answer = plan.head if isinstance(plan, Reply) else finish(plan, sent)
    return Exchange(head, at, plan=plan, sent=sent, response=answer, error=error, ended=at)


def said(*exchanges, command=("devproxy", "3001")):
    """What is said of each, in turn."""
    remarks = Remarks(command)
    return [remarks.note(exchange) for exchange in exchanges]


def test_what_went_well_is_not_remarked():
    """No news."""
    page = request("GET /api", "Origin: http://localhost:5173")
    well = over(page, fields=["Access-Control-Allow-Origin: *"])
    assert said(well, over(request("GET /api"))) == [Remark()] * 2


def test_what_was_repaired_is_told_and_counted():
    """The first of a run says what that means; each cause is told in full once a minute."""
    page = request("GET /api", "Origin: http://localhost:5173")
    other = over(page, fields=["Access-Control-Allow-Origin: http://b"])
    still = ("fixed by devproxy; production will still fail",)
    assert said(over(page), over(page), other, over(page, at=62.0)) == [
        Remark("backend sent no Access-Control-Allow-Origin", still),
        Remark("(×2)"),
        Remark("backend allows http://b, not this page"),
        Remark("backend sent no Access-Control-Allow-Origin"),
    ]


def explained(*exchanges):
    """The last block with all there is to say, by label."""
    remarks = Remarks()
    for exchange in exchanges:
        remarks.note(exchange)
    rows = {}
    label = ""
    for name, text in remarks.explanation(remarks.last):
        label = name or label
        rows.setdefault(label, []).append(text)
    return rows


def test_a_block_is_explained_in_full():
    """What, why, the fix here and there, both browsers' words and the standard; without the query."""
    rows = explained(
        over(request("GET /api/users?token=hunter2", SHOP), site(route("/api", policy=PLACED_ELSEWHERE)))
    )
    assert rows["r0"] == ["GET /api/users for the page at http://shop.test: BLOCKED"]
    assert rows["what"][0].startswith("The answer has no Access-Control-Allow-Origin")
    assert rows["here"][-1] == f"fix   add http://shop.test to allow_origins at proxy.yaml:14{_RELOADS}"
    assert rows["Chrome"][0].startswith(
        "Access to fetch at 'http://localhost:8484/api/users' from origin 'http://shop.test' has been blocked by CORS policy"
    )
    assert rows["Firefox"][0].startswith("Cross-Origin Request Blocked")
    assert rows["more"][0].startswith("https://fetch.spec.whatwg.org/")
    assert {"why", "backend"} <= set(rows)
    assert "hunter2" not in str(rows)


def test_the_last_block_goes_before_what_was_repaired():
    """Where nothing was blocked, what devproxy spared the page is explained."""
    page = over(request("GET /api", "Origin: http://localhost:5173"))
    assert explained(page)["r0"] == ["GET /api for the page at http://localhost:5173: fixed"]
    blocked = over(request("GET /api", EVIL))
    assert explained(blocked, page)["r0"] == ["GET /api for the page at https://evil.test: BLOCKED"]
    assert Remarks().last is None


def test_what_no_check_of_the_browsers_refused():
    """devproxy's own refusal of a form is explained by its own words."""
    rows = explained(over(request("POST /api", EVIL, "Sec-Fetch-Mode: navigate")))
    assert "Nothing reached the backend." in rows["here"][0]
    assert "Chrome" not in rows


def test_what_is_said_at_the_end():
    """How much worked only because of devproxy, and the policy that the backend lacks; nothing where nothing did."""
    remarks = Remarks()
    page = "Origin: http://localhost:5173"
    assert list(remarks.summary()) == []
    remarks.note(over(request("GET /api", page, "Cookie: a=1")))
    assert list(remarks.summary()) == [
        "1 request worked only because of devproxy; the backend needs:",
        "  http://localhost:3001   origin http://localhost:5173   credentials",
        "  devproxy check http://localhost:3001 --origin http://localhost:5173 writes it for your server",
    ]
    remarks.note(over(request("OPTIONS /api", page, ASKS_PUT, "Access-Control-Request-Headers: x-a, x-b")))
    remarks.note(over(request("PUT /api", page)))
    remarks.note(over(request("GET /api", page)))
    first, second, _ = remarks.summary()
    assert first.startswith("2 requests worked only because of devproxy")
    assert second.endswith("origin http://localhost:5173   methods PUT   headers x-a, x-b   credentials")


def test_what_any_page_may_read_is_asked_by_nobodys_page():
    """A star is no origin that `check` could ask with."""
    remarks = Remarks()
    remarks.note(over(request("GET /api", "Origin: null"), site(route("/api", policy=ANYBODY))))
    assert (
        "  devproxy check http://localhost:3001 --origin null writes it for your server" in remarks.summary()
    )


@posix
@pytest.mark.parametrize(
    ("head", "lines"),
    [
        (
            request("GET /api", EVIL),
            [
                "The browser got this answer but will not show it to the page at https://evil.test:",
                "that origin is not in cors.allow_origins",
                "fix   devproxy 3001 --allow-origin https://evil.test",
            ],
        ),
        (
            request("OPTIONS /api", EVIL, ASKS_PUT),
            [
                "The browser will not send the request: https://evil.test is not in cors.allow_origins",
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
            request("GET /api", "Origin: null"),
            [
                "The browser got this answer but will not show it to the page at null:",
                "that origin is not in cors.allow_origins",
                "null is what pages from file:// and sandboxed frames send: open the page through a development server",
            ],
        ),
    ],
)
def test_a_block_says_why_and_what_to_type(head, lines):
    """The whole command; a page without an origin of its own cannot be named."""
    assert said(over(head)) == [Remark(lines=tuple(lines))]


@posix
def test_a_refused_websocket_says_what_to_type():
    """Browsers check nothing here, so devproxy does."""
    (remark,) = said(over(request("GET /api", EVIL, "Connection: Upgrade", "Upgrade: websocket")))
    assert "tried to open a WebSocket" in remark.lines[0]
    assert remark.lines[1:] == ("fix   devproxy 3001 --allow-origin https://evil.test",)


@pytest.mark.parametrize(
    ("head", "fix"),
    [
        (request("GET /api", EVIL), "fix   add https://evil.test to allow_origins at proxy.yaml:14"),
        (
            request("OPTIONS /api", EVIL, ASKS_PUT),
            "fix   add https://evil.test to allow_origins at proxy.yaml:14",
        ),
        (request("OPTIONS /api", SHOP, ASKS_PUT), "fix   add PUT to allow_methods"),
        (
            request(
                "OPTIONS /api",
                SHOP,
                "Access-Control-Request-Method: GET",
                "Access-Control-Request-Headers: x-b",
            ),
            "fix   add x-b to allow_headers",
        ),
    ],
)
def test_a_block_by_a_file_says_which_key(head, fix):
    """And the line where its origins are listed."""
    here = site(route("/api", policy=PLACED, place=Place("proxy.yaml", 20)))
    (remark,) = said(over(head, here))
    assert remark.lines[-1].removesuffix(_RELOADS) == fix
    assert "route /api" in remark.lines[0] or "proxy.yaml:14" in remark.lines[-1]


def test_a_block_shows_the_two_origins_side_by_side():
    """The allowed one that is most like the page's, and in which of the three parts they differ."""
    policy = CorsPolicy.build(allow_origins=["https://shop.test", "http://localhost:5173", "http://*.b.test"])
    here = site(route("/api", policy=policy))
    for head in (
        request("GET /api", "Origin: http://localhost:4200"),
        request("OPTIONS /api", "Origin: http://localhost:4200", ASKS_PUT),
    ):
        (remark,) = said(over(head, here))
        assert "allowed is http://localhost:5173:   scheme ✓  host ✓  port ✗ 5173 ≠ 4200" in remark.lines


@pytest.mark.parametrize(
    ("head", "here", "fields", "lines"),
    [
        (
            request("GET /api", SHOP),
            site(route("/api", policy=None, place=Place("proxy.yaml", 20))),
            [],
            (
                "The browser got this answer but will not show it to the page at http://shop.test:",
                "the backend sent no Access-Control-Allow-Origin",
                "fix   remove cors: passthrough from route /api   proxy.yaml:20, and devproxy answers for the backend",
            ),
        ),
        (
            request("OPTIONS /api", SHOP, ASKS_PUT),
            site(route("/api", policy=None)),
            ["Access-Control-Allow-Origin: *"],
            (
                "The browser will not send the request: its preflight went to the backend, and",
                "the backend does not list PUT in Access-Control-Allow-Methods",
                "fix   remove cors: passthrough from route /api, and devproxy answers for the backend",
            ),
        ),
        (
            request("GET /api", SHOP, "Cookie: a=1"),
            site(route("/api", policy=ANYBODY)),
            [],
            (
                "The browser got this answer but will not show it to the page at http://shop.test:",
                "allow_origins has * only, which does not count for requests with cookies",
                "fix   list the page beside allow_credentials: true, as in allow_origins: [http://shop.test]",
            ),
        ),
        (
            request("GET /api", "Sec-Fetch-Mode: no-cors", "Sec-Fetch-Site: cross-site"),
            site(),
            ["Cross-Origin-Resource-Policy: same-origin"],
            (
                "The browser embeds this answer in no page of another origin:",
                "the backend keeps it from other pages: Cross-Origin-Resource-Policy: same-origin",
                "fix   headers: {response: {set: {Cross-Origin-Resource-Policy: cross-origin}}} on route /api",
            ),
        ),
    ],
)
def test_a_block_by_the_answer_itself(head, here, fields, lines):
    """Where no origin is missing in a list."""
    assert said(over(head, here, fields=fields)) == [Remark(lines=lines)]


@pytest.mark.parametrize(
    ("method", "fix"),
    [("patch", "fix   write PATCH in fetch(): case counts"), ("FOO", "fix   use a registered method")],
)
def test_a_method_that_no_list_can_allow(method, fix):
    """A line that cannot be written is no fix."""
    here = site(route("/api", policy=PLACED))
    (remark,) = said(over(request("OPTIONS /api", SHOP, f"Access-Control-Request-Method: {method}"), here))
    assert remark.lines[-1].removesuffix(_RELOADS) == fix


def test_a_route_with_a_secret_says_why_a_local_page_is_blocked():
    """It serves pages with a name only."""
    here = site(route("/api", request_set=(("Authorization", "Bearer x"),)))
    (remark,) = said(over(request("GET /api", "Origin: http://localhost:5173"), here))
    assert "route /api adds a secret of its own" in remark.lines[2]


@posix
def test_the_flag_goes_before_the_end_of_options():
    """Behind -- it would be a target."""
    (remark,) = said(over(request("GET /api", EVIL)), command=("devproxy", "-p", "1", "--", "3001"))
    assert remark.lines[-1] == "fix   devproxy -p 1 --allow-origin https://evil.test -- 3001"


def test_the_same_block_is_counted_for_a_minute():
    """A page that polls must not fill the terminal; another page, path or minute is news."""
    get, post = request("GET /api", EVIL), request("POST /api", EVIL)
    other = request("GET /api", "Origin: https://other.test")
    remarks = said(
        over(get), over(get, at=2.0), over(other), over(post), over(get, at=30.0), over(get, at=61.5)
    )
    assert [remark.news for remark in remarks] == ["", "(same cause, ×2)", "", "", "(same cause, ×3)", ""]
    assert [bool(remark.lines) for remark in remarks] == [True, False, True, True, False, True]


def test_causes_are_forgotten_in_the_end():
    """Whoever invents origins fills no memory."""
    remarks = Remarks()
    for number in range(1000):
        remarks.note(over(request("GET /api", f"Origin: https://p{number}.test")))
    assert len(remarks._causes) == 200


def test_an_own_answer_is_explained_and_counted():
    """A page that asks for what no route serves asks again and again."""
    first, second = said(over(request("GET /nothing")), over(request("GET /else")))
    assert first.lines[0].startswith("No route serves this path.")
    assert second == Remark("(same cause, ×2)")


def test_a_target_that_fails_is_explained_once():
    """With its route, and then counted; a client that has gone is no failure."""
    error = TargetError("refused", "Nothing listens.")
    here = site(route("/api", place=Place("proxy.yaml", 2)))
    first, second, back = said(
        over(request("GET /api"), here, error=error),
        over(request("GET /api"), here, error=error),
        over(request("GET /api"), here),
    )
    assert first.lines == (
        "Nothing listens.",
        "Is the backend running, and on this port?",
        "route /api → http://localhost:3001   proxy.yaml:2",
    )
    assert (second, back) == (Remark("(×2)"), Remark("backend is back after 0 s"))
    gone = over(request("GET /api"), error=ClientError("the client has gone"))
    assert said(gone) == [Remark()]
    gone.response = None
    assert said(gone) == [Remark(lines=("the client has gone",))]
    assert said(over(request("GET /nothing"), error=RuntimeError("a fault of ours"))) == [
        Remark(lines=("a fault of ours",))
    ]


@pytest.mark.parametrize(
    ("platform", "typed"),
    [
        ("linux", "devproxy '/=[::1]:3001' --allow-origin 'https://a b'"),
        ("win32", 'devproxy "/=[::1]:3001" --allow-origin "https://a b"'),
    ],
)
def test_a_command_is_quoted_for_its_shell(monkeypatch, platform, typed):
    """zsh would look for files called `[::1]`."""
    monkeypatch.setattr("sys.platform", platform)
    assert command_line(["devproxy", "/=[::1]:3001", "--allow-origin", "https://a b"]) == typed
