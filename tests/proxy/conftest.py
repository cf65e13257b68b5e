"""What the tests of the traffic floor need besides: both event loops."""

import sys

import pytest

LOOPS = ["asyncio"] if sys.platform == "win32" else ["asyncio", "uvloop"]


@pytest.fixture(params=LOOPS)
def each_loop(request, monkeypatch):
    """Runs a test on the loop of the standard library and on uvloop, where there is one."""
    if request.param == "uvloop":
        import uvloop  # noqa: PLC0415  # not on Windows

        monkeypatch.setattr("asyncio.events.new_event_loop", uvloop.new_event_loop)
