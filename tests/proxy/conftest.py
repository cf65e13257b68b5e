"""What the tests of the traffic floor need besides: both event loops, and both ways of a request."""

import sys

import pytest

LOOPS = ["asyncio"] if sys.platform == "win32" else ["asyncio", "uvloop"]


@pytest.fixture(params=LOOPS)
def each_loop(request, monkeypatch):
    """Runs a test on the loop of the standard library and on uvloop, where there is one."""
    if request.param == "uvloop":
        import uvloop  # noqa: PLC0415  # not on Windows

        monkeypatch.setattr("asyncio.events.new_event_loop", uvloop.new_event_loop)


@pytest.fixture(params=[True, False], ids=["directly", "by aiohttp"])
def directly(request):
    """Runs a test with whole requests answered past aiohttp, and with all read by it."""
    return request.param
