"""Follows one direction of a WebSocket from frame to frame (RFC 6455, section 5.2), without a say in what passes."""

_CLOSE = 8
# By its second byte: how many bytes a frame has, its head included; none where its length follows, in 2 or 8 bytes.
_SIZES = tuple(
    2 + (4 if byte & 0x80 else 0) + (byte & 0x7F) if byte & 0x7F < 126 else 0 for byte in range(256)
)


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
        if self._head:
            data = self._head + data
        at, end = self._left, len(data)
        while at + 1 < end:
            size = _SIZES[data[at + 1]] or _long_size(data, at)
            if not size:
                break
            if data[at] & 0x0F == _CLOSE:
                self._closed = True
            at += size
        self._head = data[at:]
        self._left = at - end if at > end else 0


def _long_size(data: bytes, at: int) -> int:
    """Count the bytes of a frame whose length follows its second byte; 0 where too little of its head is there."""
    width = 2 if data[at + 1] & 0x7F == 126 else 8
    length = data[at + 2 : at + 2 + width]
    if len(length) < width:
        return 0
    mask = 4 if data[at + 1] & 0x80 else 0
    return 2 + width + mask + int.from_bytes(length, "big")
