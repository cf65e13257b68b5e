"""What was measured, and what of it counts: noisy samples are dropped, and the median of the others is the figure."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median

# The share of a core that somebody else had meanwhile, or of the speed that the core had lost.
NOISY = 0.1


@dataclass(frozen=True)
class Sample:
    """One measurement, and how noisy the machine was meanwhile: 0 is silence."""

    value: float
    noise: float


@dataclass(frozen=True)
class Median:
    """A figure; `doubtful` if most of its samples were noisy, so that the less noisy half had to do."""

    value: float
    doubtful: bool = False


def calm(samples: Sequence[Sample]) -> tuple[list[Sample], bool]:
    """The samples that count, and whether they are doubtful."""
    quiet = [sample for sample in samples if sample.noise < NOISY]
    if 2 * len(quiet) >= len(samples):
        return quiet, False
    ordered = sorted(samples, key=lambda sample: sample.noise)
    return ordered[: (len(samples) + 1) // 2], True


@dataclass
class Results:
    """All samples of a run, by who was measured and which figure it is."""

    samples: defaultdict[tuple[str, str], list[Sample]] = field(default_factory=lambda: defaultdict(list))

    def add(self, name: str, values: dict[str, float], noise: float) -> None:
        """Keep what was measured at once."""
        for figure, value in values.items():
            self.samples[name, figure].append(Sample(value, noise))

    def median(self, name: str, figure: str) -> Median | None:
        """A figure, if it was measured."""
        kept, doubtful = calm(self.samples.get((name, figure), ()))
        return Median(median(sample.value for sample in kept), doubtful) if kept else None

    def value(self, name: str, figure: str) -> float | None:
        """A figure without its doubt."""
        found = self.median(name, figure)
        return found.value if found else None

    def best(self, names: Iterable[str], figure: str) -> float | None:
        """The highest of several."""
        return max((value for name in names if (value := self.value(name, figure)) is not None), default=None)

    @property
    def names(self) -> list[str]:
        """Who was measured, in the order of the run."""
        return list(dict.fromkeys(name for name, _ in self.samples))

    @property
    def noise(self) -> str:
        """How quiet the machine was, in words."""
        every = [sample for samples in self.samples.values() for sample in samples]
        dropped = sum(len(samples) - len(calm(samples)[0]) for samples in self.samples.values())
        middle = median(sample.noise for sample in every) if every else 0.0
        return f"median noise {middle:.0%} of a core; {dropped} of {len(every)} samples dropped"
