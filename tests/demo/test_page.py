"""The demo's page: what is served, and what may not get into it. A real browser runs it in tests/real/."""

import re
from importlib import resources

import pytest

from devproxy.demo.page import make_page

BACKEND, PROXY = "http://localhost:3001", "http://localhost:8484"


@pytest.fixture
async def client(aiohttp_client):
    return await aiohttp_client(make_page(backend=BACKEND, proxy=PROXY))


async def index(client) -> str:
    return await (await client.get("/")).text()


async def test_the_page_knows_both_origins(client):
    assert f'data-backend="{BACKEND}" data-proxy="{PROXY}"' in await index(client)


async def test_no_placeholder_is_left(client):
    assert "{{" not in await index(client)


async def test_every_file_that_the_page_names_is_served_with_its_type(client):
    named = re.findall(r'(?:src|href)="(/[^"]*)"', await index(client))
    answers = {path: await client.get(path) for path in named}
    assert {path: (answer.status, answer.content_type) for path, answer in answers.items()} == {
        "/icon.svg": (200, "image/svg+xml"),
        "/style.css": (200, "text/css"),
        "/demo.js": (200, "text/javascript"),
    }


async def test_every_icon_that_is_used_is_drawn(client):
    text = await index(client)
    drawn = set(re.findall(r'<symbol id="icon-(\w+)"', text))
    assert drawn == {"ok", "blocked", "failed", "running", "waiting"}
    assert set(re.findall(r'href="#icon-(\w+)"', text)) <= drawn


async def test_every_file_in_the_folder_is_served(client):
    for file in resources.files("devproxy.demo").joinpath("page").iterdir():
        path = "/" if file.name == "index.html" else f"/{file.name}"
        answer = await client.get(path)
        assert answer.status == 200, file.name


async def test_scripts_reach_the_backend_and_the_proxy_and_nothing_else(client):
    answer = await client.get("/")
    rules = answer.headers["Content-Security-Policy"].split("; ")
    assert rules == [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        f"connect-src {BACKEND} {PROXY} ws://localhost:3001 ws://localhost:8484",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]


async def test_a_policy_that_names_https_names_wss(aiohttp_client):
    client = await aiohttp_client(make_page(backend="https://api.example", proxy=PROXY))
    policy = (await client.get("/")).headers["Content-Security-Policy"]
    assert f"connect-src https://api.example {PROXY} wss://api.example ws://localhost:8484;" in policy


async def test_every_module_that_a_script_imports_is_served(client):
    seen, todo = set(), {"/demo.js"}
    while todo - seen:
        path = (todo - seen).pop()
        answer = await client.get(path)
        assert (answer.status, answer.content_type) == (200, "text/javascript"), path
        todo |= {f"/{name}" for name in re.findall(r'from "\./([^"]+)"', await answer.text())}
        seen.add(path)
    assert seen == {"/demo.js", "/cases.js", "/fetch-standard.js", "/show.js"}


@pytest.mark.parametrize("path", ["/", "/demo.js", "/style.css", "/icon.svg"])
async def test_every_file_has_the_same_guard(client, path):
    answer = await client.get(path)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Content-Security-Policy" in answer.headers


async def test_the_page_needs_nothing_that_its_policy_forbids(client):
    text = await index(client)
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", text)
    assert not re.search(r'(?:src|href)="(?:https?:)?//', text)


@pytest.mark.parametrize("path", ["/demo.js", "/cases.js", "/fetch-standard.js", "/show.js"])
async def test_no_script_writes_html(client, path):
    script = await (await client.get(path)).text()
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b", script)


@pytest.mark.parametrize(
    "path", ["/index.html/", "/page.py", "/../backend.py", "/%2e%2e/backend.py", "/nothing"]
)
async def test_nothing_else_is_served(client, path):
    assert (await client.get(path)).status == 404


@pytest.mark.parametrize(
    "origin",
    [
        "",
        "localhost:3001",
        "//localhost:3001",
        "ftp://localhost",
        "javascript://localhost",
        "http://localhost:3001/",
        "http://localhost:3001\n",
        "http://user@localhost:3001",
        "http://localhost:3001; script-src *",
        "http://localhost:3001 http://evil.example",
        "http://*",
        'http://localhost"><script>alert(1)</script>',
        "http://localhost:3001\r\nSet-Cookie: a=b",
    ],
)
@pytest.mark.parametrize("side", ["backend", "proxy"])
def test_only_an_origin_gets_into_the_page_and_its_policy(side, origin):
    with pytest.raises(ValueError, match="not an origin"):
        make_page(**{"backend": BACKEND, "proxy": PROXY, side: origin})


@pytest.mark.parametrize("origin", ["http://127.0.0.1:3001", "https://api.example", "http://[::1]:3001"])
def test_every_kind_of_origin_is_taken(origin):
    make_page(backend=origin, proxy=PROXY)
