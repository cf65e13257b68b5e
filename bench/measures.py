"""How each figure is measured: every measure asks one contender for about a second."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter, sleep

from bench.contenders import Contender, Target, is_carried
from bench.load import Ask, Generator
from bench.machine import Cores, on
from bench.processes import Process
from bench.streams import crawl, download, events, round_trips, upload
from bench.target import SIZES

_SETTLE_SECONDS = 0.3
_CRAWL_SECONDS = 1.0
_UPLOAD = 100_000_000
_EVENTS = 100
_TALKERS = 32

Values = dict[str, float]


@dataclass(frozen=True)
class Subject:
    """One that is asked: a contender that runs, or the target itself, which has none."""

    name: str
    api: int
    live: int
    contender: Contender | None = None
    process: Process | None = None


@dataclass(frozen=True)
class Stage:
    """What all measures share."""

    cores: Cores
    target: Target
    generate: Generator
    seconds: float


@dataclass(frozen=True)
class Measure:
    """A way to measure some figures at once; `take` returns none of them where they make no sense."""

    title: str
    take: Callable[[Stage, Subject], Values]
    quick: bool = True  # whether a quick look takes it, too


def _rates(connections: int, *, quick: bool = True) -> Measure:
    def take(stage: Stage, subject: Subject) -> Values:
        before = _cpu(subject)
        load = stage.generate(Ask(subject.api, "/api/small", connections, stage.seconds))
        values = {
            f"rate-{connections}": load.per_second,
            f"p50-{connections}": load.p50 if connections == 1 else load.p50 / 1000,
            f"p99-{connections}": load.p99 if connections == 1 else load.p99 / 1000,
        }
        if subject.process:
            values[f"cpu-{connections}"] = (_cpu(subject) - before) / load.requests * 1e6
        return values

    return Measure(f"requests/s at {connections}", take, quick)


def _added(stage: Stage, subject: Subject) -> Values:
    """What a request costs the one who waits for it, where nothing can run at the same time."""
    if not subject.process:
        return {}
    with _all_on(stage, stage.cores.contender):
        direct, through = (
            stage.generate(Ask(port, "/api/small", 1, stage.seconds)).p50
            for port in (stage.target.api, subject.api)
        )
    return {"added": through - direct}


@contextmanager
def _all_on(stage: Stage, cores: frozenset[int]) -> Iterator[None]:
    def move(cores: frozenset[int]) -> None:
        for process in stage.target.processes:
            process.pin(cores)

    move(cores)
    try:
        with on(cores):
            yield
    finally:
        move(stage.cores.load)


def _ten_kilobytes(stage: Stage, subject: Subject) -> Values:
    return {"rate-10k": stage.generate(Ask(subject.api, "/api/10k", 64, stage.seconds)).per_second}


def _one_megabyte(stage: Stage, subject: Subject) -> Values:
    load = stage.generate(Ask(subject.api, "/api/1m", 8, stage.seconds))
    return {"rate-1m": load.per_second * SIZES["1m"] / 1e6}


def _down(_stage: Stage, subject: Subject) -> Values:
    with _growth(subject, "down-growth") as values:
        size, seconds = download(subject.api, "/api/1g")
        values["down"] = size / seconds / 1e6
    return values


def _up(_stage: Stage, subject: Subject) -> Values:
    with _growth(subject, "up-growth") as values:
        values["up"] = _UPLOAD / upload(subject.live, "/live/upload", _UPLOAD) / 1e6
    return values


def _crawl(_stage: Stage, subject: Subject) -> Values:
    if not subject.process:
        return {}
    with _growth(subject, "crawl-growth") as values:
        crawl(subject.api, "/api/1g", _CRAWL_SECONDS)
    return values


@contextmanager
def _growth(subject: Subject, figure: str) -> Iterator[Values]:
    """Values, among which is then by how many megabytes the peak of its memory lay above the beginning."""
    values: Values = {}
    if not subject.process:
        yield values
        return
    subject.process.forget_peak()
    before = subject.process.megabytes
    yield values
    values[figure] = subject.process.peak_megabytes - before


def _trips(stage: Stage, subject: Subject) -> Values:
    before = _cpu(subject)
    load = round_trips(subject.live, "/live/ws", _TALKERS, stage.seconds)
    values = {"trips": load.per_second}
    if subject.process:
        values["trips-cpu"] = (_cpu(subject) - before) / load.requests * 1e6
    return values


def _events(_stage: Stage, subject: Subject) -> Values:
    load = events(subject.live, "/live/events", _EVENTS)
    return {"event": load.p50 / 1000, "event-99": load.p99 / 1000}


def _preflights(stage: Stage, subject: Subject) -> Values:
    if is_carried(subject.api, "OPTIONS"):
        return {}
    return {
        "preflights": stage.generate(Ask(subject.api, "/api/small", 64, stage.seconds, "OPTIONS")).per_second
    }


def _start(stage: Stage, subject: Subject) -> Values:
    if not subject.contender:
        return {}
    with on(stage.cores.contender):
        began = perf_counter()
        with subject.contender.started(stage.target) as process:
            milliseconds = (perf_counter() - began) * 1000
            sleep(_SETTLE_SECONDS)
            return {"start": milliseconds, "idle": process.megabytes}


def _cpu(subject: Subject) -> float:
    return subject.process.cpu_seconds if subject.process else 0.0


MEASURES = (
    _rates(1),
    _rates(8, quick=False),
    _rates(64),
    Measure("latency on one core", _added),
    Measure("bodies of 10 KB", _ten_kilobytes, quick=False),
    Measure("bodies of 1 MB", _one_megabyte),
    Measure("1 GB down", _down),
    Measure("100 MB up", _up),
    Measure("a slow reader", _crawl),
    Measure("WebSocket", _trips),
    Measure("events", _events),
    Measure("preflights", _preflights),
    Measure("start", _start),
)
