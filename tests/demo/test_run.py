"""The demo in a real browser: blocked on the left, read on the right."""

import asyncio

import pytest
from playwright.async_api import async_playwright

from devproxy.console import Console
from devproxy.demo.run import _demo
from tests.real.browser import ARGUMENTS, find


class Told(Console):
    """A console that hands the page's address over."""

    def __init__(self):
        super().__init__()
        self.page = asyncio.get_running_loop().create_future()

    def demo_banner(self, *, page, proxy, backend):
        self.page.set_result(page)


@pytest.mark.browser
async def test_every_case_is_blocked_straight_and_read_through_devproxy():
    """What the page says is what the browser did."""
    if (path := find()) is None:
        pytest.skip("no Chromium or Chrome on this machine")
    console = Told()
    demo = asyncio.get_running_loop().create_task(_demo(console))
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        page = await browser.new_page()
        said = []
        page.on("console", lambda message: said.append(message.text))
        await page.goto(await console.page)
        await page.wait_for_selector("html[data-state=done]")
        sides = await page.eval_on_selector_all(
            ".side",
            "sides => sides.map(side => [side.dataset.case, side.dataset.side, side.dataset.outcome])",
        )
        shown = await page.eval_on_selector_all(
            ".console code", "texts => texts.map(text => text.textContent)"
        )
        await browser.close()
    demo.cancel()
    outcomes = {(case, side): outcome for case, side, outcome in sides}
    cases = {case for case, _ in outcomes}
    assert {"get", "post", "put", "authorization", "session"} <= cases
    assert all(outcomes[case, "direct"] == "blocked" for case in cases)
    assert all(outcomes[case, "devproxy"] == "ok" for case in cases)
    assert shown
    assert set(shown) <= set(said)
