"""Which samples count."""

import pytest

from bench.samples import NOISY, Median, Results, Sample, calm

LOUD = NOISY * 5


def samples(*pairs):
    return [Sample(value, noise) for value, noise in pairs]


@pytest.mark.parametrize(
    ("measured", "kept", "doubtful"),
    [
        ([], [], False),
        ([(1, 0)], [1], False),
        ([(1, 0), (2, 0.01), (9, LOUD)], [1, 2], False),
        ([(1, 0), (9, LOUD)], [1], False),
        ([(9, LOUD)], [9], True),
        ([(1, 0), (2, LOUD), (9, 2 * LOUD)], [1, 2], True),
        ([(9, 2 * LOUD), (1, LOUD), (8, 3 * LOUD), (2, LOUD)], [1, 2], True),
        ([(1, NOISY)], [1], True),
    ],
)
def test_noisy_samples_are_dropped(measured, kept, doubtful):
    """Unless most are: then the less noisy half has to do, and is doubted."""
    found, doubted = calm(samples(*measured))
    assert ([sample.value for sample in found], doubted) == (kept, doubtful)


def test_a_figure_is_the_median_of_what_counts():
    """Each figure of what was measured at once is kept under its name."""
    results = Results()
    for value, noise in ((10, 0), (30, 0), (20, 0), (1000, LOUD)):
        results.add("one", {"rate": value, "p50": value * 2}, noise)
    results.add("two", {"rate": 5}, LOUD)
    assert results.median("one", "rate") == Median(20)
    assert results.value("one", "p50") == 40
    assert results.median("two", "rate") == Median(5, doubtful=True)
    assert results.median("two", "p50") is None
    assert results.value("nobody", "rate") is None
    assert results.names == ["one", "two"]


def test_the_best_of_several():
    """Those that were not measured do not count."""
    results = Results()
    results.add("one", {"rate": 5}, 0)
    results.add("two", {"rate": 7}, 0)
    assert results.best(("one", "two", "three"), "rate") == 7
    assert results.best(("three",), "rate") is None


def test_a_run_says_how_noisy_it_was():
    """In words, with the count of what was dropped."""
    results = Results()
    for noise in (0.02, 0.04, LOUD):
        results.add("one", {"rate": 1}, noise)
    assert results.noise == "median noise 4% of a core; 1 of 3 samples dropped"
    assert Results().noise == "median noise 0% of a core; 0 of 0 samples dropped"
