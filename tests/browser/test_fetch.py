"""A whole fetch as the standard goes through it."""

from collections.abc import Callable, Mapping

import pytest

from devproxy.browser.fetch import Sent, Verdict, judge
from devproxy.browser.request import PageRequest
from devproxy.headers import Headers
from devproxy.message import ResponseHead

PAGE = "http://localhost:5173"
URL = "http://localhost:3001/users"
ANY = ("Access-Control-Allow-Origin", "*")
OWN = ("Access-Control-Allow-Origin", PAGE)
ANY_HEADER = ("Access-Control-Allow-Headers", "*")
ANY_METHOD = ("Access-Control-Allow-Methods", "*")


def head(*fields: tuple[str, str], status: int = 200) -> ResponseHead:
    return ResponseHead(status, "", Headers(fields))


def answering(*fields: tuple[str, str], status: int = 200) -> Callable[[Sent], ResponseHead]:
    return lambda _: head(*fields, status=status)


def by_url(answers: Mapping[str, ResponseHead]) -> Callable[[Sent], ResponseHead]:
    """Every preflight is allowed; a URL that is not there answers everybody."""
    allowed = head(ANY, ANY_METHOD, ANY_HEADER, status=204)
    return lambda sent: allowed if sent.preflight else answers.get(sent.url, head(ANY))


def moved(to: str, status: int = 302, *fields: tuple[str, str]) -> ResponseHead:
    return head(("Location", to), ANY, *fields, status=status)


def sent_by(verdict: Verdict) -> list[tuple[str, str, str | None]]:
    return [(step.sent.method, step.sent.url, step.sent.origin) for step in verdict.steps]


def codes(verdict: Verdict) -> list[str]:
    return [block.code for block in verdict.blocks]


def test_a_page_reads_its_own_server() -> None:
    """No check at all on the same origin; a PUT says where it comes from all the same."""
    verdict = judge(PageRequest(f"{PAGE}/a", PAGE, "PUT"), answering())
    assert verdict.allowed
    assert sent_by(verdict) == [("PUT", f"{PAGE}/a", PAGE)]
    assert sent_by(judge(PageRequest(f"{PAGE}/a", PAGE), answering())) == [("GET", f"{PAGE}/a", None)]


def test_a_preflight_that_passes_is_followed_by_its_request() -> None:
    """And both answers are checked."""
    request = PageRequest(URL, PAGE, "PUT", Headers([("X-A", "1")]))
    verdict = judge(request, by_url({URL: head(OWN)}))
    assert verdict.allowed
    assert [step.sent.method for step in verdict.steps] == ["OPTIONS", "PUT"]
    assert list(verdict.steps[1].sent.headers) == [("X-A", "1"), ("Origin", PAGE)]
    assert codes(judge(request, by_url({URL: head()}))) == ["actual.acao-missing"]


def test_a_preflight_that_fails_is_the_end() -> None:
    """What was asked for is never sent."""
    verdict = judge(PageRequest(URL, PAGE, "PUT"), answering())
    assert [step.sent.method for step in verdict.steps] == ["OPTIONS"]
    assert verdict.first() == verdict.blocks[0]
    assert codes(verdict) == ["preflight.acao-missing", "preflight.method"]


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (PageRequest("ftp://a/", PAGE), "scheme.not-http"),
        (PageRequest(URL, PAGE, mode="same-origin"), "mode.same-origin"),
        (PageRequest(URL, PAGE, mode="no-cors", redirect="manual"), "mode.no-cors-redirect"),
    ],
)
def test_what_is_refused_before_anything_is_sent(request_: PageRequest, code: str) -> None:
    """By what the page asked for alone."""
    verdict = judge(request_, answering())
    assert (codes(verdict), verdict.steps) == ([code], ())


def test_nothing_comes() -> None:
    """The network's fault, told apart by where it happens."""
    assert codes(judge(PageRequest(URL, PAGE), lambda _: None)) == ["net.failed"]
    assert codes(judge(PageRequest(URL, PAGE, "PUT"), lambda _: None)) == ["preflight.net-failed"]


@pytest.mark.parametrize(
    ("url", "mode", "opaque"),
    [(URL, "no-cors", True), (f"{PAGE}/a", "no-cors", False), (f"{PAGE}/a", "same-origin", False)],
)
def test_modes_without_a_check(url: str, mode: str, opaque: bool) -> None:
    """An answer of another origin is opaque there."""
    verdict = judge(PageRequest(url, PAGE, mode=mode), answering())  # type: ignore[arg-type]
    assert (verdict.allowed, verdict.opaque) == (True, opaque)


@pytest.mark.parametrize(
    ("credentials", "url", "go_along"),
    [
        ("omit", URL, False),
        ("same-origin", URL, False),
        ("include", URL, True),
        ("omit", f"{PAGE}/a", False),
        ("same-origin", f"{PAGE}/a", True),
        ("include", f"{PAGE}/a", True),
    ],
)
def test_when_cookies_go_along(credentials: str, url: str, go_along: bool) -> None:
    """By the credentials mode; a preflight never has any."""
    request = PageRequest(url, PAGE, "PUT", credentials=credentials)  # type: ignore[arg-type]
    steps = judge(request, by_url({URL: head(OWN)})).steps
    assert all(step.sent.credentials is False for step in steps if step.sent.preflight)
    request = PageRequest(url, PAGE, credentials=credentials)  # type: ignore[arg-type]
    assert judge(request, answering(OWN)).steps[-1].sent.credentials is go_along


def test_a_redirect_is_checked_like_any_answer() -> None:
    """On the way to another origin, too."""
    answer = by_url({URL: head(("Location", "/b"), status=302)})
    assert codes(judge(PageRequest(URL, PAGE), answer)) == ["actual.acao-missing"]


