"""What is worth a hint, once."""

import pytest

from devproxy.cors.policy import CorsPolicy
from devproxy.decide import Reply, decide, finish
from devproxy.exchange import Exchange
from devproxy.hints import Hints
from devproxy.problems import Place
from tests.law import LOCAL, request, response, route, site

PAGE = "Origin: http://localhost:5173"


def over(head, here=None, *, status=200, fields=(), at=1.0, error=None):
    """An exchange that has ended."""
    plan = decide(here or site(), head)
    sent = None if isinstance(plan, Reply) else response(status, *fields)
    answer = plan.head if isinstance(plan, Reply) else finish(plan, sent)
    return Exchange(head, at, plan=plan, sent=sent, response=answer, error=error, ended=at)


def hinted(*exchanges):
    """What is hinted at for each, in turn."""
    hints = Hints()
    return [list(hints.note(exchange)) for exchange in exchanges]


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
    first, second = hinted(*(over(request(f"GET {path}"), here, status=404) for _ in range(2)))
    assert first == [hint]
    assert second == []


@pytest.mark.parametrize(
    "served", [route("/api", strip_prefix=True), route("/")], ids=["stripped already", "nothing to strip"]
)
def test_a_404_that_is_just_a_404(served):
    """Where the prefix cannot be the cause."""
    assert hinted(over(request("GET /api/x"), site(served), status=404)) == [[]]


def test_a_target_that_knows_the_prefix_gets_no_hint_about_it():
    """It has answered otherwise before."""
    assert hinted(over(request("GET /api")), over(request("GET /api/x"), status=404)) == [[]] * 2


def test_a_target_that_refuses_the_origin_itself():
    """Spring does, with its own list, on GET too; said once, and only where the policy here is not the cause."""
    page = request("GET /api", "Origin: http://localhost:5173")
    first, second = hinted(over(page, status=403), over(page, status=403))
    assert first == [
        "the backend refused a request with Origin: http://localhost:5173; if that is why, set target_origin: remove on route /api",
    ]
    assert second == []
    assert hinted(over(request("GET /api"), status=403)) == [[]]
    removed = site(route("/api", target_origin="remove"))
    assert hinted(over(page, removed, status=403)) == [[]]


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
    first, second = hinted(over(head), over(head))
    assert first[0].endswith(f"so cookies do not travel: open the page at {there}")
    assert second == []


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
    assert hinted(over(request("GET /api", f"Origin: {origin}", host=host), here)) == [[]]


def test_a_cookie_that_two_targets_set_on_one_host_is_told_once():
    """Ports do not keep cookies apart; names of hosts do."""
    here = site(route("/a"), route("/b", "http://localhost:4000"))
    sets = ["Set-Cookie: session=hunter2; Path=/"]
    first, again, other, more, elsewhere = hinted(
        over(request("GET /a"), here, fields=sets),
        over(request("GET /a"), here, fields=sets),
        over(request("GET /b"), here, fields=sets),
        over(request("GET /b"), here, fields=sets),
        over(request("GET /b", host="b.localhost:8484"), here, fields=sets),
    )
    assert (first, again, more, elsewhere) == ([], [], [], [])
    assert other == [
        (
            "http://localhost:4000 and http://localhost:3001 both set the cookie session on localhost, so a login to one ends that "
            "to the other: call one of them by another name, as in http://app.localhost:8484"
        ),
    ]


def test_a_cookie_that_two_targets_set_is_kept_apart_by_hosts():
    """Where a file has the routes, with the key and the line that gives one of them a name of its own."""
    place = Place("proxy.yaml", 7)
    here = site(route("/a"), route("/b", "http://localhost:4000", place=place))
    sets = ["Set-Cookie: session=hunter2"]
    _, (told,) = hinted(
        over(request("GET /a"), here, fields=sets), over(request("GET /b"), here, fields=sets)
    )
    assert told.endswith(
        "call one of them by another name, with hosts: [app.localhost] on route /b (proxy.yaml:7) as in http://app.localhost:8484"
    )


CHROME = "User-Agent: Mozilla/5.0 Chrome/156.0.0.0 Safari/537.36"


