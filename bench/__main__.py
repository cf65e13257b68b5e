"""Measures devproxy beside what its users would otherwise run, in rounds, and writes down what came of it.

    python -m bench              about ten minutes; writes bench/results.md and .svg, and the figures in README.md
    python -m bench --quick      about two, once through most of it; prints only

All listen on 127.0.0.1 only, and are stopped at the end, also of a run that is interrupted. Linux only.
"""

import argparse
import platform
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from os import sched_getaffinity
from time import monotonic

from bench import machine
from bench.contenders import DIRECT, Contender, all_here, target
from bench.figures import BY_KEY
from bench.load import Ask, FailedError, generator
from bench.measures import MEASURES, Measure, Stage, Subject, Values
from bench.picture import panel, svg
from bench.processes import ROOT, DidNotStartError, stop_at_signals
from bench.samples import Results
from bench.table import Run, put_into, short, whole

_ROUNDS = 4
_TITLE = "devproxy beside its peers: requests per second, and latency added"
_TABLE, _PICTURE, _README = ROOT / "bench/results.md", ROOT / "bench/results.svg", ROOT / "README.md"


class Bench:
    """A run: what is measured, on which stage, and what has come of it so far."""

    def __init__(self, stage: Stage, subjects: Sequence[Subject], measures: Sequence[Measure]) -> None:
        self.results = Results()
        self.remarks: list[str] = []
        self._stage, self._subjects, self._measures = stage, subjects, measures
        self._fastest = self._calibrate()

    def warm_up(self) -> None:
        """Let just-in-time compilers, caches and pools of connections do their work before it counts."""
        for subject in self._subjects:
            self._stage.generate(Ask(subject.api, "/api/small", 8, 2))

    def round(self, number: int) -> None:
        """Take every measure of every subject once, in an order that is another in every round."""
        shift = number % len(self._subjects)
        order = [*self._subjects[shift:], *self._subjects[:shift]]
        for measure in self._measures:
            said = [words for subject in order if (words := self._take(measure, subject))]
            print(f"round {number + 1}  {measure.title:<22}{'  '.join(said)}", flush=True)

    def _take(self, measure: Measure, subject: Subject) -> str:
        slow, before = self._slowness(), self._clocks(subject)
        try:
            values = measure.take(self._stage, subject)
        except (FailedError, DidNotStartError, OSError) as reason:
            self._remark(f"{subject.name}, {measure.title}: {reason}")
            return ""
        if not values:
            return ""
        noise = max(before.noise_until(self._clocks(subject)), slow, self._slowness())
        self.results.add(subject.name, values, noise)
        return f"{subject.name} {_first(values)}"

    def _remark(self, words: str) -> None:
        if words not in self.remarks:
            self.remarks.append(words)

    def _clocks(self, subject: Subject) -> machine.Clocks:
        ours = [*self._stage.target.processes, *([subject.process] if subject.process else [])]
        return machine.Clocks.read(sum(process.cpu_seconds for process in ours))

    def _slowness(self) -> float:
        """How much longer a fixed piece of work takes now than at its fastest, as a share."""
        now = self._calibrate()
        self._fastest = min(self._fastest, now)
        return now / self._fastest - 1

    def _calibrate(self) -> float:
        with machine.on(self._stage.cores.contender):
            return min(machine.calibrate() for _ in range(2))


def _first(values: Values) -> str:
    figure, value = next(iter(values.items()))
    return BY_KEY[figure].show(value)


@contextmanager
def _started(contenders: Sequence[Contender], stage: Stage) -> Iterator[tuple[list[Subject], list[str]]]:
    """The target and all contenders as subjects, running while the block runs; and why some do not."""
    subjects = [Subject(DIRECT, stage.target.api, stage.target.live)]
    reasons = []
    with ExitStack() as stack, machine.on(stage.cores.contender):
        for contender in contenders:
            try:
                process = stack.enter_context(contender.started(stage.target))
            except DidNotStartError as reason:
                reasons.append(f"{contender.name} is left out: {reason}")
            else:
                subjects.append(Subject(contender.name, process.port, process.port, contender, process))
        with machine.on(stage.cores.load):
            yield subjects, reasons


def _bench(*, quick: bool, rounds: int) -> tuple[Results, Run]:
    contenders, missing = all_here()
    for words in missing:
        print(words)
    cores = machine.split(sched_getaffinity(0))
    generate, load = generator()
    with machine.on(cores.load), target() as asked:
        stage = Stage(cores, asked, generate, 1)
        with _started(contenders, stage) as (subjects, reasons):
            for words in reasons:
                print(words)
            bench = Bench(stage, subjects, [measure for measure in MEASURES if measure.quick or not quick])
            bench.warm_up()
            for number in range(rounds):
                bench.round(number)
    here = {subject.name for subject in subjects}
    run = Run(
        date=datetime.now(UTC).date().isoformat(),
        machine=machine.describe(),
        python=platform.python_version(),
        load=load,
        target=asked.words,
        cores=cores.words,
        rounds=rounds,
        versions={contender.name: contender.version for contender in contenders if contender.name in here},
        remarks=[*missing, *reasons, *bench.remarks],
    )
    return bench.results, run


def _write(results: Results, run: Run) -> None:
    _TABLE.write_text(whole(results, run))
    panels = [
        panel(results, "rate-64", "Requests per second at 64 connections", most_first=True),
        panel(results, "added", "Latency added at one connection, in µs", most_first=False),
    ]
    _PICTURE.write_text(svg(_TITLE, panels, f"{run.date}, {run.machine}"))
    written = [_TABLE, _PICTURE]
    try:
        _README.write_text(put_into(_README.read_text(), short(results, run)))
        written.append(_README)
    except ValueError as reason:
        print(f"{_README.name} stays as it is: {reason}")
    print("written:", ", ".join(str(path.relative_to(ROOT)) for path in written))


def main() -> int:
    """Run the bench; the exit code."""
    if sys.platform != "linux":
        print("The bench reads /proc and pins programs to cores: it runs on Linux only.")
        return 1
    parser = argparse.ArgumentParser(prog="python -m bench", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="one round of most measures; nothing is written")
    parser.add_argument("--rounds", type=int, default=_ROUNDS, metavar="N", help="how many rounds")
    arguments = parser.parse_args()
    stop_at_signals()
    began = monotonic()
    results, run = _bench(quick=arguments.quick, rounds=1 if arguments.quick else arguments.rounds)
    print(f"\n{whole(results, run)}\n{(monotonic() - began) / 60:.1f} minutes")
    if not arguments.quick:
        _write(results, run)
    return 0


if __name__ == "__main__":
    sys.exit(main())
