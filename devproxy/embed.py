"""A devproxy inside another program: a test's fixture, a development server of its own."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from devproxy.config.build import Config, from_targets, load
from devproxy.config.given import Given
from devproxy.exchange import Listener
from devproxy.proxy.server import Proxy
from devproxy.proxy.tls import Certificate
from devproxy.serve import site

# Whoever leaves has no use for an answer that is still on its way.
_GRACE_SECONDS = 1.0


class Devproxy:
    """Serves a configuration from `async with` to its end, on localhost and a free port unless `port` names one.

    Each of the `listeners` is told of every exchange: derive one from `Listener`, and write the methods that it needs. What
    goes wrong inside is logged by the logger `devproxy`.
    """

    def __init__(self, config: Config, *, port: int = 0, listeners: Sequence[Listener] = ()) -> None:
        self._config = config
        self._port = port
        self._listeners = tuple(listeners)
        self._running = AsyncExitStack()
        self._url = ""

    @classmethod
    def to(
        cls,
        *targets: str,
        allow_origins: Sequence[str] = (),
        port: int = 0,
        listeners: Sequence[Listener] = (),
    ) -> Self:
        """One in front of targets as on the command line: `http://localhost:3001`, `api=3001`, `/=5173`.

        `allow_origins` are pages allowed besides those on this machine. Raises ConfigError.
        """
        config = from_targets(targets, Given(allow_origins=tuple(allow_origins)))
        return cls(config, port=port, listeners=listeners)

    @classmethod
    def from_file(cls, file: str | Path, *, port: int = 0, listeners: Sequence[Listener] = ()) -> Self:
        """One with the routes and the policy of a file; `listen.host` and `listen.port` in it do not count. Raises ConfigError."""
        return cls(load(file), port=port, listeners=listeners)

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end, as in `http://localhost:49152`; nothing while it does not run."""
        return self._url

    async def __aenter__(self) -> Self:
        """Listen. Raises StartError where the port or the certificate cannot be had."""
        listen = self._config.listen
        proxy = Proxy(site(self._config), self._listeners)
        async with AsyncExitStack() as starting:
            starting.push_async_callback(proxy.stop, _GRACE_SECONDS)
            await proxy.start("localhost", self._port, Certificate(*listen.tls) if listen.tls else None)
            self._running = starting.pop_all()
        self._url = f"{listen.scheme}://localhost:{proxy.port}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop, once answers on their way have ended, within a second or so."""
        self._url = ""
        await self._running.aclose()
