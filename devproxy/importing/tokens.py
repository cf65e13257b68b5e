"""JavaScript, TypeScript and JSON with comments → tokens with their lines, and which bracket closes which.

The time is linear in the length of the text. What no grammar has is a mark like any other; nothing is refused here.
"""

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

Kind = Literal["word", "string", "number", "regex", "mark"]


class Token(NamedTuple):
    kind: Kind
    text: str
    line: int


_BLANK = re.compile(r"\s+|//[^\n]*|/\*.*?(?:\*/|\Z)|#![^\n]*", re.DOTALL)
_WORD = re.compile(r"[^\W\d][\w$]*|\$[\w$]*|#[\w$]+")
_NUMBER = re.compile(r"0[xX][0-9a-fA-F_]{1,20}|(?:[0-9][0-9_]*)?\.?[0-9][0-9_]*(?:[eE][+-]?[0-9]+)?n?")
# One that is not closed ends with its line.
_STRING = re.compile(r""""(?:[^"\\\n]|\\.)*(?:"|\n|\\?\Z)|'(?:[^'\\\n]|\\.)*(?:'|\n|\\?\Z)""", re.DOTALL)
_REGEX = re.compile(r"/(?:[^/\\\[\n]|\\[^\n]|\[(?:[^\]\\\n]|\\[^\n])*\])+/[a-z]*")
_TEMPLATE = re.compile(r"(?:[^`\\$]|\\(?:.|\Z)|\$(?!\{))+", re.DOTALL)
_MARK = re.compile(r"=>|\.\.\.|\?\?=?|\|\|=?|\?\.(?![0-9])|[=!]==?|.", re.DOTALL)
_KINDS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("string", _STRING),
    ("word", _WORD),
    ("number", _NUMBER),
    ("regex", _REGEX),
    ("mark", _MARK),
)
_ESCAPE = re.compile(r"\\(?:u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(\r\n|.))", re.DOTALL)
_PLAIN_ESCAPES: dict[str, str] = {
    "n": "\n",
    "t": "\t",
    "r": "\r",
    "b": "\b",
    "f": "\f",
    "v": "\v",
    "0": "\0",
    "\n": "",
    "\r\n": "",
}
# A slash behind one of these begins a regular expression; behind a value it divides.
_BEFORE_REGEX = frozenset(
    {"return", "typeof", "case", "in", "of", "delete", "void", "throw", "new", "else", "do"}
)
_OPENING = {"{": "}", "[": "]", "(": ")", "`": "`", "${": "}"}
_CLOSING = frozenset(_OPENING.values())


def pairs(tokens: list[Token]) -> dict[int, int] | None:
    """Where each bracket closes; None where they do not pair."""
    ends: dict[int, int] = {}
    opened: list[int] = []
    for at, token in enumerate(tokens):
        if token.kind != "mark":
            continue
        if opened and token.text == _OPENING[tokens[opened[-1]].text]:
            ends[opened.pop()] = at
        elif token.text in _OPENING:
            opened.append(at)
        elif token.text in _CLOSING:
            return None
    return None if opened else ends


def tokenized(text: str) -> list[Token]:
    """The tokens of a text. A template's backticks, its pieces of text, and `${` and `}` between them are tokens."""
    return list(_Reading(text).tokens())


class _Reading:
    """One pass over a text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at, self._line = 0, 1
        self._inside: list[str] = []  # the braces and templates that are open
        self._before: Token | None = None
        self._barren = 0  # up to here no regular expression ends, so that none is looked for again

    def tokens(self) -> Iterator[Token]:
        while self._at < len(self._text):
            if self._inside[-1:] == ["`"]:
                yield from self._piece()
            elif blank := _BLANK.match(self._text, self._at):
                self._pass(blank.end())
            else:
                self._before = token = self._token()
                yield token

    def _pass(self, end: int) -> None:
        self._line += self._text.count("\n", self._at, end)
        self._at = end

    def _piece(self) -> Iterator[Token]:
        """A template's text, up to what is filled in or to its end."""
        text, line, start = self._text, self._line, self._at
        if found := _TEMPLATE.match(text, self._at):
            self._pass(found.end())
        if start < self._at:
            yield Token("string", _unescaped(text[start : self._at]), line)
        if self._at < len(text):
            mark = "${" if text.startswith("${", self._at) else "`"
            self._at += len(mark)
            self._open_or_close(mark)
            self._before = Token("mark", mark, self._line)
            yield self._before

    def _open_or_close(self, mark: str) -> None:
        if mark in {"{", "${"} or (mark == "`" and self._inside[-1:] != ["`"]):
            self._inside.append(mark)
        elif mark in {"}", "`"}:
            self._inside[-1:] = []

    def _token(self) -> Token:
        line = self._line
        for kind, pattern in _KINDS:
            if kind == "regex" and not self._may_be_regex():
                continue
            if found := pattern.match(self._text, self._at):
                self._pass(found.end())
                if kind == "mark":
                    self._open_or_close(found[0])
                return Token(kind, _unescaped(found[0][1:-1]) if kind == "string" else found[0], line)
            if kind == "regex":
                end = self._text.find("\n", self._at)
                self._barren = end if end >= 0 else len(self._text)
        raise AssertionError  # any character is a mark

    def _may_be_regex(self) -> bool:
        return self._text[self._at] == "/" and self._at >= self._barren and _may_begin_regex(self._before)


def _may_begin_regex(before: Token | None) -> bool:
    if before is None:
        return True
    if before.kind == "word":
        return before.text in _BEFORE_REGEX
    return before.kind == "mark" and before.text not in {")", "]", "}"}


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(_character, text) if "\\" in text else text


def _character(found: re.Match[str]) -> str:
    code: str | None = found[1] or found[2] or found[3]
    if code is None:
        return _PLAIN_ESCAPES.get(found[4], str(found[4]))
    number = int(code, 16)
    return chr(number) if number <= 0x10FFFF else "\N{REPLACEMENT CHARACTER}"
