"""`devproxy check` against real servers with real mistakes: a real browser says the same, and the fix as printed ends it.

tests/real/servers.py says which servers are wanted.
"""

import asyncio
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest
from aiohttp import web

pytestmark = pytest.mark.browser


@dataclass(frozen=True)
class Mistake:
    """What people do to a server, where `wrong` stands in place of the fix, and `around` is the rest of it, which stays.

    ORIGIN is the page's. `around` goes from one text of the program to another. `code` is what the browser stops at;
    `lint` is what else is to be told. `status` and `body` are what the page reads in the end.
    """

    key: str
    wrong: str | None
    code: str
    path: str = "/users"
    credentials: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    around: tuple[str, str] = ("", "")
    lint: str = ""
    status: int = 200
    body: str = ""

    def edit(self, text: str) -> str:
        return text.replace(*self.around, 1) if self.around[0] else text


def fastapi(arguments: str) -> str:
    return f"""\
from fastapi.middleware.cors import CORSMiddleware

app.add_middleware(CORSMiddleware, {arguments})"""


def express(options: str) -> str:
    return f'app.use(require("cors")({options}));'


JSON = {"Content-Type": "application/json"}
TOKEN = {"Authorization": "Bearer x"}
EXPRESS_LOGIN = """
app.use((request, response, next) => (request.get("Authorization") ? next() : response.status(401).end()));
"""
FASTAPI_LOGIN = f"""
{fastapi('allow_origins=["*"], allow_headers=["*"]')}


@app.middleware("http")
async def login(request: Request, proceed):
    return await proceed(request) if "Authorization" in request.headers else Response(status_code=401)


@app.get("/crash")"""

MISTAKES = {
    "express: the origin has a slash at its end": Mistake(
        "express", express('{ origin: "ORIGIN/", credentials: true }'), "actual.acao-mismatch"
    ),
    "express: any page, with credentials": Mistake(
        "express",
        express("{ credentials: true }"),
        "preflight.star-with-credentials",
        credentials=True,
        headers=JSON,
    ),
    "express: the list of headers forgets one": Mistake(
        "express",
        express('{ origin: "ORIGIN", allowedHeaders: ["content-type"] }'),
        "preflight.header",
        headers={**JSON, "X-Key": "1"},
    ),
    "express: a login above cors": Mistake(
        "express",
        f"{EXPRESS_LOGIN}{express('{}')}",
        "preflight.acao-missing",
        headers=TOKEN,
        around=("const users", f"{EXPRESS_LOGIN}const users"),
    ),
    "express: cors on one route only, and another crashes": Mistake(
        "express",
        'app.use("/users", require("cors")());',
        "actual.acao-missing",
        path="/crash",
        lint="hidden-status",
        status=500,
        body="Error: as planned",
    ),
    "express: a preflight is redirected": Mistake(
        "express",
        None,
        "preflight.redirect",
        path="/old",
        headers=TOKEN,
        around=("const users", 'app.use("/old", (_, response) => response.redirect("/users"));\nconst users'),
    ),
    "fastapi: the origin has a slash at its end": Mistake(
        "fastapi", fastapi('allow_origins=["ORIGIN/"]'), "preflight.acao-missing", headers=JSON
    ),
    "fastapi: another middleware is further out": Mistake(
        "fastapi",
        None,
        "preflight.acao-missing",
        headers=TOKEN,
        around=('\n@app.get("/crash")', FASTAPI_LOGIN),
    ),
    "django: no middleware": Mistake(
        "django", None, "preflight.acao-missing", credentials=True, headers={"X-CSRFToken": "t" * 32}
    ),
    "flask: nothing": Mistake("flask", None, "preflight.acao-missing", headers=JSON),
    "django: the slash is missing": Mistake(
        "django", None, "preflight.redirect", path="/slash", headers={"X-Requested-With": "XMLHttpRequest"}
    ),
    "nginx: add_header without always": Mistake(
        "nginx",
        "\n\nadd_header Access-Control-Allow-Origin ORIGIN;",
        "actual.acao-missing",
        path="/missing",
        lint="hidden-status",
        status=404,
        body="404: Not Found",
    ),
    "nginx: the backend does it too": Mistake(
        "nginx",
        "\n\nadd_header Access-Control-Allow-Origin * always;",
        "actual.acao-multiple",
        path="/with_cors",
    ),
    "caddy: nothing": Mistake("caddy", None, "preflight.acao-missing", headers=JSON),
}


