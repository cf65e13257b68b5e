"""Other people's programs, run by the tests."""

import asyncio
import os
import socket
import subprocess
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

# Rails takes half a minute on a slow machine.
_STARTS_WITHIN = 60.0


@asynccontextmanager
async def listening(
    command: Sequence[str], port: int, folder: Path, environment: Mapping[str, str]
) -> AsyncIterator[None]:
    """A server that listens on this port of localhost, run in `folder`. What it says is in the report of a failed test."""
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, env={**os.environ, **environment}, stdout=subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(_STARTS_WITHIN):
            while not _listens(port):
                assert process.returncode is None, f"{command} ended before it listened"
                await asyncio.sleep(0.1)
        yield
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


def _listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("localhost", port), 1):
        return True
    return False
