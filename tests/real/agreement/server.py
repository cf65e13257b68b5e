"""The servers of the cases: each answers by what its URL says, and tells what it was asked."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import NamedTuple

from tests.real.agreement.cases import Case, head

_PAGE = b"<!doctype html><title>page</title>"
_CASE = re.compile(r"(\S+) /c/(\d+)/(\d+) ")


class Seen(NamedTuple):
    """A request that arrived: for which hop, and what it said of CORS."""

    method: str
    hop: int
    origin: str | None
    asks_method: str | None
    asks_headers: str | None


class Server:
    """Two ports on both loopbacks; `pages` are the origins of one, `others` those of the other."""

    def __init__(self) -> None:
        self.cases: Mapping[int, Case] = {}
        self.seen: dict[int, list[Seen]] = {}
        self.pages: list[str] = []
        self.others: list[str] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            text = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            fields = {
                name.lower(): value.strip()
                for line in text.split("\r\n")[1:]
                if ":" in line
                for name, value in [line.split(":", 1)]
            }
            await reader.readexactly(int(fields.get("content-length", 0)))
            asked = _CASE.match(text)
            writer.write(self._answer(asked, fields) if asked else _page())
            await writer.drain()
        writer.close()

    def _answer(self, asked: re.Match[str], fields: Mapping[str, str]) -> bytes:
        number, hop = int(asked[2]), int(asked[3])
        asks = "access-control-request-method"
        seen = Seen(
            asked[1],
            hop,
            fields.get("origin"),
            fields.get(asks),
            fields.get("access-control-request-headers"),
        )
        self.seen.setdefault(number, []).append(seen)
        preflight, answer = self.cases[number].answers[hop]
        return preflight if asked[1] == "OPTIONS" and asks in fields else answer


def _page() -> bytes:
    return (
        head(200, [("Content-Type", "text/html")]).replace(b"Length: 0", b"Length: %d" % len(_PAGE)) + _PAGE
    )


@asynccontextmanager
async def serving() -> AsyncIterator[Server]:
    """Both servers, listening."""
    server = Server()
    async with AsyncExitStack() as stack:
        ports = []
        for _ in range(2):
            first = await stack.enter_async_context(await asyncio.start_server(server.serve, "127.0.0.1", 0))
            ports.append(first.sockets[0].getsockname()[1])
            with suppress(OSError):  # a machine without IPv6
                await stack.enter_async_context(await asyncio.start_server(server.serve, "::1", ports[-1]))
        own, other = ports
        server.pages = [f"http://{name}:{own}" for name in ("localhost", "127.0.0.1", "app.localhost")] + [
            "null"
        ]
        server.others = [f"http://{name}:{other}" for name in ("localhost", "127.0.0.1")]
        server.others += [f"http://{name}:{own}" for name in ("localhost", "127.0.0.1")]
        yield server
