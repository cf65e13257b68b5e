"""Follows one direction of a WebSocket from frame to frame (RFC 6455, section 5.2), without a say in what passes."""

_CLOSE = 8
_SHORT = 126  # below it the length itself; then 126 or 127: it follows in 2 or 8 bytes


class Frames:
    """Knows whether the bytes that have passed end with a whole frame, so that another may follow."""

    __slots__ = ("_closed", "_head", "_left")

    def __init__(self) -> None:
        self._head = b""
        self._left = 0
        self._closed = False

    @property
    def may_close(self) -> bool:
        """Whether a Close frame may follow: nothing is half said, and no Close has been said."""
        return not (self._closed or self._head or self._left)

    def feed(self, data: bytes) -> None:
        """Note that these bytes pass."""
        if self._left >= len(data):
            self._left -= len(data)
            return
        at = self._left
        if self._head:
            data = self._head + data
            self._head = b""
        while at < len(data):
            size = _size(data, at)
            if not size:
                self._head, self._left = data[at:], 0
                return
            self._closed = self._closed or data[at] & 0x0F == _CLOSE
            at += size
        self._left = at - len(data)


def _size(data: bytes, at: int) -> int:
    """Count the bytes of the frame that begins at `at`, its head included; 0 where too little of the head is there."""
    if len(data) - at < 2:
        return 0
    mask = 4 if data[at + 1] & 0x80 else 0
    length = data[at + 1] & 0x7F
    if length < _SHORT:
        return 2 + mask + length
    width = 2 if length == _SHORT else 8
    if len(data) - at < 2 + width:
        return 0
    return 2 + width + mask + int.from_bytes(data[at + 2 : at + 2 + width], "big")
