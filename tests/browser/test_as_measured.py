"""Where Chromium 156 and Firefox 153 depart from the standard or from each other, as `make agreement` found."""

import pytest

from devproxy.browser.block import Block
from devproxy.browser.checks import cors_check, first
from devproxy.browser.fetch import Sent, Verdict, judge
from devproxy.browser.request import Browser, PageRequest, preflight_for
from devproxy.browser.url import follow, is_url
from devproxy.browser.words import firefox_key
from devproxy.headers import Headers
from devproxy.message import ResponseHead

PAGE = "http://localhost:5173"
HERE, THERE = "http://localhost:3001/a", "http://127.0.0.1:3002/b"


def names(browser: Browser, *headers: tuple[str, str]) -> tuple[str, ...]:
    preflight = preflight_for(PageRequest(HERE, PAGE, headers=Headers(headers)), browser)
    return preflight.names if preflight else ()


@pytest.mark.parametrize(
    ("name", "safe", "unsafe"),
    [
        ("Device-Memory", ["4", "0.25"], ["-1", "1.", ".5", "x", ""]),
        ("Downlink", ["1.5", "1" * 128], ["1" * 129, "1e3"]),
        ("DPR", ["2", " 1.5 "], ["x(y)", "inf"]),
        ("ECT", ["4g", "slow-2g"], ["5g", "fast", "4G"]),
        ("Intervention", ["x(y)", ""], ["x" * 129]),
        ("RTT", ["100"], ["1.5", "+1"]),
        ("Save-Data", ["on", "ON"], ["off", "1"]),
        ("Viewport-Width", ["100"], ["a" * 128]),
        ("Width", ["100"], ["", "1.5"]),
    ],
)
def test_client_hints_are_safelisted_by_chromium(name: str, safe: list[str], unsafe: list[str]) -> None:
    """With values that they may have; Firefox asks for all of them."""
    assert [names("chromium", (name, value)) for value in safe] == [()] * len(safe)
    assert [names("chromium", (name, value)) for value in unsafe] == [(name.lower(),)] * len(unsafe)
    assert names("firefox", (name, safe[0])) == (name.lower(),)


def test_all_safelisted_values_together_have_a_limit() -> None:
    """With client hints among them, 1024 bytes can be passed."""
    hints = [
        (name, "1" * 128) for name in ("Device-Memory", "Downlink", "DPR", "RTT", "Viewport-Width", "Width")
    ]
    texts = [(name, "a" * 128) for name in ("Accept", "Accept-Language")]
    assert names("chromium", *hints, *texts) == ()
    assert len(names("chromium", *hints, *texts, ("Content-Language", "a"))) == 9


def test_chromium_sends_its_own_user_agent() -> None:
    """Whatever script sets; Firefox lets script set it, and asks."""
    assert names("chromium", ("User-Agent", "x")) == ()
    assert names("firefox", ("User-Agent", "x")) == ("user-agent",)


def test_firefox_takes_a_list_for_no_content_type() -> None:
    """The standard, and Chromium, look at what stands before the first semicolon."""
    two = [("Content-Type", "text/plain;a=b"), ("Content-Type", "text/plain")]
    assert names("chromium", *two) == ()
    assert names("firefox", *two) == ("content-type",)
    assert names("firefox", two[0]) == ()


def test_browsers_count_the_bytes_of_a_range_in_machine_words() -> None:
    """Beyond that it is no simple range to them; Chromium's word has a sign."""
    assert names("chromium", ("Range", f"bytes={2**63 - 2}-")) == ()
    assert names("chromium", ("Range", f"bytes=0-{2**63 - 1}")) == ("range",)
    assert names("firefox", ("Range", f"bytes={2**64 - 1}-")) == ()
    assert names("firefox", ("Range", f"bytes={2**64}-")) == ("range",)


@pytest.mark.parametrize("header", [("Accept", "\u00e9"), ("Content-Type", "text/plain;a=\u00e9")])
def test_firefox_asks_for_bytes_beyond_ascii(header: tuple[str, str]) -> None:
    """The standard, and Chromium, take them for safe."""
    assert names("chromium", header) == ()
    assert names("firefox", header) == (header[0].lower(),)


def test_what_is_no_header_throws() -> None:
    """Line ends and NUL within a value, and characters that are no bytes; a blank around it does not count."""
    for value in ("a\nb", "a\0", "\u20ac"):
        with pytest.raises(ValueError, match="no value of a header"):
            PageRequest(HERE, PAGE, headers=Headers([("X-A", value)]))
    assert list(PageRequest(HERE, PAGE, headers=Headers([("X-A", " a\n")])).own_headers) == [("X-A", "a")]


