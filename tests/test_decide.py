"""What will be done with a request: short stories, each with a site, a request, and what the page can read."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from devproxy.answers import OwnAnswer, from_error
from devproxy.cors.policy import CorsPolicy, Preflight
from devproxy.decide import Forward, Reply, Site, Tunnel, decide, fail, finish
from devproxy.errors import TargetError
from devproxy.problems import Place
from tests.law import (
    ANYBODY,
    LOCAL,
    NAMED,
    heads_inside,
    is_well_formed,
    patient,
    request,
    response,
    route,
    site,
    strange_heads,
)

PAGE = "http://localhost:5173"
EVIL = "https://evil.example"

FROM_PAGE = f"Origin: {PAGE}"
FROM_EVIL = f"Origin: {EVIL}"
ASKS_PUT = ("Access-Control-Request-Method: PUT", "Access-Control-Request-Headers: content-type")
UPGRADE = ("Connection: Upgrade", "Upgrade: websocket")


def reply(plan, code):
    """The reply, which must be the proxy's own answer `code`."""
    assert isinstance(plan, Reply)
    assert isinstance(plan.answer, OwnAnswer)
    assert plan.answer.code == code
    assert plan.head.status == plan.answer.status
    return plan


def readable_by(head):
    return head.headers.get("access-control-allow-origin")


# --- names of hosts ---------------------------------------------------------------------------------------------------

SHOP = ("shop.localhost", "*.shop.localhost")
NAMES = site(
    route("/", "http://localhost:5173"),
    route("/api", "http://localhost:3001", hosts=SHOP),
    route("/api/v2", "http://localhost:3002", hosts=("shop.localhost",)),
    route("/", "http://localhost:3003", hosts=("app.test", "*.app.test")),
    policies={"shop.localhost": NAMED},
)


@pytest.mark.parametrize(
    ("host", "path", "target"),
    [
        ("shop.localhost:8484", "/api/v2/x", "http://localhost:3002"),
        ("SHOP.localhost.:8484", "/api/x", "http://localhost:3001"),
        ("cart.shop.localhost", "/api/v2/x", "http://localhost:3001"),
        ("app.test", "/", "http://localhost:3003"),
        ("a.b.app.test:8484", "/api", "http://localhost:3003"),
        ("localhost:8484", "/api", "http://localhost:5173"),
        ("127.0.0.1", "/api", "http://localhost:5173"),
        ("blog.localhost", "/api", "http://localhost:5173"),
    ],
)
def test_a_name_has_its_own_routes(host, path, target):
    """The name itself goes before the longest pattern, and both before the routes without hosts; then the longest prefix."""
    assert str(decide(NAMES, request(f"GET {path}", host=host)).route.target) == target


def test_a_name_gets_no_other_routes():
    """What no route of its own serves is a 404 that lists those that it has, readable by the pages that its policy allows."""
    plan = reply(
        decide(NAMES, request("GET /index.html", "Origin: http://shop.test", host="shop.localhost")),
        "no_route",
    )
    said = json.loads(plan.body)["detail"]
    assert said == "No route of shop.localhost serves this path. Routes, the nearest first: /api, /api/v2"
    assert readable_by(plan.head) == "http://shop.test"
    assert (
        readable_by(
            decide(NAMES, request("GET /x", "Origin: http://shop.test", host="cart.shop.localhost")).head
        )
        is None
    )
    assert readable_by(decide(NAMES, request("GET /x", FROM_PAGE, host="cart.shop.localhost")).head) == PAGE


def test_a_preflight_asks_the_routes_of_its_name():
    """The policy is the one of the name, also where no route is."""
    asks = request("OPTIONS /nothing", "Origin: http://shop.test", *ASKS_PUT, host="shop.localhost")
    assert readable_by(decide(NAMES, asks).head) == "http://shop.test"


def test_names_of_routes_are_taken():
    """They and nobody else's: a name that is not listed may have been led here by a stranger."""
    for host in ("evil.test", "xapp.test", "app.test.evil.com"):
        reply(decide(NAMES, request("GET /", host=host)), "host_not_allowed")


def test_what_is_refused_is_readable_by_the_pages_of_its_name():
    """A request that is refused before a route is looked for, too."""
    broken = request("GET /api", "Origin: http://shop.test", "Transfer-Encoding: gzip", host="shop.localhost")
    assert readable_by(reply(decide(NAMES, broken), "bad_framing").head) is None
    only_shop = site(route("/api", policy=NAMED, hosts=("shop.localhost",)))
    assert readable_by(decide(only_shop, broken).head) == "http://shop.test"


