"""What is said outside the file, and goes before it: flags of the command line, then DEVPROXY_* variables."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Literal, get_args

from devproxy.config import rules
from devproxy.errors import ConfigError
from devproxy.problems import Problem

LogFormat = Literal["text", "json"]
LogLevel = Literal["debug", "info", "warning", "error"]  # the one that needs the least attention first

_FLAGS = MappingProxyType(
    {
        "host": "--host",
        "port": "--port",
        "allow_origins": "--allow-origin",
        "log_format": "--log-format",
        "log_level": "-v or -q",
    }
)
_VARIABLES = MappingProxyType(
    {
        "host": "DEVPROXY_HOST",
        "port": "DEVPROXY_PORT",
        "allowed_hosts": "DEVPROXY_ALLOWED_HOSTS",
        "log_format": "DEVPROXY_LOG_FORMAT",
    }
)
_NAMES = {**_VARIABLES, **_FLAGS}
_PORT = re.compile(r"[1-9][0-9]{0,4}")


@dataclass(frozen=True, slots=True)
class Given:
    """Values given before the file; None or nothing where nobody said anything.

    `allow_origins` and `allowed_hosts` add to the file's. `variables` are the names of those that a variable gave.
    Raises ConfigError for hosts that are none.
    """

    host: str | None = None
    port: int | None = None
    allow_origins: tuple[str, ...] = ()
    allowed_hosts: tuple[str, ...] = ()
    log_format: LogFormat | None = None
    log_level: LogLevel | None = None
    variables: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        faults = list(rules.hosts_problems(self.allowed_hosts))
        named = [replace(fault, message=f"{self.by('allowed_hosts')}: {fault.message}") for fault in faults]
        if self.host is not None and (fault := rules.listen_problem(self.host)):
            named.append(replace(fault, message=f"{self.by('host')}: {fault.message}"))
        if named:
            raise ConfigError(named)

    def by(self, name: str) -> str:
        """How the value with this name was given, as in `--port` or `DEVPROXY_PORT`; nothing where it was not."""
        if getattr(self, name, None) in {None, ()}:
            return ""
        return (_VARIABLES if name in self.variables else _NAMES)[name]

    def or_variables(self, environ: Mapping[str, str]) -> "Given":
        """These flags, and the word of the DEVPROXY_* variables where there is no flag; an empty variable says nothing.

        Raises ConfigError with every variable that cannot be used.
        """
        texts = {name: environ.get(variable, "").strip() for name, variable in _VARIABLES.items()}
        found: dict[str, Any] = {name: text for name, text in texts.items() if text and not self.by(name)}
        faults: list[Problem] = []
        for name in [name for name in found if name in _READERS]:
            try:
                found[name] = _READERS[name](found[name])
            except ValueError as error:
                message = f"{_VARIABLES[name]} must be {error}, found {texts[name]!r}"
                faults.append(
                    Problem("variable", message, f"leave it empty, or correct it: {_VARIABLES[name]}=…")
                )
                found[name] = None
        try:
            given = replace(self, **found, variables=frozenset(found))
        except ConfigError as error:
            faults += error.problems
        if faults:
            raise ConfigError(faults)
        return given


#: when nobody said anything
NOTHING = Given()


def _read_port(text: str) -> int:
    if _PORT.fullmatch(text) and int(text) < 65536:
        return int(text)
    raise ValueError("a whole number from 1 to 65535")


def _read_hosts(text: str) -> tuple[str, ...]:
    return tuple(name for word in text.split(",") if (name := word.strip()))


def _read_format(text: str) -> str:
    if text in get_args(LogFormat):
        return text
    raise ValueError("text or json")


_READERS: Mapping[str, Callable[[str], Any]] = {
    "port": _read_port,
    "allowed_hosts": _read_hosts,
    "log_format": _read_format,
}
