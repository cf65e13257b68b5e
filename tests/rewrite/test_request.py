"""What the target is asked: the client's request, byte for byte, but for what stands differently on the two sides."""

import pytest
from hypothesis import assume, given, strategies as st

from devproxy.framing import CHUNKED
from devproxy.guard import Admitted, admit, wanted_upgrade
from devproxy.headers import HOP_BY_HOP, Headers
from devproxy.message import RequestHead
from devproxy.rewrite.request import TargetRequest, target_request
from devproxy.routing import Match, Router
from devproxy.target import Target
from tests.law import ANYBODY, LOCAL, NAMED, VIA, field_values, heads_inside, patient, request, route


def sent(head, *routes, allowed_hosts=("app.test", "devproxy")):
    """The request for the target of the route that fits."""
    asked = admit(head, frozenset(allowed_hosts), via=VIA)
    assert isinstance(asked, Admitted), asked
    match = Router(routes or [route("/")]).find(asked.path)
    assert isinstance(match, Match), match
    return target_request(head, asked, match, via=VIA, upgrade=wanted_upgrade(head, asked.body))


def fields_sent(head, *routes):
    return list(sent(head, *routes).headers)


# --- Host ------------------------------------------------------------------------------------------------------------

HOSTS = [
    # change_origin, target, the client's Host, the target's Host
    # realistic: what local servers know is kept
    (None, "http://localhost:3001", "localhost:8484", "localhost:8484"),
    (None, "http://127.0.0.1:3001", "localhost:8484", "localhost:8484"),
    (None, "http://[::1]:3001", "127.0.0.1:8484", "127.0.0.1:8484"),
    (None, "http://api:3001", "localhost:8484", "localhost:8484"),
    (None, "http://host.docker.internal:3001", "shop.localhost:8484", "shop.localhost:8484"),
    (None, "http://localhost:3001", "192.168.178.20:8484", "192.168.178.20:8484"),
    # realistic: what others know is theirs
    (None, "https://api.example.com", "localhost:8484", "api.example.com"),
    (None, "http://app.example.com:8080", "localhost:8484", "app.example.com:8080"),
    (None, "http://api:3001", "devproxy:8484", "api:3001"),
    (None, "http://localhost:3001", "app.test", "localhost:3001"),
    # realistic: told so
    (True, "http://localhost:3001", "localhost:8484", "localhost:3001"),
    (True, "https://api.example.com", "localhost:8484", "api.example.com"),
    (False, "https://api.example.com", "localhost:8484", "localhost:8484"),
    (False, "http://localhost:3001", "app.test", "app.test"),
    # synthetic
    (None, "http://localhost", "LOCALHOST.:8484", "LOCALHOST.:8484"),
    (True, "http://[::1]:80", "localhost", "[::1]"),
    (True, "https://api.example.com:443", "localhost", "api.example.com"),
    # pathological: a client without Host
    (None, "http://localhost:3001", None, "localhost:3001"),
    (True, "http://localhost:3001", None, "localhost:3001"),
    (False, "http://localhost:3001", None, "localhost:3001"),
]


@pytest.mark.parametrize(("change_origin", "target", "host", "expected"), HOSTS)
def test_host(change_origin, target, host, expected):
    """Host is kept where local servers know it, becomes the target's elsewhere, and stands first, once."""
    head = request("GET /", host=host, version=(1, 1) if host else (1, 0))
    answer = sent(head, route("/", target, change_origin=change_origin))
    assert answer.headers.lines("host") == (expected,)
    assert next(iter(answer.headers)) == ("Host", expected)


def test_host_of_an_absolute_form_target():
    """The target hears of the authority that was asked for, not of the Host field that it replaced."""
    answer = sent(request("GET http://127.0.0.1:8484/x", host="evil.com"))
    assert answer.headers.lines("host") == ("127.0.0.1:8484",)
    assert answer.path == "/x"


# --- X-Forwarded-* ---------------------------------------------------------------------------------------------------

FORWARDED = ("X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host")


def forwarded(answer):
    return [answer.headers.lines(name) for name in FORWARDED]


def test_forwarded_where_host_is_kept():
    """A target that sees the client's Host is told the client's address, scheme and host, in agreement with it."""
    head = request("GET /", client="192.168.178.30", secure=True)
    answer = sent(head)
    assert forwarded(answer) == [("192.168.178.30",), ("https",), ("localhost:8484",)]
    assert answer.headers.get("x-forwarded-host") == answer.headers.get("host")


