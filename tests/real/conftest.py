"""A real Chromium, pages on origins of their own, and real servers."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
from aiohttp import web
from playwright.async_api import Browser, Page, async_playwright

from devproxy.export.allow import Allow
from tests.ports import unused_port
from tests.real.browser import ARGUMENTS, find
from tests.real.programs import listening
from tests.real.servers import SERVERS, Edit, Running, Start, installed, program


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


@pytest.fixture
async def run(tmp_path) -> AsyncIterator[Start]:
    """Runs a backend with what is written out for it in place; with none, as one has it who never heard of CORS.

    `edit` changes the finished file, `environment` is added to.
    """
    async with AsyncExitStack() as stack:

        async def start(
            key: str, snippet: Allow | str | None, *, edit: Edit = str, target: str = "", **environment: str
        ) -> Running:
            server, port = SERVERS[key], unused_port()
            environment |= installed(server)
            text = program(key, snippet).replace("PORT", str(port)).replace("BACKEND", target)
            (tmp_path / server.file).write_text(edit(text))
            command = [word.format(port=port, **environment) for word in server.command.split()]
            await stack.enter_async_context(
                listening(command, port, tmp_path, {"HOME": str(tmp_path), **environment})
            )
            return Running(port)

        yield start


@pytest.fixture
async def target(serve) -> str:
    """What nginx and Caddy have behind them: the same backend as the others, in aiohttp."""

    async def users(request: web.Request) -> web.Response:
        return web.Response(
            text=request.headers.get("Cookie", ""), headers={"X-Total": "2", "Vary": "Accept"}
        )

    async def crash(_request: web.Request) -> web.Response:
        return web.Response(status=500)

    async def login(_request: web.Request) -> web.Response:
        return web.Response(status=401)

    async def with_cors(_request: web.Request) -> web.Response:
        return web.Response(
            headers={"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Credentials": "true"}
        )

    app = web.Application()
    app.router.add_get("/users", users)
    app.router.add_put("/users", users)
    app.router.add_get("/crash", crash)
    app.router.add_get("/login", login)
    app.router.add_get("/with_cors", with_cors)
    return (await serve(app)).replace("localhost", "127.0.0.1")
