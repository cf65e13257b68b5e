"""Applications on ports of their own, and one that dies there and comes back."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress

from aiohttp import web

# An open stream has no end to wait for, and whoever presses ctrl + c wants none.
_CUT_SECONDS = 0.2


def bound(host: str = "127.0.0.1", port: int = 0) -> socket.socket:
    """A port of an address of this machine (0: any free one), kept from others. Nobody listens yet: who connects is refused."""
    held = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    if os.name == "posix":  # our own closed connections still hold the port; elsewhere they do not
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        held.bind((host, port))
    except OSError:
        held.close()
        raise
    return held


@asynccontextmanager
async def served(app: web.Application, held: socket.socket) -> AsyncIterator[str]:
    """Serve an application on a bound socket; its origin."""
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=_CUT_SECONDS)
    await runner.setup()
    try:
        await web.SockSite(runner, held).start()
        yield f"http://localhost:{held.getsockname()[1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def mortal(
    make: Callable[[Callable[[], None]], web.Application], held: socket.socket, down: float
) -> AsyncIterator[str]:
    """Serve what `make` builds on a bound socket, and let it die when it calls what it was given; its origin.

    Dead means: its connections are closed, and new ones are refused. After `down` seconds a new application is back on the
    same port.
    """
    dead = asyncio.Event()
    host, port, *_ = held.getsockname()

    async def rise_again(life: AsyncExitStack) -> None:
        while True:
            await dead.wait()
            await life.aclose()
            dead.clear()
            held = life.enter_context(bound(host, port))
            await asyncio.sleep(down)
            await life.enter_async_context(served(make(dead.set), held))

    async with AsyncExitStack() as life:
        origin = await life.enter_async_context(served(make(dead.set), held))
        lives = asyncio.get_running_loop().create_task(rise_again(life))
        try:
            yield origin
        finally:
            lives.cancel()
            with suppress(asyncio.CancelledError):
                await lives
