"""A real Vite behind `/` and an API behind `/api`: the set-up that most frontends have.

Runs where node is installed and DEVPROXY_TEST_VITE names a folder with Vite in its node_modules (`npm install vite`).
"""

import asyncio
import os
import re
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser

FILES = {
    "package.json": '{"type": "module"}',
    "vite.config.js": 'export default { cacheDir: ".cache", clearScreen: false }',
    "index.html": '<!doctype html><title>waiting</title><p id="text"></p><script type="module" src="/main.js"></script>',
    "main.js": """
        import { text } from "./text.js";
        const show = (words) => { document.querySelector("#text").textContent = words; };
        show(text);
        if (import.meta.hot) import.meta.hot.accept("./text.js", (fresh) => show(fresh.text));
        const users = await (await fetch("/api/users")).json();
        document.title = users[0].name;
    """,
    "text.js": 'export const text = "before";',
}


def installed() -> tuple[str, Path]:
    """Node, and the modules that Vite is among; skips the test where one of them is missing."""
    node, folder = shutil.which("node"), os.environ.get("DEVPROXY_TEST_VITE")
    if node is None:
        pytest.skip("node is not installed")
    if not folder:
        pytest.skip("DEVPROXY_TEST_VITE names no folder with Vite in its node_modules")
    modules = Path(folder).absolute() / "node_modules"
    if not (modules / "vite").is_dir():
        pytest.skip(f"there is no Vite in {modules}")
    return node, modules


@pytest.fixture
async def vite(tmp_path) -> AsyncIterator[str]:
    """A Vite that serves the files of `tmp_path`; its origin."""
    async with serving(tmp_path, FILES) as origin:
        yield origin


@asynccontextmanager
async def serving(folder: Path, files: Mapping[str, str]) -> AsyncIterator[str]:
    """A Vite that serves these files, which are written to `folder`; its origin."""
    node, modules = installed()
    for name, text in files.items():
        (folder / name).write_text(text)
    (folder / "node_modules").symlink_to(modules, target_is_directory=True)
    process = await asyncio.create_subprocess_exec(
        node,
        "node_modules/vite/bin/vite.js",
        cwd=folder,
        env={**os.environ, "NO_COLOR": "1"},
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield await asyncio.wait_for(_origin(process.stdout), 60)
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        await process.communicate()


async def _origin(output: asyncio.StreamReader) -> str:
    async for line in output:
        if told := re.search(rb"Local: +(http://localhost:[0-9]+)/", line):
            return told[1].decode()
    raise AssertionError("Vite ended before it listened")


async def test_an_edit_is_seen_without_a_reload_through_devproxy(vite, chromium, backend, start, tmp_path):
    """Page, API and hot reload on one origin. Vite's client would dial Vite itself if the proxied socket failed, and all
    would look well: so the socket's URL counts."""
    proxy = await start(f"api={backend}", f"/={vite}")
    page = await chromium.new_page()
    sockets, connected = [], asyncio.Event()
    page.on("websocket", lambda socket: sockets.append(socket.url))
    page.on("console", lambda message: message.text == "[vite] connected." and connected.set())
    await page.goto(proxy.origin)
    await page.wait_for_function("document.title === 'Ada Lovelace'")
    assert await page.inner_text("#text") == "before"
    await asyncio.wait_for(connected.wait(), 30)

    await page.evaluate("window.kept = true")
    (tmp_path / "text.js").write_text('export const text = "after";')
    await page.wait_for_function("document.querySelector('#text').textContent === 'after'")
    assert await page.evaluate("window.kept")

    assert len(sockets) == 1
    assert sockets[0].startswith(f"{proxy.origin.replace('http', 'ws')}/?token=")
    answers = [
        exchange.response for exchange in proxy.recorder.answered_ if "token=" in exchange.request.target
    ]
    assert [answer.status for answer in answers] == [101]
