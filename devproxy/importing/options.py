"""What an entry of a proxy table means: the options of http-proxy, which Vite, Angular and webpack share, as keys of a route.

A closed world: only an entry of which every option is known becomes a route of its own. With any other, the requests
stay with the dev server, which does with them what it did before; a remark says why.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from devproxy.config import rules
from devproxy.config.document import Data
from devproxy.errors import ConfigError
from devproxy.importing.found import FoundRoute
from devproxy.importing.javascript import Member, Object, Regex, Replace, Value, Variables, escaped
from devproxy.importing.renaming import renaming
from devproxy.routing import is_secret
from devproxy.target import Target

# What needs no key here, and no word.
_NEEDS_NOTHING = frozenset(
    {
        "ws",
        "context",
        "path",
        "logLevel",
        "logProvider",
        "logger",
        "rewriteWsOrigin",
        "timeout",
        "agent",
        "preserveHeaderKeyCase",
    }
)
# What devproxy does by itself, in its own way.
_REDIRECTS = "redirects lead back here by themselves (rewrite_redirects)"
_COOKIES = "cookies are made usable here by themselves (rewrite_cookies)"
_BY_ITSELF = {
    "autoRewrite": _REDIRECTS,
    "hostRewrite": _REDIRECTS,
    "protocolRewrite": _REDIRECTS,
    "cookieDomainRewrite": _COOKIES,
    "cookiePathRewrite": _COOKIES,
    "xfwd": "X-Forwarded-For, -Proto and -Host are sent where Host is kept, so not beside change_origin: true",
    "proxyTimeout": "timeout counts until the head of the answer; streams are never cut",
}
# What a variable says that has no default: neither local nor public.
_UNKNOWN = Target("https", "unknown.invalid", 443)
_READ = frozenset(
    {"target", "changeOrigin", "secure", "rewrite", "pathRewrite", "headers", "prependPath", "proxyTimeout"}
)
_SIMPLE_TARGET = frozenset({"protocol", "host", "hostname", "port"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a table: where it stands, whose it is, and what it says.

    `implied` are options that the tool sets where the entry does not.
    """

    prefix: str
    options: Object
    source: str
    tool: str
    implied: Mapping[str, Value] = field(default_factory=dict)


class _NotCarriedError(Exception):
    """Why an entry stays with its tool."""


def route(entry: Entry) -> FoundRoute | None:
    """The route that an entry is; None where its prefix is none that a route can have."""
    if rules.prefix_problem(entry.prefix):
        return None
    members = {name: Member(entry.options.line, value) for name, value in entry.implied.items()}
    members |= {name: member for name, member in entry.options.members.items() if member.value is not None}
    text = ""
    try:
        text, target = _target(members.get("target"))
        _refuse_unknown(entry.options, members)
        keys, remarks = _keys(entry, members, target)
    except _NotCarriedError as error:
        remark = f"{error}: these requests go on to {entry.tool}, which proxies them as before."
        return FoundRoute(entry.prefix, "", entry.source, remarks=(remark,), direct=text)
    if _value(members, "prependPath") is False:
        text = text.removesuffix(target.path)
    return FoundRoute(entry.prefix, text, entry.source, keys, tuple(remarks))


def _value(members: Mapping[str, Member], name: str) -> Value:
    member = members.get(name)
    return member.value if member else None


def _refuse_unknown(options: Object, members: Mapping[str, Member]) -> None:
    if options.unread:
        raise _NotCarriedError(f"what is filled in on line {options.unread[0]} is not written out")
    for name, member in members.items():
        known = name in _NEEDS_NOTHING or name in _BY_ITSELF or name in _READ
        if not known and member.value is not False:
            raise _NotCarriedError(f"{name} (line {member.line}) has no counterpart here")


def _target(member: Member | None) -> tuple[str, Target]:
    """The target as it is written here, and as far as it is known."""
    value = member.value if member else None
    if isinstance(value, Object) and set(value.members) <= _SIMPLE_TARGET and not value.unread:
        value = _joined(value)
    if member is None or not isinstance(value, str | Variables):
        raise _NotCarriedError(
            f"target (line {member.line}) is not written out" if member else "there is no target"
        )
    text, example = (value.text, value.example) if isinstance(value, Variables) else (escaped(value), value)
    if isinstance(value, Variables) and example == "1":
        return text, _UNKNOWN
    try:
        target = Target.parse(example)
    except ConfigError as error:
        problem = error.problems[0]
        raise _NotCarriedError(f"{problem.message} ({problem.hint})") from None
    if isinstance(value, Variables) and not target.is_local and not re.fullmatch(r"\$\{[^{}]*\}", text):
        raise _NotCarriedError(f"the target on line {member.line} makes a public URL of variables")
    return text, target


