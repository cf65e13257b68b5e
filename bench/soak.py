"""A devproxy that has been through a lot holds no more than before: connections, tasks, memory.

    python -m bench.soak             a minute and a half
    python -m bench.soak --part 20   a twentieth of it

After each scene stands what devproxy holds then, and by how much that is more than at the start. The exit code is 1 where
something has stayed, or a scene went otherwise than it should. Everything listens on 127.0.0.1. Linux only.
"""

import argparse
import asyncio
import signal
import socket
import struct
import sys
from collections.abc import Awaitable, Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import cast

import uvloop

from bench import crowd, streams
from bench.crowd import Stage
from bench.load import Ask, FailedError, several
from bench.processes import HERE, Process, free_port, running, stop_at_signals
from bench.target import SIZES

# The heap of a process that was busy is a little larger than that of one that never was, and so are buffers while bytes flow.
_GROWN_MEGABYTES = 10.0
# Of more of the same nothing may stay.
_FLAT_MEGABYTES = 3.0
_SCENE_SECONDS = 240.0
# Connections to targets are kept for four seconds, refused clients for five.
_SETTLE_SECONDS = 12.0

_CONFIG = """\
routes:
  /: {{target: 'http://{here}:{plain}', headers: {{response: {{set: {{X-Round: '{round}'}}}}}}}}
  /api: http://{here}:{streams}
  /live: http://{here}:{streams}
  /mortal: http://{here}:{mortal}
"""


@dataclass(frozen=True)
class Held:
    """What a process holds."""

    files: int
    tasks: int
    megabytes: float

    def is_back_at(self, start: "Held") -> bool:
        """Whether it is no more than at the start."""
        return (
            self.files <= start.files
            and self.tasks <= start.tasks
            and self.megabytes <= start.megabytes + _GROWN_MEGABYTES
        )

    def words(self, start: "Held") -> str:
        """What is held, and how much more that is than at the start."""
        more = f"{self.megabytes:.1f} MB ({self.megabytes - start.megabytes:+.1f})"
        return f"{self.files:>5} ({self.files - start.files:+d}){self.tasks:>7} ({self.tasks - start.tasks:+d}){more:>19}"


class Mortal:
    """A target that dies in the middle of its answers, and comes back on the same port."""

    def __init__(self) -> None:
        self.port = free_port()
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    async def live(self) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._answer, HERE, self.port)

    def die(self, *, reset: bool) -> None:
        """Listen no more and drop every connection, as the kernel does for a process that is killed."""
        if self._server:
            self._server.close()
        for writer in self._open:
            if reset:  # what it does where bytes were left unread
                sock = cast("socket.socket", writer.get_extra_info("socket"))
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                whole = b"/whole" in head
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" + (b"ok" if whole else b"o"))
        self._open.discard(writer)
        writer.close()


