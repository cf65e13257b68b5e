import pytest

from devproxy.config.envfile import environment, read
from devproxy.errors import ConfigError
from devproxy.problems import Place


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A=1\nB=2", {"A": "1", "B": "2"}),
        ("\n  # comment\r\nA=1\r\n#B=2\r\n", {"A": "1"}),
        ("export A=1\n  B = 2 ", {"A": "1", "B": "2"}),
        ("A=x # comment\nB=x#y\nC=# comment\nD=", {"A": "x", "B": "x#y", "C": "", "D": ""}),
        ("A='x # ${B} \\n'  # comment\nB=\"x # \\\"y\\\" \\n\\t\\\\ \\z\"", {"A": "x # ${B} \\n", "B": 'x # "y" \n\t\\ z'}),
        ('A="two\nlines"\nB=\'two\nlines\'\nC=3', {"A": "two\nlines", "B": "two\nlines", "C": "3"}),
        ("A=1\nB=${A}-${OUT}-${NONE:-x}", {"A": "1", "B": "1-out-x"}),
        ("A=it's\nOUT=2\nB=${OUT}", {"A": "it's", "OUT": "2", "B": "out"}),
        ("ALONE\nexport ALONE # comment\nA=1=2", {"A": "1=2"}),
        ("", {}),
    ],
)  # fmt: skip
def test_read(text, expected):
    """Lines are read as docker-compose reads them: comments, quotes, export, variables of the lines above."""
    assert read(text, "f", {"OUT": "out"}) == expected


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("A=1\nhello world\nB=2", 2, "this line sets no variable"),
        ("1A=x", 1, "this line sets no variable"),
        ("A: x", 1, "this line sets no variable"),
        ("A=1\n\nB='x\nC=2", 3, "the quoted value of B is not closed"),
        ('A="x', 1, "the quoted value of A is not closed"),
        ('A="x" y', 1, "something stands behind the quoted value of A"),
        ("A='x\ny' z", 1, "something stands behind the quoted value of A"),
        ("A=1\nB=${NONE}", 2, "environment variable NONE is not set"),
        ("A=${", 1, "${ begins no variable: '${'"),
    ],
)
def test_mistakes(text, line, message):
    """A line that cannot be read is told by its number, without what it holds."""
    with pytest.raises(ConfigError) as caught:
        read(text, "f", {})
    assert [(problem.message, problem.place) for problem in caught.value.problems] == [
        (message, Place("f", line))
    ]


def test_a_file_that_is_missing_is_at_fault_itself(tmp_path):
    """Not the configuration that would use it."""
    missing = str(tmp_path / "none.env")
    with pytest.raises(ConfigError) as caught:
        environment({}, [missing])
    (problem,) = caught.value.problems
    assert problem.message.startswith(f"cannot read {missing}: ")
    assert (problem.place, problem.place.quotable) == (Place(missing, 1), False)


def test_environment(tmp_path):
    """The real environment goes before the files, a later file before an earlier one, and each may use what is known."""
    one, two = tmp_path / "one.env", tmp_path / "two.env"
    one.write_text("A=one\nB=one\nC=one\n")
    two.write_text("B=two\nC=two\nD=${A}${C}\n")
    assert environment({"C": "real"}, [str(one), str(two)]) == {
        "A": "one", "B": "two", "C": "real", "D": "onereal",
    }  # fmt: skip


def test_environment_mistakes(tmp_path):
    """All files' mistakes are told at once; a file that is not there is one."""
    bad = tmp_path / "bad.env"
    bad.write_text("?\n!\n")
    with pytest.raises(ConfigError) as caught:
        environment({}, [str(bad), str(tmp_path / "none.env")])
    assert [problem.message.partition(":")[0] for problem in caught.value.problems] == [
        "this line sets no variable", "this line sets no variable", f"cannot read {tmp_path / 'none.env'}",
    ]  # fmt: skip