def test_every_route_of_a_site():
    """Under whatever name."""
    assert {str(each.target) for each in NAMES.routes} == {
        f"http://localhost:{port}" for port in (5173, 3001, 3002, 3003)
    }


def test_names_without_routes_are_told_of_those_that_have_some():
    """Where every route has hosts; and where there is no route at all."""
    said = json.loads(decide(site(route("/", hosts=SHOP)), request("GET /")).body)["detail"]
    assert (
        said == "No route answers under this name. Names that have routes: shop.localhost, *.shop.localhost"
    )
    nothing = Site.of((), LOCAL, policies={}, allowed_hosts=(), via="devproxy")
    assert json.loads(decide(nothing, request("GET /")).body)["detail"] == "There are no routes."


# --- methods of a route ----------------------------------------------------------------------------------------------

READ_ONLY = ("GET", "HEAD")


def test_other_methods_of_a_route():
    """A route that takes some methods only answers any other with 405 and Allow, readable by the page."""
    only = site(route("/api", only_methods=READ_ONLY))
    plan = reply(decide(only, request("DELETE /api", FROM_PAGE)), "method_not_allowed")
    assert plan.head.headers.get("allow") == "GET, HEAD"
    assert readable_by(plan.head) == PAGE
    assert plan.route.prefix == "/api"
    assert type(decide(only, request("GET /api", FROM_PAGE))) is Forward
    reply(decide(only, request("OPTIONS /api")), "method_not_allowed")


def test_preflight_of_another_method():
    """A preflight is the policy's to answer, whatever methods the route takes."""
    plan = decide(site(route("/api", only_methods=READ_ONLY)), request("OPTIONS /api", FROM_PAGE, *ASKS_PUT))
    assert isinstance(plan.preflight, Preflight)
    assert plan.head.status == 204


def test_preflight_of_another_method_without_a_policy():
    """Where the target answers preflights itself, it is asked about the methods that it takes."""
    through = site(route("/api", policy=None, only_methods=("GET", "PUT")))
    assert type(decide(through, request("OPTIONS /api", FROM_PAGE, *ASKS_PUT))) is Forward
    asks_delete = request("OPTIONS /api", FROM_PAGE, "Access-Control-Request-Method: DELETE")
    assert readable_by(reply(decide(through, asks_delete), "method_not_allowed").head) == PAGE


# --- forwarded -------------------------------------------------------------------------------------------------------


def test_page_reads_the_backend():
    """A page's request goes to its route's target, and the answer comes back readable by that page."""
    plan = decide(site(), request("GET /api/users?page=2", FROM_PAGE))
    assert type(plan) is Forward
    assert (plan.route.prefix, plan.request.path) == ("/api", "/api/users?page=2")
    answer = finish(plan, response(200, "Content-Type: application/json", "Access-Control-Allow-Origin: *"))
    assert answer.status == 200
    assert readable_by(answer) == PAGE
    assert answer.headers.get("vary") == "Origin"


def test_stranger_s_read_is_forwarded_but_unreadable():
    """A page that is not allowed gets its answer without permission: the proxy is no firewall for reads."""
    plan = decide(site(), request("GET /api/users", FROM_EVIL))
    assert type(plan) is Forward
    answer = finish(plan, response(200, f"Access-Control-Allow-Origin: {EVIL}"))
    assert readable_by(answer) is None
    assert answer.headers.get("vary") == "Origin"


def test_program_is_forwarded():
    """A request without Origin goes through, and its answer still says that others may get another."""
    plan = decide(site(), request("POST /api/users"))
    assert type(plan) is Forward
    assert finish(plan, response(201)).headers.lines("vary") == ("Origin",)


def test_errors_and_redirects_of_the_backend_are_readable():
    """Every answer of the target carries the permission, whatever its status."""
    plan = decide(site(), request("GET /api/users", FROM_PAGE))
    assert {readable_by(finish(plan, response(status))) for status in (204, 302, 304, 401, 404, 500)} == {
        PAGE
    }


OPTIONS = [
    # no Access-Control-Request-Method, or no Origin: not a preflight
    (),
    (FROM_PAGE,),
    (FROM_PAGE, "Access-Control-Request-Method: "),
    ASKS_PUT,
]