def test_not_forwarded_where_host_is_changed():
    """A target that sees its own Host is told nothing that could contradict it."""
    assert forwarded(sent(request("GET /"), route("/", "https://api.example.com"))) == [(), (), ()]
    assert forwarded(sent(request("GET /"), route("/", change_origin=True))) == [(), (), ()]


def test_forwarded_without_a_host():
    """A client without Host leaves nothing to be told as X-Forwarded-Host."""
    old = request("GET /", host=None, version=(1, 0))
    assert forwarded(sent(old, route("/", change_origin=False))) == [("127.0.0.1",), ("http",), ()]
    assert forwarded(sent(old)) == [(), (), ()]


@pytest.mark.parametrize("target", ["http://localhost:3001", "https://api.example.com"])
def test_forged_forwarding_is_dropped(target):
    """What a client claims in X-Forwarded-* or Forwarded never reaches a target."""
    forged = [
        "X-Forwarded-For: 6.6.6.6",
        "x-forwarded-host: evil.com",
        "X-FORWARDED-PREFIX: /x",
        "X-Forwarded-Port: 1",
        "X_Forwarded_For: 6.6.6.6",
        "X-Forwarded_Proto: https",
    ]
    answer = sent(request("GET /", *forged, "Forwarded: for=6.6.6.6;host=evil.com"), route("/", target))
    assert not any("6.6.6.6" in value or "evil" in value for _, value in answer.headers)
    assert "x-forwarded-prefix" not in answer.headers
    assert "x-forwarded-port" not in answer.headers
    assert "forwarded" not in answer.headers


def test_configured_forwarding_replaces_ours():
    """A field that the route sets takes the place of ours, so that a target never sees two values."""
    answer = sent(request("GET /"), route("/", request_set=(("X-Forwarded-Proto", "https"),)))
    assert answer.headers.lines("x-forwarded-proto") == ("https",)
    assert answer.headers.lines("x-forwarded-for") == ("127.0.0.1",)


def test_removed_forwarding_is_not_sent():
    """A field that the route removes is not put back by us."""
    answer = sent(request("GET /"), route("/", request_remove=frozenset({"x-forwarded-for"})))
    assert "x-forwarded-for" not in answer.headers
    assert answer.headers.lines("x-forwarded-proto") == ("http",)


# --- Origin ----------------------------------------------------------------------------------------------------------

UPGRADE = ("Connection: Upgrade", "Upgrade: websocket")
PAGE = "http://localhost:5173"

ORIGINS = [
    # target_origin, policy, request line and fields, Origin, the Origin that the target sees
    # realistic: reads keep it
    ("auto", LOCAL, ("GET /",), PAGE, PAGE),
    ("auto", LOCAL, ("HEAD /",), PAGE, PAGE),
    ("auto", LOCAL, ("OPTIONS /",), PAGE, PAGE),
    # realistic: writes and sockets of known pages fit the Host
    ("auto", LOCAL, ("POST /",), PAGE, "http://localhost:8484"),
    ("auto", LOCAL, ("DELETE /",), "https://shop.localhost", "http://localhost:8484"),
    ("auto", NAMED, ("PUT /",), "http://shop.test", "http://localhost:8484"),
    ("auto", NAMED, ("PUT /",), "https://a.example.com", "http://localhost:8484"),
    ("auto", LOCAL, ("GET /ws", *UPGRADE), PAGE, "http://localhost:8484"),
    # realistic: our own page
    ("auto", LOCAL, ("POST /",), "http://localhost:8484", "http://localhost:8484"),
    ("auto", NAMED, ("POST /",), "https://localhost:8484", "http://localhost:8484"),
    ("auto", None, ("POST /",), "https://localhost:8484", "http://localhost:8484"),
    # realistic: strangers keep theirs, so that the target's own check bites
    ("auto", LOCAL, ("POST /",), "https://evil.example", "https://evil.example"),
    ("auto", LOCAL, ("POST /",), "null", "null"),
    ("auto", LOCAL, ("GET /ws", *UPGRADE), "https://evil.example", "https://evil.example"),
    ("auto", ANYBODY, ("POST /",), "https://evil.example", "https://evil.example"),
    ("auto", NAMED, ("POST /",), PAGE, PAGE),
    ("auto", None, ("POST /",), PAGE, PAGE),
    ("auto", None, ("POST /",), "https://evil.example", "https://evil.example"),
    # realistic: none stays none
    ("auto", LOCAL, ("POST /",), None, None),
    ("keep", LOCAL, ("POST /",), None, None),
    ("remove", LOCAL, ("POST /",), None, None),
    # realistic: told so
    ("keep", LOCAL, ("POST /",), PAGE, PAGE),
    ("keep", LOCAL, ("GET /ws", *UPGRADE), PAGE, PAGE),
    ("remove", LOCAL, ("POST /",), PAGE, None),
    ("remove", LOCAL, ("GET /",), PAGE, None),
    ("remove", LOCAL, ("GET /ws", *UPGRADE), "https://evil.example", None),
    # pathological
    ("auto", LOCAL, ("POST /",), "", ""),
    ("auto", LOCAL, ("POST /",), "not an origin", "not an origin"),
]


