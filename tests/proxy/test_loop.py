"""The loop that everything runs on."""

import asyncio
import gc
import sys

import pytest

from devproxy.proxy import loop


@pytest.mark.skipif(sys.platform == "win32", reason="uvloop is not for Windows")
def test_the_fastest_loop_is_taken():
    """uvloop, where the platform has it."""
    names = []

    async def main():
        names.append(type(asyncio.get_running_loop()).__module__)

    loop.run(main())
    assert names == ["uvloop"]


def test_garbage_is_collected_however_the_program_began():
    """To start without is faster, to go on without is a leak."""

    async def main():
        return gc.isenabled()

    gc.disable()
    assert loop.run(main()) is True


def test_an_interrupt_is_an_end():
    """Without signal handlers ctrl + c arrives as KeyboardInterrupt; nobody wants its traceback."""

    async def main():
        raise KeyboardInterrupt

    assert loop.run(main()) is None
