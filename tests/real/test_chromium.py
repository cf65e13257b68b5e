"""What a real page in a real Chromium can read through devproxy: exactly what the policy allows."""

import json

import pytest
from aiohttp import web

from devproxy.browser.words import chromium
from tests.ports import unused_port

pytestmark = pytest.mark.browser


async def test_straight_to_the_backend_the_browser_blocks(tab, backend):
    """The error that devproxy exists for: the backend answers, and the page may not read it."""
    page = await tab()
    assert (await page.fetch(f"{backend}/api/users"))["error"] == "TypeError: Failed to fetch"
    assert any(
        "blocked by CORS policy: No 'Access-Control-Allow-Origin' header" in line for line in page.console
    )


async def test_a_simple_get_is_readable(tab, backend, start):
    """Through devproxy the page reads what the backend answers."""
    page, proxy = await tab(), await start(backend)
    answer = await page.fetch(f"{proxy.origin}/api/users")
    assert answer["status"] == 200
    assert json.loads(answer["body"])[0]["name"] == "Ada Lovelace"
    assert not any("CORS" in line for line in page.console)


async def test_a_put_with_custom_headers_and_authorization_is_preflighted_and_sent(tab, backend, start):
    """The preflight is answered by devproxy, and the PUT arrives with everything that the page set."""
    page, proxy = await tab(), await start(backend)
    answer = await page.fetch(
        f"{proxy.origin}/test/echo",
        method="PUT",
        headers={"X-Request-ID": "r1", "Authorization": "Bearer demo", "Content-Type": "application/json"},
        body='{"a": 1}',
    )
    assert answer["status"] == 200
    seen = json.loads(answer["body"])
    headers = {name.lower(): value for name, value in seen["headers"]}
    assert (seen["method"], headers["x-request-id"], headers["authorization"]) == ("PUT", "r1", "Bearer demo")
    assert [exchange.request.method for exchange in proxy.recorder.ended_] == ["OPTIONS", "PUT"]


async def test_a_session_cookie_travels_with_credentials(tab, backend, start):
    """The page logs in, and the cookie that the backend set comes back with the next request."""
    page, proxy = await tab(), await start(backend)
    login = await page.fetch(
        f"{proxy.origin}/api/login",
        method="POST",
        credentials="include",
        headers={"Content-Type": "application/json"},
        body='{"name": "Ada Lovelace"}',
    )
    assert login["status"] == 200
    session = await page.fetch(f"{proxy.origin}/api/session", credentials="include")
    assert (session["status"], json.loads(session["body"])["name"]) == (200, "Ada Lovelace")
    assert (await page.fetch(f"{proxy.origin}/api/session", credentials="omit"))["status"] == 401


async def test_exposed_headers_can_be_read(tab, backend, start):
    """Every header of the response is exposed by default."""
    page, proxy = await tab(), await start(backend)
    answer = await page.fetch(f"{proxy.origin}/api/report", credentials="include")
    assert "x-total-count" in answer["headers"]


async def test_with_an_expose_list_other_headers_stay_hidden(tab, backend, start):
    """A list of exposed headers is all that script can see."""
    page = await tab()
    proxy = await start(config=f"cors: {{expose_headers: [X-Other]}}\nroutes: {{/: '{backend}'}}")
    answer = await page.fetch(f"{proxy.origin}/api/report", credentials="include")
    assert (answer["status"], "x-total-count" in answer["headers"]) == (200, False)


async def test_an_origin_that_is_not_allowed_is_blocked_and_told_which_one_is(tab, backend, start):
    """The console shows the allowed origin beside the page's own, which says more than "no header"."""
    page = await tab()
    proxy = await start(config=f"cors: {{allow_origins: ['http://localhost:1']}}\nroutes: {{/: '{backend}'}}")
    simple = await page.fetch(f"{proxy.origin}/api/users")
    preflighted = await page.fetch(f"{proxy.origin}/api/users/1", method="DELETE")
    assert simple["error"] == preflighted["error"] == "TypeError: Failed to fetch"
    assert any(
        "'http://localhost:1' that is not equal to the supplied origin" in line for line in page.console
    )
    assert [type(exchange.plan).__name__ for exchange in proxy.recorder.ended_] == ["Forward", "Reply"]


@pytest.mark.parametrize(
    ("method", "named"), [("DELETE", "Method DELETE is not allowed"), ("PUT", "x-secret")]
)
async def test_what_the_policy_does_not_list_is_named_by_the_browser(tab, backend, start, method, named):
    """A method or header outside the lists fails in the preflight, and the console names it."""
    page = await tab()
    proxy = await start(
        config=f"""
cors: {{allow_origins: ["{page.origin}"], allow_methods: [PUT], allow_headers: [X-Other]}}
routes: {{/: '{backend}'}}
"""
    )
    headers = {"X-Secret": "1"} if method == "PUT" else {}
    assert "error" in await page.fetch(f"{proxy.origin}/api/users/1", method=method, headers=headers)
    assert any(named in line for line in page.console)


