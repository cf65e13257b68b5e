"""The command line: what was typed → what is run. click lives here, and nowhere else."""

import gc
import json
import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Literal

import click
from click.core import ParameterSource
from click.shell_completion import CompletionItem, get_completion_class

from devproxy import __version__
from devproxy.problems import nearest

if TYPE_CHECKING:
    from devproxy.config.build import Config
    from devproxy.export.recipe import Framework

_BEGAN = monotonic()
_FILES = ("proxy.yaml", "proxy.yml", "devproxy.yaml", "devproxy.yml")

_WHAT_TO_PROXY = """What do you want to proxy?

  devproxy http://localhost:3001          one backend; your page calls http://localhost:8484 instead
  devproxy api=3001 /=5173                the API under /api and the frontend under /, one origin
  devproxy --config proxy.yaml            a project's own routes
  devproxy demo                           see what it does, with a backend and a page of its own
"""


class _Context(click.Context):
    @property
    def command_path(self) -> str:
        """What was typed: nobody types `run`."""
        return super().command_path.removesuffix(" run")


class _Command(click.Command):
    context_class = _Context


class _Commands(click.Group):
    """`devproxy TARGET…` is `devproxy run TARGET…`: the main job needs no word of its own."""

    command_class = _Command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `run` in front, unless another command or help was asked for."""
        args = ["--help"] if args == ["help"] else args
        if ctx.resilient_parsing:  # a shell completes: what is typed may be half a command
            first = next((word for word in args if not word.startswith("-")), "")
            args = args if first in self.commands or not args else ["run", *args]
        elif not args or (args[0] not in self.commands and args[0] not in {"--help", "-h", "--version"}):
            if close := _misspelt(args, self.commands):
                raise click.UsageError(f"no such command {args[0]!r}; did you mean {close}?", ctx)
            args = ["run", *args]
        return super().parse_args(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete commands, and the options of the main job, which stand beside them."""
        run = self.commands["run"]
        with run.make_context("run", [], ctx, resilient_parsing=True) as inner:
            return [*super().shell_complete(ctx, incomplete), *run.shell_complete(inner, incomplete)]

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


def _misspelt(args: list[str], commands: Iterable[str]) -> str | None:
    """The command that a bare word, which is no target, surely means."""
    word = args[0] if args else ""
    return nearest(word, commands) if word.isascii() and word.isalpha() else None


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
    type=click.Path(readable=False),
    help="KEY=VALUE lines for ${KEY} in the configuration; the environment goes before them.",
)


def _only_one(_context: click.Context, _option: click.Parameter, given: tuple[str, ...]) -> str | None:
    if len(given) > 1:
        raise click.UsageError(f"there is one configuration, and {' and '.join(given)} are {len(given)}")
    return given[0] if given else None


_config = click.option(
    "-c",
    "--config",
    "file",
    multiple=True,
    callback=_only_one,
    envvar="DEVPROXY_CONFIG",
    show_envvar=True,
    metavar="FILE",
    type=click.Path(readable=False),
    help="The routes and the CORS policy, as YAML.",
)
_file = click.argument("named", metavar="[FILE]", required=False, type=click.Path(readable=False))


def _flags(command: Callable[..., None]) -> Callable[..., None]:
    """What goes before the file and the environment."""
    for option in (
        click.option(
            "--allow-origin",
            "allow_origins",
            multiple=True,
            metavar="ORIGIN",
            help="A page allowed besides those on localhost; may be given again.",
        ),
        click.option(
            "-p",
            "--port",
            type=click.IntRange(1, 65535),
            metavar="PORT",
            help="The port.  [default: 8484]",
        ),
        click.option("--host", metavar="HOST", help="Where to listen.  [default: localhost, both loopbacks]"),
    ):
        command = option(command)
    return command


