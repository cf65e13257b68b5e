"""What will be done with a request, and what the client will see of the answer: decided once, here, from plain values.

    decide(site, request head)    → Plan = Reply | Forward | Tunnel
    finish(plan, response head)   → the head that the client gets for the target's
    fail(plan, answer)            → the Reply where the leg to the target broke

The server, the command line and the tests call these same functions. They touch nothing: carrying is proxy/'s work.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice

from devproxy.answers import OwnAnswer, no_content, render
from devproxy.cors.policy import CorsPolicy, Grant, Preflight
from devproxy.guard import (
    Admitted,
    Authority,
    admit,
    is_own_origin,
    parse_authority,
    refuse_method,
    refuse_reader,
    refuse_upgrade,
    refuse_write,
    wanted_upgrade,
)
from devproxy.headers import Headers
from devproxy.hosts import fitting
from devproxy.message import RequestHead, ResponseHead
from devproxy.problems import ALIKE, likeness
from devproxy.rewrite.redirects import Way
from devproxy.rewrite.request import TargetRequest, target_request
from devproxy.rewrite.response import client_response, interim_response
from devproxy.routing import Ambiguous, Match, Route, Router


@dataclass(frozen=True, slots=True)
class Site:
    """What is served now: immutable, the one reference that a reload swaps.

    `policy` is in force where no route is, `allowed_hosts` are the names and patterns taken besides the local ones, `via` is
    this process's name in the Via field.

    `hosts` are the sites of names, or patterns of names, that routes claim, each with its `name`. A name belongs to the
    one that fits it best, and gets nothing from any other, as with nginx's server blocks: were a missing route looked for
    in the routes without hosts, a page of one project would silently show another's, with cookies of both in one jar.

    A `stale` one is served although its configuration has been saved since, with mistakes.
    """

    router: Router
    policy: CorsPolicy
    allowed_hosts: frozenset[str]
    via: str
    hosts: Mapping[str, "Site"] = field(default_factory=dict)
    name: str = ""
    stale: bool = False

    @classmethod
    def of(
        cls,
        routes: Iterable[Route],
        policy: CorsPolicy,
        *,
        policies: Mapping[str, CorsPolicy],
        allowed_hosts: Iterable[str],
        via: str,
    ) -> "Site":
        """The site of these routes; `policies` are in force where no route is, under names that have one of their own."""
        by_host: dict[str, list[Route]] = {}
        for route in routes:
            for name in route.hosts or ("",):
                by_host.setdefault(name, []).append(route)
        own = Router(by_host.pop("", ()))
        allowed = frozenset((*allowed_hosts, *by_host))
        hosts = {
            name: cls(Router(named), policies.get(name, policy), allowed, via, name=name)
            for name, named in by_host.items()
        }
        return cls(own, policy, allowed, via, hosts)

    @property
    def routes(self) -> tuple[Route, ...]:
        """Every route, under whatever name."""
        return (*self.router.routes, *(route for site in self.hosts.values() for route in site.router.routes))

    def at(self, authority: Authority | None) -> "Site":
        """The site that answers under this name."""
        name = fitting(authority.host, self.hosts) if self.hosts and authority else None
        return self.hosts[name] if name else self


HEALTH_PATH = "/__devproxy__/health"
_HEALTH = b'{"status":"ok"}'
_STALE = b'{"status":"stale"}'
# A 404 stays short and quick to make.
_LONGEST_LOOK = 100
_MOST_LISTED = 20


@dataclass(frozen=True, slots=True)
class Reply:
    """The proxy answers itself: nothing reaches a target.

    `answer` is None where an allowed preflight has no body to explain; `preflight` is None for any other request.
    A `quiet` one is not worth a line of the log: a health check comes every few seconds. After a `final` one the
    connection is closed: who asks like that is not trusted with a second request.
    """

    answer: OwnAnswer | None
    head: ResponseHead
    body: bytes = b""
    route: Route | None = None
    preflight: Preflight | None = None
    quiet: bool = False
    final: bool = False


@dataclass(frozen=True, slots=True)
class Forward:
    """The request goes to the target.

    `grant` goes onto the target's answer (None: passthrough), `own_grant` onto the proxy's own where the target fails.
    """

    way: Way
    grant: Grant | None
    own_grant: Grant

    @property
    def route(self) -> Route:
        """The route, to the end, whatever is served meanwhile."""
        return self.way.route

    @property
    def request(self) -> TargetRequest:
        """What the target is asked."""
        return self.way.request


@dataclass(frozen=True, slots=True)
class Tunnel(Forward):
    """A Forward whose client wants to speak another protocol, mostly WebSocket: bytes both ways once the target agrees."""


Plan = Reply | Forward | Tunnel


def decide(site: Site, head: RequestHead) -> Plan:
    """What will be done with this request: guard, route, policy, guard again, rewriting, in this order."""
    asked = admit(head, site.allowed_hosts, via=site.via)
    if isinstance(asked, OwnAnswer):
        return replace(_own_reply(head, asked, _policy_at(site, head).grant(head)), final=True)
    if asked.path == HEALTH_PATH and head.method in {"GET", "HEAD"}:
        return _health_reply(head, stale=site.stale)
    site = site.at(asked.authority)
    match = site.router.find(asked.path)
    route = match.route if isinstance(match, Match) else None
    policy = _policy_for(head, asked, route) if route else site.policy  # None: passthrough
    own_policy = policy or site.policy
    answer = policy.answer(head) if policy else None
    if isinstance(answer, Preflight):
        return _preflight_reply(head, answer, own_policy, route)
    own_grant = answer or own_policy.grant(head)
    if not isinstance(match, Match):
        return _own_reply(head, _unrouted(match, site, asked.path), own_grant)
    upgrade = wanted_upgrade(head, asked.body)
    refused = refuse_method(head, match.route.only_methods) or _refuse_page(
        head, asked, match.route, own_policy, upgrade=upgrade
    )
    if refused:
        return _own_reply(head, refused, own_grant, match.route)
    request = target_request(head, asked, match, via=site.via, upgrade=upgrade)
    plan = Tunnel if upgrade else Forward
    return plan(Way(head, request, match.route, site.router), answer, own_grant)


def finish(plan: Forward, head: ResponseHead) -> ResponseHead:
    """The head that the client gets for the target's `head`, be it the answer's or an interim one."""
    if head.is_interim:
        return interim_response(head, plan.route)
    if head.status == 101:
        return head  # the agreement about the connection is the client's and the target's own
    return client_response(head, plan.way, plan.grant)


def fail(plan: Forward, answer: OwnAnswer) -> Reply:
    """What the client gets where the leg to the target broke: readable by the page like any other answer."""
    return _own_reply(plan.way.client, answer, plan.own_grant, plan.route)


def _policy_for(head: RequestHead, asked: Admitted, route: Route) -> CorsPolicy | None:
    """The route's policy; where it serves named pages only, those that this listener served itself count as named."""
    origin = head.headers.get("origin") if route.has_own_secret else None
    if origin and route.policy and is_own_origin(origin, asked.host):
        return route.policy.naming(origin)
    return route.policy


