"""A whole fetch as the standard goes through it."""

from collections.abc import Callable

from devproxy.browser.fetch import Sent, judge
from devproxy.browser.request import PageRequest
from devproxy.headers import Headers
from devproxy.message import ResponseHead

PAGE = "http://localhost:5173"
URL = "http://localhost:3001/users"


def answering(*fields: tuple[str, str], status: int = 200) -> Callable[[Sent], ResponseHead]:
    return lambda sent: ResponseHead(status, "", Headers(fields))


def test_a_page_reads_its_own_server() -> None:
    """No check at all on the same origin."""
    assert judge(PageRequest(f"{PAGE}/a", PAGE, "PUT"), answering()).allowed


def test_a_preflight_that_fails_is_the_end() -> None:
    """What was asked for is never sent."""
    verdict = judge(PageRequest(URL, PAGE, "PUT"), answering())
    assert [step.sent.method for step in verdict.steps] == ["OPTIONS"]
    assert verdict.first() == verdict.blocks[0]
    assert verdict.blocks[0].code == "preflight.acao-missing"


def test_a_redirect_between_foreign_origins_taints() -> None:
    """The second request says null, and its answer has to."""

    def answer(sent: Sent) -> ResponseHead:
        if sent.url == URL:
            return ResponseHead(
                302, "", Headers([("Location", "http://b/"), ("Access-Control-Allow-Origin", "*")])
            )
        return ResponseHead(200, "", Headers([("Access-Control-Allow-Origin", PAGE)]))

    verdict = judge(PageRequest(URL, PAGE), answer)
    assert [step.sent.origin for step in verdict.steps] == [PAGE, "null"]
    assert verdict.blocks[0].code == "actual.acao-mismatch"
