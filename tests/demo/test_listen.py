"""Where the demo's applications listen, and how one of them dies and comes back."""

import asyncio
import socket
from contextlib import suppress

import aiohttp
import pytest
from aiohttp import web

from devproxy.demo.listen import bound, mortal, served


def small(body: str = "here") -> web.Application:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(text=body)

    app = web.Application()
    app.router.add_get("/", answer)
    return app


async def text(origin: str) -> str:
    async with aiohttp.ClientSession() as session, session.get(origin) as answer:
        return await answer.text()


async def until_dead(session: aiohttp.ClientSession, origin: str) -> None:
    with suppress(aiohttp.ClientConnectorError):
        while True:
            await (await session.get(origin)).read()


async def until_back(origin: str) -> str:
    while True:
        try:
            return await text(origin)
        except aiohttp.ClientConnectionError:
            await asyncio.sleep(0.01)


def test_a_bound_port_refuses_connections_and_cannot_be_taken():
    """Between two lives the port is kept, but nobody is at home."""
    with bound() as held:
        address = held.getsockname()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(address)
        with socket.socket() as other, pytest.raises(OSError):
            other.bind(address)


@pytest.mark.skipif(not socket.has_ipv6, reason="this Python has no IPv6")
def test_an_address_may_be_of_either_version():
    """As devproxy's own listener."""
    try:
        held = bound("::1")
    except OSError:
        pytest.skip("this machine has no ::1")
    with held:
        assert held.getsockname()[0] == "::1"


async def test_an_application_is_served_as_long_as_it_is_wanted():
    """After that its port is free."""
    async with served(small(), bound()) as origin:
        assert await text(origin) == "here"
    with bound(port=int(origin.rpartition(":")[2])):
        pass


async def test_an_open_stream_does_not_hold_the_end_up():
    """What never ends by itself is cut."""
    asked = asyncio.Event()

    async def endless(_request: web.Request) -> web.Response:
        asked.set()
        return await asyncio.Future()

    app = web.Application()
    app.router.add_get("/", endless)
    async with served(app, bound()) as origin:
        waiting = asyncio.get_running_loop().create_task(text(origin))
        await asked.wait()
    with pytest.raises(aiohttp.ClientConnectionError):
        await asyncio.wait_for(waiting, 5)


async def test_the_dead_refuse_connections_and_come_back_on_the_same_port_as_another():
    """A crash closes the connections that are open, and the next life begins afresh."""
    lives = []

    def make(die):
        lives.append(die)
        return small(f"life {len(lives)}")

    async with mortal(make, bound(), down=0.3) as origin:
        for number in (1, 2):
            async with aiohttp.ClientSession() as session:
                assert await (await session.get(origin)).text() == f"life {number}"
                lives[-1]()
                await asyncio.wait_for(until_dead(session, origin), 5)
            assert await asyncio.wait_for(until_back(origin), 5) == f"life {number + 1}"


async def test_the_end_may_come_while_it_is_dead():
    """Nothing stays behind: no task, and no port."""
    lives = []

    def make(die):
        lives.append(die)
        return small()

    before = asyncio.all_tasks()
    async with mortal(make, bound(), down=60) as origin:
        lives[0]()
        async with aiohttp.ClientSession() as session:
            await asyncio.wait_for(until_dead(session, origin), 5)
    assert asyncio.all_tasks() == before
    with bound(port=int(origin.rpartition(":")[2])):
        pass


async def test_what_fails_inside_is_raised_as_it_is():
    """The caller's own error is not wrapped."""
    with pytest.raises(LookupError, match="mine"):
        async with mortal(lambda _die: small(), bound(), down=0):
            raise LookupError("mine")
