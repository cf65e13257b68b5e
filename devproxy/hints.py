"""What is worth a hint, once: the target's answer says it, and whoever reads only the status would miss it.

Cookies that will not travel, a prefix that the target does not know, a redirect that leaves the proxy, an answer that no
script can read. Knows no terminal and no clock.
"""

from collections.abc import Callable, Hashable, Iterator
from dataclasses import replace

from devproxy.browser.url import origin_of
from devproxy.cors.answer import Preflight
from devproxy.cors.names import RESPONSE_HEADERS, SAFELISTED_METHODS
from devproxy.cors.origin import Origin
from devproxy.decide import Forward, Reply, Tunnel
from devproxy.exchange import Exchange
from devproxy.guard import is_own_origin, parse_authority
from devproxy.lints import unreadable
from devproxy.message import ResponseHead
from devproxy.rewrite.cookies import cookie_name, keeps_secure, needs_secure

# Names and origins are chosen by whoever asks; what is remembered about them has an end.
_MOST_HINTS = 200
_READABLE = frozenset({"ok", "fixed", "allowed"})

_Hint = tuple[Hashable, str]
_NONE: _Hint = ("", "")


class Hints:
    """Remembers what has been hinted at."""

    def __init__(self) -> None:
        self._given: set[Hashable] = set()
        self._cookies: dict[tuple[str, str], str] = {}
        self._pairs: set[tuple[str | None, str | None]] = set()

    def note(self, exchange: Exchange) -> Iterator[str]:
        """What there is to say about this exchange, and was not said yet."""
        for key, hint in self._all(exchange):
            if hint and key not in self._given and len(self._given) < _MOST_HINTS:
                self._given.add(key)
                yield hint

    def _all(self, exchange: Exchange) -> Iterator[_Hint]:
        """Whatever the occasion calls for; an ordinary answer costs a few looks."""
        plan, sent, request = exchange.plan, exchange.sent, exchange.request
        if isinstance(plan, Reply):
            if plan.preflight:
                yield _misplaced(plan.preflight)
            return
        if plan is None or sent is None:
            return
        yield self._cookies_apart(exchange)
        if sent.status != 404:
            self._given.add(("strip", plan.route.prefix))  # the target knows paths with the prefix
        if sent.status >= 300:
            for by_status in _BY_STATUS:
                yield by_status(exchange, plan, sent)
            yield self._without_cookie(exchange, sent)
        if request.method not in SAFELISTED_METHODS:
            yield _asked_before(exchange, plan)
        if request.headers.get("sec-fetch-mode") == "no-cors":
            yield _opaque(exchange)
            yield _unembeddable(exchange, sent)
        if plan.route.policy and plan.route.policy.expose_headers != ("*",):
            yield _unexposed(exchange, plan)
        if "cross-origin-embedder-policy" in sent.headers:
            yield _isolated(exchange, sent)
        if "set-cookie" in sent.headers:
            yield _cross_site_cookie(exchange)
            for line in sent.headers.lines("set-cookie"):
                yield self._shared(cookie_name(line), exchange, plan)
                yield _insecure(cookie_name(line), exchange, plan)

    def _cookies_apart(self, exchange: Exchange) -> _Hint:
        """For a page on one name of this machine that calls another; each pair is looked at once."""
        pair = exchange.request.origin, exchange.request.headers.get("host")
        if None in pair or pair in self._pairs:
            return _NONE
        if len(self._pairs) < _MOST_HINTS:
            self._pairs.add(pair)
        return _cookies_apart(exchange)

    def _without_cookie(self, exchange: Exchange, sent: ResponseHead) -> _Hint:
        """For a 401 to a page that sends none of the cookies that this host has set."""
        request = exchange.request
        if sent.status not in {401, 403} or exchange.diagnosis.word not in _READABLE:
            return _NONE
        host = parse_authority(request.headers.get("host", ""))
        known = [name for name, where in self._cookies if host and where == host.host]
        if not known or "cookie" in request.headers or "authorization" in request.headers:
            return _NONE
        return ("include", request.origin), (
            f"{sent.status}, and no cookie came along, though {known[0]} was set before: "
            "if the page has logged in, add credentials: 'include' to its fetch()"
        )

    def _shared(self, name: str, exchange: Exchange, plan: Forward) -> _Hint:
        """For a cookie that two targets set on one host: browsers keep one, whichever port set it."""
        host = parse_authority(exchange.request.headers.get("host", ""))
        here = name, host.host if host else ""
        target = str(plan.route.target)
        if len(self._cookies) < _MOST_HINTS:
            self._cookies.setdefault(here, target)
        other = self._cookies.get(here, target)
        if other == target:
            return _NONE
        route = plan.route
        apart = f" with hosts: [app.localhost] on route {route.name} ({route.place})" if route.place else ""
        return ("cookie", *here), (
            f"{target} and {other} both set the cookie {name} on {here[1]}, so a login to one ends that to the other: "
            f"call one of them by another name,{apart} as in http://app.localhost:{host.port if host and host.port else 80}"
        )


