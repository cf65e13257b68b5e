"""Reloading while it is busy: no request fails and no stream breaks, whatever is saved."""

import asyncio
import io
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import ClientSession, WSMsgType, web

from devproxy.config.sources import Sources
from devproxy.console import Console
from devproxy.proxy.server import Proxy
from devproxy.reload import Reloader
from devproxy.serve import site

pytestmark = pytest.mark.usefixtures("each_loop")

RELOADS = 20
CLIENTS = 8


@pytest.fixture
async def busy(serve):
    """A backend with a quick answer, a slow one, an event stream and a WebSocket that echoes."""

    async def events(request):
        answer = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await answer.prepare(request)
        with suppress(ConnectionError):
            for number in range(100_000):
                await answer.write(f"data: {number}\n\n".encode())
                await asyncio.sleep(0.01)
        return answer

    async def echo(request):
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            await socket.send_str(message.data)
        return socket

    async def quick(_request):
        return web.Response(text="quick")

    async def slow(_request):
        await asyncio.sleep(0.05)
        return web.Response(text="slow")

    app = web.Application()
    app.router.add_get("/api/events", events)
    app.router.add_get("/api/ws", echo)
    app.router.add_route("*", "/api/slow", slow)
    app.router.add_route("*", "/api/quick", quick)
    return await serve(app)


@dataclass
class Load:
    """Clients of many kinds, until `done`."""

    url: str
    done: asyncio.Event = field(default_factory=asyncio.Event)
    requests: int = 0
    events: int = 0
    echoes: int = 0

    async def ask(self, path, method):
        """New connections and kept ones; any answer but the right one is an error."""
        while not self.done.is_set():
            async with ClientSession() as session:
                for _ in range(5):
                    async with session.request(method, f"{self.url}/{path}") as answer:
                        assert (answer.status, await answer.text()) == (200, path)
                    self.requests += 1

    async def listen(self):
        """One event stream to the end, of which no event may be missing."""
        async with ClientSession() as session, session.get(f"{self.url}/events") as answer:
            async for line in answer.content:
                if self.done.is_set():
                    return
                if line.startswith(b"data: "):
                    assert line == f"data: {self.events}\n".encode()
                    self.events += 1
        raise AssertionError("the stream has ended")

    async def talk(self):
        """One WebSocket to the end."""
        async with ClientSession() as session, session.ws_connect(f"{self.url}/ws") as socket:
            while not self.done.is_set():
                await socket.send_str(str(self.echoes))
                message = await socket.receive(10)
                assert (message.type, message.data) == (WSMsgType.TEXT, str(self.echoes))
                self.echoes += 1
                await asyncio.sleep(0.005)


@dataclass
class Saving:
    """Saves a configuration again and again, every second time with a mistake."""

    file: Path
    backend: str
    said: tuple[io.StringIO, io.StringIO] = field(default_factory=lambda: (io.StringIO(), io.StringIO()))

    def write(self, number):
        """What the terminal says once this has been read."""
        mistake = f"bad: {number}\n" * (number % 2 == 0 and number > 0)
        origins = f"cors: {{allow_origins: ['http://page{number}.test']}}\n"
        self.file.write_text(f"{origins}routes: {{/api: '{self.backend}'}}\n{mistake}")
        return f"3 | {mistake}" if mistake else f"+ http://page{number}.test"

    async def run(self, load):
        async with ClientSession() as session:
            for number in range(1, RELOADS + 1):
                words = self.write(number)
                async with asyncio.timeout(10):
                    while not any(words in stream.getvalue() for stream in self.said):
                        await asyncio.sleep(0.01)
                page = f"http://page{number if number % 2 else number - 1}.test"
                async with session.get(f"{load.url}/quick", headers={"Origin": page}) as answer:
                    assert answer.headers["Access-Control-Allow-Origin"] == page
        load.done.set()


async def test_twenty_reloads_under_load(busy, tmp_path, monkeypatch):
    """Each good save is in force for the next request, and each bad one changes nothing."""
    monkeypatch.setattr("devproxy.reload.LOOK_SECONDS", 0.02)
    monkeypatch.setattr("devproxy.reload._REST_SECONDS", 0.02)
    saving = Saving(tmp_path / "proxy.yaml", busy)
    saving.write(0)
    sources = Sources(str(saving.file))
    config = sources.load()
    proxy = Proxy(site(config))
    await proxy.start("localhost", 0)
    load = Load(f"http://127.0.0.1:{proxy.port}/api")
    reloader = Reloader(sources, config, proxy, Console(*saving.said), advise=_nothing)
    running = asyncio.get_running_loop().create_task(reloader.run())
    try:
        async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
            for number in range(CLIENTS):
                tasks.create_task(load.ask(("quick", "slow")[number % 2], ("GET", "POST")[number // 2 % 2]))
            for coroutine in (load.listen(), load.talk(), saving.run(load)):
                tasks.create_task(coroutine)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await proxy.stop(grace=2)
    assert saving.said[0].getvalue().count("still running with") == RELOADS // 2
    assert min(load.requests, load.events, load.echoes) > RELOADS


async def _nothing(_config):
    return ()
