"""Line by line from the terminal: a letter and enter. No raw mode, so the terminal stays as it is.

Only the terminal's foreground process group may read it: a background one would be stopped, and every request with it.
"""

import asyncio
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TextIO

_MOST = 1024
_LOOK_SECONDS = 0.5


@contextmanager
def listening_to_keys(stdin: TextIO | None, actions: Mapping[str, Callable[[], object]]) -> Iterator[bool]:
    """Meanwhile, run what belongs to the letters that are typed. Whether there is anybody to type them now.

    Without a terminal, and on Windows, whose loop cannot read one, there is nobody.
    """
    if stdin is None or sys.platform == "win32" or not stdin.isatty():
        yield False
        return
    keys = _Keys(stdin.fileno(), actions)
    keys.start()
    try:
        yield keys.in_foreground
    finally:
        keys.stop()


class _Keys:
    def __init__(self, terminal: int, actions: Mapping[str, Callable[[], object]]) -> None:
        self._terminal = terminal
        self._actions = actions
        self._loop = asyncio.get_running_loop()
        self._again: asyncio.TimerHandle | None = None

    @property
    def in_foreground(self) -> bool:
        """Whether this process group is the one that the terminal's lines are for."""
        return os.tcgetpgrp(self._terminal) == os.getpgrp()

    def start(self) -> None:
        """Read now, and whenever this is the foreground again: a shell does not tell of it."""
        if self.in_foreground:
            self._loop.add_reader(self._terminal, self._read)
        else:
            self._again = self._loop.call_later(_LOOK_SECONDS, self.start)

    def stop(self) -> None:
        self._loop.remove_reader(self._terminal)
        if self._again:
            self._again.cancel()

    def _read(self) -> None:
        if not self.in_foreground:  # what is typed is the shell's now
            self._loop.remove_reader(self._terminal)
            self.start()
            return
        try:
            typed = os.read(self._terminal, _MOST)
        except OSError:
            typed = b""
        if not typed:  # the terminal has gone, or ctrl + d
            self._loop.remove_reader(self._terminal)
            return
        for word in typed.decode(errors="replace").split():
            if action := self._actions.get(word.lower()):
                action()
