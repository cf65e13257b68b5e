"""The problems of one document: placed, each noted once, settled at the end."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from devproxy.config.document import Document, Path
from devproxy.errors import ConfigError
from devproxy.problems import Place, Problem


class Ledger:
    """Collects what is wrong with `document`; `masked` takes out of a problem's words what nobody may read.

    A problem of which nothing may be told is none.
    """

    def __init__(
        self, document: Document, masked: Callable[[Problem], Problem | None] = lambda problem: problem
    ) -> None:
        self.document = document
        self._masked = masked
        self._written: dict[Path, Path] = {}
        self._problems: dict[tuple[str, Place | Path], Problem] = {}
        self._wrong: set[Path] = set()

    def add(self, problem: Problem, base: Path = (), *, on_key: bool = False) -> None:
        """Note a problem of the value at `base`, into which its own path leads; `on_key`: of that value's key."""
        located = self._located(problem, base, on_key=on_key)
        if located is None or _identity(located) in self._problems:
            return
        self._problems[_identity(located)] = located
        if located.severity == "error":
            self._wrong.add(located.path)

    def add_all(self, problems: Iterable[Problem], base: Path) -> None:
        for problem in problems:
            self.add(problem, base)

    def has(self, problem: Problem, base: Path) -> bool:
        """Whether this very problem is noted already: one root cause, one error."""
        located = self._located(problem, base)
        return located is not None and _identity(located) in self._problems

    def has_at(self, path: Path) -> bool:
        """Whether something is wrong with the value at `path`."""
        return self.as_written(path) in self._wrong

    def rename(self, path: Path, ours: Path) -> None:
        """From now on what stands at `path` is judged as if it stood at `ours`."""
        self._written[ours] = path

    def as_written(self, path: Path) -> Path:
        """Where the value that is judged at `path` stands in the document."""
        for end in range(len(path), 0, -1):
            if path[:end] in self._written:
                return (*self.as_written(self._written[path[:end]]), *path[end:])
        return path

    def settle(self) -> tuple[Problem, ...]:
        """The warnings in the order of the file; raises ConfigError with all problems if there is an error."""
        problems = tuple(sorted(self._problems.values(), key=_in_file_order))
        if any(problem.severity == "error" for problem in problems):
            raise ConfigError(problems)
        return problems

    def _located(self, problem: Problem, base: Path, *, on_key: bool = False) -> Problem | None:
        path = self.as_written((*base, *problem.path))
        place = self.document.key_place(path) if on_key else self.document.place(path)
        return self._masked(replace(problem, path=path, place=problem.place or place))


def _identity(problem: Problem) -> tuple[str, Place | Path]:
    # Through an alias one mistake has many paths, but only one place.
    return problem.message, problem.place or problem.path


def _in_file_order(problem: Problem) -> tuple[int, int]:
    return (problem.place.line, problem.place.column) if problem.place else (0, 0)