@pytest.mark.parametrize("fields", OPTIONS)
def test_other_options_requests_are_forwarded(fields):
    """OPTIONS is the backend's business unless it is a preflight."""
    assert type(decide(site(), request("OPTIONS /api", *fields))) is Forward


def test_target_request_follows_the_route():
    """What is sent is made by the route that was found, prefix and target included."""
    here = site(
        route("/api", "https://api.example.com/v1", strip_prefix=True), route("/", "http://localhost:5173")
    )
    plan = decide(here, request("GET /api/users"))
    assert (plan.request.target.origin, plan.request.path) == ("https://api.example.com", "/v1/users")
    assert plan.request.headers.get("host") == "api.example.com"
    assert decide(here, request("GET /apiary")).request.target.origin == "http://localhost:5173"


def test_plan_keeps_what_it_began_with():
    """The received head stands in the plan unchanged."""
    head = request("GET /api/users", FROM_PAGE, "Connection: close")
    assert decide(site(), head).way.client is head


# --- preflights ------------------------------------------------------------------------------------------------------


def test_preflight_is_answered_here():
    """A preflight of an allowed page is answered with 204 and the whole permission, and no target hears of it."""
    plan = decide(site(), request("OPTIONS /api/users/7", FROM_PAGE, *ASKS_PUT))
    assert isinstance(plan, Reply)
    assert isinstance(plan.preflight, Preflight)
    assert (plan.head.status, plan.head.reason, plan.body) == (204, "No Content", b"")
    assert plan.route and plan.route.prefix == "/api"
    assert readable_by(plan.head) == PAGE
    assert plan.head.headers.get("access-control-allow-methods") == "PUT"
    assert plan.head.headers.get("access-control-allow-headers") == "content-type"
    assert "content-length" not in plan.head.headers


def test_preflight_of_a_stranger_is_refused_and_explained():
    """A preflight of a page that is not allowed gets 403, no permission, and the line that would change it."""
    placed = CorsPolicy.build(allow_origins=["http://shop.test"], place=Place("proxy.yaml", 14))
    plan = decide(site(route("/api", policy=placed)), request("OPTIONS /api/users", FROM_EVIL, *ASKS_PUT))
    assert isinstance(plan.preflight, Preflight)
    assert plan.head.status == 403
    assert readable_by(plan.head) == "http://shop.test"
    assert plan.head.headers.get("x-devproxy-error") == "origin_not_allowed"
    assert f"add {EVIL} to allow_origins at proxy.yaml:14" in json.loads(plan.body)["hint"]
    assert plan.head.headers.lines("content-length") == (str(len(plan.body)),)


@pytest.mark.parametrize("origin", ["null", "not an origin", "http://a.test, http://b.test"])
def test_preflight_of_nobody_in_particular(origin):
    """A preflight whose Origin cannot be named in a policy gets no line to add."""
    plan = decide(site(), request("OPTIONS /api", f"Origin: {origin}", *ASKS_PUT))
    assert plan.head.status == 403
    assert "hint" not in json.loads(plan.body)


def test_preflight_without_a_route():
    """A preflight that no route serves is answered by the site's policy, so that the page can read the 404 that follows."""
    here = site(route("/api", policy=NAMED))
    plan = decide(here, request("OPTIONS /nothing", FROM_PAGE, *ASKS_PUT))
    assert (plan.head.status, readable_by(plan.head), plan.route) == (204, PAGE, None)
    refused = decide(here, request("OPTIONS /nothing", FROM_EVIL, *ASKS_PUT))
    assert (refused.head.status, readable_by(refused.head)) == (403, None)
    following = reply(decide(here, request("PUT /nothing", FROM_PAGE)), "no_route")
    assert readable_by(following.head) == PAGE


def test_preflight_of_an_ambiguous_path():
    """The site's policy answers for ambiguous paths, too: the page can read why its request was refused."""
    plan = decide(site(route("/api", policy=NAMED)), request("OPTIONS /api/%2e%2e/x", FROM_PAGE, *ASKS_PUT))
    assert (plan.head.status, readable_by(plan.head)) == (204, PAGE)


