"""A whole process: started, asked, stopped, as a user would."""

import asyncio
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager, suppress
from types import SimpleNamespace

import pytest

from devproxy.config.build import Listen, from_targets, parse
from devproxy.config.given import Given
from devproxy.console import Console
from devproxy.exchange import Exchange
from devproxy.serve import _elsewhere, _exposed, _probe, _unknown, _watch, on_hangup, serve, site
from devproxy.target import Target
from tests.law import request
from tests.ports import unused_port

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to send")


@pytest.fixture(autouse=True)
def contained(monkeypatch):
    """Says whether we are in a container; tests may run in one, and are not until they say so."""

    def say(answer):
        monkeypatch.setattr("devproxy.serve.in_container", lambda: answer)

    say(False)
    return say


@contextmanager
def devproxy(*arguments):
    """A devproxy process of its own; its banner is read up to its end."""
    command = [sys.executable, "-m", "devproxy", *arguments]
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8", "NO_COLOR": "1"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", env=environment
    ) as process:
        last = "In your frontend" if "--config" in arguments else "Keep these settings"
        try:
            lines = []
            for line in process.stderr:
                lines.append(line.rstrip("\n"))
                if "ctrl + c" in line or last in line:
                    break
            process.banner = lines
            yield process
        finally:
            process.kill()


@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_told_to_stop(number):
    """Banner, one request to a backend that is down, one log line, exit code 0."""
    port, down = unused_port(), unused_port()
    with devproxy(str(down), "--port", str(port)) as process:
        assert f"http://localhost:{port}/  → http://localhost:{down}   (not listening yet" in "\n".join(
            process.banner
        )
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/users")
        assert caught.value.code == 502
        assert json.load(caught.value)["type"] == "urn:devproxy:error:refused"
        process.send_signal(number)
        out, err = process.communicate(timeout=15)
        assert process.returncode == 0
        assert "502 GET     /users" in out
        assert err.strip() == ""


@posix
def test_a_port_in_use_ends_it_with_exit_code_1():
    """Silent hopping would break the frontends that are configured for this port."""
    port = unused_port()
    with devproxy("3001", "--port", str(port)), devproxy("3001", "--port", str(port)) as second:
        assert second.wait(10) == 1
        assert f"error: port {port} is in use" in "\n".join(second.banner)


@pytest.mark.skipif(sys.platform != "linux", reason="Linux tells who has a port")
def test_a_port_in_use_is_told_with_its_owner():
    """The number to stop and the name to recognise."""
    port = unused_port()
    with devproxy("3001", "--port", str(port)) as first, devproxy("3001", "--port", str(port)) as second:
        assert second.wait(10) == 1
        assert f"port {port} is in use (pid {first.pid} " in "\n".join(second.banner)


@posix
def test_the_demo_shows_its_page():
    """`devproxy demo` starts a backend, a page and the proxy on free ports."""
    with devproxy("demo") as process:
        url = next(line for line in process.banner if "Open" in line).split()[-1]
        with urllib.request.urlopen(url) as page:
            assert "<title>" in page.read().decode()
        process.send_signal(signal.SIGINT)
        assert process.wait(15) == 0


@posix
async def test_a_signal_while_it_starts_is_heard(monkeypatch):
    """To the first process of a container nothing happens by default: it would be waited for, and killed."""
    unheard = []
    before = signal.signal(signal.SIGTERM, lambda number, _frame: unheard.append(number))

    async def probe(_targets):
        os.kill(os.getpid(), signal.SIGTERM)
        return {}, []

    monkeypatch.setattr("devproxy.serve._probe", probe)
    logger = logging.getLogger("devproxy")
    monkeypatch.setattr(logger, "propagate", logger.propagate)  # what is set up for a process is put back
    monkeypatch.setattr(logger, "handlers", logger.handlers)
    try:
        async with asyncio.timeout(10):
            await serve(from_targets(["3001"], Given(port=unused_port())), Console(quiet=True), 0)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert not unheard


@posix
def test_a_second_signal_ends_it_at_once():
    """Whoever presses ctrl + c twice waits for nobody."""
    port = unused_port()
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        devproxy(str(silent.getsockname()[1]), "--port", str(port)) as process,
        socket.create_connection(("127.0.0.1", port)) as client,
    ):
        client.sendall(f"GET / HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n".encode())
        probe, asked = silent.accept()[0], silent.accept()[0]  # the probe at start, and the request
        process.send_signal(signal.SIGINT)
        assert process.stderr.readline() == "waiting up to 8 s for 1 request; ctrl + c again stops at once\n"
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        assert process.wait(5) == 128 + signal.SIGINT
        probe.close()
        asked.close()