def _unstripped(_exchange: Exchange, plan: Forward, sent: ResponseHead) -> _Hint:
    """For a target's 404 below a prefix that it may not know."""
    route, path = plan.route, plan.request.path.partition("?")[0]
    if sent.status != 404 or route.strip_prefix or route.prefix == "/":
        return _NONE
    rest = path.removeprefix(route.target.path.rstrip("/")).removeprefix(route.prefix) or "/"
    how = (
        f"strip_prefix: true on route {route.prefix} ({route.place})"
        if route.place
        else "strip, as in api=3001,strip"
    )
    return ("strip", route.prefix), f"the backend was asked for {path}; if it calls that {rest}, set {how}"


def _refused_origin(exchange: Exchange, plan: Forward, sent: ResponseHead) -> _Hint:
    """For a target's 403 to a page that is allowed here: some check Origin themselves, on every method (Spring)."""
    passed = plan.request.headers.get("origin")
    if sent.status != 403 or not passed or exchange.diagnosis.word not in _READABLE:
        return _NONE
    return ("origin", plan.route.prefix), (
        f"the backend refused a request with Origin: {passed}; "
        f"if that is why, set target_origin: remove on route {plan.route.prefix}"
    )


def _insecure(name: str, exchange: Exchange, plan: Forward) -> _Hint:
    """For a cookie whose name asks for Secure, where this client keeps none."""
    if not needs_secure(name) or keeps_secure(plan.way.client) or not plan.route.rewrite_cookies:
        return _NONE
    host = exchange.request.headers.get("host")
    return ("insecure", name, host), (
        f"browsers keep the cookie {name} with Secure only, and this one keeps no Secure cookie of http://{host}: "
        "use Chrome or Firefox on localhost, or give the cookie another name while developing"
    )


def _cookies_apart(exchange: Exchange) -> _Hint:
    """To browsers the names of this machine are sites of their own."""
    page = Origin.parse(exchange.request.origin or "")
    own = parse_authority(exchange.request.headers.get("host", ""))
    if page is None or own is None:
        return _NONE
    there = replace(page, host=f"[{own.host}]" if ":" in own.host else own.host)
    names = page.host, there.host
    apart = page.host != there.host and (page.is_address or there.is_address)
    if not (apart and page.is_loopback and there.is_loopback):
        return _NONE
    return names, (
        f"browsers keep {names[0]} and {names[1]} apart, so cookies do not travel: open the page at {there}"
    )


def _cross_site_cookie(exchange: Exchange) -> _Hint:
    """For a cookie that browsers do not take from another site's request, or from nobody."""
    answer = exchange.response
    cross_site = exchange.request.headers.get("sec-fetch-site") == "cross-site"
    for line in answer.headers.lines("set-cookie") if answer else ():
        attributes = {part.strip().lower() for part in line.split(";")[1:]}
        name, open_to_all = cookie_name(line), "samesite=none" in attributes
        if open_to_all and "secure" not in attributes:
            return ("none", name), f"browsers drop the cookie {name}: SameSite=None needs Secure beside it"
        if cross_site and not open_to_all:
            return ("site", name), (
                f"browsers drop the cookie {name}: the page is on another site, and without SameSite=None; Secure a cookie "
                "stays on its own; open the page at a localhost name, or route it through devproxy as well"
            )
    return _NONE


def _leaving(exchange: Exchange, _plan: Forward, sent: ResponseHead) -> _Hint:
    """For a redirect of a page's request to another server, where devproxy cannot help."""
    request, answer = exchange.request, exchange.response
    if answer is None or sent.status >= 400 or exchange.diagnosis.word not in _READABLE:
        return _NONE
    there = origin_of(answer.headers.get("location", ""))
    if there == "null" or is_own_origin(there, request.headers.get("host")):
        return _NONE
    return ("leaving", there), (
        f"this redirect leaves devproxy: the browser asks {there} itself, with Origin: null, and few servers allow that; "
        "give it a route of its own, or fetch the final URL"
    )


def _opaque(exchange: Exchange) -> _Hint:
    """For a fetch() in mode no-cors, which is no way around CORS."""
    fetch = exchange.request.headers.get
    if fetch("sec-fetch-dest") != "empty" or fetch("sec-fetch-site") not in {"same-site", "cross-site"}:
        return _NONE
    return (
        "opaque",
        "mode: 'no-cors' gives the page an opaque answer that no script can read: leave it out, as devproxy answers CORS",
    )


