"""What prefixes, header fields and host names may say. Pure: a value in, its problems out, with paths into the value."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Literal
from urllib.parse import unquote

from devproxy.cors.names import ANSWERABLE_METHODS, ANY
from devproxy.cors.spelling import punycode
from devproxy.headers import HOP_BY_HOP, is_token
from devproxy.problems import Problem, nearest
from devproxy.target import Target, is_ip_address

Side = Literal["request", "response"]

# Top-level names below which nobody can register any (RFC 6761).
_NOBODYS = frozenset({"localhost", "test"})
_EVERYWHERE = frozenset({"*", "all", "any", "true"})
_LABEL = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
_HOST = re.compile(rf"{_LABEL}(\.{_LABEL})*\.?", re.IGNORECASE)

# What devproxy decides itself, on both sides: how a message is framed and what is said about one connection.
# Credentials for a proxy behind us are the one hop-by-hop field that only the user can know.
_FRAMING = (HOP_BY_HOP - {"proxy-authorization"}) | {"content-length"}
_DECIDED: Mapping[Side, Mapping[str, str]] = {
    "request": {
        **dict.fromkeys(_FRAMING, "devproxy frames messages itself"),
        "host": "change_origin decides which Host the target sees",
        "origin": "target_origin decides which Origin the target sees",
        "expect": "devproxy answers Expect itself",
        "forwarded": "it would contradict the Host that the target sees",
    },
    "response": dict.fromkeys(_FRAMING, "devproxy frames messages itself"),
}


_PROJECT = re.compile(r"\w[\w. -]*")
_LONGEST_PROJECT = 60

# What stands in a route's name where other tools take patterns: parameters, globs, regular expressions, lists.
_PATTERN = re.compile(r"/:\w|[{}<>\[\]|^`]|\$$|\.\+|,/")
_AUTHORITY = re.compile(
    r"^(?:[a-z]+://[^/]*|[\w-]+(?:\.[\w-]+)+(?::\d+)?(?=/)|[\w-]+:\d+(?=/))", re.IGNORECASE
)
_INNER_PATH = re.compile(r"[\s`'\"(^](/[^\s`'\"|]*)")


def normal_prefix(prefix: str) -> str:
    """`/api/` is `/api`."""
    return prefix.rstrip("/") or "/"


def same_prefix(prefix: str) -> str:
    """What two spellings of one prefix have in common."""
    return unquote(normal_prefix(prefix))


def prefix_problem(prefix: str) -> Problem | None:
    """What keeps this from being a path prefix, if anything does."""
    if "${" in prefix:
        hint = "write out what it holds, as in /api"
        return Problem("prefix", f"route {prefix!r} has a variable, and keys take none", hint)
    if fault := _prefix_fault(prefix):
        return Problem("prefix", f"route {prefix!r} {fault}", f"write {as_prefix(prefix)}")
    return None


def renaming_problems(names: Mapping[str, str]) -> Iterator[Problem]:
    """What keeps these from being beginnings of paths, and what stands there instead."""
    for old, new in names.items():
        if problem := prefix_problem(old):
            yield replace(problem, message=problem.message.removeprefix("route "), path=(old,))
        elif fault := _prefix_fault(new):
            yield Problem("path", f"{new!r} {fault}", f"write {as_prefix(new)}", path=(old,))


def _prefix_fault(prefix: str) -> str:
    decoded = unquote(prefix)
    if not prefix.startswith("/"):
        return "must start with '/'"
    if "?" in prefix or "#" in prefix:
        return "has a query or a fragment: a route is chosen by path alone"
    if "*" in prefix:
        return "has a '*': a prefix takes everything below it without one"
    if _PATTERN.search(prefix):
        return "is a pattern: a prefix is compared letter by letter, and takes everything below it"
    if (
        not decoded.isprintable()
        or " " in prefix
        or "\\" in decoded
        or decoded.count("/") != prefix.count("/")
    ):
        return "has characters that no path has"
    if set(decoded.removesuffix("/").split("/")[1:]) & {"", ".", ".."} and decoded != "/":
        return "has an empty or a dot segment"
    return ""


def as_prefix(text: str) -> str:
    """The prefix that is meant by a URL, a glob, a regular expression or another server's rule."""
    encoded = text.replace(" ", "%20")
    if not _prefix_fault(encoded):
        return encoded
    path = _AUTHORITY.sub("", unquote(text))
    if not path.startswith("/") and (inner := _INNER_PATH.search(path)):
        path = inner[1]
    path = re.sub(r"\(([^|)]*)[^)]*\)?", r"\1", path.replace("\\", "/"))  # of several words the first
    path = re.split(r"[?#*$({<\[|,]|/:|\.\+", path, maxsplit=1)[0]
    words = ("".join(re.findall(r"[\w.~!&'+,;=:@-]", segment)) for segment in path.split("/"))
    return "/" + "/".join(word for word in words if word not in {"", ".", ".."})