class Soak:
    """The devproxy that goes through it all, and its targets."""

    def __init__(
        self, process: Process, counted: Path, mortal: Mortal, config: Callable[[int], None], part: int
    ) -> None:
        self.stage = Stage(process)
        self.process = process
        self.mortal = mortal
        self.config = config
        self._counted = counted
        self._part = part

    def share(self, count: int) -> int:
        """How many of so many a run takes."""
        return max(2, count // self._part)

    async def held(self) -> Held:
        """What devproxy holds now."""
        self._counted.unlink(missing_ok=True)
        self.process.tell(signal.SIGUSR1)
        async with asyncio.timeout(10):
            while not self._counted.exists() or not self._counted.read_text().endswith("\n"):
                await asyncio.sleep(0.05)
        return Held(self.process.open_files, int(self._counted.read_text()), self.process.megabytes)

    async def settled(self, start: Held | None = None) -> Held:
        """What devproxy holds when it has come to rest: nothing is let go of any more, or no more is held than at the start."""
        until, before = monotonic() + _SETTLE_SECONDS, await self.held()
        while monotonic() < until:
            if start and before.files <= start.files and before.tasks <= start.tasks:
                break
            await asyncio.sleep(1)
            before = await self.held()
        return before


Scene = Callable[[Soak], Awaitable[str]]


class OtherwiseError(Exception):
    """A scene went otherwise than it should."""


def _must(held: bool, words: str) -> None:
    if not held:
        raise OtherwiseError(words)


async def requests(soak: Soak) -> str:
    """Many requests leave memory flat."""
    quarter = soak.share(200_000) // 4
    ask = Ask(soak.process.port, "/api/small", 64)
    await several(ask, quarter)
    before = (await soak.held()).megabytes
    for _ in range(3):
        await several(ask, quarter)
    grown = (await soak.held()).megabytes - before
    _must(grown <= _FLAT_MEGABYTES, f"memory grew by {grown:.1f} MB over the last three quarters")
    return f"{4 * quarter:,}; {grown:+.1f} MB over the last three quarters"


async def streamed(soak: Soak) -> str:
    """A gigabyte down and one up leave memory flat while they flow."""
    soak.process.forget_peak()
    before, uploads = soak.process.megabytes, soak.share(10)
    size, _ = await asyncio.to_thread(streams.download, soak.process.port, "/api/1g")
    for _ in range(uploads):
        await asyncio.to_thread(streams.upload, soak.process.port, "/live/upload", SIZES["1g"] // 10)
    grown = soak.process.peak_megabytes - before
    _must(grown <= _GROWN_MEGABYTES, f"memory grew by {grown:.1f} MB at its peak")
    return f"{(size + uploads * SIZES['1g'] / 10) / 1e9:.1f} GB; at most {grown:+.1f} MB"


async def killed_targets(soak: Soak) -> str:
    """An answer whose target dies is visibly cut, and who asks next waits for the target that comes back."""
    count = soak.share(1000)
    for number in range(count):
        reader, writer = await soak.stage.connect("GET /mortal/half HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await reader.readuntil(b"\r\n\r\no")
        soak.mortal.die(reset=bool(number % 2))
        with suppress(ConnectionError):
            _must(await reader.read() == b"", "an answer went on after its target had died")
        writer.close()
        if number % 10 == 0:
            waiting = asyncio.get_running_loop().create_task(soak.stage.ask("/mortal/whole"))
            await asyncio.sleep(0.02)
            await soak.mortal.live()
            await waiting
        else:
            await soak.mortal.live()
    return f"{count} answers cut, {(count + 9) // 10} requests waited for the next target"


async def slow_loris(soak: Soak) -> str:
    """Half heads are dropped."""
    return await crowd.slow_loris(soak.stage, soak.share(1000))


async def idle_clients(soak: Soak) -> str:
    """Idle clients cost little, and nothing when they have gone."""
    return await crowd.idle_clients(soak.stage, soak.share(5000))


async def websockets(soak: Soak) -> str:
    """WebSockets come, talk and go without a word."""
    rounds = soak.share(1000) // 50 or 1
    for _ in range(rounds):
        await streams.talk(soak.process.port, "/live/ws", 50)
    return f"{rounds * 50} opened, answered and dropped"


async def reloads(soak: Soak) -> str:
    """A configuration that is read again disturbs no request."""
    count, done = soak.share(20), asyncio.Event()

    async def load() -> int:
        asked = 0
        while not done.is_set():
            asked += (await several(Ask(soak.process.port, "/api/small", 8), 200)).requests
        return asked

    loading = asyncio.get_running_loop().create_task(load())
    try:
        for number in range(1, count + 1):
            soak.config(number)
            soak.process.tell(signal.SIGHUP)
            async with asyncio.timeout(10):
                while f"X-Round: {number}\r\n".encode() not in await _head(soak.stage):
                    await asyncio.sleep(0.01)
    finally:
        done.set()
        asked = await loading
    return f"{count} while {asked:,} requests were answered"


async def _head(stage: Stage) -> bytes:
    reader, writer = await stage.connect("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    head = await reader.readuntil(b"\r\n\r\n")
    writer.close()
    return head


async def drain(soak: Soak) -> str:
    """At SIGTERM what was asked is answered, then devproxy ends."""
    count = soak.share(100)
    asked = [asyncio.get_running_loop().create_task(soak.stage.ask("/late")) for _ in range(count)]
    await asyncio.sleep(0.2)
    began = monotonic()
    soak.process.tell(signal.SIGTERM)
    await asyncio.gather(*asked)
    code = await asyncio.to_thread(soak.process.wait, 10)
    _must(code == 0, f"exit code {code}")
    return f"{count} answered, ended after {monotonic() - began:.1f} s"


_SCENES: tuple[Scene, ...] = (
    requests,
    streamed,
    killed_targets,
    slow_loris,
    idle_clients,
    websockets,
    reloads,
)


async def _played(scene: Scene, soak: Soak) -> tuple[bool, str]:
    try:
        async with asyncio.timeout(_SCENE_SECONDS):
            return True, await scene(soak)
    except (
        OtherwiseError,
        FailedError,
        TimeoutError,
        OSError,
        ValueError,
        asyncio.IncompleteReadError,
    ) as reason:
        return False, f"{type(reason).__name__}: {reason}"


async def _soak(soak: Soak) -> bool:
    """Play all scenes; whether all was well."""
    await several(Ask(soak.process.port, "/api/small", 64), 10_000)
    await crowd.idle_clients(soak.stage, 200)
    start, good = await soak.settled(), True
    print(f"{'':<16}{'files':>9}{'tasks':>11}{'memory':>19}\n{'at the start':<16}{start.words(start)}")
    for scene in _SCENES:
        began = monotonic()
        fine, words = await _played(scene, soak)
        now = await soak.settled(start)
        good = (
            _told(scene, now.words(start), fine and now.is_back_at(start), monotonic() - began, words)
            and good
        )
    began = monotonic()
    fine, words = await _played(drain, soak)
    return _told(drain, "", fine, monotonic() - began, words) and good


def _told(scene: Scene, held: str, fine: bool, seconds: float, words: str) -> bool:
    verdict = "pass" if fine else "FAIL"
    print(
        f"{scene.__name__.replace('_', ' '):<16}{held:<39}  {verdict} {seconds:4.0f} s  {words}", flush=True
    )
    return fine


async def _main(part: int) -> int:
    crowd.allow_many_connections()
    mortal, listening = Mortal(), await asyncio.start_server(crowd.target, HERE, 0, backlog=1000)
    await mortal.live()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        file, counted, port = folder / "proxy.yaml", folder / "tasks", free_port()
        streaming = free_port()
        stack.enter_context(running((sys.executable, "-m", "bench.target", str(streaming)), streaming))

        def configure(number: int) -> None:
            file.write_text(
                _CONFIG.format(
                    here=HERE,
                    plain=listening.sockets[0].getsockname()[1],
                    streams=streaming,
                    mortal=mortal.port,
                    round=number,
                )
            )

        configure(0)
        command = (
            sys.executable,
            "-m",
            "bench.counted",
            str(counted),
            "--config",
            str(file),
            "--port",
            str(port),
        )
        process = stack.enter_context(running(command, port))
        good = await _soak(Soak(process, counted, mortal, configure, part))
    mortal.die(reset=False)
    listening.close()
    print("nothing has stayed" if good else "something has stayed, or went otherwise than it should")
    return 0 if good else 1


if __name__ == "__main__":
    if sys.platform != "linux":
        sys.exit("The soak reads /proc: it runs on Linux only.")
    parser = argparse.ArgumentParser(
        prog="python -m bench.soak", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument(
        "--part", type=int, default=1, metavar="N", help="only an Nth of everything, for a look"
    )
    arguments = parser.parse_args()
    stop_at_signals()
    sys.exit(uvloop.run(_main(arguments.part)))
