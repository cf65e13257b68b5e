"""Keys that nobody knows: another tool's names, misspellings, and our own keys in a wrong place.

Each is one problem, whose hint is what to write instead.
"""

import re
from typing import NamedTuple, TypeGuard

from devproxy.config import meant, names
from devproxy.config.document import Data, Document, Path, value_at
from devproxy.config.model import (
    DURATIONS,
    File,
    ProjectFile,
    Shape,
    all_keys,
    keys_of,
    section_name,
    stands_for,
)
from devproxy.config.rules import as_prefix, normal_prefix
from devproxy.config.values import is_secret_name
from devproxy.config.written import nested
from devproxy.cors.origin import OriginPattern
from devproxy.problems import Problem

_A_TARGET = "http://localhost:3001"
_URL_PARTS = frozenset({"host", "hostname", "address", "port", "scheme", "protocol"})
_HEADER_NAME = re.compile(r"[A-Z][A-Za-z0-9]*(-[A-Za-z0-9]+)*|[a-z][a-z0-9]*(-[a-z0-9]+)+")
_HEADER_HOMES: tuple[tuple[Path, tuple[str, ...]], ...] = (
    (("routes", "*"), ("headers", "request", "set")),
    (("routes", "*", "headers"), ("request", "set")),
    (("routes", "*", "headers", "request"), ("set",)),
    (("routes", "*", "headers", "response"), ("set",)),
)


_UNIT = re.compile(r"_(?:(?P<ms>ms|msecs?|milli[a-z]*)|(?P<s>s|secs?|seconds?)|(?P<m>m|mins?|minutes?))$")
_MILLISECONDS = {"ms": 1, "s": 1000, "m": 60_000}
_A_DAY = 86_400_000
_REWRITES = frozenset({"path_rewrite", "rewrite"})
# (path) => path.replace(/^\/api/, "/v2")
_REPLACE = re.compile(r"""replace\(\s*['"`/]*(\S+?)['"`/]*,\s*['"`]([^'"`]*)['"`]""")


class Guess(NamedTuple):
    """What to write instead of an unknown key.

    `ours` is the key that was meant, where its value can be judged (or the `value` given here instead); `together` are the
    keys of its section that are part of the same mistake.
    """

    hint: str
    ours: str = ""
    together: frozenset[str] = frozenset()
    value: str | None = None


def unknown(path: Path, hint: str) -> Problem:
    """The problem that nobody knows the key at `path`."""
    where = f" in {section_name(path[:-1])}" if path[:-1] else ""
    return Problem("unknown_key", f"unknown key {str(path[-1])!r}{where}", hint, path)


def guess(path: Path, written: Path, document: Document, shape: Shape = File) -> Guess:
    """What was meant by the unknown key at `path`, which is `written` in the document (a key above it may be unknown, too)."""
    return _Guesser(path, written, document, shape).guess()


