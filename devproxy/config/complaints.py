"""What YAML cannot read, in words: PyYAML's complaints, and characters that only look like YAML's.

Each is a place in the text, a message, and a hint that says what to write there.
"""

import json
import re
from collections.abc import Sequence
from typing import NamedTuple

import yaml

_NEAR = 300  # how many characters of a line are looked at: files made to be slow have lines of megabytes
# The key, the scheme, the address, and what follows it.
_ADDRESS = re.compile(r"([\w/.-]+):\s+(\w+://)?\[([0-9a-fA-F.]*:[0-9a-fA-F:.]*)\]([^\s,\]}]*)")
_LONGEST_KEY = 1024  # YAML 1.2, section 7.4.2: implicit keys
_LONG_KEY = re.compile(
    rf"""("[^"]{{{_LONGEST_KEY},}}+"|'[^']{{{_LONGEST_KEY},}}+'|(?<![^\s,{{\[])[^\s:,\[\]{{}}"']{{{_LONGEST_KEY},}}+)\s*:"""
)
_ALIAS = "(a bare * starts a YAML alias)"
_BLANKS = "\u00a0\u1680\u2000-\u200d\u202f\u205f\u2060\u3000\ufeff"
_QUOTES = "\u2018\u2019\u201c\u201d\u201e\u00ab\u00bb"
_DASHES = "\u2012-\u2015\u2212"
_COLON = "\uff1a"


class Complaint(NamedTuple):
    """What is wrong at a line and a column, both counted from 0, and what to write instead."""

    line: int
    column: int
    message: str
    hint: str


def complaint(error: yaml.MarkedYAMLError, lines: Sequence[str]) -> Complaint:
    """PyYAML's complaint about these lines, with what people usually meant."""
    return _Reader(error, lines).complaint()


def lookalike(text: str) -> tuple[str, str] | None:
    """What a word without quotes says with a character that an editor or a web page put in place of another."""
    if "${" in text:  # the words of a message in any language
        return None
    if found := re.search(f"[{_BLANKS}]", text):
        return f"U+{ord(found[0]):04X} looks like a blank and is none", "write an ordinary space, or nothing"
    if text[:1] in tuple(_QUOTES):
        return (
            f"{text[0]} is no quotation mark to YAML",
            f"write {json.dumps(text.strip(_QUOTES), ensure_ascii=False)}",
        )
    if re.match(rf"[{_DASHES}]\s", text):
        return f"{text[0]} is no dash to YAML", "write an ordinary - instead"
    if re.search(rf"{_COLON}(?:\s|//|$)", text):
        return f"{_COLON} is no colon to YAML", "write an ordinary : instead"
    return None


def _quoted_address(key: str, scheme: str, address: str, rest: str) -> str:
    """How to write an IPv6 address in brackets, which YAML takes for a list."""
    if key == "host" and not rest:
        return f'write "{address}" (a bare [ starts a YAML list)'
    is_target = key == "target" or key.startswith("/")
    return f'quote it: "{scheme or ("http://" if is_target else "")}[{address}]{rest}" (a bare [ starts a YAML list)'


class _Reader:
    def __init__(self, error: yaml.MarkedYAMLError, lines: Sequence[str]) -> None:
        self._said, self._context = error.problem or "this cannot be read", error.context or ""
        self._lines = lines
        mark = error.problem_mark or error.context_mark
        self._line, self._column = (mark.line, mark.column) if mark else (0, 0)
        start = error.context_mark or mark
        self._start = (start.line, start.column) if start else (0, 0)
        line = lines[self._line] if self._line < len(lines) else ""
        self._before = line[max(0, self._column - _NEAR) : self._column]
        self._behind = line[self._column : self._column + _NEAR]

    def complaint(self) -> Complaint:
        above = max((at for at in range(self._line) if self._text(at).strip()), default=-1)
        for at in (above, self._line):
            text = self._text(at)
            if text.lstrip().startswith(("//", "/*")):
                return self._at(
                    at, len(text) - len(text.lstrip()), "a comment begins with #", "write # instead"
                )
            if found := lookalike(text.strip(" \t")):
                return self._at(at, len(text) - len(text.lstrip(" \t")), *found)
        if self._line < len(self._lines) and (key := _LONG_KEY.search(self._lines[self._line])):
            message = f"a key has at most {_LONGEST_KEY} characters"
            return self._at(self._line, key.start(), message, "write a shorter one, such as /api")
        if "quoted scalar" in self._context and "end of stream" in self._said:
            value = self._text(self._start[0])[self._start[1] :].rstrip()
            return self._at(*self._start, "a quotation mark is not closed", f"write {value}{value[:1]}")
        if "could not find expected ':'" in self._said:
            return self._without_colon()
        return self._at(self._line, self._column, self._in_words(), self._hint(above))

    def _at(self, line: int, column: int, message: str, hint: str) -> Complaint:
        return Complaint(line, column, f"not valid YAML: {message}", hint)

    def _text(self, line: int) -> str:
        return self._lines[line][:_NEAR] if 0 <= line < len(self._lines) else ""

    def _in_words(self) -> str:
        said = re.sub(
            r"^expected (?:the )?(.*), but (?:found|got) .*",
            r"did not find expected \1",
            self._said,
            flags=re.DOTALL,
        )
        return re.sub(r"^found character '.*' that", "found character that", said)

    def _hint(self, above: int) -> str:
        if self._before.endswith("$") and (rest := re.match(r"\{[^}]*\}[^\s,\]}]*", self._behind)):
            value = re.split(r":\s|,\s|[\[{]", self._before)[-1].lstrip()
            return f'between {{ }} and [ ], quote what has a variable in it: "{value}{rest[0]}"'
        if address := _ADDRESS.search(self._before + self._behind):
            return _quoted_address(*address.groups(default=""))
        if self._behind.startswith("//"):
            return "a comment begins with #, on a line of its own between { }"
        if "cannot start any token" in self._said:
            return self._odd_beginning()
        if "an alias" in self._context:
            word = re.match(r"\*(?:[^\s,\]}:]|:(?=\S))*", f"*{self._behind}")
            assert word  # noqa: S101  it begins with the star
            return f'quote {"the star" if word[0] == "*" else "it"}: "{word[0]}" {_ALIAS}'
        if "mapping values are not allowed" in self._said:
            return self._second_colon(above)
        if "expected <block end>" in self._said and self._behind.startswith(","):
            return "remove the comma: lines end without one"
        whole = f"{self._context} {self._said}"
        hint = next(
            (found.expand(hint) for pattern, hint in _HINTS if (found := re.search(pattern, whole))), ""
        )
        return hint.replace("LINE", str(self._start[0] + 1))

    def _odd_beginning(self) -> str:
        if self._behind.startswith("\t"):
            return "write spaces instead: YAML does not allow tabs here"
        if found := re.match(r"%(\w+)%|`([^`]*)`", self._behind):
            return f"write ${{{found[1]}}}" if found[1] else f"write {found[2]}"
        word = re.split(r":?\s|[,\]}]", self._behind, maxsplit=1)[0]
        return f'quote it: "{word}" (a word cannot begin with {word[:1]})'

    def _second_colon(self, above: int) -> str:
        if url := re.search(r"\S+://\S+$", self._before):
            return (
                f"write {url[0]}:{self._behind[1:].split()[0]}"
                if self._behind[1:].split()
                else "remove the last colon"
            )
        line = self._text(above)
        if re.fullmatch(r"\s*[\w/-]+\s*", line):
            return f"write {line.strip()}: on line {above + 1}, with a colon"
        if ": " not in self._before and re.search(r":\s+[^\s{\[]", line):
            return f"indent it like line {above + 1}"
        value = self._text(self._line).partition(": ")[2].strip()
        return f"quote the value: {json.dumps(value, ensure_ascii=False)}"

    def _without_colon(self) -> Complaint:
        text = self._text(self._start[0])[self._start[1] :].rstrip()
        hint = "write key: value, with a space after the colon"
        if item := re.fullmatch(r"-+(\S.*)", text):
            hint = f"write - {item[1]}, with a space after the dash"
        elif pair := re.fullmatch(r"([\w/.-]+):(\S.*)", text):
            hint = f"write {pair[1]}: {pair[2]}, with a space after the colon"
        return self._at(*self._start, self._in_words(), hint)


# What PyYAML says → what to do about it. The first that fits.
_HINTS = (
    (r"an anchor.*alphabetic or numeric", 'quote the ampersand: "&" (a bare & starts a YAML anchor)'),
    (r"expected <block end>", "indent the keys of one mapping, or the dashes of one list, alike"),
    (r"a flow mapping expected ',' or '}'", "separate with commas, and close the { of line LINE with }"),
    (r"a flow sequence expected ',' or '\]'", "separate with commas, and close the [ of line LINE with ]"),
    (r"expected '<document start>'", "something stands behind a value that has ended: quote the whole value"),
    (r"expected the node content", "a value is missing here, or a bracket is not closed"),
    (r"sequence entries are not allowed", "begin the list on the next line, or write it in brackets: [a, b]"),
    (r"mapping keys are not allowed", "quote what begins with a question mark"),
    (r"expected a comment or a line break", "quote the value: a word cannot begin with | or >"),
    (r"unknown escape character", r"write \\\\ for a backslash, or use single quotes"),
)
