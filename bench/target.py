"""The target for what nginx cannot play: events, a WebSocket that answers, uploads that are counted. And for all, without nginx.

python -m bench.target PORT
"""

import asyncio
import sys
from time import monotonic_ns
from typing import cast

import uvloop
from httptools import HttpParserUpgrade, HttpRequestParser

SMALL = (b'{"id":7,"name":"Ada","tags":["a","b"],"note":"' + b"x" * 200)[:198] + b'"}'
SIZES = {"10k": 10_000, "1m": 1_000_000, "1g": 1_000_000_000}
# Frames as RFC 6455, section 5.2, has them: text of 32 bytes, masked with zeros by the client, bare from the server.
PING = b"\x81\xa0" + bytes(4) + b'{"type":"ping","at":12345678901}'
PONG = b"\x81\x20" + b'{"type":"pong","at":12345678901}'
EVENT_SECONDS = 0.005

_BLOCK = bytes(256 * 1024)
_SWITCH = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
)
_EVENTS = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


class _Connection(asyncio.Protocol):
    def __init__(self) -> None:
        self._parser = HttpRequestParser(self)
        self._path = b""
        self._received = 0  # of the body; once it is a WebSocket: of frames
        self._switched = False
        self._to_write = 0
        self._paused = False
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, _error: Exception | None) -> None:
        self._to_write = 0
        if self._timer:
            self._timer.cancel()

    def data_received(self, data: bytes) -> None:
        if self._switched:
            self._pong(len(data))
            return
        try:
            self._parser.feed_data(data)
        except HttpParserUpgrade as upgrade:
            self._switched, self._received = True, 0
            self._transport.write(_SWITCH)
            self._pong(len(data) - upgrade.args[0])

    def on_url(self, url: bytes) -> None:
        self._path, self._received = url, 0

    def on_body(self, body: bytes) -> None:
        self._received += len(body)

    def on_message_complete(self) -> None:
        if self._path == b"/live/ws":
            return
        if self._path == b"/live/events":
            self._transport.write(_EVENTS)
            self._event()
        elif self._path == b"/live/upload":
            self._answer(b"%d" % self._received)
        elif size := SIZES.get(self._path.rpartition(b"/")[2].decode(), 0):
            self._transport.write(_head(size))
            self._to_write = size
            self._write()
        else:
            self._answer(SMALL)

    def pause_writing(self) -> None:
        self._paused = True

    def resume_writing(self) -> None:
        self._paused = False
        self._write()

    def _answer(self, body: bytes) -> None:
        self._transport.write(_head(len(body)) + body)

    def _write(self) -> None:
        while self._to_write and not self._paused:
            block = _BLOCK[: self._to_write]
            self._to_write -= len(block)
            self._transport.write(block)

    def _event(self) -> None:
        event = b"data: %d\n\n" % monotonic_ns()
        self._transport.write(b"%x\r\n%b\r\n" % (len(event), event))
        self._timer = asyncio.get_running_loop().call_later(EVENT_SECONDS, self._event)

    def _pong(self, count: int) -> None:
        whole, self._received = divmod(self._received + count, len(PING))
        if whole:
            self._transport.write(PONG * whole)


def _head(size: int) -> bytes:
    return (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-From: target\r\nContent-Length: %d\r\n\r\n"
        % size
    )


async def _serve(port: int) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(_Connection, "127.0.0.1", port, backlog=4096)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_serve(int(sys.argv[1])))
