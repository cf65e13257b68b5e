"""The event loop: the fastest one that the platform has."""

import asyncio
import gc
import sys
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

_T = TypeVar("_T")


def run(main: Coroutine[Any, Any, _T]) -> _T | None:
    """Run a coroutine to its end; where signals arrive as KeyboardInterrupt, that is an end like any other, without a result."""
    gc.enable()
    with asyncio.Runner(loop_factory=_factory()) as runner, suppress(KeyboardInterrupt):
        return runner.run(main)
    return None


def _factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    if sys.platform == "win32":
        return None
    from uvloop import new_event_loop  # noqa: PLC0415  # not on Windows

    return new_event_loop
