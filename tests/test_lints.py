"""What is wrong or unwise about a server's CORS beside what blocks."""

import pytest

from devproxy.browser.fetch import judge
from devproxy.browser.request import PageRequest
from devproxy.headers import Headers
from devproxy.lints import Probes, lints
from devproxy.message import ResponseHead

PAGE, FOREIGN = "http://localhost:5173", "https://foreign.example"
URL = "http://localhost:3001/users"
ORIGIN = f"Access-Control-Allow-Origin: {PAGE}"
ANY = "Access-Control-Allow-Origin: *"
VARY = "Vary: Origin"


def head(*lines, status=200):
    fields = [tuple(part.strip() for part in line.split(":", 1)) for line in lines]
    return ResponseHead(status, "", Headers(fields))


def found(*lines, status=200, url=URL, origin=PAGE, headers=(), probes=None, preflight=(), **rest):
    """The codes of what is found where the server answers with these lines."""
    request = PageRequest(url, origin, headers=Headers(headers), **rest)
    answers = {True: head(*preflight, status=204), False: head(*lines, status=status)}
    verdict = judge(request, lambda sent: answers[sent.preflight is not None])
    return [lint.code for lint in lints(request, verdict.steps, probes or Probes())]


@pytest.mark.parametrize(
    "lines",
    [
        (ANY,),
        (ORIGIN, VARY),
        (ORIGIN, "Vary: *"),
        (ORIGIN, VARY, "Content-Type: application/json", "Date: x", "Server: y"),
    ],
)
def test_a_server_as_it_should_be(lines):
    """Nothing to say."""
    probes = Probes(
        FOREIGN, None, head(ANY) if ANY in lines else head(VARY), head(ANY) if ANY in lines else head()
    )
    assert found(*lines, probes=probes) == []


def test_any_page_is_allowed_by_repeating_it():
    """With credentials that is dangerous; the read answer counts, or the preflight's."""
    echo = f"Access-Control-Allow-Origin: {FOREIGN}"
    for probes in (
        Probes(FOREIGN, None, head(echo)),
        Probes(FOREIGN, head(echo, "Access-Control-Allow-Credentials: true")),
    ):
        assert "reflection" in found(ORIGIN, VARY, probes=probes)


@pytest.mark.parametrize(
    ("own", "credentials", "fix"),
    [
        ((), "same-origin", "say * where everybody may read"),
        ((), "include", "compare Origin with a list of pages"),
        (("Access-Control-Allow-Credentials: true",), "same-origin", "compare Origin with a list of pages"),
    ],
)
def test_a_star_is_no_advice_where_there_are_credentials(own, credentials, fix):
    """Neither where the server allows them, nor where the page sends them."""
    request = PageRequest(URL, PAGE, credentials=credentials)
    probes = Probes(FOREIGN, head(f"Access-Control-Allow-Origin: {FOREIGN}", *own))
    (lint,) = lints(request, (), probes)
    assert (lint.code, lint.fix) == ("reflection", fix)


def test_a_server_that_refuses_the_origin_itself():
    """403 with it, well without."""
    assert found(ORIGIN, VARY, status=403, probes=Probes(FOREIGN, nobody=head(VARY))) == [
        "upstream.rejects-origin"
    ]
    assert found(ORIGIN, VARY, status=403, probes=Probes(FOREIGN, nobody=head(VARY, status=403))) == []


@pytest.mark.parametrize("status", [401, 403, 404, 405, 418, 500])
def test_an_error_in_disguise(status):
    """The console says CORS, the server means something else."""
    assert found(status=status) == ["hidden-status"]
    assert found(ORIGIN, status=status) == []


def test_the_fields_of_a_preflight():
    """A star that does not cover Authorization by the standard, and ages that browsers do not keep."""
    asks = {"headers": [("Authorization", "Bearer x")]}
    star = (ORIGIN, "Access-Control-Allow-Headers: *")
    assert found(ORIGIN, preflight=star, **asks) == ["preflight.authorization-star"]
    named = (ORIGIN, "Access-Control-Allow-Headers: *, Authorization")
    assert found(ORIGIN, preflight=named, **asks) == []
    for age, codes in (
        ("600", []),
        ("601", ["cache.preflight"]),
        ("soon", ["max-age"]),
        ("-1", []),
        ("9" * 5000, ["max-age"]),
    ):
        preflight = (*named, f"Access-Control-Max-Age: {age}")
        assert found(ORIGIN, preflight=preflight, **asks) == codes


@pytest.mark.parametrize(
    ("lines", "other", "codes"),
    [
        ((ORIGIN,), (), ["cache.vary"]),
        ((ORIGIN, VARY), (), []),
        ((ORIGIN, "Cache-Control: private, no-store"), (), []),
        ((ORIGIN,), (ORIGIN,), []),
    ],
)
def test_an_answer_that_depends_on_origin_says_so(lines, other, codes):
    """Unless nobody stores it, or it is the same for all."""
    assert found(*lines, probes=Probes(FOREIGN, None, head(*other), None)) == codes
    assert found(*lines, probes=Probes(FOREIGN, None, None, head(*other))) == codes


def test_an_answer_behind_a_redirect_is_no_answer_to_the_others():
    """They are asked the address that the page asked, so that is what theirs are compared with."""
    request = PageRequest(URL, PAGE)
    there = head("Access-Control-Allow-Origin: null")
    here = head(ANY, "Location: http://localhost:3002/", status=302)
    verdict = judge(request, lambda sent: here if sent.url == URL else there)
    assert not [*lints(request, verdict.steps, Probes(FOREIGN, None, here, here))]


