"""The backend of the demo, which is also the backend that other tests put behind the proxy."""

import asyncio
import hashlib
import json

import pytest
from aiohttp import WSCloseCode, WSMsgType, web
from aiohttp.test_utils import TestClient
from yarl import URL

from devproxy.demo import backend
from devproxy.demo.backend import make_backend

Client = TestClient[web.Request, web.Application]

ADA = {"id": 1, "name": "Ada Lovelace", "role": "admin"}
GRACE = {"id": 2, "name": "Grace Hopper", "role": "editor"}
ALAN = {"id": 3, "name": "Alan Turing", "role": "viewer"}

ENDPOINTS = [
    ("GET", "/health"),
    ("GET", "/api/users"),
    ("POST", "/api/users"),
    ("GET", "/api/users/1"),
    ("PUT", "/api/users/1"),
    ("PATCH", "/api/users/1"),
    ("DELETE", "/api/users/1"),
    ("GET", "/api/me"),
    ("POST", "/api/login"),
    ("GET", "/api/session"),
    ("DELETE", "/api/session"),
    ("GET", "/api/report"),
    ("GET", "/api/events"),
    ("GET", "/api/socket"),
    ("POST", "/api/uploads"),
    ("GET", "/test/echo"),
    ("GET", "/test/status/200"),
    ("GET", "/nowhere"),
]


@pytest.fixture
async def client(aiohttp_client) -> Client:
    return await aiohttp_client(make_backend())


async def error(answer) -> str:
    body = await answer.json()
    assert list(body) == ["error"]
    return body["error"]


# ---- no CORS ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("method", "path"), ENDPOINTS)
async def test_no_answer_has_a_cors_header(client, method, path):
    answer = await client.request(method, path, headers={"Origin": "http://localhost:5173"})
    assert not [name for name in answer.headers if name.lower().startswith("access-control-")]
    assert answer.status < 500


@pytest.mark.parametrize("path", sorted({path for _, path in ENDPOINTS if path.startswith("/api/")}))
async def test_a_preflight_is_refused_without_a_cors_header(client, path):
    asked = {"Origin": "http://localhost:5173", "Access-Control-Request-Method": "PUT"}
    answer = await client.options(path, headers=asked)
    assert answer.status == 405
    assert "OPTIONS" not in answer.headers["Allow"]
    assert await error(answer) == "405: Method Not Allowed"
    assert not [name for name in answer.headers if name.lower().startswith("access-control-")]


# ---- users --------------------------------------------------------------------------------------------------------------


async def test_every_application_begins_with_the_same_three_users(aiohttp_client):
    first = await aiohttp_client(make_backend())
    await first.delete("/api/users/1")
    second = await aiohttp_client(make_backend())
    assert await (await second.get("/api/users")).json() == [ADA, GRACE, ALAN]


async def test_a_user_is_created_read_replaced_changed_and_deleted(client):
    created = await client.post("/api/users", json={"name": " Barbara Liskov "})
    assert created.status == 201
    assert created.headers["Location"] == "/api/users/4"
    assert await created.json() == {"id": 4, "name": "Barbara Liskov", "role": "viewer"}

    replaced = await client.put("/api/users/4", json={"name": "B. Liskov", "role": "editor"})
    assert await replaced.json() == {"id": 4, "name": "B. Liskov", "role": "editor"}

    changed = await client.patch("/api/users/4", json={"role": "admin"})
    assert await changed.json() == {"id": 4, "name": "B. Liskov", "role": "admin"}

    deleted = await client.delete("/api/users/4")
    assert (deleted.status, await deleted.read()) == (204, b"")
    gone = await client.get("/api/users/4")
    assert (gone.status, await error(gone)) == (404, "there is no user 4")


async def test_an_id_is_never_given_twice(client):
    await client.delete("/api/users/3")
    created = await client.post("/api/users", json={"name": "Barbara Liskov"})
    assert (await created.json())["id"] == 4


async def test_put_echoes_the_request_id(client):
    body = {"name": "Grace Hopper", "role": "editor"}
    answer = await client.put("/api/users/2", json=body, headers={"X-Request-ID": "demo-1"})
    assert (answer.status, answer.headers["X-Request-ID"]) == (200, "demo-1")
    assert "X-Request-ID" not in (await client.put("/api/users/2", json=body)).headers


