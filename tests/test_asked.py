"""The question that a command line makes."""

import pytest

from devproxy.asked import QuestionError, question
from devproxy.curl import parse

PAGE = "http://localhost:5173"
URL = "http://localhost:3001/users?x=1"


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("http://localhost:3001/a", "http://localhost:3001/a"),
        ("localhost:3001/a?b", "http://localhost:3001/a?b"),
        ("3001", "http://localhost:3001/"),
        (":3001/a", "http://localhost:3001/a"),
        ("3001/a b/ü", "http://localhost:3001/a%20b/%C3%BC"),
        ("http://[::1]:3001/", "http://[::1]:3001/"),
        ("https://BÜCHER.example:443/", "https://xn--bcher-kva.example/"),
        ("api.example", "http://api.example/"),
    ],
)
def test_a_url_may_be_short(written, url):
    """As for targets on the command line."""
    assert question(written, origin=PAGE).request.url == url


@pytest.mark.parametrize(
    ("written", "origin"),
    [
        ("http://localhost:5173", PAGE),
        ("5173", PAGE),
        (":5173", PAGE),
        ("https://app.example", "https://app.example"),
        ("null", "null"),
    ],
)
def test_an_origin_is_taken_as_it_is(written, origin):
    """A port alone is enough for a page on this machine."""
    assert question(URL, origin=written).request.origin == origin


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("foo", "write http://foo"),
        ("localhost:5173", "write http://localhost:5173"),
        ("http://localhost:5173/", "has no path: write http://localhost:5173"),
        ("http://localhost:5173/shop?x", "has no path: write http://localhost:5173"),
        ("HTTP://LOCALHOST:5173", "lower case: write http://localhost:5173"),
        ("https://app.example:443", "left out: write https://app.example"),
        ("http://ada:hunter2@a/?hunter2", "write http://a"),
        ("file:///home/index.html", "origin null: write null"),
        ("", "write http://localhost"),
        ("http://", "write one such as"),
        ("*", "write one such as"),
        ("*.a.example", "write one such as"),
        ("99999", "write one such as"),
        ("http://a_b:x", "is no origin"),
    ],
)
def test_what_is_no_origin_is_not_made_one(written, words):
    """Another origin than the one that was meant would be judged; what is meant is said."""
    for said in ({"origin": written}, {"headers": [f"Origin: {written}"]}):
        with pytest.raises(QuestionError, match="is no origin") as error:
            question(URL, **said)
        assert words in str(error.value)
        assert "hunter2" not in str(error.value)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"url": None}, "name a URL"),
        ({"url": "pyproject.toml"}, "pyproject.toml is a file: devproxy validate pyproject.toml"),
        ({"url": "ftp://a/"}, "no URL that can be asked"),
        ({"url": "http://a b/"}, "no URL that can be asked"),
        ({"origin": None}, "say which page asks"),
        ({"url": "http://a/\t"}, "no URL that can be asked"),
        ({"url": "http://ada:hunter2@localhost/"}, "browsers ask no URL with a name or a password"),
        ({"method": "GET", "data": "x"}, "TypeError for a GET with a body and send nothing"),
        ({"method": "head", "data": ""}, "TypeError for a HEAD with a body"),
        ({"method": "TRACE"}, "browsers send no TRACE"),
        ({"method": "P T"}, "is no method"),
        ({"headers": ["X-A"]}, "'X-A' is no header"),
        ({"headers": [": 1"]}, "is no header"),
        ({"headers": ["X A: 1"]}, "is no name of a header"),
        ({"headers": ["X-A: 1\r\nX-B: 2"]}, "cannot carry"),
        ({"headers": ["X-A: ü"]}, "cannot carry"),
    ],
)
def test_what_cannot_be_asked_is_said(arguments, words):
    """With what to write instead."""
    with pytest.raises(QuestionError, match=words) as error:
        question(**{"url": URL, "origin": PAGE} | arguments)
    assert "hunter2" not in str(error.value)


def test_the_page_may_be_said_as_a_header():
    """As curl would have it; --origin goes before it."""
    assert question(URL, headers=[f"Origin: {PAGE}"]).request.origin == PAGE
    assert question(URL, headers=["Origin: http://a"], origin=PAGE).request.origin == PAGE


def test_what_a_body_means():
    """A POST of text, as fetch() sends a string, unless something else is said."""
    asked = question(URL, origin=PAGE, data="hello")
    assert (asked.request.method, asked.body) == ("POST", b"hello")
    assert asked.request.headers.get("content-type") == "text/plain;charset=UTF-8"
    asked = question(URL, origin=PAGE, data="{}", method="PUT", headers=["Content-Type: application/json"])
    assert (asked.request.method, asked.request.headers.get("content-type")) == ("PUT", "application/json")


def test_a_copied_command_is_the_question():
    """Without what browsers add by themselves; what is said beside it goes before it."""
    curl = parse(
        "curl 'http://localhost:3001/a' -X PUT -H 'Origin: http://localhost:5173' -H 'User-Agent: x' -H 'Sec-Fetch-Mode: cors' "
        "-H 'X-A: 1' -b 'session=1' --data-raw '{}' -H 'Content-Type: application/json' --insecure"
    )
    asked = question(None, curl=curl)
    request = asked.request
    assert (request.url, request.origin, request.method) == ("http://localhost:3001/a", PAGE, "PUT")
    assert list(request.headers) == [("X-A", "1"), ("Content-Type", "application/json")]
    assert (request.credentials, asked.cookie, asked.body) == ("include", "session=1", b"{}")
    assert not asked.verify_tls
    other = question("http://b/", origin="http://c", method="PATCH", data="x", curl=curl)
    assert (other.request.url, other.request.origin, other.request.method) == (
        "http://b/",
        "http://c",
        "PATCH",
    )
    assert other.body == b"x"


@pytest.mark.parametrize(
    "option", ["-H $'X-A: 1\\r\\nX-B: 2'", "-b $'a=1\\r\\nX-B: 2'", "-H $'X-\\u0001: 1'"]
)
def test_a_copied_command_cannot_write_lines_of_its_own(option):
    """What no header can hold is refused, wherever it comes from."""
    curl = parse(f"curl http://a -H 'Origin: {PAGE}' {option}")
    with pytest.raises(QuestionError, match=r"cannot carry|is no name"):
        question(None, curl=curl)


def test_the_page_of_a_copied_command_may_be_its_referrer():
    """A GET of the same origin has no Origin."""
    curl = parse("curl http://localhost:3001/a -H 'Referer: http://localhost:5173/shop'")
    assert question(None, curl=curl).request.origin == PAGE
    for lines in ("", "-H 'Referer: about:blank'"):
        with pytest.raises(QuestionError, match="say which page asks"):
            question(None, curl=parse(f"curl http://localhost:3001/a {lines}"))
    with pytest.raises(QuestionError, match="'' is no origin"):
        question(None, origin="", curl=curl)


def test_a_body_that_no_browser_sends():
    """Also a copied command cannot have a GET with a body."""
    with pytest.raises(QuestionError, match="GET with a body"):
        question(None, curl=parse(f"curl http://a -X GET --data-raw x -H 'Origin: {PAGE}'"))
