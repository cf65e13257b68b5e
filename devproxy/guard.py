"""May this request talk to us at all? Against rebound names, open-proxy tricks and pages of other sites.

The attacker to think of is a web page in the developer's own browser: loopback is no wall against it.
Refusals are values. Order: HTTP version, method, request target, Host, loops; then, once a route is found, the page.
This module must not know routes, targets or how a policy is answered.
"""

import ipaddress
import re
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple

from devproxy.answers import OwnAnswer, Unlisted
from devproxy.cors.names import PARSED_METHODS
from devproxy.cors.origin import Origin, without_userinfo
from devproxy.cors.policy import CorsPolicy
from devproxy.framing import Framing, Malformed, request_framing
from devproxy.headers import Headers, is_token
from devproxy.hosts import fitting
from devproxy.message import RequestHead
from devproxy.target import is_ip_address, is_local_name, is_loopback

VERSIONS = frozenset({(1, 0), (1, 1)})
# Chromium sends up to 180 cookies of 4 KiB, but no common server takes that: Node 16 KiB, nginx 32 KiB.
HEAD_LIMIT = 32 * 1024
FIELD_LIMIT = 500
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

# In a tunnel of these, further requests would pass unseen by this guard; RFC 9113 has dropped h2c for good.
_HTTP_ITSELF = frozenset({"h2", "h2c", "h3", "http", "tls"})

_AUTHORITY = re.compile(
    r"(?:\[(?P<v6>[0-9A-Fa-f:.]{2,45})\]|(?P<name>[0-9A-Za-z_.-]{1,255}))(?::(?P<port>[0-9]{1,5}))?"
)
_VISIBLE = re.compile(r"[!-~]+")
_ORIGIN = re.compile(r"(?P<scheme>https?)://(?P<authority>[^/]+)")

_COOKIES = "Cookies ignore ports: clear those that other projects have left at this host."
VERSION_NOT_SUPPORTED = OwnAnswer("version_not_supported", "devproxy speaks HTTP/1.1 and HTTP/1.0.")
_BAD_HOST = OwnAnswer("bad_host", "The Host is not a host name or IP address with an optional port.")
UNKNOWN_METHOD = OwnAnswer(
    "bad_request", "The method is not a registered one; case counts: write PATCH, not patch."
)
NOT_ASCII = OwnAnswer("bad_target", "The request target has bytes that must be percent-encoded.")


@dataclass(frozen=True, slots=True)
class Authority:
    """The host (lower case, IPv6 without brackets, no trailing dot) and port of a Host field (RFC 9110, section 7.2)."""

    host: str
    port: int | None
    is_ip: bool

    @property
    def is_local(self) -> bool:
        """Whether this is a loopback name or an IP address: what every local framework accepts as Host."""
        return self.is_ip or is_local_name(self.host)

    @property
    def is_loopback(self) -> bool:
        """Whether this is a loopback name or address."""
        return is_loopback(self.host)


class Admitted(NamedTuple):
    """A request that may talk to us: what it asked for, in the one form the rest of the house uses.

    `host` is the Host value to go by (None: an HTTP/1.0 client without one), `path` and `query` are raw; the query
    keeps its question mark, so that path + query is the request target in origin-form. `body` is its framing.
    """

    host: str | None
    authority: Authority | None
    path: str
    query: str
    body: Framing


# Browsers send few different Host values, so parsing them again and again is wasted; the bound keeps forged ones out.
@lru_cache(maxsize=256)
def parse_authority(text: str) -> Authority | None:
    """The authority that `text` spells, or None where it is none."""
    match = _AUTHORITY.fullmatch(text)
    if match is None or int(match["port"] or 1) not in range(1, 65536):
        return None
    port = int(match["port"]) if match["port"] else None
    if match["v6"]:
        return (
            Authority(match["v6"].lower(), port, is_ip=True)
            if ":" in match["v6"] and is_ip_address(match["v6"])
            else None
        )
    host = match["name"].lower()
    if host.startswith(".") or ".." in host:
        return None
    host = host.removesuffix(".")
    return Authority(host, port, is_ip=is_ip_address(host))


