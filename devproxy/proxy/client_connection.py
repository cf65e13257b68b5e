"""A client's connection: a whole request is answered at once, whatever else comes is passed on to aiohttp.

Only what has one reading is let pass. The connection does not wait for ever for a head, or for the next request; it hands
itself over to another protocol and hears the last words in it, and misses a client that goes while nothing is read from it.
This module must not know what requests mean, nor aiohttp.
"""

import asyncio
import logging
import socket
from collections.abc import Callable, Coroutine
from contextlib import suppress
from sys import intern
from typing import Any, Protocol, cast

from devproxy.answers import OwnAnswer, render
from devproxy.guard import is_near
from devproxy.message import RequestHead, ResponseHead
from devproxy.proxy.dial import half_close, has_hung_up
from devproxy.proxy.pipe import UNREAD_LIMIT, Pipe
from devproxy.reading import RequestReader

_log = logging.getLogger("devproxy")

# From connect, and from the first byte of each later head; browsers send one in one packet.
_HEAD_SECONDS = 10.0
# Chromium keeps an idle connection for 300 s, Firefox for 115 s, nginx for 75 s.
_KEEPALIVE_SECONDS = 75.0
# Time for a refused upload to be read, so that its sender sees the answer: what lies unread turns a farewell into a reset.
LINGER_SECONDS = 5.0
# A client that has gone is missed within a second.
_LOOK_SECONDS = 0.5
# What no parser takes, wherever in a message it comes.
_POISON = b"\0"

_MALFORMED = OwnAnswer("bad_request", "This is not a well-formed HTTP/1.1 request.")


class Answering(Protocol):
    """A request that is being answered by callbacks: when all is said, the connection's `answered` is called."""

    def hand_over(self) -> None:
        """Have it answered in a task instead, by the connection's `answer_by`."""


class Direct(Protocol):
    """Answers a whole request on its connection: by callbacks, or in a task, by the connection's `answer_by`."""

    def __call__(
        self, connection: "ClientConnection", head: RequestHead, *, keep_alive: bool
    ) -> Answering | None: ...


class Parsing(Protocol):
    """Answers what does not come as a single whole request without a body, and refuses what is no request."""

    @property
    def waits(self) -> bool:
        """Whether everything is answered, and another request may follow."""

    def feed(self, data: bytes) -> None:
        """Take what has one reading, or _POISON."""

    def pause_writing(self) -> None:
        """Hear that the client is slow."""

    def resume_writing(self) -> None:
        """Hear that it is slow no more."""

    def connection_lost(self, exc: Exception | None) -> None:
        """Hear that the connection has gone."""

    def close(self) -> None:
        """Take nothing more."""

    async def shutdown(self, timeout: float | None) -> None:  # noqa: ASYNC109  # the signature is aiohttp's
        """Wait so many seconds for what is being answered, and cut it then."""


