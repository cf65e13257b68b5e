from collections.abc import Iterator

from devproxy.export.allow import Allow
from devproxy.export.recipe import Framework, Recipe, block, quoted


def _render(allow: Allow) -> Recipe:
    return Recipe(block(_directives(allow), indent=""), _NOTES, "Caddyfile", "caddyfile")


def _directives(allow: Allow) -> Iterator[str]:
    yield "# beside reverse_proxy, in the same block: the site's, or a handle's within it"
    yield "@cors_preflight {"
    yield block(("method OPTIONS", "header Origin *", "header Access-Control-Request-Method *"))
    yield "}"
    yield "respond @cors_preflight 204"
    if len(allow.origins) > 1:
        yield "@cors_origin {"
        yield block(f"header Origin {quoted(origin)}" for origin in allow.origins)
        yield "}"
        yield "header @cors_origin Access-Control-Allow-Origin {http.request.header.Origin}"
        yield "header +Vary Origin"
    if fields := [f"{name} {quoted(value)}" for name, value in allow.fields()]:
        yield "header {"
        yield block(fields)
        yield "}"


_NOTES = (
    "Browsers refuse a header that Caddy and the backend both send: header_down -Access-Control-* in reverse_proxy helps.",
    "basic_auth and forward_auth run before respond, and a preflight carries no login: give them a matcher without OPTIONS.",
    "With defer the headers would be missing on Caddy's own errors, such as the 502 of a backend that is down.",
)

CADDY = Framework("caddy", "Caddy", _render)
