"""Where requests begin and end on a connection. What is refused stands in tables in tests/proxy/test_strict_requests."""

import re

import pytest
from hypothesis import given, strategies as st

from devproxy.headers import Headers
from devproxy.message import RequestHead
from devproxy.reading import EXTENSIONS_LIMIT, HEAD_LIMIT, RequestReader
from tests.law import patient

GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
SIZED = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
CHUNKS = b"5;a=b\r\nhello\r\n0\r\nX-A: b\r\n\r\n"
UPGRADE = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
LAST = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


def read(*pieces):
    """The reader after some pieces, and what it let pass of each."""
    reader = RequestReader()
    return reader, [b"".join(reader.take(piece)) for piece in pieces]


def cut(wire, step):
    return [wire[start : start + step] for start in range(0, len(wire), step)]


@pytest.mark.parametrize("step", [1, 2, 3, 7, 10_000])
@pytest.mark.parametrize(
    ("wire", "heads"),
    [
        (GET, 1),
        (GET * 3, 3),
        (b"\r\n\r\n" + GET + b"\r\n" + GET, 2),
        (SIZED + GET, 2),
        (SIZED * 2, 2),
        (CHUNKED + CHUNKS + GET, 2),
        (CHUNKED + b"0\r\n\r\n" + CHUNKED + CHUNKS + GET, 3),
        (CHUNKED + b"1\r\nx\r\n" * 100 + b"0\r\n\r\n" + LAST, 2),
        (GET.replace(b"1.1", b"1.0").replace(b"\r\n\r\n", b"\r\nConnection: Keep-Alive\r\n\r\n") + GET, 2),
    ],
)
def test_what_is_well_formed_passes_unchanged(wire, heads, step):
    """Byte for byte, however the network cuts it, and nothing is kept back at the end."""
    reader, passed = read(*cut(wire, step))
    assert b"".join(passed) == wire
    assert (reader.heads, reader.kept, reader.refusal) == (heads, 0, None)


def test_a_head_passes_when_it_is_whole_and_a_body_as_it_comes():
    """Half a head, chunk line or trailer is kept back; body bytes never are."""
    _, passed = read(GET[:10], GET[10:], SIZED[:-4], SIZED[-4:-2], SIZED[-2:])
    assert passed == [b"", GET, SIZED[:-4], b"el", b"lo"]
    _, passed = read(CHUNKED + b"5", b"\r", b"\nhe", b"llo", b"\r", b"\n0\r\n", b"\r", b"\n" + GET)
    assert passed == [CHUNKED, b"", b"5\r\nhe", b"llo", b"", b"\r\n0\r\n", b"", b"\r\n" + GET]


@pytest.mark.parametrize(
    ("pieces", "target", "may_go_on"),
    [
        ([GET], "/", True),
        ([GET[:9], GET[9:]], "/", True),
        ([SIZED, GET], "/", True),
        ([LAST], "/", False),
        ([GET.replace(b"1.1", b"1.0")], "/", False),
        ([SIZED.replace(b": 5", b": 0")[:-5]], "/", True),
        ([GET, b""], None, True),
        ([GET + GET], None, True),
        ([GET + b"G"], None, True),
        ([b"\r\n" + GET], None, True),
        ([LAST + GET], None, False),
        ([SIZED], None, True),
        ([CHUNKED], None, True),
        ([UPGRADE], None, True),
        ([UPGRADE.replace(b"GET", b"CONNECT")], None, True),
        ([GET[:-2] + b"\0\r\n"], None, False),
        ([SIZED.replace(b": 5", b": x")[:-5]], None, False),
    ],
)
def test_a_request_is_whole_where_it_is_all_that_has_come_and_all_that_will(pieces, target, may_go_on):
    """With a body, another protocol or another request around it, it is none that could be answered by itself."""
    reader, _ = read(*pieces)
    assert (reader.whole.target if reader.whole else None, reader.may_go_on) == (target, may_go_on)