@pytest.mark.parametrize(("target_origin", "policy", "line", "origin", "expected"), ORIGINS)
def test_origin(target_origin, policy, line, origin, expected):
    """Pages that may write are given the origin of the Host that the target sees; all others keep their own."""
    head = request(*line, *([] if origin is None else [f"Origin: {origin}"]))
    answer = sent(head, route("/", policy=policy, target_origin=target_origin))
    assert answer.headers.lines("origin") == (() if expected is None else (expected,))


@pytest.mark.parametrize(
    ("target", "change_origin", "expected"),
    [
        ("https://api.example.com", None, "https://api.example.com"),
        ("https://api.example.com:8443", None, "https://api.example.com:8443"),
        ("http://localhost:3001", True, "http://localhost:3001"),
        ("https://localhost:3001", None, "https://localhost:8484"),
        ("http://[::1]:3001", True, "http://[::1]:3001"),
    ],
)
def test_origin_fits_host(target, change_origin, expected):
    """A changed Origin has the target's scheme and whatever Host the target sees: frameworks compare the two."""
    head = request("POST /", f"Origin: {PAGE}")
    answer = sent(head, route("/", target, change_origin=change_origin))
    assert answer.headers.get("origin") == expected
    assert answer.headers.get("origin", "").endswith("://" + answer.headers.get("host", "?"))


def test_kept_origin_stays_where_it_was():
    """An Origin that says already what it should say keeps its place and its spelling."""
    head = request("POST /", "A: 1", "origin: http://localhost:8484", "B: 2")
    assert fields_sent(head)[1:4] == [("A", "1"), ("origin", "http://localhost:8484"), ("B", "2")]


def test_several_origins_are_passed_on_as_they_came():
    """Two Origin lines belong to no page that we know; the target may refuse them itself."""
    head = request("POST /", "Origin: http://localhost:8484", "Origin: http://localhost:8484")
    assert sent(head).headers.lines("origin") == ("http://localhost:8484", "http://localhost:8484")


# --- fields ----------------------------------------------------------------------------------------------------------


def test_the_whole_request():
    """Everything that a browser sends reaches the target as it was, in order, between our own fields."""
    head = request(
        "POST /api/users?page=2",
        "User-Agent: Mozilla/5.0",
        "Accept: */*",
        "Accept-Encoding: gzip, br",
        "Content-Type: application/json",
        "Cookie: session=7; theme=dark",
        "Connection: keep-alive",
        "Transfer-Encoding: chunked",
        "Expect: 100-continue",
        "X-Dup: 1",
        "Via: 1.0 inner",
        "x-dup: 2",
        "X-Latin: caf\xe9",
        "Authorization: Bearer t",
    )
    assert sent(head) == TargetRequest(
        Target.parse("http://localhost:3001"),
        "POST",
        "/api/users?page=2",
        request(
            "POST /",
            "User-Agent: Mozilla/5.0",
            "Accept: */*",
            "Accept-Encoding: gzip, br",
            "Content-Type: application/json",
            "Cookie: session=7; theme=dark",
            "X-Dup: 1",
            "Via: 1.0 inner",
            "x-dup: 2",
            "X-Latin: caf\xe9",
            "Authorization: Bearer t",
            "X-Forwarded-For: 127.0.0.1",
            "X-Forwarded-Proto: http",
            "X-Forwarded-Host: localhost:8484",
            f"Via: 1.1 {VIA}",
        ).headers,
        CHUNKED,
        expects_continue=True,
    )


