"""Preflights and the requests that follow them: one that nothing follows is worth a line. Knows no terminal and no clock."""

from collections.abc import Iterable

from devproxy.decide import Reply
from devproxy.exchange import Exchange

# Browsers send the request at once; a page that a debugger holds may take its time.
_FOLLOWS_WITHIN = 5.0
_MOST_WAITING = 200

_Key = tuple[str | None, str, str]


class Pairs:
    """The allowed preflights whose requests have not come yet."""

    def __init__(self) -> None:
        self._waiting: dict[_Key, list[float]] = {}

    def note(self, exchange: Exchange) -> None:
        """Remember a preflight, or that its request has come."""
        plan = exchange.plan
        if not isinstance(plan, Reply) or plan.preflight is None:
            self._came(exchange)
        elif exchange.diagnosis.word == "allowed" and len(self._waiting) < _MOST_WAITING:
            key = (exchange.request.origin, plan.preflight.method, exchange.request.target)
            self._waiting.setdefault(key, []).append(exchange.started)

    def overdue(self, now: float, running: Iterable[Exchange] = ()) -> list[str]:
        """What there is to say of the preflights that nothing followed; `running` have come, but are not noted yet."""
        for exchange in running:
            self._came(exchange)
        late = [key for key, times in self._waiting.items() if now - times[0] > _FOLLOWS_WITHIN]
        for key in late:
            del self._waiting[key]
        return [
            f"preflight allowed, but no {method} {target.partition('?')[0]} followed: "
            f"the page at {origin} gave up or its browser refused; its console in DevTools says why"
            for origin, method, target in late
        ]

    def _came(self, exchange: Exchange) -> None:
        if not self._waiting:
            return
        request = exchange.request
        key = (request.origin, request.method, request.target)
        if times := self._waiting.get(key):
            del times[0]
            if not times:
                del self._waiting[key]