@pytest.mark.parametrize("request_id", ["", "two words", "ü", "x" * 101])
async def test_a_request_id_that_cannot_be_echoed_is_refused(client, request_id):
    body = {"name": "Grace", "role": "editor"}
    answer = await client.put("/api/users/2", json=body, headers={"X-Request-ID": request_id})
    assert (answer.status, await error(answer)) == (400, "X-Request-ID is 1 to 100 visible ASCII characters")


@pytest.mark.parametrize("key", ["x", "-1", "1.0", "%D9%A1", "1234567890", "1%0A"])
async def test_an_id_that_is_no_number_is_refused(client, key):
    answer = await client.get(f"/api/users/{key}")
    assert (answer.status, await error(answer)) == (400, "a user's id is a whole number")


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
async def test_a_user_that_does_not_exist_is_404(client, method):
    answer = await client.request(method, "/api/users/99", json={"name": "X", "role": "viewer"})
    assert (answer.status, await error(answer)) == (404, "there is no user 99")


async def test_the_list_does_not_grow_for_ever(client, monkeypatch):
    monkeypatch.setattr(backend, "MAX_USERS", 3)
    answer = await client.post("/api/users", json={"name": "One More"})
    assert (answer.status, await error(answer)) == (409, "there are 3 users already; delete one first")


# ---- bodies ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff\xfe\xfa", b'{"name": NaN}', b"[" * 60_000, b'{"name": ' + b"9" * 5000 + b"}"],
    ids=["empty", "unfinished", "undecodable", "NaN", "deep", "long number"],
)
async def test_what_is_not_json_is_refused(client, body):
    answer = await client.post("/api/users", data=body, headers={"Content-Type": "application/json"})
    assert (answer.status, await error(answer)) == (400, "the body is not valid JSON")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ([], "the body is not a JSON object"),
        ("name", "the body is not a JSON object"),
        ({}, "name is missing"),
        ({"name": 7}, "name is text of 1 to 100 characters"),
        ({"name": "  "}, "name is text of 1 to 100 characters"),
        ({"name": "x" * 101}, "name is text of 1 to 100 characters"),
        ({"name": "X", "role": "king"}, "role is one of admin, editor, viewer"),
        ({"name": "X", "role": ["admin"]}, "role is one of admin, editor, viewer"),
        ({"name": "X", "id": 1}, "unknown field 'id': only name and role are known"),
    ],
)
async def test_what_is_no_user_is_refused_with_the_reason(client, body, message):
    answer = await client.post("/api/users", json=body)
    assert (answer.status, await error(answer)) == (400, message)


async def test_put_wants_the_whole_user_and_patch_wants_something(client):
    half = await client.put("/api/users/1", json={"name": "Ada"})
    assert (half.status, await error(half)) == (400, "role is missing")
    nothing = await client.patch("/api/users/1", json={})
    assert (nothing.status, await error(nothing)) == (400, "nothing to change: send name, role or both")
    assert await (await client.get("/api/users/1")).json() == ADA


async def test_json_must_be_called_json(client):
    answer = await client.post("/api/users", data='{"name": "X"}', headers={"Content-Type": "text/plain"})
    assert (answer.status, await error(answer)) == (415, "send JSON, with Content-Type: application/json")


async def test_a_body_beyond_the_limit_is_413(client):
    body = b" " * (backend.MAX_BODY + 1)
    answer = await client.post("/api/users", data=body, headers={"Content-Type": "application/json"})
    assert answer.status == 413
    assert "65536" in await error(answer)


async def test_a_lone_surrogate_survives_as_json(client):
    answer = await client.post(
        "/api/users", data=b'{"name": "\\ud800"}', headers={"Content-Type": "application/json"}
    )
    assert answer.status == 201
    assert (await client.get("/api/users")).status == 200


