"""A target: the server that a route leads to, as written in a configuration or on the command line."""

import ipaddress
import re
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from devproxy.errors import ConfigError
from devproxy.hosts import ends_in_a_number, ipv4
from devproxy.problems import Problem

DEFAULT_PORTS = {"http": 80, "https": 443}
_SCHEMES = {"http": "http", "https": "https", "ws": "http", "wss": "https"}
_QUERY = re.compile(r"[?#]")
_EXAMPLE = "write a URL such as http://localhost:3001"
_MANGLED_SCHEME = re.compile(r"(https?|wss?)(?:[:;]/*|//+)", re.IGNORECASE)
_BEHIND_PORT = re.compile(r"(https?://[^/:]+:)([0-9]{1,5})[,;'\"`)\]}>]+", re.IGNORECASE)
_LONGEST_HOST = 254  # RFC 1035, section 2.3.4, and the dot of the root
_HOST = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*\.?")


@dataclass(frozen=True, slots=True)
class Target:
    """Scheme, host (lower case, IPv6 without brackets), port, and the path that is put in front of forwarded paths.

    `label` is what people read instead of a URL that they may not see, as in `${SECRET_URL}`. `socket` is the path of a Unix
    domain socket that stands for host and port. `verify_tls` and `ca_file` say which certificates are believed; `via` is a
    proxy on the way, asked by CONNECT (RFC 9110, section 9.3.6).
    """

    scheme: str
    host: str
    port: int
    path: str = ""
    label: str = field(default="", compare=False)
    socket: str = ""
    verify_tls: bool = True
    ca_file: str = ""
    via: "Target | None" = None
    #: whether this looks like a server of the developer's own: localhost, an IP address or a one-label name
    is_local: bool = field(init=False, repr=False, compare=False)

    #: what makes a connection to one target one to another: all but the path
    server: tuple[object, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        trust = (self.verify_tls, self.ca_file)
        via = self.via and self.via.server
        object.__setattr__(self, "server", (self.scheme, self.host, self.port, self.socket, *trust, via))
        local = is_local_name(self.host) or is_ip_address(self.host) or "." not in self.host
        object.__setattr__(self, "is_local", local or self.host == "host.docker.internal")

    @classmethod
    def parse(cls, text: str, label: str = "") -> "Target":
        """The target that a URL names; ws:// and wss:// mean the same server as http:// and https://.

        Raises ConfigError with the URL to write instead.
        """
        shown = _without_password(text)
        if text.lower().startswith("unix:"):
            return cls("http", "localhost", DEFAULT_PORTS["http"], label=label, socket=_socket_path(text))
        if not text.isprintable() or " " in text:  # urlsplit would drop some of these silently
            raise _refused(shown, "has blanks or control characters", _blanks_hint(shown))
        try:
            url = urlsplit(text)
            host = url.hostname
        except ValueError:
            raise _refused(shown, "is not a URL", _EXAMPLE) from None
        if url.scheme.lower() not in _SCHEMES or not url.netloc:
            raise _refused(shown, *_without_scheme(shown))
        if "@" in url.netloc:
            raise _refused(
                shown, "carries a user name or password", "set an Authorization header in headers.request.set"
            )
        if url.query or url.fragment or text.endswith(("?", "#")):
            raise _refused(shown, "has a query or a fragment", f"write {_QUERY.split(shown, maxsplit=1)[0]}")
        if (
            not host
            or "%" in host
            or not (is_ip_address(host) or (len(host) <= _LONGEST_HOST and _HOST.fullmatch(host)))
        ):
            raise _refused(shown, "has no valid host", _EXAMPLE)
        if ends_in_a_number(host) and not is_ip_address(host):
            raise _refused(
                shown, "spells an IPv4 address in another way than 127.0.0.1", _ipv4_hint(url, host)
            )
        port = _port(url)
        if port == 0:
            raise _refused(shown, "has no valid port", _port_hint(shown))
        if not url.path.isascii() or "\\" in url.path:
            raise _refused(shown, "has a path that cannot be sent as it stands", "percent-encode it")
        scheme = _SCHEMES[url.scheme.lower()]
        return cls(scheme, host, port or DEFAULT_PORTS[scheme], url.path, label)

    @property
    def authority(self) -> str:
        """`host` or `host:port`, as it stands in a Host field and in an origin."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """`scheme://authority`."""
        return f"{self.scheme}://{self.authority}"

    @property
    def name(self) -> str:
        """What messages call the server: its origin, its socket, or its label."""
        return self.label or (f"unix:{self.socket}" if self.socket else self.origin)

    def __str__(self) -> str:
        return self.label or f"{self.name}{self.path}"


def _socket_path(text: str) -> str:
    path = re.sub("^/{2,}", "/", text[len("unix:") :])
    if path.startswith("/") and path.isprintable():
        return path
    raise _refused(text, "has no absolute path", "write unix: and the whole path, as in unix:/run/app.sock")


def is_ip_address(host: str) -> bool:
    """Whether `host` (IPv6 without brackets) is an IP address rather than a name."""
    return _address(host) is not None


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address that `host` spells; ::ffff:127.0.0.1 is 127.0.0.1 (RFC 4291, section 2.5.5.2)."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    return (isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped) or address


def _ipv4_hint(url: SplitResult, host: str) -> str:
    port = _port(url)
    if port is None and host.isdecimal() and 0 < int(host) < 65536:
        return f"write {url.scheme}://localhost:{int(host)}{url.path}"
    dotted = ipv4(host)
    return f"write {url.scheme}://{dotted}{f':{port}' if port else ''}{url.path}" if dotted else _EXAMPLE


def is_this_machine(host: str) -> bool:
    """Whether `host` (lower case, IPv6 without brackets) surely is this machine; 0.0.0.0 and :: connect there, too."""
    address = _address(host)
    return is_loopback(host) or (address is not None and address.is_unspecified)


def is_local_name(host: str) -> bool:
    """Whether `host` (lower case) is localhost or below it (RFC 6761, section 6.3)."""
    name = host.removesuffix(".")
    return name == "localhost" or name.endswith(".localhost")


def _port(url: SplitResult) -> int | None:
    """The port, None where none is written, 0 where it is none."""
    try:
        return url.port
    except ValueError:
        return 0


def _without_scheme(text: str) -> tuple[str, str]:
    if not text:
        return "is not a URL", _EXAMPLE
    if text.removeprefix(":").isdigit():
        return "is not a URL", f"write the whole URL: http://localhost:{text.removeprefix(':')}"
    if "://" in text:
        scheme, _, rest = text.partition("://")
        if scheme.lower() in _SCHEMES:
            return "has no host", f"write a URL such as {scheme}://localhost:3001"
        return f"has the scheme {scheme!r}", _if_target("targets are http or https: ", f"http://{rest}")
    if mangled := _MANGLED_SCHEME.match(text):
        return "is not a URL", _if_target("write ", f"{mangled[1].lower()}://{text[mangled.end() :]}")
    rest = text.lstrip("/")
    return "is not a URL", _if_target(
        "add the scheme: ", f"http://[{rest}]" if is_ip_address(rest) and ":" in rest else f"http://{rest}"
    )


def _if_target(advice: str, url: str) -> str:
    """The advice to write `url`, or an example where that would be refused again."""
    try:
        Target.parse(url)
    except ConfigError:
        return _EXAMPLE
    return f"{advice}{url}"


def _blanks_hint(text: str) -> str:
    """The only URL among the words, or what to do with blanks."""
    words = [word for word in text.split() if "://" in word]
    if (
        len(words) == 1
        and words[0].isprintable()
        and (text.strip() == words[0] or not text.startswith(words[0]))
    ):
        return _if_target("write ", words[0])
    return "percent-encode them in a path, leave them out elsewhere"


def _port_hint(text: str) -> str:
    """The URL without what was typed behind its port, if that is all that is wrong with it."""
    found = _BEHIND_PORT.fullmatch(text)
    if found and 1 <= int(found[2]) <= 65535:
        return f"write {found[1]}{found[2]}"
    return "name the port that the target listens on, from 1 to 65535, as in http://localhost:3001"


def _without_password(text: str) -> str:
    """`text` fit for a message: what stands before an @ may be a password."""
    scheme, separator, rest = text.rpartition("//")
    return f"{scheme}{separator}…@{rest.rpartition('@')[2]}" if "@" in rest else text


def _refused(text: str, what: str, hint: str) -> ConfigError:
    return ConfigError([Problem("target", f"target {text!r} {what}", hint)])


def is_loopback(host: str) -> bool:
    """Whether `host` (lower case, IPv6 without brackets) is a loopback name or address."""
    address = _address(host)
    return is_local_name(host) or (address is not None and address.is_loopback)