def test_a_cookie_whose_name_asks_for_tls_is_told_where_it_is_dropped():
    """Safari keeps no Secure cookie of http, and no cookie of this name without."""
    sets = ["Set-Cookie: __Host-session=hunter2; Path=/; Secure"]
    safari, chrome = hinted(
        over(request("GET /api"), fields=sets), over(request("GET /api", CHROME), fields=sets)
    )
    assert safari[0].startswith("browsers keep the cookie __Host-session with Secure only")
    assert "hunter2" not in safari[0]
    assert chrome == []
    untouched = site(route("/api", rewrite_cookies=False))
    assert hinted(over(request("GET /api"), untouched, fields=sets)) == [[]]


FOREIGN_TAG = ("Sec-Fetch-Mode: no-cors", "Sec-Fetch-Site: same-site")
EXPOSING = CorsPolicy.build(allow_origins=["http://localhost:5173"], expose_headers=["X-Own"])
PUT_ONLY = CorsPolicy.build(allow_origins=["http://localhost:5173"], allow_methods=["PUT"])


@pytest.mark.parametrize(
    ("seen", "start"),
    [
        # cookies
        (
            over(
                request("GET /api", PAGE, "Sec-Fetch-Site: cross-site"),
                fields=["Set-Cookie: a=1; SameSite=Lax"],
            ),
            "browsers drop the cookie a: the page is on another site",
        ),
        (
            over(
                request("GET /api", CHROME),
                site(route("/api", rewrite_cookies=False)),
                fields=["Set-Cookie: a=1; SameSite=None"],
            ),
            "browsers drop the cookie a: SameSite=None needs Secure beside it",
        ),
        # a redirect that leaves the proxy
        (
            over(
                request("GET /api", PAGE),
                status=302,
                fields=["Location: https://login.example/start?token=hunter2"],
            ),
            "this redirect leaves devproxy: the browser asks https://login.example itself, with Origin: null",
        ),
        # embedded, or opaque
        (
            over(request("GET /api", *FOREIGN_TAG, "Sec-Fetch-Dest: empty")),
            "mode: 'no-cors' gives the page an opaque answer",
        ),
        (
            over(
                request("GET /api", *FOREIGN_TAG, "Sec-Fetch-Dest: script"),
                status=404,
                fields=["Content-Type: text/html"],
            ),
            "browsers keep text/html from the script tag of another origin (ERR_BLOCKED_BY_ORB): is that an error page?",
        ),
        (
            over(
                request("GET /api", *FOREIGN_TAG, "Sec-Fetch-Dest: image"),
                fields=["Content-Type: application/json; x=y"],
            ),
            "browsers keep application/json from the image tag of another origin (ERR_BLOCKED_BY_ORB): read it with fetch()",
        ),
        # old permissions, old workers
        (
            over(request("DELETE /api", PAGE, "Sec-Fetch-Mode: cors"), site(route("/api", policy=PUT_ONLY))),
            "the browser sent DELETE by a preflight that it remembers",
        ),
        (
            over(request("GET /sw.js", "Service-Worker: script"), site(route("/")), status=404),
            "a service worker of another project is still registered on this port",
        ),
        # headers that script cannot read, and a page that takes nothing from elsewhere
        (
            over(
                request("GET /api", PAGE),
                site(route("/api", policy=EXPOSING)),
                fields=["X-Total: 3", "X-Own: 1"],
            ),
            "response.headers.get() gives null for X-Total: add what the page reads to expose_headers",
        ),
        (
            over(
                request("GET /api", "Sec-Fetch-Dest: document"),
                fields=["Cross-Origin-Embedder-Policy: require-corp; report-to=x"],
            ),
            "this page says Cross-Origin-Embedder-Policy: require-corp",
        ),
        # a WebSocket that the target does not take
        (
            over(request("GET /api", PAGE, "Connection: Upgrade", "Upgrade: websocket"), status=404),
            "the backend answered the WebSocket handshake with 404 instead of 101",
        ),
        # errors that would have looked like CORS
        (
            over(request("GET /api", PAGE), status=500),
            "without devproxy the browser would have shown a CORS error in place of this 500",
        ),
        # the server's side of CORS, set by the page
        (
            over(
                request(
                    "OPTIONS /api",
                    PAGE,
                    "Access-Control-Request-Method: GET",
                    "Access-Control-Request-Headers: access-control-allow-origin",
                )
            ),
            "the page sets access-control-allow-origin on its request, where it does nothing",
        ),
    ],
)
def test_what_nobody_sees_in_a_status(seen, start):
    """Each is told once, without what may be secret."""
    first, second = hinted(seen, seen)
    assert any(hint.startswith(start) for hint in first)
    assert "hunter2" not in "".join(first)
    assert second == []


