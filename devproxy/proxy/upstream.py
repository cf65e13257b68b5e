"""The leg from the proxy to its targets: connections dialled, kept, reused and timed out.

Above it there are no sockets, parsers or foreign exceptions: one sends a TargetRequest, gets a TargetResponse, and what
breaks is a TargetError. This module must not know routes or CORS.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Set as AbstractSet
from functools import partial
from math import inf
from typing import NamedTuple, cast

from devproxy.errors import ClientError, TargetError
from devproxy.framing import CHUNKED, NO_BODY
from devproxy.headers import Headers
from devproxy.message import ResponseHead
from devproxy.proxy.connection import Connection, PassOn, UnansweredError, Upload
from devproxy.proxy.dial import Dialer, Through
from devproxy.proxy.outbox import Outbox
from devproxy.proxy.reader import ResponseReader
from devproxy.recent import Recent
from devproxy.rewrite.request import TargetRequest
from devproxy.target import Target

# Methods that may be sent again when a kept connection turns out to be dead: they change nothing (RFC 9110, 9.2.1).
_REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS"})
_KEEP_ALIVE = re.compile(r"\btimeout=(\d{1,9})", re.IGNORECASE)
# Between two looks at a target that is being restarted, in seconds.
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 0.5
_LAST_CHUNK = b"0\r\n\r\n"


async def _drop(_interim: ResponseHead) -> None:
    """Whoever does not want interim answers can do without them."""


class Upstream:
    """Sends requests to targets over connections that it keeps; their number is not capped, as a stream may hold each.

    `idle_timeout`: Node and uvicorn close a connection after 5 idle seconds without saying so. Closing first avoids
    the race, and a new one to the developer's own machine costs a tenth of a millisecond.
    """

    def __init__(self, *, connect_timeout: float = 10.0, idle_timeout: float = 4.0) -> None:
        self.dialer = Dialer(connect_timeout=connect_timeout)
        self._pool = Pool(idle_timeout)
        self._known: set[tuple[object, ...]] = set()

    def __repr__(self) -> str:
        return f"<Upstream {self._pool!r}>"

    def ask(
        self,
        request: TargetRequest,
        heard: Callable[[], None],
        *,
        timeout: float,
        outbox: Outbox | None = None,
    ) -> "Asked | None":
        """Ask a target something without a body over a kept connection, if there is one; then `heard` is called once there is news.

        Whatever the news is, `send` makes an answer of it. Raises what that raises before the request is on its way.
        """
        head = serialise(request)
        connection = self._kept(request, repeatable=request.method in _REPEATABLE)
        if connection is None:
            return None
        reader = ResponseReader(request.method)
        connection.ask(reader, head, None, timeout, heard, outbox)
        return Asked(head, connection, reader)

    async def send(
        self,
        request: TargetRequest,
        body: AsyncIterator[bytes] | None,
        *,
        asked: "Asked | None" = None,
        timeout: float,  # noqa: ASYNC109  # not a limit on this call: it runs only while the target is awaited
        interim: PassOn = _drop,
        patience: float = 0.0,
        held: Callable[[], None] = lambda: None,
    ) -> "TargetResponse":
        """Ask a target, and return its answer as soon as its head is there; the body is uploaded meanwhile and for as long as it is read.

        Where it has been `asked` already, only wait for that; it is asked again where it may be, as after any failure.

        `timeout` (seconds) is how long the target may let us wait, for its head or for room for more of the body.
        Interim answers go to `interim`. What it and `body` raise is raised here, or by the answer's `read`, as it is.

        A target that has answered before and now refuses connections is surely being restarted: for `patience` (seconds) it
        is dialled again and again, with nothing of the body read, after `held` has been called once.
        """
        head = asked.head if asked else serialise(request)
        upload = _upload(request, body)
        repeatable = upload is None and request.method in _REPEATABLE
        connection = asked.connection if asked else self._kept(request, repeatable=repeatable)
        reader = asked.reader if asked else None
        # Who was known to answer has been stopped with our connection in its hands, not yet looked at.
        may_repeat = repeatable and (connection is not None or request.target.server in self._known)
        while True:
            connection = connection or await self._connect(request.target, patience, held)
            try:
                if reader is None:
                    reader = ResponseReader(request.method, upgrade=request.upgrade)
                    connection.ask(reader, head, upload, timeout)
                answer = await connection.answer(reader, interim)
            except UnansweredError:
                if not may_repeat:
                    raise
                connection = reader = None
                may_repeat = False
            else:
                self._known.add(request.target.server)
                return TargetResponse(connection, reader, answer)

    async def _connect(self, target: Target, patience: float, held: Callable[[], None]) -> Connection:
        clock = asyncio.get_running_loop().time
        deadline, pause = clock() + patience, _FIRST_PAUSE
        while True:
            try:
                _, connection = await self.dialer.dial(target, partial(Connection, target, self._pool))
            except TargetError as error:
                if error.code != "refused" or target.server not in self._known or not patience:
                    raise
                if clock() + pause > deadline:
                    detail = f"{target.name} has refused connections for {patience:g} s: it is being restarted, or has stopped"
                    raise TargetError("starting", detail) from error
            else:
                self._pool.add(connection)
                return connection
            if pause == _FIRST_PAUSE:
                held()
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, _LONGEST_PAUSE)

    def keep(self, servers: AbstractSet[tuple[object, ...]]) -> None:
        """Forget all targets but those of these `servers`; what is being carried goes on."""
        self._known &= servers
        self._pool.keep(servers)

    async def close(self) -> None:
        """Close every connection, whatever it is doing."""
        await self._pool.close()

    def _kept(self, request: TargetRequest, *, repeatable: bool) -> Connection | None:
        """A kept connection, where one may be used.

        A target may close it in the very moment in which the request goes out. One that cannot be sent again must not
        be lost to that, and to a plain target a new connection costs little; a TLS handshake is worth the risk.
        """
        if request.upgrade or not (repeatable or request.target.scheme == "https"):
            return None
        return self._pool.take(request.target)


class Asked(NamedTuple):
    """A request whose head is on its way, and what will read its answer."""

    head: bytes
    connection: Connection
    reader: ResponseReader


class TargetResponse:
    """A target's answer, its body still to be read. Who stops before the end must `abort`.

    At its end the connection is kept or closed without further ado.
    """

    __slots__ = ("_connection", "_reader", "framing", "head")

    def __init__(self, connection: Connection, reader: ResponseReader, head: ResponseHead) -> None:
        self._connection = connection
        self._reader = reader
        self.framing = reader.framing
        self.head = head

    def __repr__(self) -> str:
        state = "finished" if self.finished else "open"
        return f"<TargetResponse {self.head.status} {self.framing.kind.value}, {self._reader.received} bytes, {state}>"

    @property
    def finished(self) -> bool:
        """Whether the end has come: what `take` returns now is the rest."""
        return self._reader.finished

    def take(self) -> bytes:
        """Take the body bytes that are there, without waiting; perhaps none."""
        reader = self._reader
        if not reader.chunks:
            return b""
        data = b"".join(reader.chunks)
        reader.chunks.clear()
        reader.buffered = 0
        if not reader.finished:
            self._connection.resume()
        return data

    async def read(self, through: Through | None = None) -> bytes:
        """Wait for the next body bytes; b"" at the clean end. Raises TargetError if the body is cut off or broken.

        Meanwhile `through` gets what comes, as long as it takes it.
        """
        reader = self._reader
        while not reader.chunks:
            if reader.finished:
                return b""
            if reader.error is not None:
                raise reader.error
            await self._connection.news(through)
        return self.take()

    async def tell(self, data: bytes) -> None:
        """Say something in the protocol that has been switched to, and wait while the target is slow to take it."""
        await self._connection.tell(data)

    @property
    def pass_by(self) -> Through:
        """Says something in that protocol, if the target takes it without waiting."""
        return self._connection.pass_by

    def write_eof(self) -> None:
        """Say no more to the target; it may go on speaking."""
        self._connection.write_eof()

    def abort(self) -> None:
        """Close the connection at once, unless the end has come: the client has gone."""
        self._connection.abandon(self._reader)


class Pool:
    """All connections that are open; the idle ones of each target in a stack, the freshest on top.

    One timer wakes at the earliest deadline of all. A deadline that moves away, as nearly all of them do, costs nothing.
    """

    def __init__(self, idle_timeout: float) -> None:
        self._idle_timeout = idle_timeout
        self._open: set[Connection] = set()
        self._idle: dict[tuple[object, ...], list[Connection]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._wakes_at = inf
        self._emptied: asyncio.Future[None] | None = None

    def __repr__(self) -> str:
        idle = ", ".join(f"{kept[0].target.name} {len(kept)}" for kept in self._idle.values() if kept)
        return f"<Pool open={len(self._open)} idle=({idle})>"

    def take(self, target: Target) -> Connection | None:
        """Find an idle connection to `target` that may be used, and hand it out."""
        kept = self._idle.get(target.server)
        while kept:
            connection = kept.pop()
            if connection.usable():
                return connection
            connection.abort()
        return None

    def keep(self, servers: AbstractSet[tuple[object, ...]]) -> None:
        """Close the idle connections to all other servers."""
        for server in self._idle.keys() - servers:
            for connection in self._idle.pop(server):
                connection.abort()

    async def close(self) -> None:
        """Close every connection, and wait until their transports have gone."""
        for connection in tuple(self._open):
            connection.abort()
        if self._open:
            self._emptied = asyncio.get_running_loop().create_future()
            await self._emptied
        if self._timer is not None:
            self._timer.cancel()

    def add(self, connection: Connection) -> None:
        """Take in a connection that has been dialled: one whose dialling was broken off may never tell that it has closed."""
        if connection.is_open:
            self._open.add(connection)

    def rested(self, connection: Connection, reader: ResponseReader) -> None:
        seconds = min(self._idle_timeout, _kept_for(reader))
        if seconds > 0:
            connection.set_deadline(seconds)
            self._idle.setdefault(connection.target.server, []).append(connection)
        else:
            connection.abort()

    def closed(self, connection: Connection) -> None:
        self._open.discard(connection)
        target = connection.target
        kept = self._idle.get(target.server, [])
        if connection in kept:
            kept.remove(connection)
        if self._emptied is not None and not self._open:
            self._emptied.set_result(None)
            self._emptied = None

    def wake_at(self, deadline: float) -> None:
        if deadline >= self._wakes_at:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._wakes_at = deadline
        self._timer = asyncio.get_running_loop().call_at(deadline, self._sweep)

    def _sweep(self) -> None:
        # A millisecond is the grain of uvloop's timers, which may ring that much early.
        now = asyncio.get_running_loop().time() + 0.001
        for connection in [connection for connection in self._open if connection.deadline <= now]:
            connection.expire()
        self._timer = None
        self._wakes_at = inf
        self.wake_at(min((connection.deadline for connection in self._open), default=inf))


def _kept_for(reader: ResponseReader) -> float:
    """Count the seconds for which a target keeps a connection after this answer (RFC 9112, 9.3), 0 for not at all."""
    headers = cast("ResponseHead", reader.head).headers  # the whole answer has been read
    options = headers.connection_options()
    if "close" in options or (reader.version == (1, 0) and "keep-alive" not in options):
        return 0.0
    promise = _KEEP_ALIVE.search(headers.get("keep-alive") or "")
    return int(promise[1]) - 1 if promise else inf  # a second early, so that the two ends do not meet


def serialise(request: TargetRequest) -> bytes:
    """Write the head of a request as it goes out, its body's framing included."""
    own = []
    if request.body is CHUNKED:
        own.append("Transfer-Encoding: chunked\r\n")
    elif request.body is not NO_BODY:
        own.append(f"Content-Length: {request.body.length}\r\n")
    if request.expects_continue:
        own.append("Expect: 100-continue\r\n")
    if request.upgrade:
        own += ["Connection: Upgrade\r\n", f"Upgrade: {request.upgrade}\r\n"]
    line = _encoded(f"{request.method} {request.path} HTTP/1.1\r\n", 1)
    return line + _field_lines(request.headers) + _encoded("".join([*own, "\r\n"]), len(own) + 1)


