"""One connection to a target, seen from within. The stories with targets that speak are in test_upstream."""

import asyncio
import socket
from math import inf

import pytest

from devproxy.errors import TargetError
from devproxy.proxy.connection import Connection
from devproxy.proxy.reader import ResponseReader
from devproxy.target import Target

pytestmark = pytest.mark.usefixtures("each_loop")

TARGET = Target.parse("http://localhost:3001")
HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
SWITCH = b"HTTP/1.1 101 x\r\nConnection: Upgrade\r\nUpgrade: foo\r\n\r\n"


class Pool:
    """Keeps what a connection tells it."""

    def __init__(self):
        self.heard = []

    def rested(self, _connection, _reader):
        self.heard.append("rested")

    def closed(self, _connection):
        self.heard.append("closed")

    def wake_at(self, _deadline):
        pass


@pytest.fixture
async def pair():
    """A connection, its pool, and the target's end."""
    near, far = socket.socketpair()
    far.setblocking(False)
    pool = Pool()
    loop = asyncio.get_running_loop()
    _, connection = await loop.create_connection(lambda: Connection(TARGET, pool), sock=near)
    yield connection, pool, far
    connection.abort()
    far.close()
    while "closed" not in pool.heard:
        await asyncio.sleep(0)


async def say(far, data):
    await asyncio.get_running_loop().sock_sendall(far, data)


async def nobody(_head):
    raise AssertionError


async def asking(connection, reader, upload=None):
    connection.ask(reader, b"GET", upload, 10)
    task = asyncio.get_running_loop().create_task(connection.answer(reader, nobody))
    await asyncio.sleep(0)
    return task


async def test_what_it_is_doing_can_be_read(pair):
    """A connection in a bug report says where it leads, what it is doing and how often it has been used."""
    connection, pool, far = pair
    states = [repr(connection)]
    task = await asking(connection, ResponseReader("GET"))
    states.append(repr(connection))
    await say(far, HELLO)
    assert (await task).status == 200
    connection.abort()
    states.append(repr(connection))
    assert states == [
        f"<Connection http://localhost:3001 {state}>"
        for state in ("idle exchanges=0", "busy exchanges=1", "closed exchanges=1")
    ]
    assert pool.heard[0] == "rested"


async def test_time_runs_while_it_is_the_target_s_turn(pair):
    """While the client is awaited no deadline is set; with its last byte one is, and the head lifts it."""
    connection, _, far = pair
    go_on = asyncio.Event()

    async def upload(connection):
        await connection.write(b"some")
        await go_on.wait()

    connection.set_deadline(4)  # it has been idle
    task = await asking(connection, ResponseReader("GET"), upload)
    await asyncio.sleep(0.01)
    assert connection.deadline == inf
    go_on.set()
    await asyncio.sleep(0.01)
    assert connection.deadline < inf
    await say(far, HELLO[:-1])
    await task
    assert connection.deadline == inf


async def test_nobody_s_answer_closes(pair):
    """A byte that was not asked for could be taken for the next answer."""
    connection, pool, far = pair
    assert connection.usable()
    await say(far, b"H")
    while "closed" not in pool.heard:
        await asyncio.sleep(0)
    assert not connection.usable()


async def test_a_tunnel_s_directions_end_one_by_one(pair):
    """After the target's last word it can still be told something, and then that nothing more will come."""
    connection, _, far = pair
    reader = ResponseReader("GET", upgrade="foo")
    task = await asking(connection, reader)
    await say(far, SWITCH + b"last word")
    far.shutdown(socket.SHUT_WR)
    assert (await task).status == 101
    while not reader.finished:
        await asyncio.sleep(0)
    await connection.tell(b"answer")
    connection.write_eof()
    loop = asyncio.get_running_loop()
    heard = b""
    while data := await loop.sock_recv(far, 100):
        heard += data
    assert heard == b"GETanswer"
    connection.abandon(reader)
    with pytest.raises(TargetError, match="closed the connection"):
        await connection.tell(b"more")
    connection.write_eof()


async def test_a_connection_that_is_closed_answers_nobody(pair):
    """Nobody waits for what cannot come."""
    connection, pool, far = pair
    far.shutdown(socket.SHUT_WR)
    while "closed" not in pool.heard:
        await asyncio.sleep(0)
    with pytest.raises(TargetError, match="closed the connection without an answer"):
        connection.ask(ResponseReader("GET"), b"GET", None, 10)


async def test_half_a_question_is_nothing_to_wait_for(pair):
    """Whoever is cancelled while he waits for the head takes the connection along."""
    connection, pool, _ = pair
    task = await asking(connection, ResponseReader("GET"))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    while "closed" not in pool.heard:
        await asyncio.sleep(0)
    assert "rested" not in pool.heard


async def test_nothing_overtakes_what_was_not_let_through(pair):
    """Where the client has room again before anybody has taken what it had none for, that still comes first."""
    connection, _pool, far = pair
    reader = ResponseReader("GET", upgrade="foo")
    waiting = await asking(connection, reader)
    await say(far, SWITCH)
    await waiting
    passed, has_room = [], True
    news = asyncio.create_task(connection.news(lambda data: has_room and not passed.append(bytes(data))))
    await asyncio.sleep(0)
    for word, has_room in ((b"one ", True), (b"two ", False), (b"three ", True)):  # noqa: B007
        connection.data_received(word)
    await asyncio.wait_for(news, 5)
    assert b"".join([*passed, *reader.chunks]) == b"one two three "
    assert reader.received == len(b"one two three ")
    connection.abandon(reader)
