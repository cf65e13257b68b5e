"""Where the requests on a client's connection begin and end (RFC 9112), decided before any other parser sees a byte.

What two parsers could read differently goes no further: line ends other than CR LF, blanks where none belong, control
bytes, bodies without a single end. Bytes that pass do so unchanged. This module must not know sockets or what is asked.
"""

import re
from collections.abc import Callable
from functools import lru_cache

from devproxy.answers import OwnAnswer
from devproxy.cors.names import PARSED_METHODS
from devproxy.framing import Kind, Malformed, request_framing
from devproxy.guard import (
    NOT_ASCII,
    UNKNOWN_METHOD,
    VERSION_NOT_SUPPORTED,
    VERSIONS,
    ambiguous_body,
    head_too_large,
)
from devproxy.headers import Headers
from devproxy.message import RequestHead

# Twice of what `admit` lets pass: up to here a request is refused in words that its page can read, beyond it is cut.
HEAD_LIMIT = 64 * 1024
# Of all the chunk extensions of one body; hardly anybody sends any.
EXTENSIONS_LIMIT = 16 * 1024

# Each of these reads its bytes once, whatever they are: classes are possessive, and no two ways lead through a group. Groups
# are not possessive: before Python 3.11.5 such a group keeps what it took of a repetition that failed.
_TCHAR = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]"
_FIELDS = rb"(?:%b++:[\t\x20-\x7e\x80-\xff]*+\r\n)*\r\n" % _TCHAR
_REQUEST_LINE = re.compile(rb"(%b++) ([^\x00-\x20\x7f]++) HTTP/([0-9]\.[0-9])\r\n" % _TCHAR)
_VERSIONS = {b"%d.%d" % version: version for version in VERSIONS}
_TRAILERS = re.compile(_FIELDS)
# Most requests have none of these, and end with their head. CGI and its heirs take an underscore for a hyphen.
_REMARKABLE = re.compile(
    rb"\r\n(?:content[-_]length|transfer[-_]encoding|upgrade|(?:proxy-)?connection:[^\r\n]*close)",
    re.IGNORECASE,
)
_QUOTED = rb'"(?:[\t !#-\[\]-~\x80-\xff]|\\[\t -~\x80-\xff])*"'
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,15}+)((?:;%b++(?:=(?:%b++|%b))?)*)\r\n" % (_TCHAR, _TCHAR, _QUOTED))
# What no head, chunk line or trailer has anywhere. A CR at the very end may still become a CR LF.
_NO_TEXT = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|(?<!\r)\n|\r(?!\n|\Z)")
# A page asks for the same again and again, and with the same fields for all of a kind. Who does not is only slower.
_MOST_REPEATED = 128
_LONGEST_REPEATED = 4096
_HEX_DIGITS = b"0123456789abcdefABCDEF"
_CRLF = b"\r\n"

_CONTROLS = OwnAnswer(
    "bad_request", "The request has a control character, or a line that does not end with CR LF."
)
_BAD_LINE = OwnAnswer(
    "bad_request",
    "The request does not begin with a method, a target and HTTP/1.1, with one blank between each two.",
)
_FOLDED = OwnAnswer("bad_request", "A header field is folded over several lines (RFC 9112, section 5.2).")
_BAD_FIELD = OwnAnswer("bad_request", "A header field has no proper name, or a blank before its colon.")
_BAD_CHUNK = OwnAnswer("bad_framing", "The request body has a chunk whose size cannot be read.")
_LONG_CHUNK = OwnAnswer("bad_framing", "The request body has chunk extensions without end.")
_BAD_TRAILER = OwnAnswer("bad_framing", "The request body has no proper end.")
_LATE = OwnAnswer("late_head", "The head of the request was not whole in time.")


# Where in the data the part that begins at a position ends: at that position as long as it is not whole. A function, as a
# method that its own reader keeps would be a cycle in each connection.
_Part = Callable[["RequestReader", bytes, int], int]


class _Refusal(Exception):  # noqa: N818  # a refusal is no error of anybody here
    def __init__(self, answer: OwnAnswer) -> None:
        self.answer = answer


