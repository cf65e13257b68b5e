"""A configuration file, or targets on a command line → `Config`, or every mistake at once with its place.

The order: text → document (`load`) → variables filled in (`values`) → long forms (`forms`) → shape (`model`, `faults`) →
values, made by the law's own constructors. A part at fault is reported and left out; the rest is still judged, so that one run shows everything.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path as FilePath
from types import MappingProxyType
from typing import Any

from devproxy.config import forms, rules
from devproxy.config.document import Document, Path
from devproxy.config.faults import shaped
from devproxy.config.files import decode, pem_problem, read_bytes
from devproxy.config.given import NOTHING, Given, LogFormat, LogLevel
from devproxy.config.ledger import Ledger
from devproxy.config.model import File, ListenSection, LogSection, TlsSection
from devproxy.config.policies import Above, Policies
from devproxy.config.projects import Main, Project, load_projects
from devproxy.config.routes import RouteBuilder, host_names
from devproxy.config.values import Values, filled_in
from devproxy.cors.policy import CorsPolicy
from devproxy.decide import Site
from devproxy.errors import ConfigError
from devproxy.problems import Place, Problem
from devproxy.routing import Route


@dataclass(frozen=True, slots=True)
class Listen:
    """Where devproxy listens, and the host names (lower case) it answers to besides its own.

    `tls` are the files of a certificate and its key, for https.
    """

    host: str
    port: int
    allowed_hosts: tuple[str, ...] = ()
    tls: tuple[str, str] | None = None

    @property
    def scheme(self) -> str:
        """What browsers call it."""
        return "https" if self.tls else "http"

    def authority(self, port: int) -> str:
        """What the developer's own browser calls it at `port`; a wildcard address is everywhere."""
        everywhere = self.host in {"0.0.0.0", "::"}  # noqa: S104  # compared
        return f"{'localhost' if everywhere else f'[{self.host}]' if ':' in self.host else self.host}:{port}"

    def url(self, port: int) -> str:
        """Where that browser gets there."""
        return f"{self.scheme}://{self.authority(port)}"


@dataclass(frozen=True, slots=True)
class Log:
    """What is written about requests; `skip` holds patterns of paths that get no line."""

    format: LogFormat = "text"
    level: LogLevel = "info"
    skip: tuple[str, ...] = ()

    def skips(self, path: str) -> bool:
        """Whether requests for this path (without its query) get no line."""
        return bool(self.skip) and any(fnmatchcase(path, pattern) for pattern in self.skip)


@dataclass(frozen=True, slots=True)
class Source:
    """What a configuration was made of."""

    document: Document = field(default_factory=lambda: Document(None))
    model: File = field(default_factory=File)
    given: Given = NOTHING