@pytest.mark.parametrize(
    ("head", "passed_on"),
    [
        (request("PUT /", "Expect: 100-continue", "Content-Length: 5"), True),
        (request("PUT /", "Expect: 100-continue", "Transfer-Encoding: chunked"), True),
        (request("PUT /", "Content-Length: 5"), False),
        (request("PUT /", "Expect: 100-continue", "Content-Length: 0"), False),
        (request("GET /", "Expect: 100-continue"), False),
        (request("PUT /", "Expect: 100-continue", "Content-Length: 5", version=(1, 0)), False),
    ],
)
def test_the_expectation_to_be_told_to_continue(head, passed_on):
    """Expect travels on where there is a body to wait with, and the client's version knows what 100 means."""
    answer = sent(head)
    assert answer.expects_continue is passed_on
    assert "expect" not in answer.headers


@pytest.mark.parametrize("name", sorted(HOP_BY_HOP | {"content-length", "expect", "forwarded"}))
def test_one_connection_only(name):
    """What speaks about the connection with the client, or about its framing, is not for the target."""
    value = "100-continue" if name == "expect" else "chunked" if name == "transfer-encoding" else "1"
    assert name not in sent(request("POST /", f"{name.title()}: {value}")).headers


NAMED_IN_CONNECTION = [
    # realistic
    ("keep-alive", {"X-A", "X-B"}),
    ("close", {"X-A", "X-B"}),
    ("x-a", {"X-B"}),
    # synthetic
    ("X-A , close,X-B", set()),
    ("Upgrade, X-A", {"X-B"}),
    # pathological
    ("", {"X-A", "X-B"}),
    (",,", {"X-A", "X-B"}),
    ("host", {"X-A", "X-B"}),
    ('"x-a"', {"X-A", "X-B"}),
]


@pytest.mark.parametrize(("connection", "expected"), NAMED_IN_CONNECTION)
def test_fields_named_in_connection(connection, expected):
    """Fields that Connection names are for us alone (RFC 9110, section 7.6.1); Host is sent whatever it names."""
    answer = sent(request("GET /", "X-A: 1", f"Connection: {connection}", "X-B: 2"))
    assert {name for name, _ in answer.headers if name in {"X-A", "X-B"}} == expected
    assert answer.headers.lines("host") == ("localhost:8484",)


def test_several_connection_lines():
    """Every Connection line counts."""
    head = request("GET /", "Connection: x-a", "X-A: 1", "X-B: 2", "Connection: x-b")
    assert not {"X-A", "X-B"} & {name for name, _ in fields_sent(head)}


def test_set_and_removed_fields():
    """A route's fields replace those of the same name, in any spelling and number, and the removed ones are gone."""
    head = request("GET /", "x-dev-user: 1", "X-DEV-USER: 2", "DNT: 1", "dnt: 0", "Accept: */*")
    changed = route("/", request_set=(("X-Dev-User", "7"), ("X-New", "n")), request_remove=frozenset({"dnt"}))
    answer = sent(head, changed)
    assert answer.headers.lines("x-dev-user") == ("7",)
    assert answer.headers.lines("x-new") == ("n",)
    assert "dnt" not in answer.headers
    assert answer.headers.get("accept") == "*/*"


def test_set_field_that_connection_names():
    """A client cannot strip what the route adds by naming it in Connection."""
    head = request("GET /", "Connection: authorization, x-dev-user")
    changed = route("/", request_set=(("Authorization", "Bearer t"), ("X-Dev-User", "7")))
    assert sent(head, changed).headers.get("authorization") == "Bearer t"
    assert sent(head, changed).headers.get("x-dev-user") == "7"


@pytest.mark.parametrize("name", ["Authorization", "X-Api-Key", "x-auth-token", "Proxy-Authorization"])
def test_cookies_are_withheld_from_routes_with_a_secret(name):
    """A target that is asked with a secret of the route never sees the page's cookies."""
    head = request("GET /", "Cookie: a=1", "cookie: b=2", "Accept: */*")
    answer = sent(head, route("/", request_set=((name, "s"),)))
    assert "cookie" not in answer.headers
    assert answer.headers.lines(name) == ("s",)
    assert sent(head, route("/", request_set=(("X-Dev-User", "7"),))).headers.lines("cookie") == (
        "a=1",
        "b=2",
    )


def test_a_client_cannot_overrule_a_field_of_the_route_by_an_underscore():
    """WSGI and CGI read X_Api_Key as X-Api-Key; other names with an underscore travel on."""
    head = request("GET /", "X_Api_Key: mine", "x_api-key: mine", "X_Own: 1")
    answer = sent(head, route("/", request_set=(("X-Api-Key", "s"),)))
    assert not any(value == "mine" for _, value in answer.headers)
    assert answer.headers.get("x_own") == "1"


