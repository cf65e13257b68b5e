"""The files that a configuration is made of: read, looked at, and read again."""

import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from devproxy.config.build import Config, load
from devproxy.config.envfile import environment
from devproxy.config.given import NOTHING, Given
from devproxy.config.include import included

#: what tells a file that has been saved from what it was: its name, where links lead, and what the system says of it
Look = tuple[tuple[str, str, int, int, int], ...]


@dataclass(frozen=True, slots=True)
class Sources:
    """Names of files, and what was given before what they say."""

    file: str
    env_files: tuple[str, ...] = ()
    given: Given = NOTHING

    def load(self, before: Config | None = None) -> Config:
        """The configuration that they make now; see `build.load`. Raises ConfigError."""
        return load(
            self.file, environ=environment(os.environ, self.env_files), given=self.given, before=before
        )

    def look(self, include: Iterable[str]) -> Look:
        """How the files look now, those that `include` means among them."""
        projects = [name for names in included(self.file, include).values() for name in names]
        return tuple(map(_look, (self.file, *self.env_files, *projects)))


def _look(name: str) -> tuple[str, str, int, int, int]:
    """A file that is missing looks like none that is there; what is no file, as a pipe, has nothing new to say."""
    with suppress(OSError, ValueError):
        status = os.stat(name)  # noqa: PTH116  # a name, as the user gave it
        if stat.S_ISREG(status.st_mode):
            return name, os.path.realpath(name), status.st_mtime_ns, status.st_size, status.st_ino
    return name, "", 0, 0, 0
