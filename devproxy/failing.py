"""Targets that fail: said once, then counted, and told when they are back. Knows no terminal and no clock."""

from dataclasses import dataclass

from devproxy.decide import Forward
from devproxy.errors import TargetError
from devproxy.exchange import Exchange

_Server = tuple[object, ...]


@dataclass(slots=True)
class _Failure:
    code: str
    since: float
    count: int = 0


class Failing:
    """The targets that failed last time they were asked, or are waited for."""

    def __init__(self) -> None:
        self._failures: dict[_Server, _Failure] = {}

    def hold(self, exchange: Exchange) -> bool:
        """Whether it is news that a request waits for its target to be back; it is away from now on."""
        if not isinstance(exchange.plan, Forward):
            return False
        server = exchange.plan.route.target.server
        if server in self._failures:
            return False
        self._failures[server] = _Failure("held", exchange.started)
        return True

    def note(self, exchange: Exchange) -> str:
        """What an exchange that is over adds to what was said before: `(×3)`, `backend is back after 10 s`, or nothing."""
        if not isinstance(exchange.plan, Forward):
            return ""
        server, now = exchange.plan.route.target.server, exchange.ended or exchange.started
        if isinstance(exchange.error, TargetError):
            return self._failed(server, exchange.error.code, now)
        if exchange.error is None and (failure := self._failures.pop(server, None)):
            return f"backend is back after {now - failure.since:.0f} s"
        return ""

    def _failed(self, server: _Server, code: str, now: float) -> str:
        failure = self._failures.get(server)
        if failure is None or failure.code != code:
            failure = self._failures[server] = _Failure(code, failure.since if failure else now)
        failure.count += 1
        return f"(×{failure.count})" if failure.count > 1 else ""
