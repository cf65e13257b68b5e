"""What the client gets: the target's response, but for one connection's fields, the route's changes and CORS."""

import pytest
from hypothesis import given, strategies as st

from devproxy.decide import decide
from devproxy.headers import HOP_BY_HOP, Headers
from devproxy.message import ResponseHead
from devproxy.rewrite.response import changes, client_response, interim_response
from tests.law import (
    ANYBODY,
    LOCAL,
    NAMED,
    field_names,
    field_values,
    patient,
    request,
    response,
    route,
    site,
)

PAGE = "http://localhost:5173"


def grant_for(origin, policy=LOCAL):
    return policy.grant(request("GET /", f"Origin: {origin}"))


def way_by(made, *fields):
    return decide(site(made), request(f"GET {made.prefix}", *fields)).way


def received(head, made=None, grant=None):
    return client_response(head, way_by(made or route("/")), grant)


def test_passthrough_is_untouched():
    """Without a grant the target's own CORS fields and Vary stay as they are, duplicates included."""
    fields = [
        "Content-Type: application/json",
        "Access-Control-Allow-Origin: http://a.test",
        "access-control-allow-origin: *",
        "Access-Control-Allow-Credentials: true",
        "Access-Control-Allow-Private-Network: true",
        "Access-Control-Expose-Headers: X-A",
        "Vary: Accept",
        "Set-Cookie: s=1",
        "X-Latin: caf\xe9",
    ]
    head = response(203, *fields, reason="As Was")
    assert received(head, route("/", policy=None)) == head


@pytest.mark.parametrize("name", sorted(HOP_BY_HOP))
def test_one_connection_only(name):
    """What speaks about the connection with the target is not for the client."""
    assert name not in received(response(200, f"{name.title()}: 1", "X-A: 1")).headers


def test_fields_named_in_connection():
    """Fields that the target's Connection names are gone, on every line and in any spelling."""
    head = response(200, "X-A: 1", "Connection: x-A, close", "X-B: 2", "connection: X-B", "X-C: 3")
    assert list(received(head).headers) == [("X-C", "3")]


def test_an_interim_response_is_neither_decorated_nor_trusted():
    """It loses what an answer would lose, gains nothing, and never speaks of a length."""
    head = response(103, "Link: </a.css>", "Connection: X-A", "X-A: 1", "Content-Length: 3", "Server: x")
    made = route("/", response_set=(("X-Set", "1"),), response_remove=frozenset({"server"}))
    assert interim_response(head, made) == response(103, "Link: </a.css>")


LENGTHS = [
    (200, True),
    (206, True),
    (205, True),
    (304, True),
    (404, True),
    (204, False),
]


@pytest.mark.parametrize(("status", "kept"), LENGTHS)
def test_content_length(status, kept):
    """Content-Length is kept, HEAD and 304 included, but a 204 has none (RFC 9110, section 8.6)."""
    assert ("content-length" in received(response(status, "Content-Length: 0")).headers) is kept


def test_status_and_reason():
    """Status and reason phrase are the target's."""
    answer = received(response(418, reason="I'm a Teapot"), grant=grant_for(PAGE))
    assert (answer.status, answer.reason) == (418, "I'm a Teapot")


def test_set_and_removed_fields():
    """A route's fields replace those of the same name, in any spelling and number, and the removed ones are gone."""
    made = route(
        "/",
        response_set=(("X-Frame-Options", "DENY"), ("X-New", "n")),
        response_remove=frozenset({"strict-transport-security"}),
    )
    head = response(
        200, "x-frame-options: A", "X-FRAME-OPTIONS: B", "Strict-Transport-Security: max-age=1", "Server: x"
    )
    assert list(received(head, made).headers) == [
        ("Server", "x"),
        ("X-Frame-Options", "DENY"),
        ("X-New", "n"),
    ]


def test_only_removed_fields():
    """A route may remove without setting anything, and set without removing."""
    head = response(200, "Server: x", "X-A: 1")
    assert list(received(head, route("/", response_remove=frozenset({"server"}))).headers) == [("X-A", "1")]
    assert list(received(head, route("/", response_set=(("server", "y"),))).headers) == [
        ("X-A", "1"),
        ("server", "y"),
    ]


