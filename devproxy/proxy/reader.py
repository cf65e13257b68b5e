"""Turns the bytes of one answer into a head and a body by RFC 9112; knows no sockets."""

import re

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from devproxy.framing import CHUNKED, NO_BODY, UNTIL_CLOSE, Framing, Malformed, response_framing
from devproxy.headers import Field, Headers, list_elements
from devproxy.message import ResponseHead
from devproxy.recent import Kept

# Node takes 16 KiB in all, nginx 8 KiB, curl 300 KiB: a backend that fits into a browser fits into this.
HEAD_LIMIT = 64 * 1024
# Real backends have met aiohttp's 128; Apache takes 100 from clients, Node 2,000, Go any number.
FIELD_LIMIT = 500

_VERSIONS = {"1.0": (1, 0), "1.1": (1, 1)}
_END_OF_HEAD = b"\r\n\r\n"
_PAUSED = "Pause on CONNECT/Upgrade"  # llhttp's words for a 101 without Connection and Upgrade
_FRAMING_FIELD = re.compile(
    "Content-Length|Transfer-Encoding"
)  # in llhttp's words for two lengths, and the like
# A polling page gets the same answer again and again.
_LONGEST_REPEATED = 4096
# What brings a parser that has not read the head to where its body begins.
_CHUNKED_HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
_CONTROLS = re.compile(r"[^\t -~\x80-\xff]")  # llhttp looks for them in fields only

# What heads that came whole have turned out to be, by the method that was asked with.
_met: Kept[tuple[str, bytes], tuple[ResponseHead, Framing, tuple[int, int]]] = Kept()


class ProtocolError(Exception):
    """The target broke HTTP; the text completes the sentence "… answered with", `code` is that of the TargetError."""

    def __init__(self, text: str, code: str = "protocol") -> None:
        super().__init__(text)
        self.code = code


