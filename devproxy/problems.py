"""Located mistakes, as values: what is wrong, where, and what to write instead.

This module must not know terminals or YAML.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import SequenceMatcher, get_close_matches
from typing import Literal

Severity = Literal["error", "warning"]

#: from this likeness on, one word may be a misspelling of another
ALIKE = 0.6


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a file; line and column count from 1. The line of one that is not `quotable` may hold a secret."""

    file: str
    line: int
    column: int = 1
    quotable: bool = field(default=True, compare=False)

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake, or one thing that is legal but surely not meant.

    `path` leads from the value that was judged to the part at fault, as in `("allow_origins", 0)`; whoever knows the
    file turns it into a `place`.
    """

    code: str
    message: str
    hint: str = ""
    path: tuple[str | int, ...] = ()
    place: Place | None = None
    severity: Severity = "error"


def nearest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate that `word` is most likely a misspelling of, or None."""
    matches = get_close_matches(word, list(candidates), n=1, cutoff=ALIKE)
    return matches[0] if matches else None


def likeness(word: str, other: str) -> float:
    """How much two words look alike, from 0 to 1; the case of letters does not count."""
    return SequenceMatcher(None, word.lower(), other.lower()).ratio()
