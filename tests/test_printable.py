"""What may stand in a terminal."""

import pytest

from devproxy.printable import escaped, printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("caf\xe9 \u2192", "caf\xe9 \u2192"),
        ("\x1b[2J", "\\x1b[2J"),
        ("a\r\nb\tc", "a\\r\\nb\\tc"),
        ("\u202eb", "\\u202eb"),
        ("\x9b", "\\x9b"),
        ("\U000e0001", "\\U000e0001"),
    ],
)
def test_what_could_steer_a_terminal_is_escaped(text, shown):
    """Cursors, titles, and the direction of writing; letters of any language stay."""
    assert escaped(text) == printable(text) == shown


def test_a_message_has_an_end():
    """What is to be copied has none."""
    assert printable("x" * 1000) == f"{'x' * 500}…"
    assert escaped("x" * 1000) == "x" * 1000