async def check(*arguments: str) -> tuple[int | None, str]:
    """The real command: its exit code and what it says."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "devproxy", "check", *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    told, _ = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode, told.decode()


async def printed(page) -> str:
    """What the browser's console says of CORS, which may come after the promise has failed."""
    for _ in range(100):
        if said := [line for line in page.console if "CORS policy" in line]:
            return said[-1]
        await asyncio.sleep(0.05)
    raise AssertionError(f"nothing about CORS in {page.console}")


@pytest.mark.parametrize("name", MISTAKES)
async def test_the_verdict_is_the_browsers_and_the_fix_ends_it(name, run, target, tab):
    """Blocked with Chromium's own words; and with what was printed in place of the mistake, allowed and read."""
    mistake, page = MISTAKES[name], await tab()
    wrong = mistake.wrong.replace("ORIGIN", page.origin) if mistake.wrong else None
    options = {"headers": dict(mistake.headers), "credentials": "include" if mistake.credentials else "omit"}
    arguments = [word for each in mistake.headers.items() for word in ("-H", ": ".join(each))]
    arguments += ["--origin", page.origin, *["--credentials"] * mistake.credentials]

    server = await run(mistake.key, wrong, edit=mistake.edit, target=target)
    url = f"http://localhost:{server.port}{mistake.path}"
    code, text = await check(url, *arguments, "--json")
    told = json.loads(text)
    assert (code, told["verdict"], told["blocks"][0]["code"]) == (1, "blocked", mistake.code)
    assert mistake.lint in ["", *(lint["code"] for lint in told["lints"])]
    assert "error" in await page.fetch(url, **options)
    assert told["console"]["chromium"] == await printed(page)
    assert told["fix"]["framework"] == mistake.key  # it gave itself away
    code, text = await check(url, *arguments)
    assert code == 1
    assert told["fix"]["code"] in text

    server = await run(mistake.key, told["fix"]["code"], edit=mistake.edit, target=target)
    url = f"http://localhost:{server.port}{mistake.path}"
    code, text = await check(url, *arguments, "--json")
    told = json.loads(text)
    assert (code, told["verdict"]) == (0, "allowed"), text
    assert {lint["code"] for lint in told["lints"]} <= {"expose", "cache.preflight"}
    answer = await page.fetch(url, **options)
    assert answer.get("status") == mistake.status, page.console
    assert mistake.body in answer["body"]


async def test_fastapi_lets_any_page_in_with_credentials(run, tab):
    """The page reads, and so would any other: check says so, and what it prints lets in this one only."""
    page = await tab()
    arguments = ("--origin", page.origin, "--credentials", "--json")
    server = await run("fastapi", fastapi('allow_origins=["*"], allow_credentials=True'))
    code, text = await check(f"http://localhost:{server.port}/users", *arguments)
    told = json.loads(text)
    assert (code, told["lints"][0]["code"]) == (0, "reflection")
    assert "as whoever is logged in" in told["lints"][0]["what"]

    server = await run("fastapi", told["fix"]["code"])
    url = f"http://localhost:{server.port}/users"
    code, text = await check(url, *arguments)
    assert code == 0
    assert "reflection" not in text
    assert (await page.fetch(url, credentials="include"))["status"] == 200
    stranger = await tab()
    assert "error" in await stranger.fetch(url, credentials="include")


async def test_a_redirect_that_makes_the_page_nobodys(serve, start, tab):
    """The server behind it knows the page by its name only; devproxy as printed has a route for it."""
    page = await tab()
    allows = {"Access-Control-Allow-Origin": page.origin, "Vary": "Origin"}

    async def there(_request):
        return web.Response(text="there", headers=allows)

    async def here(_request):
        return web.Response(status=302, headers={**allows, "Location": f"{behind}/there"})

    one, other = web.Application(), web.Application()
    one.router.add_get("/here", here)
    other.router.add_get("/there", there)
    url, behind = f"{await serve(one)}/here", await serve(other)

    code, text = await check(url, "--origin", page.origin, "--json")
    told = json.loads(text)
    assert (code, told["steps"][-1]["origin"]) == (1, "null")
    assert "error" in await page.fetch(url)
    assert told["console"]["chromium"] == await printed(page)
    assert told["fix"]["fields"] == {"Access-Control-Allow-Origin": "*"}

    _, *targets = told["fix"]["devproxy"].split()
    proxy = await start(*targets)
    assert (await page.fetch(f"{proxy.origin}/here"))["body"] == "there"
