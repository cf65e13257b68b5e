"""Starts the demo: the backend and the page on free ports, and devproxy between them."""

from contextlib import AsyncExitStack

from aiohttp import web

from devproxy.config.build import from_targets
from devproxy.console import Console
from devproxy.demo.backend import make_backend
from devproxy.demo.page import make_page
from devproxy.proxy import loop
from devproxy.proxy.server import Proxy
from devproxy.serve import site, until_stopped


def run(console: Console) -> None:
    """Run the demo until SIGINT or SIGTERM. Raises StartError where no port can be had."""
    loop.run(_demo(console))


async def _demo(console: Console) -> None:
    async with AsyncExitStack() as stack:
        backend = await _serve(stack, make_backend())
        proxy = Proxy(site(from_targets([backend])), [console])
        await proxy.start("localhost", 0)
        stack.push_async_callback(proxy.stop)
        own = f"http://localhost:{proxy.port}"
        page = await _serve(stack, make_page(backend=backend, proxy=own))
        console.demo_banner(page=page, proxy=own, backend=backend)
        await until_stopped()


async def _serve(stack: AsyncExitStack, app: web.Application) -> str:
    """Serve an application on a free loopback port; its origin."""
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=1)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    server = web.TCPSite(runner, "127.0.0.1", 0)
    await server.start()
    return f"http://localhost:{runner.addresses[0][1]}"
