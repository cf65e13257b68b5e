"""The Chromium or Chrome that the browser tests drive: found, or installed where that is ours to do.

`python -m tests.real.browser --install` is part of `make test`.
"""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"

# Started as root in a container, and without asking anybody outside this machine.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find() -> str | None:
    """The browser's path: DEVPROXY_CHROMIUM, or the first one that is installed."""
    named = os.environ.get("DEVPROXY_CHROMIUM")
    if named:
        return named
    return next((path for name in (*NAMES, MAC) if (path := shutil.which(name))), None)


def _install() -> None:
    if find():
        return
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    if is_root and shutil.which("apt-get"):
        print("installing Debian's chromium for the browser tests …", flush=True)  # noqa: T201
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in ("apt-get update -qq", "apt-get install -y -qq --no-install-recommends chromium"):
            subprocess.run(command.split(), check=False, env=environment, stdout=subprocess.DEVNULL)
    if not find():
        print("=== NO CHROMIUM OR CHROME FOUND: the browser tests are SKIPPED ===", flush=True)  # noqa: T201


if __name__ == "__main__" and "--install" in sys.argv:
    _install()
