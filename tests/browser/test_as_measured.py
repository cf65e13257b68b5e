"""Where Chromium 156 and Firefox 153 depart from the standard or from each other, as `make agreement` found."""

import pytest

from devproxy.browser.block import Block
from devproxy.browser.checks import first
from devproxy.browser.fetch import Sent, Verdict, judge
from devproxy.browser.request import Browser, PageRequest, preflight_for
from devproxy.browser.url import is_url
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
        ("ECT", ["4g", "slow-2g"], ["5g", "fast"]),
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


def test_client_hints_stay_behind_a_redirect() -> None:
    """In Chromium, wherever it leads; Save-Data goes along."""
    request = PageRequest(HERE, PAGE, headers=Headers([("DPR", "x"), ("Save-Data", "off")]))
    verdict = followed(request, "chromium", to="http://localhost:3001/c")
    asked = [step.sent.preflight.names for step in verdict.steps if step.sent.preflight]
    assert asked == [("dpr", "save-data"), ("save-data",)]


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
    """Chromium loads such a URL for no page; Firefox does, where it is the page's own server."""
    request = PageRequest(f"{PAGE}/a", PAGE)
    at_home = f"{PAGE.replace('//', '//u:p@')}/b"
    assert "a user or a password" in followed(request, "chromium", to=at_home).failure
    assert followed(request, "firefox", to=at_home).allowed


def test_firefox_refuses_a_redirect_that_leads_nowhere() -> None:
    """Where the page wants none."""
    request = PageRequest(f"{PAGE}/a", PAGE, redirect="error")
    nowhere = ResponseHead(302, "", Headers())
    assert judge(request, lambda _: nowhere, "chromium").allowed
    assert "a redirect" in judge(request, lambda _: nowhere, "firefox").failure
