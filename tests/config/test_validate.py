import json

import pytest

from devproxy.config.validate import as_json, is_usable, validate
from devproxy.problems import Place, Problem


@pytest.fixture
def file(tmp_path):
    """Writes a configuration and says where it is."""

    def write(text):
        path = tmp_path / "proxy.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_good_file(file):
    """A good file has no problems."""
    assert validate(file("routes: {/: http://localhost:3001}")) == ()


def test_warnings_and_errors(file):
    """Warnings leave a file usable, errors do not; both come with their places."""
    path = file("routes: {/: 'http://api.example.com:${PORT}'}")
    (warning,) = validate(path, environ={"PORT": "80"})
    (error,) = validate(path, environ={})
    assert (warning.severity, warning.place) == ("warning", Place(str(path), 1, 13))
    assert (error.severity, error.place) == ("error", Place(str(path), 1, 13))
    assert is_usable([warning])
    assert not is_usable([warning, error])


@pytest.mark.parametrize("name", ["none.yaml", "", "\0", "a" * 5000])
def test_no_file(tmp_path, name):
    """A file that cannot be read is a problem like any other."""
    assert [problem.code for problem in validate(tmp_path / name)] == ["file"]


def test_as_json():
    """Programs get an array of objects that always have the same keys."""
    problems = [
        Problem("unset", "é is not set", "set it", ("a",), Place("f", 2, 3)),
        Problem("file", "cannot read f", severity="warning"),
    ]
    assert json.loads(as_json(problems)) == [
        {"severity": "error", "code": "unset", "message": "é is not set", "hint": "set it", "file": "f", "line": 2, "column": 3},
        {"severity": "warning", "code": "file", "message": "cannot read f", "hint": "", "file": None, "line": None, "column": None},
    ]  # fmt: skip
    assert as_json([]) == "[]"
