"""A client's connection: aiohttp's request handler with what it lacks.

It has whole requests answered without aiohttp, and passes on to aiohttp's parser only what has one reading. It does not
wait for ever for a head, hands a connection over to another protocol and hears the last words in it, ends a body that
turns out to be malformed, and misses a client that goes while nothing is read from it. This module must not know what
requests mean.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from sys import intern
from typing import Any, Protocol, cast

from aiohttp import web
from aiohttp.http import RawRequestMessage

from devproxy.answers import OwnAnswer, render
from devproxy.guard import is_near
from devproxy.message import RequestHead, ResponseHead
from devproxy.proxy.dial import Through, half_close, has_hung_up
from devproxy.reading import HEAD_LIMIT, RequestReader

_log = logging.getLogger("devproxy")

# A head that RequestReader passes is within aiohttp's limits, so that only one of the two has any.
_MOST_FIELDS = HEAD_LIMIT // len("a:\r\n")
# From connect, and from the first byte of each later head; browsers send one in one packet.
_HEAD_SECONDS = 10.0
# Chromium keeps an idle connection for 300 s, Firefox for 115 s, nginx for 75 s.
_KEEPALIVE_SECONDS = 75.0
# Time for a refused upload to be read, so that its sender sees the answer instead of a reset.
_LINGER_SECONDS = 5.0
# As much as one read of the event loop hands over: a target that keeps up never makes a client wait.
_UNREAD_LIMIT = 256 * 1024
# A client that has gone is missed within a second.
_LOOK_SECONDS = 0.5
# What no parser takes, wherever in a message it comes.
_POISON = b"\0"

_MALFORMED = OwnAnswer("bad_request", "This is not a well-formed HTTP/1.1 request.")


class Pending(Protocol):
    """A request that is being answered by callbacks: when all is said, the connection's `answered` is called."""

    def hand_over(self) -> None:
        """Have it answered in a task instead, by the connection's `answer_by`."""


class Direct(Protocol):
    """Answers a whole request on its connection: by callbacks, or in a task, by the connection's `answer_by`."""

    def __call__(
        self, connection: "ClientConnection", head: RequestHead, *, keep_alive: bool
    ) -> Pending | None: ...


class Server(web.Server):
    """aiohttp's server, with connections of ours; `gateway` is that of the container, if any, in which it runs.

    `direct` answers the requests that come in one piece and without a body, as nearly all do; aiohttp, which takes twice
    the time, hands out the others to `handler`, or all.
    """

    def __init__(
        self,
        handler: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]],
        direct: Direct | None = None,
        *,
        gateway: str = "",
    ) -> None:
        super().__init__(handler, handler_cancellation=True)
        self._direct = direct
        self._gateway = gateway
        self._running_loop = asyncio.get_running_loop()

    def __call__(self) -> web.RequestHandler:
        return ClientConnection(
            self,
            self._direct,
            self._gateway,
            loop=self._running_loop,
            access_log=None,
            auto_decompress=False,
            keepalive_timeout=_KEEPALIVE_SECONDS,
            lingering_time=_LINGER_SECONDS,
            max_line_size=HEAD_LIMIT,
            max_field_size=HEAD_LIMIT,
            max_headers=_MOST_FIELDS,
        )


