"""The lines of Chromium's and Firefox's consoles; each of them was copied out of the browser."""

import pytest

from devproxy.browser.block import Block
from devproxy.browser.reasons import REASONS
from devproxy.browser.words import chromium, firefox, firefox_key

PAGE, URL = "http://localhost:5173", "http://localhost:3001/users"
LIST = f"{PAGE}, http://other.example"

AT = f"Access to fetch at '{URL}' from origin '{PAGE}' has been blocked by CORS policy: "
PREFLIGHT = f"{AT}Response to preflight request doesn't pass access control check: "
VALID = " Have the server send the header with a valid value."
WILDCARD = (
    "The value of the 'Access-Control-Allow-Origin' header in the response must not be the wildcard '*'"
)
INCLUDE = " when the request's credentials mode is 'include'."
WITH_CREDENTIALS = " The credentials mode of requests initiated by the XMLHttpRequest is controlled by the withCredentials attribute."
CHROMIUM = [
    (
        Block("actual.acao-missing"),
        f"{AT}No 'Access-Control-Allow-Origin' header is present on the requested resource.",
    ),
    (
        Block("cache.vary"),
        f"{AT}No 'Access-Control-Allow-Origin' header is present on the requested resource.",
    ),
    (
        Block("actual.acao-mismatch", "http://other.example"),
        (
            f"{AT}The 'Access-Control-Allow-Origin' header has a value 'http://other.example' that is not equal to the supplied "
            f"origin.{VALID}"
        ),
    ),
    (
        Block("actual.acao-invalid", ""),
        f"{AT}The 'Access-Control-Allow-Origin' header contains the invalid value ''.{VALID}",
    ),
    (
        Block("preflight.acao-multiple", LIST),
        (
            f"{PREFLIGHT}The 'Access-Control-Allow-Origin' header contains multiple values '{LIST}', but only one is allowed."
            f"{VALID}"
        ),
    ),
    (Block("preflight.star-with-credentials", "*"), f"{PREFLIGHT}{WILDCARD}{INCLUDE}"),
    (
        Block("actual.acac", "True"),
        (
            f"{AT}The value of the 'Access-Control-Allow-Credentials' header in the response is 'True' which must be 'true'"
            f"{INCLUDE}"
        ),
    ),
    (Block("preflight.status", status=405), f"{PREFLIGHT}It does not have HTTP ok status."),
    (
        Block("preflight.redirect", "/login", 302),
        f"{PREFLIGHT}Redirect is not allowed for a preflight request.",
    ),
    (
        Block("preflight.methods-unparsable", "PUT; DELETE"),
        f"{AT}Cannot parse Access-Control-Allow-Methods response header field in preflight response.",
    ),
    (
        Block("preflight.headers-unparsable", "x a; b"),
        f"{AT}Cannot parse Access-Control-Allow-Headers response header field in preflight response.",
    ),
    (
        Block("preflight.method", "patch"),
        f"{AT}Method patch is not allowed by Access-Control-Allow-Methods in preflight response.",
    ),
    (
        Block("preflight.header", "authorization"),
        f"{AT}Request header field authorization is not allowed by Access-Control-Allow-Headers in preflight response.",
    ),
    (
        Block("redirect.userinfo", "http://u:p@localhost:3001/"),
        f"{AT}Redirect location '' contains a username and password, which is disallowed for cross-origin requests.",
    ),
    (
        Block("mode.same-origin"),
        (
            f'Fetch API cannot load {URL}. Request mode is "same-origin" but the URL\'s origin is not same as the request origin '
            f"{PAGE}."
        ),
    ),
    (
        Block("mode.no-cors-redirect"),
        f'Fetch API cannot load {URL}. Request mode is "no-cors" but the redirect mode is not "follow".',
    ),
    (Block("expose", "x-total"), ""),
]

BLOCKED = f"Cross-Origin Request Blocked: The Same Origin Policy disallows reading the remote resource at {URL}. (Reason: "
FIREFOX = [
    (
        Block("actual.acao-missing", status=404),
        f"{BLOCKED}CORS header ‘Access-Control-Allow-Origin’ missing). Status code: 404.",
    ),
    (
        Block("actual.acao-mismatch", "null"),
        f"{BLOCKED}CORS header ‘Access-Control-Allow-Origin’ does not match ‘null’).",
    ),
    (
        Block("preflight.acao-multiple", LIST),
        f"{BLOCKED}CORS header ‘Access-Control-Allow-Origin’ does not match ‘{LIST}’).",
    ),
    (
        Block("preflight.acao-multiple", LIST, lines=2),
        f"{BLOCKED}Multiple CORS header ‘Access-Control-Allow-Origin’ not allowed).",
    ),
    (
        Block("actual.star-with-credentials", "*"),
        (
            f"Cross-Origin Request Blocked: The Same Origin Policy disallows reading the remote resource at ‘{URL}’. "
            "(Reason: Credential is not supported if the CORS header ‘Access-Control-Allow-Origin’ is ‘*’)."
        ),
    ),
    (Block("actual.acac"), f"{BLOCKED}expected ‘true’ in CORS header ‘Access-Control-Allow-Credentials’)."),
    (
        Block("preflight.status", status=405),
        f"{BLOCKED}CORS preflight response did not succeed). Status code: 405.",
    ),
    (Block("preflight.redirect", "/login", 302), f"{BLOCKED}CORS request external redirect not allowed)."),
    (
        Block("preflight.methods-unparsable", "PUT; DELETE"),
        f"{BLOCKED}invalid token ‘PUT; DELETE’ in CORS header ‘Access-Control-Allow-Methods’).",
    ),
    (
        Block("preflight.headers-unparsable", "x a; b"),
        f"{BLOCKED}invalid token ‘x a; b’ in CORS header ‘Access-Control-Allow-Headers’).",
    ),
    (
        Block("preflight.method", "PUT"),
        f"{BLOCKED}Did not find method in CORS header ‘Access-Control-Allow-Methods’).",
    ),
    (
        Block("preflight.header", "content-type"),
        (
            f"{BLOCKED}header ‘content-type’ is not allowed according to header ‘Access-Control-Allow-Headers’ from CORS "
            "preflight response)."
        ),
    ),
    (
        Block("preflight.authorization-star"),
        (
            "Cross-Origin Request Warning: The Same Origin Policy will disallow reading the remote resource at "
            f"{URL} soon. (Reason: When the `Access-Control-Allow-Headers` is `*`, the `Authorization` header is not covered. To "
            "include the `Authorization` header, it must be explicitly listed in CORS header `Access-Control-Allow-Headers`)."
        ),
    ),
    (Block("redirect.userinfo"), f"{BLOCKED}CORS request did not succeed). Status code: (null)."),
    (Block("net.failed"), f"{BLOCKED}CORS request did not succeed). Status code: (null)."),
    (Block("expose", "x-total"), ""),
    (Block("mixed-content"), ""),
]


@pytest.mark.parametrize(("block", "line"), CHROMIUM, ids=lambda value: getattr(value, "code", ""))
def test_chromium_s_line(block: Block, line: str) -> None:
    """A failed check reads as Chromium 156 prints it."""
    assert chromium(block, URL, PAGE) == line


@pytest.mark.parametrize(("block", "line"), FIREFOX, ids=lambda value: getattr(value, "code", ""))
def test_firefox_s_line(block: Block, line: str) -> None:
    """A failed check reads as Firefox 153 prints it."""
    assert firefox(block, URL) == line


def test_what_asks_is_named() -> None:
    """Chromium names what asks, and tells those who use XMLHttpRequest where its credentials come from."""
    missing = chromium(Block("actual.acao-missing"), URL, PAGE, initiator="CSS stylesheet")
    assert missing.startswith(f"Access to CSS stylesheet at '{URL}' from origin")
    for code in ("actual.star-with-credentials", "preflight.acac"):
        assert chromium(Block(code), URL, PAGE, initiator="XMLHttpRequest").endswith(WITH_CREDENTIALS)
    assert WITH_CREDENTIALS not in chromium(
        Block("actual.acao-missing"), URL, PAGE, initiator="XMLHttpRequest"
    )


def test_a_redirect_names_both_addresses() -> None:
    """Behind a redirect Chromium blames the last address, and names the one that the page asked for."""
    line = chromium(
        Block("redirect.tainted-origin", PAGE), "http://127.0.0.1:3001/final", PAGE, redirected_from=URL
    )
    assert line == (
        f"Access to fetch at 'http://127.0.0.1:3001/final' (redirected from '{URL}') from origin '{PAGE}' has been blocked by "
        f"CORS policy: The 'Access-Control-Allow-Origin' header has a value '{PAGE}' that is not equal to the supplied origin."
        f"{VALID}"
    )


def test_a_foreign_scheme_is_named() -> None:
    """An address without http:// in front is one of another scheme to both browsers."""
    block = Block("scheme.not-http")
    assert chromium(block, "localhost:3001/users", PAGE) == (
        'Fetch API cannot load localhost:3001/users. URL scheme "localhost" is not supported.'
    )
    assert firefox(block, "localhost:3001/users").endswith(
        "localhost:3001/users. (Reason: CORS request not http)."
    )


@pytest.mark.parametrize("code", REASONS)
def test_every_reason_has_a_key_or_none(code: str) -> None:
    """Firefox's key is the first that the catalogue has."""
    key = firefox_key(Block(code, lines=2))
    assert key == (REASONS[code].firefox or ("",))[0]


def test_values_are_not_read_as_formats() -> None:
    """What a server sends may hold braces."""
    assert "'{0} {url}'" in chromium(Block("actual.acao-invalid", "{0} {url}"), URL, PAGE)
    assert "‘{0} {url}’" in firefox(Block("actual.acao-invalid", "{0} {url}"), URL)
