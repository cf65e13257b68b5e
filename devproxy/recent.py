"""What was worked out lately: a page asks for the same again and again, and gets the same."""

from collections.abc import Callable
from typing import Generic, ParamSpec, TypeVar

K = TypeVar("K")
P = ParamSpec("P")
T = TypeVar("T")

# As many as one page asks for again and again; more would only fill memory with what somebody else asks for once.
_MOST = 128


class Kept(dict[K, T]):
    """What is kept for a while, by what it was made of. Where there are `most`, all are forgotten at once."""

    def __init__(self, most: int = _MOST) -> None:
        super().__init__()
        self._most = most

    def keep(self, key: K, value: T) -> T:
        """Keep a value, and hand it out."""
        if len(self) >= self._most:
            self.clear()
        self[key] = value
        return value


class Recent(Generic[P, T]):
    """A pure function that keeps what it made of the values that it met lately, `most` at a time.

    Unlike functools.lru_cache it takes values for the same only where they are one object, so that a look costs next to
    nothing, however large they are. It is of use where what they were made of was remembered, too.
    """

    def __init__(self, make: Callable[P, T], most: int = _MOST) -> None:
        self._make = make
        # With each result the values, as another object could get the identity of one that has gone.
        self._known: Kept[tuple[int, ...], tuple[object, T]] = Kept(most)

    def __call__(self, *values: P.args, **none: P.kwargs) -> T:
        """What the function makes of these values, which are given by position."""
        key = tuple(map(id, values))
        known = self._known.get(key)
        if known is not None:
            return known[1]
        return self._known.keep(key, (values, self._make(*values, **none)))[1]