@pytest.mark.parametrize("status", [300, 304, 305, 306])
def test_other_statuses_are_no_redirects(status: int) -> None:
    """Even with a Location; and a redirect without one is an answer."""
    assert len(judge(PageRequest(URL, PAGE), answering(ANY, ("Location", "/b"), status=status)).steps) == 1
    assert judge(PageRequest(URL, PAGE), answering(ANY, status=302)).allowed


def test_a_redirect_between_foreign_origins_taints() -> None:
    """The second request says null, and its answer has to; one that comes home stays under the check."""
    answer = by_url({URL: moved("http://b/"), "http://b/": head(OWN)})
    verdict = judge(PageRequest(URL, PAGE), answer)
    assert [step.sent.origin for step in verdict.steps] == [PAGE, "null"]
    assert codes(verdict) == ["actual.acao-mismatch"]
    home = judge(PageRequest(URL, PAGE), by_url({URL: moved(f"{PAGE}/home"), f"{PAGE}/home": head()}))
    assert home.steps[1].sent.origin == "null"
    assert codes(home) == ["actual.acao-missing"]


def test_a_redirect_that_leaves_home_taints_nothing_yet() -> None:
    """The page's own server may send it on; from there it counts."""
    answer = by_url({f"{PAGE}/a": moved(URL), URL: moved("/c"), "http://localhost:3001/c": head(OWN)})
    verdict = judge(PageRequest(f"{PAGE}/a", PAGE), answer)
    assert [step.sent.origin for step in verdict.steps] == [None, PAGE, PAGE]
    assert verdict.allowed


def test_each_hop_may_need_a_preflight_of_its_own() -> None:
    """With the Origin of that hop; Authorization stays behind, and is no longer asked for."""
    request = PageRequest(URL, PAGE, headers=Headers([("Authorization", "Bearer x"), ("X-A", "1")]))
    verdict = judge(request, by_url({URL: moved("http://b/")}))
    assert sent_by(verdict) == [
        ("OPTIONS", URL, PAGE),
        ("GET", URL, PAGE),
        ("OPTIONS", "http://b/", "null"),
        ("GET", "http://b/", "null"),
    ]
    asked = [step.sent.preflight.names for step in verdict.steps if step.sent.preflight]
    assert asked == [("authorization", "x-a"), ("x-a",)]
    assert "authorization" not in verdict.steps[3].sent.headers


@pytest.mark.parametrize(
    ("status", "method", "then", "typed"),
    [
        (301, "POST", "GET", False),
        (302, "POST", "GET", False),
        (303, "POST", "GET", False),
        (303, "PUT", "GET", False),
        (303, "HEAD", "HEAD", True),
        (301, "PUT", "PUT", True),
        (307, "POST", "POST", True),
        (308, "PUT", "PUT", True),
    ],
)
def test_what_a_redirect_makes_of_a_method(status: int, method: str, then: str, typed: bool) -> None:
    """Where it becomes a GET, the body goes, and the headers about it."""
    request = PageRequest(URL, PAGE, method, Headers([("Content-Type", "text/plain")]))
    verdict = judge(request, by_url({URL: moved("/b", status)}))
    last = verdict.steps[-1].sent
    assert (last.method, "content-type" in last.headers) == (then, typed)


@pytest.mark.parametrize(
    ("location", "mode", "url", "code"),
    [
        ("http://user:pass@b/", "cors", URL, "redirect.userinfo"),
        ("http://user@localhost:3001/b", "cors", URL, "redirect.userinfo"),
        ("http://user@b/", "cors", f"{PAGE}/a", "redirect.userinfo"),
        ("http://user@localhost:5173/b", "cors", f"{PAGE}/a", None),
        ("http://user@b/", "no-cors", URL, None),
        (URL, "same-origin", f"{PAGE}/a", "mode.same-origin"),
    ],
)
def test_where_a_redirect_may_not_lead(location: str, mode: str, url: str, code: str | None) -> None:
    """A user or a password in a URL under CORS; another origin in mode same-origin."""
    verdict = judge(PageRequest(url, PAGE, mode=mode), by_url({url: moved(location)}))  # type: ignore[arg-type]
    assert codes(verdict) == ([code] if code else [])


@pytest.mark.parametrize("location", ["ftp://ada:hunter2@b/?hunter2", "http://", "data:,x"])
def test_a_redirect_to_what_is_no_http(location: str) -> None:
    """A network error, not a block; what may be a secret in it is not repeated."""
    verdict = judge(PageRequest(URL, PAGE), by_url({URL: moved(location)}))
    assert (verdict.allowed, verdict.blocks) == (False, ())
    assert "no http(s) URL" in verdict.failure
    assert "hunter2" not in verdict.failure


def test_a_page_may_refuse_redirects_or_look_at_them() -> None:
    """redirect: 'error' fails, redirect: 'manual' gets an answer that cannot be read."""
    refused = judge(PageRequest(URL, PAGE, redirect="error"), by_url({URL: moved("/b")}))
    assert "redirect: 'error'" in refused.failure
    seen = judge(PageRequest(URL, PAGE, redirect="manual"), by_url({URL: moved("/b")}))
    assert (seen.allowed, seen.opaque, len(seen.steps)) == (True, True, 1)


def test_twenty_redirects_are_enough() -> None:
    """One more is a network error."""
    around = judge(PageRequest(URL, PAGE), answering(ANY, ("Location", "/b"), status=302))
    assert around.failure == "more than 20 redirects"
    assert len(around.steps) == 21


def test_mode_no_cors_stays_opaque_on_its_way_home() -> None:
    """Once foreign, always foreign."""
    verdict = judge(PageRequest(URL, PAGE, mode="no-cors"), by_url({URL: moved(f"{PAGE}/home")}))
    assert verdict.opaque