class ResponseReader:
    """Reads one answer to `method`. Where the request asked to `upgrade`, 101 is one, and all that follows is its body.

    Interim answers (1xx) are collected in `interim`, for whoever passes them on. The parser sees heads and chunked bodies only; other bodies are counted, so that the end of an answer is known to
    the byte, and a HEAD, 204 or 304 leaves no parser half-way.
    """

    def __init__(self, method: str, *, upgrade: str = "") -> None:
        self._method = method
        self._upgrade = upgrade
        self.interim: list[ResponseHead] = []
        self.opening = b""  # what came first, until there is a head
        self.head: ResponseHead | None = None
        self.framing = NO_BODY
        self.version = (1, 1)
        self.spent = False  # nothing that follows can be an answer
        self.chunks: list[bytes] = []
        self.buffered = 0
        self.received = 0
        self.began = False
        self.finished = False
        self.switched = False  # whether the connection speaks another protocol now
        self.error: Exception | None = None
        self._remaining = 0
        self._overhead = 0
        self._expect_head()

    def _expect_head(self) -> None:
        self._fields: list[Field] = []
        self._reason = b""
        self._size = 0
        self._tail = b""
        self._parser: HttpResponseParser | None = None

    def feed(self, data: bytes) -> None:
        """Take bytes as they come; raise ProtocolError when they are not HTTP/1.1."""
        self.began = True
        while data and self.head is None:
            data = self._feed_head(data)
        if data:
            self._feed_body(data)

    def eof(self) -> bool:
        """Take the end of the connection, and say whether it is the end of the answer as well."""
        self.finished = self.framing is UNTIL_CLOSE
        self.spent = True
        return self.finished

    def _feed_head(self, data: bytes) -> bytes:
        window = self._tail + data
        found = window.find(_END_OF_HEAD)
        end = len(data) if found < 0 else found + len(_END_OF_HEAD) - len(self._tail)
        known = _met.get((self._method, data[:end])) if not self._size else None
        if known is not None:
            self._begin(*known)
            return data[end:]
        if not self._size and data[0] != ord("H"):
            hint = "; is it https?" if data[0] == 0x15 else ""  # the content type of a TLS alert
            self.opening = data
            raise ProtocolError(f"something that is not HTTP/1.1{hint}")
        if not self._size:
            self.opening = data
        self._size += end
        if self._size > HEAD_LIMIT:
            raise ProtocolError(f"a head of more than {HEAD_LIMIT // 1024} KiB", "protocol_head_too_large")
        parser = self._parse(data[:end])
        if found < 0:
            self._tail = window[1 - len(_END_OF_HEAD) :]
        else:
            self._head_complete(parser)
            if self._size == end:
                self._remember(data[:end])
        return data[end:]

    def _remember(self, data: bytes) -> None:
        """Remember what this whole head says: a target says the same again and again, and then no parser is needed."""
        if self.head is None or self.switched or len(data) > _LONGEST_REPEATED:
            return
        _met.keep((self._method, data), (self.head, self.framing, self.version))

    def _parse(self, data: bytes) -> HttpResponseParser:
        parser = self._parser = self._parser or HttpResponseParser(self)
        try:
            parser.feed_data(data)
        except HttpParserUpgrade:
            return parser  # a 101 with the fields that it must have: its head will be judged
        except HttpParserError as error:
            if str(error) == _PAUSED:
                raise ProtocolError(self._bad_switch, "protocol_switch") from error
            what = "a malformed head" if self.head is None else "a broken chunked body"
            code = "protocol_framing" if _FRAMING_FIELD.search(str(error)) else "protocol"
            raise ProtocolError(f"{what} ({error})", code) from error
        return parser

    def _head_complete(self, parser: HttpResponseParser) -> None:
        status = parser.get_status_code()
        version = _VERSIONS.get(parser.get_http_version())
        if version is None:
            raise ProtocolError(f"HTTP/{parser.get_http_version()}")
        if status < 100:
            raise ProtocolError("a status below 100")
        if len(self._fields) > FIELD_LIMIT:
            raise ProtocolError(f"more than {FIELD_LIMIT} header fields", "protocol_head_too_large")
        head = ResponseHead(status, self._reason.decode("latin-1"), Headers(self._fields))
        if _CONTROLS.search(head.reason):
            raise ProtocolError("control characters in its status line")
        if head.is_interim:
            self.interim.append(head)
            self._expect_head()
            return
        if status == 101:
            self._check_switch(head)
        framing = UNTIL_CLOSE if status == 101 else response_framing(self._method, version, head)
        if isinstance(framing, Malformed):
            raise ProtocolError(framing.reason, "protocol_framing")
        self._begin(head, framing, version)

    def _begin(self, head: ResponseHead, framing: Framing, version: tuple[int, int]) -> None:
        self.head = head
        self.switched = head.status == 101
        self.opening = b""
        self.framing = framing
        self.version = version
        self._remaining = framing.length
        self.finished = framing.is_empty
        if framing is not CHUNKED:
            self._parser = None  # it refers to this reader: the cycle would wait for the garbage collector
        elif self._parser is None:
            self._parse(_CHUNKED_HEAD)

    def _check_switch(self, head: ResponseHead) -> None:
        """RFC 9110, section 7.8: the server names the protocol, and it is one of those that were asked for."""
        asked = {protocol.lower() for protocol in list_elements(self._upgrade)}
        named = {protocol.lower() for protocol in head.headers.elements("upgrade")}
        if not named or not named <= asked:
            raise ProtocolError(self._bad_switch, "protocol_switch")

    @property
    def _bad_switch(self) -> str:
        if self._upgrade:
            return f"101 Switching Protocols, but not to {self._upgrade}, which was asked for"
        return "101 Switching Protocols, which nobody asked for"

    def _feed_body(self, data: bytes) -> None:
        if self.framing is CHUNKED:
            self._feed_chunked(data)
        elif self.framing is UNTIL_CLOSE:
            self.on_body(data)
        else:
            self.spent = len(data) > self._remaining
            self.on_body(data[: self._remaining])
            self._remaining -= min(len(data), self._remaining)
            self.finished = not self._remaining

    def _feed_chunked(self, data: bytes) -> None:
        self._overhead += len(data)
        try:
            self._parse(data)
        except ProtocolError:
            if not self.finished:
                raise
            self.spent = True
        if self._overhead > HEAD_LIMIT and not self.finished:
            raise ProtocolError(f"more than {HEAD_LIMIT // 1024} KiB of chunk extensions or trailers")
        if self.finished:
            self._parser = None

    # What httptools calls, in this order. It goes on to the next answer by itself, hence the looks at `finished`.

    def on_message_begin(self) -> None:
        if self.finished:
            self.spent = True

    def on_status(self, reason: bytes) -> None:
        self._reason += reason  # in pieces, where the network cut it

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.head is None:  # trailers come this way too, and are dropped
            self._fields.append((name.decode("latin-1"), value.decode("latin-1").rstrip(" \t")))

    def on_body(self, data: bytes) -> None:
        if not self.finished:
            self._overhead = 0
            self.chunks.append(data)
            self.buffered += len(data)
            self.received += len(data)

    def on_message_complete(self) -> None:
        if self.head is not None:
            self.finished = True
