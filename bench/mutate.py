"""Fires mutated raw requests at a running devproxy in front of a strict target, and looks for what got through.

    python -m bench.mutate --seed 1 --count 20000

Three things are findings: bytes at the target that two servers could read differently, an answer that is not for the
request that it follows, and a plain GET that is not answered after a mutant. A run is repeated by its seed.
"""

import argparse
import asyncio
import random
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic

from bench.processes import devproxy
from bench.strict import Target

_HOST = b"Host: localhost\r\n"
_SMUGGLED = b"GET /smuggled HTTP/1.1\r\n" + _HOST + b"\r\n"
SEEDS = (
    b"GET /a?b=c HTTP/1.1\r\n" + _HOST + b"User-Agent: x\r\nAccept: */*\r\n\r\n",
    b"HEAD /a HTTP/1.1\r\n" + _HOST + b"\r\n",
    b"GET http://localhost/a HTTP/1.1\r\n" + _HOST + b"\r\n",
    b"GET /a HTTP/1.0\r\n" + _HOST + b"Connection: keep-alive\r\n\r\n",
    b"POST /a HTTP/1.1\r\n" + _HOST + b"Content-Length: 5\r\n\r\nhello",
    b"POST /a HTTP/1.1\r\n" + _HOST + b"Content-Length: %d\r\n\r\n" % len(_SMUGGLED) + _SMUGGLED,
    b"PUT /a HTTP/1.1\r\n" + _HOST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1a;b=c\r\n" + b"x" * 26
    + b"\r\n0\r\nX-T: y\r\n\r\n",
    b"DELETE /a HTTP/1.1\r\n" + _HOST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + _SMUGGLED,
    b"POST /a HTTP/1.1\r\n" + _HOST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + _SMUGGLED,
    b"GET /1 HTTP/1.1\r\n" + _HOST + b"\r\nPOST /2 HTTP/1.1\r\n" + _HOST + b"Content-Length: 2\r\n\r\nhiGET /3 HTTP/1.1\r\n"
    + _HOST + b"\r\n",
    b"OPTIONS /a HTTP/1.1\r\n" + _HOST
    + b"Origin: http://localhost:5173\r\nAccess-Control-Request-Method: PUT\r\nAccess-Control-Request-Headers: x-a,x-b\r\n\r\n",
    b"GET /ws HTTP/1.1\r\n" + _HOST
    + b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    + _SMUGGLED,
    b"POST /a HTTP/1.1\r\n" + _HOST + b"Expect: 100-continue\r\nContent-Length: 5\r\n\r\nhello",
    b"GET /api/x HTTP/1.1\r\n" + _HOST + b"Connection: close, X-Hop\r\nX-Hop: 1\r\nForwarded: for=1.2.3.4\r\nTE: trailers\r\n\r\n",
)  # fmt: skip

# What has broken servers before: each is thrown in somewhere.
_SHARDS = (
    *(bytes([byte]) for byte in b"\0\t\n\v\f\r \"#%&'+,-./:;<=>?@[\\]_{|}~\x7f\x80\x85\xa0\xad\xff0159afgxX"),
    b"\r\n", b"\n\n", b"\r\r\n", b"\r\n\r\n", b"\r\n ", b"\r\n\t", b"\n ", b" \r\n", b"0\r\n\r\n", b"\r\n0\r\n\r\n",
    b"Content-Length: 0\r\n", b"Content-Length: 5\r\n", b"Content-Length: 4, 4\r\n", b"Content-Length: +5\r\n",
    b"Content-Length: 0x5\r\n", b"Content-Length:\r\n", b"Content-Length : 5\r\n", b"Content_Length: 5\r\n",
    b"Content-Length: 18446744073709551621\r\n", b"content-length: 6\n",
    b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding: identity\r\n", b"Transfer-Encoding: chunked, identity\r\n",
    b"Transfer-Encoding:\x0bchunked\r\n", b"Transfer-Encoding : chunked\r\n", b"Transfer-Encoding: xchunked\r\n",
    b"Transfer-Encoding:\r\n chunked\r\n", b"Transfer_Encoding: chunked\r\n", b"X: y\nTransfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: chunked\r", b"Transfer-Encoding: gzip, chunked\r\n", b"\x00Transfer-Encoding: chunked\r\n",
    b"Host: evil.test\r\n", b"Host: localhost:80:80\r\n", b"Host: localhost@evil.test\r\n", b"Host : localhost\r\n",
    b"Connection: close\r\n", b"Connection: Host\r\n", b"Connection: Content-Length\r\n", b"Connection: Transfer-Encoding\r\n",
    b"Connection: keep-alive, Upgrade\r\n", b"Upgrade: h2c\r\n", b"Upgrade: websocket\r\n", b"Expect: 100-continue\r\n",
    b"Expect: x\r\n", b"Trailer: Content-Length\r\n", b"X-Forwarded-For: 1.2.3.4\r\n", b"X_Forwarded_For: 1.2.3.4\r\n",
    b"Keep-Alive: timeout=1\r\n", b"Proxy-Connection: close\r\n", b"Via: 1.1 x\r\n", b"Cookie: a=b\r\n",
    b"HTTP/1.1", b"HTTP/1.0", b"HTTP/2.0", b"HTTP/0.9", b" HTTP/1.1\r\n", b"http://evil.test/", b"//evil.test", b"*",
    b"/../", b"/..%2f", b"%00", b"%0d%0a", b"ffffffff\r\n", b"fffffffffffffffff\r\n", b"5;a=\n\r\n", b"5 \r\n", b"-1\r\n",
    b";a=b", b';a="\r\n"', b"0;\n", _SMUGGLED,
)  # fmt: skip


