"""Which names the system knows."""

import asyncio

import pytest

from devproxy.proxy.names import unknown_names

pytestmark = pytest.mark.usefixtures("each_loop")


async def test_names_that_the_system_does_not_know():
    """localhost is known everywhere, .invalid nowhere (RFC 6761); patterns and addresses are nobody's names."""
    names = ["localhost", "no-such.invalid", "*.no-such.invalid", "192.0.2.1", "::1", "a" * 64]
    assert await unknown_names(names) == ["no-such.invalid", "a" * 64]


async def test_a_resolver_that_says_nothing(monkeypatch):
    """Does not delay the start."""
    monkeypatch.setattr("devproxy.proxy.names._SECONDS", 0.01)
    loop = asyncio.get_running_loop()

    class Silent:
        async def getaddrinfo(self, *_arguments):
            await asyncio.sleep(10)

    monkeypatch.setattr(asyncio, "get_running_loop", lambda: Silent() if asyncio.current_task() else loop)
    assert await unknown_names(["shop.localhost"]) == ["shop.localhost"]
