import pytest
import yaml
from hypothesis import given, strategies as st

from devproxy.config.complaints import complaint, lookalike
from devproxy.config.files import source_lines


def complained(text):
    with pytest.raises(yaml.MarkedYAMLError) as caught:
        list(yaml.parse(text, Loader=yaml.SafeLoader))
    found = complaint(caught.value, source_lines(text))
    return found.line, found.column, found.message.removeprefix("not valid YAML: "), found.hint


COMMENT = "a comment begins with #"
COLON = "mapping values are not allowed here"
TOKEN = "found character that cannot start any token"
ALIAS = "did not find expected alphabetic or numeric character"


@pytest.mark.parametrize(
    ("text", "line", "column", "message", "hint"),
    [
        # the line itself, or the one above, is no YAML
        ("// x\na: b\n", 0, 0, COMMENT, "write # instead"),
        ("/* x */\n\na: b\n", 0, 0, COMMENT, "write # instead"),
        ("{a: 'b' // c}\n", 0, 8, "did not find expected ',' or '}'", "a comment begins with #, on a line of its own between { }"),
        ("a\uff1a\n  b: c\n", 0, 0, "\uff1a is no colon to YAML", "write an ordinary : instead"),
        ("a: b\n  \u201cc: d\n", 1, 2, "\u201c is no quotation mark to YAML", 'write "c: d"'),
        # colons
        ("a: http://b: 80\n", 0, 11, COLON, "write http://b:80"),
        ("a: http://b:\n", 0, 11, COLON, "remove the last colon"),
        ("routes\n  a: b\n", 1, 3, COLON, "write routes: on line 1, with a colon"),
        ("a: b\n  c: d\n", 1, 3, COLON, "indent it like line 1"),
        ("a: b: c\n", 0, 4, COLON, 'quote the value: "b: c"'),
        ("a: b\n-c\n", 1, 0, "could not find expected ':'", "write - c, with a space after the dash"),
        ("a: b\nc:d\n", 1, 0, "could not find expected ':'", "write c: d, with a space after the colon"),
        ("a: b\nc\n", 1, 0, "could not find expected ':'", "write key: value, with a space after the colon"),
        # quotation marks
        ("a: 'b\nc: d\n", 0, 3, "a quotation mark is not closed", "write 'b'"),
        ('a: "b\n', 0, 3, "a quotation mark is not closed", 'write "b"'),
        # what a word cannot begin with
        ("a: %B%\n", 0, 3, TOKEN, "write ${B}"),
        ("a: `b c`\n", 0, 3, TOKEN, "write b c"),
        ("a: [@b]\n", 0, 4, TOKEN, 'quote it: "@b" (a word cannot begin with @)'),
        ("@b: c\n", 0, 0, TOKEN, 'quote it: "@b" (a word cannot begin with @)'),
        ("a:\tb\n", 0, 2, TOKEN, "write spaces instead: YAML does not allow tabs here"),
        ("a: [*]\n", 0, 5, ALIAS, 'quote the star: "*" (a bare * starts a YAML alias)'),
        ("a: *.b\n", 0, 4, ALIAS, 'quote it: "*.b" (a bare * starts a YAML alias)'),
        # brackets
        ("a: {b: c${D}}\n", 0, 9, "did not find expected ',' or '}'", 'between { } and [ ], quote what has a variable in it: "c${D}"'),
        ("a: [b\nc: d\n", 1, 1, "did not find expected ',' or ']'", "separate with commas, and close the [ of line 1 with ]"),
        ("'a': 'b',\n", 0, 8, "did not find expected <block end>", "remove the comma: lines end without one"),
        ("a: - b\n", 0, 3, "sequence entries are not allowed here", "begin the list on the next line, or write it in brackets: [a, b]"),
        ("a: ? b\n", 0, 3, "mapping keys are not allowed here", "quote what begins with a question mark"),
        ("a: > b\n", 0, 5, "did not find expected a comment or a line break", "quote the value: a word cannot begin with | or >"),
        ("!a!b c", 0, 0, "found undefined tag handle '!a!'", ""),
    ],
)  # fmt: skip
def test_complaint(text, line, column, message, hint):
    """What is no YAML is told where people would look for it, with what they meant."""
    assert complained(text) == (line, column, message, hint)


@pytest.mark.parametrize(
    "text", ["http://a", "a\u00e9", "it\u2019s", "a \u2013 b", "\uff1aa", "${X:?\u00a0}", ""]
)
def test_no_lookalike(text):
    """Characters that can only mean themselves are left alone."""
    assert lookalike(text) is None


def test_without_a_place():
    """A complaint without words and without a place is one about the beginning."""
    assert complaint(yaml.MarkedYAMLError(), []) == (0, 0, "not valid YAML: this cannot be read", "")


@given(st.text(st.sampled_from("ab:-*&[]{},'\"\\#$%@`!|>? \t\n\u201c\uff1a\u00a0/"), max_size=30))
def test_total(text):
    """Whatever stands there, a complaint is about a line that there is."""
    try:
        list(yaml.parse(text, Loader=yaml.SafeLoader))
    except yaml.MarkedYAMLError as error:
        lines = source_lines(text)
        found = complaint(error, lines)
    else:
        return
    assert 0 <= found.line <= len(lines)
