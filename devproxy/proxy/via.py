"""A proxy on the way to a target: CONNECT, and then bytes (RFC 9110, section 9.3.6). Knows no more HTTP than that."""

import asyncio
import re

from devproxy.errors import TargetError
from devproxy.target import Target

_LONGEST_ANSWER = 16 * 1024
_END = b"\r\n\r\n"
_STATUS = re.compile(rb"HTTP/1\.[01] ([0-9]{3})(?: ([^\r\n]*))?")


class Handshake(asyncio.Protocol):
    """Asks a proxy for a tunnel to `target`; `done` holds the end of it, or what went wrong.

    The target waits for us to speak first, so nothing of it may come with the proxy's answer.
    """

    def __init__(self, target: Target) -> None:
        self._target = target
        self._answer = b""
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask."""
        host = f"[{self._target.host}]" if ":" in self._target.host else self._target.host
        place = f"{host}:{self._target.port}"
        question = f"CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n\r\n"
        transport.write(question.encode("ascii"))  # type: ignore[attr-defined]  # it is a stream

    def data_received(self, data: bytes) -> None:
        """Take the answer, which has a head and no body where it is a yes."""
        if self.done.done():
            return
        self._answer += data
        if _END not in self._answer and len(self._answer) < _LONGEST_ANSWER:
            return
        head, _, rest = self._answer.partition(_END)
        status = _STATUS.match(head)
        if status and status[1].startswith(b"2") and not rest:
            self.done.set_result(None)
        elif status:
            self._refuse(f"answered {status[1].decode()} {(status[2] or b'').decode('latin-1')[:100]!a}")
        else:
            self._refuse("answered with something that is no HTTP")

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that the proxy has hung up."""
        del exc
        if not self.done.done():
            self._refuse("closed the connection")

    def _refuse(self, what: str) -> None:
        self.done.set_exception(
            TargetError("via", f"the proxy {self._target.via}, asked for {self._target.name}, {what}")
        )