def fields_problems(side: Side, values: Mapping[str, str], removed: Iterable[str]) -> Iterator[Problem]:
    """What keeps these header fields from being set and removed; paths begin with "set" or "remove"."""
    seen: dict[str, str] = {}
    for name, value in values.items():
        if fault := _name_fault(side, name, "set"):
            yield Problem("header_name", *fault, path=("set", name))
        elif first := seen.get(name.lower()):
            yield Problem(
                "header_name", f"headers {first!r} and {name!r} are the same", "keep one", path=("set", name)
            )
        elif _is_unsendable(value):
            yield Problem(
                "header_value",
                f"header {name!r} has a value that cannot be sent",
                _SENDABLE,
                path=("set", name),
            )
        seen.setdefault(name.lower(), name)
    for index, name in enumerate(removed):
        if fault := _name_fault(side, name, "removed"):
            yield Problem("header_name", *fault, path=("remove", index))


_SENDABLE = "header values are one line of Latin-1 characters; percent-encode others"


def _is_unsendable(value: str) -> bool:
    # RFC 9110, section 5.5: no control character but the tab.
    return any(ord(c) > 0xFF or (ord(c) < 0x20 and c != "\t") or ord(c) == 0x7F for c in value)


def _name_fault(side: Side, name: str, verb: str) -> tuple[str, str] | None:
    if not is_token(name):
        return f"{name!r} is not a header name", f"write {_as_header_name(name)}"
    if side == "response" and name.lower().startswith("access-control-"):
        hint = "remove it: devproxy replaces the target's CORS headers by what the keys of cors say"
        return f"header {name!r} cannot be {verb} here", hint
    if why := _DECIDED[side].get(name.lower()):
        return f"header {name!r} cannot be {verb}", f"remove it: {why}"
    return None


def _as_header_name(text: str) -> str:
    name = re.sub(r"[\s_]+", "-", text.partition(":")[0].strip())
    return name if is_token(name) else "X-Dev-User"


def hosts_problems(hosts: Iterable[str], key: str = "allowed_hosts") -> Iterator[Problem]:
    """Which of these are no host names."""
    for index, host in enumerate(hosts):
        if not _HOST.fullmatch(host) or host in _EVERYWHERE:
            name = "" if host in _EVERYWHERE else _bare_host(host)
            hint = f"write {name}" if name else "name each host, as in app.test"
            yield Problem("host", f"{host!r} in {key} is not a host name", hint, path=(index,))


def host_patterns_problems(hosts: Iterable[str]) -> Iterator[Problem]:
    """Which of these are neither host names nor patterns of them that nobody else could own."""
    for index, host in enumerate(hosts):
        name = host.removeprefix("*.").lower().removesuffix(".")
        if host == "*":
            hint = "remove it: without hosts a route answers under every name that no other one lists"
            yield Problem("host", "'*' in hosts is not a host name", hint, path=(index,))
        elif is_ip_address(name) and name == host:
            continue
        elif host.startswith("*.") and _HOST.fullmatch(name) and "." not in name and name not in _NOBODYS:
            message = f"{host!r} in hosts takes names that others own: a page of theirs could be led here"
            yield Problem("host", message, f'write "*.app.{name}", with a name of your own', path=(index,))
        else:
            bare = host.removeprefix("*.")
            for problem in hosts_problems([bare], "hosts"):
                message, star = f"{host!r} in hosts is not a host name", host.removesuffix(bare)
                hint = problem.hint.replace("write ", f"write {star}", 1)
                yield replace(problem, message=message, hint=hint, path=(index,))