def test_a_no_cors_request_keeps_four_names() -> None:
    """With values that are safe together; Range and client hints are none of them."""
    wanted = [
        ("Range", "bytes=0-1"),
        ("DPR", "2"),
        ("Accept", "a" * 100),
        ("Accept", "b" * 100),
        ("Content-Type", "x/y"),
    ]
    request = PageRequest(HERE, PAGE, headers=Headers(wanted), mode="no-cors")
    assert list(request.own_headers) == []
    alone = PageRequest(HERE, PAGE, headers=Headers(wanted[:3]), mode="no-cors")
    assert list(alone.own_headers) == [("Accept", "a" * 100)]


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("http://a\tb", True),
        ("http://%41", True),
        ("http://%zz", False),
        ("http://a%zz", False),
        ("http://\u00e9", False),  # a byte that is no UTF-8
        ("http://\u00c3\u00a9", True),  # two that are
        ("http://256.1.1.1", False),
        ("http://1.2.3", True),
        ("http://1.2.3.4.5", False),
        ("http://0x7f.1", True),
        ("http://0x", True),
        ("http://09.1", False),
        ("http://1.a.2", False),
        ("http://a:", True),
        ("http://:80", False),
        ("file:", True),
        ("file://a:1", False),
        ("http://[1::2::3]", False),
        ("http://[::1]x", False),
        ("http://[::1%25a]", False),
        ("http://[::ffff:1.2.3.4]:1", True),
        ("x://[::1]", True),
        ("x://[", False),
        ("x://", True),
        ("x://:1", False),
        ("x://u@", False),
        ("x://a:99999", False),
        ("x://a%zz", True),
    ],
)
def test_what_chromium_takes_for_a_url(text: str, url: bool) -> None:
    """The others are an invalid value to it, and these a mismatch."""
    assert is_url(text) is url


def followed(
    request: PageRequest,
    browser: Browser,
    preflight: ResponseHead | None = None,
    to: str = THERE,
    status: int = 307,
) -> Verdict:
    """What becomes of a request whose first answer leads elsewhere, where everything is allowed; or this, there."""
    own, any_name = (
        ("Access-Control-Allow-Origin", request.origin),
        ("Access-Control-Allow-Headers", "*, authorization"),
    )
    methods, null = (
        ("Access-Control-Allow-Methods", "PUT, POST, GET"),
        ("Access-Control-Allow-Origin", "null"),
    )

    def answer(sent: Sent) -> ResponseHead:
        first_hop = sent.url == request.url
        if sent.preflight and not first_hop and preflight:
            return preflight
        allowed = own if sent.origin == request.origin else null
        if sent.preflight:
            return ResponseHead(204, "", Headers([allowed, any_name, methods]))
        leads = [("Location", to)] if first_hop else []
        return ResponseHead(status if first_hop else 200, "", Headers([allowed, *leads]))

    return judge(request, answer, browser)


def sent_by(verdict: Verdict) -> list[tuple[str, str | None]]:
    return [(step.sent.method, step.sent.origin) for step in verdict.steps]


def asked_by(verdict: Verdict) -> list[tuple[str, ...]]:
    return [step.sent.preflight.names for step in verdict.steps if step.sent.preflight]


def test_client_hints_stay_behind_a_redirect() -> None:
    """In Chromium, unless it leads to the page's own server; Save-Data goes along."""
    request = PageRequest(HERE, PAGE, headers=Headers([("DPR", "x"), ("Save-Data", "off")]))
    away = followed(request, "chromium", to="http://localhost:3001/c")
    assert asked_by(away) == [("dpr", "save-data"), ("save-data",)]
    home = followed(request, "chromium", to=f"{PAGE}/home")
    assert asked_by(home) == [("dpr", "save-data"), ("dpr", "save-data")]


def test_firefox_names_the_page_in_a_preflight_behind_a_foreign_redirect() -> None:
    """The request itself says null, in both browsers."""
    request = PageRequest(HERE, PAGE, "PUT")
    assert sent_by(followed(request, "firefox"))[2:] == [("OPTIONS", PAGE), ("PUT", "null")]
    assert sent_by(followed(request, "chromium"))[2:] == [("OPTIONS", "null"), ("PUT", "null")]


def test_firefox_asks_by_the_request_as_the_page_made_it() -> None:
    """Though the request has become one that needs no question."""
    request = PageRequest(HERE, PAGE, headers=Headers([("Authorization", "Bearer x")]))
    assert [method for method, _ in sent_by(followed(request, "firefox"))] == [
        "OPTIONS",
        "GET",
        "OPTIONS",
        "GET",
    ]
    assert [method for method, _ in sent_by(followed(request, "chromium"))] == ["OPTIONS", "GET", "GET"]
    put_at_home = PageRequest(f"{PAGE}/a", PAGE, "PUT")
    assert sent_by(followed(put_at_home, "firefox", status=303))[1:] == [("GET", PAGE)]
    from_home = PageRequest(f"{PAGE}/a", PAGE, headers=Headers([("Authorization", "Bearer x")]))
    assert [method for method, _ in sent_by(followed(from_home, "firefox"))] == ["GET", "OPTIONS", "GET"]