def admit(head: RequestHead, allowed_hosts: frozenset[str], *, via: str) -> Admitted | OwnAnswer:
    """The request as the rest of the house may see it, or why it may not (cheap checks first).

    `allowed_hosts` are the lower-case names and patterns (`*.app.test`) taken besides localhost, *.localhost and IP addresses, which cannot be
    rebound. `via` is this process's name in Via: who meets it again is going in circles.
    """
    refused = _refuse_head(head)
    if refused:
        return refused
    body = request_framing(head)
    if isinstance(body, Malformed):
        return ambiguous_body(body)
    if "expect" in head.headers and head.version >= (1, 1) and not _expects_continue(head):
        return OwnAnswer(
            "expectation_failed", "The only expectation that devproxy passes on is 100-continue."
        )
    asked = _origin_form(head, body)
    if isinstance(asked, OwnAnswer):
        return asked
    if asked.authority and not _host_allowed(asked.authority, allowed_hosts):
        return _host_refused(asked.authority.host)
    if "via" in head.headers and any(via in line for line in head.headers.lines("via")):
        return OwnAnswer(
            "loop",
            "This request has already been through this devproxy: a target leads back to it.",
            hint="Point the route at the backend's own port, not at devproxy's.",
        )
    return asked


def head_too_large(target: str, headers: Headers) -> OwnAnswer:
    """What is said of a head over the limit: which part of it takes the most room."""
    name, size = max(
        ((name, len(name) + len(value)) for name, value in headers), key=itemgetter(1), default=("", 0)
    )
    limit = f"devproxy takes {HEAD_LIMIT // 1024} KiB for the whole head."
    if len(target) > size:
        return OwnAnswer("target_too_long", f"The request target has {len(target)} bytes; {limit}")
    return OwnAnswer(
        "head_too_large",
        f"The largest header field, {name[:100]}, has {size} bytes; {limit}",
        hint=_COOKIES if name.lower() == "cookie" else "",
    )


def ambiguous_body(fault: Malformed) -> OwnAnswer:
    """What is said of a request whose body has no single end."""
    return OwnAnswer("bad_framing", f"The request has {fault.reason}; two servers could read it differently.")


def is_own_page(head: RequestHead, host: str | None) -> bool:
    """Whether this listener served the page that asks: its Origin is the one by which it asks, with the admitted Host.

    A page of https counts on a listener of http, because a tunnel in front may have added TLS; none takes it away.
    """
    if host is None or head.origin is None or not head.origin.endswith(host.lower()):
        return False
    match = _ORIGIN.fullmatch(head.origin)
    return (
        match is not None and match["authority"] == host.lower() and match["scheme"] in {head.scheme, "https"}
    )


def wanted_upgrade(head: RequestHead, body: Framing) -> str:
    """The protocols that this request asks to switch to, as it spells them (RFC 9110, section 7.8); "" for none.

    A request with a body stays HTTP, and so does one that only asks for HTTP in other clothes.
    """
    if "upgrade" not in head.headers or head.version < (1, 1) or not body.is_empty:
        return ""
    if "upgrade" not in head.headers.connection_options():
        return ""
    return ", ".join(filter(_is_another_protocol, head.headers.elements("upgrade")))


def _is_another_protocol(protocol: str) -> bool:
    name, slash, version = protocol.partition("/")
    spelled = is_token(name) and (is_token(version) or not slash)
    return spelled and name.lower() not in _HTTP_ITSELF


def is_near(address: str, gateway: str) -> bool:
    """Whether a peer is on the developer's own machine: a loopback address, or the `gateway` of the container we run in."""
    try:
        peer = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = peer.ipv4_mapped if isinstance(peer, ipaddress.IPv6Address) else None
    return (mapped or peer).is_loopback or str(mapped or peer) == gateway


def refuse_upgrade(head: RequestHead, asked: Admitted, policy: CorsPolicy) -> OwnAnswer | None:
    """Why this page may not open a tunnel, or None: browsers send WebSocket handshakes, cookies included, to anyone.

    The proxy's own pages and those that `policy` knows may; `*` does not count. Without an Origin no browser asks.
    """
    origin = head.origin
    if origin is None or is_own_page(head, asked.host) or policy.knows(origin):
        return None
    return OwnAnswer(
        "cross_site",
        f"A page at {_shown(origin)} tried to open a WebSocket. The policy does not name that page, and browsers "
        "check no CORS here, so devproxy refused. Nothing reached the backend.",
        unlisted=_unlisted(origin, policy),
    )


def refuse_method(head: RequestHead, only_methods: tuple[str, ...] | None) -> OwnAnswer | None:
    """Why a request with this method may not go on to a target that takes `only_methods`, or None.

    A preflight that nobody here has answered counts as the method that it asks for.
    """
    asked = head.headers.lines("access-control-request-method") if head.method == "OPTIONS" else ()
    method = asked[0].strip() if asked and "origin" in head.headers else head.method
    if only_methods is None or method in only_methods:
        return None
    allowed = ", ".join(only_methods)
    return OwnAnswer(
        "method_not_allowed",
        f"This route takes {allowed} only. Nothing reached the backend.",
        hint="If the backend should get it, add the method to only_methods of this route.",
        fields=(("Allow", allowed),),
    )


