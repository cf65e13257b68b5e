"""What is said to many at once. This module must not know what is said, or to whom."""

import asyncio


class Outbox:
    """Writes at the end of a turn of the loop what was said in it.

    Whoever is at the other end sleeps until there is something to read. Woken for each answer alone he falls asleep again
    before the next one comes, and to wake him costs as much as to make the answer.
    """

    def __init__(self) -> None:
        self._letters: list[tuple[asyncio.Transport, bytes]] = []

    def put(self, transport: asyncio.Transport, data: bytes) -> None:
        """Write `data` to a transport that nobody else writes to in this turn, unless it is closed meanwhile."""
        if not self._letters:
            asyncio.get_running_loop().call_soon(self._send)
        self._letters.append((transport, data))

    def _send(self) -> None:
        letters, self._letters = self._letters, []
        for transport, data in letters:
            if not transport.is_closing():
                transport.write(data)
