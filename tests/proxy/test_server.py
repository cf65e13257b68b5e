"""Listening and stopping."""

import asyncio
import socket
import sys
from contextlib import suppress

import pytest

from devproxy.config.build import from_targets
from devproxy.errors import StartError
from devproxy.proxy.server import Proxy
from devproxy.serve import site

pytestmark = pytest.mark.usefixtures("each_loop")


def has_ipv6_loopback():
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


@pytest.mark.skipif(not has_ipv6_loopback(), reason="this machine has no ::1")
async def test_localhost_means_both_loopbacks(start):
    """Whatever a client takes localhost for, devproxy is there."""
    proxy = await start("3001")
    for address in ("127.0.0.1", "::1"):
        _, writer = await asyncio.open_connection(address, proxy.proxy.port)
        writer.close()


async def test_a_port_in_use_is_told_with_a_way_out():
    """No traceback, and no other port without being asked."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        proxy = Proxy(site(from_targets(["3001"])))
        with pytest.raises(StartError, match=f"port {port} is in use") as caught:
            await proxy.start("localhost", port)
        assert "--port" in caught.value.hint
        await proxy.stop()


@pytest.mark.parametrize("host", ["no-such-host.invalid", "192.0.2.1"])
async def test_a_host_that_is_not_ours_is_told(host):
    """A name without an address, or an address of another machine."""
    proxy = Proxy(site(from_targets(["3001"])))
    with pytest.raises(StartError, match=f"cannot listen on {host}"):
        await proxy.start(host, 0)
    await proxy.stop()


async def test_stopping_lets_a_request_end_and_takes_no_new_one(start):
    """What is in flight is answered; the listener is closed at once."""
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def slow(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        asked.set()
        await go_on.wait()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone")
        writer.close()

    server = await asyncio.start_server(slow, "127.0.0.1", 0)
    running = await start(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    port = running.proxy.port
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET / HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n".encode())
    await asked.wait()
    stopping = asyncio.get_running_loop().create_task(running.proxy.stop(grace=5))
    await asyncio.sleep(0.05)
    with pytest.raises(ConnectionError):
        await asyncio.open_connection("127.0.0.1", port)
    go_on.set()
    assert (await asyncio.wait_for(reader.read(), 5)).endswith(b"done")
    await stopping
    writer.close()
    server.close()


async def test_a_new_site_serves_the_next_request(start, scripted):
    """Replacing the site is one assignment."""
    one = await scripted(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none")
    two = await scripted(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\ntwo")
    running = await start(one.origin)
    assert (await running.ask("GET / HTTP/1.1"))[2] == b"one"
    running.proxy.site = site(from_targets([two.origin]))
    assert (await running.ask("GET / HTTP/1.1"))[2] == b"two"


@pytest.mark.skipif(not has_ipv6_loopback(), reason="this machine has no ::1")
async def test_a_program_on_the_other_loopback_owns_the_port():
    """It would get the requests of every client that takes localhost for its address."""
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), "::1", 0)
    port = server.sockets[0].getsockname()[1]
    proxy = Proxy(site(from_targets(["3001"])))
    with pytest.raises(StartError, match=f"port {port} is in use"):
        await proxy.start("127.0.0.1", port)
    server.close()


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: {host}\r\nContent-Length: 9\r\n\r\nhalf",
    ],
)
async def test_stopping_cuts_what_does_not_end_in_time(start, sent):
    """A target that never answers, and an upload that never ends, hold nobody up."""

    async def never(reader, writer):
        with suppress(ConnectionError):
            await reader.read()
        writer.close()

    server = await asyncio.start_server(never, "127.0.0.1", 0)
    running = await start(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    _, writer = await asyncio.open_connection("127.0.0.1", running.proxy.port)
    writer.write(sent.replace(b"{host}", f"localhost:{running.proxy.port}".encode()))
    await asyncio.sleep(0.1)
    await asyncio.wait_for(running.proxy.stop(grace=0.2), 5)
    assert len(running.recorder.ended_) == 1
    writer.close()
    server.close()


async def test_stopping_ends_an_event_stream_properly(start, speaking):
    """The last chunk follows the last event, so that EventSource sees an end and no error, and connects again."""
    over = asyncio.Event()

    async def events(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n")
        await over.wait()

    running = await start(await speaking(events))
    reader, _ = await running.connect(b"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n")
    await asyncio.wait_for(reader.readuntil(b"data: 1\n\n"), 5)
    await asyncio.wait_for(running.proxy.stop(grace=60), 5)
    assert await asyncio.wait_for(reader.read(), 5) == b"\r\n0\r\n\r\n"
    assert running.recorder.ended_[0].error is None


async def test_a_stream_that_begins_while_stopping_ends_at_once(start, speaking):
    """A WebSocket whose handshake was on its way opens, and is told that it is over."""
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def late(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        asked.set()
        await go_on.wait()
        writer.write(b"HTTP/1.1 101 x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
        await reader.read()

    running = await start(await speaking(late))
    reader, _ = await running.connect(
        b"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    )
    await asked.wait()
    stopping = asyncio.get_running_loop().create_task(running.proxy.stop(grace=60))
    await asyncio.sleep(0.05)
    go_on.set()
    assert (await asyncio.wait_for(reader.read(), 5)).endswith(b"\r\n\r\n\x88\x02\x03\xe9")
    await asyncio.wait_for(stopping, 5)


async def test_stopping_never_ends_half_an_answer_properly(start, speaking):
    """What has an end of its own, and does not get there in time, is cut: the client must see that."""
    over = asyncio.Event()

    async def lines(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\n\r\n{}\n")
        await over.wait()

    running = await start(await speaking(lines))
    reader, _ = await running.connect(b"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n")
    await asyncio.wait_for(reader.readuntil(b"{}\n"), 5)
    await asyncio.wait_for(running.proxy.stop(grace=0.1), 5)
    with suppress(ConnectionError):
        assert await asyncio.wait_for(reader.read(), 5) == b"\r\n"
    assert running.recorder.ended_[0].error is not None


async def move(running, host, port, certificate=None):
    """Moves a devproxy while one connection is open; that one is still answered."""
    ask = b"GET /none HTTP/1.1\r\nHost: localhost\r\n\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", running.proxy.port)
    for step in (lambda: running.proxy.listen(host, port, certificate), None):
        writer.write(ask)
        assert (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)).startswith(b"HTTP/1.1 404")
        await reader.readuntil(b"}\n")
        if step:
            await step()
    writer.close()


async def reached(address, port):
    try:
        _, writer = await asyncio.open_connection(address, port)
    except ConnectionError:
        return False
    writer.close()
    return True


async def test_moving_to_another_port(start):
    """The new one is listened on before the old one is not; what is open stays open."""
    running = await start("/api=3001")
    old = running.proxy.port
    await move(running, "localhost", 0)
    assert running.proxy.port != old
    assert await reached("127.0.0.1", running.proxy.port)
    assert not await reached("127.0.0.1", old)


async def test_moving_to_other_addresses_of_the_same_port(start):
    """Also where no system lets both be listened on at once: all addresses hold the loopback ones."""
    running = await start("/api=3001")
    port = running.proxy.port
    for host in ("0.0.0.0", "127.0.0.1", "localhost"):
        await move(running, host, port)
        assert running.proxy.port == port
        assert await reached("127.0.0.1", port)


@pytest.mark.skipif(sys.platform != "linux", reason="all of 127.0.0.0/8 is this machine's on Linux")
async def test_moving_where_nobody_can(start):
    """A port that is taken, an address of another machine, and half of an address: nothing has changed."""
    running = await start("/api=3001")
    port = running.proxy.port
    with socket.create_server(("127.0.0.1", 0)) as taken:
        for host, other in (("localhost", taken.getsockname()[1]), ("192.0.2.1", port), ("192.0.2.1", 0)):
            with pytest.raises(StartError):
                await running.proxy.listen(host, other)
            assert running.proxy.port == port
            assert await reached("127.0.0.1", port)
    with socket.create_server(("127.0.0.2", port)):
        with pytest.raises(StartError, match=f"port {port} is in use"):
            await running.proxy.listen("0.0.0.0", port)
        assert running.proxy.port == port
        assert await reached("127.0.0.1", port)


async def test_swapping_the_site_forgets_targets_that_are_gone(start, scripted):
    """Their idle connections are closed, and one that comes back is new; those that stay keep theirs."""
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
    one, other = [await scripted(answer, then_close=False) for _ in range(2)]
    running = await start(f"/one={one.origin}", f"/other={other.origin}")
    for path in ("/one", "/other"):
        assert (await running.ask(f"GET {path} HTTP/1.1"))[0] == 200
    upstream = running.proxy._upstream
    assert len(upstream._pool._open) == 2
    running.proxy.swap(from_targets([f"/one={one.origin}"]).site(running.proxy.site.via))
    async with asyncio.timeout(5):
        while len(upstream._pool._open) > 1:
            await asyncio.sleep(0.01)
    assert (await running.ask("GET /one HTTP/1.1"))[0] == 200
    assert (await running.ask("GET /other HTTP/1.1"))[0] == 404
    assert len(upstream._pool._open) == 1
    assert len(upstream._known) == 1
