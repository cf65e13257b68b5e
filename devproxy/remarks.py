"""What is said about an exchange beside its own line: why it failed or was blocked, and what to change.

Said in full once and then counted, because a page asks again and again. Knows no terminal and no clock.
"""

import re
import shlex
import sys
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, repeat

from devproxy.answers import Unlisted, from_error, how_to_allow
from devproxy.browser.findings import compared, did, most_alike
from devproxy.browser.reasons import REASONS
from devproxy.browser.words import chromium, firefox
from devproxy.cors.answer import Refusal
from devproxy.cors.names import ANSWERABLE_METHODS
from devproxy.cors.origin import Origin
from devproxy.decide import Forward, Reply
from devproxy.errors import ClientError, TargetError
from devproxy.exchange import Exchange
from devproxy.export.allow import Allow
from devproxy.failing import Failing
from devproxy.hints import Hints
from devproxy.problems import Place
from devproxy.routing import Route
from devproxy.tally import Tally

# After a minute whoever reads the log has scrolled on.
_SAID_FOR = 60.0
# Origins are chosen by whoever asks; what is remembered about them has an end.
_MOST_CAUSES = 200
_STILL_FAILS = "fixed by devproxy; production will still fail"
_RELOADS = "   (saved files reload by themselves)"
_REPAIRED = "nothing to do: devproxy has repaired it"
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
        self._hints = Hints()
        self._last: Exchange | None = None
        self._tally = Tally()

    def hold(self, exchange: Exchange) -> bool:
        """Whether it is news that a request waits for its target to be back."""
        return self._failing.hold(exchange)

    def note(self, exchange: Exchange) -> Remark:
        """What there is to say now."""
        first_fixed = self._tally.note(exchange)
        word = exchange.diagnosis.word
        if word == "BLOCKED" or (word == "fixed" and not self._is_blocked):
            self._last = exchange
        if news := self._failing.note(exchange):
            return Remark(news)
        if exchange.error is not None:
            return Remark(lines=tuple(_broken(exchange)))
        lines = tuple(self._blocked(exchange) if word == "BLOCKED" else _refused(exchange))
        if lines:
            count = self._count((exchange.request.origin, lines), exchange)
            return Remark(f"(same cause, ×{count})") if count > 1 else Remark(lines=lines)
        lines = (*((_STILL_FAILS,) if first_fixed else ()), *self._hints.note(exchange))
        return Remark(self._repaired(exchange), lines)

    @property
    def last(self) -> Exchange | None:
        """The last exchange that the browser blocks; before there is one, the last that it would have blocked."""
        return self._last

    def explanation(self, exchange: Exchange) -> Iterator[tuple[str, str]]:
        """All that there is to say about a block, or about one that devproxy spared the page: labelled lines."""
        request, diagnosis = exchange.request, exchange.diagnosis
        path, origin = request.target.partition("?")[0], request.origin or "no origin"
        block = next(iter(diagnosis.blocks or diagnosis.repaired), None)
        reason = REASONS[block.code] if block else None
        yield exchange.id, f"{request.method} {path} for the page at {origin}: {diagnosis.word}"
        if reason:
            yield "what", reason.what
            yield "why", reason.why
        here = self._blocked(exchange) if diagnosis.word == "BLOCKED" else [_REPAIRED]
        yield from zip(chain(("here",), repeat("")), here, strict=False)
        if block and reason:
            yield "backend", reason.fix_there
            url = f"{request.scheme}://{request.headers.get('host')}{path}"
            yield "Chrome", chromium(block, url, origin)
            yield "Firefox", firefox(block, url)
            yield "more", reason.link

    def summary(self) -> Iterator[str]:
        """What would not have worked without devproxy; nothing where everything would."""
        if count := self._tally.fixed:
            yield f"{count} request{'s' * (count > 1)} worked only because of devproxy; the backend needs:"
            for target, allow in self._tally.policies():
                yield f"  {target}   {_policy_words(allow)}"
                origin = "null" if allow.any_origin else allow.origins[0]
                yield f"  devproxy check {target} --origin {origin} writes it for your server"

    @property
    def _is_blocked(self) -> bool:
        return self._last is not None and self._last.diagnosis.word == "BLOCKED"

    def _repaired(self, exchange: Exchange) -> str:
        """What the target alone would have failed at: said, then counted."""
        repaired = exchange.diagnosis.repaired
        if not repaired or not isinstance(exchange.plan, Forward):
            return ""
        said = f"backend {did(repaired[0])}"
        count = self._count((exchange.plan.route.prefix, exchange.request.origin, said), exchange)
        return f"(×{count})" if count > 1 else said

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
            yield from self._unreadable(exchange, plan)
        elif isinstance(plan, Reply) and plan.preflight and plan.preflight.refusal:
            yield from _refused_preflight(plan.preflight.refusal, plan.route)
            if plan.answer and plan.answer.unlisted:
                yield from _beside(plan.answer.unlisted.origin, plan.route)
                yield from self._fix(plan.answer.unlisted)
        elif isinstance(plan, Reply) and plan.answer:
            yield plan.answer.detail
            yield from self._fix(plan.answer.unlisted)
            yield from plan.answer.hint.splitlines()

    def _unreadable(self, exchange: Exchange, plan: Forward) -> Iterator[str]:
        """For an answer of the target's that the page does not get."""
        route, origin, block = plan.route, exchange.request.origin, exchange.diagnosis.blocks[0]
        if block.code == "corp":
            yield "The browser embeds this answer in no page of another origin:"
            yield f"the backend {did(block)}"
            yield f"fix   headers: {{response: {{set: {{Cross-Origin-Resource-Policy: cross-origin}}}}}} on route {route.prefix}"
            return
        if block.code.startswith("preflight."):
            yield "The browser will not send the request: its preflight went to the backend, and"
        else:
            yield f"The browser got this answer but will not show it to the page at {origin}:"
        policy = route.policy
        if plan.grant is None:
            yield f"the backend {did(block)}"
            yield f"fix   remove cors: passthrough from route {route.prefix}{_at(route.place)}, and devproxy answers for the backend"
        elif policy and policy.any_origin and plan.grant.allowed:
            yield f"allow_origins has * only, which does not count for requests with cookies{_at(policy.place)}"
            yield f"fix   list the page beside allow_credentials: true, as in allow_origins: [{origin}]"
        else:
            yield f"that origin is not in cors.allow_origins{_at(policy.place if policy else None)}"
            if route.has_own_secret:
                yield f"route {route.prefix} adds a secret of its own, so that only pages with a name may read its answers"
            if origin == "null":
                yield "null is what pages from file:// and sandboxed frames send: open the page through a development server"
            page = Origin.parse(origin or "")
            if page:
                yield from _beside(str(page), route)
                yield from self._fix(Unlisted(str(page), policy.place if policy else None))

    def _fix(self, page: Unlisted | None) -> Iterator[str]:
        """The line of the configuration, or the whole command, that lets a page in."""
        if page is None:
            return
        end = self._command.index("--") if "--" in self._command else len(self._command)
        command = [*self._command[:end], "--allow-origin", page.origin, *self._command[end:]]
        yield f"fix   {f'{how_to_allow(page)}{_RELOADS}' if page.place else command_line(command)}"


def _policy_words(allow: Allow) -> str:
    """A policy on one line."""
    parts = (("origin", allow.origins), ("methods", allow.methods), ("headers", allow.headers))
    words = [f"{name} {', '.join(values)}" for name, values in parts if values]
    return "   ".join([*words, *(["credentials"] if allow.credentials else [])])


def _at(place: Place | None) -> str:
    return f"   {place}" if place else ""


def _beside(page: str, route: Route | None) -> Iterator[str]:
    """The page's origin beside the allowed one that is most like it."""
    policy = route.policy if route else None
    named = [str(pattern) for pattern in policy.allow_origins if pattern.is_exact] if policy else []
    allowed = most_alike(page, named)
    if allowed and (parts := compared(allowed, page)):
        yield f"allowed is {allowed}:   {parts}"


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
        yield f"route {plan.route.prefix} → {plan.route.target}{_at(plan.route.place)}"


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
