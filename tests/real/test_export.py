"""What is written out for a server, in that server: asked as browsers ask, and read by a real one."""

import re

import pytest

from devproxy.export.allow import Allow
from devproxy.export.frameworks import FRAMEWORKS

PAGE, OTHER_PAGE, FOREIGN = "http://localhost:5173", "http://[::1]:5173", "http://localhost:51730"
LONG_PAGE = f"https://{'preview-' * 6}of-a-branch.example.com"
TOKEN = "t" * 32  # Django's, which is also the only cookie

READ = Allow((PAGE,))
WRITE = Allow(
    (PAGE,), ("PUT",), ("content-type", "x-csrftoken", "x-key"), credentials=True, expose=("x-total",)
)
SEVERAL = Allow((PAGE, OTHER_PAGE, LONG_PAGE), ("PUT",), ("x-key",), credentials=True)
ANY = Allow(("*",), ("PUT",), ("x-key",))
ODD = Allow(("null", OTHER_PAGE), ("QUERY",), ("x-$http_origin", "x`'|^~"), expose=("x-#$",))


every_server = pytest.mark.parametrize("key", FRAMEWORKS)


@every_server
async def test_without_it_no_page_reads(key, run, target):
    """The backends know nothing of CORS: what is readable later is the snippet's doing."""
    server = await run(key, None, target=target)
    assert not (await server.preflight(PAGE, "PUT", "x-key")).permits(
        WRITE, PAGE, method="PUT", names="x-key"
    )
    answer = await server.ask("/users", PAGE)
    assert (answer.status, answer.readable(PAGE)) == (200, False)


@every_server
async def test_a_page_that_writes_with_credentials(key, run, target):
    """It may use what is allowed and nothing else, and reads whatever comes back."""
    server = await run(key, WRITE, target=target)
    names = "content-type,x-csrftoken,x-key"
    assert (await server.preflight(PAGE, "PUT", names)).permits(WRITE, PAGE, method="PUT", names=names)
    assert (await server.preflight(PAGE)).permits(WRITE, PAGE, method="GET")
    assert not (await server.preflight(PAGE, "DELETE")).permits(WRITE, PAGE, method="DELETE")
    assert not (await server.preflight(PAGE, "PUT", "x-else")).permits(
        WRITE, PAGE, method="PUT", names="x-else"
    )
    answer = await server.ask(
        "/users", PAGE, "PUT", Cookie=f"csrftoken={TOKEN}", X_CSRFToken=TOKEN, Content_Length="0"
    )
    assert answer.status == 200 and answer.readable(PAGE, credentials=True)
    assert f"csrftoken={TOKEN}".encode() in answer.body
    assert answer.headers.elements("access-control-expose-headers") == ["x-total"]


@every_server
async def test_the_answers_that_are_errors(key, run, target):
    """A page reads that something is not there, and that it crashed."""
    server = await run(key, WRITE, target=target)
    for path, status in (("/missing", 404), ("/crash", 500)):
        answer = await server.ask(path, PAGE)
        assert (answer.status, answer.readable(PAGE, credentials=True)) == (status, True)


@every_server
@pytest.mark.parametrize("allow", [READ, WRITE, SEVERAL], ids=["read", "write", "several"])
async def test_a_page_that_is_not_named(key, allow, run, target):
    """Its origin merely begins like an allowed one, and it reads nothing."""
    server = await run(key, allow, target=target)
    for origin in (FOREIGN, "null"):
        assert not (await server.preflight(origin)).permits(allow, origin, method="GET")
        for credentials in (False, True):
            assert not (await server.ask("/users", origin)).readable(origin, credentials=credentials)


@every_server
async def test_several_pages(key, run, target):
    """Each finds its own origin, and caches are told to keep the answers apart, also those to nobody's page."""
    server = await run(key, SEVERAL, target=target)
    for origin in SEVERAL.origins:
        assert (await server.preflight(origin, "PUT", "x-key")).permits(
            SEVERAL, origin, method="PUT", names="x-key"
        )
        answer = await server.ask("/users", origin)
        assert answer.readable(origin, credentials=True)
        assert "origin" in [name.lower() for name in answer.headers.elements("vary")]
    assert "origin" in [name.lower() for name in (await server.ask("/users")).headers.elements("vary")]