@pytest.mark.parametrize(
    "seen",
    [
        over(request("GET /api", PAGE, "Sec-Fetch-Site: same-site"), fields=["Set-Cookie: a=1"]),
        over(
            request("GET /api", PAGE, "Sec-Fetch-Site: cross-site", CHROME),
            fields=["Set-Cookie: a=1; SameSite=None; Secure"],
        ),
        over(request("GET /api", PAGE), status=302, fields=["Location: /login"]),
        over(request("GET /api", PAGE), status=302, fields=["Location: http://localhost:3001/api/login"]),
        over(request("GET /api"), status=302, fields=["Location: https://login.example/"]),
        over(
            request(
                "GET /api", "Sec-Fetch-Mode: no-cors", "Sec-Fetch-Dest: empty", "Sec-Fetch-Site: same-origin"
            )
        ),
        over(request("GET /api", *FOREIGN_TAG, "Sec-Fetch-Dest: image"), fields=["Content-Type: image/png"]),
        over(
            request(
                "GET /api", "Sec-Fetch-Mode: no-cors", "Sec-Fetch-Dest: script", "Sec-Fetch-Site: same-origin"
            ),
            fields=["Content-Type: text/html"],
        ),
        over(request("PUT /api", PAGE, "Sec-Fetch-Mode: cors"), site(route("/api", policy=PUT_ONLY))),
        over(request("DELETE /api", PAGE, "Sec-Fetch-Mode: cors")),
        over(request("DELETE /api", PAGE), site(route("/api", policy=PUT_ONLY))),
        over(
            request("DELETE /api", "Origin: http://b.test", "Sec-Fetch-Mode: cors"),
            site(route("/api", policy=PUT_ONLY)),
        ),
        over(request("DELETE /api", PAGE, "Sec-Fetch-Mode: cors"), site(route("/api", policy=None))),
        over(request("GET /sw.js", "Service-Worker: script"), site(route("/"))),
        over(request("GET /api", PAGE, "Connection: Upgrade", "Upgrade: websocket"), status=101),
        over(request("GET /api", PAGE), site(route("/api", policy=EXPOSING)), fields=["X-Own: 1"]),
        over(request("GET /api"), site(route("/api", policy=EXPOSING)), fields=["X-Total: 1"]),
        over(
            request("GET /api", "Sec-Fetch-Dest: image"),
            fields=["Cross-Origin-Embedder-Policy: require-corp"],
        ),
        over(
            request("GET /api", "Sec-Fetch-Dest: document"),
            fields=["Cross-Origin-Embedder-Policy: unsafe-none"],
        ),
        over(request("GET /api"), status=500),
        over(request("GET /nothing")),
    ],
)
def test_what_is_as_it_should_be(seen):
    """No hint where there is nothing to do."""
    assert hinted(seen) == [[]]


def test_a_page_that_leaves_its_cookies_at_home():
    """The host has set one before, and the page asks without it: it has to say that it wants to."""
    sets = over(request("POST /api", PAGE), fields=["Set-Cookie: session=hunter2"])
    asks = over(request("GET /api", PAGE), status=401, fields=["Access-Control-Allow-Origin: *"])
    _, (hint,), again = hinted(sets, asks, asks)
    assert hint.startswith("401, and no cookie came along, though session was set before")
    assert again == []


@pytest.mark.parametrize(
    "head",
    [
        request("GET /api", PAGE, "Cookie: session=1"),
        request("GET /api", PAGE, "Authorization: Bearer x"),
        request("GET /api"),
        request("GET /api", PAGE, host="b.localhost:8484"),
    ],
)
def test_a_401_with_another_cause(head):
    """Something came along, or nothing is known of a login here."""
    sets = over(request("POST /api", PAGE), fields=["Set-Cookie: session=hunter2"])
    asks = over(head, status=401)
    assert not any("no cookie came along" in hint for hint in hinted(sets, asks)[1])


def test_hints_have_an_end():
    """Whoever invents names fills no memory."""
    hints = Hints()
    for number in range(1000):
        list(
            hints.note(
                over(request("GET /api", PAGE), status=302, fields=[f"Location: https://p{number}.test/"])
            )
        )
    assert len(hints._given) == 200
