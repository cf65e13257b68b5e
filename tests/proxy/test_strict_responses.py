"""What a target answers is read by the letter of RFC 9112, and whatever it does wrong harms no other request.

Black-box tables: raw bytes from the target, raw bytes at the client; then the same target answers the next request.
"""

import asyncio
import re
from contextlib import suppress

import pytest

OK = b"HTTP/1.1 200 OK\r\n"
TWO = b"Content-Length: 2\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
GOOD = OK + b"Content-Length: 4\r\n\r\ngood"
POISON = OK + b"Content-Length: 6\r\n\r\npoison"


def line(status_line):
    return status_line + b"\r\n" + TWO + b"\r\nhi"


def head(fields):
    return OK + fields + b"\r\nhi"


REFUSED = {
    # the status line (RFC 9112, section 4)
    "no HTTP": b"SSH-2.0-OpenSSH_9.6\r\n",
    "a TLS alert": b"\x15\x03\x01\x00\x02\x02\x16",
    "HTTP/0.9": b"<html>hi</html>",
    "an empty line in front": b"\r\n" + line(b"HTTP/1.1 200 OK"),
    "a blank in front": b" " + line(b"HTTP/1.1 200 OK"),
    "two blanks before the status": line(b"HTTP/1.1  200 OK"),
    "a tab before the status": line(b"HTTP/1.1\t200 OK"),
    "no status": line(b"HTTP/1.1 OK"),
    "no status and no reason": line(b"HTTP/1.1"),
    "two digits": line(b"HTTP/1.1 20 OK"),
    "four digits": line(b"HTTP/1.1 2000 OK"),
    "a signed status": line(b"HTTP/1.1 +200 OK"),
    "a hex status": line(b"HTTP/1.1 0xC8 OK"),
    "a fraction": line(b"HTTP/1.1 200.0 OK"),
    "status 099": line(b"HTTP/1.1 099 Low"),
    "status 000": line(b"HTTP/1.1 000 Low"),
    "no blank after the status": line(b"HTTP/1.1 200OK"),
    "HTTP/1.2": line(b"HTTP/1.2 200 OK"),
    "HTTP/2.0": line(b"HTTP/2.0 200 OK"),
    "HTTP/0.9 as a version": line(b"HTTP/0.9 200 OK"),
    "HTTP/1.10": line(b"HTTP/1.10 200 OK"),
    "HTTP/11": line(b"HTTP/11 200 OK"),
    "http/1.1": line(b"http/1.1 200 OK"),
    "ICY": line(b"ICY 200 OK"),
    "NUL in the reason": line(b"HTTP/1.1 200 O\0K"),
    "ESC in the reason": line(b"HTTP/1.1 200 O\x1bK"),
    "DEL in the reason": line(b"HTTP/1.1 200 O\x7fK"),
    "CR in the reason": line(b"HTTP/1.1 200 O\rK"),
    # line ends
    "LF after the status line": b"HTTP/1.1 200 OK\n" + TWO + b"\r\nhi",
    "LF everywhere": b"HTTP/1.1 200 OK\nContent-Length: 2\n\nhi",
    "LF after a field": OK + b"X-A: b\n" + TWO + b"\r\nhi",
    "LF as the empty line": OK + TWO + b"\nhi",
    "CR everywhere": b"HTTP/1.1 200 OK\rContent-Length: 2\r\rhi",
    "CR CR LF": b"HTTP/1.1 200 OK\r\r\n" + TWO + b"\r\nhi",
    # fields (RFC 9112, section 5)
    "folded": head(TWO + b"X-A: b\r\n c\r\n"),
    "folded with a tab": head(TWO + b"X-A: b\r\n\tc\r\n"),
    "a field before which a blank stands": head(b" X-A: b\r\n" + TWO),
    "a blank before the colon": head(TWO + b"X-A : b\r\n"),
    "a tab before the colon": head(TWO + b"X-A\t: b\r\n"),
    "no colon": head(TWO + b"X-A\r\n"),
    "no name": head(TWO + b": b\r\n"),
    "a blank in the name": head(TWO + b"X A: b\r\n"),
    "a name in brackets": head(TWO + b"(X-A): b\r\n"),
    "a name with a byte above 0x7F": head(TWO + b"X-\xc4: b\r\n"),
    "NUL in a value": head(TWO + b"X-A: b\0c\r\n"),
    "BEL in a value": head(TWO + b"X-A: b\x07c\r\n"),
    "ESC in a value": head(TWO + b"X-A: b\x1bc\r\n"),
    "DEL in a value": head(TWO + b"X-A: b\x7fc\r\n"),
    "CR in a value": head(TWO + b"X-A: b\rSet-Cookie: a=b\r\n"),
    "LF in a value": head(TWO + b"X-A: b\nSet-Cookie: a=b\r\n"),
    # framing (RFC 9112, section 6)
    "both, CL first": OK + TWO + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
    "both, TE first": OK + b"Transfer-Encoding: chunked\r\n" + TWO + b"\r\n2\r\nhi\r\n0\r\n\r\n",
    "two lengths that agree": head(TWO + TWO),
    "two lengths that differ": head(TWO + b"Content-Length: 3\r\n"),
    "a list of lengths": head(b"Content-Length: 2, 2\r\n"),
    "plus": head(b"Content-Length: +2\r\n"),
    "minus": head(b"Content-Length: -2\r\n"),
    "hex": head(b"Content-Length: 0x2\r\n"),
    "empty": head(b"Content-Length:\r\n"),
    "letters": head(b"Content-Length: two\r\n"),
    "a blank between digits": head(b"Content-Length: 2 2\r\n"),
    "2 ** 64": head(b"Content-Length: 18446744073709551616\r\n"),
    "2 ** 64 + 2": head(b"Content-Length: 18446744073709551618\r\n"),
    "an underscore in its name": head(b"Content_Length: 2\r\n"),
    "gzip, chunked": OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "chunked twice": OK + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    "two codings": OK + b"Transfer-Encoding: chunked\r\n" * 2 + b"\r\n0\r\n\r\n",
    "identity": head(b"Transfer-Encoding: identity\r\n"),
    "xchunked": OK + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "an empty coding": OK + b"Transfer-Encoding:\r\n\r\n0\r\n\r\n",
    "chunked in HTTP/1.0": b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    # 1xx
    "101 without being asked": b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nhi",
    "101 without fields": b"HTTP/1.1 101 Switching Protocols\r\n\r\nhi",
    # limits
    "a head of 100 KB": OK + b"X-A: " + b"b" * 100_000 + b"\r\n" + TWO + b"\r\nhi",
    "a status line of 100 KB": b"HTTP/1.1 200 " + b"O" * 100_000 + b"\r\n\r\n",
    "501 fields": OK + b"X-A: b\r\n" * 500 + TWO + b"\r\nhi",
    "interim answers without end": b"HTTP/1.1 100 Continue\r\nX-A: bbbbbbbbbbbbbbbbbbbb\r\n\r\n" * 30_000,
    # the end
    "nothing": b"",
    "half a status line": b"HTTP/1.1 20",
    "half a head": OK + b"X-A: b",
    "a head without an empty line": OK + TWO,
    "an interim answer alone": b"HTTP/1.1 100 Continue\r\n\r\n",
}

