"""The devproxy that makes what a page calls work, as a command to copy."""

from collections.abc import Iterable, Iterator

from devproxy.commands import command_line
from devproxy.cors.origin import LOCAL_ORIGINS, Origin


def command(servers: Iterable[str], page: str) -> str:
    """A devproxy before these servers, as origins: the one that is called first, then those that it redirects to.

    `page` is let in by name where it is an origin that devproxy does not know by itself.
    """
    first, *others = dict.fromkeys(servers)
    routes = [f"/{place}={server},strip" for place, server in enumerate(others, 2)]
    return command_line(["devproxy", f"/={first}" if routes else first, *routes, *_let_in(page)])


def _let_in(page: str) -> Iterator[str]:
    if Origin.parse(page) and not any(pattern.matches(page) for pattern in LOCAL_ORIGINS):
        yield from ("--allow-origin", page)
