"""package.json: Create React App's `proxy`, and which dev server the page is served by."""

import re
from collections.abc import Iterator
from dataclasses import replace

from devproxy.importing import options
from devproxy.importing.found import Found, Frontend
from devproxy.importing.javascript import Object, Script
from devproxy.importing.options import Entry

NAME = "package.json"

# Dev servers by the package that brings them, the more special before what they may bring along.
_SERVERS = {
    "@angular/cli": "angular",
    "next": "next",
    "nuxt": "nuxt",
    "astro": "astro",
    "react-scripts": "react-scripts",
    "@vue/cli-service": "vue-cli-service",
    "vite": "vite",
    "webpack-dev-server": "webpack",
    "parcel": "parcel",
}
_COMMANDS = {"angular": "ng"}
_FLAG = r"(?:--port|-p)[= ]+([0-9]{1,5})\b"
_API = "/api"


def read(text: str) -> Found:
    """What a package.json says about a proxy and the server of the page."""
    whole = Script(text).whole()
    if not isinstance(whole, Object):
        return Found(notes=(f"{NAME} could not be read: it is no JSON.",))
    page = _page(whole)
    proxy = whole.members.get("proxy")
    if proxy is None:
        return Found(frontend=page)
    if not isinstance(proxy.value, str):
        return Found(
            frontend=page,
            notes=(f"{NAME}:{proxy.line} has a proxy that is no URL, which react-scripts refuses too.",),
        )
    tool = page.tool if page else "react-scripts"
    implied = {"changeOrigin": True, "secure": False}
    entry = Entry(_API, Object(proxy.line, {"target": proxy}), f'{NAME} "proxy"', tool, implied)
    found = options.route(entry)
    assert found is not None  # noqa: S101  the prefix is ours
    return Found((replace(found, remarks=(*_remarks(tool), *found.remarks)),), page)


def _remarks(tool: str) -> Iterator[str]:
    if tool != "react-scripts":
        yield f"{tool} reads no such proxy: it is Create React App's."
        return
    yield (
        f"react-scripts sends there what it does not serve itself and no page load asks for. Here a prefix says it, and {_API} "
        "is a guess: put the one there that your page calls, or several routes. What has none goes on as before, through "
        "react-scripts. A page load below the prefix goes to the target, too."
    )


def _page(package: Object) -> Frontend | None:
    """The dev server among the dependencies, on the port that a script gives it, or its own."""
    brought = {
        name
        for section in ("dependencies", "devDependencies")
        if isinstance(found := package.get(section), Object)
        for name in found.members
    }
    tool = next((tool for name, tool in _SERVERS.items() if name in brought), None)
    return Frontend(tool, *_port(package, _COMMANDS.get(tool, tool))) if tool else None


def _port(package: Object, command: str) -> tuple[int, str]:
    """The port on the command line of the dev server, and where that stands; 0 where it does not."""
    scripts = package.get("scripts")
    for name in ("dev", "start", "serve"):
        member = scripts.members.get(name) if isinstance(scripts, Object) else None
        script = member.value if member else None
        if not isinstance(script, str) or not re.search(rf"(?:^|[\s/]){re.escape(command)}(?:\s|$)", script):
            continue
        found = re.search(_FLAG, script) or re.search(r"\bPORT=([0-9]{1,5})\b", script)
        if found and member and 0 < int(found[1]) < 65536:
            return int(found[1]), f"{NAME}:{member.line}"
    return 0, ""
