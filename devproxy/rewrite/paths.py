"""The path that a target is asked for, and the way back: which path of ours leads to a path of the target's.

Raw paths without queries, as they stand on the wire. Nothing here is decoded.
"""

from collections.abc import Sequence

from devproxy.routing import Match, Route


def to_target(match: Match, path: str) -> str:
    """The path that the target is asked for: first the prefix goes, if it does; then parts are renamed; then the target's own path is put in front."""
    base = match.route.target.path
    rest = match.rest if match.route.strip_prefix else path
    rest = _renamed(rest, match.route.rewrite_path)
    return (base.removesuffix("/") if rest else base) + rest or "/"


def to_client(route: Route, path: str) -> str | None:
    """The path that leads to `path` of the target by this route; None where none does."""
    rest = _below(route.target.path.removesuffix("/"), path)
    if rest is not None:
        rest = _renamed(rest, [(there, here) for here, there in route.rewrite_path])
    if rest is None or not route.strip_prefix:
        return rest
    return f"{route.prefix.removesuffix('/')}{rest}"


def to_client_scope(route: Route, path: str) -> str | None:
    """What covers here what `path` and all below it covers at the target: the Path of a cookie (RFC 6265, section 5.1.4)."""
    base = route.target.path.removesuffix("/")
    if path == "/" or _below(path.removesuffix("/"), base) is not None:  # all of the route, or more
        return route.prefix if route.strip_prefix else "/"
    return to_client(route, path)


def _renamed(path: str, names: Sequence[tuple[str, str]]) -> str:
    """A path with the longest of these beginnings replaced."""
    for old, new in sorted(names, key=lambda pair: len(pair[0]), reverse=True) if names else ():
        rest = _below(old.removesuffix("/"), path)
        if rest is not None:
            return new if path == old else f"{new.removesuffix('/')}{rest}"
    return path


def is_below(prefix: str, path: str) -> bool:
    """Whether a path is a prefix or below it."""
    return _below(prefix.removesuffix("/"), path) is not None


def _below(base: str, path: str) -> str | None:
    """What follows `base` in a path at or below it, on a segment border."""
    if path == base:
        return "/"
    return path[len(base) :] if path.startswith(f"{base}/") else None
