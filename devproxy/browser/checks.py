"""The checks of an answer (Fetch, CORS check and CORS-preflight fetch): each that fails, in the order of Chromium's.

A browser prints the first only; whoever repairs a server wants them all.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Literal

from devproxy.browser.block import Block
from devproxy.browser.request import Browser, Preflight
from devproxy.browser.url import is_url
from devproxy.headers import is_token, list_elements
from devproxy.message import ResponseHead

Stage = Literal["actual", "preflight"]

REDIRECTS = frozenset({301, 302, 303, 307, 308})
_ANY = "*"
_ORIGIN = "Access-Control-Allow-Origin"
# Fetch, Headers: CORS-safelisted response-header names, and forbidden response-header names.
_SAFELISTED = frozenset(
    [
        "cache-control",
        "content-language",
        "content-length",
        "content-type",
        "expires",
        "last-modified",
        "pragma",
    ]
)
_FORBIDDEN = frozenset({"set-cookie", "set-cookie2"})
#: the codes of the CORS check of a preflight
ORIGIN_CHECKS = frozenset(
    f"preflight.{check}"
    for check in (
        "acao-missing",
        "acao-mismatch",
        "acao-invalid",
        "acao-multiple",
        "star-with-credentials",
        "acac",
    )
)
# The order in which Firefox looks at a preflight: at its origin, its status, the method, then at the list of headers.
_FIREFOX_LATER = (
    ("preflight.redirect", "preflight.status"),
    ("preflight.methods-unparsable", "preflight.method"),
    ("preflight.headers-unparsable", "preflight.header"),
)


def first(blocks: Iterable[Block], browser: Browser = "chromium") -> Block | None:
    """The block that the browser prints, of those of one answer."""
    if browser == "firefox":
        blocks = sorted(blocks, key=_in_firefox)
    return next(iter(blocks), None)


def _in_firefox(block: Block) -> int:
    return next((place for place, codes in enumerate(_FIREFOX_LATER, 1) if block.code in codes), 0)


def cors_check(
    head: ResponseHead,
    origin: str,
    *,
    credentials: bool,
    stage: Stage = "actual",
    browser: Browser = "chromium",
) -> tuple[Block, ...]:
    """What keeps a page of `origin` from reading this answer; `credentials` says that its credentials mode is include."""
    lines = head.headers.lines(_ORIGIN)
    # Firefox counts the lines whose name is written just so; it refuses two even where one is empty.
    count = max(1, sum(name == _ORIGIN for name, _ in head.headers)) if len(lines) > 1 else 1
    credentials_lines = head.headers.lines("access-control-allow-credentials") if credentials else None
    return _cors_check(lines, count, credentials_lines, origin, head.status, stage, browser)


# A server says the same to the same page again and again.
@lru_cache(maxsize=256)
def _cors_check(
    origin_lines: tuple[str, ...],
    count: int,
    credentials_lines: tuple[str, ...] | None,
    origin: str,
    status: int,
    stage: Stage,
    browser: Browser,
) -> tuple[Block, ...]:
    """The CORS check; `credentials_lines` are None where the credentials mode is not include."""
    value = _joined(origin_lines, browser)
    blocks = []
    if code := _origin_fault(value, origin, credentials=credentials_lines is not None, doubled=count > 1):
        blocks.append(Block(f"{stage}.{code}", value or "", status, count))
    if credentials_lines is not None and (allowed := _joined(credentials_lines, browser) or "") != "true":
        blocks.append(Block(f"{stage}.acac", allowed, status))
    return tuple(blocks)


def preflight_check(
    head: ResponseHead, origin: str, asked: Preflight, *, credentials: bool, browser: Browser = "chromium"
) -> Iterator[Block]:
    """What keeps the request behind this preflight from being sent."""
    redirected = is_redirect(head, browser)
    if redirected:
        yield Block("preflight.redirect", head.headers.get("location", ""), head.status)
    yield from cors_check(head, origin, credentials=credentials, stage="preflight", browser=browser)
    if redirected:
        return
    if not 200 <= head.status <= 299:
        yield Block("preflight.status", str(head.status), head.status)
    methods, bad_method = _tokens(head, "access-control-allow-methods")
    names, bad_name = _tokens(head, "access-control-allow-headers")
    if bad_method is not None:
        yield Block("preflight.methods-unparsable", bad_method, head.status)
    if bad_name is not None:
        yield Block("preflight.headers-unparsable", bad_name, head.status)
    if bad_method is None and not _lists(
        (*methods, "GET", "HEAD", "POST"), asked.method, credentials=credentials
    ):
        yield Block("preflight.method", asked.method, head.status)
    if bad_name is None:
        allowed = {name.lower() for name in names}
        for name in asked.names:
            if not _lists(allowed, name, credentials=credentials):
                yield Block("preflight.header", name, head.status)


def readable(head: ResponseHead, *, credentials: bool) -> frozenset[str]:
    """The names, in lower case, of the fields that script reads of an answer that passed (Fetch, CORS-filtered response)."""
    present = {name.lower() for name, _ in head.headers} - _FORBIDDEN
    exposed = {name.lower() for name in head.headers.elements("access-control-expose-headers")}
    everything = _ANY in exposed and not credentials
    return frozenset(present if everything else present & (_SAFELISTED | exposed))


def is_redirect(head: ResponseHead, browser: Browser = "chromium") -> bool:
    """Whether the answer sends the browser on (Fetch, redirect status, with a Location); Chromium takes an empty one for none."""
    location = head.headers.get("location")
    return head.status in REDIRECTS and location is not None and (bool(location) or browser == "firefox")


def _joined(lines: tuple[str, ...], browser: Browser) -> str | None:
    """All lines as one value; to Firefox, an empty one beside others is none."""
    if browser == "firefox":
        lines = tuple(filter(None, lines)) or lines[:1]
    return ", ".join(lines) if lines else None


def _origin_fault(value: str | None, origin: str, *, credentials: bool, doubled: bool) -> str:
    if value is None:
        return "acao-missing"
    if doubled:
        return "acao-multiple"
    if value == _ANY:
        return "star-with-credentials" if credentials else ""
    if value == origin:
        return ""
    if " " in value or "," in value:
        return "acao-multiple"
    return "acao-mismatch" if value == "null" or is_url(value) else "acao-invalid"


def _tokens(head: ResponseHead, name: str) -> tuple[list[str], str | None]:
    """The elements of a list field, and the first of them that is no token."""
    elements = [element for line in head.headers.lines(name) for element in list_elements(line)]
    return elements, next((element for element in elements if not is_token(element)), None)


def _lists(listed: Iterable[str], asked: str, *, credentials: bool) -> bool:
    return asked in listed or (not credentials and _ANY in listed)