def refuse_write(head: RequestHead, asked: Admitted, policy: CorsPolicy) -> OwnAnswer | None:
    """Why this page may not send a state-changing request, or None: a form or a no-cors fetch needs no permission.

    Requests without Origin and Sec-Fetch-Site (W3C Fetch Metadata, section 2.4), from programs, pass.
    """
    if head.method in SAFE_METHODS:
        return None
    origin = head.origin
    if origin is None:
        if head.headers.get("sec-fetch-site") != "cross-site":
            return None
    elif is_own_page(head, asked.host) or policy.allows(origin):
        return None
    page = "a page of another site" if origin is None else f"a page at {_shown(origin)}"
    return OwnAnswer(
        "cross_site",
        f"This {head.method} came from {page}, which the policy does not allow. Nothing reached the backend.",
        hint="A login that posts a form from another site needs block_cross_site: false on this route.",
        unlisted=_unlisted(origin, policy),
    )


def refuse_reader(head: RequestHead, policy: CorsPolicy) -> OwnAnswer:
    """Why the preflight of a page that `policy` does not allow is refused."""
    origin = head.origin or ""
    return OwnAnswer(
        "origin_not_allowed",
        f"The policy does not allow pages at {_shown(origin)} to read answers here.",
        unlisted=_unlisted(origin, policy),
    )


def _refuse_head(head: RequestHead) -> OwnAnswer | None:
    """Why this is no request for us, whatever it asks for."""
    if head.version not in VERSIONS:
        return VERSION_NOT_SUPPORTED
    if len(head.target) + head.headers.size > HEAD_LIMIT:
        return head_too_large(head.target, head.headers)
    if len(head.headers) > FIELD_LIMIT:
        return OwnAnswer(
            "head_too_large",
            f"The request has {len(head.headers)} header fields; devproxy takes {FIELD_LIMIT}.",
        )
    if head.method not in PARSED_METHODS:
        return UNKNOWN_METHOD
    if head.method in {"CONNECT", "TRACE"}:
        return OwnAnswer(
            "method_not_allowed",
            f"{head.method} is not served: devproxy forwards to its routes only.",
            fields=(("Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"),),
        )
    return None


def _expects_continue(head: RequestHead) -> bool:
    return all(line.strip().lower() == "100-continue" for line in head.headers.lines("expect"))


def _origin_form(head: RequestHead, body: Framing) -> Admitted | OwnAnswer:
    hosts = head.headers.lines("host")
    if len(hosts) > 1 or (not hosts and head.version == (1, 1)):
        return OwnAnswer("bad_host", "An HTTP/1.1 request has exactly one Host field.")
    host = hosts[0].strip(" \t") if hosts else None
    if host is not None and parse_authority(host) is None:
        return _BAD_HOST
    target = head.target
    if "#" in target:
        return OwnAnswer(
            "bad_target", "The request target has a fragment ('#'); clients keep that to themselves."
        )
    if not _VISIBLE.fullmatch(target):
        return NOT_ASCII
    if not target.startswith("/"):
        scheme, separator, rest = target.partition("://")
        if not separator or scheme.lower() not in {"http", "https"}:
            return OwnAnswer("bad_target", "The request target is neither a path nor an http URL.")
        # RFC 9112, section 3.2.2: the authority of an absolute-form target takes the place of Host.
        end = min((i for i in (rest.find("/"), rest.find("?")) if i >= 0), default=len(rest))
        host, target = rest[:end], rest[end:]
        target = target if target.startswith("/") else "/" + target
    authority = parse_authority(host) if host is not None else None
    if host is not None and authority is None:
        return _BAD_HOST
    path, question_mark, query = target.partition("?")
    return Admitted(host, authority, path, question_mark + query, body)


def _host_allowed(authority: Authority, allowed_hosts: frozenset[str]) -> bool:
    return authority.is_local or fitting(authority.host, allowed_hosts) is not None


def _host_refused(host: str) -> OwnAnswer:
    return OwnAnswer(
        "host_not_allowed",
        f"The name {host!r} is not one of devproxy's: any web page could point a name of its own at this machine "
        "and read what is served here.",
        hint=f"If the name is yours, add it to the configuration:  listen: {{allowed_hosts: [{host}]}}",
    )


def _unlisted(origin: str | None, policy: CorsPolicy) -> Unlisted | None:
    named = Origin.parse(origin) if origin else None
    return Unlisted(str(named), policy.place) if named else None


def _shown(origin: str) -> str:
    return repr(without_userinfo(origin)[:100])
