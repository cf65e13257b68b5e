"""`devproxy health`: asks a running devproxy, or any server, whether it is well; exit code 0 or 1, for a container's health check.

It runs every few seconds, so it needs the standard library only, and no more of it than a socket.
"""

import argparse
import os
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress

_PATH = "/__devproxy__/health"
_PORT = 8484
# A health check that takes longer is a failed one; devproxy answers in a few milliseconds.
_SECONDS = 5.0
_ENOUGH = 4096
_SHOWN = 40


def main(arguments: Sequence[str]) -> int:
    """Ask, say what came of it, and return the exit code."""
    parser = argparse.ArgumentParser(
        "devproxy health",
        description="Ask a running devproxy, or with a path in --url any server, whether it is well.",
    )
    parser.add_argument("--port", "-p", metavar="PORT", help="its port  [default: DEVPROXY_PORT, or 8484]")
    parser.add_argument(
        "--url",
        metavar="URL",
        help="where it listens, as in http://127.0.0.1:8484; with a path, as in http://127.0.0.1:3001/health, any 2xx is well",
    )
    given = parser.parse_args(arguments)
    port = given.port or os.environ.get("DEVPROXY_PORT") or str(_PORT)
    place = _place(given.url) if given.url else ("localhost", port, "")
    if place is None:
        parser.error("--url is http://HOST or https://HOST, with :PORT and a path behind it if need be")
    host, port, path = place
    if not (port.isascii() and port.isdigit() and len(port) <= 5 and 0 < int(port) < 65536):
        parser.error(f"{port[:_SHOWN]!r} is no port: it is a number from 1 to 65535")
    who = "server" if path else "devproxy"
    secure = bool(given.url) and given.url.lower().startswith("https:")
    try:
        answer = _ask(host, int(port), path, tls=secure) or _ask(host, int(port), path, tls=not secure)
    except OSError as error:
        sys.stderr.write(f"error: no {who} answers on {host}:{port} ({error.strerror or error})\n")
        return 1
    if (_is_ok if path else _is_devproxy)(answer):
        sys.stdout.write(f"ok: {'a ' if path else ''}{who} answers on {host}:{port}{path}\n")
        return 0
    if not path and '"status":"stale"' in answer:
        sys.stderr.write(
            f"error: the configuration of devproxy on {host}:{port} was last saved with mistakes; it serves the one before\n"
        )
        return 1
    sys.stderr.write(f"error: what answers on {host}:{port}{path} is not a {who} that is well\n")
    return 1


def _place(url: str) -> tuple[str, str, str] | None:
    """Host, port, and the path with its query; an empty one where there is none but `/`, which is where devproxy listens."""
    scheme, separator, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    default = {"http": "80", "https": "443"}.get(scheme.lower())
    if default is None or not separator or not authority:
        return None
    if not url.isascii() or not url.isprintable() or " " in url:
        return None
    path = slash + path if path else ""
    if authority.startswith("["):
        host, _, port = authority[1:].partition("]")
        return host, port.removeprefix(":") or default, path
    host, _, port = authority.partition(":")
    return host, port or default, path


def _is_ok(answer: str) -> bool:
    """Whether the status is one of success (RFC 9110, section 15.3)."""
    version, _, status = answer.partition("\r\n")[0].partition(" ")
    return version.startswith("HTTP/") and status.startswith("2")


def _is_devproxy(answer: str) -> bool:
    return " 200 " in answer.partition("\r\n")[0] and '"status":"ok"' in answer


def _ask(host: str, port: int, path: str, *, tls: bool) -> str:
    """What is answered; nothing where a listener with TLS hears no TLS, or one without it does."""
    name = f"[{host}]" if ":" in host else host
    request = f"GET {path or _PATH} HTTP/1.1\r\nHost: {name}:{port}\r\nConnection: close\r\n\r\n"
    answer = b""
    connection = socket.create_connection((host, port), _SECONDS)
    with suppress(OSError), _secured(connection) if tls else connection as speaking:
        speaking.sendall(request.encode("ascii", "replace"))
        while len(answer) < _ENOUGH and (part := speaking.recv(_ENOUGH)):
            answer += part
    return answer.decode("latin-1")


def _secured(connection: socket.socket) -> socket.socket:
    """TLS with whoever is there: the question is whether it is well, and no secret is told."""
    import ssl  # noqa: PLC0415  # it takes longer than the whole check, and is seldom needed

    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with connection:  # the wrapped one has taken the socket over
        return context.wrap_socket(connection)
