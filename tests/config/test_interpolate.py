from contextlib import suppress

import pytest
from hypothesis import given, strategies as st

from devproxy.config.interpolate import MAX_NESTING, Piece, expand
from devproxy.errors import ConfigError

ENVIRON = {"A": "a", "B": "b-${A}", "EMPTY": ""}


def text_of(text):
    return "".join(piece.text for piece in expand(text, ENVIRON))


def refused(text):
    with pytest.raises(ConfigError) as caught:
        expand(text, ENVIRON)
    (problem,) = caught.value.problems
    return problem.message, problem.hint


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # realistic
        ("${A}", "a"),
        ("http://${A}:${PORT:-3001}/v1", "http://a:3001/v1"),
        ("Bearer ${TOKEN:-dev-token}", "Bearer dev-token"),
        # set, empty, not set
        ("${A:-x}${A-x}${A:?x}${A?x}", "aaaa"),
        ("${EMPTY}", ""),
        ("${EMPTY:-x}|${EMPTY-x}|${EMPTY?x}", "x||"),
        ("${NONE:-x}|${NONE-x}|${NONE:-}", "x|x|"),
        ("${A:+x}|${EMPTY:+x}|${NONE:+x}", "x||"),
        ("${A+x}|${EMPTY+x}|${NONE+x}", "x|x|"),
        # nested, and only where it is used
        ("${NONE:-${A}}", "a"),
        ("${NONE:-${NONE:-${EMPTY:-deep}}}!", "deep!"),
        ("${A:-${NONE}}", "a"),
        ("${A:+${B}}", "b-${A}"),
        ("${NONE:-{x}}", "{x}"),
        ("${NONE:-a:-b}", "a:-b"),
        ("${NONE:-$$x}", "$x"),
        # dollars that are dollars
        ("$$", "$"),
        ("$${A}", "${A}"),
        ("$$$${A}", "$${A}"),
        ("$A $ $1 $- 5$", "$A $ $1 $- 5$"),
        ("}", "}"),
        ("", ""),
        # what a variable holds is not read again
        ("${B}", "b-${A}"),
    ],
)  # fmt: skip
def test_expand(text, expected):
    """Values are filled in by docker-compose's grammar, and a dollar before anything but a brace or a dollar stays."""
    assert text_of(text) == expected


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("${NONE}", "environment variable NONE is not set", "set it, or give a default: ${NONE:-default}"),
        ("${NONE:-${OTHER}}", "environment variable OTHER is not set", "set it, or give a default: ${OTHER:-default}"),
        ("${NONE:?start the VPN}", "environment variable NONE is not set: start the VPN", "set it, or name a file with --env-file"),
        ("${NONE?}", "environment variable NONE is not set", "set it, or name a file with --env-file"),
        ("${EMPTY:?x}", "environment variable EMPTY is empty: x", "set it, or name a file with --env-file"),
        ("${NONE:?not ${A}}", "environment variable NONE is not set: not ${A}", "set it, or name a file with --env-file"),
    ],
)  # fmt: skip
def test_missing(text, message, hint):
    """A variable that is missing is named, with what to write; the values of others are not told."""
    assert refused(text) == (message, hint)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("${", "begins no variable: '${'"),
        ("x ${}", "begins no variable: '${}'"),
        ("${1A}", "begins no variable: '${1A}'"),
        ("${A B}", "begins no variable: '${A B}'"),
        ("${A:b}", "begins no variable: '${A:b}'"),
        ("${A", "is not closed"),
        ("${A-b", "is not closed"),
        ("${A:-${B}", "is not closed"),
        ("${A:-${}}", "begins no variable: '${}}'"),
        ("${é}", "begins no variable: '${é}'"),
        ("${A:-" * (MAX_NESTING + 1), f"is nested deeper than {MAX_NESTING} levels"),
        ("${A:-" * 100_000, f"is nested deeper than {MAX_NESTING} levels"),
    ],
)
def test_malformed(text, what):
    """A brace behind a dollar begins a variable, or is a mistake, also where it would not be used."""
    assert refused(text)[0] == f"${{ {what}"


def test_pieces():
    """What a variable gave can be told from what the file says, its defaults included."""
    assert expand("x${A}${NONE:-y}", ENVIRON) == (Piece("x"), Piece("a", "A"), Piece("y"))


@given(st.text(alphabet="${}:-?+A ", max_size=30))
def test_any_text(text):
    """Whatever stands there, it is expanded, or refused in words."""
    with suppress(ConfigError):
        text_of(text)
