"""A block in words: a few of them for the end of a line, and two origins side by side."""

from collections.abc import Iterable

from devproxy.browser.block import Block
from devproxy.browser.url import origin_parts, without_secrets

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


def did(block: Block) -> str:
    """What the server that answered did, to be read behind its name: "sent no Access-Control-Allow-Origin"."""
    kind = block.code.rpartition(".")[2]
    if kind == "acao-invalid" and not block.value:
        return "sent an empty Access-Control-Allow-Origin"
    value = without_secrets(block.value) if kind == "redirect" else block.value
    cut = value if len(value) <= _LONGEST_VALUE else f"{value[:_LONGEST_VALUE]}…"
    return _DID.get(kind, block.code).format(value=cut)


def compared(allowed: str, page: str) -> str:
    """Two origins side by side, as `scheme ✓  host ✓  port ✗ 5173 ≠ 4200`; empty where one of them is none."""
    pairs = list(zip(_PARTS, origin_parts(allowed), origin_parts(page), strict=False))
    return "  ".join(
        f"{name} ✓" if one == other else f"{name} ✗ {one} ≠ {other}" for name, one, other in pairs
    )


def most_alike(page: str, allowed: Iterable[str]) -> str | None:
    """The one of the allowed origins that has most in common with the page's."""
    own = origin_parts(page)
    return max(
        allowed,
        key=lambda origin: sum(one == other for one, other in zip(origin_parts(origin), own, strict=False)),
        default=None,
    )
