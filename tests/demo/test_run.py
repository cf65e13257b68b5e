"""The demo as a whole, without a browser: what is started, and that nothing of it stays. tests/real/ opens the page."""

import asyncio
import re
from contextlib import suppress

import aiohttp
import pytest

from devproxy.console import Console
from devproxy.demo.listen import bound
from devproxy.demo.run import _backend, _demo
from devproxy.errors import StartError


class Told(Console):
    """A console that hands the demo's addresses over, and keeps quiet."""

    def __init__(self):
        super().__init__()
        self.addresses = asyncio.get_running_loop().create_future()

    def demo_banner(self, *, page, proxy, backend):
        self.addresses.set_result((page, proxy, backend))

    def backend_banner(self, backend):
        self.addresses.set_result(backend)

    def held(self, exchange):
        pass

    def answered(self, exchange):
        pass

    def ended(self, exchange):
        pass


@pytest.fixture
async def demo():
    """A running demo: its task and its addresses."""
    console = Told()
    task = asyncio.get_running_loop().create_task(_demo(console))
    yield task, *await console.addresses
    task.cancel()
    await asyncio.wait([task], timeout=5)
    assert task.done()


async def test_the_page_knows_the_backend_and_the_proxy_that_leads_to_it(demo):
    """Three origins, and two ways to one backend."""
    _, page, proxy, backend = demo
    assert len({page, proxy, backend}) == 3
    async with aiohttp.ClientSession() as session:
        html = await (await session.get(page)).text()
        assert re.search(r'data-backend="(\S+)" data-proxy="(\S+)"', html).groups() == (backend, proxy)
        own = {"Origin": page}
        direct = await session.get(f"{backend}/api/users", headers=own)
        proxied = await session.get(f"{proxy}/api/users", headers=own)
        assert await direct.json() == await proxied.json()
        assert "Access-Control-Allow-Origin" not in direct.headers
        assert proxied.headers["Access-Control-Allow-Origin"] == page


async def test_a_dead_backend_is_a_502_with_a_reason_until_it_is_back(demo):
    """Straight to it the connection is refused; devproxy says so in words."""
    _, page, proxy, backend = demo
    async with aiohttp.ClientSession() as session:
        assert (await session.post(f"{backend}/test/crash")).status == 202
        async with asyncio.timeout(5):
            with suppress(aiohttp.ClientConnectorError):
                while True:
                    await (await session.get(f"{backend}/health")).read()
        answer = await session.get(f"{proxy}/health", headers={"Origin": page})
        assert (answer.status, (await answer.json())["type"]) == (502, "urn:devproxy:error:refused")
        assert answer.headers["Access-Control-Allow-Origin"] == page
        async with asyncio.timeout(10):
            while (await session.get(f"{proxy}/health")).status != 200:
                await asyncio.sleep(0.05)


async def test_streams_that_are_open_do_not_hold_the_end_up(demo):
    """With an event stream, a socket and an upload open through devproxy, the demo ends and no task is left of it."""
    task, page, proxy, _ = demo
    async with aiohttp.ClientSession() as session:

        async def endless():
            while True:
                yield b"x" * 1024
                await asyncio.sleep(0.01)

        upload = asyncio.get_running_loop().create_task(session.post(f"{proxy}/api/uploads", data=endless()))
        socket = await session.ws_connect(f"{proxy}/api/socket", headers={"Origin": page})
        events = await session.get(f"{proxy}/api/events")
        await events.content.readline()
        task.cancel()
        await asyncio.wait([task], timeout=5)
        assert task.cancelled()
        assert (await socket.receive()).type in {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED}
        with pytest.raises(aiohttp.ClientError):
            await asyncio.wait_for(upload, 5)
        events.close()
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_the_backend_alone_listens_where_it_is_told():
    """On every address, as a container needs it, it is well; and it ends like the demo."""
    console = Told()
    with bound() as free:
        port = free.getsockname()[1]
    task = asyncio.get_running_loop().create_task(_backend(console, "0.0.0.0", port))
    assert await console.addresses == f"http://localhost:{port}"
    async with aiohttp.ClientSession() as session:
        answer = await session.get(f"http://127.0.0.1:{port}/health")
        assert (answer.status, await answer.json()) == (200, {"status": "ok"})
    task.cancel()
    await asyncio.wait([task], timeout=5)
    assert task.cancelled()


@pytest.mark.parametrize("host", ["127.0.0.1", "backend.invalid"])
async def test_a_backend_that_cannot_listen_says_why(host):
    """A port that is taken, a name that is nobody's: one sentence and what to do."""
    with bound() as taken:
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(StartError, match=rf"cannot listen on {host}:{port} \(") as caught:
            await _backend(Console(), host, port)
    assert caught.value.hint
