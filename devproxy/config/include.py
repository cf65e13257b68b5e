"""The files that `include` means: found below the folder of the file that includes them, and read there or not at all.

A link may lead from one place in that folder to another, as in a volume of Kubernetes, and never out of it: what an error quotes
of a file is a configuration's.
"""

import os
from collections.abc import Iterable
from glob import iglob
from itertools import islice
from pathlib import Path as FilePath

from devproxy.config.files import decode, read_bytes
from devproxy.errors import ConfigError
from devproxy.problems import Problem

MOST_FILES = 256


def included(file: str, patterns: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The files that each pattern in `file` means, in alphabetical order and from where `file` is named; each file once.

    A pattern whose files are more than MOST_FILES is cut behind one more.
    """
    folder = FilePath(file).parent
    seen = {os.path.realpath(file)}
    found: dict[str, tuple[str, ...]] = {}
    for pattern in patterns:
        names = sorted(islice(iglob(pattern, root_dir=folder), MOST_FILES + 1))  # noqa: PTH207  # not what begins with a dot
        files = {str(folder / name): os.path.realpath(folder / name) for name in names}
        found[pattern] = tuple(name for name, real in files.items() if real not in seen)
        seen |= set(files.values())
    return found


def read(name: str, file: str) -> str:
    """The text of a file that `file` includes. Raises ConfigError."""
    folder, real = (FilePath(os.path.realpath(path)) for path in (FilePath(file).parent, name))
    if not real.is_relative_to(folder):
        raise _refused(f"{name} leads out of the folder of {file}", "copy the file there")
    if real.exists() and not real.is_file():
        raise _refused(f"{name} is no regular file", "include files only, as in conf.d/*.yaml")
    return decode(read_bytes(name), name)


def _refused(message: str, hint: str) -> ConfigError:
    return ConfigError([Problem("include", message, hint)])
