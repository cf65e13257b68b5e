"""URLs as far as a judge needs them: whose they are, and where a Location leads (URL standard, simplified)."""

import re
from urllib.parse import SplitResult, quote, unquote_to_bytes, urljoin, urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443, "ftp": 21}
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")
_SPECIAL = re.compile(r"(https?|wss?|ftp|file):[/\\]*([^/\\?#]*)", re.IGNORECASE)
_NOT_IN_HOST = re.compile(r"[\x00-\x20#%/:<>?@\[\\\]^|\x7f]")
_NOT_IN_OPAQUE_HOST = re.compile(r"[\x00\t\n\r #/:<>?@\[\\\]^|]")
_IPV6 = re.compile(r"\[[0-9A-Fa-f:.]+\]")
_NUMBER = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*")  # URL, ends-in-a-number checker
# What is percent-encoded in a path, a query and a fragment (URL, percent-encode sets; | as Chromium does).
_PATH, _QUERY, _FRAGMENT = map(
    re.compile, (r"""[^!-~]|["<>^`{|}]""", r"""[^!-~]|["'<>]""", r"""[^!-~]|["<>`]""")
)
_HIGHEST_PORT = 65535
_BLANK = "".join(map(chr, range(0x21)))


def origin_of(url: str) -> str:
    """The origin of a URL as serialised (HTML, Origin); `null` for what has none."""
    parts = _split(url)
    if parts is None or parts.scheme not in {"http", "https"} or not parts.hostname:
        return "null"
    port = parts.port
    default = port is None or port == _DEFAULT_PORTS[parts.scheme]
    host = f"[{parts.hostname}]" if ":" in parts.hostname else _ascii(parts.hostname)
    return f"{parts.scheme}://{host}" if default else f"{parts.scheme}://{host}:{port}"


def is_http(url: str) -> bool:
    """Whether the URL's scheme is http or https, and it names a host."""
    return origin_of(url) != "null"


def serialised(url: str) -> str:
    """An http URL as browsers write it down (URL, URL serializing), without a user and a password; `..` stays."""
    behind = url.partition("://")[2]
    rest, number_sign, fragment = behind[len(re.split(r"[/\\?#]", behind, maxsplit=1)[0]) :].partition("#")
    path, question_mark, query = rest.partition("?")
    path = _PATH.sub(_encoded, path.replace("\\", "/") or "/")
    query, fragment = _QUERY.sub(_encoded, query), _FRAGMENT.sub(_encoded, fragment)
    return f"{origin_of(url)}{path}{question_mark}{query}{number_sign}{fragment}"


def _encoded(match: re.Match[str]) -> str:
    return quote(match[0], safe="")


def has_userinfo(url: str) -> bool:
    """Whether the URL includes credentials: a user or a password before its host."""
    parts = _split(url)
    return parts is not None and bool(parts.username or parts.password)


def is_url(text: str) -> bool:
    """Whether a browser takes `text` for an absolute URL: what an origin in a header has to be at least."""
    text = _cleaned(text)
    if special := _SPECIAL.match(text):
        authority = special[2].rpartition("@")[2]
        host, port = _bracketed(authority) if authority.startswith("[") else authority.partition(":")[::2]
        return _is_host(host, special[1].lower()) and _is_port(port)
    scheme = _SCHEME.match(text)
    if scheme is None:
        return False
    rest = text[scheme.end() :]
    return not rest.startswith("//") or _is_opaque_authority(re.split(r"[/?#]", rest[2:], maxsplit=1)[0])


def follow(url: str, location: str) -> str | None:
    """Where a Location of `url` leads (Fetch, location URL); the fragment of `url` stays. None where it is no URL."""
    there = _cleaned(location)
    if not _SCHEME.match(there):
        path = re.split(r"[?#]", there, maxsplit=1)[0]
        there = urljoin(url, path.replace("\\", "/") + there[len(path) :])
    if _split(there) is None or not is_url(there):
        return None
    return there if "#" in there or "#" not in url else f"{there}#{url.partition('#')[2]}"


def _cleaned(text: str) -> str:
    """A URL as a parser reads it: no blanks around, no tabs or line ends within."""
    return re.sub(r"[\t\n\r]", "", text.strip(_BLANK))


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts


def _ascii(host: str) -> str:
    try:
        return host.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return host.lower()


def _bracketed(authority: str) -> tuple[str, str]:
    host, bracket, rest = authority.partition("]")
    return host + bracket, rest.removeprefix(":")


def _is_host(host: str, scheme: str) -> bool:
    if host.startswith("["):
        return _IPV6.fullmatch(host) is not None
    try:
        # The bytes of a field are UTF-8, or no host.
        host = unquote_to_bytes(host.encode("latin-1")).decode("utf-8").encode("idna").decode("ascii")
    except UnicodeError:
        host = "" if "%" in host or not host.isascii() else host
    if not host or _NOT_IN_HOST.search(host):
        return scheme == "file" and not host
    return not _NUMBER.fullmatch(host.removesuffix(".").rpartition(".")[2]) or _is_ipv4(host)


def _is_ipv4(host: str) -> bool:
    """Whether a host that ends in a number is an address (URL, IPv4 parser): each part may be octal or hexadecimal."""
    *first, last = host.removesuffix(".").split(".")
    if len(first) > 3 or not all(map(_NUMBER.fullmatch, (*first, last))):
        return False
    try:
        numbers = [_number(part) for part in (*first, last)]
    except ValueError:
        return False
    return max(numbers[:-1], default=0) <= 255 and numbers[-1] < 256 ** (4 - len(first))


def _number(text: str) -> int:
    low = text.lower()
    if low.startswith("0x"):
        return int(low[2:] or "0", 16)
    return int(low, 8 if low.startswith("0") else 10)


def _is_port(port: str) -> bool:
    return not port or (port.isascii() and port.isdigit() and int(port) <= _HIGHEST_PORT)


def _is_opaque_authority(authority: str) -> bool:
    host, _, port = authority.rpartition("@")[2].partition(":")
    return not _NOT_IN_OPAQUE_HOST.search(host) and _is_port(port)
