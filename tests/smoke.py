"""What an installed devproxy must do, asked without its sources and without a test runner; run by `tests.wheel`."""

import asyncio
import signal
import socket
import subprocess
import sys
import time
from http.client import HTTPConnection, HTTPResponse
from importlib.metadata import version
from pathlib import Path

import devproxy

PAGE = "http://localhost:5173"
DEVPROXY = [sys.executable, "-I", "-m", "devproxy"]


def run(*arguments: str, code: int = 0) -> str:
    """What a command prints."""
    done = subprocess.run([*DEVPROXY, *arguments], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == code, (arguments, done.returncode, done.stdout, done.stderr)
    return done.stdout


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def ask(port: int, path: str) -> HTTPResponse:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("GET", path, headers={"Host": f"localhost:{port}", "Origin": PAGE})
    return connection.getresponse()


def until_well(port: int, path: str) -> None:
    """Wait until a server answers."""
    deadline = time.monotonic() + 20
    while subprocess.run(
        [*DEVPROXY, "health", "--url", f"http://127.0.0.1:{port}{path}"], capture_output=True, check=False
    ).returncode:
        assert time.monotonic() < deadline, f"nothing answers on {port}"
        time.sleep(0.1)


def stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    code = process.wait(15)
    assert code == 0 or sys.platform == "win32", code


async def embedded(backend: str) -> None:
    async with devproxy.Devproxy.to(backend) as proxy:
        port = int(proxy.url.rpartition(":")[2])
        answer = await asyncio.to_thread(ask, port, "/api/users")
        assert answer.getheader("Access-Control-Allow-Origin") == PAGE


def main() -> None:
    home = Path(devproxy.__file__).parent
    assert home.parent.name in {"site-packages", "dist-packages"}, home
    assert (home / "py.typed").is_file()
    assert version("devproxy-cors") == devproxy.__version__
    assert devproxy.__version__ in run("--version")
    assert "allow_origins" in run("schema")
    assert "OPTIONS" in run("explain", "preflight")
    run("validate", "none.yaml", code=1)

    port, own = free_port(), free_port()
    backend = f"http://localhost:{port}"
    file = Path("proxy.yaml")
    file.write_text(f"listen: {{port: {own}}}\nroutes: {{/: {backend!r}}}\n", encoding="utf-8")
    run("validate", str(file))
    silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with (
        subprocess.Popen([*DEVPROXY, "demo", "--backend-only", "--port", str(port)], **silent) as api,
        subprocess.Popen([*DEVPROXY, "--quiet", "--config", str(file)], **silent) as proxy,
    ):
        try:
            until_well(port, "/health")
            until_well(own, "/__devproxy__/health")
            assert ask(port, "/api/users").getheader("Access-Control-Allow-Origin") is None
            assert ask(own, "/api/users").getheader("Access-Control-Allow-Origin") == PAGE
            assert "No 'Access-Control-Allow-Origin' header" in run(
                "check", f"{port}/api/users", "--origin", PAGE, code=1
            )
            run("check", f"{own}/api/users", "--origin", PAGE)
            asyncio.run(embedded(backend))
            stop(proxy)
            stop(api)
        finally:
            proxy.kill()
            api.kill()
    names = ("aiohttp", "click", "httptools", "pydantic", "PyYAML")
    print("well with", ", ".join(f"{name} {version(name)}" for name in names))  # noqa: T201  # what CI shows


if __name__ == "__main__":
    main()
