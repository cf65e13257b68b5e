"""What does not fit the shape, in words: pydantic's errors → problems, and the data without the parts at fault.

One error has one root cause: what could not be read is left out, and the rest is still judged.
"""

import re
from collections.abc import Callable, Mapping, Sequence, Set as AbstractSet
from dataclasses import replace
from typing import TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from devproxy.config import forms, meant, unknown
from devproxy.config.document import Data, Path, Repeat, value_at
from devproxy.config.ledger import Ledger
from devproxy.config.model import File, ProjectFile, RouteSection, Shape, section_name, stands_for
from devproxy.config.values import UNREADABLE_TARGET
from devproxy.config.written import nested
from devproxy.problems import Problem

S = TypeVar("S", File, ProjectFile)
_Describe = Callable[[Path, ErrorDetails], tuple[str, str]]

_A_TARGET = "http://localhost:3001"


def shaped(ledger: Ledger, data: Data, shape: type[S]) -> S:
    """The model of what fits; a problem in the ledger for each part that does not."""
    for repeat in ledger.document.repeats:
        ledger.add(_repeated(repeat), repeat.path)
    return _fitting(ledger, _without_strays(ledger, data), shape)


def _fitting(ledger: Ledger, data: Data, shape: type[S]) -> S:
    try:
        return shape.model_validate(data)
    except ValidationError as error:
        faults = error.errors(include_url=False)
    # The keys first: what is missing may be there under another name.
    if keys := [fault["loc"] for fault in faults if fault["type"] == "extra_forbidden"]:
        return _fitting(ledger, forms.long_form(_with_known_keys(ledger, data, keys, shape)), shape)
    for fault in faults:
        ledger.add(_problem(fault), on_key=fault["type"] == "missing" or fault["input"] is None)
    return _fitting(ledger, _without(data, {_cut(fault) for fault in faults}), shape)


def _with_known_keys(ledger: Ledger, data: Data, paths: Sequence[Path], shape: Shape) -> Data:
    """The data with unknown keys renamed, where it is clear what they mean, and without the others."""
    told: set[Path] = set()
    known: dict[Path, tuple[str, Data] | None] = dict.fromkeys(paths)
    for path in paths:
        if path in told:
            continue
        guess = unknown.guess(path, ledger.as_written(path), ledger.document, shape)
        told |= {(*path[:-1], key) for key in guess.together}
        hint = guess.hint
        if guess.ours:
            ours, value = (
                (*path[:-1], guess.ours),
                value_at(data, path) if guess.value is None else guess.value,
            )
            if misfit := _misfit(ours, value, shape):
                hint = misfit.hint
            else:
                known[path] = guess.ours, value
        ledger.add(unknown.unknown(path, hint), on_key=True)
        if known[path]:
            ledger.rename(path, ours)
    return _rekeyed(data, known)


def _rekeyed(data: Data, known: Mapping[Path, tuple[str, Data] | None], path: Path = ()) -> Data:
    if not isinstance(data, dict):
        return data
    pairs = {
        key: known.get((*path, key), (key, _rekeyed(value, known, (*path, key))))
        for key, value in data.items()
    }
    return dict(pair for pair in pairs.values() if pair)


def _misfit(path: Path, value: Data, shape: Shape) -> Problem | None:
    """What is wrong with the shape of `value` for the key at `path`."""
    nest = value
    for part in reversed(path):
        nest = {str(part): nest}
    try:
        shape.model_validate(forms.long_form(nest))
    except ValidationError as error:
        faults = error.errors(include_url=False)
        return next((_with_key(_problem(fault)) for fault in faults if fault["loc"] == path), None)
    return None


def _with_key(problem: Problem) -> Problem:
    """The problem with a whole line in its hint."""
    key = str(problem.path[-1])
    hint = problem.hint if f"{key}:" in problem.hint else problem.hint.replace("write ", f"write {key}: ", 1)
    return replace(problem, hint=hint)


def _without_strays(ledger: Ledger, data: Data) -> Data:
    """The data without keys of a route that stand beside its prefix instead of below it."""
    routes = data.get("routes") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(routes, dict) or not (strays := _STRAYS & routes.keys()):
        return data
    prefixes = [key for key, route in routes.items() if route is None] or [
        key for key in routes if key not in strays
    ]
    hint = f"indent it, so that it stands below {prefixes[0] if prefixes else '/api'}:"
    first = next(key for key in routes if key in strays)
    problem = Problem("indentation", f"{first!r} is a key of a route, not a path prefix", hint)
    ledger.add(problem, ("routes", first), on_key=True)
    kept: dict[str, Data] = {
        key: route for key, route in routes.items() if key not in strays and route is not None
    }
    return {**data, "routes": kept or {"/": {"target": UNREADABLE_TARGET}}}


_STRAYS = frozenset(RouteSection.model_fields)


def _cut(fault: ErrorDetails) -> Path:
    """The part to leave out: a list as a whole, so that the places of its items stay true."""
    path = fault["loc"] if fault["type"] != "missing" else fault["loc"][:-1]
    return next((path[:index] for index, part in enumerate(path) if isinstance(part, int)), path)


def _without(data: Data, cuts: AbstractSet[Path], path: Path = ()) -> Data:
    if path in cuts:
        return UNREADABLE_TARGET if stands_for(("routes", "*", "target"), path) else None
    if not isinstance(data, dict):
        return data
    return {
        key: _without(value, cuts, (*path, key))
        for key, value in data.items()
        if (*path, key) not in cuts or stands_for(("routes", "*", "target"), (*path, key))
    }