@posix
def test_keys_are_for_the_terminal_that_devproxy_has(tmp_path):
    """h + enter explains them, q + enter ends it; the banner has said so."""
    import fcntl  # noqa: PLC0415  # not on Windows
    import pty  # noqa: PLC0415
    import termios  # noqa: PLC0415

    typing, terminal = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "devproxy", "3001", "--port", str(unused_port())],
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509  # one thread, and no other way
    ) as process:
        os.close(terminal)
        told = b""

        def told_of(words):
            nonlocal told
            while words not in told:
                told += os.read(typing, 4096)

        told_of(b"q + enter to quit")
        os.write(typing, b"h\n")
        told_of(b"clear the terminal")
        os.write(typing, b"r\n")
        told_of(b"nothing to reload")
        os.write(typing, b"q\n")
        assert process.wait(10) == 0
    os.close(typing)


@posix
def test_sighup_reads_the_configuration_again(tmp_path):
    """At once; what has changed is a line of the log, and health tells of a mistake."""
    file, port = tmp_path / "proxy.yaml", unused_port()
    file.write_text("routes: {/api: http://192.0.2.1:9}\n")
    with devproxy("--config", str(file), "--port", str(port)) as process:
        file.write_text("routes: {/v2: http://192.0.2.1:9}\n")
        process.send_signal(signal.SIGHUP)
        assert process.stdout.readline()[10:] == "/v2: added → http://192.0.2.1:9\n"
        assert process.stdout.readline()[10:] == "/api: removed\n"
        file.write_text("routes: [\n")
        process.send_signal(signal.SIGHUP)
        assert " — still running with the configuration from " in process.stdout.readline()
        asked = [sys.executable, "-m", "devproxy", "health", "--port", str(port)]
        told = subprocess.run(asked, capture_output=True, text=True, check=False)
        assert (told.returncode, told.stdout) == (1, "")
        assert "was last saved with mistakes; it serves the one before" in told.stderr


@posix
def test_targets_are_not_reloaded():
    """There is nothing to read again."""
    with devproxy("http://192.0.2.1:9", "--port", str(unused_port())) as process:
        process.send_signal(signal.SIGHUP)
        assert process.stdout.readline()[10:] == "nothing to reload: the targets came from the command line\n"


@posix
@pytest.mark.parametrize(
    ("before", "terminal", "expected"),
    [
        (signal.SIG_DFL, [True, True], ["reload"]),
        (signal.SIG_DFL, [True, False], ["reload", "stop"]),
        (signal.SIG_DFL, [False], ["reload"]),
        (signal.SIG_IGN, [True, False], ["reload"]),
    ],
)
async def test_a_terminal_that_goes_takes_devproxy_along(monkeypatch, before, terminal, expected):
    """SIGHUP is a question, but for who had a terminal and has none any more; under nohup it stays one."""
    looks = iter(terminal)
    done = []
    monkeypatch.setattr("devproxy.serve._has_terminal", lambda: next(looks))
    monkeypatch.setattr("devproxy.serve._HANGUP_SECONDS", 0.01)
    known = signal.signal(signal.SIGHUP, before)
    try:
        on_hangup(lambda: done.append("reload"), lambda: done.append("stop"))
        os.kill(os.getpid(), signal.SIGHUP)
        async with asyncio.timeout(5):
            while len(done) < len(expected):
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
        assert done == expected
    finally:
        asyncio.get_running_loop().remove_signal_handler(signal.SIGHUP)
        signal.signal(signal.SIGHUP, known)


linux = pytest.mark.skipif(sys.platform != "linux", reason="needs /dev/full")


@linux
@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-", ">/dev/full 2>/dev/full"])
def test_streams_that_are_closed_or_full_stop_nobody(closed):
    """A socket that took the number of a stream would be written to."""
    port = unused_port()
    command = f"exec {sys.executable} -m devproxy 3001 --port {port} {closed}"
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with subprocess.Popen(["/bin/sh", "-c", command], env=buffered) as process:
        for _ in range(100):
            with suppress(OSError), socket.create_connection(("127.0.0.1", port)) as client:
                client.sendall(
                    f"GET /__devproxy__/health HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n".encode()
                )
                assert client.recv(15) == b"HTTP/1.1 200 OK"
                break
            time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


@linux
def test_a_full_disk_is_told_without_a_traceback():
    """Where the output is all that was asked for."""
    command = f"{sys.executable} -m devproxy schema > /dev/full"
    told = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=False)
    assert (told.returncode, told.stderr) == (1, "error: cannot write (No space left on device)\n")


async def test_a_request_that_waits_is_told_once(monkeypatch):
    """However often one looks; the next one is told again."""
    monkeypatch.setattr("devproxy.serve._LOOK_SECONDS", 0.001)
    looks = iter([[1], [1, 2], [2], [], [1], *[[]] * 1000])
    told = []
    proxy = SimpleNamespace(
        refresh_certificate=lambda: None,
        unanswered=lambda seconds: [
            Exchange(request("GET /"), 0.0, number=number) for number in (next(looks) if seconds else ())
        ],
    )
    console = SimpleNamespace(
        waiting=lambda exchange, seconds: told.append((exchange.number, seconds)),
        look=lambda _now, _running: None,
    )
    watch = asyncio.get_running_loop().create_task(_watch(proxy, console))
    async with asyncio.timeout(5):
        while len(told) < 3:
            await asyncio.sleep(0.001)
    watch.cancel()
    assert told == [(1, 10.0), (2, 10.0), (1, 10.0)]


