"""A check that fails, as a value."""

from devproxy.browser.block import Block


def test_what_was_not_seen_is_said_by_default() -> None:
    """A reason alone is a block, too: of one line, of an answer that is well otherwise."""
    assert Block("actual.acao-missing") == Block("actual.acao-missing", "", 200, 1)
