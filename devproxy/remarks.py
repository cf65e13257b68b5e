"""What is said about an exchange beside its own line: why it failed or was blocked, and what to change.

Said in full once and then counted, because a page asks again and again. Knows no terminal and no clock.
"""

import re
import shlex
import sys
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace

from devproxy.answers import Unlisted, from_error, how_to_allow
from devproxy.cors.answer import Refusal
from devproxy.cors.names import ANSWERABLE_METHODS
from devproxy.cors.origin import Origin
from devproxy.decide import Forward, Reply
from devproxy.errors import ClientError, TargetError
from devproxy.exchange import Exchange
from devproxy.failing import Failing
from devproxy.guard import parse_authority
from devproxy.rewrite.cookies import cookie_name, keeps_secure, needs_secure
from devproxy.routing import Route

# After a minute whoever reads the log has scrolled on.
_SAID_FOR = 60.0
# Origins are chosen by whoever asks; what is remembered about them has an end.
_MOST_CAUSES = 200
_BARE = re.compile(r"[\w:/.=@-]+")


@dataclass(frozen=True, slots=True)
class Remark:
    """`news` ends the line of the exchange, `lines` stand below it."""

    news: str = ""
    lines: tuple[str, ...] = ()


@dataclass(slots=True)
class _Cause:
    said_at: float
    count: int = 1


class Remarks:
    """Remembers what has been said. `command` is how devproxy was started, word by word."""

    def __init__(self, command: Sequence[str] = ("devproxy",)) -> None:
        self._command = command
        self._failing = Failing()
        self._causes: dict[Hashable, _Cause] = {}
        self._hints: set[Hashable] = set()
        self._cookies: dict[Hashable, str] = {}

    def hold(self, exchange: Exchange) -> bool:
        """Whether it is news that a request waits for its target to be back."""
        return self._failing.hold(exchange)

    def note(self, exchange: Exchange) -> Remark:
        """What there is to say now."""
        if news := self._failing.note(exchange):
            return Remark(news)
        if exchange.error is not None:
            return Remark(lines=tuple(_broken(exchange)))
        lines = tuple(self._blocked(exchange) if exchange.cors == "BLOCKED" else _refused(exchange))
        if lines:
            count = self._count((exchange.request.origin, lines), exchange)
            return Remark(f"(same cause, ×{count})") if count > 1 else Remark(lines=lines)
        return Remark(lines=tuple(self._hinted(exchange)))

    def _count(self, cause: Hashable, exchange: Exchange) -> int:
        """How often this cause was met since it was said in full."""
        now = exchange.ended or exchange.started
        known = self._causes.get(cause)
        if known is None or now - known.said_at > _SAID_FOR:
            self._causes.pop(cause, None)
            if len(self._causes) >= _MOST_CAUSES:
                del self._causes[next(iter(self._causes))]
            known = self._causes[cause] = _Cause(now, 0)
        known.count += 1
        return known.count

    def _blocked(self, exchange: Exchange) -> Iterator[str]:
        """Why the browser keeps the answer from its page, and what to change."""
        plan = exchange.plan
        if isinstance(plan, Forward):
            policy = plan.route.policy
            place = f"   {policy.place}" if policy and policy.place else ""
            yield f"The browser got this answer but will not show it to the page at {exchange.request.origin}:"
            yield f"that origin is not in cors.allow_origins{place}"
            if plan.route.has_own_secret:
                yield f"route {plan.route.prefix} adds a secret of its own, so that only pages with a name may read its answers"
            page = Origin.parse(exchange.request.origin or "")
            yield from self._fix(Unlisted(str(page), policy.place if policy else None) if page else None)
        elif isinstance(plan, Reply) and plan.preflight and plan.preflight.refusal:
            yield from _refused_preflight(plan.preflight.refusal, plan.route)
            yield from self._fix(plan.answer.unlisted if plan.answer else None)
        elif isinstance(plan, Reply) and plan.answer:
            yield plan.answer.detail
            yield from self._fix(plan.answer.unlisted)
            yield from plan.answer.hint.splitlines()

    def _fix(self, page: Unlisted | None) -> Iterator[str]:
        """The line of the configuration, or the whole command, that lets a page in."""
        if page is None:
            return
        end = self._command.index("--") if "--" in self._command else len(self._command)
        command = [*self._command[:end], "--allow-origin", page.origin, *self._command[end:]]
        yield f"fix   {how_to_allow(page) if page.place else command_line(command)}"

    def _hinted(self, exchange: Exchange) -> Iterator[str]:
        """What is worth a hint, once."""
        plan = exchange.plan
        if not isinstance(plan, Forward):
            return
        prefix = plan.route.prefix
        if exchange.response and exchange.response.status != 404:
            self._hints.add(("strip", prefix))  # the target knows paths with the prefix
        hints = [
            (("strip", prefix), _unstripped(exchange, plan)),
            (("origin", prefix), _refused_origin(exchange, plan)),
            _cookies_apart(exchange),
        ]
        for name in _cookies_set(exchange):
            hints += [self._shared(name, exchange, plan), _insecure(name, exchange, plan)]
        for key, hint in hints:
            if hint and key not in self._hints and len(self._hints) < _MOST_CAUSES:
                self._hints.add(key)
                yield hint

    def _shared(self, name: str, exchange: Exchange, plan: Forward) -> tuple[Hashable, str]:
        """For a cookie that two targets set on one host: browsers keep one, whichever port set it."""
        host = parse_authority(exchange.request.headers.get("host", ""))
        here = name, host.host if host else ""
        target = str(plan.route.target)
        if len(self._cookies) < _MOST_CAUSES:
            self._cookies.setdefault(here, target)
        other = self._cookies.get(here, target)
        if other == target:
            return "", ""
        route = plan.route
        apart = f" with hosts: [app.localhost] on route {route.name} ({route.place})" if route.place else ""
        return ("cookie", *here), (
            f"{target} and {other} both set the cookie {name} on {here[1]}, so a login to one ends that to the other: "
            f"call one of them by another name,{apart} as in http://app.localhost:{host.port if host and host.port else 80}"
        )