class ClientConnection(web.RequestHandler):
    """One connection of a client. What is refused before the handler is answered here, without a byte of it in the log.

    While a request is answered directly aiohttp waits for one, and what comes behind it is held back.
    """

    __slots__ = (
        "_answering",
        "_direct",
        "_gateway",
        "_head_timer",
        "_held",
        "_look",
        "_requests",
        "is_near",
    )

    _head_timer: asyncio.TimerHandle | None
    _look: asyncio.TimerHandle | None

    def __init__(self, manager: web.Server, direct: Direct | None, gateway: str, **options: Any) -> None:
        super().__init__(manager, **options)
        self._direct = direct
        self._gateway = gateway
        self._answering: Pending | asyncio.Task[None] | None = None
        self._held = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._head_timer = None
        self._look = None
        super().connection_made(transport)
        address, *_ = transport.get_extra_info("peername") or ("",)  # none of who has gone already
        self.is_near = is_near(address, self._gateway)
        secure = transport.get_extra_info("sslcontext") is not None
        self._requests = RequestReader(intern(address or "unknown"), secure=secure, near=self.is_near)
        self._time_head(anew=False)

    def connection_lost(self, exc: BaseException | None) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
        self._look_no_more()
        super().connection_lost(exc)
        if (task := self._answering_task()) is not None:
            self._loop.call_soon(task.cancel)  # one that has just been made must begin, to have an end

    async def shutdown(self, timeout: float | None = 15.0) -> None:  # noqa: ASYNC109  # the signature is aiohttp's
        """Wait a while for what is answered directly, too."""
        if (task := self._answering_task()) is not None:
            await asyncio.wait({task}, timeout=timeout)
            task.cancel()
        await super().shutdown(timeout)

    def _answering_task(self) -> asyncio.Task[None] | None:
        """The task in which a request is answered directly from now on, if one is."""
        if self._answering is not None and not isinstance(self._answering, asyncio.Task):
            self._answering.hand_over()
        return cast("asyncio.Task[None] | None", self._answering)

    def data_received(self, data: bytes) -> None:
        if not data:  # aiohttp's own call after a pause
            super().data_received(data)
        elif isinstance(self._payload_parser, Pipe):
            self._payload_parser.feed_data(data)
        elif self._answering is not None:
            self._held += data
            if len(self._held) > _UNREAD_LIMIT:
                self._pause_transport_reading()
        elif self._requests.refusal is None:
            self._read(bytes(data))

    def write(self, data: bytes) -> None:
        """Send something. Raises ConnectionError where the client has gone."""
        if self.transport is None or self.transport.is_closing():
            raise ConnectionResetError
        self.transport.write(data)

    async def room(self) -> None:
        """Wait while the client is slow to take what was sent. Raises ConnectionError where it goes meanwhile."""
        await self._drain_helper()

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Answer, and read on where a request to speak another protocol has been declined."""
        answered = await super().finish_response(request, resp, start_time)
        if self._requests.refusal is not None and not resp.keep_alive:
            await self._linger()
        if not self._messages and self._requests.go_on():
            self._read(b"")
            self._resume_transport_reading()
        return answered

    async def _linger(self) -> None:
        """Say no more, and let pass what the client still sends: it would turn the farewell into a reset."""
        if self.transport is not None and half_close(self.transport):
            await asyncio.sleep(_LINGER_SECONDS)
        self._lingering_time = 0.0  # aiohttp would read what is left of the body, and it has none

    def _read(self, data: bytes) -> None:
        """Pass on what RequestReader lets pass; where it refuses, aiohttp's parser is made to, when its turn comes."""
        requests = self._requests
        heads = requests.heads
        pieces = requests.take(data)
        if self._direct is not None and self._is_idle and (head := requests.whole):
            if pending := self._direct(self, head, keep_alive=requests.may_go_on):
                self._answering = pending
        else:
            for piece in pieces:
                self._feed(piece)
        if requests.refusal is not None:
            self._feed(_POISON)
        if requests.kept > _UNREAD_LIMIT:
            self._pause_transport_reading()
        if requests.within_head or self._head_timer is not None:
            self._time_head(anew=requests.heads != heads)

    @property
    def _is_idle(self) -> bool:
        """Whether aiohttp waits for a request, and would take it."""
        waits = self._waiter is not None and not self._waiter.done()
        return (waits or not self._request_count) and not (self._close or self._force_close)

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
            self.force_close()
        elif self._close:
            self._loop.call_soon(self.force_close)  # behind what is in the outbox
        if self._close or self._force_close:
            return
        # As aiohttp does it after each answer.
        self._next_keepalive_close_time = self._loop.time() + _KEEPALIVE_SECONDS
        if self._keepalive_handle is None:
            self._keepalive_handle = self._loop.call_later(_KEEPALIVE_SECONDS, self._process_keepalive)
        if self._held:
            held, self._held = self._held, b""
            self._resume_transport_reading()
            self._read(held)

    def _process_keepalive(self) -> None:
        if self._answering is None:
            super()._process_keepalive()
        else:
            self._keepalive_handle = None

    def _feed(self, data: bytes) -> None:
        super().data_received(data)
        if self._messages and not isinstance(self._messages[-1][0], RawRequestMessage):
            self._break_off_body()

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
            self._feed(_POISON)
        else:
            self.force_close()

    def eof_received(self) -> bool:  # type: ignore[override]  # whether to stay open, as asyncio has it
        """Hear that the client says no more: a farewell in HTTP, but in another protocol it may still listen."""
        if isinstance(self._payload_parser, Pipe):
            self._payload_parser.feed_eof()
            return True
        return False

    def take_over(self) -> "Pipe":
        """Take all that the client says from now on: it is another protocol than HTTP."""
        pipe = Pipe(self)
        self._upgraded = True
        self.set_parser(pipe)  # type: ignore[arg-type]  # it calls feed_data and feed_eof
        self._resume_transport_reading()
        if kept := self._requests.release():
            pipe.feed_data(kept)
        return pipe

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,  # noqa: ARG002  # the signature is aiohttp's
        exc: BaseException | None = None,  # noqa: ARG002
        message: str | None = None,  # noqa: ARG002  # it quotes the bytes at fault, which may be a secret
    ) -> web.StreamResponse:
        """A fixed answer to a request that is none."""
        answer = self._requests.refusal or _MALFORMED
        _log.warning(
            "%d  refused a malformed request from %s (%s)", answer.status, request.remote, answer.code
        )
        return _Refused(*render(answer if self.is_near else answer.for_strangers, None))

    def log_exception(self, *args: Any, **kw: Any) -> None:
        """Log what went wrong in aiohttp; that a body breaks which nobody waits for any more is no news."""
        if not isinstance(kw.get("exc_info"), web.RequestPayloadError):
            super().log_exception(*args, **kw)

    def _break_off_body(self) -> None:
        """Tell whoever reads a body that it has turned out to be malformed: aiohttp would let him wait for ever."""
        if len(self._messages) > 1:
            body = self._messages[-2][1]
        elif self._current_request is not None:
            body = self._current_request.content
        else:
            return
        if not body.is_eof():
            body.set_exception(web.RequestPayloadError("the body is malformed"))

    def _pause_transport_reading(self) -> None:
        super()._pause_transport_reading()
        if self._look is None:
            self._look = self._loop.call_later(_LOOK_SECONDS, self._look_after_client)

    def _resume_transport_reading(self) -> None:
        super()._resume_transport_reading()
        self._look_no_more()

    def _look_after_client(self) -> None:
        """Cut the connection if the client has gone: who reads nothing is told nothing."""
        self._look = None
        if self.transport is None:
            return
        if has_hung_up(self.transport, half=self._payload_parser is None):
            self.transport.abort()
        else:
            self._look = self._loop.call_later(_LOOK_SECONDS, self._look_after_client)

    def _look_no_more(self) -> None:
        if self._look is not None:
            self._look.cancel()
            self._look = None


class Pipe:
    """What a client says in another protocol, to be read as it comes."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._chunks: list[bytes] = []
        self._unread = 0
        self._paused = False
        self._ended = False
        self._through: Through | None = None
        self._news = asyncio.Event()

    def feed_data(self, data: bytes) -> tuple[bool, bytes]:
        """Let some bytes through, or keep them, and let the client wait once many lie unread."""
        if self._through is not None and not self._chunks and self._through(data):
            return False, b""
        self._chunks.append(data)
        self._unread += len(data)
        self._news.set()
        if self._unread > _UNREAD_LIMIT:
            self._paused = True
            self._connection.pause_reading()
        return False, b""

    def feed_eof(self) -> None:
        """Note that the client says no more."""
        self._ended = True
        self._news.set()

    async def read(self, through: Through | None = None) -> bytes:
        """Wait for what comes next; b"" at the end. Meanwhile `through` gets what comes, as long as it takes it."""
        self._through = through
        while not self._chunks and not self._ended:
            self._news.clear()
            await self._news.wait()
        self._through = None
        data = b"".join(self._chunks)
        self._chunks.clear()
        self._unread = 0
        if self._paused:
            self._paused = False
            self._connection.resume_reading()
        return data


class Sent(web.StreamResponse):
    """Tells aiohttp that the answer is on its way already, and whether the connection may carry another."""

    def __init__(self, *, keep_alive: bool) -> None:
        super().__init__()
        self._keep_alive = keep_alive

    async def prepare(self, request: web.BaseRequest) -> None:
        """Nothing is left to prepare."""

    async def write_eof(self, data: bytes = b"") -> None:
        """Nothing is left to write."""


class _Refused(Sent):
    """Answers what aiohttp's parser refused: there is no request to speak of, and none may follow."""

    def __init__(self, head: ResponseHead, body: bytes) -> None:
        super().__init__(keep_alive=False)
        self._answer = serialise(head, "Connection: close\r\n") + body

    async def prepare(self, request: web.BaseRequest) -> None:
        """Write the answer."""
        await request.writer.write(self._answer)


def serialise(head: ResponseHead, hop_by_hop: str = "") -> bytes:
    """A head as it goes out, with the lines that speak about this connection at its end."""
    fields = "".join([f"{name}: {value}\r\n" for name, value in head.headers])
    return f"HTTP/1.1 {head.status} {head.reason}\r\n{fields}{hop_by_hop}\r\n".encode("latin-1")
