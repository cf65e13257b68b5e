"""What aiohttp does for a client's connection: requests with a body, and what is no request."""

import asyncio
import logging

import pytest
from aiohttp import web

from devproxy.proxy.aiohttp_handler import AiohttpHandler, Server

pytestmark = pytest.mark.usefixtures("each_loop")

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
LAST = b"GET /last HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
UPGRADES = [b"websocket", b"foo", b"foo, websocket", b"h2c"]


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
    assert b"X-Devproxy-Error: bad_" in answer
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


@pytest.mark.parametrize("upgrade", UPGRADES)
@pytest.mark.parametrize("in_pieces", [False, True])
async def test_an_upgrade_with_a_body_is_an_ordinary_request(start, scripted, upgrade, in_pieces):
    """The body stays its own, and what follows is the next request, not another protocol."""
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
    assert answer.count(b"HTTP/1.1 200 OK") == len(target.asked) == 2


async def test_a_refusal_is_read_by_who_still_sends(start, caplog):
    """The connection is not reset under an answer that its client has yet to read."""
    proxy = await start("9")
    reader, writer = await proxy.connect(b"GET / HTTP/1.1\r\nX-Long: " + b"x" * 3_000_000)
    await writer.drain()
    assert (await asyncio.wait_for(reader.read(), 5)).startswith(b"HTTP/1.1 431 ")
    writer.close()


async def test_a_body_that_breaks_unread_is_no_traceback(caplog):
    """Its request has been answered; a mistake of anybody else's is still told."""
    handler = AiohttpHandler(web.Server(None), Server(None)())
    handler.log_exception("Unhandled exception", exc_info=web.RequestPayloadError("the body is malformed"))
    assert caplog.records == []
    handler.log_exception("Unhandled exception", exc_info=ValueError("a mistake"))
    assert [record.getMessage() for record in caplog.records] == ["Unhandled exception"]
