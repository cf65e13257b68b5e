"""The command line: what was typed → what is run. click lives here, and nowhere else."""

import os
import sys
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

import click

from devproxy import __version__

if TYPE_CHECKING:
    from devproxy.config.build import Config

_BEGAN = monotonic()
_FILES = ("proxy.yaml", "proxy.yml", "devproxy.yaml", "devproxy.yml")

_WHAT_TO_PROXY = """What do you want to proxy?

  devproxy http://localhost:3001          one backend; your page calls http://localhost:8484 instead
  devproxy api=3001 /=5173                the API under /api and the frontend under /, one origin
  devproxy --config proxy.yaml            a project's own routes
  devproxy demo                           see what it does, with a backend and a page of its own
"""


class _Commands(click.Group):
    """`devproxy TARGET…` is `devproxy run TARGET…`: the main job needs no word of its own."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `run` in front, unless another command or help was asked for."""
        if not args or (args[0] not in self.commands and args[0] not in {"--help", "-h", "--version"}):
            args = ["run", *args]
        return super().parse_args(ctx, args)

    def format_usage(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Show the main job first."""
        formatter.write_usage("devproxy", "[TARGET… | PREFIX=TARGET…] [--config FILE] [OPTIONS]")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Show the options of the main job as those of devproxy."""
        run = self.commands["run"]
        options = [parameter for parameter in run.get_params(ctx) if isinstance(parameter, click.Option)]
        rows = [row for option in options if (row := option.get_help_record(ctx))]
        with formatter.section("Options"):
            formatter.write_dl([*rows, ("--version", "Show the version.")])
        others = [
            (name, command.get_short_help_str()) for name, command in self.commands.items() if name != "run"
        ]
        with formatter.section("Commands"):
            formatter.write_dl(others)


@click.group(
    cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, message="devproxy %(version)s")
def main() -> None:
    """A local reverse proxy that ends "blocked by CORS policy" while you develop.

    TARGET is http://localhost:3001 or 3001; PREFIX=TARGET serves it below a path, such as api=3001.
    """
    for stream in (sys.stdout, sys.stderr):
        if stream.encoding.lower() != "utf-8" and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


_env_file = click.option(
    "--env-file",
    "env_files",
    multiple=True,
    metavar="FILE",
    help="KEY=VALUE lines for ${KEY} in the configuration; the environment goes before them.",
)


@main.command()
@click.argument("targets", nargs=-1, metavar="[TARGET…]")
@click.option(
    "-c",
    "--config",
    "file",
    envvar="DEVPROXY_CONFIG",
    show_envvar=True,
    metavar="FILE",
    help="The routes and the CORS policy, as YAML.",
)
@click.option(
    "--host",
    envvar="DEVPROXY_HOST",
    show_envvar=True,
    metavar="HOST",
    help="Where to listen.  [default: localhost, both loopbacks]",
)
@click.option(
    "-p",
    "--port",
    envvar="DEVPROXY_PORT",
    show_envvar=True,
    type=click.IntRange(1, 65535),
    metavar="PORT",
    help="The port.  [default: 8484]",
)
@click.option(
    "--allow-origin",
    "allow_origins",
    multiple=True,
    metavar="ORIGIN",
    help="A page allowed besides those on localhost; may be given again.",
)
@_env_file
def run(
    targets: tuple[str, ...],
    file: str | None,
    host: str | None,
    port: int | None,
    allow_origins: tuple[str, ...],
    env_files: tuple[str, ...],
) -> None:
    """Run the proxy (the default)."""
    if targets and file:
        click.echo(f"{file} is not read: targets on the command line go before a file", err=True)
        file = None
    file = file or (None if targets else _found_file())
    if not targets and file is None:
        click.echo(_WHAT_TO_PROXY, err=True)
        sys.exit(2)
    # Only now: aiohttp and pydantic take most of the start-up time, and `--version` needs neither.
    from devproxy.config.build import from_targets, load  # noqa: PLC0415
    from devproxy.config.envfile import environment  # noqa: PLC0415
    from devproxy.console import Console  # noqa: PLC0415
    from devproxy.errors import ConfigError, StartError  # noqa: PLC0415
    from devproxy.serve import run as run_proxy  # noqa: PLC0415

    console = Console()
    try:
        if file is None:
            config = from_targets(targets, allow_origins=allow_origins, host=host, port=port)
        else:
            environ = environment(os.environ, env_files)
            config = load(file, environ=environ, allow_origins=allow_origins, host=host, port=port)
        if config.warnings:
            console.problems(config.warnings, file or "")
        run_proxy(_with_more_hosts(config), console, _BEGAN)
    except (ConfigError, StartError) as error:
        console.did_not_start(error, file or "")
        sys.exit(1)


@main.command()
@click.argument("file", required=False)
@click.option("--json", "as_json", is_flag=True, help="One JSON array of problems on stdout.")
@_env_file
def validate(file: str | None, as_json: bool, env_files: tuple[str, ...]) -> None:
    """Show every problem of a configuration, with its line and what to write instead."""
    from devproxy.config import validate as validation  # noqa: PLC0415
    from devproxy.config.envfile import environment  # noqa: PLC0415
    from devproxy.console import Console  # noqa: PLC0415
    from devproxy.errors import ConfigError  # noqa: PLC0415

    file = _named_file(file)
    try:
        problems = validation.validate(file, environ=environment(os.environ, env_files))
    except ConfigError as error:
        problems = error.problems
    if as_json:
        click.echo(validation.as_json(problems))
    else:
        Console().problems(problems, file)
    sys.exit(0 if validation.is_usable(problems) else 1)


@main.command("config")
@click.argument("file", required=False)
@_env_file
def show_config(file: str | None, env_files: tuple[str, ...]) -> None:
    """Show the configuration in force, and where each value comes from; secrets stay hidden."""
    from devproxy.config.build import load  # noqa: PLC0415
    from devproxy.config.effective import effective  # noqa: PLC0415
    from devproxy.config.envfile import environment  # noqa: PLC0415
    from devproxy.console import Console  # noqa: PLC0415
    from devproxy.errors import ConfigError  # noqa: PLC0415

    file = _named_file(file)
    try:
        click.echo(effective(load(file, environ=environment(os.environ, env_files))), nl=False)
    except ConfigError as error:
        Console().problems(error.problems, file)
        sys.exit(1)


@main.command()
def schema() -> None:
    """Print the JSON Schema of the configuration, for editors."""
    from devproxy.config.schema import text  # noqa: PLC0415

    click.echo(text(), nl=False)


@main.command(short_help="See it work, with a backend and a page of its own.")
def demo() -> None:
    """Show what devproxy does: a backend without CORS, a page on another origin, the proxy between."""
    from devproxy.console import Console  # noqa: PLC0415
    from devproxy.demo.run import run as run_demo  # noqa: PLC0415
    from devproxy.errors import StartError  # noqa: PLC0415

    console = Console()
    try:
        run_demo(console)
    except StartError as error:
        console.did_not_start(error)
        sys.exit(1)


@main.command(
    context_settings={"ignore_unknown_options": True, "help_option_names": []},
    short_help="Ask a running devproxy whether it is well.",
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def health(arguments: tuple[str, ...]) -> None:
    """Ask a running devproxy whether it is well; `__main__` comes here for the list of commands only."""
    from devproxy.health import main as ask  # noqa: PLC0415

    sys.exit(ask(arguments))


def _with_more_hosts(config: "Config") -> "Config":
    """The configuration, answering to the names of DEVPROXY_ALLOWED_HOSTS too. Raises ConfigError."""
    from devproxy.config.rules import hosts_problems  # noqa: PLC0415
    from devproxy.errors import ConfigError  # noqa: PLC0415

    names = [word.strip() for word in os.environ.get("DEVPROXY_ALLOWED_HOSTS", "").split(",") if word.strip()]
    if problems := list(hosts_problems(names)):
        raise ConfigError(
            [replace(fault, message=f"DEVPROXY_ALLOWED_HOSTS: {fault.message}") for fault in problems]
        )
    more = (name.lower().removesuffix(".") for name in names)
    hosts = tuple(dict.fromkeys((*config.listen.allowed_hosts, *more)))
    return replace(config, listen=replace(config.listen, allowed_hosts=hosts))


def _named_file(file: str | None) -> str:
    found = file or _found_file()
    if found is None:
        raise click.UsageError(f"name a file; there is none of {', '.join(_FILES)} here")
    return found


def _found_file() -> str | None:
    return next((name for name in _FILES if Path(name).is_file()), None)