@main.command(hidden=True)
@click.argument("targets", nargs=-1, metavar="[TARGET…]")
@_config
@_flags
@_env_file
@click.option("--log-format", type=click.Choice(["text", "json"]), help="Lines for people, or for programs.")
@click.option("--strict", is_flag=True, help="Do not start while the file of a project has mistakes.")
@click.option(
    "-v",
    "--verbose",
    is_flag=True,
    help="Log health checks too, paths with their query, and what was changed in cookies and redirects.",
)
@click.option("-q", "--quiet", is_flag=True, help="No banner, and only warnings and errors in the log.")
def run(
    targets: tuple[str, ...],
    file: str | None,
    host: str | None,
    port: int | None,
    allow_origins: tuple[str, ...],
    env_files: tuple[str, ...],
    log_format: Literal["text", "json"] | None,
    strict: bool,
    verbose: bool,
    quiet: bool,
) -> None:
    """Run the proxy (the default)."""
    if commands := [target for target in targets if target in main.commands]:
        raise click.UsageError(f"{commands[0]} is a command and comes first: devproxy {commands[0]} …")
    if targets and file:
        click.echo(f"{file} is not read: targets on the command line go before a file", err=True)
        file = None
    if targets and env_files:
        click.echo(f"{env_files[0]} is not read: only a file has variables", err=True)
    file = file or (None if targets else _found_file())
    if not targets and file is None:
        click.echo(_WHAT_TO_PROXY, err=True)
        sys.exit(2)
    # Only now: aiohttp and pydantic take most of the start-up time, and `--version` needs neither. What importing makes
    # stays, so looking for what could be freed is a waste, now and later.
    gc.disable()
    from devproxy.config.build import from_targets  # noqa: PLC0415
    from devproxy.config.given import Given  # noqa: PLC0415
    from devproxy.config.sources import Sources  # noqa: PLC0415
    from devproxy.console import Console  # noqa: PLC0415
    from devproxy.errors import ConfigError, StartError  # noqa: PLC0415
    from devproxy.serve import run as run_proxy  # noqa: PLC0415

    console = Console(command=("devproxy", *sys.argv[1:]), verbose=verbose, quiet=quiet)
    level: Literal["debug", "warning"] | None = "debug" if verbose else "warning" if quiet else None
    try:
        given = Given(host, port, allow_origins, log_format=log_format, log_level=level).or_variables(
            os.environ
        )
        if file is None:
            sources, config = None, from_targets(targets, given)
        else:
            sources = Sources(file, env_files, given)
            config = sources.load()
        if strict and config.broken:
            console.did_not_start(ConfigError(config.problems), file or "")
            sys.exit(1)
        if config.problems:
            console.problems(config.problems, file or "", left_out=config.broken)
        gc.freeze()
        gc.enable()
        run_proxy(config, console, _BEGAN, sources)
    except (ConfigError, StartError) as error:
        console.did_not_start(error, file or "")
        sys.exit(1)


@main.command(short_help="Write a first proxy.yaml, from targets or from what this project says.")
@click.argument("targets", nargs=-1, metavar="[TARGET…]")
@_flags
@click.option("--force", is_flag=True, help="Write over the file that is there.")
@click.option("--stdout", "to_stdout", is_flag=True, help="Print the configuration, and write nothing.")
def init(
    targets: tuple[str, ...],
    host: str | None,
    port: int | None,
    allow_origins: tuple[str, ...],
    force: bool,
    to_stdout: bool,
) -> None:
    """Write a first proxy.yaml, from targets or from what the files of this folder say. It asks nothing and runs nothing.

    Read are Vite's, Angular's, webpack's and the Vue CLI's configuration, and package.json. Exit code 1: nothing was found,
    or there is a file.
    """
    from devproxy import init as start  # noqa: PLC0415
    from devproxy.config.given import Given  # noqa: PLC0415
    from devproxy.console import Console  # noqa: PLC0415
    from devproxy.errors import ConfigError, StartError  # noqa: PLC0415

    console, file, folder = Console(), _found_file() or _FILES[0], Path()
    try:
        given = Given(host, port, allow_origins)
        made = start.from_command_line(targets, given) if targets else start.from_folder(folder, given)
        if to_stdout:
            click.echo(made.text, nl=False)
            return
        start.write(made.text, Path(file), force=force)
    except ConfigError as error:
        console.problems(error.problems)
        sys.exit(2)
    except StartError as error:
        console.failed(error)
        sys.exit(1)
    console.report(("", line) for line in start.summary(made, file, folder))


