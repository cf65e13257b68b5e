"""One connection to a target: a question at a time; it uploads the request's body and knows when it may be used again."""

import asyncio
from collections.abc import Awaitable, Callable
from math import inf
from typing import Protocol, cast

from devproxy.errors import TargetError
from devproxy.framing import Kind
from devproxy.message import ResponseHead
from devproxy.proxy.dial import Through, half_close, watch
from devproxy.proxy.outbox import Outbox
from devproxy.proxy.reader import ProtocolError, ResponseReader
from devproxy.target import Target

# As much as one read of asyncio's hands over at most: a client that keeps up never gets here, one that stalls holds two.
HIGH_WATER = 256 * 1024


class UnansweredError(TargetError):
    """The connection ended before a single byte of the answer."""


Upload = Callable[["Connection"], Awaitable[None]]
PassOn = Callable[[ResponseHead], Awaitable[None]]


class Keeper(Protocol):
    """Whom a connection tells how it is doing: its pool."""

    def rested(self, connection: "Connection", reader: ResponseReader) -> None: ...
    def closed(self, connection: "Connection") -> None: ...
    def wake_at(self, deadline: float) -> None: ...


class Connection(asyncio.Protocol):
    """An open connection to `target`. At its `deadline` (loop time) the pool calls `expire`."""

    def __init__(self, target: Target, keeper: Keeper) -> None:
        self.target = target
        self.deadline = inf
        self.exchanges = 0
        self._keeper = keeper
        self._loop = asyncio.get_running_loop()
        self._head_timeout = 0.0
        self._reader: ResponseReader | None = None
        self.heard: Callable[[], None] | None = None  # called once there is news
        self._news: asyncio.Future[None] | None = None
        self._through: Through | None = None
        self._room: asyncio.Future[None] | None = None
        self._upload: asyncio.Task[None] | None = None
        self._uploaded = True
        self._paused = False

    def __repr__(self) -> str:
        state = "closed" if not self.is_open else "idle" if self._reader is None else "busy"
        return f"<Connection {self.target.name} {state} exchanges={self.exchanges}>"

    def ask(
        self,
        reader: ResponseReader,
        head: bytes,
        upload: Upload | None,
        head_timeout: float,
        heard: Callable[[], None] | None = None,
        outbox: Outbox | None = None,
    ) -> None:
        """Send a request whose answer `reader` will read, by the `outbox` if there is one.

        `heard` is called once, as soon as something has happened to the answer.
        """
        if not self.is_open:
            raise _cut_off(self.target.name, reader, "closed")
        self._reader = reader
        self.heard = heard
        self.exchanges += 1
        self._head_timeout = head_timeout
        if outbox is None:
            self._transport.write(head)
        else:
            outbox.put(self._transport, head)
        self._uploaded = upload is None
        if upload is None:
            self.set_deadline(head_timeout)
        else:
            self.deadline = inf
            self._upload = self._loop.create_task(self._run(upload))

    async def answer(self, reader: ResponseReader, interim: PassOn) -> ResponseHead:
        """Wait for the head of the answer; the body may still be on its way. Interim answers go to `interim` as they come."""
        try:
            while True:
                if reader.interim:
                    await interim(reader.interim.pop(0))
                elif reader.head is not None:
                    return reader.head
                elif reader.error is not None:
                    raise reader.error  # noqa: TRY301  # a function of its own would cost every request
                else:
                    self.resume()
                    self._news = self._loop.create_future()
                    await self._news
        except BaseException:
            self.abandon(reader)
            raise

    async def news(self, through: Through | None = None) -> None:
        """Wait until something has happened to the answer that `through` has not taken, which gets bytes as they come."""
        self._news = self._loop.create_future()
        self._through = through
        try:
            await self._news
        finally:
            self._through = None

    async def write(self, data: bytes) -> None:
        """Send part of a body, then wait until there is room for more.

        The time for the head of the answer runs only while it is the target's turn: a client may take its time.
        A target that refuses a body often answers and closes at once, and a failed write would throw away the answer
        that lies unread in the socket: so it is read first.
        """
        while not self._paused and self._readable():  # noqa: ASYNC110  # a turn of the loop reads it
            await asyncio.sleep(0)
        self._transport.write(data)
        if self._room is not None:
            self._await_head()
            await self._room
            self.deadline = inf

    async def tell(self, data: bytes) -> None:
        """Send something in the protocol that has been switched to, then wait until there is room for more."""
        if not self.is_open:
            raise TargetError("reset", f"{self.target.name} closed the connection")
        self._transport.write(data)
        if self._room is not None:
            await self._room

    def pass_by(self, data: bytes) -> bool:
        """Send something in the protocol that has been switched to, if there is room for it at once."""
        if self._room is not None or self._transport.is_closing():
            return False
        self._transport.write(data)
        return True

    def write_eof(self) -> None:
        """Say that no more will be sent; over TLS that takes the connection with it."""
        if not (self.is_open and half_close(self._transport)):
            self._transport.close()

    def resume(self) -> None:
        """Read on: what was buffered has been taken."""
        if self._paused:
            self._paused = False
            self._transport.resume_reading()

    def abandon(self, reader: ResponseReader) -> None:
        """Close at once if `reader` still has this connection: whoever wanted the answer has gone."""
        if self._reader is reader:
            self.abort()

    def abort(self) -> None:
        """Close at once, whatever is going on."""
        self._fail(TargetError("reset", f"devproxy closed its connection to {self.target.name}"))

    @property
    def is_open(self) -> bool:
        """Whether it has not been closed, as far as one knows without looking."""
        return not self._transport.is_closing()

    def usable(self) -> bool:
        """Whether it is open with nothing to read: a farewell may lie unread in the kernel, and must not cost a POST."""
        return self.is_open and not self._readable()

    def set_deadline(self, seconds: float) -> None:
        """Have the pool call `expire` after so many seconds, unless a later deadline is set before."""
        self.deadline = self._loop.time() + seconds
        self._keeper.wake_at(self.deadline)

    def expire(self) -> None:
        """Give up: the deadline has come, for the next request while idle, for the head of an answer otherwise."""
        what = "did not answer within" if self._uploaded else "took no more of the request body for"
        self._fail(TargetError("timeout", f"{self.target.name} {what} {self._head_timeout:g} s"))

    def _drop(self) -> None:
        """Close at once, without a farewell that the target could delay."""
        self.deadline = inf
        self._paused = False
        if self._upload is not None:
            self._upload.cancel()
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one in all but its ancestry
        self._readable = watch(self._transport)

    def data_received(self, data: bytes) -> None:
        reader = self._reader
        if reader is None:
            self._drop()  # nobody asked: whoever came next would take it for his answer
            return
        straight_on = self._through if reader.switched and not reader.chunks else None
        if straight_on is not None and straight_on(data):
            reader.received += len(data)
            return
        try:
            reader.feed(data)
        except ProtocolError as error:
            detail = f"{self.target.name} answered with {error}"
            self._fail(TargetError(error.code, detail, reader.opening))
        else:
            self._fed(reader)

    def eof_received(self) -> bool:
        if self._reader is None or not self._reader.switched or not self._transport.can_write_eof():
            self._end(None)
            return False
        self._reader.eof()  # a tunnel ends in each direction by itself
        self._tell()
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        self._end(exc)
        self._keeper.closed(self)

    def pause_writing(self) -> None:
        self._room = self._loop.create_future()

    def resume_writing(self) -> None:
        if self._room is not None and not self._room.done():
            self._room.set_result(None)
        self._room = None

    def _end(self, exc: Exception | None) -> None:
        if self._reader is None:
            self._drop()
        elif exc is None and self._reader.eof():
            self._rest(self._reader)
        else:
            self._fail(_cut_off(self.target.name, self._reader, "reset" if exc else "closed"))

    def _fed(self, reader: ResponseReader) -> None:
        if reader.finished:
            self._rest(reader)
        elif reader.head is not None:
            self.deadline = inf
            if self._through is not None and reader.chunks and self._through(b"".join(reader.chunks)):
                reader.chunks.clear()
                reader.buffered = 0
                return
            if reader.buffered > HIGH_WATER:
                self._pause()
            self._tell()
        elif reader.interim:
            if self._uploaded:
                self._await_head()
            self._pause()
            self._tell()

    def _pause(self) -> None:
        self._paused = True
        self._transport.pause_reading()

    def _rest(self, reader: ResponseReader) -> None:
        """Wait for the next request, or close: the answer is complete."""
        self._reader = None
        asked = self._uploaded and not self._transport.get_write_buffer_size()
        if asked and not reader.spent and not self._transport.is_closing():
            self.resume()
            self._keeper.rested(self, reader)
        else:
            self._drop()
        self._tell()

    def _fail(self, error: Exception) -> None:
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.error = error
        self._drop()
        self._tell()

    def _tell(self) -> None:
        if self.heard is not None:
            heard, self.heard = self.heard, None
            heard()
        elif self._news is not None and not self._news.done():
            self._news.set_result(None)

    def _await_head(self) -> None:
        """It is the target's turn: the time for the head of its answer begins anew."""
        if self._reader is not None and self._reader.head is None:
            self.set_deadline(self._head_timeout)

    async def _run(self, upload: Upload) -> None:
        """Upload a body. It never outlives its exchange: `_drop` cancels it."""
        try:
            await upload(self)
        except Exception as error:  # noqa: BLE001  # what the client's side raised is for whoever waits for the answer
            self._fail(error)
        else:
            self._uploaded = True
            self._await_head()


def _cut_off(origin: str, reader: ResponseReader, how: str) -> TargetError:
    if not reader.began:
        return UnansweredError("reset", f"{origin} {how} the connection without an answer")
    if reader.head is None:
        return TargetError(
            "reset", f"{origin} {how} the connection before its answer had a whole head", reader.opening
        )
    of = f" of {reader.framing.length}" if reader.framing.kind is Kind.LENGTH else ""
    return TargetError(
        "reset", f"{origin} {how} the connection after {reader.received}{of} bytes of the body"
    )
