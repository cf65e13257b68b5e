"""What is said about an exchange beside its own line: why it failed or was blocked, and what to change.

Said in full once and then counted, because a page asks again and again. Knows no terminal and no clock.
"""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

from devproxy.answers import from_error
from devproxy.blocked import at, explanation, why
from devproxy.browser.findings import did
from devproxy.commands import command_line
from devproxy.decide import Forward, Reply
from devproxy.errors import ClientError, TargetError
from devproxy.exchange import Exchange
from devproxy.export.allow import Allow
from devproxy.failing import Failing
from devproxy.hints import Hints
from devproxy.tally import Tally

# After a minute whoever reads the log has scrolled on.
_SAID_FOR = 60.0
# Origins are chosen by whoever asks; what is remembered about them has an end.
_MOST_CAUSES = 200
_STILL_FAILS = "fixed by devproxy; production will still fail"


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
        news = self._failing.note(exchange)
        broken = tuple(_broken(exchange)) if exchange.error is not None and not news else ()
        if word == "BLOCKED":
            lines = tuple(why(exchange, self._command))
        else:
            lines = (
                tuple(_refused(exchange.plan))
                if isinstance(exchange.plan, Reply) and not exchange.error
                else ()
            )
        if lines:
            count = self._count((exchange.request.origin, lines), exchange)
            if count == 1:
                return Remark(news, (*broken, *lines))
            return Remark(news or ("" if broken else f"(same cause, ×{count})"), broken)
        if exchange.error is not None:
            return Remark(news, broken)
        lines = (*((_STILL_FAILS,) if first_fixed else ()), *self._hints.note(exchange))
        return Remark(news or self._repaired(exchange), lines)

    @property
    def last(self) -> Exchange | None:
        """The last exchange that the browser blocks; before there is one, the last that it would have blocked."""
        return self._last

    def explanation(self, exchange: Exchange) -> Iterator[tuple[str, str]]:
        """All that there is to say about a block, or about one that devproxy spared the page: labelled lines."""
        return explanation(exchange, self._command)

    def summary(self) -> Iterator[str]:
        """What would not have worked without devproxy; nothing where everything would."""
        fixed, unsure = self._tally.fixed, self._tally.unsure
        if fixed:
            more = f", and {unsure} more may have" if unsure else ""
            yield f"{_requests(fixed)} worked only because of devproxy{more}; the backend needs:"
        elif unsure:
            yield f"{_requests(unsure)} may have worked only because of devproxy; the backend itself knows:"
        for needs in self._tally.needs:
            allow = needs.allow
            yield f"  {needs.target}   {_policy_words(allow) if allow else 'what it needs is not known'}"
            if needs.most.check:
                yield f"  {'written for your server by' if allow else 'to find out'}   {command_line(needs.most.check)}"

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


def _requests(count: int) -> str:
    return f"{count} request{'s' * (count > 1)}"


def _policy_words(allow: Allow) -> str:
    """A policy on one line."""
    parts = (("origin", allow.origins), ("methods", allow.methods), ("headers", allow.headers))
    words = [f"{name} {', '.join(values)}" for name, values in parts if values]
    return "   ".join([*words, *(["credentials"] if allow.credentials else [])])


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
        yield f"route {plan.route.prefix} → {plan.route.target}{at(plan.route.place)}"


def _refused(plan: Reply) -> Iterator[str]:
    if plan.answer:
        yield plan.answer.detail
        yield from plan.answer.hint.splitlines()