BROKEN_BODIES = {
    "a body that ends early": OK + b"Content-Length: 9\r\n\r\nhi",
    "chunks without an end": CHUNKED + b"2\r\nhi\r\n",
    "half a chunk": CHUNKED + b"9\r\nhi",
    "no line end behind the last chunk": CHUNKED + b"2\r\nhi\r\n0\r\n",
    "a chunk size that is none": CHUNKED + b"2\r\nhi\r\nzz\r\n",
    "a chunk size with a sign": CHUNKED + b"2\r\nhi\r\n+2\r\nhi\r\n0\r\n\r\n",
    "a chunk size with 0x": CHUNKED + b"2\r\nhi\r\n0x2\r\nhi\r\n0\r\n\r\n",
    "a chunk size of 2 ** 64": CHUNKED + b"2\r\nhi\r\n10000000000000000\r\nhi\r\n0\r\n\r\n",
    "a chunk that is too long": CHUNKED + b"2\r\nhi\r\n2\r\nhi!\r\n0\r\n\r\n",
    "a chunk that is too short": CHUNKED + b"2\r\nhi\r\n9\r\nhi\r\n0\r\n\r\n",
    "chunks with bare LF": CHUNKED + b"2\r\nhi\r\n2\nhi\n0\n\n",
    "a chunk with a blank behind its size": CHUNKED + b"2\r\nhi\r\n2 \r\nhi\r\n0\r\n\r\n",
    "chunk extensions without end": CHUNKED + b"2\r\nhi\r\n2;" + b"a" * 100_000,
    "trailers without end": CHUNKED + b"2\r\nhi\r\n0\r\n" + b"X-A: b\r\n" * 20_000,
    "a trailer with NUL": CHUNKED + b"2\r\nhi\r\n0\r\nX-A: \0\r\n\r\n",
}

