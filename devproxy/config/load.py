"""YAML text → plain data and the place of each part. Knows YAML, and not one key of ours.

Scalars are the words that stand there: `off`, `12:30` and `1.0` are text, and the model decides what they mean. What
YAML can do to a program (nesting, aliases that explode or bite their own tail, tags, huge files) is bounded here,
while the events are read: PyYAML's own composer recurses without a bound, and its C form dies of 60,000 brackets.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

import yaml

from devproxy.config.complaints import complaint, lookalike
from devproxy.config.document import Data, Document, Path, Repeat
from devproxy.config.files import MAX_BYTES, decode, source_lines
from devproxy.errors import ConfigError
from devproxy.problems import Place, Problem

MAX_DEPTH = 64  # our deepest key is on level 6
MAX_NODES = 50_000  # keys, values and what aliases make of them: a thousand routes with every key; read in a second or two

_SURROGATE = re.compile(r"[\ud800-\udfff]")


def read(text: str, file: str) -> Document:
    """The one document that `text` holds; raises ConfigError at the first thing that is not YAML."""
    if len(text) > MAX_BYTES:
        decode(text.encode(errors="replace"), file)
    root = _Composer(text.removeprefix("\ufeff"), file).document()
    if root is None:
        return Document(None, places={(): Place(file, 1)})
    return _Flattener().document(root)


def _refuse(place: Place, message: str, hint: str = "") -> NoReturn:
    raise ConfigError([Problem("yaml", message, hint, place=place)])


@dataclass(frozen=True, slots=True)
class _Scalar:
    place: Place
    text: str
    plain: bool


@dataclass(frozen=True, slots=True)
class _Sequence:
    place: Place
    items: list["_Node"]


@dataclass(frozen=True, slots=True)
class _Mapping:
    place: Place
    pairs: list[tuple["_Node", "_Node"]]


_Node = _Scalar | _Sequence | _Mapping
_Pairs = dict[str, tuple[_Scalar, _Node]]


class _Composer:
    """Events → nodes. A node that an alias repeats is one object; none contains itself."""

    def __init__(self, text: str, file: str) -> None:
        self._text, self._file = text, file
        self._anchors: dict[str, _Node | None] = {}  # None while the node is being read
        self._count = 0

    def document(self) -> _Node | None:
        events = self._events()
        root: _Node | None = None
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                if root is not None:
                    hint = "remove this --- and what follows"
                    _refuse(self._at(event.start_mark), "a configuration is one YAML document", hint)
                root = self._node(next(events), events, depth=0)
        return root

    def _events(self) -> Iterator[yaml.Event]:
        loader = None
        try:
            loader = yaml.SafeLoader(self._text)
            while loader.check_event():
                yield loader.get_event()  # type: ignore[no-untyped-call]
        except yaml.reader.ReaderError as error:
            before = source_lines(self._text[: error.position])
            place = Place(self._file, len(before), len(before[-1]) + 1)
            _refuse(
                place, f"not valid YAML: the character U+{error.character:04X} is not allowed", "remove it"
            )
        except yaml.MarkedYAMLError as error:
            line, column, message, hint = complaint(error, source_lines(self._text))
            _refuse(Place(self._file, line + 1, column + 1), message, hint)
        except (
            ValueError,
            OverflowError,
        ):  # PyYAML reads the digits of "\U99999999" and %YAML 9…9 without a check
            _refuse(
                self._at(loader and loader.get_mark()),
                "not valid YAML: a number is out of range",
                "remove it",
            )

    def _at(self, mark: Any) -> Place:
        return Place(self._file, mark.line + 1, mark.column + 1) if mark else Place(self._file, 1)

    def _node(self, event: Any, events: Iterator[yaml.Event], depth: int) -> _Node:
        place = self._at(event.start_mark)
        self._count += 1
        if depth > MAX_DEPTH:
            _refuse(place, f"nested deeper than {MAX_DEPTH} levels", "is this a configuration?")
        if self._count > MAX_NODES:
            _refuse(place, f"more than {MAX_NODES} values", "is this a configuration?")
        if isinstance(event, yaml.AliasEvent):
            return self._aliased(str(event.anchor), place)
        if event.tag is not None:
            is_variable = event.tag.lower() in {"!env", "!var"} and isinstance(event, yaml.ScalarEvent)
            hint = (
                f"write ${{{event.value}}}"
                if is_variable
                else "remove it: values are the words that stand there"
            )
            _refuse(place, "YAML tags have no meaning here", hint)
        if event.anchor is None:
            return self._content(event, place, events, depth)
        self._anchors[event.anchor] = None
        self._anchors[event.anchor] = node = self._content(event, place, events, depth)
        return node

    def _aliased(self, name: str, place: Place) -> _Node:
        if name not in self._anchors:
            hint = f'quote it: "*{name}" (a bare * starts a YAML alias)'
            _refuse(place, f"not valid YAML: the alias *{name} has no anchor &{name}", hint)
        node = self._anchors[name]
        if node is None:
            _refuse(
                place, f"the alias *{name} stands inside what it repeats", "an alias cannot contain itself"
            )
        return node

    def _content(self, event: Any, place: Place, events: Iterator[yaml.Event], depth: int) -> _Node:
        if isinstance(event, yaml.ScalarEvent):
            if _SURROGATE.search(event.value):
                _refuse(place, "half of a surrogate pair is not a character", "write the character itself")
            if not event.style and (found := lookalike(event.value)):
                _refuse(place, *found)
            return _Scalar(place, event.value, plain=not event.style)
        if isinstance(event, yaml.SequenceStartEvent):
            items: list[_Node] = []
            while not isinstance(item := next(events), yaml.SequenceEndEvent):
                items.append(self._node(item, events, depth + 1))
            return _Sequence(place, items)
        pairs: list[tuple[_Node, _Node]] = []
        while not isinstance(key := next(events), yaml.MappingEndEvent):
            key_node = self._node(key, events, depth + 1)
            pairs.append((key_node, self._node(next(events), events, depth + 1)))
        return _Mapping(place, pairs)


class _Flattener:
    """Nodes → data and places, with aliases and merge keys (`<<`) written out."""

    def __init__(self) -> None:
        self._count = 0
        self._places: dict[Path, Place] = {}
        self._keys: dict[Path, Place] = {}
        self._repeats: dict[Place, Repeat] = {}

    def document(self, root: _Node) -> Document:
        data = self._data(root, ())
        return Document(data, self._places, self._keys, tuple(self._repeats.values()))

    def _spend(self, node: _Node, depth: int, cost: int = 1) -> None:
        self._count += cost
        if self._count > MAX_NODES:
            message = f"aliases repeat so much that more than {MAX_NODES} values result"
            _refuse(node.place, message, "repeat less")
        if depth > MAX_DEPTH:
            _refuse(node.place, f"aliases nest deeper than {MAX_DEPTH} levels", "repeat less")

    def _data(self, node: _Node, path: Path) -> Data:
        self._spend(node, len(path))
        self._places[path] = node.place
        if isinstance(node, _Sequence):
            return [self._data(item, (*path, index)) for index, item in enumerate(node.items)]
        if isinstance(node, _Scalar):
            return None if node.plain and not node.text else node.text
        data: dict[str, Data] = {}
        for name, (key, value) in self._pairs(node, path).items():
            self._keys[*path, name] = key.place
            data[name] = self._data(value, (*path, name))
        return data

    def _pairs(self, node: _Mapping, path: Path, depth: int = 0) -> _Pairs:
        """The pairs of a mapping: its own, then those of what it merges, first come first served."""
        pairs: _Pairs = {}
        merged: list[_Node] = []
        for key, value in node.pairs:
            if not isinstance(key, _Scalar):
                _refuse(key.place, "a key is one word", _key_hint(key))
            if key.text == "<<" and key.plain:
                merged += value.items if isinstance(value, _Sequence) else [value]
            elif key.text in pairs:
                repeat = Repeat((*path, key.text), key.place, pairs[key.text][0].place)
                self._repeats.setdefault(key.place, repeat)
            else:
                pairs[key.text] = key, value
        for source in merged:
            for name, pair in self._merged(source, path, depth + 1).items():
                pairs.setdefault(name, pair)
        return pairs

    def _merged(self, source: _Node, path: Path, depth: int) -> _Pairs:
        if not isinstance(source, _Mapping):
            _refuse(
                source.place, "<< merges mappings", "write <<: *name, where &name stands before a mapping"
            )
        self._spend(source, len(path) + depth, cost=1 + len(source.pairs))
        return self._pairs(source, path, depth)


def _key_hint(key: _Sequence | _Mapping) -> str:
    if isinstance(key, _Mapping) and len(key.pairs) == 1 and isinstance(name := key.pairs[0][0], _Scalar):
        return f'for a variable write "${{{name.text}}}"'  # {{ NAME }}, as in templates
    return "quote it if it begins with [ or {"
