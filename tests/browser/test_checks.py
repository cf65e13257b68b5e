"""The checks of an answer: each that fails, in order."""

import pytest

from devproxy.browser.block import Block
from devproxy.browser.checks import cors_check, first, preflight_check
from devproxy.browser.request import PageRequest, preflight_for
from devproxy.headers import Headers
from devproxy.message import ResponseHead

PAGE = "http://localhost:5173"
ORIGIN, CREDENTIALS = "Access-Control-Allow-Origin", "Access-Control-Allow-Credentials"


def head(status: int = 200, *fields: tuple[str, str]) -> ResponseHead:
    return ResponseHead(status, "", Headers(fields))


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ([], "acao-missing"),
        (["http://localhost:4200"], "acao-mismatch"),
        (["null"], "acao-mismatch"),
        (["localhost"], "acao-invalid"),
        ([""], "acao-invalid"),
        ([PAGE, PAGE], "acao-multiple"),
        ([f"{PAGE} http://b"], "acao-multiple"),
        (["*, *"], "acao-multiple"),
    ],
)
def test_what_keeps_a_page_from_reading(values: list[str], code: str) -> None:
    """Each way in which Access-Control-Allow-Origin is not the page's origin."""
    answer = head(200, *((ORIGIN, value) for value in values))
    blocks = list(cors_check(answer, PAGE, credentials=False))
    assert blocks == [Block(f"actual.{code}", ", ".join(values), 200, max(1, len(values)))]


@pytest.mark.parametrize("value", ["*", PAGE])
def test_what_lets_a_page_read(value: str) -> None:
    """The star or the page's own origin, where no credentials go along."""
    assert not list(cors_check(head(200, (ORIGIN, value)), PAGE, credentials=False))


def test_credentials_ask_for_more() -> None:
    """The star is none of theirs, and Access-Control-Allow-Credentials is exactly true."""
    codes = [block.code for block in cors_check(head(200, (ORIGIN, "*")), PAGE, credentials=True)]
    assert codes == ["actual.star-with-credentials", "actual.acac"]
    assert not list(cors_check(head(200, (ORIGIN, PAGE), (CREDENTIALS, "true")), PAGE, credentials=True))


def test_browsers_disagree_about_what_comes_first() -> None:
    """Firefox is done with the method before it reads the list of headers."""
    asked = preflight_for(PageRequest("http://a/", PAGE, "PUT", Headers([("X-A", "1")])))
    assert asked
    answer = head(204, (ORIGIN, PAGE), ("Access-Control-Allow-Headers", "x;a"))
    blocks = list(preflight_check(answer, PAGE, asked, credentials=False))
    assert first(blocks) == Block("preflight.headers-unparsable", "x;a", 204)
    assert first(blocks, "firefox") == Block("preflight.method", "PUT", 204)
