"""A proxy table, in the order of its tool, as routes: the first entry that fits wins there, the longest prefix here."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from devproxy.config import rules
from devproxy.importing import options
from devproxy.importing.found import Found, FoundRoute
from devproxy.importing.javascript import Array, Object, Value
from devproxy.importing.options import Entry
from devproxy.importing.renaming import beginning

_GLOB = re.compile(r"[*?{}()\[\]!]")
_BELOW = re.compile(r"(?P<prefix>/[^*?{}()\[\]!]*?)/(?P<stars>\*\*/\*|\*\*|\*)")


@dataclass(frozen=True, slots=True)
class Row:
    """An entry as its tool writes it: its key is a prefix, or a pattern beginning with ^. `remark` is said of its route."""

    key: str
    entry: Entry
    remark: str = ""

    @property
    def is_glob(self) -> bool:
        """Whether the tool reads the key as a glob."""
        written = self.entry.prefix
        return _GLOB.search(written) is not None and not written.startswith("^")


def routes(rows: Sequence[Row]) -> Found:
    """What these rows mean here."""
    found: list[FoundRoute] = []
    notes: list[str] = []
    for at, row in enumerate(rows):
        entry = row.entry
        named = f"{entry.prefix} ({entry.source})"
        if taker := next((before for before in rows[:at] if _takes(before.key, row.key)), None):
            first = f"{entry.tool} takes the first that fits"
            notes.append(f"{named} is never reached: {taker.entry.prefix} stands before it, and {first}.")
            continue
        prefix = beginning(row.key) if row.key.startswith("^") else row.key
        route = options.route(replace(entry, prefix=rules.normal_prefix(prefix))) if prefix else None
        if route is None:
            stays = f"what it takes stays with {entry.tool}, unless a route of this file fits too"
            notes.append(f"{named} is no prefix, as a route here is: {stays}.")
        elif any(route.prefix == other.prefix for other in found):
            notes.append(f"{named} means the same prefix as another entry, and was left out.")
        else:
            found.append(replace(route, remarks=(*_remarks(row, prefix), *route.remarks)))
    return Found(tuple(found), notes=tuple(notes))


def _takes(before: str, key: str) -> bool:
    return not before.startswith("^") and key.startswith(before)


def _remarks(row: Row, prefix: str) -> Iterator[str]:
    if row.remark:
        yield row.remark
    if prefix.endswith("/") and prefix != "/":
        yield f"{prefix} is not {prefix.rstrip('/')}, which stays with {row.entry.tool} there; here both are of the route."


def with_globs(table: Value, file: str, tool: str, *, one_segment: bool) -> tuple[list[Row], list[str]]:
    """The rows of a table of webpack's kind: keys or contexts are prefixes or globs; and what of it is not written out.

    `one_segment` says that a single star stands for one segment of a path.
    """
    rows: list[Row] = []
    notes: list[str] = []
    for key, value, line in _entries(table):
        source = f"{file}:{line}"
        if not isinstance(key, str) or not isinstance(value, Object):
            named = f"{key} ({source})" if isinstance(key, str) else f"an entry at {source}"
            notes.append(f"{named} is not written out: {tool} still does it behind /.")
            continue
        rows.append(_row(key, Entry(key, value, source, tool), one_segment=one_segment))
    return rows, notes


def _entries(table: Value) -> Iterator[tuple[Value, Value, int]]:
    if isinstance(table, Object):
        yield from ((None, None, line) for line in table.unread)
        for key, member in table.members.items():
            is_url = isinstance(member.value, str)
            yield key, Object(member.line, {"target": member}) if is_url else member.value, member.line
    for item in table.items if isinstance(table, Array) else ():
        context = item.value.get("context") if isinstance(item.value, Object) else None
        keys = [member.value for member in context.items] if isinstance(context, Array) else [context]
        yield from ((key, item.value, item.line) for key in keys)


def _row(key: str, entry: Entry, *, one_segment: bool) -> Row:
    found = _BELOW.fullmatch(key)
    if found is None:
        is_glob = _GLOB.search(key) is not None and not key.startswith("^")
        return Row(f"^{key}" if is_glob else key, entry)
    prefix, stars = found["prefix"], found["stars"]
    remark = f"{key} takes one segment in {entry.tool}; here all below {prefix} is of the route."
    return Row(prefix, entry, remark if stars == "*" and one_segment else "")
