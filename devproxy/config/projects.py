"""The files of projects → `Project` values: each read by itself, and left out by itself where it has mistakes.

A project is what a configuration is, but for what there is one of: the listener and the log. What two of them claim alike is a
mistake of the one that came later.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path as FilePath

from devproxy.config import forms, rules
from devproxy.config.document import Document
from devproxy.config.faults import shaped
from devproxy.config.include import MOST_FILES, included, meant, read
from devproxy.config.ledger import Ledger
from devproxy.config.model import ProjectFile
from devproxy.config.policies import Above, Policies
from devproxy.config.routes import RouteBuilder, host_names
from devproxy.config.values import Values, filled_in
from devproxy.cors.policy import CorsPolicy
from devproxy.errors import ConfigError
from devproxy.problems import Place, Problem
from devproxy.routing import Route


@dataclass(frozen=True, slots=True)
class Project:
    """One project's routes; `policy` is in force under its names where no route is. `text` is what its file says."""

    name: str
    file: str
    hosts: tuple[str, ...]
    policy: CorsPolicy
    routes: tuple[Route, ...]
    warnings: tuple[Problem, ...] = ()
    text: str = field(default="", repr=False)
    document: Document = field(default_factory=lambda: Document(None), repr=False, compare=False)
    model: ProjectFile = field(default_factory=ProjectFile, repr=False, compare=False)
    values: Values = field(default_factory=lambda: Values(None), repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Main:
    """What projects see of the file that includes them. `host` and `port` are where devproxy listens."""

    document: Document
    file: str
    include: tuple[str, ...]
    above: Above
    routes: tuple[Route, ...]
    host: str
    port: int
    environ: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Included:
    """The projects that can be served, and what is wrong with files that are `broken`, by their names."""

    projects: tuple[Project, ...] = ()
    warnings: tuple[Problem, ...] = ()
    broken: Mapping[str, tuple[Problem, ...]] = field(default_factory=dict)


def load_projects(main: Main, before: Mapping[str, str]) -> Included:
    """The projects of the files that `main` includes.

    `before` are the texts, by file, of those that are served now: a file that has got mistakes since goes on as it was.
    Raises ConfigError where there are too many files.
    """
    found = included(main.file, main.include)
    names = [name for files in found.values() for name in files]
    if len(names) > MOST_FILES:
        place = main.document.key_place(("include",))
        message = f"include names more than {MOST_FILES} files"
        raise ConfigError([Problem("include", message, "is this the right folder?", place=place)])
    at = {name: index for index, files in enumerate(found.values()) for name in files}
    builder = _Builder(main, at)
    # Who was here first keeps what he claims: a file that is saved now must not end what another one serves.
    for name in sorted(names, key=lambda name: builder.texts.get(name, "") != before.get(name)):
        builder.take(name, before.get(name))
    projects = sorted(builder.projects, key=lambda project: names.index(project.file))
    own = (warning for project in projects for warning in project.warnings)
    warnings = (*_unmatched(main, found), *own, *_namesakes(projects))
    broken = {name: builder.broken[name] for name in names if name in builder.broken}
    return Included(tuple(projects), warnings, broken)


def _unmatched(main: Main, found: Mapping[str, Sequence[str]]) -> Iterator[Problem]:
    for index, (pattern, files) in enumerate(found.items()):
        if not files:
            near = meant(main.file, pattern)
            hint = f"did you mean {near}?" if near else "files that appear there later are taken then"
            place = main.document.place(("include", index))
            yield Problem(
                "include", f"include: {pattern} matched no file", hint, place=place, severity="warning"
            )


def _namesakes(projects: Iterable[Project]) -> Iterator[Problem]:
    """Projects that are called like one before them."""
    first: dict[str, Project] = {}
    for project in projects:
        other = first.setdefault(project.name, project)
        if other is not project:
            both = f"{other.file} and {project.file} are both project {project.name}"
            hint = f"give one of them another name, as in project: {project.name}-2"
            place = project.document.key_place(("project",))
            message = f"{both}: nothing tells them apart in the log"
            yield Problem("namesake", message, hint, place=place, severity="warning")


class _Builder:
    """Takes one file after the other; what it has taken, later ones cannot claim."""

    def __init__(self, main: Main, names: Mapping[str, int]) -> None:
        self.projects: list[Project] = []
        self.broken: dict[str, tuple[Problem, ...]] = {}
        self.texts: dict[str, str] = {}
        self._main = main
        self._claims = {claim: route for route in main.routes for claim in _claims(route)}
        self._outer: dict[str, Route] = {}  # prefix → a route of a project without hosts inside it
        for name, index in names.items():
            self._read(name, main.document.place(("include", index)))

    def take(self, name: str, before: str | None) -> None:
        """Build a project of a file; where that has mistakes, of what it said before."""
        if name in self.texts:
            try:
                self._add(self._project(name, self.texts[name]))
            except ConfigError as error:
                self.broken[name] = error.problems
        if name in self.broken and before is not None:
            with suppress(ConfigError):  # the file that includes it has changed too
                self._add(self._project(name, before))

    def _read(self, name: str, place: Place | None) -> None:
        try:
            self.texts[name] = read(name, self._main.file)
        except ConfigError as error:
            self.broken[name] = tuple(
                problem if problem.place else replace(problem, place=place) for problem in error.problems
            )

    def _add(self, project: Project) -> None:
        if conflicts := list(self._conflicts(project)):
            raise ConfigError(conflicts)
        self.projects.append(project)
        for route in project.routes:
            self._claims |= dict.fromkeys(_claims(route), route)
            if not route.hosts:
                self._outer |= dict.fromkeys(_around(route.prefix), route)

    def _project(self, name: str, text: str) -> Project:
        from devproxy.config.load import read as read_yaml  # noqa: PLC0415  # targets on a command line need no YAML

        main = self._main
        document = read_yaml(text, name)
        if document.data is None:
            hint = "it needs routes: and below it   /api: http://localhost:3001"
            raise ConfigError([Problem("empty", f"{name} is empty", hint, place=Place(name, 1))])
        values = filled_in(document.data, main.environ)
        ledger = Ledger(document, values.masked)
        for path, fault in values.faults:
            ledger.add(fault, path)
        model = shaped(ledger, forms.long_form(values.data), ProjectFile)
        if problem := rules.project_problem(model.project):
            ledger.add(problem, ("project",))
        for problem in rules.host_patterns_problems(model.hosts):
            ledger.add(problem, ("hosts",))
        policies = Policies(
            ledger, model.cors.given(), both_loopbacks=main.host == "localhost", above=main.above
        )
        called, hosts = model.project or FilePath(name).stem, host_names(model.hosts)
        builder = RouteBuilder(ledger, policies, values, main.host, main.port, project=called, hosts=hosts)
        routes = builder.all(model.routes)
        warnings = ledger.settle()
        assert policies.site is not None  # noqa: S101  else the ledger holds why
        return Project(called, name, hosts, policies.site, routes, warnings, text, document, model, values)

    def _conflicts(self, project: Project) -> Iterator[Problem]:
        """What this project claims although it is another's."""
        for route in project.routes:
            for host, prefix in _claims(route):
                if other := self._claims.get((host, prefix)):
                    what = f"{host} {route.prefix}" if host else route.prefix
                    yield _conflict(f"{_at(other)} and {_at(route)} both claim {what}", route)
            if not route.hosts:
                yield from self._nested(route)

    def _nested(self, route: Route) -> Iterator[Problem]:
        """What a route without hosts takes away from a project without hosts, or leaves to one."""
        around = [self._claims.get(("", prefix)) for prefix in _around(route.prefix)]
        for outer, inner in (
            (next((other for other in around if other and other.project), None), route),
            (route, self._outer.get(rules.same_prefix(route.prefix))),
        ):
            if outer and inner:
                claim = f"{_at(inner)} claims {inner.prefix} inside {outer.prefix} of project {outer.project}, {_at(outer)}"
                yield _conflict(claim, route)


def _around(prefix: str) -> Iterator[str]:
    """The prefixes that a prefix is inside of, the longest first."""
    inner = rules.same_prefix(prefix)
    while inner != "/":
        inner = inner.rpartition("/")[0] or "/"
        yield inner


def _claims(route: Route) -> list[tuple[str, str]]:
    prefix = rules.same_prefix(route.prefix)
    return [(host, prefix) for host in route.hosts or ("",)]


def _at(route: Route) -> str:
    place = route.place
    return f"{place}:{place.column}" if place else route.name


def _conflict(message: str, route: Route) -> Problem:
    hint = f"give one project its own host (hosts: [{route.project}.localhost]) or another prefix"
    return Problem("claimed", message, hint, place=route.place)