@every_server
async def test_any_page(key, run, target):
    """With * every page reads, and none with credentials."""
    server = await run(key, ANY, target=target)
    for origin in (PAGE, "null"):
        assert (await server.preflight(origin, "PUT", "x-key")).permits(
            ANY, origin, method="PUT", names="x-key"
        )
        answer = await server.ask("/users", origin)
        assert answer.readable(origin)
        assert not answer.readable(origin, credentials=True)


@every_server
async def test_the_oddest_names_are_only_names(key, run, target):
    """What means something to a server, such as $http_origin to nginx or ^ to flask-cors, is allowed as it is written."""
    server = await run(key, ODD, target=target)
    for name in ODD.headers:
        assert (await server.preflight("null", "QUERY", name)).permits(
            ODD, "null", method="QUERY", names=name
        )
    name = "x-null"  # what nginx would make of it
    assert not (await server.preflight("null", "QUERY", name)).permits(
        ODD, "null", method="QUERY", names=name
    )
    assert (await server.ask("/users", OTHER_PAGE)).headers.elements("access-control-expose-headers") == [
        "x-#$"
    ]


@pytest.mark.browser
@every_server
async def test_a_real_page_reads(key, run, target, tab):
    """Chromium lets a page write with its cookie, read the exposed header, and read a crash."""
    page = await tab()
    allow = Allow((page.origin,), WRITE.methods, WRITE.headers, credentials=True, expose=WRITE.expose)
    server = await run(key, allow, target=target)
    await page.page.evaluate("(token) => { document.cookie = `csrftoken=${token}`; }", TOKEN)
    url = f"http://localhost:{server.port}"
    headers = {"Content-Type": "application/json", "X-CSRFToken": TOKEN, "X-Key": "1"}
    answer = await page.fetch(f"{url}/users", method="PUT", credentials="include", headers=headers, body="{}")
    assert (answer.get("status"), answer.get("body")) == (200, f"csrftoken={TOKEN}"), (answer, page.console)
    assert answer["headers"]["x-total"] == "2"
    assert (await page.fetch(f"{url}/crash", credentials="include")).get("status") == 500, page.console


# What the notes say, seen. Each begins with a way to hold the snippet wrong.


async def test_fastapi_added_as_middleware_loses_crashes(run):
    """app.add_middleware is within Starlette's error handler: a page reads users, and no 500."""

    def added(text: str) -> str:
        return text.replace("app = CORSMiddleware(\n    app,", "app.add_middleware(\n    CORSMiddleware,")

    server = await run("fastapi", READ, edit=added)
    assert (await server.ask("/users", PAGE)).readable(PAGE)
    crash = await server.ask("/crash", PAGE)
    assert (crash.status, crash.readable(PAGE)) == (500, False)


async def test_express_below_the_routes_is_never_reached(run):
    """A route answers before cors is asked."""
    code = FRAMEWORKS["express"].render(READ).code
    server = await run("express", READ, edit=lambda text: text.replace(code, "").replace("// end", code))
    assert not (await server.ask("/users", PAGE)).readable(PAGE)


async def test_express_answers_every_options(run):
    """cors takes what is no preflight as well, before a route for it."""

    def with_route(text: str) -> str:
        return text.replace("// end", 'app.options("/users", (_, response) => response.send("mine"));')

    assert (await (await run("express", None, edit=with_route)).ask("/users", method="OPTIONS")).status == 200
    assert (await (await run("express", READ, edit=with_route)).ask("/users", method="OPTIONS")).status == 204


