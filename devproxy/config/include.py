"""The files that `include` means: found below the folder of the file that includes them, and read there or not at all.

A link may lead from one place in that folder to another, as in a volume of Kubernetes, and never out of it: what an error quotes
of a file is a configuration's.
"""

import os
from collections.abc import Iterable
from glob import has_magic, iglob
from itertools import islice
from pathlib import Path as FilePath

from devproxy.config.files import decode, read_bytes
from devproxy.errors import ConfigError
from devproxy.problems import Problem, nearest

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


def meant(file: str, pattern: str) -> str | None:
    """What a pattern in `file` that matches nothing may be a misspelling of: something that matches, or None."""
    folder = FilePath(file).parent
    near = _respelled(folder, pattern)
    return near if near and any(iglob(near, root_dir=folder)) else None  # noqa: PTH207  # as `included` looks


def _respelled(folder: FilePath, pattern: str) -> str | None:
    """The pattern with its first name that there is not in its folder as one that there is."""
    name, slash, rest = pattern.partition("/")
    if has_magic(name) or not folder.is_dir():
        return None
    names = {entry.name: entry for entry in folder.iterdir()}
    if name in names:
        below = _respelled(names[name], rest) if rest else None
        return below and f"{name}/{below}"
    near = nearest(name, names)
    if near is None:
        return None
    return f"{near}/{rest or '*.yaml'}" if slash or names[near].is_dir() else near


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
