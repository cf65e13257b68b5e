"""Cases in a real Chromium: what script got, and Network.CorsError as DevTools is told."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict

from playwright.async_api import Browser, async_playwright

from tests.real.agreement.cases import Case
from tests.real.agreement.compare import ASK, Observed, batches, number_of
from tests.real.browser import ARGUMENTS

_FRAME = "<iframe sandbox='allow-scripts' srcdoc='<p>a page without an origin'></iframe>"


async def observe(path: str, cases: Sequence[Case], pages: Sequence[str]) -> dict[int, Observed]:
    """Run the cases in the Chromium at `path`."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        outcomes: dict[int, str] = {}
        reasons: dict[int, set[str]] = defaultdict(set)
        for page in pages:
            outcomes |= await _on_page(browser, page, pages[0], cases, reasons)
        await browser.close()
    return {number: Observed(outcome, frozenset(reasons[number])) for number, outcome in outcomes.items()}


async def _on_page(
    browser: Browser, page: str, host: str, cases: Sequence[Case], reasons: dict[int, set[str]]
) -> dict[int, str]:
    context = await browser.new_context()
    tab = await context.new_page()
    tab.on("console", lambda said: reasons[number_of(said.text) or -1].add(said.text))
    await tab.goto(host if page == "null" else page)
    frame = tab.main_frame
    if page == "null":
        await tab.set_content(_FRAME)
        frame = tab.frames[1]
        await frame.wait_for_selector("p")
    network = await context.new_cdp_session(frame if page == "null" else tab)
    numbers: dict[str, int | None] = {}
    network.on(
        "Network.requestWillBeSent",
        lambda sent: numbers.update({sent["requestId"]: number_of(sent["request"]["url"])}),
    )
    network.on(
        "Network.loadingFailed",
        lambda failed: reasons[numbers.get(failed["requestId"]) or -1].add(
            failed.get("corsErrorStatus", {}).get("corsError", "")
        ),
    )
    await network.send("Network.enable")
    outcomes: dict[int, str] = {}
    for batch in batches(cases, page):
        answered = await frame.evaluate(ASK, [{**asdict(case), "answers": None} for case in batch])
        outcomes |= {case.number: outcome for case, outcome in zip(batch, answered, strict=True)}
    await asyncio.sleep(0.3)  # for what DevTools is told behind the answers
    await context.close()
    return outcomes