def test_firefox_does_not_check_the_origin_of_a_preflight_to_the_pages_own_server() -> None:
    """Method and headers it does."""
    request = PageRequest(HERE, PAGE, "PUT")
    strange = ResponseHead(204, "", Headers([("Access-Control-Allow-Origin", "http://b")]))
    verdict = followed(request, "firefox", strange, to=f"{PAGE}/home")
    assert [block.code for block in verdict.blocks] == ["preflight.method"]


@pytest.mark.parametrize(
    ("redirect", "browser", "code"),
    [
        ("follow", "firefox", "preflight.redirect"),
        ("manual", "firefox", "preflight.status"),
        ("error", "chromium", "preflight.redirect"),
    ],
)
def test_a_preflight_that_is_redirected(redirect: str, browser: Browser, code: str) -> None:
    """To Firefox it is a status like any other where the page does not follow redirects itself."""
    request = PageRequest(HERE, PAGE, "PUT", redirect=redirect)  # type: ignore[arg-type]
    moved = ResponseHead(302, "", Headers([("Location", "/b"), ("Access-Control-Allow-Origin", PAGE)]))
    verdict = judge(request, lambda _: moved, browser)
    assert verdict.blocks[0].code == code


def test_the_order_in_which_browsers_look_at_a_preflight() -> None:
    """Chromium sees the redirect first, Firefox the origin."""
    blocks = [Block("preflight.redirect"), Block("preflight.acao-missing"), Block("preflight.acac")]
    assert first(blocks) == blocks[0]
    assert first(blocks, "firefox") == blocks[1]


def test_a_redirect_to_a_url_with_a_password_at_home() -> None:
    """Chromium's fetch() does not go there, its XMLHttpRequest and Firefox do, where it is the page's own server."""
    request = PageRequest(f"{PAGE}/a", PAGE)
    at_home = f"{PAGE.replace('//', '//u:p@')}/b"
    assert "a user or a password" in followed(request, "chromium", to=at_home).failure
    assert followed(request, "firefox", to=at_home).allowed
    watched = PageRequest(f"{PAGE}/a", PAGE, "POST", listens=True)
    assert followed(watched, "chromium", to=at_home).allowed


def test_firefox_refuses_a_redirect_that_leads_nowhere() -> None:
    """Where the page wants none."""
    request = PageRequest(f"{PAGE}/a", PAGE, redirect="error")
    nowhere = ResponseHead(302, "", Headers())
    assert judge(request, lambda _: nowhere, "chromium").allowed
    assert "a redirect" in judge(request, lambda _: nowhere, "firefox").failure


@pytest.mark.parametrize(
    ("location", "there"),
    [
        ("http:b", "http://localhost:3001/b"),
        ("HTTP:/b", "http://localhost:3001/b"),
        ("http:localhost:9/b", "http://localhost:3001/localhost:9/b"),  # a slip with two slashes missing
        ("http:\\\\b\\c", "http://b/c"),
        ("///b", "http://b/"),
        ("ht\ttp://b/./c/%2E./%2e/d", "http://b/d"),
        ("http://0x7f.1:080/", "http://127.0.0.1/"),
        ("http://[0:0::1]/", "http://[::1]/"),
        ("http://%6Cocalhost/\u00c3\u00a9 x?\u00ff", "http://localhost/%C3%A9%20x?%FF"),
        ("http://:@b/", "http://b/"),
        ("http://a@b:c@d/", "http://a@b:c@d/"),
        ("mailto:x", "mailto:x"),
        ("x://[", None),
        ("http://a:x/", None),
        ("http://\u00ff/", None),
    ],
)
def test_where_a_location_leads(location: str, there: str | None) -> None:
    """In Chromium's reading, and in Firefox's, of what no server should send."""
    assert follow(HERE, location) == there


@pytest.mark.parametrize("browser", ["chromium", "firefox"])
def test_a_location_that_is_no_url_makes_an_answer_none(browser: Browser) -> None:
    """As two different ones do: no check of CORS comes to it."""
    for locations in (["http://["], ["/b", "/c"]):
        head = ResponseHead(302, "", Headers([("Location", location) for location in locations]))
        verdict = judge(PageRequest(HERE, PAGE), lambda _, head=head: head, browser)
        assert (verdict.blocks, bool(verdict.failure)) == ((), True)


def test_an_empty_location() -> None:
    """To Chromium it is none; Firefox is led to the same URL again, and again."""
    head = ResponseHead(302, "", Headers([("Location", ""), ("Access-Control-Allow-Origin", "*")]))
    assert judge(PageRequest(HERE, PAGE), lambda _: head, "chromium").allowed
    assert "redirects" in judge(PageRequest(HERE, PAGE), lambda _: head, "firefox").failure