TAKEN = {
    "a length": (OK + TWO + b"\r\nhi", b"hi"),
    "a length of 0": (OK + b"Content-Length: 0\r\n\r\n", b""),
    "a length in blanks": (OK + b"Content-Length: \t2 \r\n\r\nhi", b"hi"),
    "chunks": (CHUNKED + b"2\r\nhi\r\n0\r\n\r\n", b"hi"),
    "chunks with extensions and trailers": (CHUNKED + b'2;a="b;c"\r\nhi\r\n0;z\r\nX-A: b\r\n\r\n', b"hi"),
    "no reason": (line(b"HTTP/1.1 200 "), b"hi"),
    "no reason and no blank": (line(b"HTTP/1.1 200"), b"hi"),
    "a reason of bytes above 0x7F": (line(b"HTTP/1.1 200 \xc9t\xe9"), b"hi"),
    "HTTP/1.0": (line(b"HTTP/1.0 200 OK"), b"hi"),
    "interim answers first": (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + OK + TWO + b"\r\nhi", b"hi"),
    "bytes above 0x7F in a value": (OK + b"X-A: caf\xe9\r\n" + TWO + b"\r\nhi", b"hi"),
    "the same field twice": (OK + b"Set-Cookie: a=1\r\nSet-Cookie: b=2\r\n" + TWO + b"\r\nhi", b"hi"),
    "two servers": (OK + b"Server: a\r\nServer: b\r\n" + TWO + b"\r\nhi", b"hi"),
    "until the end of the connection": (OK + b"\r\nhi", b"hi"),
    "a body that looks like an answer": (OK + b"Content-Length: %d\r\n\r\n" % len(POISON) + POISON, POISON),
}  # fmt: skip