def _unembeddable(exchange: Exchange, sent: ResponseHead) -> _Hint:
    """For an answer that browsers keep from a tag of another origin (Opaque Response Blocking)."""
    fetch = exchange.request.headers.get
    tag = fetch("sec-fetch-dest")
    kind = sent.headers.get("content-type", "").partition(";")[0].strip().lower()
    if (
        tag not in {"script", "image"}
        or kind not in _DATA_TYPES
        or fetch("sec-fetch-site") not in {"same-site", "cross-site"}
    ):
        return _NONE
    return ("orb", tag, kind), (
        f"browsers keep {kind} from the {tag} tag of another origin (ERR_BLOCKED_BY_ORB): "
        f"{'is that an error page?' if sent.status >= 400 else 'read it with fetch()'}"
    )


def _unexposed(exchange: Exchange, plan: Forward) -> _Hint:
    """For headers of an answer that script gets null for."""
    answer = exchange.response
    if answer is None or exchange.diagnosis.word not in _READABLE:
        return _NONE
    names = unreadable(answer, credentials="cookie" in exchange.request.headers)
    return ("expose", plan.route.prefix, *names), (
        f"response.headers.get() gives null for {', '.join(names)}: add what the page reads to expose_headers"
        if names
        else ""
    )


def _isolated(exchange: Exchange, sent: ResponseHead) -> _Hint:
    """For a page that takes nothing from elsewhere that does not say so (HTML, cross-origin embedder policies)."""
    value = sent.headers.get("cross-origin-embedder-policy", "").partition(";")[0].strip()
    if value != "require-corp" or exchange.request.headers.get("sec-fetch-dest") not in {
        "document",
        "iframe",
    }:
        return _NONE
    return "coep", (
        "this page says Cross-Origin-Embedder-Policy: require-corp, so images, scripts and frames of other origins need "
        "Cross-Origin-Resource-Policy: cross-origin, or crossorigin on their tag"
    )


def _asked_before(exchange: Exchange, plan: Forward) -> _Hint:
    """For a method that the policy does not allow, sent without a question: the permission is an old one."""
    policy, method = plan.route.policy, exchange.request.method
    if policy is None or exchange.request.headers.get("sec-fetch-mode") != "cors":
        return _NONE
    if (
        exchange.diagnosis.word not in _READABLE
        or method in policy.allow_methods
        or policy.allow_methods == ("*",)
    ):
        return _NONE
    return ("cached", method), (
        f"the browser sent {method} by a preflight that it remembers, though allow_methods has no {method} now; "
        "a small max_age keeps that short, and a new tab with DevTools' Disable cache ends it"
    )


def _old_worker(exchange: Exchange, _plan: Forward, sent: ResponseHead) -> _Hint:
    """For the script of a service worker that nothing here serves: another project left it on this port."""
    if sent.status != 404 or exchange.request.headers.get("service-worker") != "script":
        return _NONE
    return "worker", (
        "a service worker of another project is still registered on this port, and may answer instead of devproxy: "
        "unregister it in DevTools, Application, Service workers"
    )


def _handshake(_exchange: Exchange, plan: Forward, sent: ResponseHead) -> _Hint:
    """For a target that does not take the WebSocket: consoles only say that the connection failed."""
    if not isinstance(plan, Tunnel) or sent.status == 403:
        return _NONE
    return ("handshake", plan.route.prefix, sent.status), (
        f"the backend answered the WebSocket handshake with {sent.status} instead of 101: is this the socket's path?"
    )


def _in_disguise(exchange: Exchange, plan: Forward, sent: ResponseHead) -> _Hint:
    """For an error that consoles would have called a CORS error."""
    if sent.status < 400 or sent.status == 403 or exchange.diagnosis.word != "fixed":
        return _NONE
    return ("disguise", plan.route.prefix), (
        f"without devproxy the browser would have shown a CORS error in place of this {sent.status}"
    )


def _misplaced(preflight: Preflight) -> _Hint:
    """For a page that sets the server's side of CORS on its request."""
    names = sorted(RESPONSE_HEADERS.intersection(preflight.asked))
    if not names:
        return _NONE
    return ("misplaced", names[0]), (
        f"the page sets {names[0]} on its request, where it does nothing and costs a preflight: "
        "it is for answers, so remove it from fetch()"
    )


# What script and image tags are not given.
_DATA_TYPES = frozenset({"application/json", "text/html", "text/xml", "application/xml", "text/json"})

_BY_STATUS: tuple[Callable[[Exchange, Forward, ResponseHead], _Hint], ...] = (
    _unstripped,
    _refused_origin,
    _leaving,
    _old_worker,
    _handshake,
    _in_disguise,
)
