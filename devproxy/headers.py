"""Header fields in wire order, looked up without regard to case (RFC 9110, section 5).

Names and values are `str` in which each character is one byte (latin-1), so that bytes above 0x7F survive unchanged.
This module knows fields and lists; it must not know routes or policies.
"""

import re
from collections.abc import Collection, Iterable, Iterator, KeysView
from functools import lru_cache
from typing import overload

Field = tuple[str, str]

# RFC 9110, section 7.6.1, and the names that Go's ReverseProxy and nginx treat alike: they speak about one connection,
# so a proxy consumes them and never passes them on.
HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)

_LINE = re.compile(r"([^:\r\n]++):[\t ]*+([^\r\n]*+)")
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")


def is_token(text: str) -> bool:
    """Whether `text` is a token (RFC 9110, section 5.6.2): what a method or a field name is made of."""
    return _TOKEN.fullmatch(text) is not None


def list_elements(value: str) -> list[str]:
    """The elements of a comma-separated list without quoted strings, trimmed, empty ones dropped (RFC 9110, 5.6.1)."""
    return [element for part in value.split(",") if (element := part.strip(" \t"))]


class Headers:
    """The header fields of one message: an immutable sequence of (name, value) pairs in wire order."""

    __slots__ = ("_fields", "_hash", "_index", "_size")

    def __init__(self, fields: Iterable[Field] = ()) -> None:
        self._fields: tuple[Field, ...] = tuple(fields)
        self._index: dict[str, tuple[str, ...]] | None = None
        self._hash: int | None = None
        self._size: int | None = None

    @classmethod
    def from_raw(cls, raw: Iterable[tuple[bytes, bytes]]) -> "Headers":
        """The fields as a parser hands them out."""
        return cls([(name.decode("latin-1"), value.decode("latin-1")) for name, value in raw])

    @classmethod
    def of_lines(cls, lines: bytes) -> "Headers":
        """The fields of lines that are known to be well-formed, each with CR LF at its end (RFC 9112, section 5)."""
        text = lines.decode("latin-1")
        fields = _LINE.findall(text)
        if " \r" in text or "\t\r" in text:  # blanks around a value are none of it
            fields = [(name, value.rstrip(" \t")) for name, value in fields]
        return cls(fields)

    def __iter__(self) -> Iterator[Field]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in (self._index or self._by_name())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Headers) and self._fields == other._fields

    def __hash__(self) -> int:
        if self._hash is None:
            self._hash = hash(self._fields)
        return self._hash

    def __repr__(self) -> str:
        return f"Headers({list(self._fields)!r})"

    @property
    def names(self) -> KeysView[str]:
        """The names, in lower case."""
        return (self._index or self._by_name()).keys()

    @property
    def size(self) -> int:
        """How many bytes the names and values have together."""
        if self._size is None:
            self._size = sum([len(name) + len(value) for name, value in self._fields])
        return self._size

    @overload
    def get(self, name: str) -> str | None: ...
    @overload
    def get(self, name: str, default: str) -> str: ...
    def get(self, name: str, default: str | None = None) -> str | None:
        """The value of the first line with this name, or `default`."""
        lines = (self._index or self._by_name()).get(name.lower())
        return lines[0] if lines else default

    def lines(self, name: str) -> tuple[str, ...]:
        """The values of all lines with this name, in order."""
        return (self._index or self._by_name()).get(name.lower(), ())

    def joined(self, name: str) -> str | None:
        """The values of all lines with this name as one (RFC 9110, section 5.2); None where there is none."""
        lines = self.lines(name)
        return ", ".join(lines) if lines else None

    def elements(self, name: str) -> list[str]:
        """The list elements of all lines with this name, taken together (RFC 9110, section 5.3)."""
        return [element for line in self.lines(name) for element in list_elements(line)]

    def connection_options(self) -> frozenset[str]:
        """The options in Connection, in lower case: what the sender says of this connection (RFC 9110, section 7.6.1)."""
        lines = self.lines("connection")
        return _options(lines) if lines else frozenset()

    def without(self, names: Collection[str]) -> "Headers":
        """These fields except those whose lower-case name is in `names`."""
        kept = [field for field in self._fields if field[0].lower() not in names]
        return self if len(kept) == len(self._fields) else Headers(kept)

    def plus(self, *fields: Field) -> "Headers":
        """These fields followed by `fields`."""
        return Headers((*self._fields, *fields))

    def _by_name(self) -> dict[str, tuple[str, ...]]:
        index: dict[str, tuple[str, ...]] = {name.lower(): (value,) for name, value in self._fields}
        if len(index) != len(self._fields):  # some come in several lines
            lines: dict[str, list[str]] = {}
            for name, value in self._fields:
                lines.setdefault(name.lower(), []).append(value)
            index = {name: tuple(values) for name, values in lines.items()}
        self._index = index
        return index


# Few clients and servers say anything but keep-alive.
@lru_cache(maxsize=64)
def _options(lines: tuple[str, ...]) -> frozenset[str]:
    return frozenset(option.lower() for line in lines for option in list_elements(line))
