"""A block in words."""

import pytest

from devproxy.browser.block import Block
from devproxy.browser.findings import compared, did, most_alike


@pytest.mark.parametrize(
    ("block", "words"),
    [
        (Block("actual.acao-missing"), "sent no Access-Control-Allow-Origin"),
        (Block("preflight.acao-mismatch", "http://b"), "allows http://b, not this page"),
        (
            Block("actual.acao-invalid", ""),
            "sent an empty Access-Control-Allow-Origin",
        ),
        (Block("preflight.status", "405", 405), "answered the preflight with 405"),
        (Block("preflight.redirect", "/login?token=hunter2", 302), "redirected the preflight to /login"),
        (Block("preflight.redirect", "//ada:hunter2@a/#x", 302), "redirected the preflight to //a/"),
        (Block("actual.acao-mismatch", "http://b?c"), "allows http://b?c, not this page"),
        (Block("preflight.header", "x" * 100), f"does not list {'x' * 60}… in Access-Control-Allow-Headers"),
        (Block("ws.handshake"), "ws.handshake"),
    ],
)
def test_what_the_server_did(block: Block, words: str) -> None:
    """Short enough for the end of a line, and without what may be a secret."""
    assert did(block) == words


@pytest.mark.parametrize(
    ("allowed", "page", "words"),
    [
        ("http://localhost:5173", "http://localhost:4200", "scheme ✓  host ✓  port ✗ 5173 ≠ 4200"),
        ("https://a.test", "http://a.test", "scheme ✗ https ≠ http  host ✓  port ✗ 443 ≠ 80"),
        ("http://127.0.0.1:1", "http://localhost:1", "scheme ✓  host ✗ 127.0.0.1 ≠ localhost  port ✓"),
        ("http://a", "null", ""),
        ("http://localhost:1", "capacitor://localhost", ""),
        ("http://a:x", "http://a", ""),
    ],
)
def test_two_origins_side_by_side(allowed: str, page: str, words: str) -> None:
    """Where they differ, the allowed one comes first."""
    assert compared(allowed, page) == words


def test_the_origin_that_was_probably_meant() -> None:
    """The one that differs in least; none where none is allowed."""
    origins = ["https://shop.test", "http://localhost:5173", "http://127.0.0.1:4200"]
    assert most_alike("http://localhost:4200", origins) == "http://localhost:5173"
    assert most_alike("http://localhost:4200", []) is None
