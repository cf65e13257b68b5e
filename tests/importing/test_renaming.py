"""What a replacement in a path is here."""

import re

import pytest
from hypothesis import assume, given, strategies as st

from devproxy.config.build import parse
from devproxy.config.written import flow
from devproxy.importing.javascript import Regex, Replace
from devproxy.importing.renaming import beginning, renaming
from devproxy.rewrite.paths import to_target
from devproxy.routing import Match, Router


def steps(*pairs):
    return [Replace(Regex(pattern), by) for pattern, by in pairs]


@pytest.mark.parametrize(
    ("prefix", "replacements", "keys"),
    [
        ("/api", steps((r"^\/api", "")), {"strip_prefix": "true"}),
        ("/api", steps(("^/api", "/")), {"strip_prefix": "true"}),
        ("/api", [Replace("/api", "")], {"strip_prefix": "true"}),
        ("/api", steps(("^/api", "/v1")), {"rewrite_path": {"/api": "/v1"}}),
        ("/api", steps(("^/api", "v1")), {"rewrite_path": {"/api": "/v1"}}),
        ("/api", steps(("^/api/", "")), {"strip_prefix": "true"}),
        ("/api", [Replace("/api/", "/v2/")], {"rewrite_path": {"/api": "/v2"}}),
        ("/a/api", [Replace("/api", "")], {"rewrite_path": {"/a/api": "/a"}}),
        ("/api", steps(("^/api/old", "/new"), ("^/api", "")), {"rewrite_path": {"/api/old": "/new", "/api": "/"}}),
        ("/api", steps(("^/api/a", "/b"), ("^/api/a/c", "/d")), {"rewrite_path": {"/api/a": "/b"}}),
        ("/api", steps(("^/other", "")), {}),
        ("/api", steps(("^/api", "/api")), {}),
        ("/", steps(("^/", "/v1/")), {"rewrite_path": {"/": "/v1"}}),
    ],
)  # fmt: skip
def test_replacements_as_keys(prefix, replacements, keys):
    """The first that changes a path is the only one."""
    found = renaming(prefix, replacements)
    assert found is not None
    assert found.keys == keys


@pytest.mark.parametrize(
    "replacement",
    [
        Replace(Regex(r"^\/api", "g"), ""),
        Replace(Regex(r"^\/(api|v1)"), ""),
        Replace(Regex(r"^\/api.*"), ""),
        Replace(Regex("users"), "people"),
        Replace("users", "people"),
        Replace("/api", "/{id}"),
    ],
)
def test_replacements_that_no_key_does(replacement):
    """They may change any part of a path, or are more than letters."""
    assert renaming("/api", [replacement]) is None


def test_where_a_renaming_differs_is_said():
    """The prefix alone, a name that only begins so, two slashes."""
    assert renaming("/api", steps(("^/api/", "/"))).remarks == (
        "/api alone, with no slash behind it, is renamed here too.",
    )
    assert renaming("/api", steps(("^/api/old", "/new"))).remarks == (
        "Only /api/old and what is below it is renamed here, not /api/oldx.",
    )
    assert renaming("/api", steps(("^/api", "/"))).remarks == (
        "Where two slashes came of it, there is one here.",
    )


@pytest.mark.parametrize(
    ("pattern", "prefix"),
    [
        ("^/api", "/api"),
        (r"^\/api\/.*", "/api/"),
        ("^/api/.*$", "/api/"),
        ("^/api(?=/)", "/api"),
        (r"^\/v1\.0", "/v1.0"),
        ("^/(api|auth)", ""),
        ("^/api/[0-9]", ""),
        ("^/api/.*x", ""),
        ("/api", ""),
        ("^", ""),
    ],
)
def test_patterns_that_are_prefixes(pattern, prefix):
    """And those that are not."""
    assert beginning(pattern) == prefix


PATHS = st.lists(st.sampled_from(["a", "b", "ab", "v1"]), min_size=1, max_size=3).map(
    lambda names: "/" + "/".join(names)
)


@given(PATHS, PATHS, st.one_of(st.just(""), PATHS), PATHS, st.booleans())
def test_paths_become_what_the_replacement_makes_of_them(prefix, old, by, rest, anchored):
    """Below the prefix, for every replacement that is taken."""
    found = renaming(prefix, [Replace(Regex("^" + old) if anchored else old, by)])
    assume(found is not None)
    path = prefix + rest
    theirs = "/" + re.sub(("^" if anchored else "") + re.escape(old), by, path, count=1).lstrip("/")
    told = any(path.startswith(remark.split(" ")[1]) for remark in found.remarks)  # where it says to differ
    config = parse(f"routes: {{{prefix}: {flow({'target': 'http://localhost:1', **found.keys})}}}")
    match = Router(config.routes).find(path)
    assert isinstance(match, Match)
    assert to_target(match, path) == theirs or (told and not path.startswith(f"{old}/"))
