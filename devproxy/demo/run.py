"""Starts the demo: the backend and the page on free ports, and devproxy between them."""

from contextlib import AsyncExitStack
from dataclasses import replace

from devproxy.config.build import Config, from_targets
from devproxy.console import Console
from devproxy.demo.backend import make_backend
from devproxy.demo.listen import bound, mortal, served
from devproxy.demo.page import make_page
from devproxy.proxy import loop
from devproxy.proxy.server import Proxy
from devproxy.serve import site, until_stopped

DOWN_SECONDS = 2.0  # as long as a small backend takes to start again after a saved file
_GRACE_SECONDS = 0.2  # no request of the page's is worth more


def run(console: Console) -> None:
    """Run the demo until SIGINT or SIGTERM. Raises StartError where no port can be had."""
    loop.run(_demo(console))


async def _demo(console: Console) -> None:
    async with AsyncExitStack() as stack:
        backend = await stack.enter_async_context(mortal(make_backend, DOWN_SECONDS))
        proxy = Proxy(site(_impatient(from_targets([backend]))), [console])
        await proxy.start("localhost", 0)
        stack.push_async_callback(proxy.stop, _GRACE_SECONDS)
        own = f"http://localhost:{proxy.port}"
        page = await stack.enter_async_context(served(make_page(backend=backend, proxy=own), bound()))
        console.demo_banner(page=page, proxy=own, backend=backend)
        await until_stopped()


def _impatient(config: Config) -> Config:
    """The configuration without waiting for restarts: the page shows what a dead backend looks like."""
    return replace(config, routes=tuple(replace(route, wait_for_restart=0.0) for route in config.routes))
