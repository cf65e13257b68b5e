"""A whole process: started, asked, stopped, as a user would."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import contextmanager

import pytest

from devproxy.config.build import parse
from devproxy.serve import site

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to send")


def unused_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@contextmanager
def devproxy(*arguments):
    """A devproxy process of its own; its banner is read up to its end."""
    command = [sys.executable, "-m", "devproxy", *arguments]
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8", "NO_COLOR": "1"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", env=environment
    ) as process:
        try:
            lines = []
            for line in process.stderr:
                lines.append(line.rstrip("\n"))
                if "ctrl + c" in line:
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


@posix
def test_the_demo_shows_its_page():
    """`devproxy demo` starts a backend, a page and the proxy on free ports."""
    with devproxy("demo") as process:
        url = next(line for line in process.banner if "Open" in line).split()[-1]
        with urllib.request.urlopen(url) as page:
            assert "<title>" in page.read().decode()
        process.send_signal(signal.SIGINT)
        assert process.wait(15) == 0


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
