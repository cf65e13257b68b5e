"""Letters and enter, typed into a terminal."""

import asyncio
import io
import os
import sys
from typing import NamedTuple, TextIO

import pytest

from devproxy.keys import listening_to_keys

posix = pytest.mark.skipif(sys.platform == "win32", reason="there are no such terminals")


class Terminal(NamedTuple):
    """The end that a person types into, and the end that devproxy reads."""

    typing: int
    stdin: TextIO


@pytest.fixture
def terminal(monkeypatch):
    """A terminal in whose foreground this process is, as far as it can tell."""
    import pty  # noqa: PLC0415  # not on Windows

    typing, reading = pty.openpty()
    with os.fdopen(reading) as stdin:
        monkeypatch.setattr("os.tcgetpgrp", lambda _: os.getpgrp())
        yield Terminal(typing, stdin)
    os.close(typing)


async def typed(terminal, text, done):
    """Type, and wait until it has been read."""
    os.write(terminal.typing, text)
    async with asyncio.timeout(5):
        while not done():
            await asyncio.sleep(0.01)


@posix
async def test_a_letter_and_enter_do_what_belongs_to_them(terminal):
    """Capitals too; what means nothing does nothing."""
    did = []
    actions = {letter: lambda letter=letter: did.append(letter) for letter in "hq"}
    with listening_to_keys(terminal.stdin, actions) as can_type:
        assert can_type
        await typed(terminal, b"h\nx\n\nQ\n", lambda: len(did) == 2)
    assert did == ["h", "q"]


@posix
async def test_the_background_reads_nothing(terminal, monkeypatch):
    """What is typed there is the shell's, until devproxy is brought back."""
    did = []
    with listening_to_keys(terminal.stdin, {"h": lambda: did.append("h")}):
        monkeypatch.setattr("os.tcgetpgrp", lambda _: os.getpgrp() + 1)
        os.write(terminal.typing, b"h\n")
        await asyncio.sleep(0.1)
        assert did == []
        assert not asyncio.get_running_loop().remove_reader(terminal.stdin)
        monkeypatch.setattr("os.tcgetpgrp", lambda _: os.getpgrp())
        async with asyncio.timeout(5):
            while not did:
                await asyncio.sleep(0.01)
    assert did == ["h"]


@posix
async def test_started_in_the_background_it_offers_nothing(terminal, monkeypatch):
    """`devproxy &`."""
    monkeypatch.setattr("os.tcgetpgrp", lambda _: os.getpgrp() + 1)
    with listening_to_keys(terminal.stdin, {}) as can_type:
        assert not can_type
        assert not asyncio.get_running_loop().remove_reader(terminal.stdin)


@posix
async def test_a_terminal_that_has_gone_ends_it(terminal):
    """Also by ctrl + d: nothing spins."""
    with listening_to_keys(terminal.stdin, {}):
        os.write(terminal.typing, b"\x04")
        await asyncio.sleep(0.1)
        assert not asyncio.get_running_loop().remove_reader(terminal.stdin)


@posix
async def test_nothing_is_left_behind(terminal):
    """The terminal is free again."""
    with listening_to_keys(terminal.stdin, {}):
        pass
    assert not asyncio.get_running_loop().remove_reader(terminal.stdin)


async def test_without_a_terminal_there_is_nobody_to_type():
    """In a pipe, in a container, and where there is no stdin at all."""
    for stdin in (io.StringIO(), None):
        with listening_to_keys(stdin, {}) as can_type:
            assert not can_type
