"""Tables of entries."""

import pytest

from devproxy.importing import table
from devproxy.importing.javascript import Script
from devproxy.importing.options import Entry
from devproxy.importing.table import Row

OPTIONS = Script("export default {target: 'http://a'}").exported()


def routes(*keys):
    found = table.routes([Row(key, Entry(key, OPTIONS, f"f:{at}", "vite")) for at, key in enumerate(keys, 1)])
    return [route.prefix for route in found.routes], list(found.notes)


@pytest.mark.parametrize(
    ("keys", "prefixes"),
    [
        (["/api/v2", "/api"], ["/api/v2", "/api"]),
        (["/api", "/api/v2", "/apiary"], ["/api"]),
        (["^/api/.*", "/api"], ["/api"]),
        (["^/api", "/api/v2"], ["/api", "/api/v2"]),
        (["^/(a|b)", "api", "/a"], ["/a"]),
        (["/api/"], ["/api"]),
    ],
)
def test_the_first_that_fits_wins_there(keys, prefixes):
    """What is never reached, or is no prefix, is told and not carried over."""
    found, notes = routes(*keys)
    assert found == prefixes
    assert len(notes) == len(keys) - len(prefixes)


def test_what_is_told():
    """Which entry, where it stands, and why."""
    assert routes("/api", "/api/v2", "^/(a|b)")[1] == [
        "/api/v2 (f:2) is never reached: /api stands before it, and vite takes the first that fits.",
        "^/(a|b) (f:3) is no prefix, as a route here is: what it takes stays with vite, unless a route of this file fits too.",
    ]
    found = table.routes([Row("/api/", Entry("/api/", OPTIONS, "f:1", "vite"))])
    assert found.routes[0].remarks == (
        "/api/ is not /api, which stays with vite there; here both are of the route.",
    )


def globs(text, *, one_segment=True):
    rows, notes = table.with_globs(
        Script(f"export default {text}").exported(), "f", "angular", one_segment=one_segment
    )
    return [row.key for row in rows], notes, [row.remark for row in rows]


@pytest.mark.parametrize(
    ("key", "prefix"),
    [
        ("/api", "/api"),
        ("/api/**", "/api"),
        ("/api/**/*", "/api"),
        ("/api/*", "/api"),
        ("^/api", "^/api"),
        ("/{a,b}/**", "^/{a,b}/**"),
        ("/api*", "^/api*"),
        ("!/api", "^!/api"),
        ("**", "^**"),
    ],
)
def test_globs_that_are_prefixes(key, prefix):
    """The others are patterns, which are no prefix."""
    assert globs(f"{{'{key}': {{}}}}")[0] == [prefix]


def test_a_star_is_one_segment():
    """Which is said where it is so."""
    assert globs("{'/api/*': {}}")[2] == [
        "/api/* takes one segment in angular; here all below /api is of the route."
    ]
    assert globs("{'/api/*': {}}", one_segment=False)[2] == [""]


def test_lists_with_contexts():
    """One or several; what is not written out is told."""
    text = "[{context: ['/a', '/b'], target: 'x'}, {context: '/c'}, {context: f}, g, {context: [h, '/d']}]"
    keys, notes, _ = globs(text)
    assert keys == ["/a", "/b", "/c", "/d"]
    assert notes == ["an entry at f:1 is not written out: angular still does it behind /."] * 3


def test_tables_with_holes():
    """A URL is an entry; a spread is none."""
    keys, notes, _ = globs("{'/a': 'http://a', ...more,\n '/b': f()}")
    assert keys == ["/a"]
    assert notes == [
        "an entry at f:1 is not written out: angular still does it behind /.",
        "/b (f:2) is not written out: angular still does it behind /.",
    ]
