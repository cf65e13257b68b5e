"""Names of hosts, patterns of them (shop.localhost, and *.shop.localhost for every name below it), and odd addresses."""

import re
from collections.abc import Container
from ipaddress import IPv4Address

_NUMBER = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*")


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


def ends_in_a_number(host: str) -> bool:
    """Whether browsers take a host for an IPv4 address, or for none (URL, ends-in-a-number checker)."""
    return _NUMBER.fullmatch(host.removesuffix(".").rpartition(".")[2]) is not None


def ipv4(host: str) -> str:
    """The address that browsers and resolvers read in a host that ends in a number (URL, IPv4 parser); nothing where there is none.

    It may have fewer than four parts, and each may be octal or hexadecimal.
    """
    *first, last = host.removesuffix(".").split(".")
    if len(first) > 3 or not all(map(_NUMBER.fullmatch, (*first, last))):
        return ""
    try:
        numbers = [_number(part) for part in (*first, last)]
    except ValueError:
        return ""
    if max(numbers[:-1], default=0) > 255 or numbers[-1] >= 256 ** (4 - len(first)):
        return ""
    return str(
        IPv4Address(sum(number << 8 * (3 - place) for place, number in enumerate(numbers[:-1])) + numbers[-1])
    )


def _number(text: str) -> int:
    low = text.lower()
    if low.startswith("0x"):
        return int(low[2:] or "0", 16)
    return int(low, 8 if low.startswith("0") else 10)
