"""Two projects behind one devproxy, each with a page and a backend of its own, at two names, in a real Chromium."""

import asyncio
import socket
from contextlib import AsyncExitStack

import pytest
from aiohttp import web

from devproxy.config.sources import Sources
from devproxy.console import Console
from devproxy.proxy.server import Proxy
from devproxy.reload import Reloader
from devproxy.serve import site
from tests.real.test_vite import FILES, serving as serving_vite

pytestmark = pytest.mark.browser


@pytest.fixture
async def project(serve):
    """Starts a frontend and a backend that knows who has signed in; the targets of both."""

    async def start(name):
        async def page(_request):
            text = f"<!doctype html><title>{name}</title><h1>{name}</h1>"
            return web.Response(text=text, content_type="text/html")

        async def login(_request):
            answer = web.json_response({"project": name})
            answer.set_cookie("session", name, httponly=True, samesite="Strict", path="/")
            return answer

        async def me(request):
            return web.json_response({"project": name, "session": request.cookies.get("session")})

        frontend, backend = web.Application(), web.Application()
        frontend.router.add_get("/", page)
        backend.router.add_post("/api/login", login)
        backend.router.add_get("/api/me", me)
        return await serve(frontend), await serve(backend)

    return start


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


@pytest.fixture
async def reloading(tmp_path):
    """A devproxy that includes conf.d/*.yaml; its origin's port, and the folder."""
    port = free_port()
    (tmp_path / "proxy.yaml").write_text(f"listen: {{port: {port}}}\ninclude: [conf.d/*.yaml]\n")
    (tmp_path / "conf.d").mkdir()
    sources = Sources(str(tmp_path / "proxy.yaml"))
    config = sources.load()
    proxy, console = Proxy(site(config)), Console()
    await proxy.start("localhost", port)

    async def nothing(_config):
        return ()

    reloader = Reloader(sources, config, proxy, console, nothing)
    running = asyncio.get_running_loop().create_task(reloader.run())
    yield proxy, tmp_path / "conf.d"
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await proxy.stop(grace=2)


async def serving(proxy, names):
    async with asyncio.timeout(10):
        while {*proxy.site.hosts} != names:
            await asyncio.sleep(0.02)


FETCH = "async ([path, method]) => { const answer = await fetch(path, {method}); return [answer.status, await answer.json()]; }"


async def test_two_projects_at_two_names(chromium, project, reloading):
    """Each page talks to its own backend under its own name; a login to one is none to the other, with one cookie's name."""
    proxy, folder = reloading
    pages = {}
    for name in ("shop", "blog"):
        frontend, backend = await project(name)
        (folder / f"{name}.yaml").write_text(
            f"hosts: [{name}.localhost]\nroutes:\n  /api: {backend}\n  /: {frontend}\n"
        )
    await serving(proxy, {"shop.localhost", "blog.localhost"})
    context = await chromium.new_context()
    for name in ("shop", "blog"):
        pages[name] = await context.new_page()
        await pages[name].goto(f"http://{name}.localhost:{proxy.port}/")
        assert await pages[name].inner_text("h1") == name
        assert await pages[name].evaluate(FETCH, ["/api/login", "POST"]) == [200, {"project": name}]
    for name, page in pages.items():
        await page.reload()
        assert await page.evaluate(FETCH, ["/api/me", "GET"]) == [200, {"project": name, "session": name}]
    cookies = {(cookie["domain"], cookie["value"]) for cookie in await context.cookies()}
    assert cookies == {("shop.localhost", "shop"), ("blog.localhost", "blog")}
    status, problem = await pages["shop"].evaluate(FETCH, [f"http://localhost:{proxy.port}/api/me", "GET"])
    assert (status, problem["title"]) == (404, "No route")


async def test_two_vites_at_two_names(chromium, project, reloading, tmp_path):
    """Each with its hot reload, its own backend, and nothing of the other's."""
    proxy, folder = reloading
    async with AsyncExitStack() as stack:
        for name in ("shop", "blog"):
            (tmp_path / name).mkdir()
            frontend = await stack.enter_async_context(serving_vite(tmp_path / name, FILES))
            _, backend = await project(name)
            (folder / f"{name}.yaml").write_text(
                f"hosts: [{name}.localhost]\nroutes: {{/api: '{backend}', /: '{frontend}'}}\n"
            )
        await serving(proxy, {"shop.localhost", "blog.localhost"})
        pages, sockets = {}, []
        context = await chromium.new_context()
        for name in ("shop", "blog"):
            page = pages[name] = await context.new_page()
            page.on("websocket", lambda socket: sockets.append(socket.url))
            await page.goto(f"http://{name}.localhost:{proxy.port}/")
            await page.wait_for_function("document.querySelector('#text').textContent === 'before'")
            assert await page.evaluate(FETCH, ["/api/login", "POST"]) == [200, {"project": name}]
        (tmp_path / "shop" / "text.js").write_text('export const text = "after";')
        await pages["shop"].wait_for_function("document.querySelector('#text').textContent === 'after'")
        assert await pages["blog"].inner_text("#text") == "before"
        for name, page in pages.items():
            assert await page.evaluate(FETCH, ["/api/me", "GET"]) == [200, {"project": name, "session": name}]
        assert {socket.partition("?")[0] for socket in sockets} == {
            f"ws://{name}.localhost:{proxy.port}/" for name in pages
        }


async def test_the_browser_sees_a_new_policy_at_once(chromium, tab, project, reloading):
    """No preflight is remembered: what a save allows is allowed with the next request, and what it takes away is not."""
    proxy, folder = reloading
    _, backend = await project("shop")
    file = folder / "shop.yaml"
    text = "hosts: [shop.localhost]\ncors: {allow_origins: ['%s']}\nroutes: {/api: " + backend + "}\n"
    page = await tab()
    url = f"http://shop.localhost:{proxy.port}/api/me"
    asks = {"headers": {"X-Needs": "a preflight"}}
    for origin in ("http://elsewhere.test", page.origin, "http://elsewhere.test"):
        file.write_text(text % origin)
        async with asyncio.timeout(10):
            while not any(each.policy.allows(origin) for each in proxy.site.routes):
                await asyncio.sleep(0.02)
        answer = await page.fetch(url, **asks)
        assert ("error" in answer) == (origin != page.origin)
