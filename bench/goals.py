"""What devproxy is meant to reach, and whether it did."""

from collections.abc import Callable
from dataclasses import dataclass

from bench.contenders import CADDY, COPIED, DEVPROXY, NODE, TUNED, VITE
from bench.samples import Results


@dataclass(frozen=True)
class Goal:
    """A bound on one figure of devproxy's, or on how many times a contender's it is."""

    words: str
    unit: str
    limit: float
    at_least: bool
    measure: Callable[[Results], float | None]

    def line(self, results: Results) -> str | None:
        """A row of the table: the goal, what was measured, and whether it is met; None where it was not measured."""
        measured = self.measure(results)
        if measured is None:
            return None
        met = measured >= self.limit if self.at_least else measured <= self.limit
        bound = f"at {'least' if self.at_least else 'most'} {self.limit:g} {self.unit}"
        return f"| {self.words} | {bound} | {measured:,.2f} {self.unit} | {'yes' if met else '**no**'} |"


def _times(words: str, figure: str, limit: float, *peers: str) -> Goal:
    def measure(results: Results) -> float | None:
        mine, other = results.value(DEVPROXY, figure), results.best(peers, figure)
        return mine / other if mine is not None and other else None

    return Goal(words, "×", limit, at_least=True, measure=measure)


def _at_most(words: str, figure: str, limit: float, unit: str) -> Goal:
    return Goal(words, unit, limit, at_least=False, measure=lambda results: results.value(DEVPROXY, figure))


_RATE = "requests/s at 64 connections, against"

GOALS = (
    _times(f"{_RATE} the fastest on Node", "rate-64", 2.3, *NODE),
    _times(f"{_RATE} Vite as shipped", "rate-64", 6, VITE),
    _times(f"{_RATE} nginx, tuned", "rate-64", 0.25, TUNED),
    _times(f"{_RATE} nginx, copied", "rate-64", 0.9, COPIED),
    _times(f"{_RATE} Caddy", "rate-64", 2, CADDY),
    _at_most("latency added at 1 connection, all on one core", "added", 65, "µs"),
    _times("bodies of 1 MB, against nginx, tuned", "rate-1m", 1, TUNED),
    _at_most("memory grown by over 1 GB down", "down-growth", 3, "MB"),
    _at_most("memory grown by with a slow reader", "crawl-growth", 3, "MB"),
    _times("WebSocket round trips, against nginx, tuned", "trips", 0.9, TUNED),
    _at_most("delay of a server-sent event, p50", "event", 1, "ms"),
    _at_most("start to the first answer", "start", 500, "ms"),
    _at_most("memory when idle", "idle", 60, "MB"),
)