@pytest.mark.skipif(sys.platform != "linux", reason="Linux tells who has a port")
def test_two_programs_on_the_two_loopbacks_of_a_target_are_told():
    """Half of the requests in a browser's tab go to one, and devproxy's to the other."""
    script = "import socket; s = socket.create_server(('::1', 0), family=socket.AF_INET6); print(s.getsockname()[1], flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        port = int(other.stdout.readline())
        target = Target.parse(f"http://localhost:{port}")
        assert asyncio.run(_probe([target])) == ({target.origin: True}, [])
        with socket.create_server(("127.0.0.1", port)):
            listening, (told,) = asyncio.run(_probe([target]))
        other.communicate(b"\n")
    assert listening == {target.origin: True}
    assert told.startswith(f"two programs listen on port {port}: pid {other.pid} ")
    assert f"pid {os.getpid()} " in told
    assert told.endswith(f"Write http://127.0.0.1:{port} for the second")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1", "app.localhost"])
def test_a_loopback_listener_is_nobodys_business(host):
    """No warning without a reason."""
    assert _exposed(Listen(host, 8484), 8484) == []


def test_a_listener_that_others_reach_is_warned_about(monkeypatch):
    """With the URLs that reach it."""
    monkeypatch.setattr("devproxy.serve.own_addresses", lambda: ["192.168.0.7", "fd00::7"])
    (told,) = _exposed(Listen("0.0.0.0", 8484), 8484)
    assert "at http://192.168.0.7:8484 and http://[fd00::7]:8484, and every backend" in told
    (told,) = _exposed(Listen("192.168.0.7", 8484), 9000)
    assert "at http://192.168.0.7:9000, and" in told
    monkeypatch.setattr("devproxy.serve.own_addresses", list)
    assert "devproxy, and every backend" in _exposed(Listen("::", 8484), 8484)[0]


@pytest.mark.parametrize(
    ("host", "words"), [("localhost", "published ports do not reach"), ("0.0.0.0", "published as")]
)
def test_a_listener_in_a_container_is_told_about_published_ports(contained, host, words):
    """Whether others reach it is decided there; and nobody reaches its loopback."""
    contained(True)
    (told,) = _exposed(Listen(host, 8484), 8484)
    assert words in told


def test_a_silent_loopback_target_in_a_container_is_told_once(contained):
    """It may be meant to be elsewhere; where something listens, or is not known to be silent, all is well."""
    config = from_targets(["a=3001", "b=3002", "c=3003", "d=http://api:3001"])
    listening = {
        "http://localhost:3001": True,
        "http://localhost:3002": False,
        "http://localhost:3003": False,
    }
    assert _elsewhere(config, listening) == []
    contained(True)
    (told,) = _elsewhere(config, listening)
    assert "http://host.docker.internal:3002" in told
    assert _elsewhere(config, {"http://localhost:3001": True}) == []


@pytest.mark.parametrize(
    ("platform", "file"), [("linux", "/etc/hosts"), ("win32", r"C:\Windows\System32\drivers\etc\hosts")]
)
async def test_names_that_this_system_does_not_know(monkeypatch, contained, platform, file):
    """The line for its file of hosts, to be copied; nothing in a container, whose browser is elsewhere."""
    config = parse(
        'routes: {/: {target: http://a, hosts: [a.invalid, "*.a.invalid"]}, /b: {target: http://a, hosts: [a.invalid, localhost]}}'
    )
    monkeypatch.setattr("sys.platform", platform)
    assert await _unknown(config) == [
        f"this system does not know a.invalid. A line for {file}:",
        "127.0.0.1 a.invalid",
    ]
    assert await _unknown(from_targets(["3001"])) == []

    async def nobody(names):
        return list(names)

    monkeypatch.setattr("devproxy.serve.unknown_names", nobody)
    shop = parse("routes: {/: {target: http://a, hosts: [shop.localhost]}}")
    told, line = await _unknown(shop)
    assert "Chrome and Firefox need none for *.localhost, Safari before macOS 26 does:" in told
    assert line == "127.0.0.1 shop.localhost"
    contained(True)
    assert await _unknown(shop) == []


def test_a_site_is_what_the_configuration_says():
    """Routes, policy and host names; the name in Via is this process's own."""
    config = parse(
        "listen: {host: dev.test, allowed_hosts: [app.test]}\nroutes: {/api: 'http://localhost:3001'}"
    )
    one, two = site(config), site(config)
    assert one.allowed_hosts == {"app.test", "dev.test"}
    assert one.policy is config.site_policy
    assert [route.prefix for route in one.router.routes] == ["/api"]
    assert one.via != two.via


def test_only_local_targets_are_probed():
    """Nothing is sent to a public server before a page asks."""
    with devproxy("http://192.0.2.1:9", "--port", str(unused_port())) as process:
        assert any("devproxy" in line for line in process.banner)
        assert not any("listening" in line for line in process.banner)