@Recent
def _field_lines(headers: Headers) -> bytes:
    return _encoded("".join([f"{name}: {value}\r\n" for name, value in headers]), len(headers))


def _encoded(text: str, lines: int) -> bytes:
    # Nothing gets here that a strict parser has not read; should that ever change, no field becomes two.
    if text.count("\n") != lines or text.count("\r") != lines or "\0" in text:
        raise TargetError("protocol", "the request to be sent has a line break or a NUL inside a field")
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        raise TargetError(
            "protocol", "the request to be sent has a character that HTTP cannot carry"
        ) from None


def _upload(request: TargetRequest, body: AsyncIterator[bytes] | None) -> Upload | None:
    if body is None or request.body.is_empty:
        return None
    if request.body is CHUNKED:
        return partial(_send_chunked, body)
    return partial(_send_length, body, request.body.length)


async def _send_chunked(body: AsyncIterator[bytes], connection: Connection) -> None:
    async for data in body:
        if data:  # an empty chunk would be the last one
            await connection.write(b"%x\r\n%b\r\n" % (len(data), data))
    await connection.write(_LAST_CHUNK)


async def _send_length(body: AsyncIterator[bytes], length: int, connection: Connection) -> None:
    remaining = length
    async for data in body:
        remaining -= len(data)
        if remaining < 0:
            raise ClientError(f"the body is longer than the {length} bytes that its Content-Length says")
        await connection.write(data)
        if not remaining:
            return
    raise ClientError(f"the body is {remaining} bytes shorter than its Content-Length says")