def test_route_s_policy_goes_before_the_site_s():
    """A route with a policy of its own is answered for by that one."""
    here = site(route("/api", policy=NAMED))
    assert decide(here, request("OPTIONS /api", FROM_PAGE, *ASKS_PUT)).head.status == 403
    allowed = decide(here, request("OPTIONS /api", "Origin: http://shop.test", *ASKS_PUT))
    assert (allowed.head.status, readable_by(allowed.head)) == (204, "http://shop.test")


# --- passthrough -----------------------------------------------------------------------------------------------------


def test_passthrough_preflight_is_forwarded():
    """With passthrough the target answers preflights itself, and its CORS fields reach the page untouched."""
    plan = decide(site(route("/api", policy=None)), request("OPTIONS /api", FROM_EVIL, *ASKS_PUT))
    assert type(plan) is Forward
    assert plan.grant is None
    theirs = response(200, "Access-Control-Allow-Origin: *", "Access-Control-Allow-Origin: *", "Vary: Accept")
    assert finish(plan, theirs) == theirs


def test_passthrough_write_is_forwarded():
    """With passthrough the target judges writes itself."""
    assert type(decide(site(route("/api", policy=None)), request("POST /api", FROM_EVIL))) is Forward


def test_passthrough_failure_is_readable():
    """Where a passthrough target fails, the proxy's own answer follows the site's policy."""
    plan = decide(site(route("/api", policy=None)), request("GET /api", FROM_PAGE))
    failed = reply(fail(plan, from_error(TargetError("refused", "Nothing listens."), "/api")), "refused")
    assert readable_by(failed.head) == PAGE


# --- whose page ------------------------------------------------------------------------------------------------------


def test_cross_site_write_is_refused():
    """A write from a page that the policy does not know reaches no target, and the page cannot read why."""
    plan = reply(decide(site(), request("POST /api", FROM_EVIL, "Content-Type: text/plain")), "cross_site")
    assert readable_by(plan.head) is None
    assert plan.route and plan.route.prefix == "/api"


def test_cross_site_form_is_refused():
    """A form of another site that sends no Origin is known by Sec-Fetch-Site."""
    reply(decide(site(), request("POST /api", "Sec-Fetch-Site: cross-site")), "cross_site")


def test_cross_site_write_may_be_let_in():
    """block_cross_site: false forwards writes from anywhere, with the page's own Origin and without permission."""
    plan = decide(site(route("/api", block_cross_site=False)), request("POST /api", FROM_EVIL))
    assert type(plan) is Forward
    assert plan.request.headers.get("origin") == EVIL
    assert readable_by(finish(plan, response(200))) is None


def test_known_pages_write():
    """A write of an allowed page is forwarded with the Origin that fits the Host."""
    plan = decide(site(), request("POST /api", FROM_PAGE))
    assert type(plan) is Forward
    assert plan.request.headers.get("origin") == "http://localhost:8484"


def test_websocket_of_a_known_page():
    """An upgrade to WebSocket by a page that is known becomes a tunnel."""
    plan = decide(site(), request("GET /api/ws", FROM_PAGE, *UPGRADE))
    assert type(plan) is Tunnel
    assert plan.request.headers.get("origin") == "http://localhost:8484"


def test_other_protocols_are_tunnelled_too():
    """What is asked for is what the target is asked for, under the same check of the page."""
    plan = decide(site(), request("POST /api", "Connection: Upgrade", "Upgrade: foo/2, h2c"))
    assert type(plan) is Tunnel
    assert plan.request.upgrade == "foo/2"
    reply(
        decide(site(), request("POST /api", f"Origin: {EVIL}", "Connection: Upgrade", "Upgrade: foo")),
        "cross_site",
    )


def test_an_interim_answer_gets_no_cors_headers():
    """Nobody reads it as a page's answer; fields of one connection are taken out all the same."""
    plan = decide(site(), request("GET /api", FROM_PAGE))
    head = response(103, "Link: </a.css>", "Connection: close", "Access-Control-Allow-Origin: *")
    assert finish(plan, head) == response(103, "Link: </a.css>", "Access-Control-Allow-Origin: *")


def test_websocket_of_a_program():
    """An upgrade without an Origin comes from no browser."""
    assert type(decide(site(), request("GET /api/ws", *UPGRADE))) is Tunnel


SOCKETS = [
    # the route's policy, the site's, the page
    (LOCAL, LOCAL, EVIL),
    (NAMED, LOCAL, PAGE),
    (ANYBODY, LOCAL, EVIL),
    (ANYBODY, ANYBODY, "null"),
    (None, LOCAL, EVIL),
    (None, NAMED, PAGE),
    (None, ANYBODY, EVIL),
]


