"""A target that reads requests as strictly as RFC 9112 lets one, and notes all that another server could read differently.

Written from the standard alone: it shares no line with devproxy, whose work it judges.
"""

import asyncio
import re
from dataclasses import dataclass, field
from typing import cast

_TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_REQUEST_LINE = re.compile(rb"(%b) (/[!\"$-~]*) HTTP/1\.1" % _TOKEN)
_FIELD_LINE = re.compile(rb"(%b): ((?:[!-~\x80-\xff](?:[\t -~\x80-\xff]*[!-~\x80-\xff])?)?)" % _TOKEN)
_HOST = re.compile(rb"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
_LENGTH = re.compile(rb"[0-9]{1,18}")
_CHUNK_SIZE = re.compile(rb"[0-9A-Fa-f]{1,15}")
_BROKEN_TEXT = re.compile(rb"(?<!\r)\n|\r(?!\n|\Z)|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LOOKALIKE = re.compile(rb"content_length|transfer_encoding")  # CGI and its heirs take "_" for "-"
_FRAMING = {b"content-length", b"transfer-encoding"}
# What speaks about the client's connection, or about who the client is, is not for the target.
_NOT_FOR_TARGETS = {
    b"forwarded",
    b"keep-alive",
    b"proxy-authenticate",
    b"proxy-authorization",
    b"proxy-connection",
    b"te",
    b"trailer",
}


class Ambiguous(Exception):  # noqa: N818
    """Bytes that two servers could read differently."""


class Unfinished(Exception):  # noqa: N818
    """More is to come."""


@dataclass
class Request:
    """One request as it arrived."""

    method: str
    target: str
    fields: list[tuple[str, str]]
    body: bytes

    def lines(self, name: str) -> list[str]:
        """The values of all lines with a name."""
        return [value for key, value in self.fields if key.lower() == name.lower()]


def read_request(data: bytes) -> tuple[Request, bytes]:
    """The first request in `data`, and what follows it. Raises Ambiguous, or Unfinished where it is not all there."""
    end = data.find(b"\r\n\r\n")
    head = data[:end] if end >= 0 else data
    if _BROKEN_TEXT.search(head):
        raise Ambiguous("a control character or a bare line end in the head")
    if end < 0:
        raise Unfinished
    line, *lines = head.split(b"\r\n")
    asked = _REQUEST_LINE.fullmatch(line)
    matches = [_FIELD_LINE.fullmatch(line) for line in lines]
    if asked is None:
        raise Ambiguous("the request line")
    if not all(matches):
        raise Ambiguous("a field line")
    fields = [(match[1], match[2]) for match in matches if match]
    body, rest = _body(fields, data[end + 4 :])
    pairs = [(name.decode(), value.decode("latin-1")) for name, value in fields]
    return Request(asked[1].decode(), asked[2].decode(), pairs, body), rest


def _body(fields: list[tuple[bytes, bytes]], data: bytes) -> tuple[bytes, bytes]:
    names = [name.lower() for name, _ in fields]
    values = {name.lower(): value for name, value in fields}
    if names.count(b"host") != 1 or not _HOST.fullmatch(values[b"host"]):
        raise Ambiguous("the Host")
    if any(_LOOKALIKE.fullmatch(name) and name not in _FRAMING for name in names):
        raise Ambiguous("a field that looks like a length")
    if not _NOT_FOR_TARGETS.isdisjoint(names):
        raise Ambiguous("a field that was not for the target")
    if len([name for name in names if name in _FRAMING]) > 1:
        raise Ambiguous("two lengths")
    if b"transfer-encoding" in values:
        if values[b"transfer-encoding"] != b"chunked":
            raise Ambiguous("the Transfer-Encoding")
        return _chunks(data)
    if b"content-length" not in values:
        return b"", data
    if not _LENGTH.fullmatch(values[b"content-length"]):
        raise Ambiguous("the Content-Length")
    length = int(values[b"content-length"])
    if len(data) < length:
        raise Unfinished
    return data[:length], data[length:]


def _chunks(data: bytes) -> tuple[bytes, bytes]:
    body = b""
    while True:
        line, end, data = data.partition(b"\r\n")
        said = line if end else line.removesuffix(b"\r")
        if (said or end) and not _CHUNK_SIZE.fullmatch(said):
            raise Ambiguous("a chunk size")
        if not end:
            raise Unfinished
        size = int(line, 16)
        if len(data) < size + 2:
            raise Unfinished
        if data[size : size + 2] != b"\r\n":
            raise Ambiguous("the end of a chunk")
        body, data = body + data[:size], data[size + 2 :]
        if not size:
            return body, data


@dataclass
class Target:
    """A server whose answers say what was asked for; `findings` are for people, with the bytes at fault."""

    requests: list[Request] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    port: int = 0
    server: asyncio.Server | None = None

    @property
    def origin(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> "Target":
        """Listen on a free port."""
        loop = asyncio.get_running_loop()
        self.server = await loop.create_server(lambda: _Connection(self), "127.0.0.1", 0)
        self.port = self.server.sockets[0].getsockname()[1]
        return self

    def stop(self) -> None:
        """Listen no more."""
        if self.server is not None:
            self.server.close()


class _Connection(asyncio.Protocol):
    def __init__(self, target: Target) -> None:
        self._target = target
        self._data = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._data += data
        try:
            while self._data:
                request, self._data = read_request(self._data)
                self._target.requests.append(request)
                self._transport.write(_answer(request))
                if "close" in request.lines("connection"):
                    self._transport.close()
        except Unfinished:
            pass
        except Ambiguous as reason:
            self._target.findings.append(f"{reason}: {self._data[:500]!r}")
            self._transport.abort()


def _answer(request: Request) -> bytes:
    said = request.target.encode()
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nContent-Type: text/plain\r\n\r\n" % len(said)
    return head + (b"" if request.method == "HEAD" else said)
