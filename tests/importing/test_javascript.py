"""What is written out in a script, and what is not."""

import pytest
from hypothesis import given, strategies as st

from devproxy.importing.javascript import (
    Array,
    Member,
    Object,
    Regex,
    Replace,
    Script,
    Unread,
    Variables,
    escaped,
)


def value(text, before=""):
    """The value of `x` in an object."""
    return Script(f"{before}\nexport default {{ x: {text} }}").exported().get("x")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("'a'", "a"),
        ("`a`", "a"),
        ("``", ""),
        ("3_000", 3000.0),
        ("0x10", 16.0),
        ("true", True),
        ("null", None),
        ("undefined", None),
        ("('a')", "a"),
        ("'a' as const", "a"),
        ("'a' satisfies string", "a"),
        ("/a/i", Regex("a", "i")),
        ("['a', 1,]", Array((Member(2, "a"), Member(2, 1.0)))),
        (
            "{a: {'b-c': 1}, 2: 3,}",
            Object(2, {"a": Member(2, Object(2, {"b-c": Member(2, 1.0)})), "2": Member(2, 3.0)}),
        ),
        ("process.env.API", Variables("${API}", "1")),
        ("process.env['API']", Variables("${API}", "1")),
        ("process.env.API!", Variables("${API}", "1")),
        ("process?.env?.API", Variables("${API}", "1")),
        ("import.meta.env.API", Variables("${API}", "1")),
        ("process.env.API || 'http://a'", Variables("${API:-http://a}", "http://a")),
        ("process.env.PORT ?? 3001", Variables("${PORT-3001}", "3001")),
        ("process.env.A || process.env.B", Variables("${A:-${B}}", "1")),
        (
            "`http://localhost:${process.env.PORT}`",
            Variables("http://localhost:${PORT}", "http://localhost:1"),
        ),
        ("`$a${process.env.B}`", Variables("$$a${B}", "$a1")),
        ("`a${1}${'b'}`", "a1b"),
    ],
)
def test_literals(text, expected):
    """Values, and the variables of the environment in our own grammar."""
    assert value(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "a",
        "f()",
        "a ? 'b' : 'c'",
        "'a' + b",
        "'a'.trim()",
        "process.env",
        "process.env.A || f()",
        "process.env.A || 'a}b'",
        "process.env['a b']",
        "`${f()}`",
        "`${process.env.A || 'x'}y` || 'z'",
        "new URL('http://a')",
        "-1",
        "!0",
        "() => 1",
        "async (p) => p.replace('a', 'b')",
        "[" * 20 + "]" * 20 + ".x",
        "('a', 'b')",
        "a.b.c",
    ],
)
def test_what_is_no_literal(text):
    """Is told with its line, and what stands beside it is read all the same."""
    whole = Script(f"export default {{ x:\n {text}, y: 'z' }}").exported()
    assert whole.get("y") == "z"
    assert isinstance(whole.get("x"), Unread)


def test_a_value_in_brackets_without_end_is_not_followed_forever():
    """Nobody nests so deep."""
    deep = value("[" * 30 + "]" * 30)
    for _ in range(14):
        deep = deep.items[0].value
    assert isinstance(deep.items[0].value.items[0].value, Unread)


REPLACE = Replace(Regex(r"^\/api"), "")


@pytest.mark.parametrize(
    "function",
    [
        r"(path) => path.replace(/^\/api/, '')",
        r"path => path.replace(/^\/api/, ``)",
        r"(path: string) => path.replace(/^\/api/, '')",
        r"(path: string): string => path.replace(/^\/api/, '',)",
        r"(p) => { return p.replace(/^\/api/, ''); }",
        r"(p) => { return p.replace(/^\/api/, '') }",
        r"function (path) { return path.replace(/^\/api/, '') }",
        r"function rewrite(path: string): string { return path.replace(/^\/api/, '') }",
        r"((path) => path.replace(/^\/api/, ''))",
    ],
)
def test_functions_that_replace(function):
    """The forms that one replacement is written in."""
    assert value(function) == REPLACE


def test_a_method_that_replaces():
    """And one that does something else."""
    whole = Script(
        r"export default { x(path) { return path.replace(/^\/api/, '') }, y() { return 1 }, z: 1 }"
    ).exported()
    assert whole.get("x") == REPLACE
    assert isinstance(whole.get("y"), Unread)
    assert whole.get("z") == 1


@pytest.mark.parametrize(
    "function",
    [
        "(path) => other.replace('a', 'b')",
        "(path) => path.replace('a', 'b').replace('c', 'd')",
        "(path) => path.replace('a', '$1')",
        "(path) => path.replace(a, 'b')",
        "(path) => path.replace('a', (m) => m)",
        "(path) => path.replaceAll('a', 'b')",
        "(path) => path.replace('a', 'b') + '?x'",
        "(path) => { log(path); return path.replace('a', 'b') }",
        "(path) => { return path.replace('a', 'b') + 'c' }",
        "function (path) { if (path) return path.replace('a', 'b') }",
    ],
)
def test_functions_that_do_more(function):
    """They are not guessed at."""
    assert isinstance(value(function), Unread)