@pytest.mark.parametrize(("own", "common", "origin"), SOCKETS)
@pytest.mark.parametrize("block", [True, False])
def test_websocket_of_a_stranger(own, common, origin, block):
    """An upgrade by a stranger is refused before any target is dialled, with `*` and passthrough no less."""
    here = site(route("/ws", policy=own, block_cross_site=block), policy=common)
    reply(decide(here, request("GET /ws", f"Origin: {origin}", *UPGRADE)), "cross_site")


def test_websocket_through_passthrough():
    """With passthrough, the site's policy says which pages may open WebSockets."""
    assert type(decide(site(route("/ws", policy=None)), request("GET /ws", FROM_PAGE, *UPGRADE))) is Tunnel


def test_other_upgrades_are_ordinary_requests():
    """An upgrade to anything but WebSocket is ignored: the request is answered as it stands."""
    plan = decide(
        site(),
        request("GET /api", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: A"),
    )
    assert type(plan) is Forward
    assert not {"upgrade", "http2-settings"} & {name.lower() for name, _ in plan.request.headers}


def test_upgrade_without_a_route():
    """An upgrade that no route serves gets the 404 like any other request."""
    reply(decide(site(), request("GET /ws", FROM_PAGE, *UPGRADE)), "no_route")


# --- the proxy's own refusals ----------------------------------------------------------------------------------------


def test_no_route_lists_the_routes():
    """A path without a route is told the prefixes that there are, and the one that was probably meant."""
    here = site(route("/auth"), route("/api"))
    plan = reply(decide(here, request("GET /apo/users", FROM_PAGE)), "no_route")
    said = json.loads(plan.body)
    assert said["detail"].endswith("Routes, the nearest first: /api, /auth")
    assert said["hint"] == "Did you mean /api?"
    assert readable_by(plan.head) == PAGE
    assert "hint" not in json.loads(decide(here, request("GET /zzzzzz")).body)


@pytest.mark.parametrize(
    ("path", "near"),
    [
        ("/API/users", "/api"),
        ("/shop/v1/carts", "/shop/v2"),
        ("/ap", "/api"),
        ("/users/with/a/long/path/that/says/nothing", None),
    ],
)
def test_no_route_knows_what_was_meant(path, near):
    """A prefix is compared with as much of the path as it could match, without regard to case."""
    here = site(*(route(prefix) for prefix in ("/api", "/auth", "/shop/v2")))
    assert json.loads(decide(here, request(f"GET {path}")).body).get("hint") == (
        near and f"Did you mean {near}?"
    )


def test_no_route_among_hundreds():
    """A long list is cut, and a long path costs no more than a short one."""
    here = site(*(route(f"/r{number}") for number in range(300)))
    said = json.loads(decide(here, request(f"GET /{'x/' * 4000}")).body)
    assert said["detail"].count(", /r") == 19
    assert said["detail"].endswith(" …")


def test_ambiguous_path():
    """A path that two servers could read differently reaches no target, and the page can read the reason."""
    plan = reply(decide(site(), request("GET /api/..%2fadmin", FROM_PAGE)), "ambiguous_path")
    assert "/api" in json.loads(plan.body)["detail"]
    assert readable_by(plan.head) == PAGE


REFUSED = [
    (request("GET /api", FROM_PAGE, host="evil.com"), "host_not_allowed"),
    (request("OPTIONS /api", FROM_PAGE, *ASKS_PUT, host="evil.com"), "host_not_allowed"),
    (request("GET http://evil.com/api", FROM_PAGE), "host_not_allowed"),
    (request("GET /api", FROM_PAGE, host="local host"), "bad_host"),
    (request("GET *", FROM_PAGE), "bad_target"),
    (request("CONNECT evil.com:443", FROM_PAGE), "method_not_allowed"),
    (request("GET /api", FROM_PAGE, version=(2, 0)), "version_not_supported"),
    (request("GET /api", FROM_PAGE, "Expect: x"), "expectation_failed"),
    (request("POST /api", FROM_PAGE, "Content-Length: x"), "bad_framing"),
    (request("GET /api", FROM_PAGE, "Via: 1.1 devproxy-7f3a"), "loop"),
]


@pytest.mark.parametrize(("head", "code"), REFUSED)
def test_guard_s_refusals_are_readable(head, code):
    """What the guard refuses carries the site's CORS fields, so that an allowed page can read why."""
    plan = reply(decide(site(), head), code)
    assert readable_by(plan.head) == PAGE
    assert plan.head.headers.get("access-control-allow-credentials") == "true"
    assert json.loads(plan.body)["type"].endswith(code)


def test_configured_host():
    """A Host from the configuration is served."""
    assert type(decide(site(allowed_hosts=["app.test"]), request("GET /api", host="app.test"))) is Forward


def test_refusal_is_unreadable_for_strangers():
    """A page that is not allowed learns nothing from a refusal, but caches learn that others may."""
    plan = decide(site(), request("GET /nothing", FROM_EVIL))
    assert readable_by(plan.head) is None
    assert plan.head.headers.get("vary") == "Origin"
    assert not any("evil" in value for _, value in plan.head.headers)


def test_failure_is_readable():
    """Where the target fails, the page reads the status, the reason and which route it was."""
    plan = decide(site(), request("GET /api/users", FROM_PAGE))
    failed = reply(fail(plan, from_error(TargetError("timeout", "No answer in 300 s."), "/api")), "timeout")
    assert readable_by(failed.head) == PAGE
    assert "X-Devproxy-Error" in failed.head.headers.elements("access-control-expose-headers")
    assert json.loads(failed.body)["route"] == "/api"
    assert failed.route is plan.route


def test_failure_follows_the_route_s_policy():
    """A failure is readable by the pages of its route, not by those of the site."""
    here = site(route("/api", policy=NAMED))
    for origin, expected in ((PAGE, None), ("http://shop.test", "http://shop.test")):
        plan = decide(here, request("GET /api", f"Origin: {origin}"))
        assert readable_by(fail(plan, OwnAnswer("reset", "Closed.")).head) == expected


def test_head_gets_no_body():
    """An answer to HEAD has the length of the body that GET would get, and no body."""
    got, asked = (decide(site(), request(f"{method} /nothing", FROM_PAGE)) for method in ("GET", "HEAD"))
    assert got.head == asked.head
    assert asked.body == b""
    assert asked.head.headers.get("content-length") == str(len(got.body))
    plan = decide(site(), request("HEAD /api"))
    assert fail(plan, OwnAnswer("reset", "Closed.")).body == b""


def test_form_follows_accept():
    """A person in a tab gets a page, and what the path says is text in it."""
    plan = decide(site(), request("GET /api/../<script>", "Accept: text/html"))
    assert plan.head.headers.get("content-type") == "text/html; charset=utf-8"
    assert b"<script" not in plan.body


# --- for any request -------------------------------------------------------------------------------------------------

SITES = st.sampled_from(
    [
        site(),
        site(route("/", policy=NAMED), route("/api", policy=LOCAL, strip_prefix=True), policy=NAMED),
        site(route("/api", policy=ANYBODY), route("/api/v1", policy=None), policy=ANYBODY),
        site(route("/", "https://api.example.com/v1", policy=None, block_cross_site=False)),
    ]
)


@patient
@given(SITES, strange_heads | heads_inside)
def test_every_request_has_a_plan(here, head):
    """Deciding never raises, and whatever the proxy answers or sends could stand on the wire."""
    plan = decide(here, head)
    if isinstance(plan, Reply):
        assert is_well_formed(plan.head)
        assert 200 < plan.head.status < 600
        assert plan.head.reason
        expected = () if plan.head.status == 204 else (str(len(plan.body)),)
        assert head.method == "HEAD" or plan.head.headers.lines("content-length") == expected
    else:
        assert plan.route in here.router.routes
        assert plan.request.path.startswith("/")
        assert len(plan.request.headers.lines("host")) == 1


@patient
@given(SITES, strange_heads | heads_inside)
def test_a_stranger_is_never_echoed(here, head):
    """No answer grants anything to an origin that the policy in force does not allow."""
    plan = decide(here, head)
    heads = [plan.head] if isinstance(plan, Reply) else [fail(plan, OwnAnswer("reset", "Closed.")).head]
    if isinstance(plan, Forward) and plan.grant:
        heads.append(finish(plan, response(200, f"Access-Control-Allow-Origin: {EVIL}")))
    policy = (plan.route and plan.route.policy) or here.policy
    for answer in heads:
        allowed = answer.headers.lines("access-control-allow-origin")
        assert len(allowed) <= 1
        assert set(allowed) <= {"*"} or all(policy.knows(origin) for origin in allowed)
        if "*" in allowed:
            assert policy.any_origin
            assert "access-control-allow-credentials" not in answer.headers


@patient
@given(SITES, heads_inside)
def test_strangers_write_nothing(here, head):
    """A write that is forwarded under block_cross_site comes from an allowed page, from our own, or from no browser."""
    plan = decide(here, head)
    if isinstance(plan, Reply) or head.method in {"GET", "HEAD", "OPTIONS"} or isinstance(plan, Tunnel):
        return
    if plan.route.policy and plan.route.block_cross_site:
        lines = head.headers.lines("origin")
        assert len(lines) <= 1
        assert all(plan.route.policy.allows(line) or line.endswith("://localhost:8484") for line in lines)


@patient
@given(SITES, heads_inside)
def test_strangers_open_no_sockets(here, head):
    """A tunnel is opened for pages that are known by name, for our own, and for programs."""
    head = request(
        f"{head.method} {head.target}", *UPGRADE, *(f"{name}: {value}" for name, value in head.headers)
    )
    plan = decide(here, head)
    if isinstance(plan, Tunnel):
        policy = plan.route.policy or here.policy
        lines = head.headers.lines("origin")
        assert all(policy.knows(line) or line.endswith("://localhost:8484") for line in lines)


@pytest.mark.parametrize(
    "line", ["Host: evil.test", "Expect: magic", "Content-Length: x", "Via: 1.1 devproxy-7f3a"]
)
def test_a_refused_request_is_readable_for_the_pages_of_its_route(line):
    """Whoever may read the answers of a route may read why a request to it was refused."""
    here = site(route("/api", policy=NAMED), policy=LOCAL)
    host = "evil.test" if line.startswith("Host") else "localhost:8484"
    fields = [] if line.startswith("Host") else [line]
    told = decide(here, request("POST /api/x?y", "Origin: http://shop.test", *fields, host=host)).head.headers
    silent = decide(
        here, request("POST /api/x", "Origin: http://localhost:1", *fields, host=host)
    ).head.headers
    assert told.get("access-control-allow-origin") == "http://shop.test"
    assert "access-control-allow-origin" not in silent


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("http://localhost:8484", True),
        ("http://shop.test", True),
        ("http://localhost:5173", False),
        ("http://localhost:8484.evil.test", False),
    ],
)
def test_a_route_with_a_secret_serves_named_pages_and_its_own(origin, allowed):
    """A page that this listener served itself counts as named, and no other page of this machine does."""
    here = site(route("/api", policy=NAMED, request_set=(("X-Api-Key", "k"),)))
    answers = decide(here, request("OPTIONS /api", f"Origin: {origin}", "Access-Control-Request-Method: PUT"))
    plan = decide(here, request("GET /api", f"Origin: {origin}"))
    assert (answers.head.status == 204) is allowed
    assert plan.grant.allowed is allowed


