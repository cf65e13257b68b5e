"""Real logins of real frameworks through devproxy, in real browsers, with nothing set for devproxy in any of them.

Runs where DEVPROXY_TEST_LOGINS names a folder that holds venv (pip: django flask fastapi uvicorn python-multipart
itsdangerous) and node_modules (npm: express express-session next react react-dom vite); Rails is the system's. README.md shows how to make it.
"""

import asyncio
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

import pytest
from aiohttp import web
from playwright.async_api import Error, async_playwright

from tests.ports import unused_port
from tests.real import browser as browsers
from tests.real.logins import firefox
from tests.real.programs import listening

pytestmark = pytest.mark.browser

SHOPS = Path(__file__).parent / "logins"
PAGE = "<!doctype html><title>frontend</title>"


class Browser(Protocol):
    async def goto(self, url: str) -> object: ...
    async def evaluate(self, function: str, argument: object = None) -> object: ...


@dataclass(frozen=True)
class Shop:
    """A program that speaks as logins/__init__.py says, and where script finds the token that its framework wants.

    `cookie` and `header`: it reads the one and sends the other, as the framework's manual shows; else the token is in the form.
    `needs` is what its route must say for pages of another origin. `vite` serves the page where that is asked for.
    """

    program: str
    cookie: str = ""
    header: str = ""
    needs: str = ""
    vite: bool = False


SHOPS_TRIED = {
    "django": Shop("django_shop.py", "csrftoken", "X-CSRFToken"),
    "flask": Shop("flask_shop.py"),
    "fastapi": Shop("fastapi_shop.py"),
    "vite+fastapi": Shop("fastapi_shop.py", vite=True),
    "express": Shop("express_shop.cjs"),
    "rails": Shop("rails_shop.rb"),
    "spring": Shop("spring_shop.py", "XSRF-TOKEN", "X-XSRF-TOKEN", needs="target_origin: remove"),
}


def folder() -> Path:
    named = os.environ.get("DEVPROXY_TEST_LOGINS")
    if not named:
        pytest.skip("DEVPROXY_TEST_LOGINS names no folder with the frameworks")
    return Path(named).absolute()


def command(program: str) -> list[str]:
    """What runs a program; skips the test where that is not installed."""
    match Path(program).suffix:
        case ".py":
            runner = str(folder() / "venv/bin/python")
        case ".cjs":
            runner = "node"
        case _:
            runner = "ruby"
            rails = ["ruby", "-e", "require 'action_controller/railtie'; require 'rack/handler/puma'"]
            if not shutil.which("ruby") or subprocess.run(rails, check=False, capture_output=True).returncode:
                pytest.skip("Rails and Puma are not installed")
    if not shutil.which(runner):
        pytest.skip(f"there is no {runner}")
    return [runner, str(SHOPS / program)]


@pytest.fixture
async def run(tmp_path) -> AsyncIterator[Callable[..., Awaitable[str]]]:
    """Runs a server that is told its port; its origin, once it listens. What it says is in the report of a failed test."""
    async with AsyncExitStack() as stack:

        async def start(arguments: list[str]) -> str:
            port = unused_port()
            environment = {"NODE_PATH": str(folder() / "node_modules"), "RAILS_ENV": "development"}
            command = [argument.replace("{port}", str(port)) for argument in arguments]
            await stack.enter_async_context(listening(command, port, tmp_path, environment))
            return f"http://localhost:{port}"

        yield start


@pytest.fixture(params=["chromium", "firefox"])
async def browser(request, tmp_path_factory) -> AsyncIterator[Browser]:
    """A tab of an empty browser: no cookies, no history."""
    folder()
    path = {"chromium": browsers.find, "firefox": firefox.find}[request.param]()
    if path is None:
        pytest.skip(f"there is no {request.param} on this machine")
    if request.param == "firefox":
        async with firefox.running(path, tmp_path_factory.mktemp("profile")) as tab:
            yield tab
    else:
        async with async_playwright() as playwright:
            chromium = await playwright.chromium.launch(executable_path=path, args=list(browsers.ARGUMENTS))
            yield await chromium.new_page()
            await chromium.close()


