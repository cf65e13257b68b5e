"""How browsers spell an origin (HTML, Origin; URL, Host serializing): rules, and guesses at what was meant.

The rules decide for Origin fields and for configurations alike, so nothing can be configured that would never match.
"""

import re
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address
from unicodedata import normalize

from devproxy.hosts import ends_in_a_number

# Looked at before anything else. DNS names have at most 253 characters, and hosts that come near have no pages here.
LONGEST_ORIGIN = 256
LONGEST_SCHEME = 64  # nobody has registered a longer one; jub0bs/cors draws the same line
LONGEST_LABEL = 63  # RFC 1035, section 2.3.4

DEFAULT_PORTS = {"http": 80, "https": 443}

# Pages of these schemes have opaque origins, which serialise to `null`; WebSockets are opened by http and https pages.
_OPAQUE_SCHEMES = frozenset({"about", "blob", "data", "file", "javascript"})
_SOCKET_SCHEMES = {"ws": "http", "wss": "https"}

_LOWER = frozenset("abcdefghijklmnopqrstuvwxyz")
_DIGITS = frozenset("0123456789")
_SCHEME_CHARACTERS = _LOWER | _DIGITS | frozenset("+-.")
_HOST_CHARACTERS = _LOWER | _DIGITS | frozenset("-_.")  # the URL standard takes more; no name server does
_AFTER_AUTHORITY = {"/": "path", "\\": "path", "?": "query", "#": "fragment"}

# What only regular expressions have: ^ and $ around, escapes, any number of dots, choices.
_REGEX = re.compile(r"^/?\^|\$/?$|\\[.dDwWsS/*+-]|[:/]\.[*+]|[(|)]|https\?:")
# A scheme, or what is left of one where a colon or a slash is missing.
_SCHEME = re.compile(r"(?P<any>\*)://|(?P<scheme>[a-z][a-z0-9+.-]*):/+|(?P<web>https?|wss?)(?:[:;]|//)/*|//")
# Several ports, or a star that stands for them: `:*`, `:3*`, `:[0-9]`, `:3000-3010`, `localhost*`.
_PORTS = re.compile(r":[^:\]]*[*\[({\\,-][^:]*$|(?<=[a-z0-9])\*$")

TOO_LONG = f"an origin has at most {LONGEST_ORIGIN} characters"
WILDCARDS = "a wildcard is either *. in front of the host or :* as the whole port"
_LOWER_CASE = "an origin is spelled in lower case"


def broken_rules(text: str) -> Iterator[str]:
    """The rules that `text` breaks as the serialisation of an origin; none if it is one.

    Take the first: each rule is asked only where the earlier ones hold.
    """
    if len(text) > LONGEST_ORIGIN:
        yield TOO_LONG
    if " " in text or not text.isprintable():
        yield "an origin has no blanks and no control characters"
    if _REGEX.search(text):
        yield "an origin is no regular expression"
    if "*" in text:
        yield WILDCARDS
    scheme, mark, authority = text.partition("://")
    if not mark:
        yield "an origin starts with its scheme"
    yield from _in_scheme(scheme)
    for character, part in _AFTER_AUTHORITY.items():
        if character in authority:
            yield f"an origin has no {part}"
    if "@" in authority:
        yield "an origin has no user name"
    if authority != authority.lower():
        yield _LOWER_CASE
    host, port = host_and_port(authority)
    yield from _in_ipv6(host[1:]) if host.startswith("[") else _in_host(host)
    if port is not None:
        yield from _in_port(scheme, port)


def host_and_port(authority: str) -> tuple[str, str | None]:
    """The two halves of an authority; the port is None where there is no colon for one."""
    host, colon, port = authority.rpartition(":")
    return (host, port) if colon and not authority.endswith("]") else (authority, None)


def _in_scheme(scheme: str) -> Iterator[str]:
    if scheme != scheme.lower():
        yield _LOWER_CASE
    if scheme[:1] not in _LOWER or not _SCHEME_CHARACTERS.issuperset(scheme) or len(scheme) > LONGEST_SCHEME:
        yield f"a scheme is a letter and at most {LONGEST_SCHEME - 1} more letters, digits, +, - or ."
    if scheme in _OPAQUE_SCHEMES:
        yield f"pages of {scheme}: have the origin null"
    if scheme in _SOCKET_SCHEMES:
        yield f"an origin is that of the page, so {_SOCKET_SCHEMES[scheme]} instead of {scheme}"