def _repeated(repeat: Repeat) -> Problem:
    *section, key = repeat.path
    if section == ["routes"]:
        what = f"route {key!r}"
    else:
        what = f"key {key!r} in {section_name(tuple(section))}" if section else f"key {key!r}"
    if repeat.first is None:
        hint = "give each target a prefix of its own, as in api=3001"
        return Problem("duplicate", f"duplicate {what}", hint)
    hint = f"first defined on line {repeat.first.line}; YAML would silently keep only the last one: remove one, or join them"
    return Problem("duplicate", f"duplicate {what}", hint, place=repeat.place)


def _problem(fault: ErrorDetails) -> Problem:
    path: Path = fault["loc"]
    if fault["type"] == "missing":
        hint = f"add {path[-1]}: {_A_TARGET}"
        return Problem("missing", f"{_subject(path[:-1])} has no {path[-1]}", hint, path[:-1])
    if fault["input"] is None:
        return Problem("empty", f"{_subject(path)} has no value", "give it one, or remove it", path)
    describe: _Describe = _WORDS.get(fault["type"], _other)
    return Problem("type", *describe(path, fault), path)


def _subject(path: Path) -> str:
    if len(path) == 2 and path[0] == "routes":
        return f"route {str(path[1])!r}"
    if path and isinstance(path[-1], int):
        return f"item {path[-1] + 1} of {path[-2]}"
    return str(path[-1]) if path else "the file"


def _found(fault: ErrorDetails) -> str:
    value = fault["input"]
    return "a mapping" if isinstance(value, dict) else "a list" if isinstance(value, list) else repr(value)


def _word(path: Path, fault: ErrorDetails) -> tuple[str, str]:
    return f"{_subject(path)} {fault['msg']}, found {_found(fault)}", fault["ctx"]["hint"]


def _literal(path: Path, fault: ErrorDetails) -> tuple[str, str]:
    expected = fault["ctx"]["expected"].replace("'", "")
    choice = meant.choice(fault["input"], re.split(", | or ", expected))
    return f"{_subject(path)} must be {expected}, found {_found(fault)}", f"write {path[-1]}: {choice}"


def _text(path: Path, fault: ErrorDetails) -> tuple[str, str]:
    value = fault["input"]
    if isinstance(value, dict):
        one = meant.url(value) if path[-1] == "target" else _text_of(value)
    else:
        items = meant.items(value)
        one = items[0] if path[-1] == "target" and items else " ".join(items) or "text"
    hint = f"write {one}" if isinstance(path[-1], int) else f"write {nested((str(path[-1]),), one)}"
    return f"{_subject(path)} is one value, found {_found(fault)}", hint


def _text_of(mapping: Mapping[str, Data]) -> str:
    """The text that is meant by a mapping: `origin: http://…` is an origin, `Content-Type: …` a name."""
    key, value = next(iter(mapping.items()), ("text", None))
    return value if isinstance(value, str) and "://" in value else key


def _list(path: Path, fault: ErrorDetails) -> tuple[str, str]:
    key = str(path[-1])
    items = meant.items(fault["input"])
    if key == "allow_origins":
        items = meant.origins(fault["input"])
    elif key.endswith("_methods"):
        items = [item.upper() for item in items]
    elif key.endswith("hosts") and items == ["*"]:
        items = ["app.test"]
    line = nested((key,), list(items) or ["*"])
    return f"{_subject(path)} is a list, found {_found(fault)}", f"write {line}"


def _too_long(path: Path, fault: ErrorDetails) -> tuple[str, str]:
    ctx = fault["ctx"]
    message = f"{_subject(path)} has {ctx['actual_length']} items, the most is {ctx['max_length']}"
    return message, "list fewer"


def _mapping(path: Path, fault: ErrorDetails) -> tuple[str, str]:
    value = fault["input"]
    for pattern, message, line in _MAPPINGS:
        if stands_for(pattern, path):
            return message.format(subject=_subject(path), found=_found(fault)), line(value)
    return f"{_subject(path)} is a mapping, found {_found(fault)}", f"write {path[-1]}: {{X-Name: value}}"


_MAPPINGS: tuple[tuple[Path, str, Callable[[Data], str]], ...] = (
    ((), "a configuration is a mapping, found {found}", meant.file),
    (("routes",), "routes is a mapping of path prefix to target", meant.routes),
    (("routes", "*"), "{subject} is a target or a mapping, found {found}", meant.route),
    (
        ("routes", "*", "cors"),
        "cors of a route is a mapping or the word passthrough, found {found}",
        meant.route_cors,
    ),
    (("cors",), "cors is a mapping, found {found}", meant.cors),
    (("listen",), "listen is a mapping, found {found}", meant.listen),
    (("routes", "*", "headers"), "{subject} is a mapping, found {found}", meant.headers),
    (("routes", "*", "headers", "*"), "{subject} is a mapping, found {found}", meant.header_changes),
    (("log",), "log is a mapping, found {found}", meant.log),
)


def _other(path: Path, fault: ErrorDetails) -> tuple[str, str]:
    return f"{_subject(path)} cannot be read: {fault['msg']}", ""


_WORDS: dict[str, _Describe] = {
    "word": _word,
    "literal_error": _literal,
    "string_type": _text,
    "tuple_type": _list,
    "too_long": _too_long,
    "dict_type": _mapping,
    "model_type": _mapping,
    "model_attributes_type": _mapping,
}
