"""What was worked out lately: a page asks for the same again and again, and gets the same."""

from collections.abc import Callable
from typing import Generic, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Recent(Generic[P, T]):
    """A pure function that remembers what it made of the values that it met lately, `most` at a time.

    Unlike functools.lru_cache it takes values for the same only where they are one object, so that a look costs next to
    nothing, however large they are. It is of use where what they were made of was remembered, too.
    """

    def __init__(self, make: Callable[P, T], most: int = 128) -> None:
        self._make = make
        self._most = most
        # With each result the values, as another object could get the identity of one that has gone.
        self._known: dict[tuple[int, ...], tuple[object, T]] = {}

    def __call__(self, *values: P.args, **none: P.kwargs) -> T:
        """What the function makes of these values, which are given by position."""
        key = tuple(map(id, values))
        known = self._known.get(key)
        if known is not None:
            return known[1]
        made = self._make(*values, **none)
        if len(self._known) >= self._most:
            self._known.clear()
        self._known[key] = values, made
        return made
