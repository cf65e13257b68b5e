"""A configuration file, or targets on a command line → `Config`, or every mistake at once with its place.

The order: text → document (`load`) → long forms (`forms`) → shape (`model`, `faults`) → values, made by the law's own
constructors. A part at fault is reported and left out; the rest is still judged, so that one run shows everything.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

from devproxy.config import forms, rules
from devproxy.config.faults import shaped
from devproxy.config.ledger import Ledger
from devproxy.config.load import Document, decode, read, read_bytes
from devproxy.config.model import ListenSection
from devproxy.config.policies import Policies
from devproxy.config.routes import RouteBuilder
from devproxy.cors.policy import CorsPolicy
from devproxy.errors import ConfigError
from devproxy.problems import Place, Problem
from devproxy.routing import Route


@dataclass(frozen=True, slots=True)
class Listen:
    """Where devproxy listens, and the host names (lower case) it answers to besides its own."""

    host: str
    port: int
    allowed_hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Config:
    """A configuration without mistakes; `warnings` holds what is legal but surely not meant."""

    listen: Listen
    site_policy: CorsPolicy
    routes: tuple[Route, ...]
    warnings: tuple[Problem, ...] = ()
    file: str = ""


def load(
    path: str | FilePath,
    *,
    allow_origins: Sequence[str] = (),
    host: str | None = None,
    port: int | None = None,
) -> Config:
    """The configuration in a file; the flags are those of `parse`. Raises ConfigError."""
    file = str(path)
    text = decode(read_bytes(file), file)
    return parse(text, file, allow_origins=allow_origins, host=host, port=port)


def parse(
    text: str,
    file: str = "proxy.yaml",
    *,
    allow_origins: Sequence[str] = (),
    host: str | None = None,
    port: int | None = None,
) -> Config:
    """The configuration in a text; `host` and `port` go before what it says, `allow_origins` add to it.

    Raises ConfigError.
    """
    document = read(text, file)
    if document.data is None:
        hint = "it needs routes: and below it   /api: http://localhost:3001"
        raise ConfigError([Problem("empty", f"{file} is empty", hint, place=Place(file, 1))])
    return _build(document, file, host, port, allow_origins)


def from_targets(
    targets: Sequence[str],
    *,
    allow_origins: Sequence[str] = (),
    host: str | None = None,
    port: int | None = None,
) -> Config:
    """The configuration that targets on a command line stand for; `allow_origins` adds to the default policy."""
    return _build(forms.command_line(targets), "", host, port, allow_origins)


def _build(
    document: Document, file: str, host: str | None, port: int | None, allow_origins: Sequence[str]
) -> Config:
    ledger = Ledger(document)
    model = shaped(ledger, forms.long_form(document.data))
    listen = _listen(ledger, model.listen, host, port)
    policies = Policies(ledger, _with_flags(model.cors.given(), allow_origins))
    routes = RouteBuilder(ledger, policies, listen.host, listen.port).all(model.routes)
    warnings = ledger.settle()
    assert policies.site is not None  # noqa: S101  else the ledger holds why
    return Config(listen, policies.site, routes, warnings, file)


def _with_flags(keys: Mapping[str, Any], allow_origins: Sequence[str]) -> Mapping[str, Any]:
    """The cors keys with further origins; where none are listed they come on top of the default."""
    if not allow_origins:
        return keys
    listed = keys.get("allow_origins")
    return {
        **keys,
        "allow_origins": [*(listed or ()), *allow_origins],
        "local": True if listed is None else None,
    }


def _listen(ledger: Ledger, section: ListenSection, host: str | None, port: int | None) -> Listen:
    chosen = (section.host if host is None else host).lower()
    if problem := rules.listen_problem(chosen):
        ledger.add(problem, ("listen", "host"))
    for problem in rules.hosts_problems(section.allowed_hosts):
        ledger.add(problem, ("listen", "allowed_hosts"))
    allowed = tuple(name.lower().removesuffix(".") for name in section.allowed_hosts)
    return Listen(chosen, section.port if port is None else port, allowed)
