"""What is said at the start: what is served where, who may read it, and what surely is not meant.

This module must not know when that is.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from devproxy.commands import command_line
from devproxy.config.build import Config
from devproxy.cors.policy import CorsPolicy
from devproxy.printable import printable
from devproxy.routing import Route
from devproxy.terminal import Stream, fitted, words

_INDENT = 16  # of the text: behind its labels
_LABEL = 9  # of a label: what room there is for a project's name

_STATES = {None: "", True: "   (listening)", False: "   (not listening yet)"}


@dataclass(frozen=True, slots=True)
class Banner:
    """What is served where, at `url`, `seconds` after the program started.

    `listening` says of local targets, by name, whether something answers there yet; `warnings` are sentences about what is
    surely not meant. `shortcuts` says that keys are listened to.
    """

    version: str
    seconds: float
    url: str
    config: Config
    listening: Mapping[str, bool]
    warnings: Sequence[str] = ()
    shortcuts: bool = False


def show(err: Stream, told: Banner) -> None:
    """Write it as wide as the terminal is, or plainly where there is none."""
    url, config, listening = told.url, told.config, told.listening
    ready = f"ready in {told.seconds * 1000:.0f} ms"
    routes = [
        (
            route.project or "Proxy",
            _address(url, route),
            f"→ {route.target}",
            _STATES[listening.get(route.target.name)],
        )
        for route in config.routes
    ]
    policy = _policy_words(config.site_policy)
    advice = [_advice(url, config.routes[0])] if len(config.routes) == 1 else []
    if not config.file:
        advice.append(f"Keep these settings with: {_keeping(config)}")
    width = err.width
    if width is None:
        _show_plainly(err, told.version, ready, routes, "".join(policy), (*told.warnings, *advice))
        return
    say, paint = err.line, err.paint
    say(f"\n  {paint('bold', f'devproxy {told.version}')}   {paint('dim', ready)}\n")
    _show_routes(err, routes, width)
    first, *rest = fitted(policy, width - _INDENT)
    say(f"  {paint('green', '➜  Origins  ')}  {first}")
    for line in rest:
        say(f"{'':{_INDENT}}{line}")
    say("")
    for warning in told.warnings:
        for line in fitted(words(printable(warning)), width - 2):
            say(f"  {paint('yellow', line)}")
        say("")
    if False in listening.values():
        say("  What is not listening yet is tried again on each request.")
    for line in advice:
        say(f"  {line}")
    keys = "press h + enter for help, q + enter to quit" if told.shortcuts else "ctrl + c stops devproxy"
    say(paint("dim", f"  {keys}\n"))


def _show_routes(err: Stream, routes: Sequence[tuple[str, str, str, str]], width: int) -> None:
    own_width = max((len(own) for _, own, _, _ in routes), default=0)
    longest = max((len(target) + len(state) for _, _, target, state in routes), default=0)
    beside = _INDENT + own_width + 2 + longest <= width
    say, paint = err.line, err.paint
    above = ""
    for whose, own, target, state in routes:
        label = "" if whose == above else f"➜  {printable(whose)[:_LABEL]}"
        above = whose
        behind = f"{target}{paint('dim', state)}"
        if beside:
            say(f"  {paint('green', f'{label:<12}')}  {paint('cyan', own.ljust(own_width))}  {behind}")
        else:
            say(f"  {paint('green', f'{label:<12}')}  {paint('cyan', own)}\n     {behind}")


def _show_plainly(
    err: Stream,
    version: str,
    ready: str,
    routes: Iterable[tuple[str, str, str, str]],
    policy: str,
    facts: Iterable[str],
) -> None:
    """One fact a line, for files and the logs of containers."""
    err.line(f"devproxy {version}   {ready}")
    for whose, own, target, state in routes:
        err.line(f"{printable(whose)[:_LABEL]:<8} {own}  {target}{state}")
    err.line(f"Origins  {policy}")
    for fact in facts:
        err.line(printable(fact))


def _policy_words(policy: CorsPolicy) -> list[str]:
    local = ["any page on localhost, *.localhost, 127.0.0.1, [::1]"]
    pages = ["any page"] if policy.any_origin else local if policy.local else []
    pages += [str(pattern) for pattern in policy.allow_origins]
    credentials = f"credentials: {'yes' if policy.allow_credentials else 'no'}   "
    named = [*(f"{page}, " for page in pages[:-1]), f"{pages[-1] if pages else 'none'}   "]
    return [*named, credentials, "preflight: answered here"]


def _address(url: str, route: Route) -> str:
    """Where a route is reached, by its first name if it has any."""
    scheme, _, authority = url.partition("://")
    host = f"{route.hosts[0]}:{authority.rpartition(':')[2]}" if route.hosts else authority
    return f"{scheme}://{host}{route.prefix}"


def _advice(url: str, route: Route) -> str:
    """What to call instead of what was called before."""
    prefix = route.prefix.rstrip("/")
    before = f"{route.target}{'' if route.strip_prefix or route.target.label else prefix}"
    return f"In your frontend, call {_address(url, route).rstrip('/')} instead of {before}."


def _keeping(config: Config) -> str:
    """The command that writes what was typed into a file; no slash in front, which Git Bash would make a path of Windows."""
    given, typed = config.source.given, ["devproxy", "init"]
    for route in config.routes:
        prefix = "" if route.prefix == "/" else f"{route.prefix[1:]}="
        typed.append(f"{prefix}{route.target}{',strip' if route.strip_prefix else ''}")
    for name, value in (("host", given.host), ("port", given.port)):
        if value is not None and name not in given.variables:
            typed += [f"--{name}", str(value)]
    return command_line(
        [*typed, *(word for origin in given.allow_origins for word in ("--allow-origin", origin))]
    )
