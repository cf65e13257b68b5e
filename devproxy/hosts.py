"""Names of hosts, and patterns of them: shop.localhost, and *.shop.localhost for every name below it."""

from collections.abc import Container


def fitting(host: str, names: Container[str]) -> str | None:
    """The one of `names` that fits a host (lower case) best: the name itself, else the longest pattern."""
    if host in names:
        return host
    rest = host.partition(".")[2]
    while rest:
        if (pattern := f"*.{rest}") in names:
            return pattern
        rest = rest.partition(".")[2]
    return None
