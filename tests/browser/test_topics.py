"""The essentials."""

import pytest

from devproxy.browser.topics import TOPICS


def test_each_topic_is_there() -> None:
    """What people ask about."""
    assert set(TOPICS) == {
        "same-origin", "simple", "preflight", "credentials", "curl", "proxy", "devtools", "disable",
    }  # fmt: skip


@pytest.mark.parametrize("text", TOPICS.values(), ids=TOPICS)
def test_a_topic_fits_a_small_terminal(text: str) -> None:
    """Eight lines of at most 78 columns, in letters that every terminal has."""
    lines = text.splitlines()
    assert len(lines) == 8
    assert max(map(len, lines)) <= 78
    assert text.isascii()


def test_a_simple_post_is_said_to_arrive() -> None:
    """The mistake that costs most: to think that CORS keeps foreign writes away."""
    assert "DOES reach the server" in TOPICS["simple"]
