"""What is said beside the line of an exchange, and how often."""

import sys

import pytest

from devproxy.cors.policy import CorsPolicy
from devproxy.decide import Reply, decide, finish
from devproxy.errors import ClientError, TargetError
from devproxy.exchange import Exchange
from devproxy.problems import Place
from devproxy.remarks import Remark, Remarks, command_line
from tests.law import LOCAL, request, response, route, site

PLACED = CorsPolicy.build(
    allow_origins=["http://shop.test"],
    allow_methods=["GET"],
    allow_headers=["X-A"],
    place=Place("proxy.yaml", 14),
)
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
    assert (
        said(over(request("GET /api", "Origin: http://localhost:5173")), over(request("GET /api")))
        == [Remark()] * 2
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
    assert remark.lines[-1] == fix
    assert "route /api" in remark.lines[0] or "proxy.yaml:14" in remark.lines[-1]


@pytest.mark.parametrize(
    ("method", "fix"),
    [("patch", "fix   write PATCH in fetch(): case counts"), ("FOO", "fix   use a registered method")],
)
def test_a_method_that_no_list_can_allow(method, fix):
    """A line that cannot be written is no fix."""
    here = site(route("/api", policy=PLACED))
    (remark,) = said(over(request("OPTIONS /api", SHOP, f"Access-Control-Request-Method: {method}"), here))
    assert remark.lines[-1] == fix


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
    ("served", "path", "hint"),
    [
        (
            route("/api", place=Place("proxy.yaml", 5)),
            "/api/users?x=1",
            "the backend was asked for /api/users; if it calls that /users, set strip_prefix: true on route /api (proxy.yaml:5)",
        ),
        (
            route("/api"),
            "/api",
            "the backend was asked for /api; if it calls that /, set strip, as in api=3001,strip",
        ),
        (
            route("/api", "http://localhost:3001/v1/"),
            "/api/users",
            "the backend was asked for /v1/api/users; if it calls that /users, set strip, as in api=3001,strip",
        ),
    ],
)
def test_a_404_of_the_target_may_be_the_prefix(served, path, hint):
    """Said once for each route."""
    here = site(served)
    first, second = said(*(over(request(f"GET {path}"), here, status=404) for _ in range(2)))
    assert first.lines == (hint,)
    assert second == Remark()


@pytest.mark.parametrize(
    "served", [route("/api", strip_prefix=True), route("/")], ids=["stripped already", "nothing to strip"]
)
def test_a_404_that_is_just_a_404(served):
    """Where the prefix cannot be the cause."""
    assert said(over(request("GET /api/x"), site(served), status=404)) == [Remark()]


def test_a_target_that_knows_the_prefix_gets_no_hint_about_it():
    """It has answered otherwise before."""
    assert said(over(request("GET /api")), over(request("GET /api/x"), status=404)) == [Remark()] * 2


def test_a_target_that_refuses_the_origin_itself():
    """Spring does, with its own list, on GET too; said once, and only where the policy here is not the cause."""
    page = request("GET /api", "Origin: http://localhost:5173")
    first, second = said(over(page, status=403), over(page, status=403))
    assert first.lines == (
        "the backend refused a request with Origin: http://localhost:5173; if that is why, set target_origin: remove on route /api",
    )
    assert second == Remark()
    assert said(over(request("GET /api"), status=403)) == [Remark()]
    removed = site(route("/api", target_origin="remove"))
    assert said(over(page, removed, status=403)) == [Remark()]


@pytest.mark.parametrize(
    ("origin", "host", "there"),
    [
        ("http://127.0.0.1:5173", "localhost:8484", "http://localhost:5173"),
        ("http://localhost:5173", "127.0.0.1:8484", "http://127.0.0.1:5173"),
        ("http://localhost:5173", "[::1]:8484", "http://[::1]:5173"),
        ("http://[::1]:5173", "127.0.0.1:8484", "http://127.0.0.1:5173"),
    ],
)
def test_cookies_between_two_names_of_this_machine(origin, host, there):
    """Said once for each pair, with the URL to use instead."""
    head = request("GET /api", f"Origin: {origin}", host=host)
    first, second = said(over(head), over(head))
    assert first.lines[0].endswith(f"so cookies do not travel: open the page at {there}")
    assert second == Remark()


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://localhost:5173", "localhost:8484"),
        ("http://app.localhost:5173", "localhost:8484"),
        ("http://127.0.0.1:5173", "127.0.0.1:8484"),
        ("http://127.0.0.1:5173", "app.test:8484"),
    ],
)
def test_cookies_that_travel_or_never_could(origin, host):
    """No hint where it is wrong or of no use."""
    here = site(route("/api", policy=LOCAL), allowed_hosts=["app.test"])
    assert said(over(request("GET /api", f"Origin: {origin}", host=host), here)) == [Remark()]


def test_a_cookie_that_two_targets_set_on_one_host_is_told_once():
    """Ports do not keep cookies apart; names of hosts do."""
    here = site(route("/a"), route("/b", "http://localhost:4000"))
    sets = ["Set-Cookie: session=hunter2; Path=/"]
    first, again, other, more, elsewhere = said(
        over(request("GET /a"), here, fields=sets),
        over(request("GET /a"), here, fields=sets),
        over(request("GET /b"), here, fields=sets),
        over(request("GET /b"), here, fields=sets),
        over(request("GET /b", host="b.localhost:8484"), here, fields=sets),
    )
    assert (first, again, more, elsewhere) == (Remark(), Remark(), Remark(), Remark())
    assert other.lines == (
        (
            "http://localhost:4000 and http://localhost:3001 both set the cookie session on localhost, so a login to one ends that "
            "to the other: call one of them by another name, as in http://app.localhost:8484"
        ),
    )


def test_a_cookie_that_two_targets_set_is_kept_apart_by_hosts():
    """Where a file has the routes, with the key and the line that gives one of them a name of its own."""
    place = Place("proxy.yaml", 7)
    here = site(route("/a"), route("/b", "http://localhost:4000", place=place))
    sets = ["Set-Cookie: session=hunter2"]
    _, told = said(over(request("GET /a"), here, fields=sets), over(request("GET /b"), here, fields=sets))
    assert told.lines[0].endswith(
        "call one of them by another name, with hosts: [app.localhost] on route /b (proxy.yaml:7) as in http://app.localhost:8484"
    )


CHROME = "User-Agent: Mozilla/5.0 Chrome/156.0.0.0 Safari/537.36"


def test_a_cookie_whose_name_asks_for_tls_is_told_where_it_is_dropped():
    """Safari keeps no Secure cookie of http, and no cookie of this name without."""
    sets = ["Set-Cookie: __Host-session=hunter2; Path=/; Secure"]
    safari, chrome = said(
        over(request("GET /api"), fields=sets), over(request("GET /api", CHROME), fields=sets)
    )
    assert safari.lines[0].startswith("browsers keep the cookie __Host-session with Secure only")
    assert "hunter2" not in safari.lines[0]
    assert chrome == Remark()
    untouched = site(route("/api", rewrite_cookies=False))
    assert said(over(request("GET /api"), untouched, fields=sets)) == [Remark()]


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
