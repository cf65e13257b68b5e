"""Who is measured, how each is set up, and what is missing here of what it needs."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from time import monotonic, sleep

from bench.machine import version
from bench.processes import HERE, ROOT, DidNotStartError, Process, free_port, running
from bench.target import SIZES, SMALL
from devproxy import __version__

DIRECT, DEVPROXY = "direct", "devproxy"
TUNED, COPIED, CADDY = "nginx, tuned", "nginx, copied", "Caddy"
VITE, VITE_KEPT = "Vite, as shipped", "Vite, keep-alive agent"
HTTP_PROXY_3, MIDDLEWARE = "http-proxy-3", "http-proxy-middleware"
NODE = (VITE, VITE_KEPT, HTTP_PROXY_3, MIDDLEWARE)

BUILD = ROOT / "build" / "bench"
_PEERS = Path(__file__).parent / "peers"
_INSTALL_SECONDS = 180
_CARRYING_SECONDS = 10.0


class MissingError(Exception):
    """What a contender needs and this machine lacks."""


@dataclass(frozen=True)
class Target:
    """What all contenders ask: `api` is the port for plain requests, `live` that for streams."""

    api: int
    live: int
    processes: tuple[Process, ...]
    words: str


@dataclass(frozen=True)
class Contender:
    """One that is measured: its command, and what else stands in its environment, for a port and a target."""

    name: str
    version: str
    command: Callable[[int, Target], Sequence[str]]
    environment: Callable[[int, Target], Mapping[str, str]] = field(default=lambda _port, _target: {})

    @contextmanager
    def started(self, target: Target) -> Iterator[Process]:
        """Run it in front of the target while the block runs, which begins when it carries answers. Raises DidNotStartError."""
        port = free_port()
        command, environment = self.command(port, target), self.environment(port, target)
        with running(command, port, environment, BUILD / f"{_slug(self.name)}-{port}.log") as process:
            _wait_until_carrying(port)  # a port may be tried before it is used
            yield process


@contextmanager
def target() -> Iterator[Target]:
    """Run the target while the block runs: nginx, where there is one, and a small one of Python for streams."""
    BUILD.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        port = free_port()
        command = (sys.executable, "-m", "bench.target", str(port))
        live = stack.enter_context(running(command, port))
        try:
            api = stack.enter_context(_nginx_target())
        except MissingError:
            yield Target(live.port, live.port, (live,), "a small one of Python, for want of nginx")
        else:
            yield Target(api.port, live.port, (live, api), f"nginx {_nginx_version()}")


@contextmanager
def _nginx_target() -> Iterator[Process]:
    files = BUILD / "files"
    files.mkdir(exist_ok=True)
    for name, size in SIZES.items():
        with (files / name).open("wb") as file:
            file.truncate(size)
    port = free_port()
    command = _nginx("target.conf", PORT=port, FILES=files, SMALL=SMALL.decode())
    with running(command, port) as process:
        yield process


def _wait_until_carrying(port: int) -> None:
    until = monotonic() + _CARRYING_SECONDS
    while not is_carried(port, "GET"):
        if monotonic() > until:
            raise DidNotStartError(f"what is asked on port {port} does not come from the target")
        sleep(0.001)


def is_carried(port: int, method: str) -> bool:
    """Whether the target answers such a request, rather than who stands before it."""
    connection = HTTPConnection(HERE, port, timeout=5)
    asked = {"Origin": "http://localhost:5173", "Access-Control-Request-Method": "PUT"}
    with closing(connection), suppress(OSError, HTTPException):
        connection.request(method, "/api/small", headers=asked)
        answer = connection.getresponse()
        return answer.status == 200 and answer.headers["X-From"] == "target" and answer.read() == SMALL
    return False


def all_here() -> tuple[list[Contender], list[str]]:
    """The contenders that can run here, and why others cannot."""
    here, missing = [], []
    for name, make in _MAKERS.items():
        try:
            here.append(make(name))
        except MissingError as reason:
            missing.append(f"{name} is left out: {reason}")
    return here, missing


def _devproxy(name: str) -> Contender:
    def command(port: int, target: Target) -> Sequence[str]:
        routes = (f"/api=http://127.0.0.1:{target.api}", f"/live=http://127.0.0.1:{target.live}")
        return (sys.executable, "-m", "devproxy", *routes, "--port", str(port))

    return Contender(name, __version__, command)


def _of_nginx(template: str) -> Callable[[str], Contender]:
    def make(name: str) -> Contender:
        return Contender(
            name,
            _nginx_version(),
            lambda port, target: _nginx(template, PORT=port, API=target.api, LIVE=target.live),
        )

    return make


def _caddy(name: str) -> Contender:
    program = _program("caddy")

    def command(port: int, target: Target) -> Sequence[str]:
        file = _filled_in("Caddyfile", PORT=port, API=target.api, LIVE=target.live)
        return (program, "run", "--adapter", "caddyfile", "--config", str(file))

    # what it keeps stays in here
    homes = dict.fromkeys(("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"), str(BUILD / "caddy"))
    return Contender(name, version(program, "version"), command, lambda _port, _target: homes)


def _of_node(package: str, *arguments: str, **variables: str) -> Callable[[str], Contender]:
    def make(name: str) -> Contender:
        node, folder = _program("node", "nodejs"), _node_packages()
        found = version(node, "-p", f"require('{folder}/node_modules/{package}/package.json').version")
        return Contender(
            name,
            found,
            lambda _port, _target: (node, *(f"{folder}/{argument}" for argument in arguments)),
            lambda port, target: (
                variables | {"PORT": str(port), "API": str(target.api), "LIVE": str(target.live)}
            ),
        )

    return make


_MAKERS: dict[str, Callable[[str], Contender]] = {
    DEVPROXY: _devproxy,
    TUNED: _of_nginx("nginx-tuned.conf"),
    COPIED: _of_nginx("nginx-copied.conf"),
    CADDY: _caddy,
    VITE: _of_node("vite", "vite.mjs"),
    VITE_KEPT: _of_node("vite", "vite.mjs", KEEP_ALIVE="1"),
    HTTP_PROXY_3: _of_node("http-proxy-3", "http-proxy-3.mjs"),
    MIDDLEWARE: _of_node("http-proxy-middleware", "http-proxy-middleware.mjs"),
}


def _nginx(template: str, **values: object) -> Sequence[str]:
    file = _filled_in(template, **values)
    folder = file.parent
    root = (
        ("-g", "user root;") if os.geteuid() == 0 else ()
    )  # or its worker is nobody, who may read nothing here
    return (_program("nginx"), "-p", str(folder), "-e", "stderr", "-c", str(file), *root)


def _nginx_version() -> str:
    return version(_program("nginx"), "-v")


def _filled_in(template: str, **values: object) -> Path:
    """A configuration of a peer with its @VALUES@, in a folder of its own."""
    text = (_PEERS / template).read_text()
    for name, value in values.items():
        text = text.replace(f"@{name}@", str(value))
    folder = BUILD / f"{_slug(template)}-{values['PORT']}"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / template
    file.write_text(text)
    return file


def _slug(name: str) -> str:
    return "-".join(name.replace(",", " ").replace(".", " ").split()).lower()


def _program(*names: str) -> str:
    """Where a program is; servers may stand where only root's PATH leads. Raises MissingError."""
    path = f"{os.environ.get('PATH', os.defpath)}:/usr/local/sbin:/usr/sbin:/sbin"
    for name in names:
        if found := shutil.which(name, path=path):
            return found
    raise MissingError(f"there is no {names[0]} (apt-get install {names[-1]})")


@cache
def _node_packages() -> Path:
    """The folder in which the packages of package.json are installed, at its versions. Raises MissingError."""
    folder, wanted = BUILD / "node", (_PEERS / "package.json").read_bytes()
    folder.mkdir(parents=True, exist_ok=True)
    for file in _PEERS.glob("*.mjs"):
        shutil.copy(file, folder)
    done = folder / "installed.json"
    if not done.exists() or done.read_bytes() != wanted:
        (folder / "package.json").write_bytes(wanted)
        command = (_program("npm"), "install", "--no-audit", "--no-fund", "--loglevel", "error")
        try:
            subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=_INSTALL_SECONDS)
        except subprocess.CalledProcessError as error:
            said = error.stderr.decode(errors="replace").strip()
            raise MissingError(f"npm install failed: {said.splitlines()[-1] if said else error}") from None
        except subprocess.TimeoutExpired:
            raise MissingError(f"npm install took longer than {_INSTALL_SECONDS} s") from None
        done.write_bytes(wanted)
    return folder