@pytest.fixture
async def frontend(serve, run, tmp_path) -> Callable[[Shop], Awaitable[str]]:
    """Serves an empty page on an origin of its own."""

    async def empty(_request: web.Request) -> web.Response:
        return web.Response(text=PAGE, content_type="text/html")

    async def page(shop: Shop) -> str:
        if shop.vite:
            (tmp_path / "index.html").write_text(PAGE)
            program = str(folder() / "node_modules/vite/bin/vite.js")
            return await run(["node", program, "--port", "{port}", "--strictPort", "--clearScreen", "false"])
        app = web.Application()
        app.router.add_get("/", empty)
        return await serve(app)

    return page


# As a frontend's script does it: whatever form the backend gives out is filled in and sent with fetch.
BY_SCRIPT = r"""async ({api, credentials, cookie, header}) => {
  const steps = [];
  const seen = async (answer) => {
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const who = page.querySelector("h1")?.textContent ?? page.body.textContent.slice(0, 200);
    steps.push([answer.status, answer.url, who]);
    return [page.forms[0], answer.url];
  };
  const get = async (path) => seen(await fetch(api + path, {credentials}));
  const send = async ([form, from], fields, token = true) => {
    const body = new URLSearchParams(new FormData(form));
    for (const [name, value] of Object.entries(fields)) body.set(name, value);
    const headers = {};
    if (cookie || !token) for (const name of ["csrfmiddlewaretoken", "authenticity_token", "_csrf"]) body.delete(name);
    if (cookie && token)
      headers[header] = document.cookie.split("; ").find((pair) => pair.startsWith(cookie + "="))?.slice(cookie.length + 1);
    const action = new URL(form.getAttribute("action") ?? from, from);
    return seen(await fetch(action, {method: "POST", credentials, headers, body}));
  };
  await get("/me");
  const form = await get("/login");
  await send(form, {username: "Ada", password: "wrong"}, false);
  await send(form, {username: "Ada", password: "lovelace"});
  const me = await get("/me");
  await send(me, {});
  await get("/me");
  return steps;
}"""

FILL_IN = """() => {
  const {username, password} = document.forms[0].elements;
  username.value = "Ada";
  password.value = "lovelace";
  document.querySelector("form button").click();
}"""
CLICK = """() => document.querySelector("form button").click()"""
SEEN = """() => [location.href, document.readyState, document.querySelector("h1")?.textContent]"""


def arguments(api: str, shop: Shop, credentials: str) -> dict[str, str]:
    return {"api": api, "credentials": credentials, "cookie": shop.cookie, "header": shop.header}


async def log_in_by_script(browser: Browser, api: str, shop: Shop, credentials: str) -> None:
    """Signed out, signed in, and out again; the browser followed each redirect to an address below `api`."""
    steps = await browser.evaluate(BY_SCRIPT, arguments(api, shop, credentials))
    before, form, refused, *after = steps
    assert (form[0], refused[2] == "Ada") == (200, False)
    assert [(url.removesuffix("?continue"), status, who) for status, url, who in (before, *after)] == [
        (f"{api}/me", 401, "nobody"),
        (f"{api}/me", 200, "Ada"),  # where the redirect after signing in led
        (f"{api}/me", 200, "Ada"),
        (f"{api}/me", 401, "nobody"),  # where the redirect after signing out led
        (f"{api}/me", 401, "nobody"),
    ]


async def log_in_by_form(browser: Browser, api: str) -> None:
    """The same by buttons, without script."""
    await sign_in(browser, api)
    await sign_out(browser, api)


async def sign_in(browser: Browser, api: str) -> None:
    await browser.goto(f"{api}/login")
    await browser.evaluate(FILL_IN)
    await seen(browser, f"{api}/me", "Ada")


async def sign_out(browser: Browser, api: str) -> None:
    await browser.evaluate(CLICK)
    await seen(browser, f"{api}/me", "nobody")


async def seen(browser: Browser, url: str, who: str) -> None:
    found: object = None
    for _ in range(100):
        with suppress(Error, firefox.BrowserError):  # between two pages there is no script to ask
            found = await browser.evaluate(SEEN)
            if found in ([url, "complete", who], [f"{url}?continue", "complete", who]):
                return
        await asyncio.sleep(0.1)
    raise AssertionError(f"{found} instead of {who} at {url}")


