import pytest

from devproxy.config.report import foremost, render, summary
from devproxy.problems import Place, Problem

LINES = ["a: b", "  key: value", "\tx: \x1b[31m", "k: [a, b]", "", "k: 'q w' x", "x" * 300]


def at(line, column=1, hint=""):
    return render(Problem("code", "message", hint, place=Place("f", line, column)), LINES).split("\n")


def test_block():
    """A problem is told with its place, its line, a caret and a hint."""
    assert at(2, 3, "hint") == [
        "error: message",
        " --> f:2:3",
        "2 |   key: value",
        "  |   ^^^",
        "  = help: hint",
    ]


def test_wide_line_numbers():
    """The bar stands where the line's number ends."""
    lines = ["x"] * 100
    text = render(Problem("code", "message", "hint", place=Place("f", 100, 1)), lines)
    assert text.split("\n")[1:] == ["   --> f:100:1", "100 | x", "    | ^", "    = help: hint"]


@pytest.mark.parametrize(
    ("line", "column", "carets"),
    [
        (1, 1, "^"),
        (1, 5, "    ^"),
        (2, 8, "       ^^^^^"),
        (4, 4, "   ^^^^^^"),
        (4, 5, "    ^"),
        (6, 4, "   ^^^^^"),
    ],
)
def test_carets(line, column, carets):
    """The caret runs below a word, a quoted word or brackets; behind the line it is one."""
    assert at(line, column)[3] == f"  | {carets}"


@pytest.mark.parametrize(
    ("line", "column", "part"),
    [
        ("/api: ${API}", 7, "${API}"),
        ("/api: https://${X}.example.com # x", 7, "https://${X}.example.com"),
        ("/api: http://[::1]:8484", 7, "http://[::1]:8484"),
        ("a{b}: c", 1, "a{b}"),
        ("k: {a: b}, c", 8, "b"),
        ("k: ['[', b]", 10, "b"),
        ("k: [a] b, c", 8, "b,"),
    ],
)
def test_whole_words(line, column, part):
    """Outside of brackets a word ends at a blank, inside at a comma or a bracket, too."""
    shown = render(Problem("code", "message", place=Place("f", 1, column)), [line]).split("\n")[3]
    assert shown == f"  | {' ' * (column - 1)}{'^' * len(part)}"


def test_control_characters():
    """Control characters are escaped, and the caret stays below what it means."""
    assert at(3, 5)[2:] == ["3 | \\tx: \\x1b[31m", "  |      ^^^^^^^^"]


@pytest.mark.parametrize(("line", "column"), [(5, 1), (8, 1), (0, 1)])
def test_no_line(line, column):
    """A line that is blank, or that there is not, is not quoted."""
    assert at(line, column) == ["error: message", f" --> f:{line}:{column}"]


def test_long_lines():
    """A long line is quoted around the place."""
    assert at(7, 1)[2:] == [f"7 | {'x' * 100}…", f"  | {'^' * 100}"]
    assert at(7, 200)[2] == f"7 | …{'x' * 100}…"
    assert at(7, 290)[2:] == [f"7 | …{'x' * 61}", f"  | {' ' * 51}{'^' * 11}"]


def test_passwords():
    """What stands before the @ of a URL is not quoted."""
    text = render(Problem("code", "message", place=Place("f", 1, 4)), ["t: http://me:hunter2@a"])
    assert text.split("\n")[2] == "1 | t: http://••••••••••@a"


def test_without_place():
    """A problem of a command line has no place."""
    problem = Problem("code", "message", "hint", severity="warning")
    assert render(problem) == "warning: message\n = help: hint"
    assert render(Problem("code", "message")) == "error: message"


def test_messages_are_harmless():
    """A message that quotes the file moves no cursor, turns no text around and has an end."""
    assert render(Problem("code", "a\x1b[2J\u202eb\n")) == "error: a\\x1b[2J\\u202eb\\n"
    assert render(Problem("code", "x" * 1000)) == f"error: {'x' * 500}…"


@pytest.mark.parametrize(
    ("errors", "warnings", "expected"),
    [
        (2, 1, "2 errors, 1 warning in f"),
        (1, 0, "1 error in f"),
        (0, 2, "2 warnings in f"),
        (0, 0, "no problems in f"),
    ],
)
def test_summary(errors, warnings, expected):
    """The last line counts errors and warnings."""
    problems = [Problem("c", "m")] * errors + [Problem("c", "m", severity="warning")] * warnings
    assert summary(problems, "f") == expected
    assert summary(problems) == expected.removesuffix(" in f")


def test_foremost():
    """Nobody reads twenty thousand problems: errors come first, and how many more there are is said."""
    errors = [Problem("c", f"{number}") for number in range(40)]
    warnings = [Problem("w", f"{number}", severity="warning") for number in range(20)]
    assert foremost(errors) == errors
    *shown, more = foremost([*warnings, *errors])
    assert shown == [*errors, *warnings[:10]]
    assert (more.severity, more.message) == ("warning", "10 more")
    assert foremost(errors * 2)[-1].severity == "error"