@pytest.mark.parametrize(
    ("before", "text", "expected"),
    [
        ("const a = 'b'", "a", "b"),
        ("const a: string = 'b';", "a", "b"),
        ("const a: Record<string, { c: string }> = 'b', d = 1", "a", "b"),
        ("const a = b\nconst b = 'c'", "a", "c"),
        ("const a = { b: { c: 'd' } }", "a.b.c", "d"),
        ("const port = 3001", "`http://localhost:${port}`", "http://localhost:3001"),
        ("const env = loadEnv(mode, process.cwd(), '')", "env.API", Variables("${API}", "1")),
        ("const { API, B } = loadEnv(mode, '.')", "API", Variables("${API}", "1")),
        ("const { API } = process.env", "API || 'http://a'", Variables("${API:-http://a}", "http://a")),
    ],
)
def test_constants_are_followed(before, text, expected):
    """Within the file."""
    assert value(text, before) == expected


@pytest.mark.parametrize(
    "before",
    [
        "let a = 'b'",
        "const a = 'b'\nconst a = 'c'",
        "const a = a",
        "const a = b\nconst b = a",
        "const a = 'b' + c",
        "const { a } = b",
        "const { API: a, b = 1 } = process.env",
        "const a = {}\na.b = 'c'",
        "const a = {}\na['b'] = 'c'",
        "const a = {}\na.b.c ??= 'c'",
        "const a = {}\nObject.assign(a, b)",
        "const a: string",
    ],
)
def test_names_that_are_not_surely_one_value(before):
    """What could be something else is not followed."""
    assert isinstance(value("a", before), Unread)


def test_members_by_shorthand_spread_and_computed_names():
    """What a spread constant holds is known, what is computed is told by its line."""
    whole = Script(
        "const a = 1; const b = { c: 2, ...d }\nexport default {\n a, ...b,\n [x]: 1,\n ...y(),\n async z() {}, 'c': 3 }"
    ).exported()
    assert {name: member.value for name, member in whole.members.items()} == {"a": 1.0, "c": 3.0}
    assert whole.unread == (1, 4, 5, 6)


def test_what_is_exported():
    """In both module systems, with a name between too; nothing where nothing is."""
    assert Script("const p = [1]\nmodule.exports = p;\nmore()").exported() == Array((Member(1, 1.0),))
    assert Script("export default { a: 1 }\nconst b = 1").exported() == Object(1, {"a": Member(1, 1.0)})
    assert isinstance(Script("export default f({ a: 1 })").exported(), Unread)
    assert isinstance(Script("export default { a: 1 }.a").exported(), Unread)
    assert Script("a = 1").exported() is None


def test_members_of_one_name_wherever_they_stand():
    """Not what is named so elsewhere."""
    script = Script(
        "const server = { port: 1 }; f({ server }); g(() => ({ a, server: 2, 'server': 3 })); x ? server : 4; {server: 5}"
    )
    assert [member.value for member in script.members("server")] == [
        Object(1, {"port": Member(1, 1.0)}),
        2.0,
        3.0,
        5.0,
    ]
    assert script.line_of("x") == 1
    assert script.line_of("nothing") is None


def test_json_with_comments_and_commas():
    """As Angular writes and reads it."""
    assert Script('{\n// a\n"a": [1,],\n}').whole() == Object(1, {"a": Member(3, Array((Member(3, 1.0),)))})
    assert isinstance(Script("{} {}").whole(), Unread)
    assert isinstance(Script("").whole(), Unread)


def test_brackets_that_do_not_pair():
    """Nothing is read then."""
    script = Script("export default { server: { }")
    assert not script.is_readable
    assert script.exported() is None
    assert list(script.members("server")) == []


def test_dollars_are_dollars():
    """A text that seems to hold a variable of ours does not."""
    assert escaped("a$b${C}") == "a$$b$${C}"


@given(st.lists(st.sampled_from([
    "{", "}", "[", "]", "(", ")", "`", "${", "a", "server", ":", ",", "'b'", "1", "=>", "...", "const", "=", ";", "\n", "export",
    "default", "function", "return", ".", "replace", "process.env.A", "||", "as", "/a/", "module.exports =", "!",
]), max_size=30).map(" ".join))  # fmt: skip
def test_nothing_fails(text):
    """Whatever stands there."""
    script = Script(text)
    list(script.members("server"))
    script.whole()
    script.exported()


@pytest.mark.parametrize("depth", [15, 16, 17, 18, 19, 400, 3200])
@pytest.mark.parametrize("key", ['"x":', "x:", "...", ""])
def test_values_in_values_have_an_end(depth, key):
    """Those that are too deep are not read; what stands behind them is."""
    read = value(f"{{deep: {f'{{{key}' * depth}1{'}' * depth}, port: 5}}")
    assert read.members["port"].value == 5