class _Guesser:
    def __init__(self, path: Path, written: Path, document: Document, shape: Shape) -> None:
        self._shape: Shape = shape
        self._key, self._section = str(path[-1]), path[:-1]
        self._written, self._document = written, document
        siblings = value_at(document.data, written[:-1])
        self._siblings: dict[str, Data] = siblings if isinstance(siblings, dict) else {}
        self._value = self._siblings.get(str(written[-1]))
        self._known = keys_of(self._section, shape)

    def guess(self) -> Guess:
        if self._key.startswith("/") and not self._section:
            return self._prefixes()
        if self._key in _URL_PARTS and stands_for(("routes", "*"), self._section):
            return self._url_parts()
        key = names.snake(self._key)
        if (home := self._home(key)) is not None and home != self._section and key not in self._known:
            return Guess(self._moved(home, key))
        if not self._section and (other := self._other_file()):
            return Guess(other)
        if said := names.remark(self._key):
            return Guess(f"{self._patterns()}{said}" if said == names.NO_REGEX else said)
        return self._renamed() or self._header() or self._foreign()

    def _other_file(self) -> str:
        """Where a key of the other kind of file belongs: of the one that includes, or one that is included."""
        if self._shape is ProjectFile and self._key in File.model_fields:
            return f"{self._key} is for the file that includes this one: write it there"
        if self._key == "project":
            return "it is for files of projects: name those in include, as in include: [conf.d/*.yaml]"
        return ""

    def _patterns(self) -> str:
        """What a regular expression over origins is about, as the line to write."""
        patterns = meant.origins(self._value)
        if patterns and all(isinstance(OriginPattern.parse(pattern), OriginPattern) for pattern in patterns):
            return f"write {nested(('allow_origins',), list(patterns))}; "
        return "name origins, as in allow_origins: [http://localhost:5173]; "

    def _prefixes(self) -> Guess:
        prefixes = frozenset(key for key in self._siblings if key.startswith("/"))
        if "routes" in self._siblings:
            return Guess(f"write it below routes{self._line(('routes',))}, and indent it", together=prefixes)
        routes: Data = {prefix: self._siblings[prefix] for prefix in sorted(prefixes)}
        return Guess(f"write {nested(('routes',), routes)}", together=prefixes)

    def _url_parts(self) -> Guess:
        parts = _URL_PARTS & set(self._siblings)
        if "target" in self._siblings:
            return Guess("remove it: the target's URL says it", together=parts)
        url = meant.url(self._siblings)
        return Guess(f"write target: {url}", "target", parts, url)

    def _renamed(self) -> Guess | None:
        ours, whose = names.meant(self._key, self._known)
        if not ours or ours in self._siblings:
            return None
        if isinstance(self._value, dict) and "proxy" in self._value:
            return Guess(f"write {nested(('routes',), _routes_of(self._value['proxy']))}")
        if ours in DURATIONS and (unit := _UNIT.search(names.snake(self._key))) and _is_count(self._value):
            return Guess(f"write {ours}: {_wait(self._value, str(unit.lastgroup))}")
        if names.snake(self._key) in _REWRITES and (renamed := _renamings(self._value)):
            return Guess(f"write {nested(('rewrite_path',), dict(renamed))}")
        return Guess(f"did you mean {ours!r}? ({whose})" if whose else f"did you mean {ours!r}?", ours)

    def _header(self) -> Guess | None:
        """The name of a header field stands where the sides of headers do, or a route's keys."""
        place = next((place for home, place in _HEADER_HOMES if stands_for(home, self._section)), None)
        if place is None or not _HEADER_NAME.fullmatch(self._key):
            return None
        if place[0] in self._siblings:
            line = self._line((*self._section, place[0]))
            return Guess(f"write {self._key}: below {'.'.join(place)}{line}")
        fields: dict[str, Data] = {
            key: "…" if is_secret_name(key) else value
            for key, value in self._siblings.items()
            if key not in self._known and _HEADER_NAME.fullmatch(key)
        }
        return Guess(f"write {nested(place, fields)}", together=frozenset(fields))

    def _foreign(self) -> Guess:
        meanings, _ = names.FOREIGN.get(self._key, ((), ""))
        home = self._home(meanings[0]) if meanings else None
        if home is not None:
            return Guess(self._moved(home, meanings[0]))
        return Guess(f"remove it; the keys here are {', '.join(self._known)}")

    def _home(self, key: str) -> Path | None:
        """The section in which a key of ours belongs; of several, the nearest. A top-level key's home is ()."""
        homes = [path[:-1] for path in all_keys(self._shape) if path[-1] == key]
        return max(homes, key=lambda home: _shared(home, self._section)) if homes else None

    def _moved(self, home: Path, key: str) -> str:
        """How to say `key` with this value where it belongs."""
        shared = _shared(home, self._section)
        # From where both ways part: the sections to come down through, and what there is already.
        below = tuple(map(str, home[shared:]))
        around = value_at(self._document.data, self._written[:shared])
        if below[:1] == ("routes",):
            return self._in_a_route((*below[2:], key))
        if below and isinstance(around, dict) and below[0] in around:
            line = self._line((*self._section[:shared], below[0]))
            return f"write {nested((*below[1:], key), self._value)} below {below[0]}{line}"
        line = nested((*below, key), self._value)
        if shared == len(self._section):
            return f"write {line}"
        return (
            f"write {line} in {section_name(self._section[:shared])}"
            if shared
            else f"write {line} at the top of the file"
        )

    def _in_a_route(self, keys: tuple[str, ...]) -> str:
        routes = self._document.data.get("routes") if isinstance(self._document.data, dict) else None
        if not isinstance(routes, dict) or not routes:
            if keys == ("target",):
                return f"write {nested(('routes', '/'), self._value)}"
            return f"write {nested(('routes', '/'), {'target': _A_TARGET, **_tree(keys, self._value)})}"
        prefix, route = next(iter(routes.items()))
        example = {"target": route if isinstance(route, str) else _A_TARGET, **_tree(keys, self._value)}
        return f"it belongs in a route, as in {nested((prefix,), example)}"

    def _line(self, path: Path) -> str:
        place = self._document.keys.get(path)
        return f", line {place.line}" if place else ""


def _is_count(value: Data) -> TypeGuard[str]:
    return isinstance(value, str) and re.fullmatch(r"[1-9][0-9]{0,15}", value) is not None


def _wait(count: str, unit: str) -> str:
    """So many units, at most a day."""
    return f"{count}{unit}" if int(count) * _MILLISECONDS[unit] <= _A_DAY else "24h"


def _renamings(value: Data) -> dict[str, str]:
    """Beginnings of paths and what stands there instead, of other tools' rules; nothing where they only remove."""
    pairs = (
        value.items()
        if isinstance(value, dict)
        else _REPLACE.findall(value)
        if isinstance(value, str)
        else ()
    )
    found = {
        as_prefix(old.removeprefix("^")): normal_prefix(as_prefix(new.partition("$")[0]))
        for old, new in pairs
        if isinstance(new, str)
    }
    return found if set(found.values()) - {"/"} else {}


def _routes_of(proxy: Data) -> Data:
    """The routes that another tool's mapping of path to options stands for."""
    if not isinstance(proxy, dict):
        return {"/": proxy if isinstance(proxy, str) else _A_TARGET}
    return {as_prefix(prefix): _route_of(route) for prefix, route in proxy.items()}


def _route_of(route: Data) -> Data:
    if not isinstance(route, dict):
        return route
    known = keys_of(("routes", "*"))
    ours: dict[str, Data] = {}
    for key, value in route.items():
        if names.snake(key) in _REWRITES:
            renamed = _renamings(value)
            ours |= {"rewrite_path": dict(renamed)} if renamed else {"strip_prefix": "true"}
        elif not names.remark(key) and (name := key if key in known else names.meant(key, known)[0]):
            ours[name] = _wait(value, "ms") if name in DURATIONS and _is_count(value) else value
    return ours


def _tree(keys: tuple[str, ...], value: Data) -> dict[str, Data]:
    """`value` below these keys."""
    first, *inner = keys
    return {first: _tree(tuple(inner), value) if inner else value}


def _shared(home: Path, section: Path) -> int:
    """How many leading parts of two paths are the same."""
    length = min(len(home), len(section))
    return next(count for count in range(length, -1, -1) if stands_for(home[:count], section[:count]))
