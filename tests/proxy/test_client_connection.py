"""A client's connection: what is more than one request, what is late, what is another protocol."""

import asyncio
import re

import pytest

pytestmark = pytest.mark.usefixtures("each_loop")


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
ASK = b"GET /%d HTTP/1.1\r\nHost: {host}\r\n%b\r\n"
LAST = b"GET /last HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
UPGRADES = [b"websocket", b"foo", b"foo, websocket", b"h2c"]


def paths(asked):
    return [request.split()[1] for request in asked]


@pytest.mark.parametrize("upgrade", UPGRADES)
async def test_a_refused_upgrade_is_followed_by_the_next_request(start, scripted, upgrade):
    """What came in the same packet, or behind it, is read as HTTP again."""
    target = await scripted(OK)
    proxy = await start(target.origin)
    first = ASK % (1, b"Connection: Upgrade\r\nUpgrade: " + upgrade + b"\r\n")
    answer = await proxy.raw(ASK % (0, b"") + first + ASK % (2, b"") + LAST)
    assert answer.count(b"HTTP/1.1 200 OK") == 4
    assert paths(target.asked) == [b"/0", b"/1", b"/2", b"/last"]
    reader, writer = await proxy.connect(first)
    await asyncio.sleep(0.05)
    writer.write((ASK % (2, b"") + LAST).replace(b"{host}", b"localhost"))
    assert (await asyncio.wait_for(reader.read(), 5)).count(b"HTTP/1.1 200 OK") == 3


async def test_pipelined_requests_are_answered_in_order(start, speaking):
    """Hundreds in one packet, with and without bodies, however long each takes."""
    asked = []

    async def speak(reader, writer):
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"Content-Length: (\d+)", head)
            await reader.readexactly(int(length[1]) if length else 0)
            if b"chunked" in head:
                await reader.readuntil(b"0\r\n\r\n")
            path = head.split()[1]
            asked.append(path)
            await asyncio.sleep(0.01 if path.endswith(b"7") else 0)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(path), path))

    proxy = await start(await speaking(speak))
    pieces = []
    for number in range(0, 300, 3):
        pieces += [
            ASK % (number, b""),
            b"POST /%d HTTP/1.1\r\nHost: {host}\r\nContent-Length: 7\r\n\r\nGET / H" % (number + 1),
            b"PUT /%d HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n"
            % (number + 2),
        ]
    answer = await proxy.raw(b"".join(pieces) + LAST)
    expected = [b"/%d" % number for number in range(300)] + [b"/last"]
    assert re.findall(rb"\r\n\r\n(/last|/\d+)", answer) == expected
    assert asked == expected


async def test_what_comes_while_an_answer_is_awaited_is_answered_behind_it(start, speaking):
    """More requests than devproxy keeps for later, the last of them cut in two."""
    go_on = asyncio.Event()

    async def speak(reader, writer):
        while True:
            path = (await reader.readuntil(b"\r\n\r\n")).split()[1]
            await go_on.wait()
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(path), path))

    proxy = await start(await speaking(speak))
    reader, writer = await proxy.connect(ASK % (0, b""))
    while not proxy.recorder.answered_ and not proxy.proxy.unanswered(0):
        await asyncio.sleep(0.01)
    rest = b"".join(ASK % (number, b"X-A: %b\r\n" % (b"a" * 9000)) for number in range(1, 60))
    writer.write(rest[:-9].replace(b"{host}", b"localhost"))
    await asyncio.sleep(0.1)
    go_on.set()
    await asyncio.sleep(0.1)
    writer.write(rest[-9:] + LAST.replace(b"{host}", b"localhost"))
    answer = await asyncio.wait_for(reader.read(), 10)
    assert re.findall(rb"\r\n\r\n/(last|\d+)", answer) == [b"%d" % number for number in range(60)] + [b"last"]


async def test_an_idle_connection_is_closed_and_a_busy_one_is_not(start, speaking, monkeypatch):
    """The time between two requests has an end, an answer may take longer."""
    monkeypatch.setattr("devproxy.proxy.client_connection._KEEPALIVE_SECONDS", 1.0)

    async def speak(reader, writer):
        while True:
            await reader.readuntil(b"\r\n\r\n")
            await asyncio.sleep(1.5)
            writer.write(OK)

    proxy = await start(await speaking(speak))
    reader, writer = await proxy.connect(ASK % (1, b""))
    assert (await reader.readuntil(b"ok")).endswith(b"ok")
    await asyncio.sleep(0.1)
    writer.write((ASK % (2, b"")).replace(b"{host}", b"localhost"))
    answer = await asyncio.wait_for(reader.read(), 5)
    assert answer.endswith(b"ok")


