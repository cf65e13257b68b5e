"""`devproxy init`: a first configuration, from targets on a command line or from what a project says about its proxy.

Reads regular files of the folder, runs nothing, asks nothing. Never writes through a link, and over a file only if told to.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from devproxy.config.build import from_targets
from devproxy.config.files import decode, read_bytes
from devproxy.config.given import Given
from devproxy.errors import ConfigError, StartError
from devproxy.importing import angular, package, vite, webpack
from devproxy.importing.document import document, variables
from devproxy.importing.found import Found, FoundRoute, merged
from devproxy.importing.javascript import escaped

_BY_HAND = "src/setupProxy.js"
_PORT = 8484
_LONGEST = 500_000  # characters of a file that somebody wrote
_FEW = 3  # routes that fit on a line


@dataclass(frozen=True, slots=True)
class Start:
    """A configuration to write, and what it was made of."""

    found: Found
    text: str


def from_command_line(targets: Sequence[str], given: Given) -> Start:
    """What `devproxy TARGET…` would run. Raises ConfigError."""
    config = from_targets(targets, given)
    routes = [
        FoundRoute(
            route.prefix,
            escaped(str(route.target)),
            "",
            {"strip_prefix": "true"} if route.strip_prefix else {},
        )
        for route in config.routes
    ]
    found = Found(tuple(routes))
    return Start(found, document(found, given))


def from_folder(folder: Path, given: Given) -> Start:
    """What the files of a project say. Raises StartError where that is nothing."""
    read = Reader(folder)
    found = merged(list(_parts(read)), given.port or _PORT)
    if not found.routes:
        looked = (
            f"looked at {', '.join(read.names)}" if read.names else "there is none of the files that it knows"
        )
        message = f"found no proxy and no dev server here: {looked}"
        raise StartError(
            " ".join([f"{message}.", *found.notes]), "name the targets: devproxy init api=3001 /=5173"
        )
    return Start(found, document(found, given))


class Reader:
    """Reads files of one folder: regular ones that are in it, links followed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        #: those that were there
        self.names: list[str] = []
        #: why some could not be read
        self.faults: list[str] = []

    def has(self, name: str) -> bool:
        try:
            path = (self._folder / name).resolve()
            return path.is_relative_to(self._folder) and path.is_file()
        except (OSError, ValueError, RuntimeError):  # links in a circle, names that no system takes
            return False

    def first(self, names: Sequence[str]) -> tuple[str, str] | None:
        """Text and name of the first of these files that is there and can be read."""
        for name in filter(self.has, names):
            self.names.append(name)
            try:
                text = decode(read_bytes(str(self._folder / name)), name)
            except ConfigError as error:
                self.faults += [f"{name} was not read: {problem.message}." for problem in error.problems]
                continue
            if len(text) <= _LONGEST:
                return text, name
            self.faults.append(f"{name} was not read: it has more than {_LONGEST} characters.")
        return None


def _parts(read: Reader) -> Iterator[Found]:
    if file := read.first(vite.NAMES):
        yield vite.read(*file)
    yield from _angular(read)
    if file := read.first(webpack.NAMES):
        yield webpack.read(*file)
    if read.has(_BY_HAND):
        yield Found(
            notes=(
                f"{_BY_HAND} is a program, and init runs none: what it proxies, react-scripts still does behind /.",
            )
        )
    if file := read.first([package.NAME]):
        yield package.read(file[0])
    yield Found(notes=tuple(read.faults))


def _angular(read: Reader) -> Iterator[Found]:
    workspace = None
    if file := read.first([angular.WORKSPACE]):
        workspace = angular.Workspace(file[0])
        yield Found(frontend=workspace.frontend)
    named = workspace.proxy_file if workspace else ""
    if file := read.first([named] if named else angular.NAMES):
        yield angular.read(*file, uses_webpack=bool(workspace and workspace.uses_webpack))
    elif named:
        yield Found(notes=(f"{angular.WORKSPACE} names {named}, which is not to be read in this folder.",))


def write(text: str, file: Path, *, force: bool) -> None:
    """Write a new file, or with `force` put it in the place of what is there. Raises StartError."""
    new = file.with_name(f".{file.name}.{os.getpid()}") if force else file
    try:
        with new.open("x", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
        new.replace(file)
    except FileExistsError:
        message = f"{new} is there already, and init never overwrites one"
        hint = "write it anew with --force, or see what it would be with --stdout"
        raise StartError(message, hint) from None
    except OSError as error:
        if force:
            new.unlink(missing_ok=True)
        raise StartError(
            f"cannot write {file}: {error.strerror}", "write it elsewhere: --stdout > FILE"
        ) from None


def summary(start: Start, file: str, folder: Path) -> Iterator[str]:
    """What was written, what could not be carried over, and what to type next."""
    routes = start.found.routes
    told = [
        f"{route.prefix} → {route.target}{f' from {route.source}' if route.source else ''}"
        for route in routes
    ]
    count = f"{len(routes)} route{'s' * (len(routes) > 1)} found"
    few = len(told) <= _FEW
    yield f"wrote {file} ({count}: {', '.join(told)})" if few else f"wrote {file} ({count}):"
    yield from () if few else (f"  {line}" for line in told)
    yield from (f"not carried over: {note}" for note in start.found.notes)
    if names := variables(start.text):
        env_file = " --env-file .env" if (folder / ".env").is_file() else ""
        yield f"next: devproxy{env_file}   # with {', '.join(names)} in the environment{' or .env' if env_file else ''}"
    else:
        yield "next: devproxy"