@dataclass(frozen=True, slots=True)
class Config:
    """A configuration without mistakes; `warnings` holds what is legal but surely not meant.

    `routes` are those of the file, then those of the `projects` that it includes. `broken` tells, by file, what is wrong with
    projects that are left out, or that go on as they were.
    """

    listen: Listen
    site_policy: CorsPolicy
    routes: tuple[Route, ...]
    warnings: tuple[Problem, ...] = ()
    file: str = ""
    log: Log = Log()
    values: Values = field(default_factory=lambda: Values(None), repr=False, compare=False)
    source: Source = field(default_factory=Source, repr=False, compare=False)
    projects: tuple[Project, ...] = ()
    broken: Mapping[str, tuple[Problem, ...]] = field(default_factory=dict)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Every problem: warnings, and the errors of files that are left out."""
        return (*self.warnings, *(problem for problems in self.broken.values() for problem in problems))

    def hidden(self, path: Path) -> bool:
        """Whether the value at `path`, as in ("routes", "/api", "target"), is a secret that no output may show."""
        return self.values.hidden(path)

    @property
    def names(self) -> frozenset[str]:
        """The names and patterns that routes answer under."""
        return frozenset(name for route in self.routes for name in route.hosts)

    def site(self, via: str) -> Site:
        """What is served, by a process that calls itself `via` in the Via field."""
        hosts = {*self.listen.allowed_hosts, self.listen.host}
        # Of several projects under one name, the first one's.
        policies = {name: project.policy for project in reversed(self.projects) for name in project.hosts}
        return Site.of(self.routes, self.site_policy, policies=policies, allowed_hosts=hosts, via=via)


def load(
    path: str | FilePath,
    *,
    environ: Mapping[str, str] | None = None,
    given: Given = NOTHING,
    before: Config | None = None,
) -> Config:
    """The configuration in a file and those that it includes, behind what was `given` before it. Without `environ`, variables are this process's.

    Of an included file with mistakes, what it said `before` goes on. Raises ConfigError.
    """
    file = str(path)
    environ = os.environ if environ is None else environ
    config = parse(decode(read_bytes(file), file), file, environ=environ, given=given)
    source = config.source
    if not source.model.include:
        return config
    above = Above(_with_origins(source.model.cors.given(), given.allow_origins), config.site_policy)
    listen = config.listen
    main = Main(
        source.document, file, source.model.include, above, config.routes, listen.host, listen.port, environ
    )
    found = load_projects(main, {project.file: project.text for project in before.projects} if before else {})
    return replace(
        config,
        routes=(*config.routes, *(route for project in found.projects for route in project.routes)),
        warnings=(*config.warnings, *found.warnings),
        projects=found.projects,
        broken=found.broken,
    )


def parse(
    text: str,
    file: str = "proxy.yaml",
    *,
    environ: Mapping[str, str] = MappingProxyType({}),
    given: Given = NOTHING,
) -> Config:
    """The configuration in a text, without the files that it includes, with the variables of `environ`, behind what was `given` before it.

    Raises ConfigError.
    """
    from devproxy.config.load import read  # noqa: PLC0415  # targets on a command line need no YAML

    document = read(text, file)
    if document.data is None:
        hint = "it needs routes: and below it   /api: http://localhost:3001"
        raise ConfigError([Problem("empty", f"{file} is empty", hint, place=Place(file, 1))])
    return _build(document, filled_in(document.data, environ), file, given)


def from_targets(targets: Sequence[str], given: Given = NOTHING) -> Config:
    """The configuration that targets on a command line stand for. Raises ConfigError."""
    document = forms.command_line(targets)
    return _build(document, Values(document.data), "", given)


def _build(document: Document, values: Values, file: str, given: Given) -> Config:
    ledger = Ledger(document, values.masked)
    for path, fault in values.faults:
        ledger.add(fault, path)
    model = shaped(ledger, forms.long_form(values.data), File)
    listen = _listen(ledger, model.listen, given)
    policies = Policies(
        ledger,
        _with_origins(model.cors.given(), given.allow_origins),
        both_loopbacks=listen.host == "localhost",
    )
    routes = RouteBuilder(ledger, policies, values, listen.host, listen.port).all(model.routes)
    log = _log(ledger, model.log, given)
    for problem in rules.include_problems(model.include):
        ledger.add(problem, ("include",))
    warnings = ledger.settle()
    assert policies.site is not None  # noqa: S101  else the ledger holds why
    return Config(listen, policies.site, routes, warnings, file, log, values, Source(document, model, given))


def _with_origins(keys: Mapping[str, Any], allow_origins: Sequence[str]) -> Mapping[str, Any]:
    """The cors keys with further origins; where none are listed they come on top of the default."""
    if not allow_origins:
        return keys
    listed = keys.get("allow_origins")
    return {
        **keys,
        "allow_origins": [*(listed or ()), *allow_origins],
        "local": True if listed is None else None,
    }


def _listen(ledger: Ledger, section: ListenSection, given: Given) -> Listen:
    host = section.host if given.host is None else given.host
    if given.host is None and (problem := rules.listen_problem(host)):
        ledger.add(problem, ("listen", "host"))
    for problem in rules.hosts_problems(section.allowed_hosts):
        ledger.add(problem, ("listen", "allowed_hosts"))
    names = host_names((*section.allowed_hosts, *given.allowed_hosts))
    port = section.port if given.port is None else given.port
    return Listen(host.lower(), port, names, _tls(ledger, section.tls))


def _tls(ledger: Ledger, section: TlsSection) -> tuple[str, str] | None:
    given = section.given()
    if not given:
        return None
    for key in ("cert_file", "key_file"):
        if not given.get(key):
            hint = "name both, as in {cert_file: localhost.pem, key_file: localhost-key.pem}"
            ledger.add(Problem("tls", f"listen.tls has no {key}", hint), ("listen", "tls"), on_key=True)
            return None
    for key, holds in (("cert_file", "CERTIFICATE"), ("key_file", "PRIVATE KEY")):
        if problem := pem_problem(ledger.document.beside(given[key]), holds):
            ledger.add(problem, ("listen", "tls", key))
    return ledger.document.beside(section.cert_file), ledger.document.beside(section.key_file)


def _log(ledger: Ledger, section: LogSection, given: Given) -> Log:
    for problem in rules.skip_problems(section.skip):
        ledger.add(problem, ("log", "skip"))
    return Log(given.log_format or section.format, given.log_level or section.level, section.skip)
