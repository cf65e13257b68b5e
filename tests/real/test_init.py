"""A real Vite beside a devproxy with its proxy imported: both ask a backend for the same.

Runs where tests/real/test_vite.py does.
"""

import json
import socket

import aiohttp
import pytest
from aiohttp import web

from devproxy.config.given import NOTHING
from devproxy.init import from_folder
from tests.real.test_vite import serving

CONFIG = r"""
import { defineConfig, loadEnv } from 'vite'

const backend = 'BACKEND'

export default defineConfig(({ mode }) => {
  const env = loadEnv(mode, process.cwd(), '')
  return {
    cacheDir: '.cache',
    clearScreen: false,
    server: {
      port: PORT,
      strictPort: true,
      proxy: {
        '/foo': `${backend}/v4`,
        '/api': { target: backend, changeOrigin: true, rewrite: (path) => path.replace(/^\/api/, '') },
        '/keep': { target: backend, ws: true, headers: { 'X-From': 'vite' } },
        '^/fallback/.*': { target: backend, changeOrigin: true, rewrite: (path) => path.replace(/^\/fallback/, '') },
        '^/re(a|b)/.*': backend,
        '/logged': { target: backend, configure: (proxy) => proxy.on('proxyReq', (sent) => sent.setHeader('x-seen', 'yes')) },
        '/by': { target: backend, bypass(req) { if (req.headers.accept.includes('html')) return '/index.html' } },
        '/v1/': { target: backend, rewrite: (p) => p.replace('/v1/', '/v2/') },
        '/deep': { target: backend, rewrite: (p) => p.replace(/^\/deep\/old/, '/deep/new') },
        '/deep/more': `${backend}/never`,
        '/env': { target: env.BACKEND_OF_THE_TEST || backend, rewrite: function (path) { return path.replace(/^\/env/, '/e') } },
        '/mid/api': { target: backend, rewrite: (p) => { return p.replace('/api', ''); } },
      },
    },
  }
})
"""

REQUESTS = [
    ("GET", "/foo"), ("GET", "/foo/bar?x=1&y=%20"), ("GET", "/foobar"), ("POST", "/foo/x"), ("GET", "/api"), ("GET", "/api/"),
    ("GET", "/api?x=1"), ("GET", "/api/users"), ("PUT", "/api/users/7?a=b"), ("DELETE", "/api/users/7"), ("GET", "/apiary"),
    ("GET", "/api/a%2Fb"), ("GET", "/keep/a"), ("GET", "/fallback/x/y"), ("GET", "/fallback/"), ("GET", "/rea/1"),
    ("GET", "/logged/a"), ("GET", "/by/a"), ("GET", "/v1/a"), ("GET", "/v1/"), ("GET", "/deep/old/x"), ("GET", "/deep/x"),
    ("GET", "/deep/more/x"), ("GET", "/env/x"), ("GET", "/environment"), ("GET", "/mid/api/x"),
]  # fmt: skip
# What any two clients of HTTP say differently, and what only devproxy says.
ASIDE = {"connection", "content-length", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"}


async def echo(request: web.Request) -> web.Response:
    fields = {name.lower(): value for name, value in request.headers.items() if name.lower() not in ASIDE}
    body = await request.text()
    return web.json_response(
        {"method": request.method, "path": request.raw_path, "fields": fields, "body": body}
    )


@pytest.fixture
async def ask():
    async with aiohttp.ClientSession() as session:

        async def send(origin, method, path, accept="*/*"):
            """What the backend was asked; the origin that was asked stands for itself in Host."""
            data = b"a=1" if method in {"POST", "PUT"} else None
            async with session.request(
                method, f"{origin}{path}", data=data, headers={"Accept": accept}
            ) as answer:
                text = (await answer.text()).replace(origin.removeprefix("http://"), "HERE")
                return json.loads(text) if answer.content_type == "application/json" else answer.status

        yield send


async def test_the_backend_is_asked_for_the_same(tmp_path, serve, start, ask):
    """Method, path, query, Host, fields and body, for entries that are carried over and those that stay with Vite."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", echo)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    config = CONFIG.replace("BACKEND'", f"{await serve(app)}'").replace("PORT,", f"{port},")
    files = {"package.json": '{"type": "module"}', "vite.config.js": config, "index.html": "<!doctype html>"}
    async with serving(tmp_path, files) as vite:
        proxy = await start(config=from_folder(tmp_path, NOTHING).text)
        for method, path in REQUESTS:
            theirs = await ask(vite, method, path)
            assert isinstance(theirs, dict), path
            assert await ask(proxy.origin, method, path) == theirs
        assert (
            await ask(proxy.origin, "GET", "/by/a", "text/html")
            == await ask(vite, "GET", "/by/a", "text/html")
            == 200
        )
