"""A slice of the mutants that `python -m bench.mutate` fires by the ten thousand."""

import pytest

from bench.mutate import Report, mutants, run
from bench.strict import Target


@pytest.mark.parametrize("seed", [11, 12])
async def test_no_mutant_gets_through(start, caplog, seed):
    """Nothing ambiguous reaches the target, and the next plain GET is answered."""
    target = await Target().start()
    proxy = await start(f"/={target.origin}", f"/api={target.origin}")
    report = await run(proxy.proxy.port, target, seed, 300)
    target.stop()
    assert report.findings == []
    assert report.count == 300
    assert target.requests
    assert {200, 400} <= report.answers.keys()
    assert "Traceback" not in caplog.text


async def test_a_careless_proxy_is_found_out():
    """Straight at the strict target, mutants are findings: the hunt has teeth."""
    target = await Target().start()
    report = await run(target.port, target, 11, 100)
    target.stop()
    assert isinstance(report, Report)
    assert len(report.findings) > 20


def test_a_seed_makes_the_same_mutants_again():
    """So that a finding can be looked at."""
    assert list(mutants(7, 200)) == list(mutants(7, 200))
    assert list(mutants(7, 200)) != list(mutants(8, 200))
