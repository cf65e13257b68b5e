"""What has stayed, and a target that dies."""

import asyncio

import pytest

from bench.crowd import target
from bench.soak import Held, Mortal

START = Held(15, 3, 60.0)


@pytest.mark.parametrize(
    ("now", "back"),
    [
        (START, True),
        (Held(14, 2, 50.0), True),
        (Held(15, 3, 69.9), True),
        (Held(16, 3, 60.0), False),
        (Held(15, 4, 60.0), False),
        (Held(15, 3, 70.1), False),
    ],
)
def test_what_has_stayed_is_found(now, back):
    """One file or task is one too many; the heap may be a little larger."""
    assert now.is_back_at(START) is back


def test_what_is_held_is_told_with_what_it_is_more():
    """In columns."""
    assert Held(20, 3, 58.25).words(START) == "   20 (+5)      3 (+0)     58.2 MB (-1.8)"


@pytest.mark.parametrize("reset", [True, False])
async def test_a_target_dies_in_the_middle_of_an_answer(reset):
    """And answers again on the same port when it is back."""
    mortal = Mortal()
    for _ in range(3):
        await mortal.live()
        reader, writer = await asyncio.open_connection("127.0.0.1", mortal.port)
        writer.write(b"GET /half HTTP/1.1\r\n\r\n")
        assert (await reader.readuntil(b"\r\n\r\no")).startswith(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n")
        mortal.die(reset=reset)
        if reset:
            with pytest.raises(ConnectionResetError):
                await reader.read()
        else:
            assert await reader.read() == b""
        writer.close()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", mortal.port)


async def test_the_target_of_the_crowd_answers_what_was_asked(start):
    """Through devproxy, at once or late; and a body only when it has come."""
    server = await asyncio.start_server(target, "127.0.0.1", 0)
    proxy = await start(f"/=http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    assert (await proxy.ask("GET / HTTP/1.1"))[2] == b"ok"
    assert (await proxy.ask("GET /late HTTP/1.1"))[2] == b"ok"
    server.close()