def test_a_cookie_of_the_route_is_the_only_one():
    """A route that sets Cookie sends that and no other."""
    answer = sent(request("GET /", "Cookie: a=1"), route("/", request_set=(("Cookie", "dev=1"),)))
    assert answer.headers.lines("cookie") == ("dev=1",)


def test_via():
    """Via is appended to, never replaced, with the version that the client spoke, so that loops are found."""
    answer = sent(request("GET /", "Via: 1.1 a, 1.1 b", version=(1, 0)))
    assert answer.headers.lines("via") == ("1.1 a, 1.1 b", f"1.0 {VIA}")


# --- path and query --------------------------------------------------------------------------------------------------

PATHS = [
    # strip_prefix, prefix, target, path, the path that the target sees
    # realistic
    (False, "/api", "http://localhost:3001", "/api/users?page=2", "/api/users?page=2"),
    (False, "/api", "http://localhost:3001", "/api", "/api"),
    (False, "/api", "http://localhost:3001/v1", "/api/users", "/v1/api/users"),
    (False, "/", "http://localhost:3001", "/", "/"),
    (True, "/api", "http://localhost:3001", "/api/users?page=2", "/users?page=2"),
    (True, "/api", "http://localhost:3001", "/api", "/"),
    (True, "/api", "http://localhost:3001", "/api/", "/"),
    (True, "/api", "http://localhost:3001/v1", "/api/users", "/v1/users"),
    (True, "/api", "http://localhost:3001/v1", "/api", "/v1"),
    (True, "/api", "http://localhost:3001/v1", "/api/", "/v1/"),
    # synthetic: slashes
    (False, "/api", "http://localhost:3001/", "/api/x", "/api/x"),
    (False, "/api", "http://localhost:3001/v1/", "/api/x", "/v1/api/x"),
    (True, "/api", "http://localhost:3001/", "/api", "/"),
    (True, "/api", "http://localhost:3001/", "/api/", "/"),
    (True, "/api", "http://localhost:3001/", "/api/x", "/x"),
    (True, "/api", "http://localhost:3001/v1/", "/api", "/v1/"),
    (True, "/api", "http://localhost:3001/v1/", "/api/", "/v1/"),
    (True, "/api", "http://localhost:3001/v1/", "/api/x", "/v1/x"),
    (True, "/api/", "http://localhost:3001", "/api/x", "/x"),
    (True, "/", "http://localhost:3001", "/x", "/x"),
    (True, "/", "http://localhost:3001/v1", "/", "/v1/"),
    (True, "/api/v2", "http://localhost:3001", "/api/v2/x/", "/x/"),
    # synthetic: queries
    (True, "/api", "http://localhost:3001", "/api?x", "/?x"),
    (True, "/api", "http://localhost:3001/v1", "/api?x", "/v1?x"),
    (True, "/api", "http://localhost:3001", "/api?", "/?"),
    (False, "/api", "http://localhost:3001", "/api/?", "/api/?"),
    (False, "/api", "http://localhost:3001", "/api?a?b&c=%20+/../", "/api?a?b&c=%20+/../"),
    # pathological
    (False, "/api", "http://localhost:3001", "/%61pi/%zz%2F%2f", "/%61pi/%zz%2F%2f"),
    (True, "/api", "http://localhost:3001", "/%61pi/%41", "/%41"),
    (False, "/api", "http://localhost:3001", "/api/caf%E9[1]|^", "/api/caf%E9[1]|^"),
    (False, "/", "http://localhost:3001", "//evil.com/x", "//evil.com/x"),
    (True, "/api", "http://localhost:3001", "/api//evil.com", "//evil.com"),
    (False, "/", "http://localhost:3001", "http://localhost:8484?x", "/?x"),
]


@pytest.mark.parametrize(("strip_prefix", "prefix", "target", "path", "expected"), PATHS)
def test_path(strip_prefix, prefix, target, path, expected):
    """The target's path stands in front of the raw path, or of its rest without the prefix; the query never changes."""
    answer = sent(request(f"GET {path}"), route(prefix, target, strip_prefix=strip_prefix))
    assert answer.path == expected


# --- for any request -------------------------------------------------------------------------------------------------

ROUTE_KINDS = st.builds(
    lambda target, change_origin, target_origin, policy, secret: route(
        "/",
        target,
        policy,
        change_origin=change_origin,
        target_origin=target_origin,
        request_set=(("X-Api-Key", "k"),) if secret else (),
    ),
    st.sampled_from(["http://localhost:3001", "https://api.example.com/v1"]),
    st.sampled_from([None, True, False]),
    st.sampled_from(["auto", "keep", "remove"]),
    st.sampled_from([LOCAL, NAMED, ANYBODY, None]),
    st.booleans(),
)


