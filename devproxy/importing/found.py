"""What was found in a project: routes, the dev server of its page, and what could not be carried over."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from devproxy.config.document import Data
from devproxy.errors import ConfigError
from devproxy.target import Target, is_this_machine

#: where dev servers listen when nobody says otherwise
PORTS = MappingProxyType(
    {
        "angular": 4200,
        "next": 3000,
        "nuxt": 3000,
        "astro": 4321,
        "react-scripts": 3000,
        "vue-cli-service": 8080,
        "vite": 5173,
        "webpack": 8080,
        "parcel": 1234,
    }
)


@dataclass(frozen=True, slots=True)
class Frontend:
    """The dev server that serves the page: its name, and its port (0: its own), which stands at `source`."""

    tool: str
    port: int = 0
    source: str = ""
    https: bool = False

    @property
    def url(self) -> str:
        """What the page is opened by."""
        return f"{'https' if self.https else 'http'}://localhost:{self.port or PORTS[self.tool]}"


@dataclass(frozen=True, slots=True)
class FoundRoute:
    """A route. `keys` are those of a route besides its target, all in our own grammar; `remarks` are sentences for the reader.

    Without a target the requests stay with the dev server, which proxies them as before: to `direct`, as far as that is known.
    """

    prefix: str
    target: str
    source: str
    keys: dict[str, Data] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    direct: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What one file says, or all of them. `notes` are sentences about what could not be carried over."""

    routes: tuple[FoundRoute, ...] = ()
    frontend: Frontend | None = None
    notes: tuple[str, ...] = ()


def merged(parts: Sequence[Found], port: int = 8484) -> Found:
    """All that was found, for a devproxy on `port`, with a route for the page.

    What an earlier part says goes before a later one; package.json is the last.
    """
    page = _page([part.frontend for part in parts if part.frontend])
    notes = [note for part in parts for note in part.notes]
    routes: dict[str, FoundRoute] = {}
    for route in (route for part in parts for route in part.routes):
        named = f"{route.prefix} → {route.target or route.direct} from {route.source}"
        if route.prefix in routes:
            notes.append(f"{named}: another file has this prefix, too.")
        elif _is_own(route.target or route.direct, port):
            notes.append(f"{named}: that is devproxy itself. Name the server behind it.")
        elif route.target:
            routes[route.prefix] = replace(route, remarks=(route.source, *route.remarks))
        elif page:
            remarks = (route.source, *route.remarks)
            routes[route.prefix] = replace(route, target=page.url, keys=_trust(page), remarks=remarks)
        else:
            notes.append(f"{named}: {' '.join(route.remarks)}")
    if page and "/" in routes:
        notes.append(
            f"{page.tool} sends every path to {routes['/'].target}, so its own pages are not served here."
        )
    elif page:
        rest = (
            ", and all that no route takes: what its own proxy did with that, it still does" if routes else ""
        )
        remark = f"The page itself, served by {page.tool}{f' ({page.source})' if page.source else ''}{rest}."
        routes["/"] = FoundRoute("/", page.url, page.tool, _trust(page), (remark,))
    return Found(tuple(routes.values()), page, tuple(notes))


def _page(pages: Sequence[Frontend]) -> Frontend | None:
    """The dev server that the dependencies name, else the one that has a file; a port on its command line counts most."""
    if not pages:
        return None
    same = [page for page in reversed(pages) if page.tool == pages[-1].tool]
    with_port = next((page for page in same if page.port), same[0])
    return replace(with_port, https=any(page.https for page in same))


def _is_own(target: str, port: int) -> bool:
    try:
        found = Target.parse(target)
    except ConfigError:
        return False
    return found.port == port and not found.socket and is_this_machine(found.host)


def _trust(page: Frontend) -> dict[str, Data]:
    return {"verify_tls": "false"} if page.https else {}
