"""What a client says in another protocol than HTTP. This module must not know which, nor to whom."""

import asyncio
from collections.abc import Callable

from devproxy.proxy.dial import Through

# As much as one read of the event loop hands over: a target that keeps up never makes a client wait.
UNREAD_LIMIT = 256 * 1024


class Pipe:
    """What is said, to be read as it comes. `pause` and `resume` let whoever says it wait, once much of it lies unread."""

    def __init__(self, pause: Callable[[], None], resume: Callable[[], None]) -> None:
        self._pause = pause
        self._resume = resume
        self._chunks: list[bytes] = []
        self._unread = 0
        self._paused = False
        self._ended = False
        self._through: Through | None = None
        self._news = asyncio.Event()

    def feed_data(self, data: bytes) -> None:
        """Let some bytes through, or keep them, and let the client wait once many lie unread."""
        if self._through is not None and not self._chunks and self._through(data):
            return
        self._chunks.append(data)
        self._unread += len(data)
        self._news.set()
        if self._unread > UNREAD_LIMIT:
            self._paused = True
            self._pause()

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
            self._resume()
        return data
