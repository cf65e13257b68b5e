"""What is copied out of a console, and understood."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from devproxy.browser.block import Block
from devproxy.browser.pasted import LONGEST, Pasted, recognise
from devproxy.browser.reasons import REASONS
from devproxy.browser.words import chromium, firefox

LINES = Path(__file__).with_name("console_lines.txt")


def collected() -> Iterator[tuple[str, str, str]]:
    """Reason, browser and text of each paste in the collection."""
    for part in LINES.read_text(encoding="utf-8").split("\n\n"):
        head, *lines = [line for line in part.splitlines() if not line.startswith("#")] or [""]
        if lines:
            code, browser = head.split()
            yield code.replace("?", ""), browser.replace("-", ""), "\n".join(lines)


COLLECTED = list(collected())


@pytest.mark.parametrize(("code", "browser", "text"), COLLECTED)
def test_a_collected_line_is_recognised(code: str, browser: str, text: str) -> None:
    """Each line that a browser printed has its reason and its browser; one that says too little has a hint."""
    pasted = recognise(text)
    assert pasted is not None
    assert (pasted.codes or ("",))[0] == code
    assert pasted.browser == browser
    assert set(pasted.codes) <= set(REASONS)
    assert bool(pasted.hint) == (not code) or "due to access control checks" in text


def test_the_collection_is_large() -> None:
    """Nobody has lost half of it, and each of the three browsers has its share."""
    assert len(COLLECTED) > 250
    browsers = [browser for _, browser, _ in COLLECTED]
    assert min(browsers.count(browser) for browser in ("Chromium", "Firefox", "Safari")) > 25


@pytest.mark.parametrize(("code", "browser", "text"), COLLECTED)
def test_a_shell_takes_the_quotes(code: str, browser: str, text: str) -> None:
    """A line whose plain quotes a shell has taken is recognised all the same."""
    pasted = recognise(text.replace("'", "").replace('"', ""))
    assert pasted is not None
    assert (pasted.codes or ("",))[0] == code
    assert pasted.browser == browser


@pytest.mark.parametrize(("code", "browser", "text"), COLLECTED)
def test_a_terminal_wraps(code: str, browser: str, text: str) -> None:
    """A line that was broken at its blanks, under a timestamp and a file's name, is recognised all the same."""
    pasted = recognise("12:04:31.201 app.js:12 " + text.replace(" ", "\n  "))
    assert pasted is not None
    assert (pasted.codes or ("",))[0] == code or text.startswith(
        "Access to fetch at 'https://api.example.com/' from"
    )
    assert pasted.browser in {browser, ""}


VALUES = [
    (
        (
            "Access to fetch at 'http://api.example/users' from origin 'http://localhost:5173' has been blocked by CORS policy: "
            "The 'Access-Control-Allow-Origin' header has a value 'http://a.example' that is not equal to the supplied origin."
        ),
        Pasted(
            ("actual.acao-mismatch",),
            "Chromium",
            "http://api.example/users",
            "http://localhost:5173",
            "http://a.example",
        ),
    ),
    (
        (
            "Cross-Origin Request Blocked: The Same Origin Policy disallows reading the remote resource at "
            "http://api.example/users. (Reason: CORS header ‘Access-Control-Allow-Origin’ missing). Status code: 404."
        ),
        Pasted(
            ("actual.acao-missing", "preflight.acao-missing"),
            "Firefox",
            "http://api.example/users",
            status=404,
        ),
    ),
    (
        (
            "[Error] Origin http://localhost:5173 is not allowed by Access-Control-Allow-Origin. Status code: 500\n"
            "[Error] Fetch API cannot load http://api.example/users due to access control checks."
        ),
        Pasted(
            ("actual.acao-missing", "actual.acao-mismatch", "preflight.acao-missing"),
            "Safari",
            "http://api.example/users",
            "http://localhost:5173",
            status=500,
        ),
    ),
    (
        (
            "Access to XMLHttpRequest at 'http://api.example/a' from origin 'http://localhost:5173' has been blocked by CORS policy: "
            "Request header field x-token is not allowed by Access-Control-Allow-Headers in preflight response."
        ),
        Pasted(
            ("preflight.header",),
            "Chromium",
            "http://api.example/a",
            "http://localhost:5173",
            name="x-token",
        ),
    ),
    (
        (
            "main.js:1 Mixed Content: The page at 'https://app.example/x' was loaded over HTTPS, but requested an insecure "
            "resource 'http://api.example/users'. This request has been blocked; the content must be served over HTTPS."
        ),
        Pasted(("mixed-content",), "Chromium", "http://api.example/users", "https://app.example"),
    ),
    (
        (
            "Refused to connect to 'http://api.example/users' because it violates the following Content Security Policy directive: "
            "\"connect-src 'self' https://other.example\"."
        ),
        Pasted(("csp.connect-src",), "Chromium", "http://api.example/users"),
    ),
    (
        "GET http://localhost:3001/users net::ERR_CONNECTION_REFUSED",
        Pasted(("net.failed",), "Chromium", "http://localhost:3001/users", value="CONNECTION_REFUSED"),
    ),
    (
        "XMLHttpRequest cannot load http://api.example/. Response for preflight has invalid HTTP status code 401",
        Pasted(("preflight.status",), "Chromium", "http://api.example/", status=401),
    ),
    (
        "WebSocket connection to 'ws://localhost:3001/ws' failed: Error during WebSocket handshake: Unexpected response code: 403",
        Pasted(("ws.handshake",), "Chromium", "ws://localhost:3001/ws", status=403),
    ),
]