class RequestReader:
    """Follows the bytes of one connection from head to head.

    `heads` counts those that were whole; `refusal` is set when the connection can carry no further request. `whole` is the
    request that the bytes taken last are, if they are a single one, without a body or another protocol to follow; what is
    known of its `client` besides is as in RequestHead.
    """

    __slots__ = (
        "_after", "_client", "_extensions", "_kept", "_near", "_part", "_remaining", "_secure", "_seen",
        "heads", "refusal", "whole",
    )  # fmt: skip

    def __init__(self, client: str = "127.0.0.1", *, secure: bool = False, near: bool = True) -> None:
        self.heads = 0
        self.refusal: OwnAnswer | None = None
        self._client, self._secure, self._near = client, secure, near
        self.whole: RequestHead | None = None
        self._part: _Part | None = RequestReader._head
        self._after: _Part | None = RequestReader._head  # what comes after this message
        self._kept = b""  # of a part that is not whole yet
        self._seen = 0  # how many of these hold nothing that is wrong
        self._remaining = 0
        self._extensions = 0

    @property
    def within_head(self) -> bool:
        """Whether a head has begun and is not whole; a connection is taken to begin with one."""
        return self._part is RequestReader._head and (bool(self._kept) or not self.heads)

    @property
    def kept(self) -> int:
        """How many bytes are kept back."""
        return len(self._kept)

    @property
    def may_go_on(self) -> bool:
        """Whether another request may follow, as far as the client is concerned (RFC 9112, section 9.3)."""
        return self._part is not None

    def take(self, data: bytes) -> list[bytes]:
        """Take bytes as they come, and return those that may go on: whole heads, whole chunk lines, bodies as they are.

        Each head begins a piece of its own: a parser that refuses one has then handed out those before it. What follows
        the last request of a connection is dropped. What follows a request to speak another protocol is kept until
        `go_on` or `release` says what it is.
        """
        data = self._kept + data if self._kept else data
        pieces = []
        self.whole = None
        begin = at = 0
        try:
            while at < len(data) and self._part is not None:
                heads = self.heads
                end = self._part(self, data, at)
                if end == at:
                    break
                if self.heads != heads and at > begin:
                    pieces.append(data[begin:at])
                    begin = at
                at = end
                self._seen = 0
        except _Refusal as refusal:
            self._refuse(refusal.answer)
        self._kept = data[at:] if self._part is not None else b""
        if at > begin:
            pieces.append(data[begin:at])
        return pieces

    def go_on(self) -> bool:
        """The connection goes on in HTTP, if that was in question: what is kept is the next request."""
        if self._after is not RequestReader._undecided:
            return False
        self._after = RequestReader._head
        if self._part is RequestReader._undecided:
            self._part = RequestReader._head
        return True

    def release(self) -> bytes:
        """The connection goes on in another protocol: hand out what is kept, and take no more."""
        kept, self._kept = self._kept, b""
        self._part = self._after = None
        return kept

    def refuse_late(self) -> bool:
        """Take no more, as a head took too long; whether there is one that an answer would be for."""
        began = bool(self._kept)
        self._refuse(_LATE)
        return began

    def _refuse(self, answer: OwnAnswer) -> None:
        self.refusal = answer
        self._part = None
        self._kept = b""

    # The parts of a message.

    def _head(self, data: bytes, at: int) -> int:
        if data.startswith(_CRLF, at):
            return at + 2  # RFC 9112, section 2.2: such lines are to be ignored
        end = self._section(data, at)
        if end is None or end - at > HEAD_LIMIT:
            if len(data) - at > HEAD_LIMIT:
                raise _Refusal(_too_large(data[at:]))
            if data.find(_CRLF, at) >= 0 and not _REQUEST_LINE.match(data, at):
                raise _Refusal(_fault(data[at:]))
            return at
        head, is_remarkable = _head_in(data[at:end], self._client, self._secure, self._near)
        self.heads += 1
        if is_remarkable:
            self._begin_body(head)
        if end - at == len(data) and self._part in {RequestReader._head, None}:
            self.whole = head
        return end

    def _begin_body(self, head: RequestHead) -> None:
        # RFC 9110 knows no Proxy-Connection, but llhttp, which reads on behind us, closes on it.
        options = [
            option.lower()
            for name in ("connection", "proxy-connection")
            for option in head.headers.elements(name)
        ]
        if "close" in options or (head.version == (1, 0) and "keep-alive" not in options):
            self._after = None
        elif head.method == "CONNECT" or "upgrade" in head.headers:
            self._after = RequestReader._undecided
        else:
            self._after = RequestReader._head
        framing = request_framing(head)
        if isinstance(framing, Malformed):
            raise _Refusal(ambiguous_body(framing))
        if framing.kind is Kind.CHUNKED:
            self._extensions = 0
            self._part = RequestReader._chunk_line
        elif framing.length:
            self._remaining = framing.length
            self._part = RequestReader._sized
        else:
            self._part = self._after

    def _sized(self, data: bytes, at: int) -> int:
        passed = min(len(data) - at, self._remaining)
        self._remaining -= passed
        if not self._remaining:
            self._part = self._after
        return at + passed

    def _chunk_line(self, data: bytes, at: int) -> int:
        match = _CHUNK.match(data, at)
        if match is None:
            if data[at] not in _HEX_DIGITS or data.find(_CRLF, at) >= 0:
                raise _Refusal(_BAD_CHUNK)
            self._look(data, at)
            if len(data) - at > EXTENSIONS_LIMIT:
                raise _Refusal(_LONG_CHUNK)
            return at
        self._extensions += len(match[2])
        if self._extensions > EXTENSIONS_LIMIT:
            raise _Refusal(_LONG_CHUNK)
        size = int(match[1], 16)
        end = match.end()
        if not size:
            self._part = RequestReader._trailers
        elif data.startswith(_CRLF, end + size):
            return end + size + 2
        else:
            self._remaining = size
            self._part = RequestReader._chunk
        return end

    def _chunk(self, data: bytes, at: int) -> int:
        if self._remaining:
            passed = min(len(data) - at, self._remaining)
            self._remaining -= passed
            return at + passed
        if data.startswith(_CRLF, at):
            self._part = RequestReader._chunk_line
            return at + 2
        if data[at:] != b"\r":
            raise _Refusal(_BAD_CHUNK)
        return at

    def _trailers(self, data: bytes, at: int) -> int:
        if data.startswith(_CRLF, at):
            self._part = self._after
            return at + 2
        end = self._section(data, at)
        if end is None and len(data) - at <= HEAD_LIMIT:
            return at
        match = _TRAILERS.match(data, at)
        if match is None or match.end() != end:
            raise _Refusal(_BAD_TRAILER)
        self._part = self._after
        return match.end()

    def _undecided(self, data: bytes, at: int) -> int:  # noqa: ARG002  # as any part
        """What follows a request to speak another protocol: nobody knows yet what it is."""
        return at

    def _section(self, data: bytes, at: int) -> int | None:
        """Where the lines up to an empty one end, None if that has not come."""
        end = data.find(_CRLF + _CRLF, at + max(self._seen - 3, 0))
        if end >= 0:
            return end + 4
        self._look(data, at)
        return None

    def _look(self, data: bytes, at: int) -> None:
        """Refuse at once what cannot become right any more; the sender may take it for whole, and wait."""
        if _NO_TEXT.search(data, at + max(self._seen - 1, 0)):
            raise _Refusal(_CONTROLS)
        self._seen = len(data) - at


