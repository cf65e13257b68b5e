"""What does not fit the shape, in words: pydantic's errors → problems, and the data without the parts at fault.

One error has one root cause: what could not be read is left out, and the rest is still judged.
"""

from collections.abc import Callable, Set as AbstractSet

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from devproxy.config.ledger import Ledger
from devproxy.config.load import Data, Path, Repeat
from devproxy.config.model import File, key_paths, keys_of, stands_for
from devproxy.config.names import hint_for
from devproxy.config.values import UNREADABLE_TARGET
from devproxy.problems import Problem

_Describe = Callable[[Path, ErrorDetails], tuple[str, str]]

_A_TARGET = "http://localhost:3001"


def shaped(ledger: Ledger, data: Data) -> File:
    """The model of what fits; a problem in the ledger for each part that does not."""
    for repeat in ledger.document.repeats:
        ledger.add(_repeated(repeat), repeat.path)
    return _fitting(ledger, data)


def _fitting(ledger: Ledger, data: Data) -> File:
    try:
        return File.model_validate(data)
    except ValidationError as error:
        faults = error.errors(include_url=False)
    for fault in faults:
        ledger.add(_problem(fault), on_key=fault["type"] in _ON_KEY or fault["input"] is None)
    return _fitting(ledger, _without(data, {_cut(fault) for fault in faults}))


# What is told of a key, or of what is not there, and not of a value.
_ON_KEY = {"extra_forbidden", "missing"}


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


def section_name(path: Path) -> str:
    """How a message names the section at `path`: listen, routes['/api'], routes['/api'].cors."""
    name = ""
    for index, part in enumerate(path):
        plain = isinstance(part, str) and part.isidentifier() and path[index - 1 : index] != ("routes",)
        name += (f".{part}" if name else str(part)) if plain else f"[{part!r}]"
    return name


def _repeated(repeat: Repeat) -> Problem:
    *section, key = repeat.path
    if section == ["routes"]:
        what = f"route {key!r}"
    else:
        what = f"key {key!r} in {section_name(tuple(section))}" if section else f"key {key!r}"
    if repeat.first is None:
        return Problem(
            "duplicate", f"duplicate {what}", "give each target a prefix of its own, as in api=3001"
        )
    hint = f"first defined on line {repeat.first.line}; YAML would silently keep only the last one"
    return Problem("duplicate", f"duplicate {what}", hint, place=repeat.place)


def _problem(fault: ErrorDetails) -> Problem:
    path: Path = fault["loc"]
    if fault["type"] == "extra_forbidden":
        return _unknown_key(path)
    if fault["type"] == "missing":
        return Problem(
            "missing", f"{_subject(path[:-1])} has no {path[-1]}", f"add {path[-1]}: {_A_TARGET}", path[:-1]
        )
    describe: _Describe = _WORDS.get(fault["type"], _other)
    message, hint = describe(path, fault)
    if fault["input"] is None:
        return Problem("empty", f"{_subject(path)} has no value", hint, path)
    return Problem("type", message, hint, path)


def _unknown_key(path: Path) -> Problem:
    key, section = str(path[-1]), path[:-1]
    known = keys_of(section)
    where = f" in {section_name(section)}" if section else ""
    hint = _place_of_key(key, section) or hint_for(key, known) or f"the keys here are {', '.join(known)}"
    return Problem("unknown-key", f"unknown key {key!r}{where}", hint, path)


def _place_of_key(key: str, section: Path) -> str:
    """Where a key of ours belongs that stands in the wrong section."""
    homes = [path[:-1] for path in key_paths() if path[-1] == key]
    if not homes:
        return ""
    home = max(homes, key=lambda home: _shared(home, section))
    if not home:
        return f"{key!r} belongs at the top of the file"
    if home[0] != "routes":
        return f"{key!r} belongs in {section_name(home)}"
    inner = section_name(home[2:])
    return f"{key!r} belongs in {inner} of a route" if inner else f"{key!r} belongs in a route"


def _shared(home: Path, section: Path) -> int:
    """How many leading parts of two paths are the same."""
    length = min(len(home), len(section))
    return next(count for count in range(length, -1, -1) if stands_for(home[:count], section[:count]))


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
    return f"{_subject(path)} {fault['msg']}, found {_found(fault)}", fault.get("ctx", {}).get("hint", "")


def _literal(path: Path, fault: ErrorDetails) -> tuple[str, str]:
    allowed = fault["ctx"]["expected"].replace("'", "")
    return f"{_subject(path)} must be {allowed}, found {_found(fault)}", ""


def _text(path: Path, fault: ErrorDetails) -> tuple[str, str]:
    return f"{_subject(path)} is one value, found {_found(fault)}", ""


def _list(path: Path, fault: ErrorDetails) -> tuple[str, str]:
    value = fault["input"]
    items = [item.strip() for item in value.split(",")] if isinstance(value, str) else ["…"]
    written = ", ".join('"*"' if item == "*" else item for item in items)
    return f"{_subject(path)} is a list, found {_found(fault)}", f"write {path[-1]}: [{written}]"


def _too_long(path: Path, fault: ErrorDetails) -> tuple[str, str]:
    ctx = fault["ctx"]
    return f"{_subject(path)} has {ctx['actual_length']} items, the most is {ctx['max_length']}", ""


def _mapping(path: Path, fault: ErrorDetails) -> tuple[str, str]:
    for pattern, message, hint in _MAPPINGS:
        if stands_for(pattern, path):
            return message.format(subject=_subject(path), found=_found(fault)), hint
    hint = f"its keys are {', '.join(keys_of(path))}" if keys_of(path) else "write X-Name: value"
    return f"{_subject(path)} is a mapping, found {_found(fault)}", hint


_PASSTHROUGH = "to leave the target's own CORS untouched, write cors: passthrough"
_MAPPINGS: tuple[tuple[Path, str, str], ...] = (
    ((), "a configuration is a mapping, found {found}", f"write routes: and below it   /api: {_A_TARGET}"),
    (("routes",), "routes is a mapping of path prefix to target", f"write   /api: {_A_TARGET}"),
    (
        ("routes", "*"),
        "{subject} is a target or a mapping, found {found}",
        f"write a URL such as {_A_TARGET}",
    ),
    (
        ("routes", "*", "cors"),
        "cors of a route is a mapping or the word passthrough, found {found}",
        _PASSTHROUGH,
    ),
    (
        ("cors",),
        "cors is a mapping, found {found}",
        "its keys start with allow_origins; a route can say cors: passthrough",
    ),
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