def test_fields_of_the_preflight_on_the_answer():
    """They do nothing there, which is worth saying where the preflight lacks them."""
    methods = "Access-Control-Allow-Methods: PUT"
    request = PageRequest(URL, PAGE, headers=Headers([("X-A", "1")]))
    verdict = judge(request, lambda _: head(ORIGIN, status=204))
    beyond = judge(PageRequest(URL, PAGE), lambda _: head(ORIGIN, methods)).steps
    told = list(lints(request, (*verdict.steps, *beyond), Probes()))
    assert [(lint.code, lint.what) for lint in told] == [
        ("no-effect", "Access-Control-Allow-Methods on the answer to the request does nothing")
    ]
    both = judge(PageRequest(URL, PAGE), lambda _: head(ORIGIN, methods, "Access-Control-Allow-Headers: x-b"))
    (lint,) = lints(request, (*verdict.steps, *both.steps), Probes())
    assert "Access-Control-Allow-Methods and Access-Control-Allow-Headers" in lint.what
    assert found(ORIGIN, methods) == []


def test_headers_that_no_script_can_read():
    """They have to be exposed, by name where credentials are on."""
    total = "X-Total: 3"
    assert found(ORIGIN, total) == ["expose"]
    assert found(ORIGIN, total, "Access-Control-Expose-Headers: x-total") == []
    star = "Access-Control-Expose-Headers: *"
    assert found(ORIGIN, total, star) == []
    assert "expose" in found(
        ORIGIN, "Access-Control-Allow-Credentials: true", total, star, credentials="include"
    )
    assert found(total) == []  # the page reads nothing of it at all


def test_a_long_list_of_headers_is_cut():
    """The first few, and how many more."""
    request = PageRequest(URL, PAGE)
    verdict = judge(request, lambda _: head(ORIGIN, *(f"X-{number}: 1" for number in range(80))))
    (lint,) = lints(request, verdict.steps, Probes())
    assert lint.what == "response.headers.get() gives null for X-0, X-1, X-2, X-3, X-4 and 75 more"


@pytest.mark.parametrize(
    ("cookie", "url", "credentials", "dropped"),
    [
        ("a=1", URL, "same-origin", True),
        ("a=1", URL, "include", False),
        ("a=1; SameSite=None", URL, "include", True),
        ("a=1; SameSite=Lax", "http://api.example/", "include", True),
        ("a=1; SameSite=None; Secure", "http://api.example/", "include", False),
    ],
)
def test_cookies_that_are_dropped(cookie, url, credentials, dropped):
    """By the page's credentials mode, or by their own attributes."""
    lines = (ORIGIN, "Access-Control-Allow-Credentials: true", f"Set-Cookie: {cookie}")
    assert ("cookies.not-sent" in found(*lines, url=url, credentials=credentials)) is dropped


def test_cookies_that_are_dropped_for_one_reason():
    """They are told of together."""
    request = PageRequest(URL, PAGE)
    for count, words in (
        (1, "the cookie c0 is dropped"),
        (50, "the cookies c0, c1, c2, c3, c4 and 45 more are dropped"),
    ):
        cookies = [f"Set-Cookie: c{number}=1" for number in range(count)]
        verdict = judge(request, lambda _, cookies=cookies: head(ORIGIN, *cookies))
        (lint,) = lints(request, verdict.steps, Probes())
        assert lint.what == f"{words}: the page asks without credentials"


@pytest.mark.parametrize(
    ("url", "origin", "codes"),
    [
        ("http://api.example/", "https://app.example", ["mixed-content"]),
        ("http://localhost:3001/", "https://localhost:5173", ["mixed-content"]),
        ("http://127.0.0.1:3001/", "http://localhost:5173", []),
        ("http://localhost:3001/", "http://app.example", ["lna.permission"]),
        ("http://10.0.0.7/", "https://app.example", ["mixed-content", "lna.permission"]),
        ("http://printer.local/", "http://app.example", ["lna.permission"]),
        ("http://localhost:3001/", "http://192.168.1.2:5173", []),
        ("http://[::1]:3001/", "http://[::1]:5173", []),
    ],
)
def test_what_stands_between_two_addresses(url, origin, codes):
    """Mixed content, Local Network Access, and two names of one machine: no CORS field helps."""
    assert found(f"Access-Control-Allow-Origin: {origin}", url=url, origin=origin) == codes


def test_two_names_of_one_machine():
    """They are two sites, which matters where there are cookies."""
    lines = (ORIGIN, "Access-Control-Allow-Credentials: true")
    assert found(*lines, url="http://127.0.0.1:3001/", credentials="include") == ["apart"]


def test_what_script_may_not_set():
    """It is left out, and nobody says so; a cookie and an origin are said of the question in other ways."""
    fields = [("Host", "a"), ("X-A", "1"), ("Cookie", "a=1"), ("Origin", PAGE)]
    assert found(ORIGIN, preflight=(ORIGIN, "Access-Control-Allow-Headers: x-a"), headers=fields) == [
        "forbidden-field"
    ]


def test_the_servers_side_of_cors_on_a_request():
    """It does nothing but ask for a preflight."""
    allowed = (ORIGIN, "Access-Control-Allow-Headers: access-control-allow-origin")
    assert found(ORIGIN, preflight=allowed, headers=[("Access-Control-Allow-Origin", "*")]) == [
        "request-field"
    ]


def test_nothing_behind_a_preflight():
    """Where a method was kept back there is no answer to judge."""
    assert found(method="PUT", preflight=(ORIGIN,)) == []
