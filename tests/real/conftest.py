"""A real Chromium and pages on origins of their own."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import web
from playwright.async_api import Browser, Page, async_playwright

from tests.real.browser import ARGUMENTS, find


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    """The system's Chromium or Chrome, headless."""
    path = find()
    if path is None:
        pytest.skip("no Chromium or Chrome on this machine")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        await browser.close()


class Tab:
    """A page of a frontend, and what its console says."""

    def __init__(self, page: Page, origin: str) -> None:
        self.page = page
        self.origin = origin
        self.console: list[str] = []
        page.on("console", lambda message: self.console.append(message.text))

    async def fetch(self, url: str, **options: object) -> dict[str, object]:
        """What script in the page can read of an answer: status, body and the headers it can see, or the error."""
        return await self.page.evaluate(_FETCH, [url, options])


_FETCH = """async ([url, options]) => {
  try {
    const answer = await fetch(url, options);
    return {status: answer.status, body: await answer.text(), headers: Object.fromEntries(answer.headers)};
  } catch (error) {
    return {error: String(error)};
  }
}"""


@pytest.fixture
async def tab(chromium: Browser, serve) -> Callable[[], Awaitable[Tab]]:
    """Opens an empty page on an origin of its own."""

    async def open_page() -> Tab:
        async def empty(_request: web.Request) -> web.Response:
            return web.Response(text="<!doctype html><title>frontend</title>", content_type="text/html")

        app = web.Application()
        app.router.add_get("/", empty)
        origin = await serve(app)
        page = await chromium.new_page()
        await page.goto(origin)
        return Tab(page, origin)

    return open_page
