"""Cores and noise."""

import pytest

from bench.machine import Clocks, Cores, split, version


@pytest.mark.parametrize(
    ("available", "contender", "load", "words"),
    [
        ({0, 1}, {0}, {1}, "contenders on core 0, load and target on 1"),
        ({2, 5, 7}, {2}, {5, 7}, "contenders on core 2, load and target on 5, 7"),
        ({3}, {3}, {3}, "one core for everything: all figures are lower than they would be with two"),
    ],
)
def test_what_is_measured_has_a_core_of_its_own(available, contender, load, words):
    """Where there are two."""
    assert split(available) == Cores(frozenset(contender), frozenset(load))
    assert split(available).words == words


@pytest.mark.parametrize(
    ("later", "noise"),
    [
        (Clocks(wall=2, busy=3, stolen=0, ours=3), 0),
        (Clocks(wall=2, busy=3, stolen=0, ours=2), 0.5),
        (Clocks(wall=2, busy=3, stolen=1, ours=3), 0.5),
        (Clocks(wall=2, busy=2.9, stolen=0, ours=3), 0),  # the kernel's ticks are coarser than our clocks
    ],
)
def test_noise_is_what_others_used_and_took(later, noise):
    """As a share of one core."""
    assert Clocks(0, 0, 0, 0).noise_until(later) == noise


def test_a_program_that_is_not_there_has_no_version():
    """And that is no error."""
    assert version("/nowhere/at-all", "-v") == ""
