"""URLs as far as a judge needs them: whose they are, and where a Location leads (URL standard, simplified)."""

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv6Address
from urllib.parse import quote, unquote, unquote_to_bytes, urljoin

from devproxy.hosts import ends_in_a_number, ipv4

_DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443, "ftp": 21}
_HTTP = ("http", "https")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")
_SPECIAL = re.compile(r"(https?|wss?|ftp):[/\\]*([^/\\?#]*)([^?#]*)(.*)", re.IGNORECASE | re.DOTALL)
_FILE = re.compile(r"file:[/\\]*([^/\\?#]*)", re.IGNORECASE)
_USERINFO = re.compile(r"^([A-Za-z][A-Za-z0-9+.\-]*:[/\\]*|[/\\]{2,})[^/\\]*@")
_NOT_IN_HOST = re.compile(r"[\x00-\x20#%/:<>?@\[\\\]^|\x7f]")
_NOT_IN_OPAQUE_HOST = re.compile(r"[\x00\t\n\r #/:<>?@\[\\\]^|]")
_DOTS = re.compile(r"(?<=/)(?:\.|%2e){1,2}(?=/|$)", re.IGNORECASE)  # URL, dot segments
# What is percent-encoded in a path, a query and a fragment (URL, percent-encode sets; | as Chromium does).
_PATH, _QUERY, _FRAGMENT = map(
    re.compile, (r"""[^!-~]|["<>^`{|}]""", r"""[^!-~]|["'<>]""", r"""[^!-~]|["<>`]""")
)
_HIGHEST_PORT = 65535
_MOST_DIGITS = 6
_LONGEST_LABEL = 63
_BLANK = "".join(map(chr, range(0x21)))


def origin_of(url: str) -> str:
    """The origin of a URL as serialised (HTML, Origin); `null` for what has none."""
    parts = _parsed(url)
    return "null" if parts is None or parts.scheme not in _HTTP else parts.origin


def is_http(url: str) -> bool:
    """Whether the URL's scheme is http or https, and it names a host."""
    return origin_of(url) != "null"


def serialised(url: str) -> str:
    """An http URL as browsers write it down (URL, URL serializing), without a user and a password; `..` stays."""
    behind = url.partition("://")[2]
    rest, number_sign, fragment = behind[len(re.split(r"[/\\?#]", behind, maxsplit=1)[0]) :].partition("#")
    path, question_mark, query = rest.partition("?")
    path = _PATH.sub(_quoted, path.replace("\\", "/") or "/")
    query, fragment = _QUERY.sub(_quoted, query), _FRAGMENT.sub(_quoted, fragment)
    return f"{origin_of(url)}{path}{question_mark}{query}{number_sign}{fragment}"


def _quoted(match: re.Match[str]) -> str:
    return quote(match[0], safe="")


def has_userinfo(url: str) -> bool:
    """Whether the URL includes credentials: a user or a password before its host."""
    parts = _parsed(url)
    return parts is not None and parts.userinfo.strip(":") != ""


def origin_parts(url: str) -> tuple[str, ...]:
    """Scheme, host and port as they count for the origin of a URL; none where the URL has no origin of these."""
    parts = _parsed(url)
    return (parts.scheme, parts.host, str(parts.port or _DEFAULT_PORTS[parts.scheme])) if parts else ()


def without_secrets(url: str) -> str:
    """What of a URL, or of a Location, anybody may see: no user, no password, no query and no fragment."""
    return _USERINFO.sub(r"\1", re.split(r"[?#]", _cleaned(url), maxsplit=1)[0])


def is_url(text: str) -> bool:
    """Whether a browser takes the value of a field for an absolute URL: what an origin in it has to be at least."""
    text = _cleaned(_from_bytes(text))
    if _SPECIAL.match(text):
        return _parsed(text) is not None
    if file := _FILE.match(text):
        return not file[1] or bool(_host(file[1]))
    scheme = _SCHEME.match(text)
    if scheme is None:
        return False
    rest = text[scheme.end() :]
    return not rest.startswith("//") or _is_opaque_authority(re.split(r"[/?#]", rest[2:], maxsplit=1)[0])