def _in_host(host: str) -> Iterator[str]:
    if not host:
        yield "an origin names a host"
    if ":" in host:
        yield "a host is followed by one port, and an IPv6 address stands in brackets"
    if not host.isascii():
        yield "a Unicode host is spelled in Punycode"
    if not _HOST_CHARACTERS.issuperset(host):
        yield "a host is made of letters, digits, -, _ and dots"
    labels = host.removesuffix(".").split(".")
    if "" in labels:
        yield "a host has no empty labels"
    if any(len(label) > LONGEST_LABEL for label in labels):
        yield f"a label of a host has at most {LONGEST_LABEL} characters"
    if any(label.startswith("xn--") and not _is_punycode(label) for label in labels):
        yield "what follows xn-- is valid Punycode"
    if ends_in_a_number(host) and not _is_ipv4(host):
        yield "an IPv4 address is four numbers from 0 to 255 without leading zeros"


def _in_ipv6(rest: str) -> Iterator[str]:
    address = _ipv6(rest.removesuffix("]"))
    if "%" in rest:
        yield "an IPv6 address in an origin has no zone"
    if address is None or not rest.endswith("]"):
        yield "an IPv6 address is up to eight groups of hexadecimal digits, in brackets"
    elif address.ipv4_mapped:
        yield "an IPv4 address is not wrapped into IPv6"
    elif f"{address}]" != rest:
        yield "an IPv6 address is spelled in its shortest form (RFC 5952)"


def _in_port(scheme: str, port: str) -> Iterator[str]:
    if not port or not _DIGITS.issuperset(port) or not 1 <= int(port) <= 65535:
        yield "a port is a number from 1 to 65535"
    if port.startswith("0"):
        yield "a port has no leading zeros"
    if port == str(DEFAULT_PORTS.get(scheme)):
        yield f"the default port of {scheme} is left out"


def _is_ipv4(host: str) -> bool:
    try:
        IPv4Address(host)
    except ValueError:
        return False
    return True


def _ipv6(text: str) -> IPv6Address | None:
    try:
        return IPv6Address(text)
    except ValueError:
        return None


def _is_punycode(label: str) -> bool:
    try:
        decoded = label.removeprefix("xn--").encode().decode("punycode")
    except UnicodeError:
        return False
    return not decoded.isascii() and decoded.isprintable() and _punycode(decoded) == label


def _punycode(label: str) -> str:
    mapped = normalize("NFKC", label.lower())
    return mapped if mapped.isascii() else f"xn--{mapped.encode('punycode').decode()}"


def punycode(name: str) -> str:
    """A host name as browsers spell it, its letters beyond ASCII in Punycode (RFC 3492)."""
    return ".".join(_punycode(label) for label in name.split("."))


def respelled(text: str) -> str:
    """`text` as a browser might spell what was meant: a guess, which the rules have yet to judge."""
    text = _without_regex(text.strip().lower())
    found = _SCHEME.match(text)
    scheme, rest = (found["scheme"] or found["web"] or "", text[found.end() :]) if found else ("", text)
    if scheme in _OPAQUE_SCHEMES or text == "null":
        return "null"
    if not found and _DIGITS.issuperset(port := text.removeprefix(":")):
        rest = f"localhost:{port}"
    authority = re.split(r"[/\\?#]", rest, maxsplit=1)[0].rpartition("@")[2]
    host, port_or_none = host_and_port(_PORTS.sub(":*", authority))
    host = _respelled_host(host)
    scheme = _SOCKET_SCHEMES.get(scheme, scheme) or _usual_scheme(host, port_or_none)
    return f"{scheme}://{host}{_respelled_port(scheme, port_or_none or '')}"


def _without_regex(text: str) -> str:
    """A regular expression over origins as the pattern that it is about."""
    if not _REGEX.search(text):
        return text
    text = re.sub(r"^/?\^?|\$?/?$", "", text).replace("\\/", "/").replace("https?:", "http:")
    text = re.sub(r"(\\[dw]|\[[^\]]*\]|(?<=[:/])\.)[*+]", "*", text)
    return text.replace("\\", "")


def _usual_scheme(host: str, port: str | None) -> str:
    """The scheme of pages on this host, if none is given: public names speak https, names with a port are rarely public."""
    label = host.rpartition(".")[2]
    is_public = (
        port is None and "." in host and not ends_in_a_number(host) and label not in {"localhost", "test"}
    )
    return "https" if is_public else "http"


def _respelled_host(host: str) -> str:
    if host.startswith("["):
        address = _ipv6(host[1:-1].partition("%")[0])
        return host if address is None else str(address.ipv4_mapped or f"[{address}]")
    if ":" in host:
        return f"[{host}]"
    above, star, name = host.rpartition("*")
    name = name.removeprefix(".") if star else name
    spelled = punycode(name)
    # A star inside of a name is one in front of what follows it, unless that is anybody's.
    is_front = not above.strip("*.") or "." in name
    return (f"*.{spelled}" if is_front else host) if star else spelled


def _respelled_port(scheme: str, port: str) -> str:
    digits = port.lstrip("0") or port
    return f":{digits}" if digits and digits != str(DEFAULT_PORTS.get(scheme)) else ""
