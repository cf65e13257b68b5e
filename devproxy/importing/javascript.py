"""JavaScript, TypeScript and JSON with comments → the values that are written out in them. Nothing is ever run.

What is no literal is `Unread`, with its line. A name is followed to the `const` of the same file that it is given by, and an
environment variable becomes the `${VAR}` of our own configuration. The time is linear in the length of the text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from devproxy.importing.tokens import Token, pairs, tokenized

_AHEAD = 8  # tokens that are looked at without a look at the end
_DEEPEST = 16  # nested values, and names that stand for names


@dataclass(frozen=True, slots=True)
class Unread:
    """What is no literal."""

    line: int


@dataclass(frozen=True, slots=True)
class Regex:
    """A regular expression as it stands between its slashes, and its flags."""

    source: str
    flags: str = ""


@dataclass(frozen=True, slots=True)
class Replace:
    """A function that returns its parameter with the first match of `pattern` replaced."""

    pattern: str | Regex
    by: str


@dataclass(frozen=True, slots=True)
class Variables:
    """A text with environment variables, in our own grammar: `${API_URL:-http://localhost:3001}`.

    `example` is a text that it may stand for, with every variable without a default as `1`.
    """

    text: str
    example: str


@dataclass(frozen=True, slots=True)
class Member:
    """A member of an object, and its line."""

    line: int
    value: "Value"


@dataclass(frozen=True, slots=True)
class Object:
    """An object; `unread` are the lines of members whose names are not known: spreads and computed ones."""

    line: int
    members: dict[str, Member] = field(default_factory=dict)
    unread: tuple[int, ...] = ()

    def get(self, *names: str) -> "Value":
        """The value at the end of a path of names; None where there is none."""
        value: Value = self
        for name in names:
            member = value.members.get(name) if isinstance(value, Object) else None
            value = member.value if member else None
        return value


@dataclass(frozen=True, slots=True)
class Array:
    """A list with the lines of its items."""

    items: tuple[Member, ...] = ()


Value = str | float | bool | None | Regex | Replace | Variables | Object | Array | Unread

_WORDS: dict[str, Value] = {"true": True, "false": False, "null": None, "undefined": None}
_ENVIRONMENTS = (("process", "env"), ("import", "meta", "env"))
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Script:
    """A text, read once."""

    def __init__(self, text: str) -> None:
        tokens = tokenized(text)
        ends = pairs(tokens)
        #: false where the brackets do not pair: then nothing is found
        self.is_readable = ends is not None
        self._ends = ends or {}
        found = tokens if self.is_readable else []
        self._count = len(found)
        self._tokens = [*found, *[Token("mark", "", 1)] * _AHEAD]
        #: the names in every `a.b = …` and `a['b'] = …`, with the line of the last such assignment
        self.changed = self._assigned()
        self._taken_apart = set(self._destructured())
        self._constants = self._declared()
        self._known: dict[str, Value] = {}

    def whole(self) -> Value:
        """The one value that a JSON file is."""
        value, at = self._value(0, 0)
        return value if at == self._count else Unread(self._tokens[at].line)

    def exported(self) -> Value:
        """What is behind `export default` or `module.exports =`; None where nothing is."""
        for at, token in enumerate(self._tokens[: self._count]):
            words = (token.text, self._tokens[at + 1].text)
            if token.kind == "word" and words == ("export", "default"):
                return self._statement(at + 2)
            if (
                token.kind == "word"
                and words == ("module", ".")
                and self._texts(at + 2, 2) == ("exports", "=")
            ):
                return self._statement(at + 4)
        return None

    def members(self, name: str) -> Iterator[Member]:
        """Every member with this name, of whatever object in the text, in their order."""
        for at in range(1, self._count):
            token = self._tokens[at]
            if (
                token.kind in {"word", "string"}
                and token.text == name
                and self._tokens[at - 1].text in {"{", ","}
            ):
                if self._is_mark(at + 1, ":"):
                    yield Member(token.line, self._part(at + 2, 0)[0])
                elif token.kind == "word" and self._tokens[at + 1].text in {",", "}"}:
                    yield Member(token.line, self._named(name, token.line, 0))

    def line_of(self, word: str) -> int | None:
        """The first line with this word outside of strings and comments."""
        return next(
            (token.line for token in self._tokens if token.kind == "word" and token.text == word), None
        )

    # --- tokens ---

    def _is_mark(self, at: int, text: str) -> bool:
        return self._tokens[at].kind == "mark" and self._tokens[at].text == text

    def _texts(self, at: int, count: int) -> tuple[str, ...]:
        return tuple(token.text for token in self._tokens[at : at + count])

    def _behind(self, at: int) -> int:
        """The token behind the bracket that opens at `at`; the one behind `at` where none does."""
        return self._ends.get(at, at) + 1

    def _skipped(self, at: int) -> int:
        """The next comma or closing bracket of the brackets that `at` stands in."""
        while at < self._count:
            token = self._tokens[at]
            if token.kind == "mark":
                if token.text in {",", "}", "]", ")"}:
                    return at
                if at in self._ends:
                    at = self._ends[at]
            at += 1
        return at

    def _declared(self) -> dict[str, int]:
        """Where the value of each `const` begins; a name that is given twice is nobody's."""
        found: dict[str, int] = {}
        twice: set[str] = set()
        for at, token in enumerate(self._tokens[: self._count]):
            if token == ("word", "const", token.line) and self._tokens[at + 1].kind == "word":
                name = self._tokens[at + 1].text
                start = at + 2
                if self._is_mark(start, ":"):  # its type
                    while not self._is_mark(start, "=") and start < min(at + 40, self._count):
                        start = self._behind(start) if start in self._ends else start + 1
                if self._is_mark(start, "="):
                    if name in found:
                        twice.add(name)
                    found[name] = start + 1
        return {name: at for name, at in found.items() if name not in twice and name not in self.changed}

    def _assigned(self) -> dict[str, int]:
        lines: dict[str, int] = {}
        for at, token in enumerate(self._tokens[: self._count]):
            if token.kind != "word" or self._tokens[at - 1].text in {".", "?."}:
                continue
            names, end = [token.text], at + 1
            while self._tokens[end].text in {".", "["} and self._tokens[end].kind == "mark":
                names.append(self._tokens[end + 1].text)
                end = end + 2 if self._tokens[end].text == "." else self._behind(end)
            follows = self._tokens[end].kind == "mark" and self._tokens[end].text in {"=", "??=", "||="}
            if len(names) > 1 and follows:
                lines |= dict.fromkeys(names, token.line)
            elif token.text == "Object" and self._texts(at + 1, 3) == (".", "assign", "("):
                lines[self._tokens[at + 4].text] = token.line
        return lines

    def _destructured(self) -> Iterator[str]:
        """The names that `const { A, B } = loadEnv(…)`, or `= process.env`, takes variables of the environment by."""
        for at, token in enumerate(self._tokens[: self._count]):
            if token.text == "const" and token.kind == "word" and self._is_mark(at + 1, "{"):
                end = self._behind(at + 1)
                source = self._texts(end + 1, 3)
                if self._is_mark(end, "=") and (
                    source[:2] == ("loadEnv", "(") or source == ("process", ".", "env")
                ):
                    yield from (
                        inner.text
                        for place, inner in enumerate(self._tokens[at + 2 : end - 1], at + 2)
                        if self._tokens[place - 1].text in {"{", ","}
                        and self._tokens[place + 1].text in {"}", ","}
                    )

    # --- values ---

    def _statement(self, at: int) -> Value:
        """A value that ends with its statement."""
        value, end = self._value(at, 0)
        last, following = self._tokens[end - 1], self._tokens[end]
        ends = following.text in {"", ";"} or following.line > last.line
        return value if ends else Unread(self._tokens[at].line)

    def _part(self, at: int, depth: int) -> tuple[Value, int]:
        """A value inside brackets, and the comma or closing bracket behind it."""
        value, end = self._value(at, depth)
        if self._tokens[end].kind == "mark" and self._tokens[end].text in {",", "}", "]", ")"}:
            return value, end
        return Unread(self._tokens[at].line), self._skipped(end)

    def _value(self, at: int, depth: int) -> tuple[Value, int]:
        """A value, and the token behind it: one that continues it in a way that is not read, if it is not whole."""
        token = self._tokens[at]
        if depth > _DEEPEST:
            return Unread(token.line), self._behind(at)
        value, end = self._primary(at, depth)
        following = self._tokens[end]
        if following.kind == "mark" and following.text in {"||", "??"} and isinstance(value, Variables):
            default, end = self._primary(end + 1, depth + 1)
            value = _with_default(value, following.text, default) or Unread(token.line)
        if self._tokens[end].kind == "word" and self._tokens[end].text in {"as", "satisfies"}:
            end = self._behind_type(end + 1)
        return value, end

    def _behind_type(self, at: int) -> int:
        """The token behind a type; one that goes on over a line's end is cut there."""
        line = self._tokens[at].line
        while self._tokens[at].text not in {",", "}", "]", ")", ";", ""} and self._tokens[at].line == line:
            at = self._behind(at) if at in self._ends else at + 1
        return at

    def _primary(self, at: int, depth: int) -> tuple[Value, int]:
        token = self._tokens[at]
        if token.kind in {"string", "number", "regex"}:
            return _scalar(token), at + 1
        if (function := self._function(at)) is not None:
            return function
        if token.kind == "word":
            return self._reference(at, depth)
        match token.text:
            case "{":
                return self._object(at, depth)
            case "[":
                return self._array(at, depth)
            case "`":
                return self._template(at, depth), self._behind(at)
            case "(":
                value, end = self._part(at + 1, depth + 1)
                return (value if self._is_mark(end, ")") else Unread(token.line)), self._behind(at)
            case _:
                return Unread(token.line), at

    def _object(self, at: int, depth: int) -> tuple[Object, int]:
        members: dict[str, Member] = {}
        unread: list[int] = []
        line, end = self._tokens[at].line, self._behind(at)
        at += 1
        while at < end - 1:
            token = self._tokens[at]
            if self._is_mark(at, ","):
                at += 1
                continue
            named = token.kind in {"word", "string", "number"}
            value: Value = Unread(token.line)
            if self._is_mark(at, "..."):
                value, at = self._part(at + 1, depth + 1)
                if isinstance(value, Object):
                    members.update(value.members)
                    unread += value.unread
                else:
                    unread.append(token.line)
                continue
            if named and self._is_mark(at + 1, ":"):
                value, at = self._part(at + 2, depth + 1)
            elif token.kind == "word" and self._tokens[at + 1].text in {",", "}"}:
                value, at = self._named(token.text, token.line, depth + 1), at + 1
            elif named and self._is_mark(at + 1, "("):
                value, at = self._body(at + 1), self._skipped(at + 1)
            else:
                named, at = False, max(self._skipped(at), at + 1)
            if named:
                members[token.text] = Member(token.line, value)
            else:
                unread.append(token.line)
        return Object(line, members, tuple(unread)), end

    def _array(self, at: int, depth: int) -> tuple[Array, int]:
        items: list[Member] = []
        end = self._behind(at)
        at += 1
        while at < end - 1:
            if self._is_mark(at, ","):
                at += 1
                continue
            line = self._tokens[at].line
            value, following = self._part(at, depth + 1)
            items.append(Member(line, value))
            at = max(following, at + 1)
        return Array(tuple(items)), end

    def _template(self, at: int, depth: int) -> Value:
        """A template; the pieces of text in it and the brackets around what is filled in are tokens."""
        line, end = self._tokens[at].line, self._behind(at) - 1
        pieces: list[str | Variables] = []
        at += 1
        while at < end:
            if not self._is_mark(at, "${"):
                pieces.append(self._tokens[at].text)
                at += 1
                continue
            value, behind = self._part(at + 1, depth + 1)
            if isinstance(value, float):
                value = _digits(value)
            if not isinstance(value, str | Variables) or behind + 1 != self._behind(at):
                return Unread(line)
            pieces.append(value)
            at = behind + 1
        if all(isinstance(piece, str) for piece in pieces):
            return "".join(str(piece) for piece in pieces)
        return Variables(
            "".join(piece.text if isinstance(piece, Variables) else escaped(piece) for piece in pieces),
            "".join(piece.example if isinstance(piece, Variables) else piece for piece in pieces),
        )

    def _reference(self, at: int, depth: int) -> tuple[Value, int]:
        """A word, or names with dots between: a constant, or a variable of the environment."""
        line, names, end = self._tokens[at].line, [self._tokens[at].text], at + 1
        while True:
            if self._tokens[end].text in {".", "?."} and self._tokens[end + 1].kind == "word":
                names.append(self._tokens[end + 1].text)
                end += 2
            elif (
                self._is_mark(end, "[")
                and self._tokens[end + 1].kind == "string"
                and self._is_mark(end + 2, "]")
            ):
                names.append(self._tokens[end + 1].text)
                end += 3
            elif self._is_mark(end, "!") and end > at + 1:  # TypeScript: surely set
                end += 1
            else:
                break
        if len(names) == 1:
            return (_WORDS[names[0]] if names[0] in _WORDS else self._named(names[0], line, depth)), end
        *before, name = names
        if (tuple(before) in _ENVIRONMENTS or self._is_environment(before)) and _VARIABLE.fullmatch(name):
            return Variables(f"${{{name}}}", "1"), end
        value = self._named(before[0], line, depth)
        return (value.get(*names[1:]) if isinstance(value, Object) else Unread(line)) or Unread(line), end

    def _is_environment(self, names: list[str]) -> bool:
        """Whether this is a `const env = loadEnv(…)`, as Vite's documentation writes it."""
        start = self._constants.get(names[0]) if len(names) == 1 else None
        return start is not None and self._texts(start, 2) == ("loadEnv", "(")

    def _named(self, name: str, line: int, depth: int) -> Value:
        """The value of a constant."""
        if name in self._taken_apart:
            return Variables(f"${{{name}}}", "1")
        if name not in self._known:
            self._known[name] = Unread(line)  # while it is looked at: a constant that names itself
            if name in self._constants and depth <= _DEEPEST:
                value, end = self._value(self._constants[name], depth + 1)
                last, following = self._tokens[end - 1], self._tokens[end]
                if following.text in {"", ";", ","} or following.line > last.line:
                    self._known[name] = value
        return self._known[name]

    # --- functions ---

    def _function(self, at: int) -> tuple[Value, int] | None:
        """A function in one of its forms, if one begins here, and what is behind it."""
        tokens = self._tokens
        if tokens[at].kind == "word":
            if self._is_mark(at + 1, "=>"):
                return self._returned(at + 2, tokens[at].text)
            if tokens[at].text != "function":
                return None
            opening = at + 1 if self._is_mark(at + 1, "(") else at + 2
            return self._body(opening), self._skipped(opening)
        if not self._is_mark(at, "("):
            return None
        arrow = self._behind(at)
        if self._is_mark(arrow, ":"):
            arrow = next(
                (i for i in range(arrow, min(arrow + 8, self._count)) if self._is_mark(i, "=>")), arrow
            )
        return self._returned(arrow + 1, self._parameter(at)) if self._is_mark(arrow, "=>") else None

    def _parameter(self, opening: int) -> str:
        return str(self._tokens[opening + 1].text)

    def _body(self, opening: int) -> Value:
        """A function whose parameters are in the brackets at `opening`, and whose body follows."""
        brace = self._behind(opening)
        if self._is_mark(brace, ":"):
            brace = next(
                (i for i in range(brace, min(brace + 8, self._count)) if self._is_mark(i, "{")), brace
            )
        return self._returned(brace, self._parameter(opening))[0]

    def _returned(self, at: int, parameter: str) -> tuple[Value, int]:
        """What an arrow's body at `at` returns, and what is behind it."""
        if self._is_mark(at, "{"):
            end = self._behind(at)
            if self._tokens[at + 1].text != "return":
                return Unread(self._tokens[at].line), end
            value, behind = self._replaced(at + 2, parameter)
            whole = behind + (1 if self._is_mark(behind, ";") else 0) == end - 1
            return (value if whole else Unread(self._tokens[at].line)), end
        return self._replaced(at, parameter)

    def _replaced(self, at: int, parameter: str) -> tuple[Value, int]:
        """`path.replace(pattern, "by")`, and what is behind it."""
        line = self._tokens[at].line
        if self._texts(at, 4) != (parameter, ".", "replace", "("):
            return Unread(line), self._skipped(at)
        pattern, comma = self._part(at + 4, 1)
        by, end = self._part(comma + 1, 1)
        end += 1 if self._is_mark(end, ",") else 0
        if (
            isinstance(pattern, str | Regex)
            and isinstance(by, str)
            and "$" not in by
            and self._is_mark(end, ")")
        ):
            return Replace(pattern, by), end + 1
        return Unread(line), self._behind(at + 3)


def escaped(text: str) -> str:
    """`text` as a value of ours, in which a dollar may begin a variable."""
    return text.replace("$", "$$")


def _with_default(variable: Variables, operator: str, default: Value) -> Variables | None:
    """`${VAR:-default}`; None where the default is none that can be written so."""
    if not re.fullmatch(r"\$\{\w+\}", variable.text):
        return None
    sign = ":-" if operator == "||" else "-"
    name = variable.text[2:-1]
    if isinstance(default, float):
        default = _digits(default)
    if isinstance(default, str) and not set(default) & set("{}"):
        return Variables(f"${{{name}{sign}{escaped(default)}}}", default)
    return (
        Variables(f"${{{name}{sign}{default.text}}}", default.example)
        if isinstance(default, Variables)
        else None
    )


def _scalar(token: Token) -> Value:
    if token.kind == "regex":
        source, _, flags = token.text[1:].rpartition("/")
        return Regex(source, flags)
    return token.text if token.kind == "string" else _number(token.text)


def _number(text: str) -> float:
    digits = text.replace("_", "").removesuffix("n")
    return float(int(digits, 16)) if digits[:2] in {"0x", "0X"} else float(digits)


def _digits(number: float) -> str:
    return str(int(number)) if number.is_integer() else str(number)