@main.command(short_help="Show every problem of a configuration, with its line.")
@_file
@_config
@click.option("--json", "as_json", is_flag=True, help="One JSON array of problems on stdout.")
@_env_file
def validate(named: str | None, file: str | None, as_json: bool, env_files: tuple[str, ...]) -> None:
    """Show every problem of a configuration, with its line and what to write instead."""
    from devproxy.config import validate as validation  # noqa: PLC0415
    from devproxy.config.envfile import environment  # noqa: PLC0415
    from devproxy.console import Console  # noqa: PLC0415
    from devproxy.errors import ConfigError  # noqa: PLC0415

    file = _named_file(_one_file(named, file))
    try:
        problems = validation.validate(file, environ=environment(os.environ, env_files))
    except ConfigError as error:
        problems = error.problems
    if as_json:
        click.echo(validation.as_json(problems))
    else:
        Console().problems(problems, file)
    sys.exit(0 if validation.is_usable(problems) else 1)


@main.command("config", short_help="Show the configuration in force, and where each value comes from.")
@_file
@_config
@_flags
@_env_file
def show_config(
    named: str | None,
    file: str | None,
    host: str | None,
    port: int | None,
    allow_origins: tuple[str, ...],
    env_files: tuple[str, ...],
) -> None:
    """Show the configuration in force, and where each value comes from; secrets stay hidden."""
    from devproxy.config.effective import effective  # noqa: PLC0415

    config = _loaded(_one_file(named, file), env_files, host=host, port=port, allow_origins=allow_origins)
    click.echo(effective(config), nl=False)


@main.command("routes", short_help="Show which route serves a URL, and what the page may read.")
@click.argument("question", nargs=-1, metavar="[METHOD] [URL]")
@click.option("--origin", metavar="ORIGIN", help="The page that asks, as in http://localhost:5173.")
@_config
@_env_file
def show_routes(
    question: tuple[str, ...], origin: str | None, file: str | None, env_files: tuple[str, ...]
) -> None:
    """Show which route serves a URL and why, what its target is asked, and what the page may read."""
    from devproxy import lookup  # noqa: PLC0415
    from devproxy.config.forms import unmangled  # noqa: PLC0415
    from devproxy.console import Console  # noqa: PLC0415
    from devproxy.cors.origin import Origin  # noqa: PLC0415

    *methods, url = question or ("",)
    method = methods[0] if methods else "GET"
    words = "routes takes a method and a URL, as in: devproxy routes PUT /api/users/7"
    if len(question) > 2 or "/" in method or url.isupper():
        raise click.UsageError(words)
    if url.endswith((".yaml", ".yml")):
        raise click.UsageError(f"{words}; a file goes behind -c {url}")
    if origin is not None and origin != "null" and Origin.parse(origin) is None:
        raise click.UsageError(
            f"{origin!r} is no origin: write it as browsers do, as in http://localhost:5173"
        )
    config = _loaded(file, env_files)
    if not question:
        Console().rows(lookup.routes(config))
    else:
        Console().rows(lookup.answer(config, lookup.Question(method.upper(), unmangled(url), origin)))


_framework_option = click.option(
    "--framework",
    metavar="NAME",
    help="Write the fix out for express, fastapi, django, flask, nginx or caddy.",
)