@pytest.mark.parametrize("first", [True, False])
async def test_django_has_it_first_for_the_sake_of_redirects(first, run):
    """CommonMiddleware adds a slash; a page may follow that only if CorsMiddleware is further out."""

    def last(text: str) -> str:
        return re.sub(r"MIDDLEWARE = \[(.+), \*MIDDLEWARE\]", r"MIDDLEWARE = [*MIDDLEWARE, \1]", text)

    server = await run("django", READ, edit=str if first else last)
    assert (await server.ask("/users", PAGE)).readable(PAGE)
    redirect = await server.ask("/slash", PAGE)
    assert (redirect.status, redirect.readable(PAGE)) == (301, first)


async def test_django_trusts_in_a_second_place(run):
    """Without CSRF_TRUSTED_ORIGINS a page may ask with its session and its token, and is told 403."""

    def untrusted(text: str) -> str:
        return re.sub(r"CSRF_TRUSTED_ORIGINS = .*", "", text)

    server = await run("django", WRITE, edit=untrusted)
    fields = {"Cookie": f"csrftoken={TOKEN}", "X_CSRFToken": TOKEN, "Content_Length": "0"}
    answer = await server.ask("/users", PAGE, "PUT", **fields)
    assert (answer.status, answer.readable(PAGE, credentials=True)) == (403, True)


async def test_flask_keeps_caches_from_mixing_up_pages(run):
    """A page that is not named, and nobody, are answered otherwise, which every answer says."""
    server = await run("flask", READ)
    for origin in (PAGE, FOREIGN, ""):
        answer = await server.ask("/users", origin)
        assert "origin" in [name.lower() for name in answer.headers.elements("vary")]


async def test_flask_in_debug_mode_loses_crashes(run):
    """The debugger's page comes from outside of Flask."""
    server = await run("flask", READ, FLASK_DEBUG="1", FLASK_RUN_RELOAD="0")
    assert (await server.ask("/users", PAGE)).readable(PAGE)
    crash = await server.ask("/crash", PAGE)
    assert (crash.status, crash.readable(PAGE)) == (500, False)


async def test_flask_asks_before_request_first(run):
    """A check of logins refuses preflights as well, unless it lets OPTIONS pass."""
    login = """
@app.before_request
def login():
    if {condition} "Authorization" not in request.headers:
        return "who are you?", 401
"""
    strict = await run("flask", READ, edit=lambda text: text + login.format(condition=""))
    lenient = await run(
        "flask", READ, edit=lambda text: text + login.format(condition='request.method != "OPTIONS" and')
    )
    assert (await strict.preflight(PAGE)).status == 401
    assert (await lenient.preflight(PAGE)).permits(READ, PAGE, method="GET")
    refused = await lenient.ask("/users", PAGE)
    assert (refused.status, refused.readable(PAGE)) == (401, True)


async def test_flask_redirects_preflights(run):
    """To the slash that the route has and the page has not."""
    server = await run("flask", READ, edit=lambda text: text.replace('"/users"', '"/users/"'))
    assert (await server.preflight(PAGE)).status == 308


async def test_nginx_without_always_loses_errors(run, target):
    """add_header alone is for a few statuses."""
    server = await run("nginx", READ, target=target, edit=lambda text: text.replace(" always;", ";"))
    assert (await server.ask("/users", PAGE)).readable(PAGE)
    assert not (await server.ask("/missing", PAGE)).readable(PAGE)


async def test_nginx_inherits_all_or_nothing(run, target):
    """A location within that adds a header of its own has lost ours."""
    inner = f"location /users {{ add_header X-Own 1; proxy_pass {target}; }}\n            proxy_pass http"
    server = await run("nginx", READ, target=target, edit=lambda text: text.replace("proxy_pass http", inner))
    assert not (await server.ask("/users", PAGE)).readable(PAGE)
    assert (await server.ask("/crash", PAGE)).readable(PAGE)