def test_cookies_are_never_joined():
    """Every Set-Cookie stays a line of its own, in order."""
    cookies = ["Set-Cookie: a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT", "Set-Cookie: b=2", "set-cookie: a=3"]
    answer = received(response(200, *cookies), grant=grant_for(PAGE))
    assert answer.headers.lines("set-cookie") == ("a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT", "b=2", "a=3")


def test_cors_is_the_policy_s():
    """For an allowed page the policy's CORS fields take the place of the target's, once each."""
    head = response(
        200,
        "Access-Control-Allow-Origin: *",
        "Access-Control-Allow-Origin: http://localhost:3001",
        "access-control-allow-credentials: false",
        "Access-Control-Allow-Methods: GET",
        "Access-Control-Max-Age: 600",
        "X-Total: 7",
        "Vary: Accept-Encoding",
    )
    answer = received(head, grant=grant_for(PAGE)).headers
    assert answer.lines("access-control-allow-origin") == (PAGE,)
    assert answer.lines("access-control-allow-credentials") == ("true",)
    assert "access-control-allow-methods" not in answer
    assert "access-control-max-age" not in answer
    assert "X-Total" in answer.elements("access-control-expose-headers")
    assert set(answer.elements("vary")) == {"Accept-Encoding", "Origin"}


def test_target_s_permission_does_not_count():
    """For a page that is not allowed the target's own permission is gone, and Vary says why answers differ."""
    head = response(
        200, "Access-Control-Allow-Origin: https://evil.example", "Access-Control-Allow-Credentials: true"
    )
    answer = received(head, grant=grant_for("https://evil.example")).headers
    assert list(answer) == [("Vary", "Origin")]


def test_star():
    """Where any page may read, the answer is the same for all."""
    answer = received(response(200), grant=grant_for("https://evil.example", ANYBODY)).headers
    assert list(answer) == [("Access-Control-Allow-Origin", "*")]


def test_set_fields_are_exposed_and_removed_ones_are_not():
    """What the page may read is named after the route's changes, as the client gets it."""
    made = route("/", response_set=(("X-New", "n"),), response_remove=frozenset({"x-old"}))
    answer = received(response(200, "X-Old: o", "X-Kept: k"), made, grant_for(PAGE)).headers
    assert set(answer.elements("access-control-expose-headers")) == {"X-Kept", "X-New"}


statuses = st.integers(100, 599)
fields = st.lists(
    st.tuples(
        field_names
        | st.sampled_from(
            ["Connection", "Vary", "Access-Control-Allow-Origin", "Set-Cookie", "Transfer-Encoding"]
        ),
        field_values | st.sampled_from(["close, x-a", "Origin", "*", "http://a.test"]),
    ),
    max_size=8,
)


@patient
@given(statuses, fields)
def test_never_two_permissions(status, pairs):
    """Whatever the target says, a page finds at most one permission, and it is its own."""
    head = ResponseHead(status, "", Headers(pairs))
    for policy in (LOCAL, NAMED):
        lines = received(head, grant=grant_for("http://shop.test", policy)).headers.lines(
            "access-control-allow-origin"
        )
        assert lines == (("http://shop.test",) if policy is NAMED else ())


@patient
@given(statuses, fields)
def test_everything_else_is_untouched(status, pairs):
    """In passthrough, exactly the fields of one connection are missing, and the rest keeps its order."""
    head = ResponseHead(status, "", Headers(pairs))
    gone = HOP_BY_HOP | {option.lower() for option in head.headers.elements("connection")}
    gone |= {"content-length"} if status == 204 else set()
    assert list(received(head).headers) == [field for field in pairs if field[0].lower() not in gone]


CHROME = "User-Agent: Mozilla/5.0 Chrome/156.0.0.0 Safari/537.36"
LOGIN = response(
    302,
    "Set-Cookie: a=1; Domain=x.test; Path=/; HttpOnly",
    "Location: /welcome",
    "set-cookie: b=2; Path=/; HttpOnly; Secure; SameSite=None",
    "Content-Location: /session",
    "Refresh: 5; url=/welcome",
    "X-Path: /welcome",
)


