"""Where a message's body ends (RFC 9112, section 6), decided once, as a value; others read and write accordingly.

Stricter than the standard where it allows repair: a message that two parsers could read differently is `Malformed`.
"""

import re
from dataclasses import dataclass
from enum import Enum

from devproxy.headers import Headers
from devproxy.message import RequestHead, ResponseHead


class Kind(Enum):
    """How the end of a body is found."""

    NONE = "no body"
    LENGTH = "Content-Length"
    CHUNKED = "chunked"
    CLOSE = "until the connection closes"


@dataclass(frozen=True, slots=True)
class Framing:
    """How a body is delimited; `length` is its size in bytes where the kind is LENGTH."""

    kind: Kind
    length: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether it is known beforehand that not a byte will come."""
        return not self.length and self is not CHUNKED and self is not UNTIL_CLOSE


@dataclass(frozen=True, slots=True)
class Malformed:
    """A head whose body has no single end; `reason` is a phrase for people."""

    reason: str


# One value each, which `is` tells apart.
NO_BODY = Framing(Kind.NONE)
CHUNKED = Framing(Kind.CHUNKED)
UNTIL_CLOSE = Framing(Kind.CLOSE)

# 18 digits are an exabyte, and fit the 64-bit lengths of every parser behind us.
_DIGITS = re.compile(r"[0-9]{1,18}")
# CGI and its heirs take an underscore for a hyphen.
_DECLARING = frozenset({"content-length", "content_length", "transfer-encoding", "transfer_encoding"})


def request_framing(head: RequestHead) -> Framing | Malformed:
    """How the body of a request is delimited (RFC 9112, section 6.3)."""
    declared = _declared(head.headers, head.version)
    return NO_BODY if declared is None else declared


def response_framing(method: str, version: tuple[int, int], head: ResponseHead) -> Framing | Malformed:
    """How the body of a response to `method` is delimited (RFC 9112, section 6.3)."""
    if method == "HEAD" or head.status < 200 or head.status in {204, 304}:
        return NO_BODY
    declared = _declared(head.headers, version)
    return UNTIL_CLOSE if declared is None else declared


def _declared(headers: Headers, version: tuple[int, int]) -> Framing | Malformed | None:
    if headers.names.isdisjoint(_DECLARING):
        return None
    if "transfer_encoding" in headers or "content_length" in headers:
        return Malformed("a field that CGI and its heirs take for Content-Length or Transfer-Encoding")
    codings = headers.lines("transfer-encoding")
    lengths = headers.lines("content-length")
    if codings:
        if lengths:
            return Malformed("both Content-Length and Transfer-Encoding")
        if version < (1, 1):
            return Malformed("Transfer-Encoding in HTTP/1.0")
        if len(codings) > 1 or codings[0].strip(" \t").lower() != "chunked":
            return Malformed("a Transfer-Encoding other than chunked")
        return CHUNKED
    if len(lengths) > 1:
        return Malformed("more than one Content-Length")
    length = lengths[0].strip(" \t")
    if _DIGITS.fullmatch(length) is None:
        return Malformed("a Content-Length that is not a number of bytes")
    return Framing(Kind.LENGTH, int(length))
