"""What many tests need: a devproxy that really listens, and a raw conversation with it."""

import asyncio
import os
import re
import shutil
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field

import pytest
from aiohttp import web

from devproxy.config.build import from_targets, parse
from devproxy.demo.backend import make_backend
from devproxy.exchange import Exchange
from devproxy.proxy.server import Proxy
from devproxy.serve import site
from tests.terminals import Terminal


@dataclass
class Recorder:
    """A listener that keeps what it is told."""

    held_: list[Exchange] = field(default_factory=list)
    answered_: list[Exchange] = field(default_factory=list)
    ended_: list[Exchange] = field(default_factory=list)

    def held(self, exchange: Exchange) -> None:
        self.held_.append(exchange)

    def answered(self, exchange: Exchange) -> None:
        self.answered_.append(exchange)

    def ended(self, exchange: Exchange) -> None:
        self.ended_.append(exchange)


@dataclass
class Running:
    """A devproxy on a free port."""

    proxy: Proxy
    recorder: Recorder
    connections: list[asyncio.StreamWriter] = field(default_factory=list)

    async def stop(self) -> None:
        for writer in self.connections:
            writer.close()
        await self.proxy.stop(grace=2)

    @property
    def origin(self) -> str:
        return f"http://localhost:{self.proxy.port}"

    async def raw(self, request: bytes, *, until: int | None = None) -> bytes:
        """Send bytes and return all that comes back until the end, or until so many bytes."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.proxy.port)
        try:
            writer.write(request.replace(b"{host}", f"localhost:{self.proxy.port}".encode()))
            return await asyncio.wait_for(reader.read() if until is None else reader.readexactly(until), 10)
        finally:
            writer.close()

    async def connect(self, request: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Open a connection and send bytes on it; it is closed at the end of the test, if it still is open."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.proxy.port)
        self.connections.append(writer)
        writer.write(request.replace(b"{host}", f"localhost:{self.proxy.port}".encode()))
        return reader, writer

    async def ask(
        self, request: str, body: bytes = b"", *, upgrade: bool = False
    ) -> tuple[int, dict[str, str], bytes]:
        """Send one request, its lines as given and Host added; status, fields (lower-case names) and body."""
        lines = request.strip().splitlines()
        if not any(line.lower().startswith("host:") for line in lines):
            lines.insert(1, "Host: {host}")
        if body:
            lines.append(f"Content-Length: {len(body)}")
        lines.append(f"Connection: close{', Upgrade' * upgrade}")
        answer = await self.raw("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
        head, _, content = answer.partition(b"\r\n\r\n")
        first, *fields = head.decode("latin-1").split("\r\n")
        pairs = [line.split(": ", 1) for line in fields]
        return int(first.split()[1]), {name.lower(): value for name, value in pairs}, content


@pytest.fixture
def directly() -> bool:
    """Whether whole requests are answered past aiohttp, as they are by default."""
    return True


@pytest.fixture
async def start(directly) -> AsyncIterator[Callable[..., Awaitable[Running]]]:
    """Starts a devproxy for a configuration text or for targets, on a free port."""
    async with AsyncExitStack() as stack:

        async def run(*targets: str, config: str = "") -> Running:
            recorder = Recorder()
            proxy = Proxy(
                site(parse(config) if config else from_targets(targets)), [recorder], directly=directly
            )
            await proxy.start("localhost", 0)
            running = Running(proxy, recorder)
            stack.push_async_callback(running.stop)
            return running

        yield run


@pytest.fixture
async def serve() -> AsyncIterator[Callable[[web.Application], Awaitable[str]]]:
    """Serves an aiohttp application on a free port of 127.0.0.1; its origin."""
    async with AsyncExitStack() as stack:

        async def run(app: web.Application) -> str:
            runner = web.AppRunner(app, access_log=None, auto_decompress=False, shutdown_timeout=1)
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            return f"http://localhost:{runner.addresses[0][1]}"

        yield run


@pytest.fixture
async def backend(serve) -> str:
    """The demo's backend, which sends no CORS header, on a free port."""
    return await serve(make_backend())


Speak = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture
async def speaking() -> AsyncIterator[Callable[[Speak], Awaitable[str]]]:
    """Starts a target that is a coroutine, run for each connection; its origin."""
    servers: list[asyncio.Server] = []
    running: list[asyncio.Task[None]] = []

    async def run(speak: Speak) -> str:
        async def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                with suppress(ConnectionError, asyncio.IncompleteReadError):
                    await speak(reader, writer)
                writer.close()
            except asyncio.CancelledError:
                writer.transport.abort()
                raise

        def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            running.append(asyncio.get_running_loop().create_task(accepted(reader, writer)))

        server = await asyncio.start_server(accept, "127.0.0.1", 0)
        servers.append(server)
        return f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"

    yield run
    for server in servers:
        server.close()
    for task in running:
        task.cancel()
    errors = await asyncio.gather(*running, return_exceptions=True)
    assert not [error for error in errors if isinstance(error, Exception)]


@dataclass
class Script:
    """A target that says the same to every request, byte for byte, and keeps what it was asked."""

    port: int
    asked: list[bytes]

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@pytest.fixture
async def scripted() -> AsyncIterator[Callable[..., Awaitable[Script]]]:
    """Starts a target that answers with given bytes; `then_close` says whether it closes afterwards."""
    servers: list[asyncio.Server] = []

    async def run(answer: bytes, *, then_close: bool = True) -> Script:
        asked: list[bytes] = []

        async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                while True:
                    head = await reader.readuntil(b"\r\n\r\n")
                    length = re.search(rb"(?i)content-length: (\d+)", head)
                    asked.append(head + await reader.readexactly(int(length[1]) if length else 0))
                    writer.write(answer)
                    if then_close:
                        break
            except (asyncio.IncompleteReadError, ConnectionError):
                pass
            writer.close()

        server = await asyncio.start_server(speak, "127.0.0.1", 0)
        servers.append(server)
        return Script(server.sockets[0].getsockname()[1], asked)

    yield run
    for server in servers:
        server.close()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """Makes a self-signed certificate and returns the paths of it and its key."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl command to make a certificate with")

    def openssl(folder, command):
        subprocess.run(["openssl", *command.split()], cwd=folder, check=True, capture_output=True)

    def make(name, days=1):
        folder = tmp_path_factory.mktemp("tls")
        (folder / "extensions").write_text(f"subjectAltName=DNS:{name}\nbasicConstraints=CA:TRUE\n")
        openssl(folder, f"req -new -newkey rsa:2048 -nodes -subj /CN={name} -keyout key.pem -out request.pem")
        openssl(
            folder,
            f"x509 -req -in request.pem -signkey key.pem -days {days} -extfile extensions -out cert.pem",
        )
        return folder / "cert.pem", folder / "key.pem"

    return make


@pytest.fixture
def plain_environment(monkeypatch):
    """An environment that says nothing about colours."""
    for name in ("NO_COLOR", "FORCE_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def columns(monkeypatch):
    """Makes every terminal so many columns wide."""

    def fit(count):
        monkeypatch.setattr(Terminal, "fileno", lambda _: 1)
        monkeypatch.setattr("os.get_terminal_size", lambda _: os.terminal_size((count, 24)))
        monkeypatch.setenv("NO_COLOR", "1")

    return fit
