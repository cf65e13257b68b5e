"""The demo's frontend: static files, served from an origin that is neither the backend's nor devproxy's."""

import re
from html import escape
from importlib import resources

from aiohttp import web
from aiohttp.typedefs import Handler

_TYPES = {
    "index.html": "text/html",
    "style.css": "text/css",
    "cases.js": "text/javascript",
    "demo.js": "text/javascript",
    "fetch-standard.js": "text/javascript",
    "show.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}
_ORIGIN = re.compile(r"https?://([a-z0-9.-]+|\[[0-9a-f:]+\])(:[0-9]{1,5})?")


def make_page(*, backend: str, proxy: str) -> web.Application:
    """Serve the page that asks `backend` straight and through `proxy`, two origins such as http://localhost:3001."""
    headers = page_headers(check_origin(backend), check_origin(proxy))
    app = web.Application()
    for name, content_type in _TYPES.items():
        text = read_text(name)
        if name == "index.html":
            text = text.replace("{{backend}}", escape(backend)).replace("{{proxy}}", escape(proxy))
        path = "/" if name == "index.html" else f"/{name}"
        app.router.add_get(path, serve(text, content_type, headers))
    return app


def check_origin(text: str) -> str:
    """Both origins end up in a header and in HTML, so nothing but an origin may pass."""
    if not _ORIGIN.fullmatch(text):
        raise ValueError(f"not an origin such as http://localhost:3001: {text!r}")
    return text


def page_headers(backend: str, proxy: str) -> dict[str, str]:
    policy = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self'",
        "connect-src": " ".join([backend, proxy, socket_origin(backend), socket_origin(proxy)]),
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    return {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "X-Content-Type-Options": "nosniff",
        # The next demo on this port has other origins; a kept page would call the old ones.
        "Cache-Control": "no-store",
    }


def socket_origin(origin: str) -> str:
    """The same origin for WebSockets: a policy that names http does not mean ws."""
    return "ws" + origin.removeprefix("http")


def read_text(name: str) -> str:
    return resources.files("devproxy.demo").joinpath("page", name).read_text(encoding="utf-8")


def serve(text: str, content_type: str, headers: dict[str, str]) -> Handler:
    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.Response(text=text, content_type=content_type, headers=headers)

    return answer
