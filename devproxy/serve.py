"""Runs a proxy until a signal ends it: puts the configuration, the traffic floor and the console together."""

import asyncio
import gc
import logging
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from secrets import token_hex
from time import monotonic

from devproxy import __version__
from devproxy.banner import Banner
from devproxy.config.build import Config, Listen
from devproxy.config.sources import Sources
from devproxy.console import Console
from devproxy.decide import Site
from devproxy.keys import listening_to_keys
from devproxy.proxy import loop
from devproxy.proxy.dial import LOOPBACKS, listens
from devproxy.proxy.names import unknown_names
from devproxy.proxy.server import GRACE_SECONDS, Proxy
from devproxy.proxy.system import in_container, own_addresses, owner_of
from devproxy.proxy.tls import Certificate
from devproxy.reach import listener_hint, loopback_target_hint
from devproxy.reload import Reloader
from devproxy.target import Target, is_local_name, is_loopback

# A local connect answers in well under a millisecond; a firewall that swallows packets must not delay the start.
_PROBE_SECONDS = 0.3
# Who sits at a breakpoint knows why nothing comes; who does not is told.
_WAITING_SECONDS = 10.0
_LOOK_SECONDS = 1.0
# Nobody sees a line come so much later, and what ended meanwhile is written in one piece.
_LOG_SECONDS = 0.01
# Requests leave hardly a cycle behind, and looking for some every few requests costs one in twenty.
_GARBAGE = 20_000
# A shell that ends tells its jobs before its terminal closes.
_HANGUP_SECONDS = 1.0


def site(config: Config) -> Site:
    """What a configuration serves, under a name in Via that is this process's own."""
    return config.site(f"devproxy-{token_hex(4)}")


def run(config: Config, console: Console, began: float, sources: Sources | None = None) -> None:
    """Serve `config` until SIGINT or SIGTERM; `began` (monotonic) is when the program started. Raises StartError.

    What is saved in `sources` meanwhile takes effect.
    """
    gc.freeze()  # what has been loaded stays
    gc.set_threshold(_GARBAGE)
    loop.run(serve(config, console, began, sources))


async def serve(config: Config, console: Console, began: float, sources: Sources | None = None) -> None:
    """Serve `config` until SIGINT or SIGTERM, or q + enter; see `run`."""
    console.log = config.log
    console.soon = partial(asyncio.get_running_loop().call_later, _LOG_SECONDS)
    logger = logging.getLogger("devproxy")
    logger.propagate = False
    logger.handlers = [_Records(console)]
    proxy = Proxy(site(config), [console])

    async def advise(config: Config) -> Sequence[str]:
        return [*_exposed(config.listen, proxy.port), *await _unknown(config)]

    reloader = Reloader(sources, config, proxy, console, advise) if sources else None

    def reload() -> None:
        if reloader:
            reloader.now()
        else:
            console.record("info", "nothing to reload: the targets came from the command line")

    certificate = Certificate(*config.listen.tls) if config.listen.tls else None
    stop = stopped_by_signals()  # before anybody can know that we are there
    on_hangup(reload, stop.set)
    await proxy.start(config.listen.host, config.listen.port, certificate)
    start = asyncio.get_running_loop().create_task
    watches = [start(_watch(proxy, console))]
    try:
        listening, rivals = await _probe([route.target for route in config.routes])
        advice = await advise(config)
        actions = {
            "h": console.shortcuts,
            "e": console.explain,
            "r": reload,
            "c": console.clear,
            "q": stop.set,
        }
        with listening_to_keys(sys.stdin if console.on_terminal else None, actions) as shortcuts:
            warnings = [*advice, *_elsewhere(config, listening), *rivals]
            url, seconds = config.listen.url(proxy.port), monotonic() - began
            console.banner(Banner(__version__, seconds, url, config, listening, warnings, shortcuts))
            if reloader:
                watches.append(start(reloader.run(advice)))
            await stop.wait()
        if count := proxy.in_flight:
            console.stopping(count, GRACE_SECONDS)
    finally:
        for watch in watches:
            watch.cancel()
        await proxy.stop()
        console.summary()


class _Records(logging.Handler):
    """What the traffic floor logs beside exchanges: malformed requests, and mistakes of devproxy's own."""

    def __init__(self, console: Console) -> None:
        super().__init__()
        self._console = console

    def emit(self, record: logging.LogRecord) -> None:
        """Hand a record to the console."""
        self._console.record("error" if record.levelno >= logging.ERROR else "warning", self.format(record))


async def until_stopped() -> None:
    """Return at SIGINT or SIGTERM; a second signal ends the process at once."""
    await stopped_by_signals().wait()


