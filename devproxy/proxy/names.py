"""Which names this system knows: where it knows none for a route, a browser that asks it does not get here."""

import asyncio
from collections.abc import Iterable

from devproxy.target import is_ip_address

# A resolver answers from this machine in a few milliseconds, and from the network in a few more.
_SECONDS = 0.5


async def unknown_names(names: Iterable[str]) -> list[str]:
    """Those of `names` that have no address here; patterns stand in no file of hosts, and are never asked for."""
    asked = [name for name in names if not name.startswith("*.") and not is_ip_address(name)]
    known = await asyncio.gather(*map(_is_known, asked))
    return [name for name, found in zip(asked, known, strict=True) if not found]


async def _is_known(name: str) -> bool:
    try:
        async with asyncio.timeout(_SECONDS):
            return bool(await asyncio.get_running_loop().getaddrinfo(name, None))
    except (OSError, UnicodeError):  # a TimeoutError is an OSError
        return False
