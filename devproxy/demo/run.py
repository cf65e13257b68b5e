"""Starts the demo: the backend and the page on free ports, and devproxy between them; or the backend alone."""

from contextlib import AsyncExitStack
from dataclasses import replace

from devproxy.config.build import Config, Listen, from_targets
from devproxy.console import Console
from devproxy.demo.backend import make_backend
from devproxy.demo.listen import bound, mortal, served
from devproxy.demo.page import make_page
from devproxy.errors import StartError
from devproxy.proxy import loop
from devproxy.proxy.server import Proxy
from devproxy.serve import site, until_stopped

DOWN_SECONDS = 2.0  # as long as a small backend takes to start again after a saved file
_GRACE_SECONDS = 0.2  # no request of the page's is worth more


def run(console: Console) -> None:
    """Run the demo until SIGINT or SIGTERM. Raises StartError where no port can be had."""
    loop.run(_demo(console))


def run_backend(console: Console, host: str, port: int) -> None:
    """Run the backend alone, on `host` and `port`, until SIGINT or SIGTERM. Raises StartError where they cannot be had."""
    loop.run(_backend(console, host, port))


async def _demo(console: Console) -> None:
    async with AsyncExitStack() as stack:
        backend = await stack.enter_async_context(mortal(make_backend, bound(), DOWN_SECONDS))
        proxy = Proxy(site(_impatient(from_targets([backend]))), [console])
        await proxy.start("localhost", 0)
        stack.push_async_callback(proxy.stop, _GRACE_SECONDS)
        own = f"http://localhost:{proxy.port}"
        page = await stack.enter_async_context(served(make_page(backend=backend, proxy=own), bound()))
        console.demo_banner(page=page, proxy=own, backend=backend)
        await until_stopped()


async def _backend(console: Console, host: str, port: int) -> None:
    try:
        held = bound(host, port)
    except OSError as error:
        why = f"cannot listen on {host}:{port} ({error.strerror or error})"
        raise StartError(why, "choose another port, as in --port 3002") from error
    async with mortal(make_backend, held, DOWN_SECONDS):
        console.backend_banner(Listen(host, port).url(port))
        await until_stopped()


def _impatient(config: Config) -> Config:
    """The configuration without waiting for restarts: the page shows what a dead backend looks like."""
    return replace(config, routes=tuple(replace(route, wait_for_restart=0.0) for route in config.routes))
