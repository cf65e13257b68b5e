"""What counts as an answer, byte by byte. The stories with sockets are in test_upstream."""

import gc
import weakref
from contextlib import suppress

import pytest

from devproxy.framing import Kind
from devproxy.proxy.reader import FIELD_LIMIT, HEAD_LIMIT, ProtocolError, ResponseReader, _met

OK = b"HTTP/1.1 200 OK\r\n"
SWITCH = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


def read(wire: bytes, method: str = "GET", step: int | None = None, upgrade: str = "") -> ResponseReader:
    reader = ResponseReader(method, upgrade=upgrade)
    step = step or len(wire)
    for start in range(0, len(wire), step):
        if reader.finished:
            break
        reader.feed(wire[start : start + step])
    return reader


whole_and_in_pieces = pytest.mark.parametrize(
    "step", [None, 1, 2, 3, 7], ids=lambda step: f"step={step or 'all'}"
)


@whole_and_in_pieces
@pytest.mark.parametrize(
    ("method", "wire", "body", "kind"),
    [
        # realistic
        ("GET", OK + b"Content-Length: 5\r\n\r\nhello", b"hello", Kind.LENGTH),
        ("GET", OK + b"Content-Length: 0\r\n\r\n", b"", Kind.LENGTH),
        ("GET", CHUNKED + b"5\r\nhello\r\n0\r\n\r\n", b"hello", Kind.CHUNKED),
        ("HEAD", OK + b"Content-Length: 5\r\n\r\n", b"", Kind.NONE),
        ("HEAD", CHUNKED, b"", Kind.NONE),
        ("GET", b"HTTP/1.1 204 No Content\r\n\r\n", b"", Kind.NONE),
        ("GET", b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", b"", Kind.NONE),
        ("GET", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", b"", Kind.NONE),
        ("GET", b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", b"hi", Kind.LENGTH),
        ("GET", b"HTTP/1.1 100 Continue\r\n\r\n" + OK + b"Content-Length: 2\r\n\r\nhi", b"hi", Kind.LENGTH),
        (
            "GET",
            b"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"
            + CHUNKED
            + b"0\r\n\r\n",
            b"",
            Kind.CHUNKED,
        ),
        # synthetic
        (
            "GET",
            CHUNKED + b'5;name=value;q="x"\r\nhello\r\n0;last\r\nX-Trailer: 1\r\n\r\n',
            b"hello",
            Kind.CHUNKED,
        ),
        ("GET", CHUNKED + b"1\r\na\r\n1\r\nb\r\n1\r\nc\r\n000\r\n\r\n", b"abc", Kind.CHUNKED),
        ("GET", b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nhi", b"hi", Kind.LENGTH),
        ("GET", b"HTTP/1.1 299 caf\xe9\tau lait\r\nContent-Length: 2 \r\n\r\nhi", b"hi", Kind.LENGTH),
        ("GET", OK + b"Upgrade: h2c\r\nContent-Length: 2\r\n\r\nhi", b"hi", Kind.LENGTH),
    ],
)
def test_an_answer_ends_where_its_framing_says(method, wire, body, kind, step):
    """A complete answer is read to its last byte and no further, however the network cuts it, and the next like it too."""
    for _ in range(2):
        reader = read(wire, method, step)
        assert reader.finished
        assert not reader.spent
        assert reader.framing.kind is kind
        assert b"".join(reader.chunks) == body


def test_a_head_that_comes_again_is_the_same_to_the_same_method_only():
    """It is one value then; what it says of a body depends on what was asked."""
    wire = OK + b"Content-Length: 2\r\nX-Again: 1\r\n\r\n"
    first, again, to_head = read(wire + b"hi"), read(wire + b"ho"), read(wire, "HEAD")
    assert again.head is first.head
    assert (first.chunks, again.chunks) == ([b"hi"], [b"ho"])
    assert to_head.head == first.head
    assert (to_head.framing.kind, to_head.finished) == (Kind.NONE, True)


def test_heads_without_end_are_forgotten():
    """A target that never says the same twice costs no memory."""
    for number in range(1000):
        read(OK + b"X-Number: %d\r\nContent-Length: 0\r\n\r\n" % number)
    assert len(_met) <= 128


def test_a_switch_is_judged_by_what_was_asked_each_time():
    """The same 101 is an answer to one request and none to the next."""
    assert read(SWITCH, upgrade="websocket").switched
    with pytest.raises(ProtocolError, match="nobody asked for"):
        read(SWITCH)


@whole_and_in_pieces
@pytest.mark.parametrize(
    ("wire", "phrase"),
    [
        (b"SSH-2.0-OpenSSH_9.6\r\n", "something that is not HTTP/1.1"),
        (b"\x15\x03\x01\x00\x02\x02\x16", "something that is not HTTP/1.1; is it https?"),
        (b"\r\n" + OK + b"\r\n", "something that is not HTTP/1.1"),
        (b"RTSP/1.0 200 OK\r\n\r\n", "something that is not HTTP/1.1"),
        (b"Hello there\r\n\r\n", "a malformed head"),
        (b"HTTP/1.1 200 OK\nContent-Length: 0\n\n", "a malformed head"),
        (OK + b"Folded: a\r\n b\r\n\r\n", "a malformed head"),
        (OK + b"Space : a\r\n\r\n", "a malformed head"),
        (OK + b"Nul: a\0b\r\n\r\n", "a malformed head"),
        (OK + b"Bell: a\x07b\r\n\r\n", "a malformed head"),
        (OK + b"Cr: a\rb\r\n\r\n", "a malformed head"),
        (b"HTTP/1.1 99 Low\r\n\r\n", "a malformed head"),
        (b"HTTP/1.1 099 Low\r\n\r\n", "a status below 100"),
        (b"HTTP/1.1 000 Low\r\n\r\n", "a status below 100"),
        (b"HTTP/1.1 200 O\0K\r\nContent-Length: 0\r\n\r\n", "control characters in its status line"),
        (b"HTTP/2.0 200 OK\r\n\r\n", "HTTP/2.0"),
        (b"HTTP/0.9 200 OK\r\n\r\n", "HTTP/0.9"),
        (
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
            "101 Switching Protocols",
        ),
        (b"HTTP/1.1 101 Switching Protocols\r\n\r\n", "101 Switching Protocols"),
        (OK + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", "Transfer-Encoding"),
        (OK + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n", "Content-Length"),
        (OK + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\n", "Content-Length"),
        (OK + b"Content-Length: 3, 3\r\n\r\n", "Content-Length"),
        (OK + b"Content-Length: +3\r\n\r\n", "Content-Length"),
        (OK + b"Content-Length: 99999999999999999999\r\n\r\n", "Content-Length"),
        (OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n", "a Transfer-Encoding other than chunked"),
        (b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "Transfer-Encoding in HTTP/1.0"),
        (CHUNKED + b"xyz\r\n", "a broken chunked body"),
        (CHUNKED + b"5\r\nhelloX\r\n", "a broken chunked body"),
        (CHUNKED + b"5\nhello\n0\n\n", "a broken chunked body"),
        (CHUNKED + b"fffffffffffffffff\r\n", "a broken chunked body"),
    ],
)
def test_what_two_parsers_could_read_differently_is_refused(wire, phrase, step):
    """A broken answer is refused, and the reason says what is wrong with it."""
    with pytest.raises(ProtocolError) as refusal:
        read(wire, step=step)
    assert phrase in str(refusal.value)


CODES = [
    (b"SSH-2.0-OpenSSH_9.6\r\n", "protocol"),
    (b"HTTP/1.1 200 O\0K\r\n\r\n", "protocol"),
    (OK + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\n", "protocol_framing"),
    (OK + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", "protocol_framing"),
    (OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n", "protocol_framing"),
    (OK + b"A: " + b"a" * HEAD_LIMIT, "protocol_head_too_large"),
    (OK + b"A: b\r\n" * (FIELD_LIMIT + 1) + b"\r\n", "protocol_head_too_large"),
    (b"HTTP/1.1 101 Switching Protocols\r\n\r\n", "protocol_switch"),
    (SWITCH, "protocol_switch"),
]


@pytest.mark.parametrize(("wire", "code"), CODES)
def test_each_way_to_break_http_has_a_code(wire, code):
    """Nonsense, an uncertain end, too large a head and a switch that nobody asked for are told apart."""
    for step in (None, 1000):
        with pytest.raises(ProtocolError) as refusal:
            read(wire, step=step)
        assert refusal.value.code == code


@whole_and_in_pieces
@pytest.mark.parametrize(
    ("upgrade", "fields"),
    [
        ("websocket", b"Connection: Upgrade\r\nUpgrade: websocket\r\n"),
        ("WebSocket", b"connection: upgrade\r\nupgrade: websocket\r\n"),
        ("foo/2, bar", b"Connection: Upgrade\r\nUpgrade: bar\r\n"),
        ("websocket", b"Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 3\r\n"),
    ],
)
def test_a_switch_that_was_asked_for(upgrade, fields, step):
    """Behind the 101 everything belongs to the other protocol, and its end is that of the connection."""
    reader = read(
        b"HTTP/1.1 103 x\r\n\r\nHTTP/1.1 101 y\r\n" + fields + b"\r\n\x81\x02hi", step=step, upgrade=upgrade
    )
    assert reader.switched
    assert not reader.finished
    assert b"".join(reader.chunks) == b"\x81\x02hi"
    assert reader.eof()


@pytest.mark.parametrize(
    "fields",
    [
        b"",
        b"Upgrade: websocket\r\n",
        b"Connection: Upgrade\r\n",
        b"Connection: Upgrade\r\nUpgrade: h2c\r\n",
        b"Connection: Upgrade\r\nUpgrade: websocket, h2c\r\n",
        b"Connection: Upgrade\r\nUpgrade: \r\n",
        b"Connection: Upgrade\r\nUpgrade: websocket\r\nA B: c\r\n",
    ],
)
def test_a_switch_to_something_else(fields):
    """A target that switches to what it was not asked for, or does not say to what, is not followed."""
    with pytest.raises(ProtocolError):
        read(b"HTTP/1.1 101 Switching Protocols\r\n" + fields + b"\r\n", upgrade="websocket")


@whole_and_in_pieces
def test_interim_answers_are_kept_apart(step):
    """Each is there as it was sent, before the answer proper."""
    hints = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\nLink: </caf\xe9>\r\n\r\n"
    reader = read(b"HTTP/1.1 100 Continue\r\n\r\n" + hints + OK + b"Content-Length: 0\r\n\r\n", step=step)
    assert [(head.status, list(head.headers)) for head in reader.interim] == [
        (100, []),
        (103, [("Link", "</a.css>"), ("Link", "</caf\xe9>")]),
    ]
    assert reader.head.status == 200


@pytest.mark.parametrize(
    ("wire", "opening"), [(b"HTTP/1.1 2", b"HTTP/1.1 2"), (b"\x15\x03", b"\x15\x03"), (OK + b"\r\n", b"")]
)
def test_the_opening_of_an_answer_is_kept_until_there_is_a_head(wire, opening):
    """It is quoted where no head comes of it."""
    reader = ResponseReader("GET")
    with suppress(ProtocolError):
        reader.feed(wire)
        reader.feed(b"00 ")
    assert reader.opening == opening


@pytest.mark.parametrize(
    ("wire", "phrase"),
    [
        (OK + b"A: " + b"a" * HEAD_LIMIT + b"\r\n\r\n", "a head of more than 64 KiB"),
        (OK + b"A: b\r\n" * (FIELD_LIMIT + 1) + b"\r\n", "more than 500 header fields"),
        (CHUNKED + b"5;" + b"x" * HEAD_LIMIT * 2, "more than 64 KiB of chunk extensions or trailers"),
        (CHUNKED + b"0\r\nT: " + b"x" * HEAD_LIMIT * 2, "more than 64 KiB of chunk extensions or trailers"),
    ],
    ids=["head", "fields", "chunk extension", "trailer"],
)
@pytest.mark.parametrize("step", [None, 4096])
def test_a_target_cannot_fill_the_memory(wire, phrase, step):
    """Everything that has to be remembered is bounded, and the reason names the bound."""
    with pytest.raises(ProtocolError, match=phrase):
        read(wire, step=step)


def test_trailers_without_end_are_not_remembered():
    """Trailer fields are dropped as they come."""
    reader = read(CHUNKED + b"5\r\nhello\r\n0\r\n" + b"T: x\r\n" * 5000 + b"\r\n")
    assert reader.finished
    assert [name for name, _ in reader.head.headers] == ["Transfer-Encoding"]


@pytest.mark.parametrize(
    ("method", "wire", "body"),
    [
        ("GET", OK + b"Content-Length: 2\r\n\r\nhi" + b"there", b"hi"),
        ("GET", OK + b"Content-Length: 2\r\n\r\nhi" + OK + b"Content-Length: 3\r\n\r\nbad", b"hi"),
        ("GET", OK + b"Content-Length: 0\r\n\r\n\n", b""),
        ("HEAD", OK + b"Content-Length: 2\r\n\r\nhi", b""),
        ("GET", b"HTTP/1.1 304 Not Modified\r\n\r\nhi", b""),
        ("GET", CHUNKED + b"2\r\nhi\r\n0\r\n\r\n" + OK + b"Content-Length: 3\r\n\r\nbad", b"hi"),
        ("GET", CHUNKED + b"2\r\nhi\r\n0\r\n\r\n" + CHUNKED + b"3\r\nbad\r\n0\r\n\r\n", b"hi"),
        ("GET", CHUNKED + b"2\r\nhi\r\n0\r\n\r\n" + b"x" * HEAD_LIMIT * 2, b"hi"),
    ],
)
def test_surplus_bytes_belong_to_nobody(method, wire, body):
    """What follows an answer is no part of it, and the connection is spent."""
    reader = read(wire, method)
    assert reader.finished
    assert reader.spent
    assert b"".join(reader.chunks) == body


@whole_and_in_pieces
def test_a_head_arrives_as_it_was_sent(step):
    """Order, spelling, duplicates and bytes above 0x7F are kept; white space around values is not part of them."""
    fields = (
        b"set-cookie: a=1\r\nX-Dup:  caf\xe9 \t\r\nSet-Cookie: b=2\r\nEmpty:\r\nContent-Length: 0\r\n\r\n"
    )
    reader = read(b"HTTP/1.1 299 caf\xe9\tau lait\r\n" + fields, step=step)
    assert (reader.head.status, reader.head.reason) == (299, "caf\xe9\tau lait")
    assert list(reader.head.headers) == [
        ("set-cookie", "a=1"),
        ("X-Dup", "caf\xe9"),
        ("Set-Cookie", "b=2"),
        ("Empty", ""),
        ("Content-Length", "0"),
    ]


@pytest.mark.parametrize(
    ("wire", "ended"),
    [
        (OK + b"\r\nhello", True),
        (b"HTTP/1.0 200 OK\r\n\r\n", True),
        (OK + b"Content-Length: 5\r\n\r\nhell", False),
        (CHUNKED + b"5\r\nhello\r\n", False),
        (OK, False),
    ],
)
def test_only_a_body_without_declared_end_ends_with_the_connection(wire, ended):
    """A closed connection is the end of a close-delimited body, and a truncation everywhere else."""
    assert read(wire).eof() is ended


@pytest.mark.parametrize(
    "wire", [OK + b"Content-Length: 2\r\n\r\nhi", CHUNKED + b"2\r\nhi\r\n0\r\n\r\n", OK + b"\r\nhi"]
)
def test_a_read_answer_needs_no_garbage_collector(wire):
    """A reader and its parser do not keep each other alive."""
    gc.disable()
    try:
        gone = weakref.ref(read(wire))
        assert gone() is None
    finally:
        gc.enable()