def carried(head, made):
    """The request for the target, where the head gets that far."""
    asked = admit(head, frozenset(), via=VIA)
    assume(isinstance(asked, Admitted))
    match = Router([made]).find(asked.path)
    assume(isinstance(match, Match))
    return target_request(head, asked, match, via=VIA, upgrade=wanted_upgrade(head, asked.body))


@patient
@given(heads_inside, ROUTE_KINDS)
def test_path_and_query_are_untouched(head, made):
    """Without strip_prefix every byte of path and query reaches the target, behind the target's own path."""
    assert carried(head, made).path == made.target.path + head.target


@patient
@given(heads_inside, ROUTE_KINDS)
def test_what_never_travels(head, made):
    """No hop-by-hop field and none that Connection names survives, and Host and our Via stand there once."""
    answer = carried(head, made)
    named = {option.lower() for option in head.headers.elements("connection")}
    ours = {"host", "origin", "via", "x-api-key", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"}
    left = {name.lower() for name, _ in answer.headers}
    assert not left & (HOP_BY_HOP | (named - ours))
    assert len(answer.headers.lines("host")) == 1
    assert [line for line in answer.headers.lines("via") if VIA in line] == [f"1.1 {VIA}"]
    assert len(answer.headers.lines("origin")) <= max(1, len(head.headers.lines("origin")))


@patient
@given(
    st.lists(st.tuples(st.sampled_from(["X-A", "x-a", "Accept", "Cookie", "Link"]), field_values)),
    ROUTE_KINDS,
)
def test_end_to_end_fields_are_untouched(fields, made):
    """End-to-end fields keep their order, duplicates, spelling and bytes above 0x7F."""
    head = RequestHead("GET", "/", request("GET /").headers.plus(*fields))
    kept = [field for field in fields if field[0] != "Cookie" or not made.has_own_secret]
    names = {name for name, _ in fields}
    assert [field for field in carried(head, made).headers if field[0] in names] == kept


@patient
@given(heads_inside, ROUTE_KINDS)
def test_the_client_s_head_is_never_edited(head, made):
    """What was received stands afterwards as it stood before."""
    before = (list(head.headers), head.target)
    carried(head, made)
    assert (list(head.headers), head.target) == before


@patient
@given(heads_inside, ROUTE_KINDS)
def test_strangers_never_look_like_friends(head, made):
    """The target sees another Origin than the page's only for pages that the policy knows, or our own."""
    lines = head.headers.lines("origin")
    answer = carried(head, made)
    if answer.headers.lines("origin") not in {lines, ()}:
        (origin,) = lines
        assert origin.endswith("://localhost:8484") or (made.policy and made.policy.knows(origin))


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"target_origin": "remove"},
        {"target_origin": "keep"},
        {"request_remove": frozenset({"origin"})},
        {"request_set": (("ORIGIN", "http://set.test"),)},
    ],
)
@pytest.mark.parametrize("method", ["GET", "PUT"])
@pytest.mark.parametrize(
    "fields",
    [
        [],
        [("Origin", "http://localhost:5173")],
        [("origin", "null")] * 2,
        [("Origin", "http://localhost:8484"), ("Connection", "Origin")],
    ],
)
def test_the_origin_that_a_target_sees_is_known(settings, method, fields):
    """It stands beside the headers as it stands in them, whoever has put it there."""
    head = RequestHead(method, "/api", Headers([("Host", "localhost:8484"), *fields]))
    made = sent(head, route("/", policy=LOCAL, **settings))
    lines = made.headers.lines("origin")
    assert made.origin == (", ".join(lines) if lines else None)


@pytest.mark.parametrize(
    ("settings", "lines"),
    [
        ({"request_set": (("Origin", "http://set.test"),)}, ("http://set.test",)),
        ({"request_remove": frozenset({"origin"})}, ()),
    ],
)
def test_an_origin_that_the_route_sets_or_removes_is_given_by_nobody_else(settings, lines):
    """The configuration has the last word, also about a page that may write."""
    head = RequestHead(
        "PUT", "/api", Headers([("Host", "localhost:8484"), ("Origin", "http://localhost:5173")])
    )
    assert sent(head, route("/", policy=LOCAL, **settings)).headers.lines("origin") == lines
