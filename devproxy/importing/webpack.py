"""webpack.config.* and vue.config.*: `devServer.proxy`, and the port of the page."""

from devproxy.importing import page as pages, table
from devproxy.importing.found import Found
from devproxy.importing.javascript import Array, Object, Script

NAMES = tuple(
    f"{tool}.config.{ending}" for tool in ("webpack", "vue") for ending in ("js", "cjs", "mjs", "ts")
)


def read(text: str, file: str) -> Found:
    """What a configuration of webpack, or of the Vue CLI, says about its proxy and its page."""
    tool = "vue-cli-service" if file.startswith("vue") else "webpack"
    script = Script(text)
    if not script.is_readable:
        return Found(notes=(f"{file} could not be read: its brackets do not pair.",))
    servers = [member.value for member in script.members("devServer") if isinstance(member.value, Object)]
    server = next((server for server in servers if server.get("proxy")), servers[0] if servers else Object(1))
    proxy, doubts = server.get("proxy"), pages.doubts(tool, server, file)
    page = pages.page(tool, server, file) if servers else None
    if isinstance(proxy, Object | Array):
        rows, notes = table.with_globs(proxy, file, tool, one_segment=False)
        found = table.routes(rows)
        return Found(found.routes, page, (*found.notes, *notes, *doubts))
    line = script.line_of("proxy")
    note = f"{file}:{line} speaks of a proxy that is not a table written out: what it does, {tool} still does behind /."
    return Found(frontend=page, notes=(*((note,) if line else ()), *doubts))
