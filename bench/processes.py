"""Programs that run beside a bench: started on a free port, looked at from outside, and stopped, whatever happens.

Linux only: what a program costs and holds is read from /proc.
"""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from itertools import count
from pathlib import Path
from time import monotonic, sleep
from typing import BinaryIO, NoReturn

HERE = "127.0.0.1"
ROOT = Path(__file__).parent.parent

_START_SECONDS = 20.0
_STOP_SECONDS = 5.0
_MOST_SAID = 100_000
# Below the ports that Linux gives to clients: those may be used up by connections that have just ended.
_ports = count(18484)


class DidNotStartError(Exception):
    """A program ended, or did not listen in time; the message is the last that it said."""


class Process:
    """A running program and all processes that it has made."""

    def __init__(self, popen: "subprocess.Popen[bytes]", port: int, output: BinaryIO) -> None:
        self.pid = popen.pid
        self.port = port
        self._popen, self._output = popen, output

    @property
    def pids(self) -> list[int]:
        """The processes of its session, its own first."""
        found = [self.pid]
        for entry in Path("/proc").iterdir():
            if entry.name.isdecimal() and int(entry.name) != self.pid:
                with suppress(OSError):
                    # after the name in brackets, which may hold anything: state, parent, group, session
                    after = (entry / "stat").read_text().rpartition(")")[2].split()
                    if int(after[3]) == self.pid:
                        found.append(int(entry.name))
        return found

    @property
    def cpu_seconds(self) -> float:
        """The CPU time that it has used so far."""
        total = 0.0
        for pid in self.pids:
            with suppress(OSError):
                total += time.clock_gettime(_cpu_clock(pid))
        return total

    @property
    def megabytes(self) -> float:
        """What it holds in memory now."""
        return sum(_status(pid, "VmRSS") for pid in self.pids)

    @property
    def peak_megabytes(self) -> float:
        """The most that it has held since `forget_peak`."""
        return sum(_status(pid, "VmHWM") for pid in self.pids)

    @property
    def open_files(self) -> int:
        """How many file descriptors it holds."""
        return sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in self.pids)

    def forget_peak(self) -> None:
        """Let the peak begin again at what is held now."""
        for pid in self.pids:
            Path(f"/proc/{pid}/clear_refs").write_text("5")

    def pin(self, cores: frozenset[int]) -> None:
        """Move every thread onto these cores."""
        for pid in self.pids:
            for thread in Path(f"/proc/{pid}/task").iterdir():
                with suppress(ProcessLookupError):
                    os.sched_setaffinity(int(thread.name), cores)

    def tell(self, number: signal.Signals) -> None:
        """Send a signal to the program alone."""
        self._popen.send_signal(number)

    def wait(self, seconds: float) -> int:
        """Wait for its end, and return its exit code. Raises TimeoutError."""
        try:
            return self._popen.wait(seconds)
        except subprocess.TimeoutExpired as error:
            raise TimeoutError(f"it still runs after {seconds} s") from error

    @property
    def said(self) -> str:
        """The last that it said, read from a place of our own: it goes on writing where it is."""
        size = os.fstat(self._output.fileno()).st_size
        at = max(0, size - _MOST_SAID)
        return os.pread(self._output.fileno(), size - at, at).decode(errors="replace").strip()

    @property
    def ended(self) -> bool:
        """Whether it has ended by itself."""
        return self._popen.poll() is not None

    def stop(self) -> None:
        """End it and what it has made: asked first, then killed."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.killpg(self.pid, number)
            with suppress(TimeoutError):
                self.wait(_STOP_SECONDS)
                break
        with suppress(ProcessLookupError):  # children that outlive it
            os.killpg(self.pid, signal.SIGKILL)


def _cpu_clock(pid: int) -> int:
    """The clock of a process's CPU time, as clock_getcpuclockid(3) makes it, which Python does not offer."""
    return (~pid << 3) | 2


def _status(pid: int, field: str) -> float:
    with suppress(OSError):
        if match := re.search(rf"{field}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text()):
            return int(match[1]) * 1024 / 1e6
    return 0.0


def stop_at_signals() -> None:
    """End this program in an orderly way when it is told to, so that what it has started ends first."""

    def stop(number: int, _frame: object) -> NoReturn:
        sys.exit(128 + number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)


def free_port() -> int:
    """A port on which nothing listens, and which no other call has been given."""
    for port in _ports:
        with socket.socket() as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with suppress(OSError):
                trial.bind((HERE, port))
                return port
    raise AssertionError  # count() has no end


def is_listening(port: int) -> bool:
    """Whether a program accepts on a port."""
    with suppress(OSError), socket.create_connection((HERE, port), 1):
        return True
    return False


@contextmanager
def running(
    command: Sequence[str],
    port: int,
    environment: Mapping[str, str] | None = None,
    output: Path | None = None,
) -> Iterator[Process]:
    """Run a program that listens on `port` while the block runs; it shares the cores that this thread is pinned to.

    What it says goes to `output`, if that is given. Raises DidNotStartError.
    """
    with output.open("wb+") if output else tempfile.TemporaryFile() as said:
        popen = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        process = Process(popen, port, said)
        try:
            _wait_until_listening(process)
            yield process
        finally:
            process.stop()


def _wait_until_listening(process: Process) -> None:
    until = monotonic() + _START_SECONDS
    while not is_listening(process.port):
        if process.ended:
            raise DidNotStartError(f"it ended: {process.said}")
        if monotonic() > until:
            raise DidNotStartError(f"it did not listen within {_START_SECONDS:.0f} s: {process.said}")
        sleep(0.001)


def devproxy(*arguments: str) -> AbstractContextManager[Process]:
    """A devproxy with the interpreter of this bench, as its users run it."""
    port = free_port()
    command = (sys.executable, "-m", "devproxy", *arguments, "--port", str(port))
    return running(command, port)
