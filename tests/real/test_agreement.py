"""The judge says what a real browser does: a slice of what `make agreement` runs."""

import pytest

from tests.real import browser as chromium
from tests.real.agreement.__main__ import agreement
from tests.real.logins import firefox

pytestmark = pytest.mark.browser

_FIND = {"chromium": chromium.find, "firefox": firefox.find}


@pytest.mark.parametrize("name", ["chromium", "firefox"])
async def test_the_judge_agrees_with_a_browser(name):
    """About allowed and blocked in every case, and about the reason that it prints and what it sends in nearly all."""
    path = _FIND[name]()
    if path is None:
        pytest.skip(f"no {name} on this machine")
    tally = await agreement(name, path, seed=20, count=200)
    assert tally.verdicts == []
    assert tally.blocked > 100
    assert len(tally.reasons) + len(tally.steps) <= 2, [*tally.reasons, *tally.steps]
