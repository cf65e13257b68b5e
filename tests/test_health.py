"""Whether a running devproxy is well, asked from outside."""

import asyncio
import subprocess
import sys
from dataclasses import replace

import pytest

from devproxy.config.build import from_targets
from devproxy.health import _authority, main
from devproxy.proxy.server import Proxy
from devproxy.proxy.tls import Certificate
from devproxy.serve import site


async def test_a_running_devproxy_is_well(start, capsys):
    """Its backend may be down: that is not devproxy's health. Nobody reads of it in the log."""
    running = await start("1")
    port = str(running.proxy.port)
    for arguments in (["--port", port], ["--url", running.origin], ["--url", f"http://127.0.0.1:{port}/x"]):
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
        for arguments in (["--port", str(proxy.port)], ["--url", f"https://localhost:{proxy.port}"]):
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


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("http://localhost:8484", ("localhost", "8484")),
        ("HTTP://[::1]:8484/", ("::1", "8484")),
        ("http://[::1]", ("::1", "80")),
        ("http://dev.test", ("dev.test", "80")),
        ("https://localhost", ("localhost", "443")),
        ("ftp://localhost", None),
        ("localhost:8484", None),
        ("http:///x", None),
    ],
)
def test_where_to_ask(url, place):
    """A URL's host and port."""
    assert _authority(url) == place


@pytest.mark.parametrize(
    "arguments", [["--port", "x"], ["--port", "0"], ["--port", "²"], ["--url", "ftp://a"]]
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
