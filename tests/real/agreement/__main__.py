"""`python -m tests.real.agreement [--seed N] [--cases N] [--browser NAME]`: the judge beside real browsers, and each difference."""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from devproxy.browser.request import Browser
from tests.real import browser as chromium
from tests.real.agreement import in_chromium, in_firefox
from tests.real.agreement.cases import Cases
from tests.real.agreement.compare import Tally, compare
from tests.real.agreement.server import serving
from tests.real.logins import firefox

MOST = 20_000
_TOLD = 20


async def agreement(browser: Browser, path: str, seed: int, count: int) -> Tally:
    """Run so many cases in a browser, and compare."""
    async with serving() as server:
        make = Cases(seed, server.pages, server.others).make
        cases = [make(number) for number in range(1, min(count, MOST) + 1)]
        server.cases = {case.number: case for case in cases}
        if browser == "chromium":
            observed = await in_chromium.observe(path, cases, server.pages)
        else:
            with tempfile.TemporaryDirectory() as profile:
                observed = await in_firefox.observe(path, Path(profile), cases, server.pages)
        return compare(cases, server.seen, observed, browser)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--browser", choices=["chromium", "firefox"])
    chosen = parser.parse_args()
    paths: dict[Browser, str | None] = {"chromium": chromium.find(), "firefox": firefox.find()}
    agreed = []
    _say(
        f"{'browser':<10} {'cases':>6} {'blocked':>8} {'verdict ≠':>10} {'reason ≠':>9} {'sent ≠':>7}   seed {chosen.seed}"
    )
    for browser, path in paths.items():
        if chosen.browser not in {None, browser}:
            continue
        if path is None:
            _say(f"{browser:<10} is not installed here")
            continue
        tally = asyncio.run(agreement(browser, path, chosen.seed, chosen.cases))
        agreed.append(tally.agrees)
        differences = (len(tally.verdicts), len(tally.reasons), len(tally.steps))
        _say(
            f"{browser:<10} {tally.cases:>6} {tally.blocked:>8} {differences[0]:>10} {differences[1]:>9} {differences[2]:>7}"
        )
        for title, found in (("verdict", tally.verdicts), ("reason", tally.reasons), ("sent", tally.steps)):
            for told in found[:_TOLD]:
                _say(f"\n{title} ≠  {told}")
    return 0 if agreed and all(agreed) else 1


if __name__ == "__main__":
    sys.exit(main())
