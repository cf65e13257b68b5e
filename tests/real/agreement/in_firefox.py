"""Cases in a real Firefox: what script got, and the keys of its console's messages."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from tests.real.agreement.cases import Case
from tests.real.agreement.compare import ASK, Observed, batches, number_of
from tests.real.logins.firefox import Firefox, running

_FRAME = """() => new Promise((done) => {
  const frame = document.createElement('iframe');
  frame.setAttribute('sandbox', 'allow-scripts');
  frame.srcdoc = '<p>a page without an origin';
  frame.onload = () => done(true);
  document.body.append(frame);
})"""
# The console of the whole browser: its messages name the key, which a page's own does not.
_MESSAGES = """JSON.stringify((() => {
  const found = Services.console.getMessageArray().filter((m) => m instanceof Ci.nsIScriptError && /\\/c\\/\\d+\\//.test(m.errorMessage));
  Services.console.reset();
  return found.map((m) => [m.category, m.errorMessage]);
})())"""


async def observe(
    path: str, profile: Path, cases: Sequence[Case], pages: Sequence[str]
) -> dict[int, Observed]:
    """Run the cases in the Firefox at `path`."""
    outcomes: dict[int, str] = {}
    reasons: dict[int, set[str]] = defaultdict(set)
    async with running(path, profile, "--remote-allow-system-access") as browser:
        tab = browser.tab
        chrome = (await browser.command("browsingContext.getTree", **{"moz:scope": "chrome"}))["contexts"][0][
            "context"
        ]
        for page in pages:
            browser.tab = tab
            await browser.goto(pages[0] if page == "null" else page)
            if page == "null":
                await browser.evaluate(_FRAME)
                tree = await browser.command("browsingContext.getTree", root=tab)
                browser.tab = tree["contexts"][0]["children"][0]["context"]
            for batch in batches(cases, page):
                answered = await browser.evaluate(ASK, [_plain(case) for case in batch])
                outcomes |= {case.number: outcome for case, outcome in zip(batch, answered, strict=True)}
                await _read(browser, chrome, reasons)
        await asyncio.sleep(0.3)
        await _read(browser, chrome, reasons)
    return {number: Observed(outcome, frozenset(reasons[number])) for number, outcome in outcomes.items()}


async def _read(browser: Firefox, chrome: str, reasons: dict[int, set[str]]) -> None:
    for category, message in await browser.evaluate_chrome(chrome, _MESSAGES):
        reasons[number_of(message) or -1].add(category)


def _plain(case: Case) -> dict[str, object]:
    return {**asdict(case), "answers": None}
