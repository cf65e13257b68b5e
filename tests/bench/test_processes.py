"""What a bench starts, it stops."""

import os
import sys
from pathlib import Path

import pytest

from bench.processes import DidNotStartError, free_port, is_listening, running

SERVER = """
import os, socket, sys, time
if os.fork() == 0:
    time.sleep(60)
listening = socket.create_server(("127.0.0.1", int(sys.argv[1])))
while True:
    listening.accept()
"""


def test_a_program_ends_with_its_block():
    """And so do the processes that it has made."""
    port = free_port()
    with running((sys.executable, "-c", SERVER, str(port)), port) as process:
        pids = process.pids
        assert process.pid == pids[0]
        assert len(pids) == 2
        assert process.cpu_seconds > 0
        assert 0 < process.megabytes <= process.peak_megabytes
        assert process.open_files > 0
        process.pin(frozenset(os.sched_getaffinity(0)))
        process.forget_peak()
        assert is_listening(port)
    assert not is_listening(port)
    assert not Path(f"/proc/{pids[0]}").exists()


def test_a_program_that_ends_at_once_did_not_start():
    """The error says what it said."""
    with (
        pytest.raises(DidNotStartError, match="it ended: no such thing"),
        running((sys.executable, "-c", "import sys; sys.exit('no such thing')"), free_port()),
    ):
        pass


def test_every_port_is_given_once():
    """Two programs that start together do not meet."""
    assert len({free_port() for _ in range(20)}) == 20


def test_what_a_program_says_can_be_read_while_it_runs():
    """The last part of it is enough."""
    port = free_port()
    talker = f"print('x' * 200_000, 'end', flush=True)\n{SERVER}"
    with running((sys.executable, "-c", talker, str(port)), port) as process:
        said = process.said
    assert said.endswith("x end")
    assert 0 < len(said) <= 100_000


def test_a_program_can_be_stopped_twice():
    """At its end, and before."""
    port = free_port()
    with running((sys.executable, "-c", SERVER, str(port)), port) as process:
        process.stop()
        assert process.ended
