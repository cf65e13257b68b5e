"""Fields in wire order, found without regard to case."""

import pytest
from hypothesis import given, strategies as st

from devproxy.headers import HOP_BY_HOP, Headers, is_token, list_elements
from tests.law import field_names, field_values, headers, patient

TOKENS = [
    # realistic
    ("GET", True),
    ("X-Request-Id", True),
    ("M-SEARCH", True),
    # synthetic
    ("!#$%&'*+-.^_`|~0aZ", True),
    ("a", True),
    # pathological
    ("", False),
    (" GET", False),
    ("GET ", False),
    ("GET\n", False),
    ("a b", False),
    ("a:b", False),
    ("a,b", False),
    ('"a"', False),
    ("a/b", False),
    ("a@b", False),
    ("caf\xe9", False),
    ("a\x00b", False),
    ("a\tb", False),
]


@pytest.mark.parametrize(("text", "expected"), TOKENS)
def test_token(text, expected):
    """A token is made of the characters of RFC 9110, section 5.6.2, and has at least one."""
    assert is_token(text) is expected


LISTS = [
    # realistic
    ("content-type,authorization", ["content-type", "authorization"]),
    ("gzip, deflate, br", ["gzip", "deflate", "br"]),
    ("close", ["close"]),
    # synthetic
    ("a ,\tb\t, c", ["a", "b", "c"]),
    ("A, a", ["A", "a"]),
    # pathological
    ("", []),
    (" ", []),
    (",,, ,", []),
    (",a,,b,", ["a", "b"]),
    ("a b, c", ["a b", "c"]),
    ("a\xa0, b", ["a\xa0", "b"]),
]


@pytest.mark.parametrize(("value", "expected"), LISTS)
def test_list_elements(value, expected):
    """List elements are trimmed of blanks and tabs only, and empty ones do not count."""
    assert list_elements(value) == expected


def test_look_up_ignores_case():
    """A field is found however its name is spelled."""
    fields = headers("Content-Type: text/plain")
    assert fields.get("content-type") == fields.get("CONTENT-TYPE") == "text/plain"
    assert "cOnTeNt-TyPe" in fields


def test_look_up_of_what_is_not_there():
    """What is missing is None, the default, no lines and no elements."""
    fields = headers("A: 1")
    assert fields.get("b") is None
    assert fields.get("b", "nothing") == "nothing"
    assert fields.lines("b") == ()
    assert fields.elements("b") == []
    assert "b" not in fields


def test_empty_value_is_there():
    """A field with an empty value is a field."""
    fields = Headers([("A", "")])
    assert "a" in fields
    assert fields.get("a", "default") == ""


def test_only_names_are_in_it():
    """A question about anything but a name has the answer no."""
    assert b"a" not in headers("A: 1")
    assert None not in headers("A: 1")


def test_duplicates():
    """Several lines with one name stay several, and their elements are taken together."""
    fields = headers("X: a, b", "Set-Cookie: s=1", "x: c", "Set-Cookie: t=2")
    assert fields.get("x") == "a, b"
    assert fields.lines("X") == ("a, b", "c")
    assert fields.elements("x") == ["a", "b", "c"]
    assert fields.lines("set-cookie") == ("s=1", "t=2")


def test_without_and_plus_make_new_ones():
    """Fields are taken out by lower-case name in any spelling, or put behind, and the original stays as it was."""
    fields = headers("A: 1", "B: 2", "a: 3", "C: 4")
    assert list(fields.without({"a"})) == [("B", "2"), ("C", "4")]
    assert list(fields.plus(("D", "5"), ("A", "6")))[-2:] == [("D", "5"), ("A", "6")]
    assert list(fields) == [("A", "1"), ("B", "2"), ("a", "3"), ("C", "4")]
    assert len(fields) == 4


def test_without_after_a_look_up():
    """The index of one value is not the index of those that are made of it."""
    fields = headers("A: 1", "B: 2")
    assert "a" in fields
    assert "a" not in fields.without({"a"})
    assert "c" in fields.plus(("C", "3"))
    assert "c" not in fields


def test_equality_is_that_of_the_wire():
    """Headers are equal when they would be written alike: order, case and duplicates count."""
    assert headers("A: 1", "B: 2") == headers("A: 1", "B: 2")
    assert hash(headers("A: 1")) == hash(headers("A: 1"))
    assert headers("A: 1", "B: 2") != headers("B: 2", "A: 1")
    assert headers("A: 1") != headers("a: 1")
    assert headers("A: 1") != [("A", "1")]


def test_repr():
    """A repr can be pasted into an issue and back into Python."""
    fields = headers("Host: localhost", "X: caf\xe9")
    assert eval(repr(fields)) == fields


@patient
@given(st.lists(st.tuples(st.binary(), st.binary())))
def test_raw_bytes_survive(pairs):
    """Whatever bytes a parser hands out come back unchanged, and in the same order."""
    fields = Headers.from_raw(pairs)
    assert [(name.encode("latin-1"), value.encode("latin-1")) for name, value in fields] == pairs


@patient
@given(st.lists(st.tuples(field_names, field_values)), field_names)
def test_look_ups_agree(pairs, name):
    """`in`, `get`, `lines` and `without` tell one story."""
    fields = Headers(pairs)
    lines = [value for key, value in pairs if key.lower() == name.lower()]
    assert list(fields.lines(name)) == lines
    assert (name in fields) is bool(lines)
    assert fields.get(name) == (lines[0] if lines else None)
    assert len(fields.without({name.lower()})) == len(pairs) - len(lines)


def test_hop_by_hop_names():
    """The fields of RFC 9110, section 7.6.1, speak about one connection; those about the message do not."""
    assert {
        "connection",
        "keep-alive",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "proxy-connection",
    } <= HOP_BY_HOP
    assert not HOP_BY_HOP & {
        "content-length",
        "cookie",
        "set-cookie",
        "via",
        "www-authenticate",
        "authorization",
    }
    assert all(name == name.lower() for name in HOP_BY_HOP)


def test_connection_options():
    """What a sender says of its connection is a set, without regard to case or lines."""
    fields = Headers([("Connection", "Keep-Alive, X-Hop"), ("connection", "close")])
    assert fields.connection_options() == {"keep-alive", "x-hop", "close"}
    assert Headers().connection_options() == frozenset()


def test_well_formed_lines_become_fields_as_they_are():
    """Only the blanks around a value are none of it (RFC 9112, section 5); any other byte stays."""
    lines = b"A: b\r\na:\r\nX-B:\t c\xe9: d \t\r\nE:  \r\n"
    assert list(Headers.of_lines(lines)) == [("A", "b"), ("a", ""), ("X-B", "c\xe9: d"), ("E", "")]
    assert list(Headers.of_lines(b"")) == []
