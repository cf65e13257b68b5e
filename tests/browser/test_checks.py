"""The checks of an answer: each that fails, in order."""

import pytest

from devproxy.browser.block import Block
from devproxy.browser.checks import cors_check, first, preflight_check, readable
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


@pytest.mark.parametrize("values", [["True"], ["1"], [""], ["true", "true"], ["false"]])
def test_allow_credentials_is_exactly_true(values: list[str]) -> None:
    """Once, in lower case."""
    answer = head(200, (ORIGIN, PAGE), *((CREDENTIALS, value) for value in values))
    assert list(cors_check(answer, PAGE, credentials=True)) == [Block("actual.acac", ", ".join(values))]


def test_null_is_allowed_for_pages_without_an_origin_only() -> None:
    """To any other it is another origin."""
    answer = head(200, (ORIGIN, "null"))
    assert not list(cors_check(answer, "null", credentials=False))
    assert [block.code for block in cors_check(answer, PAGE, credentials=False)] == ["actual.acao-mismatch"]


def test_browsers_disagree_about_what_comes_first() -> None:
    """Firefox is done with the method before it reads the list of headers."""
    asked = preflight_for(PageRequest("http://a/", PAGE, "PUT", Headers([("X-A", "1")])))
    assert asked
    answer = head(204, (ORIGIN, PAGE), ("Access-Control-Allow-Headers", "x;a"))
    blocks = list(preflight_check(answer, PAGE, asked, credentials=False))
    assert first(blocks) == Block("preflight.headers-unparsable", "x;a", 204)
    assert first(blocks, "firefox") == Block("preflight.method", "PUT", 204)


def preflighted(
    *fields: tuple[str, str], method: str = "PUT", status: int = 204, credentials: bool = False
) -> list[str]:
    """The codes of what fails where this answers the preflight of a request with X-A and X-B."""
    asked = preflight_for(PageRequest("http://a/", PAGE, method, Headers([("X-B", "1"), ("X-A", "1")])))
    assert asked
    answer = head(status, (ORIGIN, PAGE), (CREDENTIALS, "true"), *fields)
    return [
        f"{block.code} {block.value}"
        for block in preflight_check(answer, PAGE, asked, credentials=credentials)
    ]


METHODS, HEADERS = "Access-Control-Allow-Methods", "Access-Control-Allow-Headers"


@pytest.mark.parametrize(
    ("fields", "failing"),
    [
        ([(METHODS, "PUT"), (HEADERS, "x-a, X-B")], []),
        ([(METHODS, "PUT"), (HEADERS, "x-a"), (HEADERS, "x-b")], []),
        ([(METHODS, "*"), (HEADERS, "*")], []),
        ([(METHODS, ", PUT ,"), (HEADERS, "x-a,,x-b")], []),
        ([(HEADERS, "x-a,x-b")], ["preflight.method PUT"]),
        ([(METHODS, "put"), (HEADERS, "*")], ["preflight.method PUT"]),
        ([(METHODS, "PUT")], ["preflight.header x-a", "preflight.header x-b"]),
        ([(METHODS, "PUT; DELETE"), (HEADERS, "*")], ["preflight.methods-unparsable PUT; DELETE"]),
        ([(METHODS, "PUT"), (HEADERS, "x-a x-b")], ["preflight.headers-unparsable x-a x-b"]),
        ([], ["preflight.method PUT", "preflight.header x-a", "preflight.header x-b"]),
    ],
)
def test_what_a_preflight_allows(fields: list[tuple[str, str]], failing: list[str]) -> None:
    """Methods letter by letter, names of headers in any case; all that is missing, in the order of the browser."""
    assert preflighted(*fields) == failing


def test_a_star_is_a_name_where_credentials_are_on() -> None:
    """It allows nothing then."""
    assert preflighted((METHODS, "*"), (HEADERS, "*"), credentials=True) == [
        "preflight.method PUT",
        "preflight.header x-a",
        "preflight.header x-b",
    ]


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_safelisted_methods_need_no_permission(method: str) -> None:
    """Even where a preflight is needed for something else."""
    assert preflighted((HEADERS, "x-a,x-b"), method=method) == []


@pytest.mark.parametrize(
    ("status", "fails"), [(200, False), (299, False), (304, True), (302, True), (404, True), (500, True)]
)
def test_the_status_of_a_preflight(status: int, fails: bool) -> None:
    """From 200 to 299; a redirect without a Location is a status like any other."""
    codes = preflighted((METHODS, "PUT"), (HEADERS, "*"), status=status)
    assert codes == ([f"preflight.status {status}"] if fails else [])


def test_a_preflight_is_not_redirected() -> None:
    """And nothing else is looked at then."""
    assert preflighted(("Location", "/login"), status=302) == ["preflight.redirect /login"]


@pytest.mark.parametrize(
    ("exposed", "credentials", "names"),
    [
        ([], False, {"content-type"}),
        (["X-Total"], True, {"content-type", "x-total"}),
        (["x-other, X-TOTAL"], False, {"content-type", "x-total"}),
        (["*"], False, {"content-type", "x-total", "access-control-expose-headers"}),
        (["*"], True, {"content-type"}),
        (["set-cookie"], False, {"content-type"}),
    ],
)
def test_what_script_reads_of_an_answer(exposed: list[str], credentials: bool, names: set[str]) -> None:
    """Safelisted and exposed names; a star is none with credentials, and cookies are never read."""
    fields = [("Access-Control-Expose-Headers", value) for value in exposed]
    answer = head(200, ("Content-Type", "a/b"), ("X-Total", "3"), ("Set-Cookie", "a=1"), *fields)
    assert readable(answer, credentials=credentials) == names