def test_firefox_does_not_see_where_a_preflight_is_led_that_follows_no_redirect() -> None:
    """So that a Location which is no URL is no failure of its own, while one of another scheme is where it follows."""
    request = PageRequest(HERE, PAGE, "PUT", redirect="manual")
    nowhere, elsewhere = (
        ResponseHead(302, "", Headers([("Location", to)])) for to in ("http://[", "ftp://a/")
    )
    assert judge(request, lambda _: nowhere, "firefox").blocks
    assert judge(request, lambda _: nowhere, "chromium").failure
    follows = PageRequest(HERE, PAGE, "PUT")
    assert judge(follows, lambda _: elsewhere, "firefox").failure
    assert judge(follows, lambda _: elsewhere, "chromium").blocks


def test_chromium_takes_no_407_from_what_is_no_proxy() -> None:
    """A network error without a word about CORS; Firefox reads it like any other."""
    head = ResponseHead(407, "", Headers([("Access-Control-Allow-Origin", PAGE)]))
    assert "407" in judge(PageRequest(HERE, PAGE), lambda _: head, "chromium").failure
    assert judge(PageRequest(HERE, PAGE), lambda _: head, "firefox").allowed


def test_a_redirect_status_that_the_page_does_not_follow() -> None:
    """With or without a Location, the page gets what it cannot look into."""
    head = ResponseHead(303, "", Headers([("Access-Control-Allow-Origin", PAGE)]))
    verdict = judge(PageRequest(HERE, PAGE, redirect="manual"), lambda _: head)
    assert (verdict.allowed, verdict.opaque) == (True, True)


@pytest.mark.parametrize(
    ("names_of_lines", "key"),
    [
        (("Access-Control-Allow-Origin", "Access-Control-Allow-Origin"), "CORSMultipleAllowOriginNotAllowed"),
        (("access-control-allow-origin", "access-control-allow-origin"), "CORSAllowOriginNotMatchingOrigin"),
        (("Access-Control-Allow-Origin", "access-control-allow-origin"), "CORSAllowOriginNotMatchingOrigin"),
    ],
)
def test_firefox_counts_lines_whose_name_is_written_just_so(
    names_of_lines: tuple[str, str], key: str
) -> None:
    """In lower case, as HTTP/2 and many servers write it, two lines are one value that does not match."""
    answer = ResponseHead(200, "", Headers([(name, PAGE) for name in names_of_lines]))
    (block,) = cors_check(answer, PAGE, credentials=False, browser="firefox")
    assert firefox_key(block) == key
    (block,) = cors_check(answer, PAGE, credentials=False)
    assert block.code == "actual.acao-multiple"


def test_an_empty_line_beside_another_is_none_to_firefox() -> None:
    """But two lines of Access-Control-Allow-Origin are two."""
    origin, credentials = "Access-Control-Allow-Origin", "Access-Control-Allow-Credentials"
    twice = ResponseHead(200, "", Headers([(origin, PAGE), (credentials, ""), (credentials, "true")]))
    assert list(cors_check(twice, PAGE, credentials=True, browser="firefox")) == []
    assert [block.value for block in cors_check(twice, PAGE, credentials=True)] == [", true"]
    two = ResponseHead(200, "", Headers([(origin, PAGE), (origin, "")]))
    assert [block.code for block in cors_check(two, PAGE, credentials=False, browser="firefox")] == [
        "actual.acao-multiple"
    ]
    empty = ResponseHead(200, "", Headers([(origin, "")]))
    assert [block.code for block in cors_check(empty, PAGE, credentials=False, browser="firefox")] == [
        "actual.acao-invalid"
    ]


def test_firefox_takes_up_again_what_a_redirect_has_left_behind() -> None:
    """The headers of a body are gone for the one request that has become a GET, though Firefox still asks because of them."""
    hops = {HERE: (303, THERE), THERE: (307, "http://localhost:3003/c")}

    def answer(sent: Sent) -> ResponseHead:
        status, to = hops.get(sent.url, (200, "")) if not sent.preflight else (204, "")
        allowed = [("Access-Control-Allow-Origin", sent.origin or ""), ("Access-Control-Allow-Headers", "*")]
        allowed.append(("Access-Control-Allow-Methods", "*"))
        return ResponseHead(status, "", Headers([*allowed, *([("Location", to)] if to else [])]))

    request = PageRequest(HERE, PAGE, "POST", Headers([("Content-Type", "application/json")]))
    assert asked_by(judge(request, answer, "firefox")) == [("content-type",), (), ("content-type",)]
    assert asked_by(judge(request, answer, "chromium")) == [("content-type",)]
