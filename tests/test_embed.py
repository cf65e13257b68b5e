"""devproxy inside another program, by the names that `from devproxy import …` has."""

import asyncio
import logging
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import devproxy
from devproxy import ConfigError, Devproxy, Exchange, Listener, StartError
from devproxy.demo.backend import make_backend
from devproxy.demo.listen import bound, served

README = Path(__file__).parent.parent / "README.md"
PAGE = "https://app.example.com"


class Seen(Listener):
    """A listener that wants to know of ends only."""

    def __init__(self) -> None:
        self.words: list[str] = []

    def ended(self, exchange: Exchange) -> None:
        self.words.append(f"{exchange.request.method} {exchange.request.target} {exchange.diagnosis.word}")


async def ask(url, path="/api/users", origin=PAGE):
    """The head of the answer to a page's GET."""
    where = urlsplit(url)
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    try:
        writer.write(
            f"GET {path} HTTP/1.1\r\nHost: {where.netloc}\r\nOrigin: {origin}\r\nConnection: close\r\n\r\n".encode()
        )
        return (await asyncio.wait_for(reader.read(), 10)).decode().partition("\r\n\r\n")[0]
    finally:
        writer.close()


async def test_a_backend_behind_it_may_be_read():
    """By the pages that were named, from the first line of the body to the last; the listener is told of each exchange."""
    seen = Seen()
    async with served(make_backend(), bound()) as backend:
        proxy = Devproxy.to(backend, allow_origins=[PAGE], listeners=[seen])
        assert proxy.url == ""
        async with proxy as same:
            assert same is proxy
            url = proxy.url
            assert re.fullmatch(r"http://localhost:\d+", url)
            head = await ask(url)
            assert f"Access-Control-Allow-Origin: {PAGE}" in head
            assert "Access-Control-Allow-Origin" not in await ask(url, origin="https://evil.test")
        assert proxy.url == ""
    assert seen.words == ["GET /api/users fixed", "GET /api/users BLOCKED"]
    with pytest.raises(ConnectionError):
        await ask(url)


async def test_a_file_is_served_where_the_program_wants_it(tmp_path):
    """Its routes and its policy count, its host and port do not."""
    async with served(make_backend(), bound()) as backend:
        file = tmp_path / "proxy.yaml"
        file.write_text(
            f"listen: {{host: 0.0.0.0, port: 1}}\ncors: {{allow_origins: ['{PAGE}']}}\nroutes: {{/api: '{backend}'}}\n"
        )
        async with Devproxy.from_file(file) as proxy:
            assert f"Access-Control-Allow-Origin: {PAGE}" in await ask(proxy.url)
            with pytest.raises(StartError, match="in use"):
                async with Devproxy.from_file(file, port=urlsplit(proxy.url).port):
                    pytest.fail("two listen on one port")


async def test_it_may_be_started_again():
    """One after the other, each time from the beginning."""
    proxy = Devproxy.to("3001")
    for _ in range(2):
        async with proxy:
            assert (await ask(proxy.url)).startswith("HTTP/1.1 502 ")


def test_mistakes_are_told_before_anything_runs(tmp_path):
    """In the words of the command line."""
    with pytest.raises(ConfigError, match="ftp"):
        Devproxy.to("ftp://localhost")
    with pytest.raises(ConfigError, match="none"):
        Devproxy.from_file(tmp_path / "none.yaml")


async def test_the_logging_of_the_program_stays_as_it_was():
    """No handler, no level."""
    logger = logging.getLogger("devproxy")
    before = (list(logger.handlers), logger.level)
    async with Devproxy.to("3001"):
        assert (list(logger.handlers), logger.level) == before


def test_names_are_loaded_when_they_are_asked_for():
    """`devproxy --version` and health checks pay for none; all that is promised is there, and nothing else."""
    code = "import devproxy, sys; assert 'asyncio' not in sys.modules; devproxy.Devproxy; assert 'aiohttp' in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
    assert all(getattr(devproxy, name) for name in devproxy.__all__)
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        _ = devproxy.Nothing


def test_the_fixture_of_the_readme(tmp_path):
    """Copied as it stands, it passes."""
    chapter = README.read_text(encoding="utf-8").partition("\n## In your tests\n")[2].partition("\n## ")[0]
    blocks = re.findall(r"^```python\n# (\S+)\n(.*?)^```", chapter, re.MULTILINE | re.DOTALL)
    assert [name for name, _ in blocks] == ["conftest.py", "test_page.py"]
    for name, code in blocks:
        (tmp_path / name).write_text(code, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-o", "asyncio_mode=auto"]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert "1 passed" in result.stdout, result.stdout + result.stderr
