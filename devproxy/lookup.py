"""`devproxy routes`: which route serves a URL and why, what its target will be asked, what the policy answers.

Nothing is sent: the request is decided by the same functions that the running proxy calls.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from devproxy.config.build import Config
from devproxy.cors.names import PARSED_METHODS, RESPONSE_HEADERS
from devproxy.cors.policy import Preflight
from devproxy.decide import Forward, Plan, Reply, Site, Tunnel, decide, finish
from devproxy.diagnose import CorsWord, diagnose
from devproxy.guard import parse_authority
from devproxy.headers import Headers
from devproxy.hosts import fitting
from devproxy.message import RequestHead, ResponseHead
from devproxy.routing import Match, Route, Router
from devproxy.target import is_local_name

#: a label and its text; a text without a label belongs to the row above
Row = tuple[str, str]

_CORS_FIELDS = RESPONSE_HEADERS | {"vary"}
_WORDS: Mapping[CorsWord, str] = {
    "same origin": "same origin: the page is devproxy's own, and browsers ask nobody",
    "allowed": "allowed: the page may read the answer",
    "BLOCKED": "BLOCKED: the browser keeps the answer from the page",
    "not CORS": "not CORS: no page asks; name one with --origin http://localhost:5173",
    "passthrough": "passthrough: what the target itself says about CORS counts",
}
_HANDSHAKE = (
    ("Connection", "Upgrade"),
    ("Upgrade", "websocket"),
    ("Sec-WebSocket-Version", "13"),
    ("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA=="),
)


@dataclass(frozen=True, slots=True)
class Question:
    """A request that could come: `url` is a path, or a URL that leads to devproxy; `origin` is the page's, if one asks."""

    method: str
    url: str
    origin: str | None = None


def routes(config: Config) -> Iterator[Row]:
    """Every route, with its target, what is particular about it, and where it stands."""
    for route in config.routes:
        place = f"   {route.place}" if route.place else ""
        yield route.name, f"→ {route.target}{place}"
        if details := ", ".join(_particular(route)):
            yield "", f"  {details}"


def answer(config: Config, question: Question) -> Iterator[Row]:
    """What would happen to a request, step by step."""
    head = _head(config, question)
    if head.method not in PARSED_METHODS:
        yield "answer", f"400 from devproxy: {head.method} is no registered method, and case counts"
        return
    site = config.site("devproxy")
    plan = decide(site, head)
    page = f"   from a page at {question.origin}" if question.origin else ""
    yield "request", f"{head.method} {head.target}   Host: {head.headers.get('host')}{page}"
    if plan.route:
        yield from _why(site, head, plan.route)
    if isinstance(plan, Forward):
        yield from _asked(head, plan)
    elif plan.answer:
        yield "answer", f"{plan.answer.status} {plan.answer.title}, from devproxy: nothing reaches a target"
        yield from (("", line) for line in plan.answer.detail.splitlines())
        yield from (("", line) for line in plan.answer.advice.splitlines())
    yield from _cors(config, head, plan)


def _particular(route: Route) -> Iterator[str]:
    """What a route does that most do not."""
    if route.project:
        yield f"project {route.project}"
    if len(route.hosts) > 1:
        yield f"also under {', '.join(route.hosts[1:])}"
    if route.strip_prefix:
        yield "prefix stripped"
    if route.only_methods:
        yield f"only {', '.join(route.only_methods)}"
    if route.policy is None:
        yield "cors: passthrough"
    if route.has_own_secret:
        yield "adds a secret: named pages only"


def _head(config: Config, question: Question) -> RequestHead:
    """The request as a browser would send it to devproxy."""
    scheme, separator, rest = question.url.partition("#")[0].partition("://")
    if not separator:
        scheme, rest = "", question.url.partition("#")[0]
    authority, slash, path = rest.partition("/")
    named = is_local_name(authority) or fitting(authority.lower(), config.names)
    if not (separator or ":" in authority or named):
        authority, slash, path = "", "/", rest.removeprefix("/")  # a path alone
    fields = [("Host", authority or config.listen.authority(config.listen.port))]
    if question.origin:
        fields.append(("Origin", question.origin))
    if scheme in {"ws", "wss"}:
        fields += _HANDSHAKE
    target = f"{slash or '/'}{path}"
    return RequestHead(question.method, target, Headers(fields), secure=config.listen.tls is not None)


def _why(site: Site, head: RequestHead, route: Route) -> Iterator[Row]:
    place = f"   {route.place}" if route.place else ""
    yield "route", f"{route.name} → {route.target}{place}"
    path = head.target.partition("?")[0]
    here = site.at(parse_authority(head.headers.get("host", "")))
    fitting_too = [other for other in here.router.routes if isinstance(Router([other]).find(path), Match)]
    others = ", ".join(
        sorted((other.prefix for other in fitting_too if other is not route), key=len, reverse=True)
    )
    if route.project:
        yield "", f"project {route.project}"
    under = f" of {here.name}" if here.name else ""
    yield (
        "",
        f"the longest prefix{under} that fits; {others} would too"
        if others
        else f"the only prefix{under} that fits",
    )


def _asked(head: RequestHead, plan: Forward) -> Iterator[Row]:
    asked, route = plan.request, plan.route
    scheme = "opens a WebSocket at " if isinstance(plan, Tunnel) else f"{asked.method} "
    yield "target", f"{scheme}{asked.target.label or f'{asked.target.origin}{asked.path}'}"
    own = asked.headers.get("host", "")
    kept = own == head.headers.get("host")
    mode = {None: "auto", True: "true", False: "false"}[route.change_origin]
    yield (
        "",
        f"Host: {own if kept else asked.target.label or own}   ({'kept' if kept else 'replaced'}; change_origin: {mode})",
    )
    came, goes = head.origin, asked.headers.get("origin")
    if came:
        how = "removed" if goes is None else "as it came" if goes == came else "made to fit Host"
        yield "", f"Origin: {goes or 'none'}   ({how}; target_origin: {route.target_origin})"
    if route.request_set:
        yield "", f"sets {', '.join(name for name, _ in route.request_set)}"
    if route.request_remove:
        yield "", f"removes {', '.join(sorted(route.request_remove))}"


def _cors(config: Config, head: RequestHead, plan: Plan) -> Iterator[Row]:
    """What the policy says to the page, and to a preflight of this request."""
    word = diagnose(head, plan, None, plan.head if isinstance(plan, Reply) else None).word
    yield "cors", _WORDS[word]
    if word not in {"allowed", "BLOCKED"}:
        return
    yield from _fields(
        plan.head if isinstance(plan, Reply) else finish(plan, ResponseHead(200, "OK", Headers()))
    )
    if head.origin and not isinstance(plan, Tunnel):
        asks = Headers((*head.headers, ("Access-Control-Request-Method", head.method)))
        asked_first = decide(config.site("devproxy"), replace(head, method="OPTIONS", headers=asks))
        if isinstance(asked_first, Reply) and asked_first.preflight:
            yield from _preflight(asked_first, asked_first.preflight)


def _preflight(reply: Reply, preflight: Preflight) -> Iterator[Row]:
    refusal = preflight.refusal
    said = f"{refusal.code} {refusal.value} is not allowed" if refusal else f"{preflight.method} is allowed"
    yield (
        "preflight",
        f"{reply.head.status} from devproxy: {said}   (browsers ask unless GET, HEAD or POST is plain)",
    )
    yield from _fields(reply.head)


def _fields(head: ResponseHead) -> Iterator[Row]:
    return (("", f"{name}: {value}") for name, value in head.headers if name.lower() in _CORS_FIELDS)
