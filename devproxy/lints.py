"""What is wrong or unwise about a server's CORS beside what blocks this very request: pure, from heads that were received."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

from devproxy.browser.checks import readable
from devproxy.browser.fetch import Step
from devproxy.browser.request import PageRequest
from devproxy.message import ResponseHead

# What servers and connections add, and no script misses.
_PLUMBING = re.compile(
    "set-cookie2?|connection|date|server|keep-alive|transfer-encoding|vary|x-powered-by|via|alt-svc|strict-transport-security"
    "|content-security-policy|x-content-type-options|x-frame-options|referrer-policy|permissions-policy|etag|accept-ranges"
    "|content-encoding|location|nel|report-to|reporting-endpoints|cf-.*|cross-origin-.*|access-control-.*|timing-allow-origin"
    "|www-authenticate|allow|x-xss-protection|x-permitted-cross-domain-policies|x-download-options|x-runtime"
)
_LONGEST_AGE = {"Chromium": 7200, "Firefox": 86400, "Safari": 600}
_MOST_NAMES = 5
# Said of the question in other words: whose page it is, and that it has a cookie.
_NOT_SCRIPTS = frozenset({"cookie", "origin"})
_BEHIND_THE_SCENES = {
    401: "a login that the request lacks",
    403: "a refusal",
    404: "no such path",
    405: "a method that the path does not have",
}


@dataclass(frozen=True, slots=True)
class Lint:
    """One thing that is not right. `code` is a reason's, or a name of this module's; `fix` says what to do."""

    code: str
    what: str
    fix: str


@dataclass(frozen=True, slots=True)
class Probes:
    """What was answered to a page that nobody knows (`foreign`), to its preflight, and to a request without Origin."""

    foreign: str = ""
    preflight: ResponseHead | None = None
    read: ResponseHead | None = None
    nobody: ResponseHead | None = None


def lints(request: PageRequest, steps: Iterable[Step], probes: Probes) -> Iterator[Lint]:
    """Everything worth saying about these answers, the dangerous first."""
    heads = [(step, step.head) for step in steps if step.head]
    yield from _reflection(request, probes)
    yield from _refused_origin(heads, probes)
    for step, head in heads:
        yield from _hidden_status(step, head)
        yield from _preflight_fields(step, head)
    answers = [(step, head) for step, head in heads if step.sent.cors and step.sent.preflight is None]
    if answers:
        yield from _caching(answers[0][1], probes)
        yield from _without_effect(answers[0][1], [step for step, _ in heads])
        step, last = answers[-1]
        if not step.blocks:
            yield from _unreadable(last, request)
        yield from _cookies(last, request)
    yield from _addresses(request)
    yield from _request_fields(request)


def _reflection(request: PageRequest, probes: Probes) -> Iterator[Lint]:
    for head in filter(None, (probes.read, probes.preflight)):
        if head.headers.get("access-control-allow-origin") == probes.foreign:
            with_cookies = head.headers.get("access-control-allow-credentials") == "true"
            yield Lint(
                "reflection",
                f"it allows any page: {probes.foreign} was allowed"
                + (
                    " with credentials, so that any site may act as whoever is logged in"
                    if with_cookies
                    else ""
                ),
                "compare Origin with a list of pages"
                if with_cookies or request.credentials == "include"
                else "say * where everybody may read",
            )
            return


def _refused_origin(heads: Iterable[tuple[Step, ResponseHead]], probes: Probes) -> Iterator[Lint]:
    nobody = probes.nobody
    for step, head in heads:
        if head.status == 403 and not step.sent.preflight and nobody and 200 <= nobody.status <= 299:
            yield Lint(
                "upstream.rejects-origin",
                f"it answers 403 because of the Origin field, and {nobody.status} without it",
                "allow the page there; behind devproxy, target_origin: remove on the route takes the field away",
            )
            return


def _hidden_status(step: Step, head: ResponseHead) -> Iterator[Lint]:
    if not step.blocks or head.status < 400 or any(block.code == "preflight.status" for block in step.blocks):
        return
    cause = _BEHIND_THE_SCENES.get(
        head.status, "a fault of the server's" if head.status >= 500 else "an error"
    )
    yield Lint(
        "hidden-status",
        f"the console says CORS, but the status is {head.status}: {cause}",
        "repair that first; error answers need the CORS fields as well, so that the page can read them",
    )


def _preflight_fields(step: Step, head: ResponseHead) -> Iterator[Lint]:
    asked = step.sent.preflight
    if asked is None:
        return
    allowed = {name.lower() for name in head.headers.elements("access-control-allow-headers")}
    if "authorization" in asked.names and "*" in allowed and "authorization" not in allowed:
        yield Lint(
            "preflight.authorization-star",
            "Access-Control-Allow-Headers: * does not cover Authorization by the standard; browsers still let it pass",
            "list Authorization by name",
        )
    if (age := head.headers.get("access-control-max-age")) is None:
        return
    if not re.fullmatch(r"-?[0-9]{1,99}", age):
        yield Lint(
            "max-age", f"Access-Control-Max-Age: {age} is no number of seconds", "write seconds, as in 600"
        )
        return
    capped = [f"{browser} keeps it {most} s" for browser, most in _LONGEST_AGE.items() if int(age) > most]
    if capped:
        yield Lint(
            "cache.preflight",
            f"Access-Control-Max-Age: {age}: {', '.join(capped)}; a changed policy is not seen before",
            "a small value while you develop",
        )


def _caching(head: ResponseHead, probes: Probes) -> Iterator[Lint]:
    """For an answer that depends on Origin without saying so: a cache then gives one page what another asked for."""
    own = head.headers.get("access-control-allow-origin")
    others = [
        other.headers.get("access-control-allow-origin") for other in (probes.read, probes.nobody) if other
    ]
    vary = {element.lower() for element in head.headers.elements("vary")}
    stored = "no-store" not in {element.lower() for element in head.headers.elements("cache-control")}
    if any(other != own for other in others) and not vary & {"origin", "*"} and stored:
        yield Lint(
            "cache.vary",
            "the answer depends on Origin but does not say so, so that a cache may give a page what another one asked for",
            "send Vary: Origin with every answer, also to requests without Origin",
        )


def _without_effect(head: ResponseHead, steps: Iterable[Step]) -> Iterator[Lint]:
    """For what a preflight lacked, and the answer has."""
    failed = any(step.sent.preflight and step.blocks for step in steps)
    names = [
        name
        for name in ("Access-Control-Allow-Methods", "Access-Control-Allow-Headers")
        if failed and name in head.headers
    ]
    if names:
        yield Lint(
            "no-effect",
            f"{' and '.join(names)} on the answer to the request {'does' if len(names) == 1 else 'do'} nothing",
            "the answer to OPTIONS needs them",
        )


def _unreadable(head: ResponseHead, request: PageRequest) -> Iterator[Lint]:
    if hidden := unreadable(head, credentials=request.credentials == "include"):
        yield Lint(
            "expose",
            f"response.headers.get() gives null for {_few(hidden)}",
            "name those that the page reads in Access-Control-Expose-Headers",
        )


def unreadable(head: ResponseHead, *, credentials: bool) -> list[str]:
    """The names of the fields that script cannot read of an answer, though it might want to."""
    seen = readable(head, credentials=credentials)
    names = dict.fromkeys(name for name, _ in head.headers)
    return [name for name in names if (low := name.lower()) not in seen and not _PLUMBING.fullmatch(low)]


def _cookies(head: ResponseHead, request: PageRequest) -> Iterator[Lint]:
    dropped: dict[tuple[str, str], list[str]] = {}
    for line in head.headers.lines("set-cookie"):
        name, *attributes = (part.strip() for part in line.split(";"))
        if reason := _dropped({attribute.lower() for attribute in attributes}, request):
            dropped.setdefault(reason, []).append(name.partition("=")[0])
    for (why, fix), names in dropped.items():
        what = f"the cookie {names[0]} is" if len(names) == 1 else f"the cookies {_few(names)} are"
        yield Lint("cookies.not-sent", f"{what} dropped: {why}", fix)


def _dropped(attributes: set[str], request: PageRequest) -> tuple[str, str] | None:
    """Why a cookie with these attributes is not kept, and what to do."""
    if request.credentials != "include":
        return "the page asks without credentials", "fetch(url, {credentials: 'include'})"
    if "samesite=none" in attributes and "secure" not in attributes:
        return "SameSite=None needs Secure", "add Secure"
    if "samesite=none" not in attributes and _crosses_sites(request):
        return (
            "the page is on another site",
            "SameSite=None; Secure, or call the API through the page's own origin",
        )
    return None


def _crosses_sites(request: PageRequest) -> bool:
    there, page = urlsplit(request.url).hostname or "", urlsplit(request.origin).hostname or ""
    return there.split(".")[-2:] != page.split(".")[-2:]


def _addresses(request: PageRequest) -> Iterator[Lint]:
    """For a page and a server between which more than CORS stands."""
    url, page = urlsplit(request.url), urlsplit(request.origin)
    there, own = url.hostname or "", page.hostname or ""
    if page.scheme == "https" and url.scheme == "http":
        secure_enough = _space(there) == "loopback"
        yield Lint(
            "mixed-content",
            "a page of https asks a server of http"
            + (
                ", which Safari refuses even on localhost"
                if secure_enough
                else ", which browsers refuse before asking"
            ),
            "https for the server as well; devproxy has listen.tls",
        )
    if {there, own} == {"localhost", "127.0.0.1"} and request.credentials == "include":
        yield Lint(
            "apart",
            f"{own} and {there} are two sites to browsers: cookies do not travel",
            f"open the page at {there}",
        )
    here, from_where = _space(there), _space(own)
    if from_where == "public" and here != "public":
        yield Lint(
            "lna.permission",
            f"a public page asks a server on {'this machine' if here == 'loopback' else 'the local network'}: browsers ask the "
            "user first (Local Network Access), and no header helps",
            "allow it in the browser's prompt, or open the page on localhost as well",
        )


def _space(host: str) -> str:
    """The address space of a host (Local Network Access); a name that is not localhost is taken for public."""
    if host == "localhost" or host.endswith(".localhost"):
        return "loopback"
    try:
        address: IPv4Address | IPv6Address = ip_address(host)
    except ValueError:
        return "local" if host.endswith((".local", ".internal", ".lan")) or "." not in host else "public"
    return "loopback" if address.is_loopback else "local" if address.is_private else "public"


def _request_fields(request: PageRequest) -> Iterator[Lint]:
    sent = request.own_headers
    names = [name for name, _ in sent if name.lower().startswith("access-control-")]
    if names:
        yield Lint(
            "request-field",
            f"{', '.join(names)} on the request does nothing: it is the server's to send",
            "remove it from fetch(); it only causes a preflight",
        )
    dropped = dict.fromkeys(
        name for name, _ in request.headers if name not in sent and name.lower() not in _NOT_SCRIPTS
    )
    if dropped:
        yield Lint(
            "forbidden-field",
            f"browsers leave out {_few(list(dropped))}: script may not set it",
            "remove it from fetch(); the server is not sent it",
        )


def _few(names: Sequence[str]) -> str:
    """Some of the names, and how many more there are."""
    shown = ", ".join(names[:_MOST_NAMES])
    more = len(names) - _MOST_NAMES
    return f"{shown} and {more} more" if more > 0 else shown