async def test_a_target_that_is_down_is_a_readable_502(tab, start):
    """The page reads the status and the explanation instead of a CORS error."""
    page, port = await tab(), unused_port()
    proxy = await start(f"http://localhost:{port}")
    answer = await page.fetch(f"{proxy.origin}/api/users")
    assert answer["status"] == 502
    assert json.loads(answer["body"])["type"] == "urn:devproxy:error:refused"
    assert f"http://localhost:{port}" in json.loads(answer["body"])["detail"]


@pytest.mark.parametrize("path", ["/test/wrong-cors", "/test/doubled-cors"])
@pytest.mark.parametrize("credentials", ["omit", "include"])
async def test_a_target_with_wrong_cors_headers_of_its_own_is_repaired(
    tab, backend, start, path, credentials
):
    """The policy's headers replace what the target sends, wrong or twice."""
    page, proxy = await tab(), await start(backend)
    assert (await page.fetch(f"{proxy.origin}{path}", credentials=credentials))["status"] == 200


async def test_passthrough_leaves_the_target_to_itself(tab, backend, start):
    """With passthrough the browser judges the target's own headers."""
    page = await tab()
    proxy = await start(config=f"routes: {{/: {{target: '{backend}', cors: passthrough}}}}")
    assert "error" in await page.fetch(f"{proxy.origin}/test/wrong-cors")
    assert any("'http://wrong.example' that is not equal" in line for line in page.console)


async def test_page_and_api_on_one_origin_need_no_cors_at_all(chromium, backend, serve, start):
    """With the frontend behind / the page's requests are same-origin."""

    async def index(_request):
        return web.Response(text="<!doctype html><title>frontend</title>", content_type="text/html")

    app = web.Application()
    app.router.add_get("/", index)
    proxy = await start(f"api={backend}", f"/={await serve(app)}")
    page = await chromium.new_page()
    await page.goto(proxy.origin)
    assert await page.evaluate("fetch('/api/users').then(answer => answer.status)") == 200
    assert (
        await page.evaluate("fetch('/api/users/3', {method: 'DELETE'}).then(answer => answer.status)") == 204
    )
    assert {
        exchange.diagnosis.word for exchange in proxy.recorder.ended_ if "/api" in exchange.request.target
    } == {"same origin"}


PASSTHROUGH = "{{target: '{backend}', strip_prefix: true, cors: passthrough}}"


@pytest.mark.parametrize(
    ("origins", "path", "options", "words"),
    [
        ("[{page}]", "/api/users", {}, ["fixed"]),
        ("[{page}]", "/api/users", {"credentials": "include"}, ["fixed"]),
        ("[{page}]", "/api/users/1", {"method": "DELETE"}, ["allowed", "allowed"]),
        ("[{page}]", "/api/test/doubled-cors", {}, ["fixed"]),
        ("['http://localhost:1']", "/api/users", {}, ["BLOCKED"]),
        ("['http://localhost:1']", "/api/users/1", {"method": "DELETE"}, ["BLOCKED"]),
        ("['https://*.example.com']", "/api/users", {}, ["BLOCKED"]),
        ("[{page}]", "/raw/api/users", {}, ["BLOCKED"]),
        ("[{page}]", "/raw/test/doubled-cors", {}, ["BLOCKED"]),
        ("[{page}]", "/raw/test/wrong-cors", {"credentials": "include"}, ["BLOCKED"]),
    ],
)
async def test_the_log_says_what_the_browser_does(tab, backend, start, origins, path, options, words):
    """Whether the page got the answer, and where it did not, letter by letter what the console prints."""
    page = await tab()
    raw = PASSTHROUGH.format(backend=backend)
    config = f"""
cors: {{allow_origins: {origins.format(page=page.origin)}}}
routes: {{/api: '{backend}', /api/test: {{target: '{backend}', rewrite_path: {{/api/test: /test}}}}, /raw: {raw}}}
"""
    proxy = await start(config=config)
    answer = await page.fetch(f"{proxy.origin}{path}", **options)
    diagnoses = [exchange.diagnosis for exchange in proxy.recorder.ended_]
    assert [diagnosis.word for diagnosis in diagnoses] == words
    assert ("error" in answer) is (words[-1] == "BLOCKED")
    if "error" in answer:
        assert chromium(diagnoses[-1].blocks[0], f"{proxy.origin}{path}", page.origin) in page.console
