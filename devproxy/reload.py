"""A saved configuration takes effect: its files are looked at, read once they rest, and swapped in whole, or not at all.

Polled, because that sees every way of saving (in place, by renaming, by another link) on every kind of file system, the bind mounts of
Docker Desktop and WSL2 included, on which no event arrives.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace

from devproxy.config.build import Config
from devproxy.config.changes import changes
from devproxy.config.report import summary
from devproxy.config.sources import Look, Sources
from devproxy.console import Console
from devproxy.errors import ConfigError, DevproxyError, StartError
from devproxy.proxy.server import Proxy
from devproxy.proxy.tls import Certificate

_log = logging.getLogger("devproxy")

LOOK_SECONDS = 0.5
# What is being written looks different again this much later; both together stay below a second.
_REST_SECONDS = 0.25
_MOST_LINES = 40

Advise = Callable[[Config], Awaitable[Sequence[str]]]


class Reloader:
    """Keeps what a proxy serves as its `sources` say; `config` is what it serves now.

    `advise` tells what there is to say about a configuration besides its problems; what has been said is not said again.
    """

    def __init__(
        self, sources: Sources, config: Config, proxy: Proxy, console: Console, advise: Advise
    ) -> None:
        self._sources, self._config = sources, config
        self._proxy, self._console = proxy, console
        self._advise = advise
        self._said: set[str] = set()
        self._asked = asyncio.Event()
        self._good_since = _now()
        self._seen = sources.look(config.source.model.include)

    def now(self) -> None:
        """Read at once, changed or not."""
        self._asked.set()

    async def run(self, said: Sequence[str] = ()) -> None:
        """Look, and take what has been saved, until cancelled; `said` is the advice that has been given already."""
        self._said.update(said)
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._asked.wait()
            try:
                await self._look()
            except Exception:  # noqa: BLE001  # the last line of defence: told, and the next save is looked at
                _log.exception("devproxy made a mistake")

    async def _look(self) -> None:
        asked = self._asked.is_set()
        self._asked.clear()
        look = await self._looks()
        if look == self._seen and not asked:
            return
        if not asked:
            await asyncio.sleep(_REST_SECONDS)
            if look != await self._looks():
                return  # somebody is still writing
        self._seen = look
        try:
            config = await asyncio.to_thread(self._sources.load, self._config)
            await self._listen(config)
        except DevproxyError as error:
            self._refuse(error)
        else:
            await self._take(config, asked=asked)

    async def _looks(self) -> Look:
        # In a thread, as all that touches files here: on some mounts a look takes milliseconds.
        return await asyncio.to_thread(self._sources.look, self._config.source.model.include)

    async def _listen(self, config: Config) -> None:
        """Listen where the configuration says. Raises StartError."""
        old, new = self._config.listen, config.listen
        if (old.host, old.port, old.tls) != (new.host, new.port, new.tls):
            certificate = Certificate(*new.tls) if new.tls else None
            await self._proxy.listen(new.host, new.port, certificate)

    def _refuse(self, error: DevproxyError) -> None:
        """Go on as before, and tell why."""
        self._proxy.site = replace(self._proxy.site, stale=True)
        what, more = str(error), ""
        if isinstance(error, ConfigError):
            self._console.problems(error.problems)
            files = dict.fromkeys(problem.place.file for problem in error.problems if problem.place)
            what = summary(error.problems, ", ".join(files) or self._sources.file)
        elif isinstance(error, StartError) and error.hint:
            more = f"\n  = help: {error.hint}; then save again"
        self._console.record(
            "error", f"{what} — still running with the configuration from {self._good_since}{more}"
        )

    async def _take(self, config: Config, *, asked: bool) -> None:
        old, self._config = self._config, config
        was_stale = self._proxy.site.stale
        self._proxy.swap(config.site(self._proxy.site.via))
        self._good_since = _now()
        self._console.log = config.log
        lines = [f"{self._sources.file} is good again"] if was_stale else []
        good = {project.file for project in config.projects} - config.broken.keys()
        lines += [f"{name} is good again" for name in old.broken if name in good]
        lines += changes(old, config)
        if asked and not lines:
            lines = [f"{self._sources.file}: nothing has changed"]
        for line in lines[:_MOST_LINES]:
            self._console.record("info", line)
        if len(lines) > _MOST_LINES:
            self._console.record("info", f"and {len(lines) - _MOST_LINES} more")
        self._tell_problems(old, config, asked=asked)
        for words in await self._advise(config):
            if words not in self._said:
                self._said.add(words)
                self._console.record("warning", words)

    def _tell_problems(self, old: Config, config: Config, *, asked: bool) -> None:
        """What is wrong with files of projects, and surely not meant, where that is news."""
        news = [problem for problem in config.problems if asked or problem not in old.problems]
        if news:
            self._console.problems(news)
        served = {project.file for project in config.projects}
        for name, problems in config.broken.items():
            if asked or problems != old.broken.get(name):
                how = "its project goes on as it was" if name in served else "left out"
                self._console.record("error", f"{summary(problems, name)} — {how}; the rest is served")


def _now() -> str:
    return time.strftime("%H:%M:%S")
