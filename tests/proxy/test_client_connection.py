"""A client's connection: what is no HTTP, what is more than one request, what is another protocol."""

import asyncio
import logging
import re

import pytest

pytestmark = pytest.mark.usefixtures("each_loop")


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"not http at all\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Secret: hunter2\x00\r\n\r\n",
        b"FOO / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
async def test_what_is_not_http_is_answered_without_a_byte_of_it_in_the_log(start, caplog, request_bytes):
    """A malformed header may hold a password."""
    proxy = await start("3001")
    with caplog.at_level(logging.DEBUG):
        answer = await proxy.raw(request_bytes)
    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert b"X-Devproxy-Error: bad_request" in answer
    assert "refused a malformed request" in caplog.text
    assert "hunter2" not in caplog.text + answer.decode("latin-1")


async def test_a_method_in_lower_case_is_told_to_be_another(start, caplog):
    """The classic: fetch sends `patch` as it is written."""
    proxy = await start("3001")
    answer = await proxy.raw(b"patch / HTTP/1.1\r\nHost: {host}\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"write PATCH, not patch" in answer


async def test_a_line_that_is_too_long_is_a_431(start, caplog):
    """The limit is said."""
    proxy = await start("3001")
    answer = await proxy.raw(b"GET / HTTP/1.1\r\nHost: {host}\r\nX-Long: " + b"x" * 100_000 + b"\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 431 ")


@pytest.mark.parametrize(
    "target", [b"foo://bar", b"http://[::1", b"example.com:443", b"*", b"http://", b"//x@y"]
)
async def test_odd_request_targets_never_leave_a_client_waiting(start, caplog, target):
    """Whoever refuses them, the parser or the guard, an answer comes."""
    proxy = await start("9")
    answer = await proxy.raw(b"GET " + target + b" HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")
    assert answer.startswith((b"HTTP/1.1 4", b"HTTP/1.1 502"))


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


@pytest.mark.parametrize("upgrade", UPGRADES)
@pytest.mark.parametrize("in_pieces", [False, True])
async def test_an_upgrade_with_a_body_is_an_ordinary_request(start, scripted, upgrade, in_pieces):
    """The body stays its own, and nothing that follows is taken for another protocol, or lost without a word."""
    target = await scripted(OK)
    proxy = await start(target.origin)
    head = (
        b"POST /1 HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: %b\r\nContent-Length: 4\r\n\r\n"
        % upgrade
    )
    reader, writer = await proxy.connect(head if in_pieces else head + b"body" + LAST)
    if in_pieces:
        await asyncio.sleep(0.05)
        writer.write(b"body" + LAST.replace(b"{host}", b"localhost"))
    answer = await asyncio.wait_for(reader.read(), 5)
    assert target.asked[0].endswith(b"\r\n\r\nbody")
    assert b"Upgrade" not in target.asked[0]
    assert b"\r\nConnection: close\r\n" in answer


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


async def test_half_a_head_is_not_waited_for_long(start, scripted, monkeypatch):
    """Whoever begins a request and does not go on is cut off; whoever idles, or takes his time with a body, is not."""
    monkeypatch.setattr("devproxy.proxy.client_connection._HEAD_SECONDS", 0.2)
    proxy = await start((await scripted(OK, then_close=False)).origin)
    reader, _ = await proxy.connect(b"GET / HTTP/1.1\r\nHo")
    assert await asyncio.wait_for(reader.read(), 5) == b""
    reader, writer = await proxy.connect(b"POST / HTTP/1.1\r\nHo")
    writer.write(b"st: localhost\r\nContent-Length: 4\r\n\r\nhalf"[:-2])
    await asyncio.sleep(0.4)
    writer.write(b"lf")
    assert (await asyncio.wait_for(reader.readuntil(b"ok"), 5)).startswith(b"HTTP/1.1 200 OK")
    await asyncio.sleep(0.4)
    writer.write(ASK.replace(b"{host}", b"localhost") % (2, b""))
    assert (await asyncio.wait_for(reader.readuntil(b"ok"), 5)).startswith(b"HTTP/1.1 200 OK")
