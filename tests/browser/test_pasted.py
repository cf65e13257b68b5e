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
    whole = code and (pasted.url or not code.startswith(("actual.", "preflight.", "redirect.")))
    assert bool(pasted.hint) == (not whole) or "due to access control checks" in text


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


def test_safari_s_first_line_names_the_page_only() -> None:
    """The page is not taken for what it called; the address is told to stand in the next line."""
    pasted = recognise(
        "[Error] Origin http://localhost:5173 is not allowed by Access-Control-Allow-Origin. Status code: 200\n"
        "(http://localhost:5173/main.js, line 3)"
    )
    assert pasted is not None
    assert (pasted.origin, pasted.url, pasted.status) == ("http://localhost:5173", "", 200)
    assert "next line" in pasted.hint


@pytest.mark.parametrize(
    "text",
    [
        "The 'Access-Control-Allow-Origin' header has a value 'http://a.example' that is not equal to the supplied origin.",
        "(Reason: CORS header ‘Access-Control-Allow-Origin’ does not match ‘http://a.example’).",
    ],
)
def test_a_field_s_value_is_not_what_was_called(text: str) -> None:
    """Where the first half of a line is missing, so is the address, and it is asked for."""
    pasted = recognise(text)
    assert pasted is not None
    assert (pasted.codes[0], pasted.value, pasted.url) == ("actual.acao-mismatch", "http://a.example", "")
    assert "first half" in pasted.hint


def test_what_the_page_called_and_the_hop_that_failed() -> None:
    """Behind a redirect Chromium names both, and the page has called the first."""
    line = chromium(
        Block("actual.acao-missing"),
        "http://b.example/2",
        "http://p.example",
        redirected_from="http://a.example/1",
    )
    pasted = recognise(line)
    assert pasted and (pasted.url, pasted.hop) == ("http://a.example/1", "http://b.example/2")
    older = recognise(
        "Redirect from 'http://a.example/1' to 'http://b.example/2' has been blocked by CORS policy: No "
        "'Access-Control-Allow-Origin' header is present on the requested resource."
    )
    assert older and (older.url, older.hop) == (
        "http://a.example/1",
        "",
    )  # it is the redirect's own answer that failed


BOTH = "actual.{0} preflight.{0}"
HALVES = [
    ("No 'Access-Control-Allow-Origin' header", BOTH.format("acao-missing")),
    ("No 'Access-Control-Allow-Origin'", BOTH.format("acao-missing")),
    ("has been blocked by CORS policy: No 'Access-Control-Allow-Origin' header is", "actual.acao-missing"),
    ("pass access control check: No 'Access-Control-Allow-Origin' header is pre", "preflight.acao-missing"),
    ("header is present on the requested resource.", BOTH.format("acao-missing")),
    ("The 'Access-Control-Allow-Origin' header has a value", BOTH.format("acao-mismatch")),
    ("that is not equal to the supplied origin.", BOTH.format("acao-mismatch") + " redirect.tainted-origin"),
    ("The 'Access-Control-Allow-Origin' header contains the invalid value", BOTH.format("acao-invalid")),
    ("The 'Access-Control-Allow-Origin' header contains multiple val", BOTH.format("acao-multiple")),
    ("', but only one is allowed.", BOTH.format("acao-multiple")),
    ("The value of the 'Access-Control-Allow-Origin' header in the", BOTH.format("star-with-credentials")),
    ("must not be the wildcard '*' when the request's credentials", BOTH.format("star-with-credentials")),
    ("The value of the 'Access-Control-Allow-Credentials' header in", BOTH.format("acac")),
    ("which must be 'true' when the request's credentials mode is 'include'.", BOTH.format("acac")),
    ("It does not have HTTP ok", "preflight.status"),
    ("HTTP ok status.", "preflight.status"),
    ("not allowed for a preflight request.", "preflight.redirect"),
    ("Request header field authorization", "preflight.header"),
    ("is not allowed by Access-Control-Allow-Headers in preflight response.", "preflight.header"),
    ("is not allowed by Access-Control-Allow-Methods in preflight response.", "preflight.method"),
    ("which is disallowed for cross-origin requests.", "redirect.userinfo"),
    ("‘Access-Control-Allow-Origin’ missing). Status code: 200.", BOTH.format("acao-missing")),
    ("missing). Status code: 404.", BOTH.format("acao-missing")),
    ("(Reason: Multiple CORS", BOTH.format("acao-multiple")),
    ("(Reason: Credential is not", BOTH.format("star-with-credentials")),
    ("in CORS header ‘Access-Control-Allow-Credentials’).", BOTH.format("acac")),
    ("(Reason: CORS preflight", "preflight.status"),
    ("(Reason: Did not find method", "preflight.method"),
    ("from CORS preflight response).", "preflight.header"),
    ("is not allowed by Access-Control-Allow-Origin.", "actual.acao-missing actual.acao-mismatch preflight.acao-missing"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "codes"), HALVES)
