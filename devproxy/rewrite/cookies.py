"""Set-Cookie as a browser keeps it here (RFC 6265bis): a target sets cookies for its own name, path and scheme.

Each line is changed by itself and only where it must be; every other byte stays. This module must not know policies.
"""

import re

from devproxy.guard import parse_authority
from devproxy.message import RequestHead
from devproxy.rewrite.paths import to_client_scope
from devproxy.routing import Route

# These keep Secure cookies of http://localhost; WebKit does not, and neither does whoever is unknown. On iOS every
# browser is WebKit and says so (CriOS, FxiOS).
_KEEPS_SECURE = re.compile(r"\b(?:Chrome|Firefox)/")
_PREFIXES = ("__host-", "__secure-")
_SECURE_ONLY = frozenset({"secure", "partitioned"})
_HTTP_ONLY = re.compile(r";\s*httponly\s*(?:[;=]|$)", re.IGNORECASE)
_AT_ROOT = re.compile(r";\s*path\s*=\s*/\s*(?:;|$)", re.IGNORECASE)
_DELETES = re.compile(r";\s*(?:max-age\s*=\s*[-0]|expires\s*=[^;]*\b1970\b)", re.IGNORECASE)


def keeps_secure(client: RequestHead) -> bool:
    """Whether this client keeps Secure cookies of this listener: over TLS all do, else some on loopback names."""
    if client.secure:
        return True
    host = parse_authority(client.headers.get("host", ""))
    return (
        host is not None
        and host.is_loopback
        and _KEEPS_SECURE.search(client.headers.get("user-agent", "")) is not None
    )


def client_cookie(line: str, route: Route, *, secure: bool) -> str:
    """A Set-Cookie line as the client gets it: without Domain, its Path below a stripped prefix.

    Path=/ stays where script may read the cookie (a CSRF token), because the page that does is not below the prefix.
    Unless `secure`, without Secure and what needs it: SameSite=None becomes Lax.
    """
    for_script = _HTTP_ONLY.search(line) is None
    pair, *attributes = line.split(";")
    kept = [pair]
    for attribute in attributes:
        name, separator, value = attribute.partition("=")
        match name.strip().lower():
            case "domain":
                continue
            case "path" if (path := value.strip()).startswith("/") and not (for_script and path == "/"):
                here = to_client_scope(route, path)
                kept.append(f"{name}{separator}{here}" if here not in {None, path} else attribute)
            case "samesite" if not secure and value.strip().lower() == "none":
                kept.append(f"{name}{separator}Lax")
            case word if word in _SECURE_ONLY and not secure:
                continue
            case _:
                kept.append(attribute)
    return ";".join(kept)


def deletion_of_http_only(line: str) -> str | None:
    """What also deletes the cookie if it was set with HttpOnly, and so below a stripped prefix; None where `line` does, or deletes none.

    A line that deletes needs no HttpOnly, and frameworks leave it out.
    """
    if _HTTP_ONLY.search(line) or not _AT_ROOT.search(line) or not _DELETES.search(line):
        return None
    return f"{line}; HttpOnly"


def cookie_name(line: str) -> str:
    """The name of the cookie that a Set-Cookie line sets."""
    return line.partition("=")[0].strip()


def needs_secure(name: str) -> bool:
    """Whether browsers take a cookie of this name with Secure only (RFC 6265bis, section 4.1.3)."""
    return name.lower().startswith(_PREFIXES)
