"""What the operating system tells and grants a server: who has a port, how many files may be open.

Nothing here may fail: where a system does not tell, devproxy does without.
"""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from ipaddress import IPv4Address
from pathlib import Path
from typing import Literal

IpVersion = Literal[4, 6]

# Two for each exchange, and one for each idle connection; the usual soft limits are 256 (macOS) and 1024 (Linux).
_OPEN_FILES = 65_536
# What Docker and Podman put into a container; with a read-only root Podman covers its own, and leaves a variable.
_CONTAINER_MARKS = (".dockerenv", "run/.containerenv")
_LISTENING = "0A"  # include/net/tcp_states.h: TCP_LISTEN
_LSOF_SECONDS = 2.0


def raise_open_files() -> None:
    """Raise the soft limit of open files as far as it goes: every WebSocket and event stream takes two."""
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415  # not on Windows

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, _OPEN_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(OSError, ValueError):  # macOS has a lower limit that it does not tell
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def in_container(root: Path = Path("/"), environ: Mapping[str, str] = os.environ) -> bool:
    """Whether this process runs in a container of Docker or Podman with a network, and so a loopback, of its own."""
    with suppress(OSError):
        marked = any((root / mark).exists() for mark in _CONTAINER_MARKS)
        # A container on the network of its host sees the host's devices; its own are virtual, and have none.
        hosts = any((root / "sys/class/net").glob("*/device"))
        return (marked or environ.get("container") == "podman") and not hosts
    return False


def container_gateway(root: Path = Path("/")) -> str:
    """The address from which the ports that a container publishes are reached; nothing outside of one."""
    with suppress(OSError, ValueError):
        if in_container(root):
            return default_gateway((root / "proc/net/route").read_text())
    return ""


def default_gateway(table: str) -> str:
    """The address of the default route, from the text of /proc/net/route; nothing where there is none."""
    for line in table.splitlines()[1:]:
        _, destination, gateway, *_ = line.split()
        if int(destination, 16) == 0:
            return str(IPv4Address(int(gateway, 16).to_bytes(4, sys.byteorder)))
    return ""


def own_addresses() -> list[str]:
    """The addresses by which other machines may reach this one: those that packets to the outside would leave from."""
    found = []
    for family, outside in (
        (socket.AF_INET, "192.0.2.1"),
        (socket.AF_INET6, "2001:db8::1"),
    ):  # RFC 5737, RFC 3849
        with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as asked:
            asked.connect((outside, 9))  # a datagram socket sends nothing until it is told to
            found.append(str(asked.getsockname()[0]))
    return found


def owner_of(port: int, version: IpVersion | None = None) -> str:
    """The program that listens on a TCP port, as in `pid 4711 node`, or nothing where the system does not tell.

    `version` asks for a listener of one IP version only; one for both counts as IPv6.
    """
    with suppress(OSError, ValueError, subprocess.SubprocessError):
        return _by_lsof(port, version) if sys.platform == "darwin" else _by_proc(port, version)
    return ""


def listening_inodes(table: str, port: int) -> Iterator[str]:
    """The sockets that listen on a port, from the text of /proc/net/tcp or tcp6."""
    for line in table.splitlines()[1:]:
        columns = line.split()
        if columns[3] == _LISTENING and int(columns[1].rpartition(":")[2], 16) == port:
            yield columns[9]


def _by_proc(port: int, version: IpVersion | None, proc: Path = Path("/proc")) -> str:
    tables = [proc / "net" / name for of, name in ((4, "tcp"), (6, "tcp6")) if version in {of, None}]
    texts = [table.read_text() for table in tables if table.exists()]
    wanted = {f"socket:[{inode}]" for text in texts for inode in listening_inodes(text, port)}
    for folder in proc.glob("[0-9]*/fd") if wanted else ():
        with suppress(OSError):  # another user's process, or one that has just ended
            if any(str(link.readlink()) in wanted for link in folder.iterdir()):
                return f"pid {folder.parent.name} {(folder.parent / 'comm').read_text().strip()}"
    return ""


def _by_lsof(port: int, version: IpVersion | None) -> str:
    command = ["/usr/sbin/lsof", "-nP", f"-i{version or ''}TCP:{port}", "-sTCP:LISTEN", "-Fpc"]
    told = subprocess.run(command, capture_output=True, text=True, timeout=_LSOF_SECONDS, check=False)  # noqa: S603  # no shell, nothing from outside
    fields = {line[0]: line[1:] for line in reversed(told.stdout.splitlines()) if line}
    return f"pid {fields['p']} {fields.get('c', '')}".strip() if "p" in fields else ""