def test_half_a_line_that_is_of_one_reason(text: str, codes: str) -> None:
    """It has that reason; where its front is missing, the check may have been the preflight's."""
    pasted = recognise(text)
    assert pasted is not None
    assert " ".join(pasted.codes) == codes
    assert not pasted.fits
    assert "the URL" in pasted.hint


def test_a_half_line_about_the_local_network() -> None:
    """No address would help, so none is asked for."""
    pasted = recognise("yet the resource is in address space `loopback`.")
    assert pasted and (pasted.codes, pasted.hint) == (("lna.space-mismatch",), "")


OPEN = [
    ("The 'Access-Control-Allow-Origin' header", "acao-mismatch acao-invalid acao-multiple"),
    ("Have the server send the header with a valid value.", "acao-mismatch acao-invalid acao-multiple"),
    ("request's credentials mode is 'include'.", "star-with-credentials acac"),
    ("requests initiated by the XMLHttpRequest is controlled by the withCredentials attribute.", "star-with-credentials acac"),
    ("in preflight response.", "preflight.header preflight.method preflight.headers-unparsable preflight.methods-unparsable"),
    ("response header field in preflight response.", "preflight.headers-unparsable preflight.methods-unparsable"),
    ("(Reason: CORS header ‘Access-Control-Allow-Origin’", "acao-missing acao-mismatch"),
    ("(Reason: CORS request", "net.failed preflight.redirect scheme.not-http"),
    ("(Reason: invalid token", "preflight.headers-unparsable preflight.methods-unparsable"),
    ("in CORS header ‘Access-Control-Allow-Methods’).", "preflight.method preflight.methods-unparsable"),
    ("did not succeed). Status code: (null).", "net.failed preflight.status"),
    ("the `loopback` address space.", "lna.permission lna.insecure-page lna.space-mismatch"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "fits"), OPEN)
def test_half_a_line_of_several_reasons_is_no_guess(text: str, fits: str) -> None:
    """It has none, but it is said which it may be."""
    pasted = recognise(text)
    assert pasted is not None
    assert pasted.codes == ()
    named = fits.split()
    stages = [f"{stage}.{name}" for stage in ("actual", "preflight") for name in named]
    assert list(pasted.fits) == (named if "." in fits else stages)
    assert "cut" in pasted.hint


def test_a_preflight_s_line_that_is_cut() -> None:
    """What may follow is what a preflight can fail at; the addresses are read."""
    line = chromium(Block("preflight.status"), "http://api.example/a", "http://localhost:5173")
    pasted = recognise(line.removesuffix(" It does not have HTTP ok status."))
    assert pasted is not None
    assert (pasted.codes, pasted.url) == ((), "http://api.example/a")
    assert {"preflight.status", "preflight.redirect", "preflight.acao-missing"} < set(pasted.fits)
    assert all(code.startswith("preflight.") for code in pasted.fits)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("CORS error", "network panel"),
        ("users  CORS error  fetch  main.js:12  0 B  5 ms", "network panel"),
        ("(failed)net::ERR_FAILED", "network panel"),
        ("NS_ERROR_DOM_BAD_URI", "Cross-Origin Request Blocked"),
        ("Referrer Policy: strict-origin-when-cross-origin", "blocks nothing"),
    ],
)
def test_what_is_copied_from_elsewhere(text: str, words: str) -> None:
    """It names no reason, and it is said where that stands."""
    pasted = recognise(text)
    assert pasted is not None
    assert pasted.codes == pasted.fits == ()
    assert words in pasted.hint


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
