"""What another configuration changes, one line for each route: `/api: allow_origins + http://localhost:4200`.

What is set in header fields is not told, only that it is another; secrets of the environment are told as their variables.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import reduce

from devproxy.config.build import Config, Listen
from devproxy.config.model import duration
from devproxy.config.rules import same_prefix
from devproxy.cors.names import ANY
from devproxy.cors.policy import CorsPolicy
from devproxy.headers import Field
from devproxy.routing import Route
from devproxy.target import Target


def changes(old: Config, new: Config) -> Iterator[str]:
    """The lines, in the order of the new configuration; nothing where the same is served in the same way."""
    sources = [
        values for config in (old, new) for values in (config.values, *(p.values for p in config.projects))
    ]
    for line in _changes(old, new):
        yield reduce(lambda text, values: values.veiled(text), sources, line)


def _changes(old: Config, new: Config) -> Iterator[str]:
    listen = [*_words("", _url(old.listen), _url(new.listen)), *_tls(old.listen, new.listen)]
    listen += _lists("allowed_hosts", old.listen.allowed_hosts, new.listen.allowed_hosts)
    log = [*_words("format", old.log.format, new.log.format), *_words("level", old.log.level, new.log.level)]
    log += _lists("skip", old.log.skip, new.log.skip)
    yield from _line("listen", listen)
    yield from _line("log", log)
    before = {_key(route): route for route in old.routes}
    now = {_key(route): route for route in new.routes}
    routes = [line for key, route in now.items() for line in _route(before.get(key), route)]
    routes += [f"{route.name}: removed" for key, route in before.items() if key not in now]
    yield from routes
    if not routes:
        yield from _line("cors", _policy(old.site_policy, new.site_policy))


def _key(route: Route) -> tuple[str, str]:
    """What makes a route the same one: its file, and its prefix there."""
    return route.place.file if route.place else "", same_prefix(route.prefix)


def _line(name: str, parts: Sequence[str]) -> Iterator[str]:
    if parts:
        yield f"{name}: {', '.join(parts)}"


def _url(listen: Listen) -> str:
    return f"{listen.scheme}://{f'[{listen.host}]' if ':' in listen.host else listen.host}:{listen.port}"


def _tls(old: Listen, new: Listen) -> list[str]:
    return ["tls with other files"] if old.tls and new.tls and old.tls != new.tls else []


def _route(old: Route | None, new: Route) -> Iterator[str]:
    if old is None:
        yield f"{new.name}: added → {new.target}"
        return
    yield from _line(
        new.name,
        [
            *_lists("hosts", old.hosts, new.hosts),
            *_target(old.target, new.target),
            *(part for name, says in _SAID.items() for part in _words(name, says(old), says(new))),
            *_lists("rewrite_path", _renamed(old), _renamed(new)),
            *_lists("only_methods", old.only_methods or (ANY,), new.only_methods or (ANY,)),
            *_fields("request", old.request_set, new.request_set),
            *_lists("headers.request.remove", sorted(old.request_remove), sorted(new.request_remove)),
            *_fields("response", old.response_set, new.response_set),
            *_lists("headers.response.remove", sorted(old.response_remove), sorted(new.response_remove)),
            *_policies(old.policy, new.policy),
        ],
    )


_SAID: Mapping[str, Callable[[Route], str]] = {
    "project": lambda route: route.project,
    "strip_prefix": lambda route: _flag(route.strip_prefix),
    "change_origin": lambda route: "auto" if route.change_origin is None else _flag(route.change_origin),
    "target_origin": lambda route: route.target_origin,
    "block_cross_site": lambda route: _flag(route.block_cross_site),
    "rewrite_cookies": lambda route: "auto" if route.rewrite_cookies else "false",
    "rewrite_redirects": lambda route: "auto" if route.rewrite_redirects else "false",
    "timeout": lambda route: duration(route.timeout),
    "wait_for_restart": lambda route: duration(route.wait_for_restart),
}


def _target(old: Target, new: Target) -> Iterator[str]:
    yield from _words("target", str(old), str(new))
    if (
        str(old) == str(new)
        and (old.server, old.path) != (new.server, new.path)
        and _trust(old) == _trust(new)
    ):
        yield f"target {new} has another value"
    for name, before, now in zip(("verify_tls", "ca_file", "via"), _trust(old), _trust(new), strict=True):
        yield from _words(name, before, now)


def _trust(target: Target) -> tuple[str, str, str]:
    return _flag(target.verify_tls), target.ca_file or "none", str(target.via or "none")


def _renamed(route: Route) -> list[str]:
    return [f"{old} → {new}" for old, new in route.rewrite_path]


def _policies(old: CorsPolicy | None, new: CorsPolicy | None) -> Iterator[str]:
    if old and new:
        yield from _policy(old, new)
    elif old or new:
        yield "cors is passthrough" if old else "cors is no longer passthrough"


def _policy(old: CorsPolicy, new: CorsPolicy) -> list[str]:
    return [
        *_lists("allow_origins", _origins(old), _origins(new)),
        *_lists("allow_methods", old.allow_methods, new.allow_methods),
        *_lists("allow_headers", old.allow_headers, new.allow_headers),
        *_lists("expose_headers", old.expose_headers, new.expose_headers),
        *_words("allow_credentials", _flag(old.allow_credentials), _flag(new.allow_credentials)),
        *_words("max_age", str(old.max_age), str(new.max_age)),
    ]


def _origins(policy: CorsPolicy) -> list[str]:
    everybody = ["*"] if policy.any_origin else ["any page on this machine"] if policy.local else []
    return everybody + [str(pattern) for pattern in policy.allow_origins]


def _flag(flag: bool) -> str:
    return str(flag).lower()


def _words(name: str, old: str, new: str) -> Iterator[str]:
    if old != new:
        yield f"{name} {old} → {new}".lstrip()


def _lists(name: str, old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    """What has come and gone; where only the order is another, nothing is."""
    signs = [f"+ {item}" for item in new if item not in old] + [
        f"- {item}" for item in old if item not in new
    ]
    if signs:
        yield f"{name} {' '.join(signs)}"


def _fields(side: str, old: Sequence[Field], new: Sequence[Field]) -> Iterator[str]:
    before, now = dict(old), dict(new)
    yield from _lists(f"headers.{side}.set", list(before), list(now))
    for name in (name for name in now if before.get(name, now[name]) != now[name]):
        yield f"headers.{side}.set {name} has another value"