def stopped_by_signals() -> asyncio.Event:
    """What SIGINT or SIGTERM sets from now on; with it set, a signal ends the process at once.

    Where the loop takes no signal handlers, KeyboardInterrupt ends the loop instead.
    """
    stopped = asyncio.Event()
    running = asyncio.get_running_loop()

    def stop_now(number: int) -> None:
        if stopped.is_set():
            os._exit(128 + number)
        stopped.set()

    with suppress(NotImplementedError):
        for number in (signal.SIGINT, signal.SIGTERM):
            running.add_signal_handler(number, stop_now, number)
    return stopped


def on_hangup(reload: Callable[[], object], stop: Callable[[], object]) -> None:
    """Let SIGHUP ask for a reload; where it tells that the terminal is going, it ends devproxy then, but under nohup."""
    if sys.platform == "win32":
        return
    running = asyncio.get_running_loop()
    alone = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN or not _has_terminal()

    def hung_up() -> None:
        reload()
        if not alone:
            running.call_later(_HANGUP_SECONDS, lambda: _has_terminal() or stop())

    running.add_signal_handler(signal.SIGHUP, hung_up)


def _has_terminal() -> bool:
    """Whether this process has a terminal that could hang up."""
    with suppress(OSError):
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
        return True
    return False


async def _watch(proxy: Proxy, console: Console) -> None:
    """Tell once of each request that a target leaves unanswered, and look after the certificate."""
    told: set[int] = set()
    while True:
        await asyncio.sleep(_LOOK_SECONDS)
        proxy.refresh_certificate()
        console.look(monotonic(), proxy.unanswered(0))
        late = proxy.unanswered(_WAITING_SECONDS)
        for exchange in late:
            if exchange.number not in told:
                console.waiting(exchange, _WAITING_SECONDS)
        told = {exchange.number for exchange in late}


def _exposed(listen: Listen, port: int) -> list[str]:
    """What there is to say where other machines get here, or out of a container nobody."""
    if in_container():
        return [listener_hint(listen.host, port)]
    if is_loopback(listen.host):
        return []
    hosts = own_addresses() if listen.host in {"0.0.0.0", "::"} else [listen.host]  # noqa: S104  # compared
    urls = " and ".join(replace(listen, host=host).url(port) for host in hosts)
    where = f" at {urls}" if urls else ""
    return [
        f"other machines reach devproxy{where}, and every backend behind it with it; --host localhost keeps it to this one"
    ]


def _elsewhere(config: Config, listening: Mapping[str, bool]) -> list[str]:
    """What there is to say where a loopback target does not listen, and this loopback is a container's own."""
    silent = (route.target for route in config.routes if listening.get(route.target.name) is False)
    first = next((target for target in silent if not target.label), None)
    return [loopback_target_hint(first)] if first and in_container() else []


async def _unknown(config: Config) -> list[str]:
    """What there is to say where this system does not know the names of routes: the line for its file of hosts."""
    if in_container():
        return []  # the browser's system is another
    names = await unknown_names(dict.fromkeys(name for route in config.routes for name in route.hosts))
    if not names:
        return []
    local = "; Chrome and Firefox need none for *.localhost, Safari before macOS 26 does"
    file = r"C:\Windows\System32\drivers\etc\hosts" if sys.platform == "win32" else "/etc/hosts"
    some = local if any(map(is_local_name, names)) else ""
    return [
        f"this system does not know {', '.join(names)}. A line for {file}{some}:",
        f"127.0.0.1 {' '.join(names)}",
    ]


async def _probe(targets: Sequence[Target]) -> tuple[dict[str, bool], list[str]]:
    """Whether something listens at each loopback target, by a TCP connect without a request; and where two programs do."""
    local = {
        target.name: (LOOPBACKS if is_local_name(target.host) else (target.host,), target.port)
        for target in targets
        if not target.socket and not target.via and (is_local_name(target.host) or target.host in LOOPBACKS)
    }
    found = await asyncio.gather(*(_listening(*place) for place in local.values()))
    rivals = [
        words
        for (_, port), addresses in zip(local.values(), found, strict=True)
        if len(addresses) > 1 and (words := _rivals(port))
    ]
    return {name: bool(addresses) for name, addresses in zip(local, found, strict=True)}, rivals


async def _listening(addresses: Sequence[str], port: int) -> list[str]:
    """The addresses on which a program accepts."""
    answers = await asyncio.gather(*(listens((address,), port, _PROBE_SECONDS) for address in addresses))
    return [address for address, answer in zip(addresses, answers, strict=True) if answer]


def _rivals(port: int) -> str:
    """What there is to say where the two loopbacks of a port belong to two programs."""
    first, second = owner_of(port, 6), owner_of(port, 4)
    if not first or not second or first == second:
        return ""
    return (
        f"two programs listen on port {port}: {first} on {LOOPBACKS[0]}, {second} on {LOOPBACKS[1]}; "
        f"devproxy asks the first. Write http://127.0.0.1:{port} for the second"
    )
