"""Text → tokens."""

import pytest
from hypothesis import given, strategies as st

from devproxy.importing.tokens import pairs, tokenized


def words(text):
    return [(token.kind, token.text) for token in tokenized(text)]


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", []),
        ("#!/usr/bin/env node\na", [("word", "a")]),
        ("a // b\n/* c\nd */ e /* f", [("word", "a"), ("word", "e")]),
        (r""" 'it\'s' "\x41\u0042\u{43}\n\
z" """, [("string", "it's"), ("string", "ABC\nz")]),
        ("'open\nb", [("string", "open"), ("word", "b")]),
        (r"'\u{110000}'", [("string", "\ufffd")]),
        ("3_000 0x1F .5 1e3 10n", [("number", n) for n in ("3_000", "0x1F", ".5", "1e3", "10n")]),
        ("a ?? b || c => ...d ?.e", [
            ("word", "a"), ("mark", "??"), ("word", "b"), ("mark", "||"), ("word", "c"), ("mark", "=>"),
            ("mark", "..."), ("word", "d"), ("mark", "?."), ("word", "e"),
        ]),
        ("$a _b #c é", [("word", "$a"), ("word", "_b"), ("word", "#c"), ("word", "é")]),
        ("`a${b}c`", [
            ("mark", "`"), ("string", "a"), ("mark", "${"), ("word", "b"), ("mark", "}"), ("string", "c"), ("mark", "`"),
        ]),
        ("`a${`b${{}}`}`", [
            ("mark", "`"), ("string", "a"), ("mark", "${"), ("mark", "`"), ("string", "b"), ("mark", "${"), ("mark", "{"),
            ("mark", "}"), ("mark", "}"), ("mark", "`"), ("mark", "}"), ("mark", "`"),
        ]),
        ("`\\`$`", [("mark", "`"), ("string", "`$"), ("mark", "`")]),
    ],
)  # fmt: skip
def test_tokens(text, tokens):
    """Comments go, escapes are the characters that they mean, and a template is brackets with text between."""
    assert words(text) == tokens


@pytest.mark.parametrize(
    ("text", "regex"),
    [
        (r"replace(/^\/api/, '')", r"/^\/api/"),
        ("return /a/g", "/a/g"),
        ("= /[/]/", "/[/]/"),
        ("/a/", "/a/"),
        ("a / b / c", None),
        (") / b / c", None),
        ("1 / 2 / 3", None),
        ("= /never\n/", None),
    ],
)
def test_a_slash_divides_behind_a_value_and_else_begins_a_regular_expression(text, regex):
    """As far as that can be told from the token before it."""
    assert next((token.text for token in tokenized(text) if token.kind == "regex"), None) == regex


def test_lines_are_counted_through_everything():
    """Comments, strings that go on, and templates."""
    text = "/*\n*/ 'a\\\nb' `\n${c}\n` d"
    assert [(token.text, token.line) for token in tokenized(text) if token.kind == "word"] == [
        ("c", 4),
        ("d", 5),
    ]


@pytest.mark.parametrize("text", ["{", "}", "{]", "(]", "`", "`${`", "[(])"])
def test_brackets_that_do_not_pair(text):
    """Nothing can be told of such a text."""
    assert pairs(tokenized(text)) is None


def test_brackets_that_pair():
    """Each by where it opens and closes."""
    assert pairs(tokenized("{a: [b]} `${c}`")) == {0: 6, 3: 5, 7: 11, 8: 10}


@given(st.text(alphabet="ab'\"`$ {}[]()/\\\n*,:=.0é"))
def test_every_character_is_of_a_token_or_between_two(text):
    """Nothing hangs, and nothing fails."""
    tokens = tokenized(text)
    assert len(tokens) <= len(text)
    assert all(1 <= token.line <= text.count("\n") + 1 for token in tokens)