def _joined(parts: Object) -> str | None:
    host = parts.get("host") or parts.get("hostname")
    protocol, port = parts.get("protocol") or "http:", parts.get("port")
    port = f"{port:.0f}" if isinstance(port, float) else port
    if not isinstance(host, str) or not isinstance(protocol, str) or not isinstance(port, str | None):
        return None
    return f"{protocol.rstrip(':/')}://{host}{f':{port}' if port and ':' not in host else ''}"


def _keys(entry: Entry, members: Mapping[str, Member], target: Target) -> tuple[dict[str, Data], list[str]]:
    keys: dict[str, Data] = {}
    remarks: list[str] = []
    if steps := _steps(members):
        renamed = renaming(entry.prefix, steps)
        if renamed is None:
            raise _NotCarriedError(f"{_renamer(members)} does more than to rename a beginning")
        keys |= renamed.keys
        remarks += renamed.remarks
    changes = _flag(members, "changeOrigin", default=False)
    if target is _UNKNOWN or changes == target.is_local:
        keys["change_origin"] = "true" if changes else "false"
    if not _flag(members, "secure", default=True) and target.scheme == "https":
        keys["verify_tls"] = "false"
    if timeout := _duration(_value(members, "proxyTimeout")):
        keys["timeout"] = timeout
    if headers := _headers(members.get("headers")):
        keys["headers"] = {"request": {"set": headers}}
        remarks += _secrets(headers, entry.tool)
    for name, sentence in _BY_ITSELF.items():
        if name in members and members[name].value is not False and name not in entry.implied:
            remarks.append(f"{name}: {sentence}.")
    return keys, remarks


def _flag(members: Mapping[str, Member], name: str, *, default: bool) -> bool:
    value = _value(members, name)
    if isinstance(value, bool | None):
        return default if value is None else value
    raise _NotCarriedError(f"{name} (line {members[name].line}) is neither true nor false")


def _renamer(members: Mapping[str, Member]) -> str:
    name = "rewrite" if "rewrite" in members else "pathRewrite"
    return f"{name} (line {members[name].line})"


def _steps(members: Mapping[str, Member]) -> list[Replace]:
    """What changes the path, in order: Vite's function, or patterns and what stands there instead."""
    value = _value(members, "rewrite") or _value(members, "pathRewrite")
    if isinstance(value, Replace) and "rewrite" in members:
        return [value]
    if value is None:
        return []
    if isinstance(value, Object) and not value.unread and "rewrite" not in members:
        pairs = [(name, member.value) for name, member in value.members.items()]
        if all(isinstance(by, str) and "$" not in by for _, by in pairs):
            return [Replace(Regex(name), str(by)) for name, by in pairs]
    raise _NotCarriedError(f"{_renamer(members)} is not written out as one replacement")


def _duration(value: Value) -> str:
    """Milliseconds as a duration of ours; nothing for none."""
    if isinstance(value, float) and 1 <= value <= 86_400_000:
        return f"{value / 1000:.0f}s" if value % 1000 == 0 else f"{value:.0f}ms"
    return ""


def _headers(member: Member | None) -> dict[str, Data]:
    if member is None:
        return {}
    if not isinstance(member.value, Object) or member.value.unread:
        raise _NotCarriedError(f"headers (line {member.line}) are not written out")
    found: dict[str, str] = {}
    for name, field_ in member.value.members.items():
        value = field_.value
        if isinstance(value, float):
            value = f"{value:g}"
        if not isinstance(value, str | Variables):
            raise _NotCarriedError(f"the header {name} (line {field_.line}) is not written out")
        found[name] = value.text if isinstance(value, Variables) else escaped(value)
        if not found[name].isprintable():
            raise _NotCarriedError(f"the header {name} (line {field_.line}) has control characters")
    for problem in rules.fields_problems("request", found, ()):
        raise _NotCarriedError(f"headers (line {member.line}): {problem.message}, {problem.hint}")
    return {**found}


def _secrets(headers: Mapping[str, Data], tool: str) -> Iterator[str]:
    for name in headers:
        if is_secret(name.lower()):
            yield (
                f"{name} is a secret of the route's own: only pages of devproxy's own address, and those named in its "
                f"cors.allow_origins, may use it, and their cookies are not sent along, as {tool} would."
            )