def _head_in(data: bytes, client: str, secure: bool, near: bool) -> tuple[RequestHead, bool]:
    """A whole head, and whether more may follow it than the next one."""
    read = _head_read_lately if len(data) <= _LONGEST_REPEATED else _read_head
    return read(data, client, secure, near)


def _read_head(data: bytes, client: str, secure: bool, near: bool) -> tuple[RequestHead, bool]:
    line = _REQUEST_LINE.match(data)
    if line is None:
        raise _Refusal(_fault(data))
    fields = data[line.end() :]
    headers, is_remarkable = (_fields_read_lately if len(fields) <= _LONGEST_REPEATED else _read_fields)(
        fields
    )
    if headers is None:
        raise _Refusal(_fault(data))
    method, target, version = line[1].decode(), line[2], _VERSIONS.get(line[3])
    if version is None:
        raise _Refusal(VERSION_NOT_SUPPORTED)
    if method not in PARSED_METHODS:
        raise _Refusal(UNKNOWN_METHOD)
    if not target.isascii():
        raise _Refusal(NOT_ASCII)
    head = RequestHead(method, target.decode(), headers, version, client, secure, near)
    return head, is_remarkable or version < (1, 1) or method == "CONNECT"


def _read_fields(lines: bytes) -> tuple[Headers | None, bool]:
    """The fields in what stands between a request line and a body (None: it is malformed), and whether they are remarkable."""
    if not _TRAILERS.fullmatch(lines):
        return None, False
    return Headers.of_lines(lines[: -len(_CRLF)]), bool(_REMARKABLE.search(_CRLF + lines))


_head_read_lately = lru_cache(maxsize=_MOST_REPEATED)(_read_head)
_fields_read_lately = lru_cache(maxsize=_MOST_REPEATED)(_read_fields)


def _fault(head: bytes) -> OwnAnswer:
    """What is wrong with a head, in words that hold nothing of it."""
    line = _REQUEST_LINE.match(head)
    if _NO_TEXT.search(head):
        return _CONTROLS
    if line is None:
        return _BAD_LINE
    return _FOLDED if b"\r\n " in head or b"\r\n\t" in head else _BAD_FIELD


def _too_large(head: bytes) -> OwnAnswer:
    line, *fields = head.decode("latin-1").split("\r\n")
    parts = [field.partition(":") for field in fields]
    return head_too_large(line, Headers([(name, value) for name, _, value in parts]))