async def test_garbage_behind_a_good_request_leaves_its_answer_alone(start, speaking, caplog):
    """The first is answered, the second refused, and nothing more is read."""
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def speak(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        asked.set()
        await go_on.wait()
        writer.write(OK)

    proxy = await start(await speaking(speak))
    reader, writer = await proxy.connect(ASK % (1, b""))
    await asked.wait()
    writer.write(b"\x00\x01 nonsense\r\n\r\n" + LAST)
    await asyncio.sleep(0.05)
    go_on.set()
    assert re.findall(rb"HTTP/1.1 (\d+)", await asyncio.wait_for(reader.read(), 5)) == [b"200", b"400"]


@pytest.fixture
def hurried(monkeypatch):
    """Gives heads a fifth of a second instead of ten."""
    monkeypatch.setattr("devproxy.proxy.client_connection._HEAD_SECONDS", 0.2)


@pytest.mark.parametrize(
    ("first", "statuses"),
    [
        (b"", []),
        (b"\r\n", []),
        (b"GET / HTTP/1.1\r\nHost: ", [b"408"]),
        (ASK % (1, b"") + b"G", [b"200", b"408"]),
        (ASK % (1, b"") + b"POST / HTTP/1.1\r\nHost: localhost\r\n", [b"200", b"408"]),
    ],
)
async def test_half_a_head_is_dropped(start, scripted, hurried, caplog, first, statuses):
    """From connect, and from the first byte of each later head; a byte now and then buys no time."""
    proxy = await start((await scripted(OK, then_close=False)).origin)
    reader, writer = await proxy.connect(first)

    async def drip():
        while first and first != b"\r\n":
            await asyncio.sleep(0.05)
            writer.write(b"x")

    dripping = asyncio.get_running_loop().create_task(drip())
    answer = await asyncio.wait_for(reader.read(), 5)
    dripping.cancel()
    writer.close()
    assert re.findall(rb"HTTP/1.1 (\d+)", answer) == statuses


async def test_who_waits_for_an_answer_or_sends_a_body_is_not_late(start, speaking, hurried):
    """The time is for heads; an answer, an upload and the time between two requests have no part in it."""

    async def speak(reader, writer):
        while True:
            await reader.readuntil(b"\r\n\r\n")
            await asyncio.sleep(0.4)
            writer.write(OK)

    proxy = await start(await speaking(speak))
    upload = b"POST /1 HTTP/1.1\r\nHost: {host}\r\nContent-Length: 2\r\n\r\n"
    reader, writer = await proxy.connect(upload)
    await asyncio.sleep(0.4)
    writer.write(b"hi")
    assert b"200 OK" in await asyncio.wait_for(reader.readuntil(b"ok"), 5)
    await asyncio.sleep(0.4)
    writer.write(LAST.replace(b"{host}", b"localhost"))
    assert b"200 OK" in await asyncio.wait_for(reader.read(), 5)
    writer.close()


async def test_a_head_that_devproxy_does_not_read_is_not_late(start, speaking, hurried):
    """Behind more requests than are read ahead, the next one waits with no fault of its client's."""

    async def speak(reader, writer):
        while True:
            await reader.readuntil(b"\r\n\r\n")
            await asyncio.sleep(0.02)
            writer.write(OK)

    proxy = await start(await speaking(speak))
    reader, writer = await proxy.connect(ASK % (1, b"") * 60 + LAST[:20])
    await asyncio.sleep(0.1)
    writer.write(LAST[20:].replace(b"{host}", b"localhost"))
    answer = await asyncio.wait_for(reader.read(), 10)
    assert re.findall(rb"HTTP/1.1 (\d+)", answer) == [b"200"] * 61
    writer.close()


async def test_a_page_can_read_that_its_cookies_are_too_large(start, caplog):
    """A head that is too large, but whole, is answered like any other request: readable, and with a way out."""
    proxy = await start("9")
    status, fields, body = await proxy.ask(
        "GET / HTTP/1.1\nOrigin: http://localhost:5173\nCookie: " + "x" * 40_000
    )
    assert (status, fields["access-control-allow-origin"]) == (431, "http://localhost:5173")
    assert b"Cookie, has 40006 bytes" in body
    assert b"Cookies ignore ports" in body
