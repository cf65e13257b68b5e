import re
from collections.abc import Iterator

from devproxy.export.allow import Allow
from devproxy.export.recipe import Framework, Recipe, block, quoted

# Longer ones do not fit into map's buckets unless map_hash_bucket_size says so, which a file may say only once.
_LONGEST_KEY = 40


def _render(allow: Allow) -> Recipe:
    code = f"""\
# in http {{ }}, that is, at the top of a file in conf.d or sites-enabled
{block(_maps(allow), indent="")}

# in the location {{ }} that pages ask, beside proxy_pass
{block(_location(allow), indent="")}"""
    return Recipe(code, tuple(_notes(allow)), "nginx.conf", "nginx")


def _maps(allow: Allow) -> Iterator[str]:
    yield 'map "$request_method $http_origin $http_access_control_request_method" $cors_preflight {'
    yield r'    "~^OPTIONS \S+ \S+$" 1;'
    yield "}"
    if len(allow.origins) > 1:
        yield "map $http_origin $cors_origin {"
        yield block(f"{quoted(_key(origin))} $http_origin;" for origin in allow.origins)
        yield "}"
    if any("$" in value for _, value in allow.fields()):
        yield 'geo $dollar { default "$"; }  # the only way to write one'


def _key(origin: str) -> str:
    return origin if len(origin) <= _LONGEST_KEY else f"~^{re.escape(origin)}$"


def _location(allow: Allow) -> Iterator[str]:
    yield "if ($cors_preflight) { return 204; }"
    if len(allow.origins) > 1:
        yield "add_header Access-Control-Allow-Origin $cors_origin always;"
        yield "add_header Vary Origin always;"
    for name, value in allow.fields():
        yield f"add_header {name} {quoted(value).replace('$', '${dollar}')} always;"
    yield "proxy_hide_header Access-Control-Allow-Origin;"
    yield "proxy_hide_header Access-Control-Allow-Credentials;"


def _notes(allow: Allow) -> Iterator[str]:
    yield "nginx answers preflights itself, before any login check; other OPTIONS requests reach the backend."
    yield "Without always, errors (4xx, 5xx) carry no CORS headers, and pages cannot read them."
    yield (
        "A location with an add_header of its own inherits none: repeat the outer ones here, and all of these in "
        "locations within this one that add some."
    )
    yield "An error_page that leads to another location leaves these headers behind: repeat them there."
    yield (
        "Browsers refuse a header that nginx and the backend both send, hence proxy_hide_header; with fastcgi_pass or "
        "uwsgi_pass it is fastcgi_hide_header or uwsgi_hide_header."
    )
    if len(allow.origins) > 1:
        yield "A second site with other origins needs another name than $cors_origin: nginx has one for all."


NGINX = Framework("nginx", "nginx", _render)
