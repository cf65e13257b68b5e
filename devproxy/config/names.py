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
    "logLevel": (("log", "level"), "http-proxy-middleware's name"),
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
}

_NO_REGEX = (
    "write patterns such as https://*.example.com or http://localhost:*; regexes over origins are refused on purpose: "
    "one that is a little too wide lets every site in, and one careless one can freeze the proxy"
)

_VERIFIED = (
    "remove it: certificates are always verified; a target with one of its own making needs http, or a certificate "
    "authority that this machine trusts"
)

# names of things that need no key here, or are refused
REMARKS: dict[str, str] = {
    "allow_origin_regex": _NO_REGEX,
    "allowOriginRegex": _NO_REGEX,
    "origin_regex": _NO_REGEX,
    "allow_origin_patterns": _NO_REGEX,
    "allowedOriginPatterns": _NO_REGEX,
    "secure": _VERIFIED,
    "verify_tls": _VERIFIED,
    "ws": "remove it: WebSockets pass on every route",
    "xfwd": "remove it: X-Forwarded-* are sent where Host is kept",
    "optionsSuccessStatus": "remove it: preflights are answered with 204",
    "preflightContinue": "write cors: passthrough to let the target answer preflights",
    "followRedirects": "remove it: redirects go to the browser, as the target sent them",
}


def hint_for(word: str, known: Collection[str]) -> str:
    """What to write instead of the unknown key `word` where the keys `known` are allowed; or nothing."""
    if word in REMARKS:
        return REMARKS[word]
    meant, whose = FOREIGN.get(word, ((), ""))
    ours = next((key for key in meant if key in known), None)
    if ours:
        return f"did you mean {ours!r}? ({whose})" if whose else f"did you mean {ours!r}?"
    close = nearest(_snake(word), known)
    return f"did you mean {close!r}?" if close else ""


def _snake(word: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", word).replace("-", "_").lower()