class ClientConnection(asyncio.Protocol):
    """One connection of a client, in the set `connections` as long as it is open; `gateway` is that of the container, if any, in which devproxy runs.

    `direct` answers the requests that come in one piece and without a body, as nearly all do; what `parsing` makes, when it
    is needed, answers the others, or all. While a request is answered directly what comes behind it is held back.
    """

    __slots__ = (
        "_address", "_answering", "_closing", "_connections", "_direct", "_gateway", "_head_timer", "_held", "_idle_since",
        "_idle_timer", "_look", "_loop", "_make_parsing", "_parsing", "_pipe", "_requests", "_room",
        "is_near", "transport",
    )  # fmt: skip

    _address: str
    is_near: bool
    _requests: RequestReader

    def __init__(
        self,
        parsing: Callable[["ClientConnection"], Parsing],
        direct: Direct | None,
        gateway: str,
        connections: set["ClientConnection"],
    ) -> None:
        self.transport: asyncio.Transport | None = None
        self._loop = asyncio.get_running_loop()
        self._make_parsing = parsing
        self._direct = direct
        self._gateway = gateway
        self._connections = connections
        self._parsing: Parsing | None = None
        self._pipe: Pipe | None = None
        self._answering: Answering | asyncio.Task[None] | None = None
        self._held = b""
        self._room: asyncio.Future[None] | None = None
        self._closing = False
        self._head_timer: asyncio.TimerHandle | None = None
        self._idle_timer: asyncio.TimerHandle | None = None
        self._idle_since = 0.0
        self._look: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's is one in all but its ancestry
        self._connections.add(self)
        with suppress(OSError):  # the client has gone already
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        address, *_ = transport.get_extra_info("peername") or ("",)  # none of who has gone already
        self._address = intern(address or "unknown")
        self.is_near = is_near(address, self._gateway)
        secure = transport.get_extra_info("sslcontext") is not None
        self._requests = RequestReader(self._address, secure=secure, near=self.is_near)
        self._time_head(anew=False)

    def connection_lost(self, exc: Exception | None) -> None:
        self.transport = None
        self._connections.discard(self)
        for timer in (self._head_timer, self._idle_timer):
            if timer is not None:
                timer.cancel()
        self._look_no_more()
        if self._room is not None:
            self.resume_writing()
        if self._parsing is not None:
            self._parsing.connection_lost(exc)
            self._parsing = None
        if self._pipe is not None:
            self._pipe.feed_eof()
            self._pipe = None
        if (task := self._answering_task()) is not None:
            self._loop.call_soon(task.cancel)  # one that has just been made must begin, to have an end

    async def shutdown(self, seconds: float) -> None:
        """Take nothing more, wait so long for what is being answered, and close."""
        self._closing = True
        if (task := self._answering_task()) is not None:
            await asyncio.wait({task}, timeout=seconds)
            task.cancel()
        if self._parsing is not None:
            self._parsing.close()
            await self._parsing.shutdown(seconds)
        self._close()

    def _close(self) -> None:
        if self.transport is not None:
            self.transport.close()

    def _answering_task(self) -> asyncio.Task[None] | None:
        """The task in which a request is answered directly from now on, if one is."""
        if self._answering is not None and not isinstance(self._answering, asyncio.Task):
            self._answering.hand_over()
        return cast("asyncio.Task[None] | None", self._answering)

    def data_received(self, data: bytes) -> None:
        if self._pipe is not None:
            self._pipe.feed_data(data)
        elif self._answering is not None:
            self._held += data
            if len(self._held) > UNREAD_LIMIT:
                self.pause_reading()
        elif self._requests.refusal is None and not self._closing:
            self._read(bytes(data))

    def eof_received(self) -> bool:
        """Hear that the client says no more: a farewell in HTTP, but in another protocol it may still listen."""
        if self._pipe is None:
            return False
        self._pipe.feed_eof()
        return True

    def write(self, data: bytes) -> None:
        """Send something. Raises ConnectionError where the client has gone."""
        if self.transport is None or self.transport.is_closing():
            raise ConnectionResetError
        self.transport.write(data)

    @property
    def writing_paused(self) -> bool:
        """Whether the client is slow to take what was sent."""
        return self._room is not None

    async def room(self) -> None:
        """Wait while the client is slow to take what was sent."""
        if self._room is not None:
            await self._room

    def pause_writing(self) -> None:
        self._room = self._loop.create_future()
        if self._parsing is not None:
            self._parsing.pause_writing()

    def resume_writing(self) -> None:
        if self._room is not None:
            if not self._room.done():
                self._room.set_result(None)
            self._room = None
        if self._parsing is not None:
            self._parsing.resume_writing()

    @property
    def has_refused(self) -> bool:
        """Whether there can be no further request, as something else has come."""
        return self._requests.refusal is not None

    def refused(self) -> bytes:
        """The answer to what is no request, and a line of the log about it that holds no byte of it."""
        answer = self._requests.refusal or _MALFORMED
        _log.warning(
            "%d  refused a malformed request from %s (%s)", answer.status, self._address, answer.code
        )
        head, body = render(answer if self.is_near else answer.for_strangers, None)
        return serialise(head, "Connection: close\r\n") + body

    def go_on(self) -> None:
        """Read on: all requests are answered, and if the last one was to speak another protocol that has been declined."""
        self._rest()
        if self.transport is not None and self._requests.go_on():
            self._read(b"")
            self.resume_reading()

    def _read(self, data: bytes) -> None:
        """Pass on what RequestReader lets pass; where it refuses, a parser is made to, when its turn comes."""
        requests = self._requests
        heads = requests.heads
        pieces = requests.take(data)
        if self._direct is not None and self._is_idle and (head := requests.whole):
            if pending := self._direct(self, head, keep_alive=requests.may_go_on):
                self._answering = pending
        else:
            for piece in pieces:
                self._parse(piece)
        if requests.refusal is not None:
            self._refuse()
        if requests.kept > UNREAD_LIMIT:
            self.pause_reading()
        if requests.within_head or self._head_timer is not None:
            self._time_head(anew=requests.heads != heads)

    def _parse(self, data: bytes) -> None:
        if self._parsing is None:
            self._parsing = self._make_parsing(self)
            if self._room is not None:
                self._parsing.pause_writing()
        self._parsing.feed(data)

    def _refuse(self) -> None:
        """Answer what is no request behind all that are: those that a parser has, or those in the outbox."""
        if self._parsing is not None:
            self._parsing.feed(_POISON)
        else:
            self._loop.call_soon(self._turn_away)

    def _turn_away(self) -> None:
        with suppress(ConnectionError):
            self.write(self.refused())
        if self._idle_timer is not None:
            self._idle_timer.cancel()
        if self.transport is not None and half_close(self.transport):
            self._idle_timer = self._loop.call_later(LINGER_SECONDS, self._close)
        else:
            self._close()

    @property
    def _is_idle(self) -> bool:
        """Whether all requests that have come are answered."""
        return (
            self._answering is None and self._pipe is None and (self._parsing is None or self._parsing.waits)
        )

    def answer_by(self, answer: Coroutine[Any, Any, bool]) -> None:
        """Have a request answered directly, in a task, by a coroutine that says whether another may follow."""
        self._answering = self._loop.create_task(self._answer(answer))

    async def _answer(self, answer: Coroutine[Any, Any, bool]) -> None:
        goes_on = False
        try:
            goes_on = await answer
        finally:
            self.answered(goes_on=goes_on)

    def answered(self, *, goes_on: bool) -> None:
        """Read on, or close: a request has been answered directly."""
        self._answering = None
        if not goes_on:
            self._close()
        elif self._closing:
            self._loop.call_soon(self._close)  # behind what is in the outbox
        elif self.transport is not None:
            self._rest()
            if self._held:
                held, self._held = self._held, b""
                self.resume_reading()
                self._read(held)

    def _rest(self) -> None:
        """Count the time in which no request comes from now on."""
        self._idle_since = self._loop.time()
        if self._idle_timer is None and self.transport is not None:
            self._idle_timer = self._loop.call_later(_KEEPALIVE_SECONDS, self._look_whether_idle)

    def _look_whether_idle(self) -> None:
        """Close where no request has come for long; where one is being answered, its end begins the time anew."""
        self._idle_timer = None
        left = self._idle_since + _KEEPALIVE_SECONDS - self._loop.time()
        if not self._is_idle:
            return
        if left > 0:
            self._idle_timer = self._loop.call_later(left, self._look_whether_idle)
        else:
            self._close()

    def _time_head(self, *, anew: bool) -> None:
        """Keep a timer going as long as a head is on its way; `anew` says that the last one has come."""
        if self._head_timer is not None and (anew or not self._requests.within_head):
            self._head_timer.cancel()
            self._head_timer = None
        if self._head_timer is None and self._requests.within_head:
            self._head_timer = self._loop.call_later(_HEAD_SECONDS, self._head_is_late)

    def _head_is_late(self) -> None:
        self._head_timer = None
        if self.transport is None:
            return
        if not self.transport.is_reading():  # it is we who let the client wait, for earlier answers
            self._time_head(anew=False)
        elif self._requests.refuse_late():
            self._refuse()
        else:
            self._close()

    def take_over(self) -> Pipe:
        """Take all that the client says from now on: it is another protocol than HTTP."""
        self._pipe = Pipe(self.pause_reading, self.resume_reading)
        self.resume_reading()
        if kept := self._requests.release():
            self._pipe.feed_data(kept)
        return self._pipe

    def pause_reading(self) -> None:
        """Read nothing for now, but look whether the client is still there."""
        if self.transport is None:
            return
        with suppress(RuntimeError):  # it is closing
            self.transport.pause_reading()
        if self._look is None:
            self._look = self._loop.call_later(_LOOK_SECONDS, self._look_after_client)

    def resume_reading(self) -> None:
        """Read on."""
        if self.transport is not None:
            with suppress(RuntimeError):
                self.transport.resume_reading()
        self._look_no_more()

    def _look_after_client(self) -> None:
        """Cut the connection if the client has gone: who reads nothing is told nothing."""
        self._look = None
        if self.transport is None:
            return
        if has_hung_up(self.transport, half=self._pipe is None):
            self.transport.abort()
        else:
            self._look = self._loop.call_later(_LOOK_SECONDS, self._look_after_client)

    def _look_no_more(self) -> None:
        if self._look is not None:
            self._look.cancel()
            self._look = None


def serialise(head: ResponseHead, hop_by_hop: str = "") -> bytes:
    """A head as it goes out, with the lines that speak about this connection at its end."""
    fields = "".join([f"{name}: {value}\r\n" for name, value in head.headers])
    return f"HTTP/1.1 {head.status} {head.reason}\r\n{fields}{hop_by_hop}\r\n".encode("latin-1")