@pytest.mark.parametrize(
    "tail",
    [
        b"Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello",
        b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
    ids=["not gzip", "not chunked"],
)
@pytest.mark.parametrize("path", [b"/api/users", b"/test/echo"])
async def test_a_broken_body_is_400(client, path, tail):
    reader, writer = await asyncio.open_connection(client.server.host, client.server.port)
    head = b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\n" % path
    writer.write(head + tail)
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    assert answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.0 400 "))


@pytest.mark.parametrize("path", ["/api/users", "/api/uploads", "/test/echo"])
async def test_a_client_that_leaves_in_the_middle_is_no_error(serve, caplog, path):
    """The demo's terminal stays readable."""
    left = asyncio.Event()

    @web.middleware
    async def watch(request, handler):
        try:
            return await handler(request)
        finally:
            left.set()

    app = make_backend()
    app.middlewares.insert(0, watch)
    origin = URL(await serve(app))
    _, writer = await asyncio.open_connection("127.0.0.1", origin.port)
    head = "POST {} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n"
    writer.write(head.format(path).encode())
    await asyncio.sleep(0.05)
    writer.transport.abort()
    await asyncio.wait_for(left.wait(), 5)
    await asyncio.sleep(0)  # what is wrong is logged after the handler
    assert not caplog.records


# ---- credentials -----------------------------------------------------------------------------------------------------


async def test_me_needs_the_token(client):
    answer = await client.get("/api/me", headers={"Authorization": "Bearer demo-token"})
    assert (answer.status, await answer.json()) == (200, {"name": "Ada Lovelace", "role": "admin"})


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic eDp5"}])
async def test_me_refuses_everybody_else(client, headers):
    answer = await client.get("/api/me", headers=headers)
    assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert await error(answer) == "send the header Authorization: Bearer demo-token"


async def test_a_session_follows_a_login(client):
    answer = await client.post("/api/login", json={"name": "Ada Lovelace"})
    cookie = answer.cookies["demo_session"]
    assert (answer.status, cookie["httponly"], cookie["samesite"], cookie["path"]) == (200, True, "Lax", "/")
    session = await client.get("/api/session", headers={"Cookie": f"demo_session={cookie.value}"})
    assert (session.status, await session.json()) == (200, {"name": "Ada Lovelace"})


@pytest.mark.parametrize("headers", [{}, {"Cookie": "demo_session=guess"}])
async def test_there_is_no_session_without_a_login(client, headers):
    answer = await client.get("/api/session", headers=headers)
    assert (answer.status, await error(answer)) == (
        401,
        "no session: POST /api/login first, and send its cookie",
    )


async def test_a_logout_ends_the_session_and_takes_the_cookie_back(client):
    cookie = (await client.post("/api/login", json={"name": "Ada Lovelace"})).cookies["demo_session"]
    headers = {"Cookie": f"demo_session={cookie.value}"}
    answer = await client.delete("/api/session", headers=headers)
    assert (answer.status, answer.cookies["demo_session"]["max-age"]) == (204, "0")
    assert (await client.get("/api/session", headers=headers)).status == 401
    assert (await client.delete("/api/session", headers=headers)).status == 204


async def test_a_login_needs_a_name(client):
    answer = await client.post("/api/login", json={})
    assert (answer.status, await error(answer)) == (400, "name is missing")


def test_the_oldest_session_makes_room(monkeypatch):
    monkeypatch.setattr(backend, "MAX_USERS", 2)
    store = backend.Store()
    keys = [store.open_session(name) for name in ("a", "b", "c")]
    assert store.sessions == {keys[1]: "b", keys[2]: "c"}


# ---- the rest -----------------------------------------------------------------------------------------------------------


async def test_health(client):
    assert await (await client.get("/health")).json() == {"status": "ok"}


async def test_the_report_says_in_a_header_how_much_there_is(client):
    answer = await client.get("/api/report")
    assert answer.headers["X-Total-Count"] == "24"
    assert len(await answer.json()) == 2


async def test_events_come_one_by_one(client):
    clock = asyncio.get_running_loop().time
    answer = await client.get("/api/events")
    assert answer.headers["Content-Type"] == "text/event-stream"
    lines = [(clock(), line) async for line in answer.content]
    arrivals = [(when, line[6:]) for when, line in lines if line.startswith(b"data: ")]
    assert [line for _, line in lines][-3:] == [b"event: end\n", b"data\n", b"\n"]
    assert [json.loads(data) for _, data in arrivals] == [
        {"event": number, "of": 5} for number in range(1, 6)
    ]
    assert arrivals[-1][0] - arrivals[0][0] > 2 * backend.EVENT_SPACING


async def test_an_event_source_that_has_seen_all_is_told_to_stop(client):
    answer = await client.get("/api/events", headers={"Last-Event-ID": "5"})
    assert answer.status == 204


def pages(client) -> str:
    """The origin of the backend's own pages, as this client names it."""
    return f"http://{client.server.host}:{client.server.port}"


async def test_the_socket_answers_its_own_pages_until_they_say_bye(client):
    async with client.ws_connect(
        "/api/socket", protocols=["demo.v1"], headers={"Origin": pages(client)}
    ) as socket:
        assert socket.protocol == "demo.v1"
        await socket.send_str("hello")
        assert await socket.receive_str() == "you said: hello"
        await socket.send_str("bye")
        closed = await socket.receive()
        assert (closed.type, closed.data, closed.extra) == (WSMsgType.CLOSE, 1000, "bye")


async def test_the_socket_takes_clients_that_are_no_browser(client):
    async with client.ws_connect("/api/socket") as socket:
        await socket.send_bytes(b"\0")
        assert (await socket.receive()).data == WSCloseCode.UNSUPPORTED_DATA


@pytest.mark.parametrize(
    "origin", ["http://localhost:5173", "null", "", "http://127.0.0.1", "http://evil.example"]
)
async def test_the_socket_refuses_pages_of_others(client, origin):
    handshake = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
    }
    answer = await client.get("/api/socket", headers={**handshake, "Origin": origin})
    assert answer.status == 403
    assert await error(answer) == f"this socket is for pages of {pages(client)[7:]}, not of {origin}"