def test_a_whole_request_is_read_as_it_was_sent():
    """Bytes above 0x7F stay, blanks around a value are none of it (RFC 9112, section 5.1), and its sender is known."""
    reader = RequestReader("192.0.2.1", secure=True, near=False)
    reader.take(b"PATCH /a%20b?c HTTP/1.0\r\nHost: x\r\nX-A:\t caf\xe9 b \t\r\nX-a:\r\nX-B:y:z\r\n\r\n")
    headers = Headers([("Host", "x"), ("X-A", "caf\xe9 b"), ("X-a", ""), ("X-B", "y:z")])
    head = RequestHead("PATCH", "/a%20b?c", headers, (1, 0), "192.0.2.1", secure=True, near=False)
    assert reader.whole == head


@pytest.mark.parametrize("last", [LAST, GET.replace(b"1.1", b"1.0"), LAST.replace(b"Conn", b"Proxy-Conn")])
def test_nothing_passes_behind_the_last_request(last):
    """A client that says close has said all that counts."""
    reader, passed = read(last + GET, GET)
    assert passed == [last, b""]
    assert (reader.kept, reader.refusal, reader.within_head) == (0, None, False)


@pytest.mark.parametrize(
    ("pieces", "code"),
    [
        # at once, without an empty line: the sender may take it for whole
        ([b"\x16\x03\x01"], "bad_request"),
        ([b"GET / HTTP/1.1\n"], "bad_request"),
        ([b"GET / HTTP/1.1\r", b"X"], "bad_request"),
        ([b"GET /", b" HTTP/1.1\r\nHost: a", b"\nX"], "bad_request"),
        ([b"GET /\r\n"], "bad_request"),
        ([b"\rG"], "bad_request"),
        ([CHUNKED + b"g"], "bad_framing"),
        ([CHUNKED + b"5;a\n"], "bad_request"),
        ([CHUNKED + b"5\r\nhello0"], "bad_framing"),
        ([CHUNKED + b"5\r\nhello", b"\rX"], "bad_framing"),
        ([CHUNKED + b"0\r\nX-A: b\n"], "bad_request"),
        # once it is whole
        ([b"GET / HTTP/1.1\r\nHost : a\r\n\r\n"], "bad_request"),
        ([b"GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n"], "bad_request"),
        ([b"GET / HTTP/2.0\r\nHost: a\r\n\r\n"], "version_not_supported"),
        ([b"patch / HTTP/1.1\r\nHost: a\r\n\r\n"], "bad_request"),
        ([b"GET /\xe9 HTTP/1.1\r\nHost: a\r\n\r\n"], "bad_target"),
        ([SIZED.replace(b"5", b"+5")], "bad_framing"),
        ([CHUNKED + b"5x\r\n"], "bad_framing"),
        ([CHUNKED + b"0\r\nX-A : b\r\n\r\n"], "bad_framing"),
        # without end
        ([b"GET / HTTP/1.1\r\nX-A: " + b"x" * HEAD_LIMIT], "head_too_large"),
        ([b"GET / HTTP/1.1\r\nX-A: " + b"x" * HEAD_LIMIT + b"\r\n\r\n"], "head_too_large"),
        ([b"GET /" + b"x" * HEAD_LIMIT], "target_too_long"),
        ([CHUNKED + b"5;" + b"x" * (EXTENSIONS_LIMIT + 1)], "bad_framing"),
        ([CHUNKED + b"5;" + b"x" * EXTENSIONS_LIMIT + b"\r\nhello\r\n0\r\n"], "bad_framing"),
        ([CHUNKED, b"1;abcdefgh\r\nx\r\n" * (EXTENSIONS_LIMIT // 9 + 1)], "bad_framing"),
        ([CHUNKED + b"0\r\nX-A: " + b"x" * HEAD_LIMIT], "bad_framing"),
    ],
)
def test_what_is_refused_ends_the_connection(pieces, code):
    """Nothing of it passes, nor of what follows."""
    reader, passed = read(*pieces)
    assert reader.refusal.code == code
    assert re.fullmatch(rb"|POST [^\0]+", b"".join(passed))
    assert reader.take(GET) == []
    assert (reader.kept, reader.within_head) == (0, False)


def test_too_large_a_head_is_told_by_its_largest_field():
    """Whole or not: the developer wants to know which cookie it was."""
    for ending in (b"", b"\r\nX-B: c\r\n\r\n"):
        reader, _ = read(b"GET / HTTP/1.1\r\nHost: a\r\nX-A: " + b"x" * HEAD_LIMIT + ending)
        assert "X-A" in reader.refusal.detail


@pytest.mark.parametrize("request_bytes", [UPGRADE, UPGRADE.replace(b"websocket", b"h2c")])
def test_what_follows_an_upgrade_is_kept_until_it_is_known_what_it_is(request_bytes):
    """A request, where it was declined; anything at all, where it was not."""
    reader, passed = read(request_bytes + GET[:5], GET[5:] + GET)
    assert passed == [request_bytes, b""]
    assert (reader.kept, reader.within_head) == (2 * len(GET), False)
    assert reader.go_on()
    assert reader.take(b"") == [GET, GET]
    assert not reader.go_on()
    reader, _ = read(request_bytes + b"\x81\x05hello")
    assert reader.release() == b"\x81\x05hello"
    assert not reader.go_on()


def test_an_upgrade_with_a_body_keeps_what_follows_the_body():
    """Declined early or late, the next request begins behind it."""
    asked = UPGRADE.replace(b"GET", b"POST").replace(b"\r\n\r\n", b"\r\nContent-Length: 5\r\n\r\n")
    reader, passed = read(asked + b"hello" + GET)
    assert passed == [asked + b"hello"]
    assert reader.go_on()
    assert reader.take(b"") == [GET]
    reader, passed = read(asked + b"he")
    assert reader.go_on()
    assert reader.take(b"llo" + GET) == [b"llo", GET]


def test_a_head_is_waited_for_from_the_start_and_from_its_first_byte():
    """Between two requests nothing is; a body is no head."""
    reader = RequestReader()
    assert reader.within_head
    for piece, within in [
        (GET[:5], True),
        (GET[5:], False),
        (b"\r\n", False),
        (b"G", True),
        (GET[1:] + SIZED[:-1], False),
        (b"o", False),
        (CHUNKED + b"5", False),
        (b"\r\nhello\r\n0\r\nX", False),
        (b": y\r\n\r\n" + GET[:1], True),
    ]:
        reader.take(piece)
        assert reader.within_head is within


def test_a_late_head_is_refused():
    """There is something to answer only where a byte of it has come."""
    reader, _ = read(GET[:5])
    assert reader.refuse_late()
    assert (reader.refusal.status, reader.within_head) == (408, False)
    assert not RequestReader().refuse_late()


messages = st.sampled_from([GET, SIZED, CHUNKED + CHUNKS, UPGRADE, LAST, b"\r\n"])
wounds = st.sampled_from([b"\r", b"\n", b"\0", b" ", b":", b"\x80", b"0", b"chunked", b"\r\n"])


@patient
@given(
    st.lists(messages, max_size=4), st.lists(st.tuples(st.integers(0, 500), wounds), max_size=3), st.data()
)
def test_how_the_network_cuts_makes_no_difference(parts, hurts, data):
    """What passes, what is refused and why depend on the bytes alone; and what passes is their beginning."""
    wire = b"".join(parts)
    for at, wound in hurts:
        wire = wire[:at] + wound + wire[at:]
    whole, passed = read(wire)
    assert wire.startswith(passed[0])
    step = data.draw(st.integers(1, 20))
    pieced, others = read(*cut(wire, step))
    assert b"".join(others) == passed[0]
    assert (pieced.refusal is None) == (whole.refusal is None)
    assert pieced.kept == whole.kept