def command_line(words: Sequence[str]) -> str:
    """The words as they are typed, quoted for the shells of this system."""
    if sys.platform == "win32":
        # Double quotes are the ones that PowerShell and cmd both know; no word of ours has any in it.
        return " ".join(word if _BARE.fullmatch(word) else f'"{word}"' for word in words)
    return shlex.join(words)


def _broken(exchange: Exchange) -> Iterator[str]:
    plan, error = exchange.plan, exchange.error
    if isinstance(error, ClientError):
        if exchange.response is None:
            yield str(error)
        return
    yield getattr(error, "detail", str(error))
    if isinstance(error, TargetError) and (hint := from_error(error, "").hint):
        yield hint
    if isinstance(plan, Forward):
        place = f"   {plan.route.place}" if plan.route.place else ""
        yield f"route {plan.route.prefix} → {plan.route.target}{place}"


def _refused(exchange: Exchange) -> Iterator[str]:
    plan = exchange.plan
    if isinstance(plan, Reply) and plan.answer:
        yield plan.answer.detail
        yield from plan.answer.advice.splitlines()


def _refused_preflight(refusal: Refusal, route: Route | None) -> Iterator[str]:
    if refusal.code == "origin":
        yield f"The browser will not send the request: {refusal.value} is not in cors.allow_origins"
        return
    key = f"allow_{refusal.code}s"
    where = f" of route {route.prefix}" if route else ""
    yield f"The browser will not send the request: {refusal.value} is not in cors.{key}{where}"
    yield f"fix   {_how_to_list(refusal, key)}"


def _how_to_list(refusal: Refusal, key: str) -> str:
    if refusal.code == "method" and refusal.value not in ANSWERABLE_METHODS:
        upper = refusal.value.upper()
        return (
            f"write {upper} in fetch(): case counts"
            if upper in ANSWERABLE_METHODS
            else "use a registered method"
        )
    return f"add {refusal.value} to {key}"


def _unstripped(exchange: Exchange, plan: Forward) -> str:
    """For a target's 404 below a prefix that it may not know."""
    route, path = plan.route, plan.request.path.partition("?")[0]
    if (
        exchange.response is None
        or exchange.response.status != 404
        or route.strip_prefix
        or route.prefix == "/"
    ):
        return ""
    rest = path.removeprefix(route.target.path.rstrip("/")).removeprefix(route.prefix) or "/"
    how = (
        f"strip_prefix: true on route {route.prefix} ({route.place})"
        if route.place
        else "strip, as in api=3001,strip"
    )
    return f"the backend was asked for {path}; if it calls that {rest}, set {how}"


def _refused_origin(exchange: Exchange, plan: Forward) -> str:
    """For a target's 403 to a page that is allowed here: some check Origin themselves, on every method (Spring)."""
    passed = plan.request.headers.get("origin")
    if exchange.sent is None or exchange.sent.status != 403 or not passed or exchange.cors != "allowed":
        return ""
    return f"the backend refused a request with Origin: {passed}; if that is why, set target_origin: remove on route {plan.route.prefix}"


def _cookies_set(exchange: Exchange) -> list[str]:
    """The names of the cookies that a target's answer sets."""
    return [cookie_name(line) for line in exchange.sent.headers.lines("set-cookie")] if exchange.sent else []


def _insecure(name: str, exchange: Exchange, plan: Forward) -> tuple[Hashable, str]:
    """For a cookie whose name asks for Secure, where this client keeps none."""
    if not needs_secure(name) or keeps_secure(plan.way.client) or not plan.route.rewrite_cookies:
        return "", ""
    host = exchange.request.headers.get("host")
    return ("insecure", name, host), (
        f"browsers keep the cookie {name} with Secure only, and this one keeps no Secure cookie of http://{host}: "
        "use Chrome or Firefox on localhost, or give the cookie another name while developing"
    )


def _cookies_apart(exchange: Exchange) -> tuple[Hashable, str]:
    """For a page on one name of this machine that calls another: to browsers these are two sites."""
    page = Origin.parse(exchange.request.origin or "")
    own = parse_authority(exchange.request.headers.get("host", ""))
    if page is None or own is None:
        return "", ""
    there = replace(page, host=f"[{own.host}]" if ":" in own.host else own.host)
    names = page.host, there.host
    apart = page.host != there.host and (page.is_address or there.is_address)
    if not (apart and page.is_loopback and there.is_loopback):
        return "", ""
    return names, (
        f"browsers keep {names[0]} and {names[1]} apart, so cookies do not travel: open the page at {there}"
    )
