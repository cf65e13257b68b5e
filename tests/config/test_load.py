import pytest

from devproxy.config.files import MAX_BYTES
from devproxy.config.load import MAX_NODES, read
from devproxy.errors import ConfigError
from devproxy.problems import Place


def fault(text):
    """The one problem that a text has."""
    with pytest.raises(ConfigError) as caught:
        read(text, "f")
    (problem,) = caught.value.problems
    return problem


@pytest.mark.parametrize(
    "word",
    [
        "off",
        "no",
        "yes",
        "true",
        "null",
        "~",
        "12:30",
        "22:22",
        "1.0",
        "0x1F",
        "1_000",
        "2026-11-24",
        ".inf",
        "=",
        "08",
    ],
)
def test_words(word):
    """A scalar is the word that stands there, whatever YAML 1.1 makes of it; as a key, too."""
    assert read(f"{word}: {word}", "f").data == {word: word}


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("", None),
        ("# only comments\n\n", None),
        ("---\n", None),
        ("a:\nb: ''\n", {"a": None, "b": ""}),
        ("a: [1, {b: c}]\n", {"a": ["1", {"b": "c"}]}),
        ("\ufeffa: b\r\nc: d\r\n", {"a": "b", "c": "d"}),
        ("--- # one document\na: b\n...\n", {"a": "b"}),
        ('a: "\\u00e9\\n"\n', {"a": "é\n"}),
        ("a: |\n  b\n  c\n", {"a": "b\nc\n"}),
        ("routes: {/api: http://localhost:3001}", {"routes": {"/api": "http://localhost:3001"}}),
        ("a: &x [b]\nc: *x\n", {"a": ["b"], "c": ["b"]}),
        ("a: &x 1\nb: &x 2\nc: *x\n", {"a": "1", "b": "2", "c": "2"}),
        (
            "a: &x {k: 1, l: 2}\nb:\n  l: 3\n  <<: *x\n",
            {"a": {"k": "1", "l": "2"}, "b": {"l": "3", "k": "1"}},
        ),
        ("b: {<<: [{k: 1}, {k: 2, l: 3}]}\n", {"b": {"k": "1", "l": "3"}}),
        ("'<<': a\n", {"<<": "a"}),
    ],
)
def test_legal(text, data):
    """YAML is read as YAML 1.2 means it, aliases and merge keys included; `a:` alone is no value."""
    assert read(text, "f").data == data


def test_repeats():
    """A key that stands twice is kept once and told, however often aliases show it."""
    document = read("a: &x {b: 1, b: 2, b: 3}\nc: *x\n", "f")
    assert document.data == {"a": {"b": "1"}, "c": {"b": "1"}}
    assert [(r.path, r.place.column, r.first.column) for r in document.repeats] == [
        (("a", "b"), 14, 8),
        (("a", "b"), 20, 8),
    ]


@pytest.mark.parametrize(
    ("text", "place", "message", "hint"),
    [
        ("a: *", (1, 5), "did not find expected alphabetic or numeric character", 'quote the star: "*" (a bare * starts a YAML alias)'),
        ("a: *.x.test\n", (1, 5), "did not find expected alphabetic or numeric character", 'quote it: "*.x.test" (a bare * starts a YAML alias)'),
        ("a: *b\n", (1, 4), "the alias *b has no anchor &b", 'quote it: "*b" (a bare * starts a YAML alias)'),
        ("a: &\n", (1, 5), "did not find expected alphabetic or numeric character", 'quote the ampersand: "&" (a bare & starts a YAML anchor)'),
        ("a:\n\tb: c\n", (2, 1), "found character that cannot start any token", "write spaces instead: YAML does not allow tabs here"),
        ("a: @b\n", (1, 4), "found character that cannot start any token", 'quote it: "@b" (a word cannot begin with @)'),
        ("a: %b\n", (1, 4), "found character that cannot start any token", 'quote it: "%b" (a word cannot begin with %)'),
        ("a: b: c\n", (1, 5), "mapping values are not allowed here", 'quote the value: "b: c"'),
        ("a: b\nc\n", (2, 1), "could not find expected ':'", "write key: value, with a space after the colon"),
        ("- a\nb: c\n", (2, 1), "did not find expected <block end>", "indent the keys of one mapping, or the dashes of one list, alike"),
        ("a: [b\nc: d\n", (2, 2), "did not find expected ',' or ']'", "separate with commas, and close the [ of line 1 with ]"),
        ("a: {b: c\n", (2, 1), "did not find expected ',' or '}'", "separate with commas, and close the { of line 1 with }"),
        ("a: [", (1, 5), "did not find expected node content", "a value is missing here, or a bracket is not closed"),
        ("a: 'b\n", (1, 4), "a quotation mark is not closed", "write 'b'"),
        ('"a" b\n', (1, 5), "did not find expected '<document start>'", "something stands behind a value that has ended: quote the whole value"),
        ('a: "C:\\dev"\n', (1, 8), "found unknown escape character 'd'", "write \\\\ for a backslash, or use single quotes"),
        ('a: "\\U99999999"\n', (1, 7), "a number is out of range", "remove it"),
        ("a: b\0c\n", (1, 5), "the character U+0000 is not allowed", "remove it"),
        ("a: b\nc: \x1b[31m\n", (2, 4), "the character U+001B is not allowed", "remove it"),
    ],
)  # fmt: skip
def test_not_yaml(text, place, message, hint):
    """What is not YAML is told at its place, with what people usually meant."""
    problem = fault(text)
    assert (problem.message, problem.hint) == (f"not valid YAML: {message}", hint)
    assert problem.place == Place("f", *place)


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("a: 1\n---\nb: 2\n", (2, 1), "a configuration is one YAML document"),
        ("a: !!python/object:os.system x\n", (1, 4), "YAML tags have no meaning here"),
        ("a: !!str 5\n", (1, 4), "YAML tags have no meaning here"),
        ("[a]: b\n", (1, 1), "a key is one word"),
        ("{{a: b}: c}\n", (1, 2), "a key is one word"),
        ("a: &x {b: *x}\n", (1, 11), "the alias *x stands inside what it repeats"),
        ("a: &x\n  <<: *x\n", (2, 7), "the alias *x stands inside what it repeats"),
        ("a: {<<: b}\n", (1, 9), "<< merges mappings"),
        ('a: "\\ud800"\n', (1, 4), "half of a surrogate pair is not a character"),
    ],
)
def test_refused(text, place, message):
    """Parts of YAML that a configuration has no use for are refused in words."""
    problem = fault(text)
    assert (problem.message, problem.place) == (message, Place("f", *place))