# --- devproxy's own health -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("method", "body"), [("GET", b'{"status":"ok"}'), ("HEAD", b"")])
def test_health_is_answered_before_routing(method, body):
    """No route takes it away, no other page may read it, and it is not worth a line."""
    plan = decide(site(route("/")), request(f"{method} /__devproxy__/health", FROM_PAGE))
    assert (plan.head.status, plan.body, plan.quiet) == (200, body, True)
    assert readable_by(plan.head) is None


@pytest.mark.parametrize(("method", "body"), [("GET", b'{"status":"stale"}'), ("HEAD", b"")])
def test_a_configuration_that_could_not_be_taken_is_no_health(method, body):
    """What is served is not what was saved last."""
    plan = decide(replace(site(route("/")), stale=True), request(f"{method} /__devproxy__/health"))
    assert (plan.head.status, plan.head.reason, plan.body) == (503, "Service Unavailable", body)


def test_health_is_told_to_our_own_names_only():
    """The Host check comes first."""
    reply(decide(site(), request("GET /__devproxy__/health", host="evil.com")), "host_not_allowed")


def test_other_methods_and_paths_are_not_health():
    """They go where the routes say."""
    for line in ("POST /__devproxy__/health", "GET /__devproxy__/health/", "GET /__devproxy__"):
        assert isinstance(decide(site(route("/")), request(line)), Forward)