async def test_an_upload_is_counted_whatever_its_size(client):
    answer = await client.post("/api/uploads", data=b"x" * (backend.UPLOAD_STEP * 3 + 1))
    assert (answer.status, await answer.json()) == (201, {"bytes": backend.UPLOAD_STEP * 3 + 1})


async def test_an_unknown_path_is_404(client):
    answer = await client.get("/nowhere")
    assert (answer.status, await error(answer)) == (404, "404: Not Found")


# ---- for tests -----------------------------------------------------------------------------------------------------------


async def test_a_crash_is_left_to_whoever_serves_the_backend(aiohttp_client):
    crashes = []
    client = await aiohttp_client(make_backend(crash=lambda: crashes.append("now")))
    assert ((await client.post("/test/crash")).status, crashes) == (202, ["now"])


async def test_a_backend_that_nobody_restarts_cannot_be_crashed(client):
    assert (await client.post("/test/crash")).status == 404


@pytest.mark.parametrize("method", ["GET", "OPTIONS", "PUT"])
async def test_wrong_cors(client, method):
    answer = await client.request(method, "/test/wrong-cors")
    assert answer.headers.getall("Access-Control-Allow-Origin") == ["http://wrong.example"]
    assert answer.headers.getall("Access-Control-Allow-Credentials") == ["false"]


async def test_doubled_cors(client):
    answer = await client.get("/test/doubled-cors")
    assert answer.headers.getall("Access-Control-Allow-Origin") == ["http://wrong.example", "*"]


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_echo_says_what_arrived(client, method):
    body = b"x" * (backend.MAX_BODY * 3)
    headers = [("x-Twice", "1"), ("x-Twice", "2")]
    answer = await client.request(
        method, URL("/test/echo?a=%2F&b=1", encoded=True), data=body, headers=headers
    )
    told = await answer.json()
    assert (told["method"], told["target"]) == (method, "/test/echo?a=%2F&b=1")
    assert [pair for pair in told["headers"] if pair[0] == "x-Twice"] == [["x-Twice", "1"], ["x-Twice", "2"]]
    assert told["body"] == {"length": len(body), "sha256": hashlib.sha256(body).hexdigest()}


@pytest.mark.parametrize("code", [200, 201, 204, 205, 299, 302, 304, 404, 418, 500, 503, 599])
async def test_a_status_on_request(client, code):
    answer = await client.get(f"/test/status/{code}", allow_redirects=False)
    assert answer.status == code


@pytest.mark.parametrize("code", ["100", "101", "199", "600", "20", "2000", "abc", "%D9%A2%D9%A0%D9%A0"])
async def test_what_is_no_final_status_is_refused(client, code):
    answer = await client.get(f"/test/status/{code}")
    assert (answer.status, await error(answer)) == (400, "a status is a number from 200 to 599")
