import pytest
from hypothesis import given, strategies as st

from devproxy.config.load import read
from devproxy.config.written import nested, written


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (None, ""),
        ("http://localhost:3001", "http://localhost:3001"),
        ("Bearer abc", "Bearer abc"),
        ("*", '"*"'),
        ("", '""'),
        ("${X}", '"${X}"'),
        ("a: b", '"a: b"'),
        ("a:", '"a:"'),
        ("a #b", '"a #b"'),
        ("café", '"café"'),
        ("…", "…"),
        (["GET", "*"], '[GET, "*"]'),
        ({"a": {"b": None}, "c d": ["e"]}, "{a: {b:}, c d: [e]}"),
        ("x" * 121, "…"),
        ("a\nb", "…"),
    ],
)
def test_written(data, text):
    """Data is one line of YAML, quoted where it must be; what is too long to paste is left out."""
    assert written(data) == text


def test_nested():
    """A value stands below its keys."""
    assert nested(("cors",), "passthrough") == "cors: passthrough"
    assert nested(("/", "cors", "max_age"), "5") == "/: {cors: {max_age: 5}}"
    assert nested(("a",), None) == "a:"


texts = st.text(max_size=12)


@given(st.recursive(texts, lambda inner: st.lists(inner) | st.dictionaries(texts, inner), max_leaves=6))
def test_read_back(data):
    """What is written is read as the same data."""
    line = nested(("a",), data)
    if "…" not in line:
        assert read(line, "f").data == {"a": data}
