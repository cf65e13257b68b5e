"""Runs a proxy until a signal ends it: puts the configuration, the traffic floor and the console together."""

import asyncio
import os
import signal
from collections.abc import Sequence
from contextlib import suppress
from secrets import token_hex
from time import monotonic

from devproxy import __version__
from devproxy.config.build import Config
from devproxy.console import Console
from devproxy.decide import Site
from devproxy.proxy import loop
from devproxy.proxy.dial import LOOPBACKS, listens
from devproxy.proxy.server import GRACE_SECONDS, Proxy
from devproxy.routing import Router
from devproxy.target import Target, is_local_name

# A local connect answers in well under a millisecond; a firewall that swallows packets must not delay the start.
_PROBE_SECONDS = 0.3


def site(config: Config) -> Site:
    """What a configuration serves, under a name in Via that is this process's own."""
    hosts = frozenset({*config.listen.allowed_hosts, config.listen.host})
    return Site(Router(config.routes), config.site_policy, hosts, f"devproxy-{token_hex(4)}")


def run(config: Config, console: Console, began: float) -> None:
    """Serve `config` until SIGINT or SIGTERM; `began` (monotonic) is when the program started. Raises StartError."""
    loop.run(serve(config, console, began))


async def serve(config: Config, console: Console, began: float) -> None:
    """Serve `config` until SIGINT or SIGTERM."""
    console.log = config.log
    proxy = Proxy(site(config), [console])
    await proxy.start(config.listen.host, config.listen.port)
    try:
        listening = await _probe([route.target for route in config.routes])
        console.banner(
            __version__, monotonic() - began, _url(config.listen.host, proxy.port), config, listening
        )
        await until_stopped()
        if count := proxy.in_flight:
            console.waiting(count, GRACE_SECONDS)
    finally:
        await proxy.stop()


async def until_stopped() -> None:
    """Return at SIGINT or SIGTERM; a second one ends the process at once.

    Where the loop takes no signal handlers, KeyboardInterrupt ends the loop instead.
    """
    stop = asyncio.Event()
    running = asyncio.get_running_loop()

    def stop_now(number: int) -> None:
        if stop.is_set():
            os._exit(128 + number)
        stop.set()

    with suppress(NotImplementedError):
        for number in (signal.SIGINT, signal.SIGTERM):
            running.add_signal_handler(number, stop_now, number)
    await stop.wait()


def _url(host: str, port: int) -> str:
    """The URL under which the developer's own browser gets there; a wildcard address is everywhere."""
    name = "localhost" if host in {"0.0.0.0", "::"} else f"[{host}]" if ":" in host else host  # noqa: S104  # compared
    return f"http://{name}:{port}"


async def _probe(targets: Sequence[Target]) -> dict[str, bool]:
    """Whether something listens at each loopback target: a TCP connect, no request."""
    local = {
        target.origin: (LOOPBACKS if is_local_name(target.host) else (target.host,), target.port)
        for target in targets
        if is_local_name(target.host) or target.host in LOOPBACKS
    }
    answers = await asyncio.gather(*(listens(*place, _PROBE_SECONDS) for place in local.values()))
    return dict(zip(local, answers, strict=True))
