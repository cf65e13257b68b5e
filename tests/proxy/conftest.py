"""What the tests of the traffic floor need besides: both event loops."""

import shutil
import subprocess
import sys

import pytest

LOOPS = ["asyncio"] if sys.platform == "win32" else ["asyncio", "uvloop"]


@pytest.fixture(params=LOOPS)
def each_loop(request, monkeypatch):
    """Runs a test on the loop of the standard library and on uvloop, where there is one."""
    if request.param == "uvloop":
        import uvloop  # noqa: PLC0415  # not on Windows

        monkeypatch.setattr("asyncio.events.new_event_loop", uvloop.new_event_loop)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """Makes a self-signed certificate and returns the paths of it and its key."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl command to make a certificate with")

    def openssl(folder, command):
        subprocess.run(["openssl", *command.split()], cwd=folder, check=True, capture_output=True)

    def make(name, days=1):
        folder = tmp_path_factory.mktemp("tls")
        (folder / "extensions").write_text(f"subjectAltName=DNS:{name}\nbasicConstraints=CA:TRUE\n")
        openssl(folder, f"req -new -newkey rsa:2048 -nodes -subj /CN={name} -keyout key.pem -out request.pem")
        openssl(
            folder,
            f"x509 -req -in request.pem -signkey key.pem -days {days} -extfile extensions -out cert.pem",
        )
        return folder / "cert.pem", folder / "key.pem"

    return make