def test_cookies_and_redirects_are_brought_here():
    """Each line by itself, in its place; Secure stays for those who keep it."""
    by = route("/auth", strip_prefix=True)
    head = client_response(LOGIN, way_by(by, CHROME), None)
    assert list(head.headers) == [
        ("Set-Cookie", "a=1; Path=/auth; HttpOnly"),
        ("Location", "/auth/welcome"),
        ("set-cookie", "b=2; Path=/auth; HttpOnly; Secure; SameSite=None"),
        ("Content-Location", "/auth/session"),
        ("Refresh", "5; url=/auth/welcome"),
        ("X-Path", "/welcome"),
    ]
    assert (
        client_response(LOGIN, way_by(by), None).headers.lines("Set-Cookie")[1]
        == "b=2; Path=/auth; HttpOnly; SameSite=Lax"
    )


def test_a_cookie_is_deleted_wherever_it_may_be():
    """Below the stripped prefix first: what the same answer sets afterwards stays, there and at the root."""
    sent = response(
        302, "Set-Cookie: s=; Path=/; Max-Age=0", "Set-Cookie: s=2; Path=/; HttpOnly", "Location: /me"
    )
    head = client_response(sent, way_by(route("/auth", strip_prefix=True)), None)
    assert list(head.headers) == [
        ("Set-Cookie", "s=; Path=/auth; Max-Age=0; HttpOnly"),
        ("Set-Cookie", "s=; Path=/; Max-Age=0"),
        ("Set-Cookie", "s=2; Path=/auth; HttpOnly"),
        ("Location", "/auth/me"),
    ]
    assert list(changes(sent, head)) == [
        "Set-Cookie: s=…; Path=/; HttpOnly → s=…; Path=/auth; HttpOnly",
        "Location: /me → /auth/me",
    ]
    kept = client_response(sent, way_by(route("/auth")), None)
    assert list(kept.headers) == list(sent.headers)


def test_who_wants_them_as_they_were_gets_them():
    """Each key by itself."""
    as_sent = list(LOGIN.headers)
    off = route("/auth", strip_prefix=True, rewrite_cookies=False, rewrite_redirects=False)
    assert list(client_response(LOGIN, way_by(off), None).headers) == as_sent
    only_cookies = route("/auth", strip_prefix=True, rewrite_redirects=False)
    head = client_response(LOGIN, way_by(only_cookies), None)
    assert (head.headers.get("location"), head.headers.get("set-cookie")) == (
        "/welcome",
        "a=1; Path=/auth; HttpOnly",
    )
    only_redirects = route("/auth", strip_prefix=True, rewrite_cookies=False)
    head = client_response(LOGIN, way_by(only_redirects), None)
    assert head.headers.lines("set-cookie") == LOGIN.headers.lines("set-cookie")
    assert head.headers.get("location") == "/auth/welcome"


def test_changes_are_told():
    """Before and after, and nothing of what stayed."""
    head = client_response(LOGIN, way_by(route("/auth", strip_prefix=True), CHROME), None)
    assert list(changes(LOGIN, head))[:2] == [
        "Set-Cookie: a=…; Domain=x.test; Path=/; HttpOnly → a=…; Path=/auth; HttpOnly",
        "Set-Cookie: b=…; Path=/; HttpOnly; Secure; SameSite=None → b=…; Path=/auth; HttpOnly; Secure; SameSite=None",
    ]
    assert "Location: /welcome → /auth/welcome" in list(changes(LOGIN, head))
    assert list(changes(LOGIN, LOGIN)) == []


@pytest.mark.parametrize(
    ("field", "told"),
    [
        ("Set-Cookie: s=hunter2=; Domain=a.test", "Set-Cookie: s=…; Domain=a.test → s=…"),
        ("Location: /cb?code=hunter2#top", "Location: /cb?…#top → /auth/cb?…#top"),
        ("Refresh: 0; url='/cb?code=hunter2'", "Refresh: 0; url='/cb?…' → 0; url='/auth/cb?…'"),
    ],
)
def test_changes_hold_no_secret(field, told):
    """Neither the value of a cookie nor a code in a query."""
    sent = response(302, field)
    assert list(changes(sent, client_response(sent, way_by(route("/auth", strip_prefix=True)), None))) == [
        told
    ]