def include_problems(patterns: Iterable[str]) -> Iterator[Problem]:
    """Which of these cannot name files in the folder of a configuration, or below it."""
    for index, pattern in enumerate(patterns):
        parts = re.split(r"[/\\]", pattern)
        if pattern.startswith(("/", "~", "\\")) or ":" in parts[0] or ".." in parts:
            inside = "/".join(
                part for part in parts[-2:] if part and part not in {"..", "~"} and ":" not in part
            )
            message = f"include: {pattern} leads out of this file's folder"
            yield Problem(
                "include", message, f"move the files, and write {inside or 'conf.d/*.yaml'}", path=(index,)
            )
        elif "**" in parts:
            hint = "name the folder, as in conf.d/*.yaml or apps/*/devproxy.yaml"
            yield Problem(
                "include", f"include: {pattern} would search every folder below", hint, path=(index,)
            )
        elif not pattern:
            yield Problem("include", "include: an empty name", "write conf.d/*.yaml", path=(index,))


def project_problem(name: str) -> Problem | None:
    """What keeps this from being what a project is called."""
    if not name or (_PROJECT.fullmatch(name) and len(name) <= _LONGEST_PROJECT):
        return None
    close = re.sub(r"[^\w. -]+", "-", name[:_LONGEST_PROJECT]).strip("-. ")
    hint = f"write {close or 'shop'}"
    return Problem("project", f"project {name!r} is no name: letters, digits, - and _", hint)


def skip_problems(patterns: Iterable[str]) -> Iterator[Problem]:
    """Which of these patterns can match no path."""
    for index, pattern in enumerate(patterns):
        if not pattern.startswith(("/", "*")):
            hint = f"write /{pattern.rpartition('://')[2].partition('/')[2] or pattern}"
            yield Problem("skip", f"{pattern!r} in skip matches no path", hint, path=(index,))


def trust_problems(target: Target, *, verify: bool, ca_file: str) -> Iterator[Problem]:
    """Keys about certificates that change nothing."""
    keys = [key for key, said in (("verify_tls", not verify), ("ca_file", ca_file)) if said]
    if target.scheme == "http":
        for key in keys:
            message = f"{key} has no effect: the target is http and shows no certificate"
            yield Problem("no_tls", message, "remove it, or write https://", (key,), severity="warning")
    elif len(keys) > 1:
        message = "ca_file has no effect beside verify_tls: false"
        yield Problem("no_tls", message, "remove verify_tls", ("ca_file",), severity="warning")


def via_problem(via: Target) -> Problem | None:
    """What keeps this from being a proxy on the way."""
    if via.scheme == "http" and not via.path.strip("/") and not via.socket:
        return None
    return Problem("via", f"via: {via} is no proxy's address", f"write http://{via.host}:{via.port}")


def methods_problems(methods: Sequence[str]) -> Iterator[Problem]:
    """What keeps these from being the only methods that a route takes."""
    if not methods:
        hint = "list methods, as in [GET, HEAD], or leave it out for all of them"
        yield Problem("methods", "only_methods is empty: nothing could reach the target", hint)
    for index, method in enumerate(methods):
        if method not in ANSWERABLE_METHODS | {ANY}:
            near = nearest(method.upper(), sorted(ANSWERABLE_METHODS))
            hint = f"write {near}" if near else "methods are GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
            yield Problem("methods", f"{method!r} is no method that devproxy takes", hint, path=(index,))


def listen_problem(host: str) -> Problem | None:
    """Whether this cannot be listened on."""
    if is_ip_address(host) or (_HOST.fullmatch(host) and host not in _EVERYWHERE):
        return None
    if host in _EVERYWHERE:
        hint = "write localhost, or 0.0.0.0 to let the whole network in"
    elif is_ip_address(address := host.removeprefix("[").partition("]")[0]):
        hint = f'write "{address}"'
    else:
        hint = (
            f"write {name}" if (name := _bare_host(host)) else "a host name or an IP address, as in localhost"
        )
    return Problem("host", f"host must be a host name or an IP address, found {host!r}", hint)


def _bare_host(text: str) -> str:
    """The host name inside a URL, an authority or a pattern; nothing where there is none."""
    rest = text.rpartition("://")[2].rpartition("@")[2]
    name = punycode(re.split(r"[/:?#]", rest.removeprefix("*").removeprefix("."), maxsplit=1)[0])
    return name if _HOST.fullmatch(name) else ""
