"""The clients of Python, against the target of Python."""

import asyncio
from contextlib import closing, suppress

import pytest

from bench import streams, target
from bench.load import Ask, FailedError, several, summary


@pytest.fixture
async def port():
    server = await asyncio.get_running_loop().create_server(target._Connection, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


@pytest.mark.parametrize("path", ["/api/small", "/api/10k", "/api/1m"])
async def test_every_request_is_counted(port, path):
    """So many as were asked for, on several connections."""
    load = await several(Ask(port, path, 3), 10)
    assert load.requests == 10
    assert 0 < load.p50 <= load.p99
    assert load.per_second > 0


async def test_connections_that_end_are_made_again():
    """A server that keeps none is asked no less."""
    asked = 0

    async def once(reader, writer):
        nonlocal asked
        with closing(writer), suppress(asyncio.IncompleteReadError):  # the last connection is not asked
            await reader.readuntil(b"\r\n\r\n")
            asked += 1
            writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")

    server = await asyncio.start_server(once, "127.0.0.1", 0)
    load = await several(Ask(server.sockets[0].getsockname()[1], "/", 2, method="OPTIONS"), 7)
    server.close()
    assert load.requests == asked == 7


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf",
        b"",
    ],
)
async def test_what_is_no_whole_answer_fails_the_measurement(answer):
    """A refusal is quick, and must not pass for speed."""

    async def refuse(reader, writer):
        with closing(writer), suppress(asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    with pytest.raises(FailedError):
        await several(Ask(server.sockets[0].getsockname()[1], "/", 1), 5)
    server.close()


def test_a_summary_has_the_middle_and_the_slowest_hundredth():
    """Of times in seconds, as microseconds."""
    load = summary([number / 1e6 for number in range(200, 0, -1)], 2)
    assert (load.requests, load.per_second) == (200, 100)
    assert (round(load.p50), round(load.p99)) == (101, 199)
    with pytest.raises(FailedError):
        summary([], 1)


async def test_bodies_flow_both_ways(port):
    """All bytes are counted."""
    size, seconds = await asyncio.to_thread(streams.download, port, "/api/1m")
    assert size == 1_000_000
    assert seconds > 0
    assert await asyncio.to_thread(streams.upload, port, "/live/upload", 3_000_001) > 0
    await asyncio.to_thread(streams.crawl, port, "/api/1m", 0.1)


async def test_events_and_frames_are_answered(port):
    """So many events as asked for; and at least one round trip on each connection."""
    assert (await asyncio.to_thread(streams.events, port, "/live/events", 5)).requests == 5
    assert (await streams.talk(port, "/live/ws", 3, 0.05)).requests >= 3


async def test_another_answer_than_asked_for_fails_the_measurement(port):
    """One that is no WebSocket's, and one without a length."""
    with pytest.raises(FailedError):
        await streams.talk(port, "/api/small", 1, 0.05)
    with pytest.raises(FailedError):
        await asyncio.to_thread(streams.download, port, "/live/events")
