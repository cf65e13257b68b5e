"""The machine: which one it is, who runs on which of its cores, and how quiet it is meanwhile. Linux only."""

import os
import platform
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from time import perf_counter, process_time

_TICK = os.sysconf("SC_CLK_TCK")
_TURNS = 40_000  # a few milliseconds


@dataclass(frozen=True)
class Cores:
    """What is measured has a core of its own; the load and the target share the others, unless there is one only."""

    contender: frozenset[int]
    load: frozenset[int]

    @property
    def words(self) -> str:
        """Who runs where."""
        if self.contender == self.load:
            return "one core for everything: all figures are lower than they would be with two"
        return f"contenders on core {_listed(self.contender)}, load and target on {_listed(self.load)}"


def _listed(cores: frozenset[int]) -> str:
    return ", ".join(map(str, sorted(cores)))


def split(available: set[int]) -> Cores:
    """Share out the cores that there are."""
    first, *others = sorted(available)
    return Cores(frozenset({first}), frozenset(others or {first}))


@contextmanager
def on(cores: frozenset[int]) -> Iterator[None]:
    """Run this thread, and what it starts meanwhile, on these cores."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def calibrate() -> float:
    """The seconds that a fixed piece of work takes here and now: CPU time and waiting for a core alike."""
    began, total = perf_counter(), 0
    for turn in range(_TURNS):
        total += turn & 7
    return perf_counter() - began


@dataclass(frozen=True)
class Clocks:
    """Where the CPU time of this machine has gone so far, in seconds over all its cores."""

    wall: float
    busy: float
    stolen: float
    ours: float

    @classmethod
    def read(cls, running: float) -> "Clocks":
        """Look at the clocks; `running` is the CPU time of our programs that have not ended."""
        line = Path("/proc/stat").read_text().partition("\n")[0]
        user, nice, system, _idle, _waiting, irq, softirq, stolen = (int(part) for part in line.split()[1:9])
        children = getrusage(RUSAGE_CHILDREN)
        return cls(
            perf_counter(),
            (user + nice + system + irq + softirq) / _TICK,
            stolen / _TICK,
            running + process_time() + children.ru_utime + children.ru_stime,
        )

    def noise_until(self, later: "Clocks") -> float:
        """The share of one core that strangers used and other virtual machines took, between two looks."""
        busy, ours = later.busy - self.busy, later.ours - self.ours
        return (max(0.0, busy - ours) + later.stolen - self.stolen) / (later.wall - self.wall)


def describe() -> str:
    """The machine in a line."""
    return f"{_processor()}, {len(os.sched_getaffinity(0))} cores, {_system()}, Linux {platform.release()}"


def _processor() -> str:
    found = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text())
    return found[1] if found else platform.machine()


def _system() -> str:
    return platform.freedesktop_os_release().get("PRETTY_NAME", "Linux")


def version(*command: str) -> str:
    """The first number with a point in what a program says of its version; empty where it says none."""
    try:
        said = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except OSError:
        return ""
    found = re.search(r"\d+\.[\w.]+", said.stdout + said.stderr)
    return found[0] if found else ""
