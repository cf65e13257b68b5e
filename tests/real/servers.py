"""The backends of tests/real/exports in their real servers, with or without a snippet where their comments mark its place.

nginx and Caddy are the system's. The others run where DEVPROXY_TEST_SERVERS names a folder that holds venv (pip: fastapi
uvicorn flask flask-cors django django-cors-headers) and node_modules (npm: express cors).
"""

import asyncio
import os
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from devproxy.export.allow import Allow
from devproxy.export.frameworks import FRAMEWORKS
from devproxy.headers import Headers

PROGRAMS = Path(__file__).parent / "exports"


@dataclass(frozen=True)
class Server:
    """A server that makes `file` into a backend. `parts` of a snippet, split at empty lines, go where comments mark it."""

    file: str
    command: str
    needs: str
    parts: tuple[str, ...] = ("recipe",)


SERVERS = {
    "express": Server("server.cjs", "node server.cjs {port}", "node_modules/cors"),
    "fastapi": Server("main.py", "{python} -m uvicorn main:app --port {port}", "venv/bin/uvicorn"),
    "django": Server(
        "settings.py",
        "{python} -m django runserver --noreload --pythonpath . --settings settings {port}",
        "venv/bin/django-admin",
    ),
    "flask": Server("app.py", "{python} -m flask run --port {port}", "venv/bin/flask"),
    "nginx": Server("nginx.conf", "nginx -p . -c nginx.conf", "", ("http", "recipe")),
    "caddy": Server("Caddyfile", "caddy run --config Caddyfile", ""),
}


@dataclass(frozen=True)
class Answer:
    """An answer as the browser reads it (Fetch, CORS check and CORS-preflight fetch)."""

    status: int
    headers: Headers
    body: bytes

    def readable(self, origin: str, *, credentials: bool = False) -> bool:
        allowed = [origin] if credentials else [origin, "*"]
        return (
            ", ".join(self.headers.lines("access-control-allow-origin")) in allowed
            and self.headers.lines("access-control-allow-credentials") == ("true",) * credentials
        )

    def permits(self, allow: Allow, origin: str, *, method: str, names: str = "") -> bool:
        return (
            200 <= self.status <= 299
            and self.readable(origin, credentials=allow.credentials)
            and method in {"GET", "HEAD", "POST", *self.headers.elements("access-control-allow-methods")}
            and {*names.split(",")}
            <= {"", *(name.lower() for name in self.headers.elements("access-control-allow-headers"))}
        )


@dataclass(frozen=True)
class Running:
    port: int

    async def ask(self, path: str, origin: str = "", method: str = "GET", **fields: str) -> Answer:
        """Ask over plain HTTP; `fields` are header fields, with an underscore for each hyphen."""
        fields |= {"Host": f"localhost:{self.port}", "Connection": "close"} | (
            {"Origin": origin} if origin else {}
        )
        head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items())
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode())
        answer = await asyncio.wait_for(reader.read(), 10)
        writer.close()
        start, _, body = answer.partition(b"\r\n\r\n")
        first, *lines = start.decode("latin-1").split("\r\n")
        return Answer(int(first.split()[1]), Headers([_field(line) for line in lines]), body)

    async def preflight(self, origin: str, method: str = "GET", names: str = "") -> Answer:
        asked = {"Access_Control_Request_Method": method} | (
            {"Access_Control_Request_Headers": names} if names else {}
        )
        return await self.ask("/users", origin, "OPTIONS", **asked)


def _field(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name, value.strip()


Start = Callable[..., Awaitable[Running]]
Edit = Callable[[str], str]


def installed(server: Server) -> dict[str, str]:
    """The environment in which the server's command works; skips the test where it is not installed."""
    program = server.command.split()[0]
    folder = os.environ.get("DEVPROXY_TEST_SERVERS")
    if server.needs and not folder:
        pytest.skip("DEVPROXY_TEST_SERVERS names no folder with the servers")
    base = Path(folder or "").absolute()
    python = str(base / "venv/bin/python")
    if not shutil.which(program.format(python=python)) or not (base / server.needs).exists():
        pytest.skip(f"{server.needs or program} is not installed")
    return {"python": python, "NODE_PATH": str(base / "node_modules")}


def program(key: str, snippet: Allow | str | None) -> str:
    """The program or configuration of a server, with a snippet in its place: a policy's, or one that was written."""
    server = SERVERS[key]
    text = (PROGRAMS / server.file).read_text()
    if snippet is None:
        return text
    code = snippet if isinstance(snippet, str) else FRAMEWORKS[key].render(snippet).code
    parts = code.split("\n\n") if len(server.parts) > 1 else [code]
    for part, lines in zip(server.parts, parts, strict=True):
        text = text.replace(f"// {part}" if server.file.endswith("js") else f"# {part}", lines)
    return text
