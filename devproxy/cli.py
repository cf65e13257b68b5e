"""The command line: what was typed → what is run. click lives here, and nowhere else."""

import sys
from pathlib import Path
from time import monotonic

import click

from devproxy import __version__

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
        rows = [row for parameter in run.get_params(ctx) if (row := parameter.get_help_record(ctx))]
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


@main.command()
@click.argument("targets", nargs=-1, metavar="[TARGET…]")
@click.option("-c", "--config", "file", metavar="FILE", help="The routes and the CORS policy, as YAML.")
@click.option("--host", metavar="HOST", help="Where to listen.  [default: localhost, both loopbacks]")
@click.option(
    "-p", "--port", type=click.IntRange(1, 65535), metavar="PORT", help="The port.  [default: 8484]"
)
@click.option(
    "--allow-origin",
    "allow_origins",
    multiple=True,
    metavar="ORIGIN",
    help="A page allowed besides those on localhost; may be given again.",
)
def run(
    targets: tuple[str, ...],
    file: str | None,
    host: str | None,
    port: int | None,
    allow_origins: tuple[str, ...],
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
    from devproxy.console import Console  # noqa: PLC0415
    from devproxy.errors import ConfigError, StartError  # noqa: PLC0415
    from devproxy.serve import run as run_proxy  # noqa: PLC0415

    console = Console()
    try:
        if file is None:
            config = from_targets(targets, allow_origins=allow_origins, host=host, port=port)
        else:
            config = load(file, allow_origins=allow_origins, host=host, port=port)
        console.problems(config.warnings, file or "")
        run_proxy(config, console, _BEGAN)
    except (ConfigError, StartError) as error:
        console.did_not_start(error, file or "")
        sys.exit(1)


@main.command()
def demo() -> None:
    """Show what devproxy does: a backend without CORS, a page on another origin, the proxy between."""
    from devproxy.demo.run import run as run_demo  # noqa: PLC0415

    run_demo()


def _found_file() -> str | None:
    return next((name for name in _FILES if Path(name).is_file()), None)
