"""Requests, one after the other on each of many connections: by wrk, and by a slower client of Python where there is none."""

import asyncio
import json
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path
from time import perf_counter
from typing import cast

import uvloop
from httptools import HttpResponseParser

from bench.machine import version
from bench.processes import HERE

# What Chromium sends with fetch() from a page on another port; with Host they are fifteen.
BROWSER = {
    "sec-ch-ua": '"Chromium";v="142", "Not_A Brand";v="99"',
    "sec-ch-ua-mobile": "?0",
    "sec-ch-ua-platform": '"Linux"',
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    "Accept": "application/json, text/plain, */*",
    "Accept-Language": "en-GB,en;q=0.9",
    "Accept-Encoding": "gzip, deflate, br, zstd",
    "Origin": "http://localhost:5173",
    "Referer": "http://localhost:5173/",
    "Sec-Fetch-Site": "same-site",
    "Sec-Fetch-Mode": "cors",
    "Sec-Fetch-Dest": "empty",
    "Cookie": "session=4f1d2c3b4a59687f; theme=dark; csrftoken=Zx81Kq0vTn",
    "Authorization": "Bearer not-a-secret.made-for-this-bench.0123456789abcdef",
}
PREFLIGHT = {name: value for name, value in BROWSER.items() if name not in {"Cookie", "Authorization"}} | {
    "Access-Control-Request-Method": "PUT",
    "Access-Control-Request-Headers": "authorization,content-type",
}

_SCRIPT = Path(__file__).parent / "wrk.lua"


class FailedError(Exception):
    """A measurement that did not come about: answers were missing, or were not what was asked for."""


@dataclass(frozen=True)
class Ask:
    """What to ask again and again: `connections` at once, for so many seconds."""

    port: int
    path: str
    connections: int
    seconds: float = inf
    method: str = "GET"

    @property
    def headers(self) -> dict[str, str]:
        """The fields besides Host."""
        return PREFLIGHT if self.method == "OPTIONS" else BROWSER


@dataclass(frozen=True)
class Load:
    """What came of it; the latencies are microseconds."""

    requests: int
    seconds: float
    p50: float
    p99: float

    @property
    def per_second(self) -> float:
        """Requests per second."""
        return self.requests / self.seconds


Generator = Callable[[Ask], Load]


def generator() -> tuple[Generator, str]:
    """The load generator of this machine, and what it is."""
    if shutil.which("wrk"):
        return wrk, f"wrk {version('wrk', '-v')}"
    return python, "a client of Python, for want of wrk: what is faster than it is measured too slow"


def wrk(ask: Ask) -> Load:
    """Ask with wrk. Raises FailedError."""
    command = ["wrk", "-t1", f"-c{ask.connections}", f"-d{max(1, round(ask.seconds))}s", "-s", str(_SCRIPT)]
    for name, value in ask.headers.items():
        command += ["-H", f"{name}: {value}"]
    address = f"http://{HERE}:{ask.port}{ask.path}"
    run = subprocess.run([*command, address], capture_output=True, text=True, timeout=60, check=False)
    said = (run.stdout.strip().splitlines() or [""])[-1]
    if run.returncode or not said.startswith("{"):
        raise FailedError(f"wrk: {run.stderr.strip() or run.stdout.strip()}")
    told = json.loads(said)
    if told["failed"] or not told["requests"]:
        raise FailedError(f"{told['failed']} of {told['requests']} requests failed")
    return Load(told["requests"], told["microseconds"] / 1e6, told["p50"], told["p99"])


def python(ask: Ask) -> Load:
    """Ask with a client of Python. Raises FailedError."""
    return uvloop.run(several(ask))


async def several(ask: Ask, count: float = inf) -> Load:
    """Ask with a client of Python on the loop that runs, so many times at most. Raises FailedError."""
    began = perf_counter()
    crowd = _Crowd(ask, count, began + ask.seconds)
    await asyncio.gather(*(crowd.client() for _ in range(ask.connections)))
    return summary(crowd.times, perf_counter() - began)


def summary(times: Sequence[float], seconds: float) -> Load:
    """What requests that took these times, in seconds, amount to. Raises FailedError if there are none."""
    if not times:
        raise FailedError("no request was answered")
    ordered = sorted(times)
    p50, p99 = (ordered[len(ordered) * percent // 100] * 1e6 for percent in (50, 99))
    return Load(len(ordered), seconds, p50, p99)


class _Crowd:
    """Clients that ask until the time is up, or all has been asked."""

    def __init__(self, ask: Ask, count: float, until: float) -> None:
        fields = {"Host": f"{HERE}:{ask.port}"} | ask.headers
        lines = [f"{ask.method} {ask.path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
        self.head = "\r\n".join([*lines, "", ""]).encode()
        self.times: list[float] = []
        self._port = ask.port
        self._left = count
        self._until = until

    @property
    def done(self) -> bool:
        """Whether nobody is to ask any more."""
        return self._left <= 0 or perf_counter() > self._until

    def take(self) -> None:
        """Count a request that is about to be made."""
        self._left -= 1

    async def client(self) -> None:
        """Ask on one connection after the other; one is enough where the server keeps it."""
        loop = asyncio.get_running_loop()
        while not self.done:
            _, client = await loop.create_connection(lambda: _Client(self), HERE, self._port)
            await client.ended


class _Client(asyncio.Protocol):
    def __init__(self, crowd: _Crowd) -> None:
        self._crowd = crowd
        self._began = 0.0
        self._waits = False
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._ask()

    def _ask(self) -> None:
        if self._crowd.done:
            self._transport.close()
            return
        self._crowd.take()
        self._parser = HttpResponseParser(self)
        self._waits, self._began = True, perf_counter()
        self._transport.write(self._crowd.head)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        if self._parser.get_status_code() not in {200, 204}:
            self._transport.abort()
            return
        self._waits = False
        self._crowd.times.append(perf_counter() - self._began)
        if self._parser.should_keep_alive():
            self._ask()
        else:
            self._transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        if self._waits:
            self.ended.set_exception(
                FailedError(f"a request was not answered ({error or 'a refusal, or the end'})")
            )
        else:
            self.ended.set_result(None)