@pytest.mark.parametrize(("text", "pasted"), VALUES)
def test_the_values_in_a_line_are_read(text: str, pasted: Pasted) -> None:
    """Addresses, a field's value, a header's name and a status are found."""
    assert recognise(text) == pasted


def test_of_several_lines_the_nearest_address_counts() -> None:
    """Between two blocked requests the address in front of the reason is the one that it is about."""
    first = "Access to fetch at 'http://a.example/1' from origin 'http://localhost:5173' has been blocked by CORS policy"
    second = chromium(Block("preflight.method", "PUT"), "http://b.example/2", "http://localhost:4200")
    pasted = recognise(f"{first}\n{second}\nAccess to fetch at 'http://c.example/3' from origin 'null'")
    assert pasted is not None
    assert (pasted.url, pasted.origin, pasted.name) == ("http://b.example/2", "http://localhost:4200", "PUT")


def test_firefox_s_second_line_tells_a_preflight() -> None:
    """Firefox says of a failed preflight that the request did not succeed, in a line of its own."""
    line = firefox(Block("preflight.acac"), "http://api.example/users")
    then = firefox(Block("net.failed"), "http://api.example/users")
    alone, both = recognise(line), recognise(f"{line}\n{then}")
    assert alone and alone.codes == ("actual.acac", "preflight.acac")
    assert both and both.codes == ("preflight.acac", "actual.acac")


def test_a_tainted_origin_is_told_from_a_mismatch() -> None:
    """Behind a redirect the page's own origin does not match, as the browser has sent null."""
    page = "http://localhost:5173"
    block = Block("redirect.tainted-origin", page)
    line = chromium(block, "http://b.example/", page, redirected_from="http://a.example/")
    pasted = recognise(line)
    assert pasted and pasted.codes == ("redirect.tainted-origin", "actual.acao-mismatch")


@pytest.mark.parametrize(
    "text", ["", "   \n", "hello", "CORS", "TypeError: x is undefined", "http://localhost:3001/"]
)
def test_what_no_console_prints_about_reads_is_not_recognised(text: str) -> None:
    """Other text is nothing."""
    assert recognise(text) is None


@given(st.text())
def test_any_text_is_taken(text: str) -> None:
    """Whatever is pasted, there is an answer with codes of the catalogue, or none."""
    pasted = recognise(text)
    assert pasted is None or set(pasted.codes) <= set(REASONS)


@pytest.mark.parametrize(
    "part",
    [
        "origin 'x", "access to fetch at 'http://a/", "header contains multiple values '", "redirect from 'a' to ", "-\n", "- ",
        "http://", "'", "the page at 'https://a' ", "refused to aaaa ", "method x is not allowed ", "status code: ", "err_",
        "invalid token ' ", "credentials flag is true, but the access-control-allow-credentials header is ' ",
    ],
)  # fmt: skip
def test_a_long_text_is_looked_at_up_to_its_end_or_ours(part: str) -> None:
    """What never ends is read to a limit, and no part of it is tried over and over: this would not come to its end."""
    text = part * (LONGEST // len(part) + 1)
    assert recognise(text * 4) == recognise(text)