def mutants(seed: int, count: int) -> Iterator[list[bytes]]:
    """Mutated requests, each as the packets in which it is sent; the same for the same seed."""
    dice = random.Random(seed)
    for _ in range(count):
        wire = dice.choice(SEEDS)
        for _ in range(dice.choice((1, 1, 1, 2, 2, 3, 5))):
            wire = _mutate(wire, dice)
        yield _cut(wire, dice)


def _mutate(wire: bytes, dice: random.Random) -> bytes:
    at = dice.randrange(len(wire) + 1)
    end = min(len(wire), at + dice.choice((1, 1, 2, 4, 16)))
    match dice.randrange(9):
        case 0:
            return wire[:at] + bytes([dice.randrange(256)]) + wire[end:]
        case 1:
            return wire[:at] + wire[end:]
        case 2:
            return wire[:at] + wire[at:end] * 2 + wire[end:]
        case 3:
            other = dice.choice(SEEDS)
            return wire[:at] + other[dice.randrange(len(other)) :]
        case 4:
            return _line(
                wire, dice, lambda line: dice.choice((line.swapcase(), line + line, b"", b" " + line))
            )
        case 5:
            return _line(wire, dice, lambda line: line + dice.choice(_SHARDS))
        case 6:
            return _line(
                wire,
                dice,
                lambda line: line.replace(b"\r\n", dice.choice((b"\n", b"\r", b"\r\r\n", b"\n\r"))),
            )
        case _:
            return wire[:at] + dice.choice(_SHARDS) + wire[at:]


def _line(wire: bytes, dice: random.Random, change: Callable[[bytes], bytes]) -> bytes:
    lines = wire.splitlines(keepends=True) or [b""]
    at = dice.randrange(len(lines))
    lines[at] = change(lines[at])
    return b"".join(lines)


def _cut(wire: bytes, dice: random.Random) -> list[bytes]:
    if dice.random() < 0.7:
        return [wire]
    places = sorted(dice.randrange(len(wire) + 1) for _ in range(dice.choice((1, 1, 2, 5))))
    return [wire[begin:end] for begin, end in zip([0, *places], [*places, len(wire)], strict=True)]


@dataclass
class Report:
    """What came of a run: `answers` counts the first status of each mutant, 0 for none."""

    count: int = 0
    answers: Counter[int] = field(default_factory=Counter)
    findings: list[str] = field(default_factory=list)


async def run(
    port: int, target: Target, seed: int, count: int, *, at_once: int = 32, patience: float = 0.05
) -> Report:
    """Send `count` mutants to the devproxy on `port` in front of `target`; wait `patience` seconds for each answer."""
    report = Report()
    todo = enumerate(mutants(seed, count))

    async def work() -> None:
        for number, packets in todo:
            report.count += 1
            answer = await _say(port, packets, patience)
            report.answers[_first_status(answer)] += 1
            path = b"/plain-%d-%d" % (seed, number)
            plain = b"GET %b HTTP/1.1\r\n%bConnection: close\r\n\r\n" % (path, _HOST)
            answer = await _say(port, [plain], 10)
            if not (answer.startswith(b"HTTP/1.1 200 OK\r\n") and answer.endswith(b"\r\n\r\n" + path)):
                report.findings.append(
                    f"mutant {number}: the next GET got {answer[:200]!r} after {packets!r}"
                )

    await asyncio.gather(*(work() for _ in range(at_once)))
    report.findings += target.findings
    return report


async def _say(port: int, packets: list[bytes], patience: float) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answer = b""
    with suppress(ConnectionError, TimeoutError):
        for packet in packets:
            writer.write(packet)
            await asyncio.sleep(0)
        while chunk := await asyncio.wait_for(reader.read(65536), patience):
            answer += chunk
    writer.close()
    return answer


def _first_status(answer: bytes) -> int:
    match = re.match(rb"HTTP/1\.1 (\d{3}) ", answer)
    return int(match[1]) if match else 0


async def _main(seed: int, count: int) -> int:
    target = await Target().start()
    with devproxy(f"/={target.origin}", f"/api={target.origin}", "-q") as proxy:
        began = monotonic()
        report = await run(proxy.port, target, seed, count)
        seconds = monotonic() - began
        if proxy.ended:
            report.findings.append("devproxy ended")
        proxy.stop()
        told = proxy.said
    target.stop()
    if "Traceback" in told:
        report.findings.append(told[told.index("Traceback") :][:3000])
    answers = ", ".join(f"{status or 'none'} ×{times}" for status, times in sorted(report.answers.items()))
    seen = len(target.requests)
    print(f"seed {seed}: {report.count} mutants in {seconds:.0f} s, {seen} requests at the target")
    print(f"  first answers: {answers}")
    print(f"  findings: {len(report.findings)}")
    for finding in report.findings[:20]:
        print(f"  - {finding}")
    return 1 if report.findings else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=20_000)
    arguments = parser.parse_args()
    sys.exit(asyncio.run(_main(arguments.seed, arguments.count)))
