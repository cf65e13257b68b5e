"""What other tools call our keys: the words that people type from memory."""

import re
from collections.abc import Collection

from devproxy.problems import nearest

# their name → (the key or keys of ours that it may mean, whose name it is)
FOREIGN: dict[str, tuple[tuple[str, ...], str]] = {
    "changeOrigin": (("change_origin",), "Vite's name"),
    "preserve_host": (("change_origin",), "the reverse of Kong's name"),
    "upstream": (("target",), "nginx's name"),
    "proxy_pass": (("target",), "nginx's name"),
    "reverse_proxy": (("target",), "Caddy's name"),
    "proxy": (("routes", "target"), "Vite's and Create React App's name"),
    "url": (("target",), ""),
    "backend": (("target",), ""),
    "destination": (("target",), "Next's name"),
    "to": (("target",), ""),
    "location": (("routes",), "nginx's name"),
    "locations": (("routes",), "nginx's name"),
    "paths": (("routes",), ""),
    "rules": (("routes",), ""),
    "server": (("listen",), "Vite's name"),
    "address": (("host",), ""),
    "bind": (("host",), ""),
    "allowedHosts": (("allowed_hosts",), "Vite's name"),
    "handle_path": (("strip_prefix",), "Caddy's name"),
    "secure": (("verify_tls",), "Vite's name"),
    "strip": (("strip_prefix",), "the command line's name"),
    "pathRewrite": (("strip_prefix",), "http-proxy-middleware's name"),
    "rewrite": (("strip_prefix",), "Vite's name"),
    "stripPrefix": (("strip_prefix",), "Traefik's name"),
    "requestHeaders": (("headers",), ""),
    "request_headers": (("headers",), ""),
    "response_headers": (("headers",), ""),
    "add": (("set",), ""),
    "delete": (("remove",), ""),
    "origin": (("allow_origins",), "Express's name"),
    "origins": (("allow_origins",), "Flask-CORS's name"),
    "allow_origin": (("allow_origins",), ""),
    "allowedOrigins": (("allow_origins",), "Spring's name"),
    "allowed_origins": (("allow_origins",), "rs/cors's name"),
    "methods": (("allow_methods", "only_methods"), ""),
    "limit_except": (("only_methods",), "nginx's name"),
    "proxyTimeout": (("timeout",), "Vite's name"),
    "proxy_read_timeout": (("timeout",), "nginx's name"),
    "logging": (("log",), ""),
    "logLevel": (("level",), "http-proxy-middleware's name"),
    "ignore": (("skip",), ""),
    "allowedMethods": (("allow_methods",), "Spring's name"),
    "allowed_methods": (("allow_methods",), "rs/cors's name"),
    "allowedHeaders": (("allow_headers",), "Express's name"),
    "allowed_headers": (("allow_headers",), "rs/cors's name"),
    "exposedHeaders": (("expose_headers",), "Express's name"),
    "exposed_headers": (("expose_headers",), "rs/cors's name"),
    "credentials": (("allow_credentials",), "Express's name"),
    "supports_credentials": (("allow_credentials",), "Flask-CORS's name"),
    "allowCredentials": (("allow_credentials",), "Spring's name"),
    "maxAge": (("max_age",), "Express's name"),
    "proxyUrl": (("routes",), "local-cors-proxy's name"),
    "server_name": (("hosts", "allowed_hosts", "listen"), "nginx's name"),
    "name": (("project",), "compose's name"),
    "import": (("include",), "Caddy's name"),
    "domain": (("hosts",), ""),
    "domains": (("hosts",), ""),
    "hostnames": (("hosts",), "the Gateway API's name"),
    "accessControlAllowOriginList": (("allow_origins",), "Traefik's name"),
}

NO_REGEX = (
    "patterns are https://*.example.com or http://localhost:*; regexes over origins are refused on purpose: "
    "one that is a little too wide lets every site in, and one careless one can freeze the proxy"
)

_REDIRECTS = "remove it: redirects lead back here by themselves (rewrite_redirects: auto)"
_COOKIES = "remove it: cookies are made usable here by themselves (rewrite_cookies: auto)"

# names of things that need no key here, or are refused
REMARKS: dict[str, str] = {
    "context": "remove it: the prefix is the key of its route, as in routes: {/api: http://localhost:3001}",
    "allow_origin_regex": NO_REGEX,
    "allowOriginRegex": NO_REGEX,
    "origin_regex": NO_REGEX,
    "allow_origin_patterns": NO_REGEX,
    "allowedOriginPatterns": NO_REGEX,
    "accessControlAllowOriginListRegex": NO_REGEX,
    "ws": "remove it: WebSockets pass on every route",
    "xfwd": "remove it: X-Forwarded-* are sent where Host is kept",
    "optionsSuccessStatus": "remove it: preflights are answered with 204",
    "preflightContinue": "remove it, or let a target answer preflights itself: cors: passthrough in its route",
    "followRedirects": "remove it: redirects go to the browser, which follows them",
    "autoRewrite": _REDIRECTS,
    "hostRewrite": _REDIRECTS,
    "protocolRewrite": _REDIRECTS,
    "proxy_redirect": _REDIRECTS,
    "cookieDomainRewrite": _COOKIES,
    "cookiePathRewrite": _COOKIES,
    "proxyPartial": "remove it, or write it as the prefix of the route instead of /",
    "proxy_set_header": "write headers: {request: {set: {X-Name: value}}} instead",
    "customRequestHeaders": "write headers: {request: {set: {X-Name: value}}} instead",
    "add_header": "write headers: {response: {set: {X-Name: value}}} instead",
    "customResponseHeaders": "write headers: {response: {set: {X-Name: value}}} instead",
}


def meant(word: str, known: Collection[str]) -> tuple[str, str]:
    """The key among `known` that the unknown key `word` probably means, and whose name it is; or nothing."""
    meanings, whose = FOREIGN.get(word) or _SQUASHED.get(_squashed(word), ((), ""))
    ours = next((key for key in meanings if key in known), None) or nearest(snake(word), known)
    return (ours, whose if ours in meanings else "") if ours else ("", "")


def remark(word: str) -> str:
    """What is to be said of a key that needs none here; or nothing."""
    return REMARKS.get(word) or _SQUASHED_REMARKS.get(_squashed(word), "")


def snake(word: str) -> str:
    """The word as a key of ours would be spelled."""
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", word).replace("-", "_").lower()
    return snake.removeprefix("access_control_")


def _squashed(word: str) -> str:
    """allowedOrigins, allowed-origins and ALLOWED_ORIGINS are one word."""
    return re.sub("[-_]", "", word).lower()


_SQUASHED = {_squashed(word): meaning for word, meaning in FOREIGN.items()}
_SQUASHED_REMARKS = {_squashed(word): text for word, text in REMARKS.items()}
