"""What was found → the text of a configuration, with a comment wherever something could not be carried over.

Whatever comes from a foreign file is quoted or escaped: no comment and no value of it can become a line of its own.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from textwrap import wrap

from devproxy.config.document import Data
from devproxy.config.given import NOTHING, Given
from devproxy.config.written import flow
from devproxy.importing.found import Found, FoundRoute
from devproxy.printable import printable

_WIDTH = 110
_HEAD = """\
# yaml-language-server: $schema=./devproxy.schema.json
# (help and checks in editors: devproxy schema > devproxy.schema.json)
#
"""
# What a list of origins replaces: the pages of this machine.
_LOCAL = tuple(
    f"{scheme}://{host}:*"
    for scheme in ("http", "https")
    for host in ("localhost", "*.localhost", "127.0.0.1", "[::1]")
)
_VARIABLE = re.compile(r"(?<!\$)(?:\$\$)*\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def document(found: Found, given: Given = NOTHING) -> str:
    """The whole file, behind what was `given` on a command line."""
    routes = [line for route in found.routes for line in _route(route)]
    routes = routes[1:] if routes[0] == "" else routes
    if all(route.prefix == "/" for route in found.routes) and found.frontend:
        routes += ["", "  # The API of the page, if it has one:", "  # /api: http://localhost:3001"]
    intro = _intro(found, given, variables("\n".join(routes)))
    return _HEAD + "\n".join([*intro, *_listen(given), *_cors(given), "routes:", *routes]) + "\n"


def variables(text: str) -> list[str]:
    """The variables that a configuration cannot do without, each once."""
    lines = (line for line in text.splitlines() if not line.lstrip().startswith("#"))
    return list(dict.fromkeys(_VARIABLE.findall("\n".join(lines))))


def _intro(found: Found, given: Given, names: Sequence[str]) -> Iterator[str]:
    url = f"http://localhost:{given.port or 8484}"
    page = f" and open {url} instead of {found.frontend.url}" if found.frontend else ""
    yield from _comment(
        f"Written by devproxy init. Check it with devproxy validate; run it with devproxy{page}.", ""
    )
    if names:
        yield from _comment(
            f"{', '.join(names)}: from the environment, or a file, as in devproxy --env-file .env", ""
        )
    if found.notes:
        yield "#"
        yield "# Not carried over:"
    for note in found.notes:
        yield from _comment(note, "", "- ")
    yield ""


def _listen(given: Given) -> Iterator[str]:
    if given.host is not None or given.port is not None:
        yield "listen:"
        if given.host is not None:
            yield f"  host: {flow(given.host)}"
        if given.port is not None:
            yield f"  port: {given.port}"
        yield ""


def _cors(given: Given) -> Iterator[str]:
    if given.allow_origins:
        yield "cors:"
        yield "  allow_origins:"
        yield from (f"    - {flow(origin)}" for origin in given.allow_origins)
        yield "    # the default, which a list replaces: every page on this machine"
        yield from (f"    - {flow(origin)}" for origin in _LOCAL)
        yield ""


def _route(route: FoundRoute) -> Iterator[str]:
    if route.remarks:
        yield ""
    for remark in route.remarks:
        yield from _comment(remark, "  ")
    if route.direct:
        yield from _comment(f"To ask its target directly: {route.direct}", "  ")
    if not route.keys:
        yield f"  {flow(route.prefix)}: {flow(route.target)}"
        return
    yield f"  {flow(route.prefix)}:"
    yield f"    target: {flow(route.target)}"
    yield from _keys(route.keys, "    ")


def _keys(keys: Mapping[str, Data], indent: str) -> Iterator[str]:
    for key, value in keys.items():
        if isinstance(value, dict) and key in {"headers", "request", "set"}:
            yield f"{indent}{flow(key)}:"
            yield from _keys(value, f"{indent}  ")
        else:
            yield f"{indent}{flow(key)}: {flow(value)}"


def _comment(text: str, indent: str, bullet: str = "") -> Iterator[str]:
    """A sentence as comment lines."""
    first = f"{indent}# {bullet}"
    rest = f"{indent}# {' ' * len(bullet)}"
    yield from wrap(
        printable(text),
        _WIDTH,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )
