"""What flows: large bodies either way, a reader that hardly reads, events, and frames to and fro."""

import asyncio
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic, monotonic_ns, perf_counter, sleep
from typing import cast

import uvloop

from bench.load import BROWSER, FailedError, Load, summary
from bench.processes import HERE
from bench.target import PING, PONG

_BUFFER = 1 << 20
_PATIENCE = 60.0
_FIELDS = "".join(f"{name}: {value}\r\n" for name, value in BROWSER.items())
_UPGRADE = (
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)


def download(port: int, path: str) -> tuple[int, float]:
    """Fetch a body and drop it: its bytes, and the seconds that it took. Raises FailedError."""
    began = perf_counter()
    with _asked(port, f"GET {path}") as connection:
        size, body = _head(connection)
        left, buffer = size - len(body), bytearray(_BUFFER)
        while left > 0:
            got = connection.recv_into(buffer)
            if not got:
                raise FailedError(f"{left} of {size} bytes did not come")
            left -= got
    return size, perf_counter() - began


def upload(port: int, path: str, size: int) -> float:
    """Send a body of so many bytes: the seconds until it is acknowledged. Raises FailedError."""
    began, block = perf_counter(), bytes(_BUFFER)
    with _asked(port, f"POST {path}", f"Content-Length: {size}\r\n") as connection:
        for at in range(0, size, _BUFFER):
            connection.sendall(block[: size - at])
        length, body = _head(connection)
        body += connection.recv(length - len(body), socket.MSG_WAITALL) if len(body) < length else b""
    if body != str(size).encode():
        raise FailedError(f"{body!r} of {size} bytes arrived")
    return perf_counter() - began


def crawl(port: int, path: str, seconds: float) -> None:
    """Ask for a large body, and take a few kilobytes of it twenty times a second."""
    until = monotonic() + seconds
    with _asked(port, f"GET {path}", receive_buffer=65536) as connection:
        while monotonic() < until:
            if not connection.recv(4096):
                raise FailedError("the body ended early")
            sleep(0.05)


def events(port: int, path: str, count: int) -> Load:
    """The delays of so many events, which carry the time at which they were sent. Raises FailedError."""
    delays: list[float] = []
    began, kept = perf_counter(), b""
    with _asked(port, f"GET {path}", "Accept: text/event-stream\r\n") as connection:
        while len(delays) < count:
            data = connection.recv(65536)
            now = monotonic_ns()
            if not data:
                raise FailedError("the events ended early")
            *whole, kept = (kept + data).split(b"\n\n")
            delays += (
                (now - int(sent)) / 1e9 for event in whole for sent in re.findall(rb"data: (\d+)$", event)
            )
    return summary(delays, perf_counter() - began)


def round_trips(port: int, path: str, connections: int, seconds: float) -> Load:
    """Frames to and fro, one at a time on each connection. Raises FailedError."""
    return uvloop.run(talk(port, path, connections, seconds))


async def talk(port: int, path: str, connections: int, seconds: float = 0) -> Load:
    """As `round_trips`, on the loop that runs: one on each connection at least. Raises FailedError."""
    loop = asyncio.get_running_loop()
    times: list[float] = []
    head = f"GET {path} HTTP/1.1\r\nHost: {HERE}:{port}\r\n{_FIELDS}{_UPGRADE}\r\n".encode()
    began = perf_counter()
    clients = [
        (await loop.create_connection(lambda: _Talker(head, times, began + seconds), HERE, port))[1]
        for _ in range(connections)
    ]
    await asyncio.gather(*(client.ended for client in clients))
    return summary(times, perf_counter() - began)


@contextmanager
def _asked(port: int, line: str, fields: str = "", receive_buffer: int = 0) -> Iterator[socket.socket]:
    with socket.socket() as connection:
        connection.settimeout(_PATIENCE)
        if receive_buffer:  # before connecting, or the window is offered already
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        connection.connect((HERE, port))
        connection.sendall(f"{line} HTTP/1.1\r\nHost: {HERE}:{port}\r\n{_FIELDS}{fields}\r\n".encode())
        yield connection


def _head(connection: socket.socket) -> tuple[int, bytes]:
    """Read a head: the length of the body, and as much of it as came along."""
    said = b""
    while b"\r\n\r\n" not in said:
        data = connection.recv(65536)
        if not data:
            raise FailedError(f"no answer: {said[:200]!r}")
        said += data
    head, _, body = said.partition(b"\r\n\r\n")
    length = re.search(rb"\r\ncontent-length: *(\d+)", head, re.IGNORECASE)
    if not re.match(rb"HTTP/1.1 200 ", head) or not length:
        raise FailedError(f"another answer: {head[:200]!r}")
    return int(length[1]), body


class _Talker(asyncio.Protocol):
    def __init__(self, head: bytes, times: list[float], until: float) -> None:
        self._head, self._times, self._until = head, times, until
        self._open = False
        self._data = b""
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(self._head)

    def data_received(self, data: bytes) -> None:
        self._data += data
        if self._open:
            self._pong()
        elif b"\r\n\r\n" in self._data:
            head, _, self._data = self._data.partition(b"\r\n\r\n")
            self._open = head.startswith(b"HTTP/1.1 101 ")
            if self._open:
                self._ping()
            else:
                self._transport.abort()

    def _pong(self) -> None:
        if self._data == PONG:
            now = perf_counter()
            self._times.append(now - self._sent)
            if now > self._until:
                self.ended.set_result(None)
                self._transport.abort()
            else:
                self._ping()

    def _ping(self) -> None:
        self._data, self._sent = b"", perf_counter()
        self._transport.write(PING)

    def connection_lost(self, error: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_exception(FailedError(f"a WebSocket ended ({error or self._data[:100]!r})"))