@main.command(short_help="Ask a server what a browser would ask it, and say what the browser makes of it.")
@click.argument("url", required=False)
@click.option("--origin", metavar="ORIGIN", help="The page that asks, as in http://localhost:5173.")
@click.option("-X", "--method", metavar="METHOD", help="GET, or POST with --data.")
@click.option(
    "-H", "--header", "headers", multiple=True, metavar="'NAME: VALUE'", help="A header that script sets."
)
@click.option("-d", "--data", metavar="TEXT", help="The body.")
@click.option("--credentials", is_flag=True, help="As with credentials: 'include'.")
@click.option("--send", is_flag=True, help="Send a method that may change something, once.")
@click.option("--from-curl", is_flag=True, help="Read DevTools' Copy as cURL from stdin.")
@click.option("-k", "--insecure", is_flag=True, help="Take any certificate.")
@_framework_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def check(
    url: str | None,
    origin: str | None,
    method: str | None,
    headers: tuple[str, ...],
    data: str | None,
    credentials: bool,
    send: bool,
    from_curl: bool,
    insecure: bool,
    framework: str | None,
    as_json: bool,
) -> None:
    """Ask a server what a browser would ask it for a page, and say what the browser makes of the answers.

    The preflight, if one is needed, then the request (only GET and HEAD, without --send), each redirect, and the same
    again on behalf of others. Exit code 0: the page gets the answer, 1: it is blocked, 2: nothing to judge
    without --send, 3: nobody answered.
    """
    from devproxy import checklist  # noqa: PLC0415
    from devproxy.asked import QuestionError, question  # noqa: PLC0415
    from devproxy.check import check as ask  # noqa: PLC0415
    from devproxy.console import Console  # noqa: PLC0415
    from devproxy.curl import LONGEST, CurlError, parse  # noqa: PLC0415
    from devproxy.printable import printable  # noqa: PLC0415
    from devproxy.proxy import loop  # noqa: PLC0415

    written_for = _framework(framework)
    try:
        curl = parse(sys.stdin.read(LONGEST + 1)) if from_curl else None
        asked = question(
            url,
            origin=origin,
            method=method,
            headers=headers,
            data=data,
            credentials=credentials,
            send=send,
            insecure=insecure,
            curl=curl,
        )
    except (CurlError, QuestionError) as error:
        raise click.UsageError(str(error)) from error
    if curl and curl.ignored:
        click.echo(printable(f"passed over: {', '.join(curl.ignored)}"), err=True)
    with Console().asking(asked.request.url):
        result = loop.run(ask(asked))
    if result is None:  # ctrl + c
        sys.exit(130)
    if as_json:
        click.echo(json.dumps(checklist.as_json(result, written_for), indent=2))
    else:
        Console().report(checklist.lines(result, written_for))
    sys.exit(checklist.EXIT_CODES[checklist.verdict(result)])


@main.command(
    context_settings={"ignore_unknown_options": True},
    short_help="Say what a red line of the console means, and what to do.",
)
@click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="[CODE | TOPIC | LINE…]")
@_framework_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def explain(words: tuple[str, ...], framework: str | None, as_json: bool) -> None:
    """Say what a red line of a browser's console means, and what to do about it.

    CODE is one of the log's or of the browser's own, such as actual.acao-missing, MissingAllowOriginHeader or
    CORSMissingAllowOrigin2. TOPIC is same-origin, simple, preflight, credentials, curl, proxy, devtools or disable. Without
    any, paste the line: its quotes would trouble a shell.
    """
    from devproxy import explain as explaining  # noqa: PLC0415

    answer = explaining.answer(" ".join(words) if words else _pasted(), _framework(framework))
    if as_json:
        click.echo(json.dumps(answer.members))
    else:
        from devproxy.console import Console  # noqa: PLC0415

        Console().rows(answer.rows)
    sys.exit(0 if answer.known else 1)


def _pasted() -> str:
    """What comes on stdin, asked for where somebody sits there."""
    from devproxy.explain import read  # noqa: PLC0415

    if hasattr(sys.stdin, "reconfigure"):
        sys.stdin.reconfigure(errors="replace")
    if sys.stdin.isatty():
        click.echo("Paste the red line, then an empty line.", err=True)
    try:
        return read(sys.stdin)
    except KeyboardInterrupt:
        click.echo(err=True)
        sys.exit(130)


