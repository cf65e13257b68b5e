"""What a client says in another protocol, seen from within. The stories are in test_tunnel."""

import asyncio

import pytest

from devproxy.proxy.pipe import UNREAD_LIMIT, Pipe

pytestmark = pytest.mark.usefixtures("each_loop")


@pytest.fixture
def told():
    return []


@pytest.fixture
def pipe(told):
    return Pipe(lambda: told.append("pause"), lambda: told.append("resume"))


async def test_what_is_said_is_read_in_one_piece_and_then_the_end(pipe):
    """However it came; b"" is the end, and stays it."""
    pipe.feed_data(b"one ")
    pipe.feed_data(b"two")
    pipe.feed_eof()
    assert [await pipe.read() for _ in range(3)] == [b"one two", b"", b""]


async def test_who_says_much_that_nobody_reads_waits(pipe, told):
    """Until it has been read."""
    pipe.feed_data(bytes(UNREAD_LIMIT))
    assert told == []
    pipe.feed_data(b"x")
    assert told == ["pause"]
    assert len(await pipe.read()) == UNREAD_LIMIT + 1
    assert told == ["pause", "resume"]


async def test_what_there_is_room_for_goes_straight_on(pipe):
    """As long as somebody waits for it; what there was no room for comes before what follows it."""
    passed, has_room = [], True
    reading = asyncio.create_task(pipe.read(lambda data: has_room and not passed.append(data)))
    await asyncio.sleep(0)
    pipe.feed_data(b"one ")
    has_room = False
    pipe.feed_data(b"two ")
    has_room = True
    pipe.feed_data(b"three")
    assert (passed, await reading) == ([b"one "], b"two three")
    pipe.feed_data(b"four")
    assert (passed, await pipe.read()) == ([b"one "], b"four")