@pytest.mark.parametrize("name", SHOPS_TRIED)
async def test_a_login_beside_the_page(browser, run, start, frontend, name):
    """Page at /, backend at /api of one devproxy: script and forms sign in and out."""
    shop = SHOPS_TRIED[name]
    backend = await run([*command(shop.program), "{port}", "/api"])
    proxy = await start(f"api={backend}", f"/={await frontend(shop)}")
    await browser.goto(f"{proxy.origin}/")
    await log_in_by_script(browser, f"{proxy.origin}/api", shop, "same-origin")
    await log_in_by_form(browser, f"{proxy.origin}/api")


@pytest.mark.parametrize("name", SHOPS_TRIED)
async def test_a_login_below_a_stripped_prefix(browser, run, start, frontend, name):
    """The same where the backend knows nothing of /api: its redirects lead back below it, and its cookies reach page and backend."""
    shop = SHOPS_TRIED[name]
    backend = await run([*command(shop.program), "{port}", ""])
    proxy = await start(f"/api={backend},strip", f"/={await frontend(shop)}")
    await browser.goto(f"{proxy.origin}/")
    await log_in_by_script(browser, f"{proxy.origin}/api", shop, "same-origin")
    await log_in_by_form(browser, f"{proxy.origin}/api")


@pytest.mark.parametrize("name", SHOPS_TRIED)
async def test_a_login_from_another_origin(browser, run, start, frontend, name):
    """A page on a port of its own signs in and out at the backend with credentials: 'include'."""
    shop = SHOPS_TRIED[name]
    backend = await run([*command(shop.program), "{port}", ""])
    proxy = await start(config=f"routes: {{/: {{target: '{backend}', {shop.needs}}}}}")
    await browser.goto(await frontend(shop))
    await log_in_by_script(browser, proxy.origin, shop, "include")


@pytest.mark.parametrize(("name", "refusal"), [("django", 403), ("rails", 422)])
async def test_what_they_say_to_an_origin_that_is_not_theirs(browser, run, start, frontend, name, refusal):
    """Their checks are on: with target_origin: keep they see the page's own Origin and refuse the login."""
    shop = SHOPS_TRIED[name]
    backend = await run([*command(shop.program), "{port}", ""])
    proxy = await start(config=f"routes: {{/: {{target: '{backend}', target_origin: keep}}}}")
    await browser.goto(await frontend(shop))
    steps = await browser.evaluate(BY_SCRIPT, arguments(proxy.origin, shop, "include"))
    assert [status for status, _, _ in steps] == [401, 200, refusal, refusal, 401, refusal, 401]


async def test_two_logins_below_two_stripped_prefixes(browser, run, start):
    """Two backends that call their cookies alike, on one host: who signs out of one stays signed in to the other."""
    program = [*command(SHOPS_TRIED["django"].program), "{port}", ""]
    one, two = await asyncio.gather(run(program), run(program))
    proxy = await start(f"/one={one},strip", f"/two={two},strip")
    for shop in ("one", "two"):
        await sign_in(browser, f"{proxy.origin}/{shop}")
    await sign_out(browser, f"{proxy.origin}/two")
    await browser.goto(f"{proxy.origin}/one/me")
    await seen(browser, f"{proxy.origin}/one/me", "Ada")
    await sign_out(browser, f"{proxy.origin}/one")


async def test_an_origin_that_spring_does_not_list_may_not_even_read(browser, run, start, frontend):
    """Why its row needs target_origin: on GET a page's Origin is passed on as it came, and Spring judges that too."""
    shop = SHOPS_TRIED["spring"]
    backend = await run([*command(shop.program), "{port}", ""])
    proxy = await start(backend)
    await browser.goto(await frontend(shop))
    answer = await browser.evaluate(
        "async (url) => { const answer = await fetch(url); return [answer.status, await answer.text()]; }",
        f"{proxy.origin}/me",
    )
    assert answer == [403, "Invalid CORS request"]


async def test_a_server_action_of_next_signs_in_and_out(browser, run, start):
    """Next behind / of devproxy: it compares the Origin of an action with the host that it was asked by."""
    with TemporaryDirectory(
        dir=folder()
    ) as site:  # below node_modules, beyond which its bundler does not look
        shutil.copytree(SHOPS / "next_shop", site, dirs_exist_ok=True)
        program = str(folder() / "node_modules/next/dist/bin/next")
        proxy = await start(await run(["node", program, "dev", site, "--port", "{port}"]))
        await log_in_by_form(browser, proxy.origin)
