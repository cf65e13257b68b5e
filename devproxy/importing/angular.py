"""Angular: angular.json names the proxy's file and the page's port; proxy.conf.json holds a table with globs."""

from collections.abc import Iterator
from dataclasses import replace

from devproxy.importing import table
from devproxy.importing.found import Found, Frontend
from devproxy.importing.javascript import Array, Object, Script
from devproxy.importing.page import page

WORKSPACE = "angular.json"
NAMES = tuple(
    f"{folder}proxy.conf.{ending}" for folder in ("", "src/") for ending in ("json", "js", "mjs", "cjs")
)
_TOOL = "angular"


class Workspace:
    """What angular.json says of the first project that can be served."""

    def __init__(self, text: str) -> None:
        whole = Script(text).whole()
        self._options = list(_served(whole)) if isinstance(whole, Object) else []

    @property
    def proxy_file(self) -> str:
        """The file that holds the proxy, beside angular.json; empty where none is named."""
        named = (options.get("proxyConfig") for options, _ in self._options)
        return next((name.removeprefix("./") for name in named if isinstance(name, str)), "")

    @property
    def frontend(self) -> Frontend:
        """Where `ng serve` serves the page."""
        found = [page(_TOOL, options, WORKSPACE) for options, _ in self._options] or [Frontend(_TOOL)]
        with_port = next((place for place in found if place.port), found[0])
        return replace(with_port, https=any(place.https for place in found))

    @property
    def uses_webpack(self) -> bool:
        """Whether the page is built, and so served, by webpack; Vite does it otherwise."""
        builder = next((architect.get("build", "builder") for _, architect in self._options), None)
        return isinstance(builder, str) and builder.endswith(":browser")


def _served(workspace: Object) -> Iterator[tuple[Object, Object]]:
    """The options of the first project that can be served, those for development first, each beside all its commands."""
    projects = workspace.get("projects")
    for project in projects.members.values() if isinstance(projects, Object) else ():
        value = project.value if isinstance(project.value, Object) else Object(1)
        architect = value.get("architect") or value.get("targets")
        serve = architect.get("serve") if isinstance(architect, Object) else None
        if isinstance(architect, Object) and isinstance(serve, Object):
            default = serve.get("defaultConfiguration")
            name = default if isinstance(default, str) else "development"
            for options in (serve.get("configurations", name), serve.get("options"), Object(1)):
                if isinstance(options, Object):
                    yield options, architect
            return


def read(text: str, file: str, *, uses_webpack: bool = False) -> Found:
    """What a proxy.conf.json says, or one in JavaScript that is written out."""
    script = Script(text)
    whole = script.whole() if file.endswith(".json") else script.exported()
    if not isinstance(whole, Object | Array):
        return Found(notes=(f"{file} is not written out: what it does, angular still does behind /.",))
    rows, notes = table.with_globs(whole, file, _TOOL, one_segment=not uses_webpack)
    if not uses_webpack:  # there globs are made patterns, and so moved behind all others
        rows.sort(key=lambda row: row.is_glob)
    found = table.routes(rows)
    return Found(found.routes, notes=(*found.notes, *notes))
