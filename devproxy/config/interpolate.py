"""`${VAR}` in a value, in docker-compose's grammar → the text that is meant, piece by piece: the file's or the environment's.

    ${VAR}           its value; an error where it is not set
    ${VAR:-default}  default where it is not set or empty (${VAR-default}: only where it is not set)
    ${VAR:?message}  an error with this message where it is not set or empty (${VAR?message})
    ${VAR:+other}    other where it is set and not empty, else nothing (${VAR+other})
    $$               a dollar; what stands behind :- :? :+ may hold further ${…}

A dollar before anything else is a dollar. Pure: the environment is a mapping. This module knows no key of ours.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NoReturn

from devproxy.errors import ConfigError
from devproxy.problems import Problem

MAX_NESTING = 16  # nobody reads a default of a default of a default

_VARIABLE = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(:?[-?+]|\})")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_DOLLAR = re.compile(r"\$[${]")
_DOLLAR_OR_END = re.compile(r"\$[${]|\}")
_FORMS = "write ${NAME} or ${NAME:-default}; $${ for the characters themselves"
_CLOSE = f"add the closing }}; {_FORMS}"


# How other tools write a variable: shells, PowerShell, batch files, Node, templates, GitHub Actions, Spring.
_FOREIGN = re.compile(
    r"\$(?:env:)?(?P<shell>[A-Za-z_]\w*)|%(?P<batch>\w+)%|process\.env\.(?P<node>\w+)|\{\{\s*\.?(?P<template>\w+)\s*\}\}"
    r"|\$\((?P<make>\w+)\)|\$\{\{?\s*(?:(?:process\.)?env[.:])?(?P<name>\w+)\s*(?::(?P<default>[^{}]*))?\}\}?"
)


def as_variable(text: str) -> str:
    """`text` with the variables that it holds in other tools' spelling; nothing where there is none."""
    spelled = _FOREIGN.sub(_spelled, text)
    return spelled if spelled != text else ""


def _spelled(found: re.Match[str]) -> str:
    written = next(
        found[group] for group in ("shell", "batch", "node", "template", "make", "name") if found[group]
    )
    return f"${{{written}:-{found['default']}}}" if found["default"] else f"${{{written}}}"


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text; `variable` is the one whose value it is, or empty where the file says it."""

    text: str
    variable: str = ""


Pieces = tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class _Variable:
    name: str
    operator: str
    word: "_Parts"


_Parts = tuple["str | _Variable", ...]


def expand(text: str, environ: Mapping[str, str], example: str = "default") -> Pieces:
    """The pieces of `text` with the values of its variables; `example` is a default to suggest.

    Raises ConfigError where a variable is missing or `${` begins nothing.
    """
    return tuple(_evaluated(_Reader(text).parts(), environ, example))


class _Reader:
    """Reads one text from left to right."""

    def __init__(self, text: str) -> None:
        self._text, self._at = text, 0

    def parts(self, depth: int = 0) -> _Parts:
        """The parts up to the end, or inside of a variable up to its closing brace."""
        found: list[str | _Variable] = []
        while stop := (_DOLLAR_OR_END if depth else _DOLLAR).search(self._text, self._at):
            found.append(self._text[self._at : stop.start()])
            self._at = stop.end()
            if stop[0] == "}":
                return tuple(found)
            found.append("$" if stop[0] == "$$" else self._variable(stop.start(), depth + 1))
        if depth:
            _refuse("is not closed", _CLOSE)
        return (*found, self._text[self._at :])

    def _variable(self, start: int, depth: int) -> _Variable:
        head = _VARIABLE.match(self._text, self._at)
        if head is None and _NAME.fullmatch(self._text, self._at):
            _refuse("is not closed", _CLOSE)
        if head is None:
            close = as_variable(self._text[start:])
            _refuse(
                f"begins no variable: {self._text[start : start + 20]!r}",
                f"write {close}" if close else _FORMS,
            )
        if depth > MAX_NESTING:
            _refuse(f"is nested deeper than {MAX_NESTING} levels", "nest less")
        self._at = head.end()
        name, operator = head.groups()
        return _Variable(name, "", ()) if operator == "}" else _Variable(name, operator, self.parts(depth))


def _refuse(what: str, hint: str) -> NoReturn:
    raise ConfigError([Problem("interpolation", f"${{ {what}", hint)])


def _evaluated(parts: _Parts, environ: Mapping[str, str], example: str) -> Iterator[Piece]:
    for part in parts:
        if isinstance(part, _Variable):
            yield from _value(part, environ, example)
        elif part:
            yield Piece(part)


def _value(variable: _Variable, environ: Mapping[str, str], example: str) -> Iterator[Piece]:
    value = environ.get(variable.name)
    missing = value is None or (value == "" and variable.operator.startswith(":"))
    kind = variable.operator[-1:]
    if kind == "+":
        return iter(()) if missing else _evaluated(variable.word, environ, example)
    if value is not None and not missing:
        return iter([Piece(value, variable.name)])
    if kind != "-":
        _refuse_missing(variable, environ, example)
    return _evaluated(variable.word, environ, example)


def _refuse_missing(variable: _Variable, environ: Mapping[str, str], example: str) -> NoReturn:
    state = "empty" if variable.name in environ else "not set"
    message = f"environment variable {variable.name} is {state}"
    hint = f"set it, or give a default: ${{{variable.name}:-{example}}}"
    if variable.operator:
        pieces = _evaluated(variable.word, environ, example)
        # What another variable holds may be a secret.
        said = "".join(f"${{{piece.variable}}}" if piece.variable else piece.text for piece in pieces)
        message, hint = f"{message}: {said}" if said else message, "set it, or name a file with --env-file"
    raise ConfigError([Problem("unset", message, hint)])
