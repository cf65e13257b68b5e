"""A block in words: the reason, a few of them for the end of a line, and two origins side by side."""

from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import urlsplit

from devproxy.browser.block import Block
from devproxy.browser.reasons import REASONS, Reason

_LONGEST_VALUE = 60
_PARTS = ("scheme", "host", "port")

# What the server did, by the check at which the browser stopped.
_DID = {
    "acao-missing": "sent no Access-Control-Allow-Origin",
    "acao-mismatch": "allows {value}, not this page",
    "acao-invalid": "sent Access-Control-Allow-Origin: {value}, which is no origin",
    "acao-multiple": "allows several origins at once: {value}",
    "star-with-credentials": "allows *, which does not count for requests with cookies",
    "acac": "sent no Access-Control-Allow-Credentials: true",
    "status": "answered the preflight with {value}",
    "redirect": "redirected the preflight to {value}",
    "methods-unparsable": "lists methods that browsers cannot read: {value}",
    "headers-unparsable": "lists headers that browsers cannot read: {value}",
    "method": "does not list {value} in Access-Control-Allow-Methods",
    "header": "does not list {value} in Access-Control-Allow-Headers",
    "corp": "keeps it from other pages: Cross-Origin-Resource-Policy: {value}",
}

# Where the status says success, no error hides behind it.
_NO_DISGUISE = "has no Access-Control-Allow-Origin, so the browser keeps it from the page."
_ANSWERED_WELL = {
    "actual.acao-missing": f"The answer {_NO_DISGUISE}",
    "preflight.acao-missing": f"The answer to the preflight (OPTIONS) {_NO_DISGUISE}",
}
_SEND_IT = "Send Access-Control-Allow-Origin with the page's origin, on errors and on answers to OPTIONS too."


def reason(block: Block) -> Reason:
    """The reason in the catalogue, without what the status of the answer rules out."""
    found = REASONS[block.code]
    if block.code in _ANSWERED_WELL and 200 <= block.status <= 299:
        return replace(found, what=_ANSWERED_WELL[block.code], fix_there=_SEND_IT)
    return found


def did(block: Block) -> str:
    """What the server that answered did, to be read behind its name: "sent no Access-Control-Allow-Origin"."""
    words = _DID.get(block.code.rpartition(".")[2], block.code)
    value = block.value.partition("?")[0]  # of a redirect's query nothing is told
    cut = value if len(value) <= _LONGEST_VALUE else f"{value[:_LONGEST_VALUE]}…"
    return words.format(value=cut or "nothing")


def compared(allowed: str, page: str) -> str:
    """Two origins side by side, as `scheme ✓  host ✓  port ✗ 5173 ≠ 4200`; empty where one of them is none."""
    pairs = list(zip(_PARTS, _parts(allowed), _parts(page), strict=False))
    return "  ".join(
        f"{name} ✓" if one == other else f"{name} ✗ {one} ≠ {other}" for name, one, other in pairs
    )


def most_alike(page: str, allowed: Iterable[str]) -> str | None:
    """The one of the allowed origins that has most in common with the page's."""
    own = _parts(page)
    return max(
        allowed,
        key=lambda origin: sum(one == other for one, other in zip(_parts(origin), own, strict=False)),
        default=None,
    )


def _parts(origin: str) -> tuple[str, ...]:
    try:
        url = urlsplit(origin)
        port = url.port
    except ValueError:
        return ()
    if not url.scheme or not url.hostname:
        return ()
    default = {"http": 80, "https": 443}.get(url.scheme)
    return url.scheme, url.hostname, str(port or default)