@main.command(short_help="Print the JSON Schema of the configuration.")
def schema() -> None:
    """Print the JSON Schema of the configuration, for editors."""
    from devproxy.config.schema import text  # noqa: PLC0415

    click.echo(text(), nl=False)


@main.command(short_help="See it work, with a backend and a page of its own.")
@click.option(
    "--backend-only", is_flag=True, help="Only the backend, to put a devproxy of your own before it."
)
@click.option("--host", metavar="HOST", help="Where the backend alone listens.  [default: 127.0.0.1]")
@click.option("--port", type=click.IntRange(1, 65535), metavar="PORT", help="Its port.  [default: 3001]")
def demo(backend_only: bool, host: str | None, port: int | None) -> None:
    """Show what devproxy does: a backend without CORS, a page on another origin, the proxy between."""
    if not backend_only and (host or port):
        raise click.UsageError("--host and --port go with --backend-only; the demo takes ports that are free")
    from devproxy.console import Console  # noqa: PLC0415
    from devproxy.demo import run  # noqa: PLC0415
    from devproxy.errors import StartError  # noqa: PLC0415

    console = Console()
    try:
        if backend_only:
            run.run_backend(console, host or "127.0.0.1", port or 3001)
        else:
            run.run(console)
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


@main.command(
    help="Print the script that lets a shell complete devproxy's commands, options and files.\n\n\b\n"
    "bash   devproxy completion bash >> ~/.bashrc\n"
    "zsh    devproxy completion zsh >> ~/.zshrc\n"
    "fish   devproxy completion fish > ~/.config/fish/completions/devproxy.fish",
    short_help="Print the script that lets a shell complete devproxy.",
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    name = click.get_current_context().find_root().info_name or "devproxy"
    name = name if name.startswith("devproxy") else "devproxy"
    kind = get_completion_class(shell)
    assert kind is not None  # noqa: S101  the choice above names those that there are
    click.echo(kind(main, {}, name, f"_{name.replace('-', '_').upper()}_COMPLETE").source())


def _framework(name: str | None) -> "Framework | None":
    """The framework that people call so."""
    from devproxy.export.frameworks import FRAMEWORKS, framework  # noqa: PLC0415

    found = framework(name) if name else None
    if name and found is None:
        close = nearest(name.lower(), FRAMEWORKS)
        meant = f"did you mean {close}?" if close else f"there are {', '.join(FRAMEWORKS)}"
        raise click.UsageError(f"no framework {name!r}; {meant}")
    return found


def _one_file(named: str | None, file: str | None) -> str | None:
    """The file that was named in either way."""
    if named == "":
        raise click.UsageError("the name of the file is empty")
    source = click.get_current_context().get_parameter_source("file")
    if named and file and source is ParameterSource.COMMANDLINE:
        raise click.UsageError(f"there is one configuration, and {named} and {file} are two")
    return named or file


def _loaded(
    named: str | None,
    env_files: tuple[str, ...],
    *,
    host: str | None = None,
    port: int | None = None,
    allow_origins: tuple[str, ...] = (),
) -> "Config":
    """The configuration of a file, behind the DEVPROXY_* variables; its problems end the program."""
    from devproxy.config.given import Given  # noqa: PLC0415
    from devproxy.config.sources import Sources  # noqa: PLC0415
    from devproxy.console import Console  # noqa: PLC0415
    from devproxy.errors import ConfigError  # noqa: PLC0415

    file = _named_file(named)
    try:
        given = Given(host, port, allow_origins).or_variables(os.environ)
        config = Sources(file, env_files, given).load()
    except ConfigError as error:
        Console().problems(error.problems, file)
        sys.exit(1)
    if config.broken:
        Console().problems(config.problems, file, left_out=config.broken)
    return config


def _named_file(file: str | None) -> str:
    found = file or _found_file()
    if found is None:
        raise click.UsageError(f"name a file; there is none of {', '.join(_FILES)} here")
    return found


def _found_file() -> str | None:
    return next((name for name in _FILES if os.path.lexists(name)), None)
