"""What is legal but surely not meant: warnings about whole routes. Those about origins are the
policy's own, and a prefix that can never match is an error (`rules`).
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from devproxy.problems import Problem
from devproxy.routing import Route, Router
from devproxy.target import Target

# Names that no public DNS has (RFC 6761, RFC 6762, RFC 8375, and ICANN's .internal), or that nobody else answers.
_PRIVATE = (".test", ".local", ".internal", ".home.arpa", ".lan", ".invalid")


def doubts(route: Route, router: Router) -> Iterator[Problem]:
    """Warnings about one of the router's routes; paths begin with a key of the route, or are empty."""
    found = (
        _plain_http(route),
        _unverified(route),
        _placeholder(route),
        _nothing_to_strip(route),
        _nobody(router, route),
    )
    return (problem for problem in found if problem)


def _warning(code: str, message: str, hint: str, *path: str) -> Problem:
    return Problem(code, message, hint, path, severity="warning")


def _plain_http(route: Route) -> Problem | None:
    target = route.target
    if target.scheme != "http" or _is_private(target):
        return None
    message = f"target {target.name} is public and not encrypted: whoever is on the way reads and changes everything"
    secure = Target("https", target.host, 443 if target.port == 80 else target.port, target.path)
    return _warning("plain_http", message, f"write {secure} if it speaks TLS", "target")


def _placeholder(route: Route) -> Problem | None:
    """Paths travel behind the target's own as they are: nothing is filled in."""
    path = re.split(r"\*|\$[0-9{]|/:|\{", route.target.path, maxsplit=1)[0]
    if path == route.target.path:
        return None
    target = replace(route.target, path=path.rstrip("/"))
    message = (
        f"the path of target {route.target} is put in front of every path as it stands, placeholders too"
    )
    return _warning("placeholder", message, f"write {target}", "target")


def _unverified(route: Route) -> Problem | None:
    target = route.target
    if target.scheme != "https" or target.verify_tls or _is_private(target):
        return None
    message = f"verify_tls: false on {target.name}: whoever is on the way can read and change everything"
    return _warning("unverified", message, "name the certificate to trust in ca_file instead", "verify_tls")


def _is_private(target: Target) -> bool:
    return target.is_local or target.host.removesuffix(".").endswith(_PRIVATE)


def _nothing_to_strip(route: Route) -> Problem | None:
    if not route.strip_prefix or route.prefix != "/":
        return None
    return _warning("strip_root", "strip_prefix does nothing on route /", "remove it", "strip_prefix")


def _nobody(router: Router, route: Route) -> Problem | None:
    """A route with a secret of its own serves named pages, and those of the proxy itself."""
    if not route.has_own_secret or route.policy is None or route.policy.allow_origins:
        return None
    if route.prefix != "/" and router.find("/") is not None:
        return None
    message = f"route {route.prefix} adds a secret of its own, and no page is named that may make use of it"
    hint = 'add cors: {allow_origins: ["http://localhost:5173"]} with the origin of your page'
    return _warning("secret_unused", message, hint)
