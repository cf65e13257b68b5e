"""The client's side: what aiohttp's listener hands over, and what is written back."""

import pytest

from devproxy.errors import ClientError
from devproxy.framing import CHUNKED, NO_BODY, UNTIL_CLOSE, Framing, Kind
from devproxy.headers import Headers
from devproxy.message import RequestHead, ResponseHead
from devproxy.proxy.client import Client

HEAD = ResponseHead(200, "OK", Headers([("X-A", "1")]))


class Connection:
    """Keeps what is written; `broken` makes it one that has gone."""

    def __init__(self, *, broken=False):
        self.written = b""
        self.broken = broken

    writing_paused = False

    def write(self, data):
        if self.broken:
            raise ConnectionResetError
        self.written += data


def client(method="GET", version=(1, 1), *, broken=False):
    connection = Connection(broken=broken)
    return Client(connection, RequestHead(method, "/", Headers(), version), keep_alive=True), connection


@pytest.mark.parametrize(
    ("method", "version", "body", "written"),
    [
        ("GET", (1, 1), Framing(Kind.LENGTH, 2), b"hi"),
        ("GET", (1, 1), CHUNKED, b"2\r\nhi\r\n0\r\n\r\n"),
        ("GET", (1, 1), UNTIL_CLOSE, b"2\r\nhi\r\n0\r\n\r\n"),
        ("GET", (1, 0), CHUNKED, b"hi"),
        ("GET", (1, 0), UNTIL_CLOSE, b"hi"),
    ],
)
async def test_a_whole_answer_is_one_write(method, version, body, written):
    """Head, body and end go out together, delimited in a way that the client's version knows."""
    side, connection = client(method, version)
    await side.start(HEAD, body, b"hi", end=True)
    head, _, content = connection.written.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\nX-A: 1")
    assert content == written


async def test_an_answer_without_a_body_is_its_head():
    """Nothing follows the empty line."""
    side, connection = client("HEAD")
    await side.start(HEAD, NO_BODY, end=True)
    assert connection.written.endswith(b"\r\n\r\n")
    assert side.answered


async def test_a_client_that_has_gone_is_a_client_error():
    """What the listener raises ends here."""
    side, _ = client(broken=True)
    with pytest.raises(ClientError, match="has gone"):
        await side.start(HEAD, NO_BODY, end=True)


async def test_without_an_answer_the_connection_is_not_used_again():
    """Whatever went wrong, the next request gets a connection of its own."""
    side, _ = client()
    assert not side.finished().keep_alive
