"""Many clients at once, well-behaved and not, in front of a running devproxy: who is served, how fast, at what cost.

    python -m bench.crowd

Each line is a promise and what was measured. Linux only: memory is read from /proc.
"""

import asyncio
import resource
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from statistics import quantiles
from time import perf_counter

from bench.processes import HERE, Process, devproxy

# More than a browser ever asks at once.
_AT_ONCE = 100

_HEAD = "GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n"


class Stage:
    """A devproxy in a process of its own, before a target that answers late, never, or at once."""

    def __init__(self, process: Process) -> None:
        self.process = process

    @property
    def megabytes(self) -> float:
        """What devproxy holds in memory now."""
        return self.process.megabytes

    async def connect(self, said: str | bytes = "") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Open a connection, and say something."""
        reader, writer = await asyncio.open_connection(HERE, self.process.port)
        writer.write(said if isinstance(said, bytes) else said.encode())
        return reader, writer

    async def ask(self, path: str = "/") -> float:
        """Ask once on a connection of its own; the seconds that it took."""
        began = perf_counter()
        reader, writer = await self.connect(_HEAD.format(path=path))
        await _answer(reader)
        writer.close()
        return perf_counter() - began


async def _answer(reader: asyncio.StreamReader) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200 OK"):
        raise ValueError(head)
    await reader.readexactly(2)


async def target(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(asyncio.IncompleteReadError, ConnectionError):
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            if b"/never" in head:
                await reader.read()
            elif b"/late" in head:
                await asyncio.sleep(0.5)
            elif b"POST" in head:
                tail = b""
                while not tail.endswith(b"\r\n0\r\n\r\n"):
                    tail = tail[-8:] + await reader.read(65536)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    writer.close()


async def idle_clients(stage: Stage, count: int = 5000) -> str:
    """Idle keep-alive clients are all answered again."""
    before = stage.megabytes
    clients = []
    for _ in range(count):
        reader, writer = await stage.connect(_HEAD.format(path="/"))
        await _answer(reader)
        clients.append((reader, writer))
    grown = stage.megabytes - before
    for at in range(0, count, _AT_ONCE):
        await _all_ask("/again", clients[at : at + _AT_ONCE])
    for _, writer in clients:
        writer.close()
    return f"{count} answered, and again; {grown * 1000 / count:.0f} KB each"


async def storm(stage: Stage, count: int = 5000) -> str:
    """Thousands of requests in the same moment are all answered, over as many connections to the target as that takes."""
    before = stage.megabytes
    clients = [await stage.connect() for _ in range(count)]
    began = perf_counter()
    await _all_ask("/", clients)
    seconds, grown = perf_counter() - began, stage.megabytes - before
    for _, writer in clients:
        writer.close()
    return f"{count} in {seconds:.1f} s; {grown * 1000 / count:.0f} KB each"


async def _all_ask(path: str, clients: Sequence[tuple[asyncio.StreamReader, asyncio.StreamWriter]]) -> None:
    for _, writer in clients:
        writer.write(_HEAD.format(path=path).encode())
    await asyncio.gather(*(_answer(reader) for reader, _ in clients))


async def slow_loris(stage: Stage, count: int = 1000) -> str:
    """Half heads are dropped after ten seconds, and harm nobody meanwhile."""
    began = perf_counter()
    loris = [await stage.connect("GET / HTTP/1.1\r\nHost: loc") for _ in range(count)]
    times = [await stage.ask() for _ in range(500)]
    await asyncio.gather(*(reader.read() for reader, _ in loris), return_exceptions=True)
    seconds = perf_counter() - began
    for _, writer in loris:
        writer.close()
    return f"{count} dropped after {seconds:.1f} s; 500 healthy requests meanwhile, p99 {_p99(times)} ms"


async def parallel(stage: Stage, count: int = 300) -> str:
    """Requests that take half a second each take little more together."""
    began = perf_counter()
    await asyncio.gather(*(stage.ask("/late") for _ in range(count)))
    return f"{count} of half a second in {perf_counter() - began:.2f} s"


async def hung(stage: Stage, count: int = 500) -> str:
    """Requests that their target never answers delay no other."""
    waiting = [await stage.connect(_HEAD.format(path="/never")) for _ in range(count)]
    times = [await stage.ask() for _ in range(500)]
    for _, writer in waiting:
        writer.close()
    return f"{count} hung; 500 others meanwhile, p99 {_p99(times)} ms"


async def pipelined(stage: Stage, count: int = 10_000) -> str:
    """Ten thousand requests written at once are all answered, in bounded memory."""
    before, began = stage.megabytes, perf_counter()
    reader, writer = await stage.connect(_HEAD.format(path="/").encode() * count)
    for _ in range(count):
        await _answer(reader)
    writer.close()
    return f"{count} in {perf_counter() - began:.1f} s, {stage.megabytes - before:+.1f} MB"


async def unread(stage: Stage, count: int = 10_000) -> str:
    """Nor does a client that reads none of its answers make memory grow."""
    before = stage.megabytes
    _, writer = await stage.connect()
    writer.transport.pause_reading()  # type: ignore[attr-defined]
    for _ in range(count // 100):
        writer.write(_HEAD.format(path="/").encode() * 100)
        with suppress(TimeoutError):
            await asyncio.wait_for(writer.drain(), 0.01)
    await asyncio.sleep(1)
    grown = stage.megabytes - before
    writer.transport.abort()
    return f"{count} requests whose answers nobody reads: {grown:+.1f} MB"


async def tiny_chunks(stage: Stage, size: int = 1_000_000) -> str:
    """A megabyte in chunks of one byte holds nobody up for long."""
    before, began = stage.megabytes, perf_counter()
    head = b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    reader, writer = await stage.connect(head + b"1\r\nx\r\n" * size + b"0\r\n\r\n")
    times = [await stage.ask() for _ in range(50)]
    await _answer(reader)
    writer.close()
    seconds = perf_counter() - began
    return f"{size} chunks in {seconds:.1f} s, {stage.megabytes - before:+.1f} MB; others meanwhile p99 {_p99(times)} ms"


async def slow_head(stage: Stage, size: int = 60_000) -> str:
    """A large head that comes byte by byte is no burden."""
    began = perf_counter()
    _, writer = await stage.connect("GET / HTTP/1.1\r\nHost: localhost\r\nX-A: ")
    for _ in range(size):
        writer.write(b"x")
        await asyncio.sleep(0)
    times = [await stage.ask() for _ in range(50)]
    writer.close()
    return f"{size} bytes one by one in {perf_counter() - began:.1f} s; others p99 {_p99(times)} ms"


def _p99(times: list[float]) -> str:
    return f"{quantiles(times, n=100)[98] * 1000:.1f}"


_SCENES: tuple[Callable[[Stage], Awaitable[str]], ...] = (
    parallel,
    hung,
    idle_clients,
    storm,
    slow_loris,
    pipelined,
    unread,
    tiny_chunks,
    slow_head,
)


def allow_many_connections() -> None:
    """Raise the limit of open files as far as it goes, for this program and what it starts."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


async def _main() -> None:
    allow_many_connections()
    server = await asyncio.start_server(target, HERE, 0, backlog=1000)
    with devproxy(f"http://{HERE}:{server.sockets[0].getsockname()[1]}", "-q") as process:
        stage = Stage(process)
        for scene in _SCENES:
            print(f"{scene.__name__:<14}{await scene(stage)}", flush=True)
        print(f"{'at the end':<14}{stage.megabytes:.0f} MB")
    server.close()
    await asyncio.sleep(0.2)  # so that its connections, which have lost devproxy, end by themselves


if __name__ == "__main__":
    asyncio.run(_main())
