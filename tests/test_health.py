"""Whether a running devproxy is well, asked from outside."""

import asyncio
import subprocess
import sys
from dataclasses import replace

import pytest

from devproxy.config.build import from_targets
from devproxy.health import _place, main
from devproxy.proxy.server import Proxy
from devproxy.proxy.tls import Certificate
from devproxy.serve import site


async def test_a_running_devproxy_is_well(start, capsys):
    """Its backend may be down: that is not devproxy's health. Nobody reads of it in the log."""
    running = await start("1")
    port = str(running.proxy.port)
    for arguments in (["--port", port], ["--url", running.origin], ["--url", f"http://127.0.0.1:{port}/"]):
        assert await asyncio.to_thread(main, arguments) == 0
    assert capsys.readouterr().out.startswith(f"ok: devproxy answers on localhost:{port}\n")


async def test_the_port_may_come_from_the_environment(start, monkeypatch):
    """As that of the proxy itself; the flag goes before it."""
    running = await start("1")
    monkeypatch.setenv("DEVPROXY_PORT", str(running.proxy.port))
    assert await asyncio.to_thread(main, []) == 0
    monkeypatch.setenv("DEVPROXY_PORT", "1")
    assert await asyncio.to_thread(main, ["--port", str(running.proxy.port)]) == 0


async def test_a_listener_with_tls_is_asked_by_tls(certificate, capsys):
    """Whatever its certificate says: nothing secret is told, and the scheme may be left out."""
    proxy = Proxy(site(from_targets(["1"])))
    await proxy.start("localhost", 0, Certificate(*map(str, certificate("other.test"))))
    try:
        origin = f"https://localhost:{proxy.port}"
        for arguments in (
            ["--port", str(proxy.port)],
            ["--url", origin],
            ["--url", f"{origin}/__devproxy__/health"],
        ):
            assert await asyncio.to_thread(main, arguments) == 0
    finally:
        await proxy.stop()


async def test_a_configuration_that_could_not_be_taken(start, capsys):
    """devproxy answers, but not by what was saved last."""
    running = await start("1")
    running.proxy.site = replace(running.proxy.site, stale=True)
    assert await asyncio.to_thread(main, ["--port", str(running.proxy.port)]) == 1
    assert "was last saved with mistakes; it serves the one before" in capsys.readouterr().err


def test_nobody_there(capsys):
    """Exit code 1, and one line."""
    assert main(["--url", "http://127.0.0.1:1"]) == 1
    assert capsys.readouterr().err.startswith("error: no devproxy answers on 127.0.0.1:1 (")


@pytest.mark.parametrize(
    "answer",
    [b"HTTP/1.1 200 OK\r\n\r\nhello", b'HTTP/1.1 503 No\r\n\r\n{"status":"ok"}', b"\xff\x00", b""],
)
async def test_another_server_is_no_devproxy(scripted, capsys, answer):
    """Something that answers is not enough."""
    other = await scripted(answer)
    assert await asyncio.to_thread(main, ["--url", other.origin]) == 1
    assert "is not a devproxy that is well" in capsys.readouterr().err


async def test_any_server_is_asked_at_the_path_of_a_url(backend, capsys):
    """The demo's backend is well at /health, and says 404 elsewhere."""
    assert await asyncio.to_thread(main, ["--url", f"{backend}/health?full=1"]) == 0
    assert capsys.readouterr().out == f"ok: a server answers on {backend.partition('//')[2]}/health?full=1\n"
    assert await asyncio.to_thread(main, ["--url", f"{backend}/nothing"]) == 1
    assert "/nothing is not a server that is well" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (b"HTTP/1.1 204 No Content\r\n\r\n", 0),
        (b"HTTP/1.0 200\r\n\r\nhello", 0),
        (b"HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n", 1),
        (b"HTTP/1.1 503 No\r\n\r\n200 OK", 1),
        (b"SSH-2.0 200\r\n", 1),
        (b"", 1),
    ],
)
async def test_a_server_is_well_if_it_says_so(scripted, answer, code):
    """By its status; what stands in the body is its own business."""
    other = await scripted(answer)
    assert await asyncio.to_thread(main, ["--url", f"{other.origin}/health"]) == code
    assert other.asked[0].startswith(b"GET /health HTTP/1.1\r\n")


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("http://localhost:8484", ("localhost", "8484", "")),
        ("HTTP://[::1]:8484/", ("::1", "8484", "")),
        ("http://[::1]", ("::1", "80", "")),
        ("http://dev.test", ("dev.test", "80", "")),
        ("https://localhost", ("localhost", "443", "")),
        ("http://api:3001/health?a=b", ("api", "3001", "/health?a=b")),
        ("http://[::1]:3001/health", ("::1", "3001", "/health")),
        ("ftp://localhost", None),
        ("localhost:8484", None),
        ("http:///x", None),
        ("http://api/a b", None),
        ("http://api/a\r\nX:b", None),
        ("http://api/ä", None),
    ],
)
def test_where_to_ask(url, place):
    """A URL's host and port, and its path if it has one."""
    assert _place(url) == place


@pytest.mark.parametrize(
    "arguments",
    [
        ["--port", "x"],
        ["--port", "0"],
        ["--port", "²"],
        ["--port", "9" * 5000],
        ["--url", "ftp://a"],
        ["--url", f"http://a:{'9' * 5000}"],
    ],
)
def test_what_cannot_be_asked_is_a_usage_error(arguments):
    """No traceback."""
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2


def test_a_health_check_imports_nothing_heavy():
    """It runs every few seconds: no click, no aiohttp, no pydantic."""
    code = (
        "import sys; sys.argv = ['devproxy', 'health', '--port', '1']\n"
        "from devproxy.__main__ import main\n"
        "try: main()\n"
        "except SystemExit as end: assert end.code == 1\n"
        "print(sorted({'click', 'aiohttp', 'pydantic', 'yaml', 'asyncio', 'ssl'} & sys.modules.keys()))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout == "[]\n"
