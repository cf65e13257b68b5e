"""A Firefox over WebDriver BiDi (W3C), as much of it as these tests need; no driver program in between."""

import asyncio
import itertools
import json
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import aiohttp

NAMES = ("firefox-esr", "firefox")


def find() -> str | None:
    return next((path for name in NAMES if (path := shutil.which(name))), None)


class BrowserError(Exception):
    """An error answer of the browser."""


class Firefox:
    """One tab."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._ids = itertools.count()
        self.tab = ""

    async def command(self, method: str, **params: object) -> dict:
        number = next(self._ids)
        await self._socket.send_json({"id": number, "method": method, "params": params})
        while (answer := await self._socket.receive_json(timeout=60)).get("id") != number:
            pass  # an event
        if answer["type"] == "error":
            raise BrowserError(f"{answer['error']}: {answer['message']}")
        return answer["result"]

    async def goto(self, url: str) -> None:
        await self.command("browsingContext.navigate", context=self.tab, url=url, wait="complete")

    async def evaluate(self, function: str, argument: object = None) -> object:
        """What a function of script in the page returns, promises awaited, by way of JSON."""
        answer = await self.command(
            "script.callFunction",
            functionDeclaration=f"async (text) => JSON.stringify(await ({function})(JSON.parse(text)))",
            arguments=[{"type": "string", "value": json.dumps(argument)}],
            target={"context": self.tab},
            awaitPromise=True,
        )
        if answer["type"] == "exception":
            raise BrowserError(answer["exceptionDetails"]["text"])
        return json.loads(answer["result"].get("value", "null"))

    async def evaluate_chrome(self, context: str, expression: str) -> object:
        """What an expression gives in a window of the browser itself, which has to be started with system access."""
        answer = await self.command(
            "script.evaluate", expression=expression, target={"context": context}, awaitPromise=False
        )
        if answer["type"] == "exception":
            raise BrowserError(answer["exceptionDetails"]["text"])
        return json.loads(answer["result"]["value"])


@asynccontextmanager
async def running(path: str, profile: Path, *options: str) -> AsyncIterator[Firefox]:
    """A headless Firefox with a profile in an empty folder."""
    process = await asyncio.create_subprocess_exec(
        path, "--headless", "--no-remote", "--remote-debugging-port=0", "--profile", str(profile), *options, "about:blank",
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        address = await asyncio.wait_for(_address(process.stderr), 60)
        async with aiohttp.ClientSession() as client, client.ws_connect(f"{address}/session") as socket:
            browser = Firefox(socket)
            await browser.command("session.new", capabilities={})
            browser.tab = (await browser.command("browsingContext.getTree"))["contexts"][0]["context"]
            yield browser
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        await process.communicate()


async def _address(output: asyncio.StreamReader) -> str:
    async for line in output:
        if told := re.search(rb"WebDriver BiDi listening on (ws://\S+)", line):
            return told[1].decode()
    raise AssertionError("Firefox ended before it listened")
