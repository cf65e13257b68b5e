"""What is written at the end of a turn."""

import asyncio

import pytest

from devproxy.proxy.outbox import Outbox

pytestmark = pytest.mark.usefixtures("each_loop")


class Transport:
    """Keeps what is written, beside what others are sent."""

    def __init__(self, written, *, closing=False):
        self._written = written
        self.closing = closing

    def is_closing(self):
        return self.closing

    def write(self, data):
        self._written.append(data)


async def test_what_is_said_in_one_turn_is_written_at_its_end():
    """In order, and before whatever is begun later."""
    written, outbox = [], Outbox()
    one, two = Transport(written), Transport(written)
    outbox.put(one, b"1")
    outbox.put(two, b"2")
    asyncio.get_running_loop().call_soon(written.append, "later")
    assert written == []
    await asyncio.sleep(0)
    assert written == [b"1", b"2", "later"]
    outbox.put(two, b"3")
    await asyncio.sleep(0)
    assert written[3:] == [b"3"]


async def test_what_is_closed_meanwhile_is_left_alone():
    """Whoever has gone does not keep the others from what they are sent."""
    written, outbox = [], Outbox()
    gone = Transport(written)
    outbox.put(gone, b"1")
    outbox.put(Transport(written), b"2")
    gone.closing = True
    await asyncio.sleep(0)
    assert written == [b"2"]
