"""vite.config.*: `server.proxy`, and the port of the page."""

from collections.abc import Iterator

from devproxy.importing import page as pages, table
from devproxy.importing.found import Found, Frontend
from devproxy.importing.javascript import Member, Object, Script
from devproxy.importing.options import Entry
from devproxy.importing.table import Row

NAMES = tuple(f"vite.config.{ending}" for ending in ("js", "mjs", "ts", "cjs", "mts", "cts"))
_TOOL = "vite"


def read(text: str, file: str) -> Found:
    """What a configuration of Vite says about its proxy and its page."""
    script = Script(text)
    if not script.is_readable:
        return Found(
            frontend=Frontend(_TOOL), notes=(f"{file} could not be read: its brackets do not pair.",)
        )
    servers = [member.value for member in script.members("server") if isinstance(member.value, Object)]
    with_proxy = [server for server in servers if server.get("proxy") is not None]
    servers = with_proxy or [server for server in servers if "port" in server.members]
    server = servers[0] if servers else Object(1)
    page = pages.page(_TOOL, server, file)
    others = [*pages.doubts(_TOOL, server, file), *_statements(script, file)]
    if not with_proxy:
        line = script.line_of("proxy")
        note = f"{file}:{line} speaks of a proxy that is not written out there: what it does, vite still does behind /."
        return Found(frontend=page, notes=((note,) if line else ()) + tuple(others))
    others += [
        f"{file}:{other.members['proxy'].line} has another proxy, which was left out."
        for other in with_proxy[1:]
    ]
    proxy = with_proxy[0].members["proxy"]
    if not isinstance(proxy.value, Object):
        unread = (
            f"server.proxy ({file}:{proxy.line}) is not written out: what it does, vite still does behind /."
        )
        return Found(frontend=page, notes=(unread, *others))
    others += [
        f"what is filled in at {file}:{line} is not written out: vite still does it behind /."
        for line in proxy.value.unread
    ]
    found = table.routes(list(_rows(proxy.value, file)))
    return Found(found.routes, page, (*found.notes, *others))


def _statements(script: Script, file: str) -> Iterator[str]:
    if line := script.changed.get("proxy"):
        yield f"{file}:{line} changes a proxy by a statement: what it adds, vite still does behind /."


def _rows(proxy: Object, file: str) -> Iterator[Row]:
    for key, member in proxy.members.items():
        source, value = f"{file}:{member.line}", member.value
        if isinstance(value, Object):
            yield Row(key, Entry(key, value, source, _TOOL))
        elif value:  # a URL alone, or what is not written out; false and undefined are no entries
            yield Row(key, Entry(key, _only(member), source, _TOOL, {"changeOrigin": True}))


def _only(target: Member) -> Object:
    return Object(target.line, {"target": target})
