"""Bytes both ways in another protocol than HTTP, mostly WebSocket, until both sides have said their last word.

What passes is the client's and the target's own affair. Only where devproxy itself ends a WebSocket does it say
something: 1001, "going away" (RFC 6455, section 7.4.1).
"""

import asyncio
from collections.abc import Awaitable, Callable
from secrets import token_bytes

from devproxy.message import ResponseHead
from devproxy.proxy.client import Client
from devproxy.proxy.dial import Through
from devproxy.proxy.frames import Frames
from devproxy.proxy.upstream import TargetResponse

# A side that has heard the last word of the other gets this long to say its own.
_LAST_WORD_SECONDS = 1.0

_GOING_AWAY = (1001).to_bytes(2, "big")
_CLOSE = b"\x88\x02" + _GOING_AWAY


class _Way:
    """One direction. Its end is passed on, and leaves the other direction open.

    `goodbye` is the frame that may be said where devproxy stops, empty where the protocol is not known to have any.
    """

    def __init__(
        self,
        read: Callable[[Through | None], Awaitable[bytes]],
        write: Callable[[bytes], Awaitable[None]],
        pass_by: Through,
        write_eof: Callable[[], None],
        goodbye: bytes,
    ) -> None:
        self._read = read
        self._write = write
        self._pass_by = pass_by
        self._write_eof = write_eof
        self._goodbye = goodbye
        self._frames = Frames() if goodbye else None
        self._ended = False

    async def carry(self) -> None:
        """Pass on what is read, and its end. What comes while there is room for it on the other side waits for no task."""
        while data := await self._read(self._through):
            if self._frames:
                self._frames.feed(data)
            await self._write(data)
        self._end()

    def _through(self, data: bytes) -> bool:
        if not self._pass_by(data):
            return False
        if self._frames:
            self._frames.feed(data)
        return True

    async def leave(self) -> None:
        """End this direction properly, if it has not ended, and let what still comes pass by."""
        if not self._ended:
            if self._frames and self._frames.may_close:
                await self._write(self._goodbye)
            self._end()
        while await self._read(None):
            pass

    def _end(self) -> None:
        self._ended = True
        self._write_eof()


async def tunnel(client: Client, answer: TargetResponse) -> None:
    """Carry bytes between a client and a target that have agreed on another protocol, until one of them has gone.

    When cancelled while the client is there, both sides of a WebSocket are told. Raises TargetError or ClientError
    where a connection breaks.
    """
    to_client, to_target = (_CLOSE, _masked(_CLOSE)) if _is_websocket(answer.head) else (b"", b"")
    down = _Way(answer.read, client.send, client.pass_by, client.write_eof, to_client)
    up = _Way(client.take_over().read, answer.tell, answer.pass_by, answer.write_eof, to_target)
    start = asyncio.get_running_loop().create_task
    ways = [start(down.carry()), start(up.carry())]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.wait(ways, timeout=_LAST_WORD_SECONDS, return_when=asyncio.FIRST_EXCEPTION)
    except asyncio.CancelledError:
        await _stop(ways)
        if client.is_connected:
            leaving = [start(down.leave()), start(up.leave())]
            await asyncio.wait(leaving, timeout=_LAST_WORD_SECONDS)
            await _stop(leaving)
        raise
    await _stop(ways)
    for way in ways:
        if not way.cancelled():
            way.result()


async def _stop(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _is_websocket(head: ResponseHead) -> bool:
    return [protocol.lower() for protocol in head.headers.elements("upgrade")] == ["websocket"]


def _masked(frame: bytes) -> bytes:
    """A short frame as clients must send it (RFC 6455, section 5.3)."""
    key = token_bytes(4)
    payload = bytes(byte ^ key[at % 4] for at, byte in enumerate(frame[2:]))
    return bytes((frame[0], frame[1] | 0x80)) + key + payload