def _policy_at(site: Site, head: RequestHead) -> CorsPolicy:
    """The policy of the route that a refused request seems to be for, so that its page can read why."""
    path = head.target.partition("?")[0]
    site = site.at(parse_authority(head.headers.get("host", "")))
    match = site.router.find(path) if path.startswith("/") and path.isascii() else None
    return (match.route.policy if isinstance(match, Match) else None) or site.policy


def _refuse_page(
    head: RequestHead, asked: Admitted, route: Route, policy: CorsPolicy, *, upgrade: str
) -> OwnAnswer | None:
    if upgrade:
        return refuse_upgrade(head, asked, policy)
    if route.block_cross_site and route.policy:
        return refuse_write(head, asked, policy)
    return None


def _own_reply(head: RequestHead, answer: OwnAnswer, grant: Grant, route: Route | None = None) -> Reply:
    response, body = _rendered(head, answer)
    response = ResponseHead(response.status, response.reason, grant.apply(response.headers))
    return Reply(answer, response, b"" if head.method == "HEAD" else body, route)


def _rendered(head: RequestHead, answer: OwnAnswer) -> tuple[ResponseHead, bytes]:
    return render(answer if head.near else answer.for_strangers, head.headers.get("accept"))


def _health_reply(head: RequestHead, *, stale: bool) -> Reply:
    """The answer to a health check: devproxy is well if it answers by its configuration; what its targets do is another question."""
    content = _STALE if stale else _HEALTH
    headers = Headers(
        (
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(content))),
            ("Cache-Control", "no-store"),
        )
    )
    body = b"" if head.method == "HEAD" else content
    status = (503, "Service Unavailable") if stale else (200, "OK")
    return Reply(None, ResponseHead(*status, headers), body, quiet=True)


def _preflight_reply(
    head: RequestHead, preflight: Preflight, policy: CorsPolicy, route: Route | None
) -> Reply:
    if preflight.status == 204:
        return Reply(None, no_content(preflight.headers), route=route, preflight=preflight)
    answer = refuse_reader(head, policy)
    response, body = _rendered(head, answer)
    headers = Headers((*preflight.headers, *response.headers))
    return Reply(answer, ResponseHead(response.status, response.reason, headers), body, route, preflight)


def _unrouted(match: Ambiguous | None, site: Site, path: str) -> OwnAnswer:
    if match:
        return OwnAnswer(
            "ambiguous_path",
            f"Once decoded, this path leaves {match.prefix or 'what it says'}: dot segments, encoded slashes or backslashes. "
            "Two servers could read it differently, so it reached none.",
            hint="Send the path that is meant, without '..' in it.",
        )
    if not site.router.routes:
        names = f"No route answers under this name. Names that have routes: {_listed(site.hosts)}"
        return OwnAnswer("no_route", names if site.hosts else "There are no routes.")
    start = path[:_LONGEST_LOOK]
    near = sorted((-_likeness(start, route.prefix), route.prefix) for route in site.router.routes)
    where = f" of {site.name}" if site.name else ""
    return OwnAnswer(
        "no_route",
        f"No route{where} serves this path. Routes, the nearest first: {_listed([prefix for _, prefix in near])}",
        hint=f"Did you mean {near[0][1]}?" if near[0][0] <= -ALIKE else "",
    )


def _listed(names: Collection[str]) -> str:
    return ", ".join(islice(names, _MOST_LISTED)) + (" …" if len(names) > _MOST_LISTED else "")


def _likeness(path: str, prefix: str) -> float:
    """How much the beginning of a path looks like a prefix."""
    return likeness("/".join(path.split("/")[: prefix.count("/") + 1]), prefix)