def follow(url: str, location: str) -> str | None:
    """Where a Location of `url` leads (Fetch, location URL); the fragment of `url` stays. None where it is no URL."""
    there = _cleaned(_from_bytes(location))
    scheme = _SCHEME.match(there)
    if scheme and scheme[0].lower() == f"{url.partition(':')[0].lower()}:":
        # The scheme of the URL that answered, without an authority, is as good as none: what follows is a path.
        rest = there[scheme.end() :]
        if not re.match(r"[/\\]{2}", rest):
            scheme, there = None, f"./{rest}" if _SCHEME.match(rest) else rest
    if scheme is None:
        path = re.split(r"[?#]", there, maxsplit=1)[0]
        there = path.replace("\\", "/") + there[len(path) :]
        there = f"{url.partition(':')[0]}:{there}" if there.startswith("//") else urljoin(url, there)
    elif scheme[0].lower() not in {"http:", "https:"}:
        return there if is_url(location) else None
    parts = _parsed(there)
    if parts is None:
        return None
    return str(parts) if "#" in there or "#" not in url else f"{parts}#{url.partition('#')[2]}"


@dataclass(frozen=True, slots=True)
class _Url:
    """A URL of a scheme that has hosts; `host` is as serialised, `port` None where it is the scheme's default."""

    scheme: str
    userinfo: str
    host: str
    port: int | None
    path: str
    rest: str

    @property
    def origin(self) -> str:
        return f"{self.scheme}://{self._authority}"

    @property
    def _authority(self) -> str:
        return self.host if self.port is None else f"{self.host}:{self.port}"

    def __str__(self) -> str:
        user = f"{self.userinfo}@" if self.userinfo.strip(":") else ""
        return f"{self.scheme}://{user}{self._authority}{self.path}{self.rest}"


def _parsed(text: str) -> _Url | None:
    special = _SPECIAL.match(_cleaned(text))
    if special is None:
        return None
    scheme, authority, path, rest = special[1].lower(), *special.groups()[1:]
    userinfo, _, host_and_port = authority.rpartition("@")
    host, port = _split(host_and_port)
    host = _host(host)
    if not host or not _is_port(port):
        return None
    number = _number(port) if port and _number(port) != _DEFAULT_PORTS[scheme] else None
    path = _DOTS.sub(lambda dots: unquote(dots[0]), path.replace("\\", "/") or "/")
    path = urljoin("http://a/", path).removeprefix("http://a")
    return _Url(scheme, userinfo, host, number, _encoded(path), _encoded(rest))


def _cleaned(text: str) -> str:
    """A URL as a parser reads it: no blanks around, no tabs or line ends within."""
    return re.sub(r"[\t\n\r]", "", text.strip(_BLANK))


def _from_bytes(text: str) -> str:
    """The value of a field, whose characters are bytes, as the UTF-8 that it should be."""
    return text.encode("latin-1", "replace").decode("utf-8", "surrogateescape")


def _encoded(text: str) -> str:
    """The end of a URL with what is no ASCII in it percent-encoded, as it is sent."""
    return re.sub(
        r"[^!-~]+", lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode("utf-8", "surrogateescape")), text
    )  # fmt: skip


def _split(authority: str) -> tuple[str, str]:
    """Host and port."""
    if not authority.startswith("["):
        host, _, port = authority.partition(":")
        return host, port
    host, bracket, port = authority.partition("]")
    return (host + bracket, port.removeprefix(":")) if port[:1] in {"", ":"} else (authority, "")


def _host(text: str) -> str:
    """A host as serialised (URL, host parsing), or nothing where it is none."""
    if text.startswith("["):
        try:
            return f"[{IPv6Address(text[1:-1]).compressed}]" if text.endswith("]") and "%" not in text else ""
        except AddressValueError:
            return ""
    try:
        text = unquote_to_bytes(text).decode("utf-8").lower()
    except UnicodeError:
        return ""
    try:
        host = text.encode("idna").decode("ascii")
    except UnicodeError:  # to Python, not to browsers, where a label is long or empty
        host = text if text.isascii() or any(len(label) > _LONGEST_LABEL for label in text.split(".")) else ""
    if _NOT_IN_HOST.search(host):
        return ""
    return ipv4(host) if ends_in_a_number(host) else host


def _is_port(port: str) -> bool:
    return not port or (port.isascii() and port.isdigit() and _number(port) <= _HIGHEST_PORT)


def _number(digits: str) -> int:
    """The number, or another one that is no port either: Python reads none of thousands of digits."""
    return int(digits.lstrip("0")[:_MOST_DIGITS] or 0)


def _is_opaque_authority(authority: str) -> bool:
    host, port = _split(authority.rpartition("@")[2])
    if not host:
        return not authority
    return _is_port(port) and (bool(_host(host)) if "[" in host else not _NOT_IN_OPAQUE_HOST.search(host))
