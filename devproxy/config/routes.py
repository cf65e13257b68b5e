"""The routes section → `Route` values, each with the policy that is finally in force on it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from devproxy.config import rules
from devproxy.config.document import Path
from devproxy.config.doubts import doubts
from devproxy.config.files import pem_problem
from devproxy.config.interpolate import as_variable
from devproxy.config.ledger import Ledger
from devproxy.config.model import FieldsSection, File, ProjectFile, RouteSection
from devproxy.config.policies import Policies
from devproxy.config.values import Values
from devproxy.cors.names import ANY
from devproxy.errors import ConfigError
from devproxy.headers import Field
from devproxy.problems import Problem
from devproxy.routing import Route, Router
from devproxy.target import Target, is_this_machine

_CHANGE_ORIGIN = {"auto": None, "true": True, "false": False}


class RouteBuilder:
    """Makes routes of sections; what is wrong goes into the ledger.

    `host` and `port` are where devproxy listens; `hosts` are for routes that list none.
    """

    def __init__(
        self,
        ledger: Ledger,
        policies: Policies,
        values: Values,
        host: str,
        port: int,
        *,
        project: str = "",
        hosts: tuple[str, ...] = (),
    ) -> None:
        self._project, self._hosts = project, hosts
        self._ledger = ledger
        self._values = values
        self._policies = policies
        self._host, self._port = host, port

    def all(self, sections: Mapping[str, RouteSection]) -> tuple[Route, ...]:
        """The routes in the order of the file."""
        self._require_routes()
        self._refuse_repeats(list(sections))
        found = {prefix: self._route(prefix, section) for prefix, section in sections.items()}
        routes = {prefix: route for prefix, route in found.items() if route}
        together: dict[tuple[str, ...], list[Route]] = {}
        for route in routes.values():
            together.setdefault(route.hosts, []).append(route)
        routers = {hosts: Router(named) for hosts, named in together.items()}
        for prefix, route in routes.items():
            for problem in doubts(route, routers[route.hosts]):
                self._ledger.add(problem, ("routes", prefix), on_key=not problem.path)
        return tuple(routes.values())

    def _require_routes(self) -> None:
        data = self._ledger.document.data
        # A key that nobody knows may be `routes` misspelled: that is an error of its own.
        if (
            isinstance(data, dict)
            and data.get("routes") in (None, {})
            and not data.get("include")
            and set(data) <= {*File.model_fields, *ProjectFile.model_fields}
        ):
            hint = "write routes: and below it   /api: http://localhost:3001"
            self._ledger.add(Problem("no_routes", "there are no routes", hint), ("routes",), on_key=True)

    def _refuse_repeats(self, prefixes: Sequence[str]) -> None:
        """Two spellings of one prefix would silently be one route."""
        first: dict[str, str] = {}
        for prefix in prefixes:
            same = first.setdefault(rules.same_prefix(prefix), prefix)
            if same != prefix:
                place = self._ledger.document.key_place(("routes", same))
                where = f", defined on line {place.line}" if place else ""
                hint = f"{same!r} is the same prefix{where}: remove one"
                problem = Problem("duplicate", f"duplicate route {rules.normal_prefix(prefix)!r}", hint)
                self._ledger.add(problem, ("routes", prefix), on_key=True)

    def _route(self, prefix: str, section: RouteSection) -> Route | None:
        base: Path = ("routes", prefix)
        self._check(prefix, section, base)
        target = self._target(prefix, section, base)
        policy = self._policies.of_route(section.cors, (*base, "cors"))
        if target is None or (policy is None and not section.cors.passthrough):
            return None
        route = Route(
            prefix=rules.normal_prefix(prefix),
            target=target,
            policy=policy,
            strip_prefix=section.strip_prefix,
            rewrite_path=tuple(section.rewrite_path.items()),
            change_origin=_CHANGE_ORIGIN[section.change_origin],
            target_origin=section.target_origin,
            block_cross_site=section.block_cross_site,
            rewrite_cookies=section.rewrite_cookies == "auto",
            rewrite_redirects=section.rewrite_redirects == "auto",
            timeout=section.timeout,
            wait_for_restart=section.wait_for_restart,
            only_methods=None if ANY in section.only_methods else section.only_methods,
            hosts=host_names(section.hosts) or self._hosts,
            project=self._project,
            request_set=_fields(section.headers.request.set),
            request_remove=_names(section.headers.request.remove),
            response_set=_fields(section.headers.response.set),
            response_remove=_names(section.headers.response.remove),
            place=self._ledger.document.key_place(base),
        )
        if route.has_own_secret and route.policy is None:
            message = (
                f"route {route.prefix} adds a secret of its own, and cors: passthrough lets any page use it"
            )
            hint = 'write cors: {allow_origins: ["http://localhost:5173"]} with the origin of your page'
            self._ledger.add(Problem("secret", message, hint), (*base, "cors"))
        return route

    def _check(self, prefix: str, section: RouteSection, base: Path) -> None:
        if problem := rules.prefix_problem(prefix):
            self._ledger.add(problem, base, on_key=True)
        for problem in rules.renaming_problems(section.rewrite_path):
            self._ledger.add(problem, (*base, "rewrite_path"), on_key=problem.code == "prefix")
        for problem in rules.methods_problems(section.only_methods):
            self._ledger.add(problem, (*base, "only_methods"))
        for problem in rules.host_patterns_problems(section.hosts):
            self._ledger.add(problem, (*base, "hosts"))
        sides: dict[rules.Side, FieldsSection] = {
            "request": section.headers.request,
            "response": section.headers.response,
        }
        for side, fields in sides.items():
            for problem in rules.fields_problems(side, fields.set, fields.remove):
                self._ledger.add(problem, (*base, "headers", side), on_key=problem.code == "header_name")

    def _target(self, prefix: str, section: RouteSection, base: Path) -> Target | None:
        try:
            target = Target.parse(section.target, self._values.label((*base, "target")))
        except ConfigError as error:
            close = "" if "@" in section.target else as_variable(section.target)
            problems = [
                replace(problem, hint=f"write {close}") if close else problem for problem in error.problems
            ]
            self._ledger.add_all(problems, (*base, "target"))
            return None
        if (
            target.port == self._port
            and not target.socket
            and not self._ledger.has_at(("listen", "port"))
            and self._is_own_host(target.host)
        ):
            message = f"route {prefix} targets devproxy itself (port {self._port}): this loops"
            self._ledger.add(
                Problem(
                    "loop", message, "name the port of the server behind it, as in http://localhost:3001"
                ),
                (*base, "target"),
            )
        return self._trusted(target, section, base)

    def _trusted(self, target: Target, section: RouteSection, base: Path) -> Target:
        """The target with what its connections need besides an address."""
        for problem in rules.trust_problems(target, verify=section.verify_tls, ca_file=section.ca_file):
            self._ledger.add(problem, base, on_key=True)
        ca_file = ""
        if section.ca_file:
            ca_file = self._ledger.document.beside(section.ca_file)
            if unusable := pem_problem(ca_file):
                self._ledger.add(unusable, (*base, "ca_file"))
        return replace(
            target, verify_tls=section.verify_tls, ca_file=ca_file, via=self._via(section.via, (*base, "via"))
        )

    def _via(self, text: str, path: Path) -> Target | None:
        if not text:
            return None
        try:
            via = Target.parse(text, self._values.label(path))
        except ConfigError as error:
            named = [replace(fault, message=f"via: {fault.message}") for fault in error.problems]
            self._ledger.add_all(named, path)
            return None
        if problem := rules.via_problem(via):
            self._ledger.add(problem, path)
        return via

    def _is_own_host(self, host: str) -> bool:
        return host == self._host or (is_this_machine(host) and is_this_machine(self._host))


def host_names(hosts: Iterable[str]) -> tuple[str, ...]:
    """Names and patterns as requests spell them."""
    return tuple(dict.fromkeys(host.lower().removesuffix(".") for host in hosts))


def _fields(values: Mapping[str, str]) -> tuple[Field, ...]:
    return tuple((name, value.strip(" \t")) for name, value in values.items())


def _names(names: Sequence[str]) -> frozenset[str]:
    return frozenset(name.lower() for name in names)
