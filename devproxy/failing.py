"""Targets that fail: said once, then counted, and told when they are back. Knows no terminal and no clock."""

from dataclasses import dataclass

from devproxy.decide import Forward
from devproxy.errors import TargetError
from devproxy.exchange import Exchange


@dataclass(slots=True)
class _Failure:
    code: str
    since: float
    count: int = 0


class Failing:
    """The targets that failed last time they were asked, by origin."""

    def __init__(self) -> None:
        self._failures: dict[str, _Failure] = {}

    def note(self, exchange: Exchange) -> str:
        """What an exchange that is over adds to what was said before: `(×3)`, `backend is back after 10 s`, or nothing."""
        if not isinstance(exchange.plan, Forward):
            return ""
        origin, now = exchange.plan.route.target.origin, exchange.ended or exchange.started
        if isinstance(exchange.error, TargetError):
            return self._failed(origin, exchange.error.code, now)
        if exchange.error is None and (failure := self._failures.pop(origin, None)):
            return f"backend is back after {now - failure.since:.0f} s"
        return ""

    def _failed(self, origin: str, code: str, now: float) -> str:
        failure = self._failures.get(origin)
        if failure is None or failure.code != code:
            failure = self._failures[origin] = _Failure(code, failure.since if failure else now)
        failure.count += 1
        return f"(×{failure.count})" if failure.count > 1 else ""