async def test_nginx_answers_preflights_and_nothing_else_before_a_login(run, target):
    """A preflight carries no login; what follows is asked for one, and the page reads that; OPTIONS alone is no preflight."""

    def guarded(text: str) -> str:
        return text.replace(
            "proxy_pass http", 'auth_basic "who?"; auth_basic_user_file /dev/null; proxy_pass http'
        )

    server = await run("nginx", READ, target=target, edit=guarded)
    assert (await server.preflight(PAGE)).permits(READ, PAGE, method="GET")
    answer = await server.ask("/users", PAGE)
    assert (answer.status, answer.readable(PAGE)) == (401, True)
    assert (await server.ask("/users", PAGE, "OPTIONS")).status == 401
    assert (await server.ask("/users", "", "OPTIONS", Access_Control_Request_Method="GET")).status == 401


@pytest.mark.parametrize("hidden", [True, False])
async def test_nginx_in_front_of_a_backend_with_cors(hidden, run, target):
    """Two origins in one answer are none; credentials that the policy does not allow are not let through either."""

    def doubled(text: str) -> str:
        return re.sub(r"proxy_hide_header .*;", "", text)

    server = await run("nginx", READ, target=target, edit=str if hidden else doubled)
    assert (await server.ask("/with_cors", PAGE)).readable(PAGE) is hidden


@pytest.mark.parametrize("dropped", [True, False])
async def test_caddy_in_front_of_a_backend_with_cors(dropped, run, target):
    """Two origins in one answer are none, and header_down drops the backend's."""

    def dropping(text: str) -> str:
        return text.replace("# header_down", "header_down -Access-Control-*")

    server = await run("caddy", READ, target=target, edit=dropping if dropped else str)
    assert (await server.ask("/with_cors", PAGE)).readable(PAGE) is dropped


@pytest.mark.parametrize("key", ["nginx", "caddy"])
async def test_a_backend_that_is_down(key, run):
    """A page reads the 502 of the server in front."""
    server = await run(key, READ, target="http://127.0.0.1:1")
    answer = await server.ask("/users", PAGE)
    assert (answer.status, answer.readable(PAGE)) == (502, True)


async def test_caddy_with_defer_loses_its_own_errors(run):
    """What is deferred waits for an answer that then comes from elsewhere."""
    server = await run(
        "caddy",
        READ,
        target="http://127.0.0.1:1",
        edit=lambda text: text.replace("header {", "header {\n    defer"),
    )
    answer = await server.ask("/users", PAGE)
    assert (answer.status, answer.readable(PAGE)) == (502, False)


async def test_caddy_asks_for_a_login_first(run, target):
    """forward_auth stands before respond, unless its matcher leaves OPTIONS out."""

    def guarded(text: str, matcher: str = "") -> str:
        login = f"forward_auth {matcher} {target} {{\n    uri /login\n}}\nreverse_proxy http"
        return text.replace("reverse_proxy http", login)

    def leniently(text: str) -> str:
        return guarded(text, "@login").replace(
            "@cors_preflight {", "@login not method OPTIONS\n@cors_preflight {"
        )

    strict = await run("caddy", READ, target=target, edit=guarded)
    lenient = await run("caddy", READ, target=target, edit=leniently)
    assert (await strict.preflight(PAGE)).status == 401
    assert (await lenient.preflight(PAGE)).permits(READ, PAGE, method="GET")
    refused = await lenient.ask("/users", PAGE)
    assert (refused.status, refused.readable(PAGE)) == (401, True)


async def test_caddy_takes_it_within_a_handle(run, target):
    """Where a handle has the proxy, the snippet stands in that handle, and reaches no further."""

    def handled(text: str) -> str:
        return text.replace("# beside", "handle /users {\n# beside").removesuffix("}\n") + "    }\n}\n"

    server = await run("caddy", SEVERAL, target=target, edit=handled)
    assert (await server.preflight(OTHER_PAGE, "PUT")).permits(SEVERAL, OTHER_PAGE, method="PUT")
    assert (await server.ask("/users", OTHER_PAGE)).readable(OTHER_PAGE, credentials=True)
    assert not (await server.ask("/missing", OTHER_PAGE)).readable(OTHER_PAGE, credentials=True)