SURPLUS = {
    "behind a length": (OK + TWO + b"\r\nhi", "GET"),
    "behind a length of 0": (OK + b"Content-Length: 0\r\n\r\n", "GET"),
    "behind chunks": (CHUNKED + b"2\r\nhi\r\n0\r\n\r\n", "GET"),
    "behind a HEAD": (OK + TWO + b"\r\n", "HEAD"),
    "a body behind a HEAD": (OK + TWO + b"\r\nhi", "HEAD"),
    "behind a 204": (b"HTTP/1.1 204 No Content\r\n\r\n", "GET"),
    "behind a 204 with a length": (b"HTTP/1.1 204 No Content\r\n" + TWO + b"\r\nhi", "GET"),
    "behind a 304": (b"HTTP/1.1 304 Not Modified\r\n" + TWO + b"\r\n", "GET"),
    "behind a 500": (b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", "GET"),
}


@pytest.fixture
async def answering(speaking, start):
    """A devproxy before a target that says given bytes to /first, and a good answer to anything else."""

    async def run(said, *, then_close):
        async def speak(reader, writer):
            with suppress(asyncio.IncompleteReadError, ConnectionError):
                while True:
                    asked = await reader.readuntil(b"\r\n\r\n")
                    if b" /first " not in asked:
                        writer.write(GOOD)
                        continue
                    for piece in [said] if isinstance(said, bytes) else said:
                        writer.write(piece)
                        await writer.drain()
                        await asyncio.sleep(0.01)
                    if then_close:
                        break

        return await start(await speaking(speak))

    return run


async def asked(proxy, method="GET", target="/first"):
    """The whole answer to one request; what was there, where the connection was cut."""
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.proxy.port)
    writer.write(f"{method} {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    answer = b""
    with suppress(ConnectionError):
        while chunk := await asyncio.wait_for(reader.read(65536), 5):
            answer += chunk
    writer.close()
    return answer


async def is_well(proxy):
    return [(await asked(proxy, target=f"/{n}")).endswith(b"\r\n\r\ngood") for n in range(3)] == [True] * 3


@pytest.mark.parametrize("said", REFUSED.values(), ids=REFUSED)
async def test_refused(answering, said):
    """What is no certain answer is a 502 from devproxy, with nothing of it but a quoted beginning."""
    proxy = await answering(said, then_close=True)
    answer = await asked(proxy)
    while answer.startswith(b"HTTP/1.1 100 "):
        answer = answer.partition(b"\r\n\r\n")[2]
    assert answer.startswith(b"HTTP/1.1 502 Bad Gateway\r\n")
    head, _, _ = answer.partition(b"\r\n\r\n")
    assert b"Set-Cookie" not in head
    assert re.search(rb"\r\nX-Devproxy-Error: (protocol|reset)", head)
    assert await is_well(proxy)


@pytest.mark.parametrize("said", BROKEN_BODIES.values(), ids=BROKEN_BODIES)
async def test_a_broken_body_is_truncated(answering, said):
    """The client gets what was good, and never a clean end."""
    proxy = await answering(said, then_close=True)
    answer = await asked(proxy)
    if answer.startswith(b"HTTP/1.1 502 "):  # all of it came at once, the end with its beginning
        return
    assert answer.startswith(OK)
    assert not answer.endswith(b"0\r\n\r\n")
    assert b"Content-Length: 9\r\n" in answer or b"Transfer-Encoding: chunked\r\n" in answer
    assert await is_well(proxy)


@pytest.mark.parametrize("step", [None, 1])
@pytest.mark.parametrize(("said", "content"), TAKEN.values(), ids=TAKEN)
async def test_taken(answering, said, content, step):
    """However the network cuts it, the body arrives whole, framed once."""
    pieces = [said] if step is None else [said[at : at + 1] for at in range(len(said))]
    proxy = await answering(pieces, then_close=True)
    answer = await asked(proxy)
    head, _, body = answer.rpartition(b"Connection: close\r\n\r\n")
    assert b"HTTP/1.1 200" in head
    if b"Transfer-Encoding: chunked\r\n" in head:
        body = b"".join(re.findall(rb"[0-9a-f]+\r\n([^\r]*)\r\n", body))
    assert body == content
    assert await is_well(proxy)


@pytest.mark.parametrize("later", [False, True], ids=["at once", "later"])
@pytest.mark.parametrize(("said", "method"), SURPLUS.values(), ids=SURPLUS)
async def test_surplus_bytes_poison_nobody(answering, said, method, later):
    """An answer that nobody asked for is nobody's, however well it is timed."""
    proxy = await answering([said, POISON] if later else said + POISON, then_close=False)
    answer = await asked(proxy, method)
    assert b"poison" not in answer
    await asyncio.sleep(0.05 if later else 0)
    assert await is_well(proxy)
    assert b"poison" not in await asked(proxy, method, "/again")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_no_write_is_lost_to_a_target_that_closes_idle_connections(start, speaking, method):
    """Sixty of sixty, each once, although the target closes just when the next one comes."""
    reached = []

    async def speak(reader, writer):
        with suppress(asyncio.IncompleteReadError, TimeoutError, ConnectionError):
            while True:
                asked = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 0.02)
                if b"Content-Length" in asked:
                    await reader.readexactly(2)
                reached.append(asked.split()[1])
                writer.write(GOOD)
        writer.close()

    proxy = await start(await speaking(speak))
    for number in range(60):
        content = "" if method == "DELETE" and number % 2 else "hi"
        status, _, body = await proxy.ask(f"{method} /{number} HTTP/1.1", content.encode())
        assert (status, body) == (200, b"good")
        await asyncio.sleep(0.019 + number % 5 * 0.0005)
    assert reached == [b"/%d" % number for number in range(60)]
