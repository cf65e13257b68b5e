"""Mistakes as values, and the word that was probably meant."""

import pytest
from hypothesis import given, strategies as st

from devproxy.problems import ALIKE, Place, Problem, likeness, nearest
from tests.law import patient


def test_place_reads_as_editors_do():
    """A place is written file:line, which terminals and editors make a link of."""
    assert str(Place("proxy.yaml", 14, 5)) == "proxy.yaml:14"


def test_problem_is_an_error_unless_it_says_otherwise():
    """Only a problem that says so is a mere warning."""
    assert Problem("origin", "an origin has no path").severity == "error"
    assert Problem("twin", "…", severity="warning").severity == "warning"


KEYS = ["target", "strip_prefix", "change_origin", "cors", "port", "host"]

WORDS = [
    # realistic
    ("prot", "port"),
    ("tagret", "target"),
    ("strip-prefix", "strip_prefix"),
    ("changeorigin", "change_origin"),
    ("cor", "cors"),
    # synthetic
    ("target", "target"),
    # pathological
    ("zzz", None),
    ("", None),
    ("timeout_in_milliseconds", None),
]


@pytest.mark.parametrize(("word", "expected"), WORDS)
def test_nearest(word, expected):
    """A misspelt word finds what was meant; a word that is like nothing finds nothing."""
    assert nearest(word, KEYS) == expected


def test_nearest_of_nothing():
    """Without candidates nothing is near, and any iterable will do."""
    assert nearest("port", []) is None
    assert nearest("prot", (key for key in KEYS)) == "port"


@pytest.mark.parametrize(
    ("word", "other", "alike"),
    [
        ("/API", "/api", True),
        ("/apo", "/api", True),
        ("/api", "/zzz", False),
        ("", "/api", False),
        ("", "", True),
    ],
)
def test_likeness(word, other, alike):
    """Whether one may mean the other; capitals do not count."""
    assert (likeness(word, other) >= ALIKE) is alike


@patient
@given(st.text(), st.lists(st.text(), max_size=5))
def test_nearest_is_a_candidate(word, candidates):
    """What is suggested is always one of the candidates, and a candidate is nearest to itself."""
    assert nearest(word, candidates) in {None, *candidates}
    assert all(nearest(candidate, [candidate]) == candidate for candidate in candidates)
