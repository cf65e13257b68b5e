"""What worked only because of devproxy, and the smallest policy with which each backend would do without. No terminal here."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from devproxy.cors.names import SAFELISTED_METHODS
from devproxy.decide import Forward, Reply
from devproxy.exchange import Exchange
from devproxy.export.allow import Allow

# Names are chosen by whoever asks.
_MOST_NAMES = 50


@dataclass(slots=True)
class _Needs:
    target: str
    fixed: int = 0
    credentials: bool = False
    # In the order in which they came.
    origins: dict[str, None] = field(default_factory=dict)
    methods: dict[str, None] = field(default_factory=dict)
    headers: dict[str, None] = field(default_factory=dict)


class Tally:
    """Counts the exchanges that were repaired, and what their pages asked for, by target."""

    def __init__(self) -> None:
        self._needs: dict[tuple[object, ...], _Needs] = {}

    @property
    def fixed(self) -> int:
        """How many requests worked only because of devproxy."""
        return sum(needs.fixed for needs in self._needs.values())

    def note(self, exchange: Exchange) -> bool:
        """Take an exchange that is over into account. Whether it is the first that was repaired."""
        plan, word = exchange.plan, exchange.diagnosis.word
        if word not in {"fixed", "allowed"} or plan is None or plan.route is None:
            return False
        first = word == "fixed" and self.fixed == 0
        target = plan.route.target
        needs = self._needs.get(target.server)
        if needs is None:
            needs = self._needs[target.server] = _Needs(target.name)
        asked = plan.preflight if isinstance(plan, Reply) else None
        _keep(needs.origins, exchange.request.origin or "")
        if asked:
            if asked.method not in SAFELISTED_METHODS:
                _keep(needs.methods, asked.method)
            for name in asked.asked:
                _keep(needs.headers, name)
        elif isinstance(plan, Forward):
            needs.fixed += word == "fixed"
            needs.credentials |= "cookie" in exchange.request.headers
        return first

    def policies(self) -> Iterator[tuple[str, Allow]]:
        """The targets that would have been blocked, each with the smallest policy that lets the pages read that were seen."""
        for needs in self._needs.values():
            if needs.fixed:
                named = tuple(origin for origin in needs.origins if origin != "null")
                origins = named or ("*",)
                credentials = needs.credentials and bool(named)
                yield needs.target, Allow(origins, tuple(needs.methods), tuple(needs.headers), credentials)


def _keep(names: dict[str, None], name: str) -> None:
    if len(names) < _MOST_NAMES:
        names.setdefault(name)
