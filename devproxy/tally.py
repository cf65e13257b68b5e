"""What worked only because of devproxy, and the smallest policy with which each backend would do without. No terminal here."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import quote

from devproxy.browser.request import Preflight, preflight_behind, unsafe_because
from devproxy.cors.names import ANY, SAFELISTED_METHODS
from devproxy.cors.origin import NULL, Origin
from devproxy.decide import Forward
from devproxy.exchange import Exchange
from devproxy.export.allow import Allow

# Names are chosen by whoever asks.
_MOST_NAMES = 50
# What needs no quoting in any shell, and no percent-encoding in a path.
_PLAIN = "/%:@,=+~-._"
_MEDIA_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+")

# The page's origin, the method, the headers that needed permission, whether with cookies; and whether it was fixed.
_Question = tuple[str | None, str, tuple[str, ...], bool, bool]


@dataclass(frozen=True, slots=True)
class Asked:
    """What one request asked its target for, on behalf of a page; `url` is the target's own, without a query.

    `url` is empty where none may be told, or none leads there. Of the headers that needed permission there are names, each
    with a value that needs it too.
    """

    url: str
    origin: str
    method: str
    headers: tuple[tuple[str, str], ...] = ()
    credentials: bool = False

    @property
    def demands(self) -> tuple[bool, int]:
        """How much a backend has to allow for it."""
        unsafe = self.method not in SAFELISTED_METHODS
        return self.credentials, len(self.headers) + unsafe

    @property
    def check(self) -> list[str]:
        """The command that asks the target the same, word by word; none where it cannot."""
        if not self.url:
            return []
        words = ["devproxy", "check", self.url, "--origin", self.origin]
        words += ["-X", self.method] if self.method != "GET" else []
        words += [word for name, value in self.headers for word in ("-H", f"{name}: {value}")]
        return [*words, *(["--credentials"] if self.credentials else [])]


@dataclass(slots=True)
class Needs:
    """What a target's requests needed: `fixed` counts those that it would have failed, `unsure` those that nobody knows of.

    `most` is the most demanding of them, a fixed one if there is any.
    """

    target: str
    most: Asked
    fixed: int = 0
    unsure: int = 0
    credentials: bool = False
    # In the order in which they came.
    origins: dict[str, None] = field(default_factory=dict)
    methods: dict[str, None] = field(default_factory=dict)
    headers: dict[str, None] = field(default_factory=dict)
    _met: set[_Question] = field(default_factory=set)

    @property
    def allow(self) -> Allow | None:
        """The smallest policy that lets the pages read whose requests were fixed."""
        if not self.fixed:
            return None
        named = tuple(origin for origin in self.origins if origin != str(NULL))
        credentials = self.credentials and bool(named)
        return Allow(named or (ANY,), tuple(self.methods), tuple(self.headers), credentials)

    def count(self, question: _Question, *, fixed: bool) -> bool:
        """Count a request. Whether another that asked the same, and fared alike, has been added."""
        if fixed:
            self.fixed += 1
        else:
            self.unsure += 1
        if question in self._met:
            return True
        if len(self._met) < _MOST_NAMES:
            self._met.add(question)
        return False

    def add(self, asked: Asked, *, fixed: bool) -> None:
        """Note what a request that has been counted asked for."""
        if not fixed:
            if not self.fixed and asked.demands > self.most.demands:
                self.most = asked
            return
        if self.fixed == 1 or asked.demands > self.most.demands:
            self.most = asked
        self.credentials |= asked.credentials
        _keep(self.origins, asked.origin)
        if asked.method not in SAFELISTED_METHODS:
            _keep(self.methods, asked.method)
        for name, _ in asked.headers:
            _keep(self.headers, name)


class Tally:
    """Counts the requests that were repaired, and what they asked for, by target."""

    def __init__(self) -> None:
        self._needs: dict[tuple[object, ...], Needs] = {}

    @property
    def fixed(self) -> int:
        """How many requests worked only because of devproxy."""
        return sum(needs.fixed for needs in self._needs.values())

    @property
    def unsure(self) -> int:
        """How many more may have."""
        return sum(needs.unsure for needs in self._needs.values())

    @property
    def needs(self) -> Iterator[Needs]:
        """What each target lacks, or may lack."""
        yield from self._needs.values()

    def note(self, exchange: Exchange) -> bool:
        """Take an exchange that is over into account. Whether it is the first that was repaired."""
        plan, word = exchange.plan, exchange.diagnosis.word
        if word not in {"fixed", "allowed"} or not isinstance(plan, Forward) or not _tells(exchange):
            return False
        fixed = word == "fixed"
        first = fixed and self.fixed == 0
        target, request = plan.route.target, exchange.request
        preflight = preflight_behind(request) or Preflight((), request.method, ())
        if (needs := self._needs.get(target.server)) is None:
            needs = self._needs[target.server] = Needs(target.name, _asked(exchange, plan, preflight))
        question = request.origin, preflight.method, preflight.names, "cookie" in request.headers, fixed
        if not needs.count(question, fixed=fixed):
            needs.add(_asked(exchange, plan, preflight), fixed=fixed)
        return first


def _tells(exchange: Exchange) -> bool:
    """Whether a page asked, and the target's answer was its own and no repetition of an earlier one."""
    sent, origin = exchange.sent, exchange.request.origin or ""
    is_page = origin == str(NULL) or Origin.parse(origin) is not None
    return is_page and sent is not None and sent.status not in {101, 304}


def _asked(exchange: Exchange, plan: Forward, preflight: Preflight) -> Asked:
    request, target = exchange.request, plan.route.target
    path = quote(plan.request.path.partition("?")[0], safe=_PLAIN, encoding="latin-1")
    return Asked(
        "" if target.label or target.socket else f"{target.origin}{path}",
        request.origin or "",
        preflight.method,
        tuple(
            (name, _example(name, request.headers.get(name, ""))) for name in preflight.names if name != ANY
        ),
        "cookie" in request.headers,
    )


def _example(name: str, value: str) -> str:
    """A value that needs permission as the real one does, which may be a secret."""
    media_type = value.partition(";")[0].strip().lower()
    kept = [media_type] if name == "content-type" and _MEDIA_TYPE.fullmatch(media_type) else []
    return next(text for text in (*kept, "x", "(x)") if unsafe_because(name, text) is not None)


def _keep(names: dict[str, None], name: str) -> None:
    if len(names) < _MOST_NAMES:
        names.setdefault(name)