NESTED = "nested deeper than 64 levels"
NINES = [
    "a: &a [x, x, x, x, x, x, x, x, x]",
    *(f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]" for a, b in zip("abcdefgh", "bcdefghi", strict=True)),
]
TORTURE = {
    "brackets": ("[" * 60_000, NESTED),
    "braces": ("{a: " * 60_000, NESTED),
    "dashes": ("- " * 60_000, NESTED),
    "complex keys": ("? " * 60_000, NESTED),
    "billion laughs": ("\n".join(NINES), "aliases repeat so much that more than 50000 values result"),
    "billion merges": ("a: &a0 {k: v}\n" + "".join(f"m{i}: &a{i + 1} {{<<: [*a{i}, *a{i}]}}\n" for i in range(60)), "aliases repeat so much that more than 50000 values result"),
    "wide merges": ("a: &a {" + ", ".join(f"k{i}: v" for i in range(5000)) + "}\nb: {<<: [" + "*a, " * 5000 + "]}", "aliases repeat so much that more than 50000 values result"),
    "chain": ("a0: &a0 x\n" + "".join(f"a{i + 1}: &a{i + 1} [*a{i}]\n" for i in range(5000)), "aliases nest deeper than 64 levels"),
    "chain of merges": ("a0: &a0 {k: v}\n" + "".join(f"a{i + 1}: &a{i + 1} {{<<: *a{i}}}\n" for i in range(5000)), "aliases nest deeper than 64 levels"),
    "many": ("a: [" + "b," * (MAX_NODES + 1), "more than 50000 values"),
    "long key": ("'" + "k" * 1_900_000 + "': 1", "not valid YAML: a key has at most 1024 characters"),
    "long line": ("a: " + "b" * 1_900_000 + ": c", "not valid YAML: a key has at most 1024 characters"),
    "large": ("x" * (MAX_BYTES + 1), "f is larger than 2 MB"),
}  # fmt: skip


@pytest.mark.parametrize("name", TORTURE)
def test_torture(name):
    """Files made to break a parser are one problem with a place; without the bounds some would take hours."""
    text, message = TORTURE[name]
    problem = fault(text)
    assert (problem.message, problem.place.file) == (message, "f")


@pytest.mark.parametrize(
    ("text", "place", "message", "hint"),
    [
        ("a: \u201cb\u201d\n", (1, 4), "\u201c is no quotation mark to YAML", 'write "b"'),
        (
            "\u00a0a: b\n",
            (1, 1),
            "U+00A0 looks like a blank and is none",
            "write an ordinary space, or nothing",
        ),
        ("a: !env NAME\n", (1, 4), "YAML tags have no meaning here", "write ${NAME}"),
        (
            "a: !env [b]\n",
            (1, 4),
            "YAML tags have no meaning here",
            "remove it: values are the words that stand there",
        ),
        ("a: {{ NAME }}\n", (1, 5), "a key is one word", 'for a variable write "${NAME}"'),
        ("a: {[b]: c}\n", (1, 5), "a key is one word", "quote it if it begins with [ or {"),
    ],
)
def test_almost_yaml(text, place, message, hint):
    """Characters and notations of other places are told as what they are."""
    problem = fault(text)
    assert (problem.message, problem.hint, problem.place) == (message, hint, Place("f", *place))


def test_quoted_characters():
    """Between quotation marks every character is itself, and so it is in the words of a variable."""
    assert read("a: '\u201cb\u201d\u00a0'\nb: ${X:?d\u00e9finir\u00a0X}\n", "f").data == {
        "a": "\u201cb\u201d\u00a0",
        "b": "${X:?d\u00e9finir\u00a0X}",
    }
