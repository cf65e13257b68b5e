"""After many transfers that ended badly everything is as it was: descriptors, tasks and connections."""

import asyncio
import socket
import struct
import sys
from contextlib import suppress
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.usefixtures("each_loop"),
    pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts descriptors so easily"),
]

MANY = 200
AT_ONCE = 20

ASK = b"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n"
UPLOAD = b"POST / HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"
EXPECTING = b"PUT / HTTP/1.1\r\nHost: {host}\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n"
SWITCH = b"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
SWITCHED = b"HTTP/1.1 101 x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n\x81\x05hel"
SIZED = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"
ENDLESS = b"HTTP/1.1 200 OK\r\n\r\nhalf"
HINTS = b"HTTP/1.1 103 Early Hints\r\n\r\n"


def descriptors():
    return len(list(Path("/proc/self/fd").iterdir()))


def cut(writer, how):
    """Ends a connection by FIN or by RST."""
    if how == "rst":
        linger = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        writer.transport.abort()
    else:
        writer.close()


async def settled(proxy, before):
    """Waits until there are no more descriptors and tasks than there were."""
    async with asyncio.timeout(10):
        while (descriptors(), len(asyncio.all_tasks())) > before or proxy.proxy._upstream._pool._open:
            await asyncio.sleep(0.05)
    assert len(asyncio.all_tasks()) <= before[1]
    assert not proxy.proxy._handler._running
    assert not proxy.proxy._server.connections


@pytest.mark.parametrize("how", ["fin", "rst"])
async def test_clients_that_break_off(start, speaking, how):
    """Half a head, half an upload, half a download, a question never answered, half a WebSocket frame."""

    async def speak(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        writer.write(SWITCHED if b"Upgrade" in head else HINTS + ENDLESS if b"Expect" not in head else b"")
        await reader.read()

    proxy = await start(await speaking(speak))
    before = descriptors(), len(asyncio.all_tasks())
    waits = {ASK: b"half", UPLOAD: b"half", SWITCH: b"hel", EXPECTING: b"", ASK[:-10]: b""}

    async def break_off(request):
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.proxy.port)
        writer.write(request.replace(b"{host}", b"localhost"))
        if waits[request]:
            await asyncio.wait_for(reader.readuntil(waits[request]), 10)
        else:
            await asyncio.sleep(0.01)
        cut(writer, how)

    for _ in range(0, MANY, AT_ONCE):
        await asyncio.gather(*(break_off(request) for request in list(waits) * (AT_ONCE // len(waits))))
    await settled(proxy, before)


@pytest.mark.parametrize("how", ["fin", "rst"])
async def test_targets_that_are_killed(start, speaking, how):
    """Before the head, in it, behind it, in a body of any kind, in a WebSocket frame."""
    ends = [
        b"",
        HINTS,
        b"HTTP/1.1 2",
        SIZED,
        CHUNKED,
        ENDLESS,
        SWITCHED,
        b"\x15\x03\x03\x00\x02",
        SIZED[:-4],
        CHUNKED[:-2],
    ]
    count = 0

    async def speak(reader, writer):
        nonlocal count
        await reader.readuntil(b"\r\n\r\n")
        count += 1
        writer.write(ends[count % len(ends)])
        await asyncio.sleep(0.01)
        cut(writer, how)

    proxy = await start(await speaking(speak))
    before = descriptors(), len(asyncio.all_tasks())

    async def ask(request):
        with suppress(ConnectionError):
            await proxy.raw(request.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1))

    for _ in range(0, MANY, AT_ONCE):
        await asyncio.gather(
            *(ask(request) for request in [ASK, UPLOAD + b"0\r\n\r\n", ASK, SWITCH] * (AT_ONCE // 4))
        )
    await settled(proxy, before)
    assert len(proxy.recorder.ended_) == MANY
