"""The text that is written."""

import string

import pytest
import yaml
from hypothesis import given, strategies as st

from devproxy.config.build import parse
from devproxy.config.given import Given
from devproxy.importing.document import document, variables
from devproxy.importing.found import Found, FoundRoute, Frontend, merged
from devproxy.importing.javascript import Member, Object, Replace, Variables
from devproxy.importing.options import Entry
from devproxy.importing.table import Row, routes


def test_the_command_line_s_targets_are_short():
    """As one would write them by hand."""
    text = document(
        Found((FoundRoute("/api", "http://localhost:3001", ""), FoundRoute("/", "http://localhost:5173", "")))
    )
    assert text == (
        "# yaml-language-server: $schema=./devproxy.schema.json\n"
        "# (help and checks in editors: devproxy schema > devproxy.schema.json)\n"
        "#\n"
        "# Written by devproxy init. Check it with devproxy validate; run it with devproxy.\n"
        "\n"
        "routes:\n"
        "  /api: http://localhost:3001\n"
        "  /: http://localhost:5173\n"
    )


def test_flags_are_kept():
    """Origins come on top of the default, which a list would replace."""
    flags = Given("127.0.0.1", 9000, ("https://app.example.com",))
    config = parse(document(Found((FoundRoute("/", "http://localhost:3001", ""),)), flags))
    assert (config.listen.host, config.listen.port) == ("127.0.0.1", 9000)
    for origin in (
        "https://app.example.com",
        "http://localhost:5173",
        "https://a.localhost",
        "http://127.0.0.1:1",
        "http://[::1]",
    ):
        assert config.site_policy.allows(origin)
    assert not config.site_policy.allows("https://other.example.com")
    assert "host:" not in document(Found((FoundRoute("/", "http://a", ""),)), Given(port=9000))
    assert "port:" not in document(Found((FoundRoute("/", "http://a", ""),)), Given(host="::1"))


def test_a_page_without_an_api():
    """The line that is missing is there to fill in."""
    text = document(merged([Found(frontend=Frontend("vite"))]))
    assert text.endswith("\n  # The API of the page, if it has one:\n  # /api: http://localhost:3001\n")
    assert "open\n# http://localhost:8484 instead of http://localhost:5173." in text


def test_variables_that_must_be_set():
    """Not those with a default, and no dollar that is one."""
    assert variables("# ${NO}\na: ${A}\nb: ${B:-x}\nc: $${C}\nd: $$${D} ${A}\n") == ["A", "D"]
    text = document(Found((FoundRoute("/", "${API}", ""),)))
    assert "# API: from the environment, or a file, as in devproxy --env-file .env\n" in text


HOSTILE = "a\nroutes: {/: http://evil.example}\r\u2028\x85\x1b[2J"


def test_nothing_from_a_file_becomes_a_line_of_its_own():
    """Comments are escaped, values quoted."""
    found = merged([
        Found((FoundRoute("/api", "http://a", HOSTILE, remarks=(HOSTILE,), direct=HOSTILE),), Frontend("vite", 1, HOSTILE), (HOSTILE,))
    ])  # fmt: skip
    text = document(found)
    assert yaml.safe_load(text) == {"routes": {"/api": "http://a", "/": "http://localhost:1"}}
    assert all(character.isprintable() or character == "\n" for character in text)


def object_of(values):
    return Object(1, {name: Member(1, value) for name, value in values.items()})


WORDS = st.text(alphabet=string.ascii_letters + string.digits + "/-_.:$#{}'\"%\n\t é", max_size=12)
PREFIXES = st.one_of(
    WORDS, WORDS.map(lambda word: f"/{word}"), st.sampled_from(["/api", "/api/", "^/a/.*", "/", "/ws"])
)
TARGETS = st.one_of(
    WORDS.map(lambda word: f"http://localhost:3001/{word}"),
    WORDS,
    st.sampled_from(
        [
            "https://api.example.com/v1",
            "http://127.0.0.1:1",
            Variables("${B}", "1"),
            Variables("http://localhost:${A}", "http://localhost:1"),
        ]
    ),
)
OPTIONS = st.fixed_dictionaries(
    {"target": TARGETS},
    optional={
        "changeOrigin": st.booleans(),
        "secure": st.booleans(),
        "rewrite": st.builds(Replace, WORDS, WORDS),
        "proxyTimeout": st.floats(0, 1e9),
        "headers": st.dictionaries(WORDS, WORDS, max_size=2).map(object_of),
        "cookieDomainRewrite": WORDS,
    },
)


@given(st.lists(st.tuples(PREFIXES, OPTIONS), max_size=4), st.booleans())
def test_whatever_is_found_what_is_written_is_valid(entries, https):
    """`devproxy validate` has nothing against it, and every route is there."""
    rows = [Row(key, Entry(key, object_of(options), "vite.config.js:1", "vite")) for key, options in entries]
    found = merged([routes(rows), Found(frontend=Frontend("vite", https=https))])
    text = document(found)
    config = parse(text, environ={"A": "3001", "B": "http://localhost:1"})
    assert [route.prefix for route in config.routes] == [route.prefix for route in found.routes]


@pytest.mark.parametrize("value", ["a: b", "#", "- a", "true", "'", '"', "é"])
def test_values_arrive_as_they_are(value):
    """Whatever YAML might make of them."""
    keys = {"headers": {"request": {"set": {"X-A": value}}}}
    config = parse(document(Found((FoundRoute("/a", "http://localhost:1", "", keys),))))
    assert config.routes[0].request_set == (("X-A", value),)
