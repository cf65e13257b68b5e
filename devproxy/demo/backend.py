"""A small JSON API whose author has never heard of CORS: no Access-Control header, no OPTIONS route.

It keeps everything in memory; a new application is a fresh start. `/test/` holds what tests and the demo need and a
believable API lacks.
"""

import asyncio
import hashlib
import json
import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field

from aiohttp import WSCloseCode, web
from aiohttp.typedefs import Handler

BEARER = "Bearer demo-token"
COOKIE = "demo_session"
ROLES = ("admin", "editor", "viewer")
EVENT_COUNT = 5
EVENT_SPACING = 0.2  # seconds: far enough apart to tell a stream from one late answer
UPLOAD_STEP = 256 * 1024  # bytes
UPLOAD_PACE = (
    24 * 1024 * 1024
)  # bytes per second, a slow disk: on loopback a progress bar would have nothing to show
SOCKET_PROTOCOL = "demo.v1"

MAX_BODY = 64 * 1024  # bytes; the largest sensible body here is a name of 100 characters
MAX_NAME = 100  # characters
MAX_USERS = 1000  # the same for sessions: a demo left running over a weekend stays small

_USER_ID = re.compile(r"[0-9]{1,9}")
_REQUEST_ID = re.compile(r"[!-~]{1,100}")
_BODILESS = frozenset({204, 205, 304})


@dataclass(frozen=True, slots=True)
class User:
    id: int
    name: str
    role: str


@dataclass(slots=True)
class Store:
    """What one application remembers."""

    users: dict[int, User] = field(default_factory=dict)
    sessions: dict[str, str] = field(default_factory=dict)
    last_id: int = 0

    def add(self, name: str, role: str) -> User:
        self.last_id += 1
        user = self.users[self.last_id] = User(self.last_id, name, role)
        return user

    def open_session(self, name: str) -> str:
        if len(self.sessions) >= MAX_USERS:
            del self.sessions[next(iter(self.sessions))]
        key = secrets.token_urlsafe(16)
        self.sessions[key] = name
        return key


STORE = web.AppKey("STORE", Store)


def make_backend(crash: Callable[[], None] | None = None) -> web.Application:
    """The application; `crash`, if given, is what `POST /test/crash` calls to have it stopped."""
    app = web.Application(middlewares=[errors_as_json], client_max_size=MAX_BODY)
    app[STORE] = first_users()
    app.add_routes(
        [
            web.get("/health", health),
            web.get("/api/users", list_users),
            web.post("/api/users", create_user),
            web.get("/api/users/{id}", read_user),
            web.put("/api/users/{id}", replace_user),
            web.patch("/api/users/{id}", change_user),
            web.delete("/api/users/{id}", delete_user),
            web.get("/api/me", me),
            web.post("/api/login", login),
            web.get("/api/session", session),
            web.delete("/api/session", logout),
            web.get("/api/report", report),
            web.get("/api/events", events, allow_head=False),
            web.get("/api/socket", socket, allow_head=False),
            web.post("/api/uploads", upload),
            web.route("*", "/test/wrong-cors", wrong_cors),
            web.route("*", "/test/doubled-cors", doubled_cors),
            web.route("*", "/test/echo", echo),
            web.route("*", "/test/status/{code}", status),
        ]
    )
    if crash is not None:
        app.router.add_post("/test/crash", crasher(crash))
    return app


def first_users() -> Store:
    store = Store()
    store.add("Ada Lovelace", "admin")
    store.add("Grace Hopper", "editor")
    store.add("Alan Turing", "viewer")
    return store


@web.middleware
async def errors_as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except (web.RequestPayloadError, ConnectionResetError):  # the latter has nobody left to tell
        return web.json_response({"error": "the body does not arrive whole"}, status=400)
    except web.HTTPException as refused:
        answer = web.json_response({"error": refused.text}, status=refused.status)
        for name in ("Allow", "WWW-Authenticate"):
            if name in refused.headers:
                answer.headers[name] = refused.headers[name]
        return answer


async def health(_request: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})


async def list_users(request: web.Request) -> web.Response:
    return web.json_response([asdict(user) for user in request.app[STORE].users.values()])


async def create_user(request: web.Request) -> web.Response:
    store = request.app[STORE]
    fields = user_fields(await json_body(request), required=["name"])
    if len(store.users) >= MAX_USERS:
        raise web.HTTPConflict(text=f"there are {MAX_USERS} users already; delete one first")
    user = store.add(fields["name"], fields.get("role", "viewer"))
    return web.json_response(asdict(user), status=201, headers={"Location": f"/api/users/{user.id}"})


async def read_user(request: web.Request) -> web.Response:
    return web.json_response(asdict(named_user(request)))


async def replace_user(request: web.Request) -> web.Response:
    old = named_user(request)
    request_id = request.headers.get("X-Request-ID")
    if request_id is not None and not _REQUEST_ID.fullmatch(request_id):
        raise web.HTTPBadRequest(text="X-Request-ID is 1 to 100 visible ASCII characters")
    fields = user_fields(await json_body(request), required=["name", "role"])
    echoed = {} if request_id is None else {"X-Request-ID": request_id}
    return web.json_response(change(request, old, fields), headers=echoed)


async def change_user(request: web.Request) -> web.Response:
    old = named_user(request)
    fields = user_fields(await json_body(request), required=[])
    if not fields:
        raise web.HTTPBadRequest(text="nothing to change: send name, role or both")
    return web.json_response(change(request, old, fields))


async def delete_user(request: web.Request) -> web.Response:
    del request.app[STORE].users[named_user(request).id]
    return web.Response(status=204)


async def me(request: web.Request) -> web.Response:
    if request.headers.get("Authorization") != BEARER:
        raise web.HTTPUnauthorized(
            text=f"send the header Authorization: {BEARER}", headers={"WWW-Authenticate": "Bearer"}
        )
    return web.json_response({"name": "Ada Lovelace", "role": "admin"})


async def login(request: web.Request) -> web.Response:
    name = user_fields(await json_body(request), required=["name"])["name"]
    answer = web.json_response({"name": name})
    key = request.app[STORE].open_session(name)
    answer.set_cookie(COOKIE, key, httponly=True, samesite="Lax")
    return answer


async def session(request: web.Request) -> web.Response:
    name = request.app[STORE].sessions.get(request.cookies.get(COOKIE, ""))
    if name is None:
        raise web.HTTPUnauthorized(text="no session: POST /api/login first, and send its cookie")
    return web.json_response({"name": name})


async def logout(request: web.Request) -> web.Response:
    """Once or twice, the session is gone: DELETE is idempotent."""
    request.app[STORE].sessions.pop(request.cookies.get(COOKIE, ""), None)
    answer = web.Response(status=204)
    answer.del_cookie(COOKIE, httponly=True, samesite="Lax")
    return answer


async def report(_request: web.Request) -> web.Response:
    """One page of a longer list; how long, only the header tells."""
    rows = [{"month": "2026-01", "orders": 112}, {"month": "2026-02", "orders": 140}]
    return web.json_response(rows, headers={"X-Total-Count": "24"})


async def events(request: web.Request) -> web.StreamResponse:
    """Server-sent events, and an event `end`. To an EventSource that comes back all the same, 204 says: nothing more."""
    if request.headers.get("Last-Event-ID") == str(EVENT_COUNT):
        return web.Response(status=204)
    stream = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
    await stream.prepare(request)
    for number in range(1, EVENT_COUNT + 1):
        if number > 1:
            await asyncio.sleep(EVENT_SPACING)
        data = json.dumps({"event": number, "of": EVENT_COUNT})
        await stream.write(f"id: {number}\ndata: {data}\n\n".encode())
    await stream.write(b"event: end\ndata\n\n")
    return stream


async def socket(request: web.Request) -> web.WebSocketResponse:
    """Answer text with text, until "bye". No browser keeps foreign pages from a WebSocket, so the server has to."""
    origin = request.headers.get("Origin")
    if origin is not None and origin.partition("://")[2] != request.host:
        raise web.HTTPForbidden(text=f"this socket is for pages of {request.host}, not of {origin}")
    conversation = web.WebSocketResponse(protocols=[SOCKET_PROTOCOL])
    await conversation.prepare(request)
    async for message in conversation:
        if message.type is not web.WSMsgType.TEXT:
            await conversation.close(code=WSCloseCode.UNSUPPORTED_DATA, message=b"text only")
        elif message.data == "bye":
            await conversation.close(message=b"bye")
        else:
            await conversation.send_str(f"you said: {message.data}")
    return conversation


async def upload(request: web.Request) -> web.Response:
    """Count the bytes and forget them."""
    received = 0
    async for chunk in request.content.iter_chunked(UPLOAD_STEP):
        received += len(chunk)
        await asyncio.sleep(len(chunk) / UPLOAD_PACE)
    return web.json_response({"bytes": received}, status=201)


def crasher(crash: Callable[[], None]) -> Handler:
    async def answer(_request: web.Request) -> web.StreamResponse:
        crash()
        return web.json_response({"status": "going down"}, status=202)

    return answer


async def wrong_cors(_request: web.Request) -> web.Response:
    return web.json_response(
        {"cors": "wrong"},
        headers=[
            ("Access-Control-Allow-Origin", "http://wrong.example"),
            ("Access-Control-Allow-Credentials", "false"),
        ],
    )


async def doubled_cors(_request: web.Request) -> web.Response:
    return web.json_response(
        {"cors": "doubled"},
        headers=[
            ("Access-Control-Allow-Origin", "http://wrong.example"),
            ("Access-Control-Allow-Origin", "*"),
        ],
    )


async def echo(request: web.Request) -> web.Response:
    """Say what arrived. The body is hashed as it comes, so its size has no limit here."""
    digest, length = hashlib.sha256(), 0
    async for chunk in request.content.iter_any():
        digest.update(chunk)
        length += len(chunk)
    return web.json_response(
        {
            "method": request.method,
            "target": request.raw_path,
            "headers": [[part.decode("latin-1") for part in line] for line in request.raw_headers],
            "body": {"length": length, "sha256": digest.hexdigest()},
        }
    )


async def status(request: web.Request) -> web.Response:
    code = request.match_info["code"]
    if not re.fullmatch(r"[2-5][0-9][0-9]", code):
        raise web.HTTPBadRequest(text="a status is a number from 200 to 599")
    if int(code) in _BODILESS:
        return web.Response(status=int(code))
    return web.json_response({"status": int(code)}, status=int(code))


def named_user(request: web.Request) -> User:
    key = request.match_info["id"]
    if not _USER_ID.fullmatch(key):
        raise web.HTTPBadRequest(text="a user's id is a whole number")
    try:
        return request.app[STORE].users[int(key)]
    except KeyError:
        raise web.HTTPNotFound(text=f"there is no user {int(key)}") from None


def change(request: web.Request, old: User, fields: dict[str, str]) -> dict[str, object]:
    user = User(old.id, fields.get("name", old.name), fields.get("role", old.role))
    request.app[STORE].users[user.id] = user
    return asdict(user)


async def json_body(request: web.Request) -> object:
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType(text="send JSON, with Content-Type: application/json")
    try:
        return json.loads(await request.read(), parse_constant=refuse_constant)
    except (ValueError, RecursionError):  # RecursionError: brackets nested deeper than Python goes
        raise web.HTTPBadRequest(text="the body is not valid JSON") from None


def refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is JavaScript, not JSON")


def user_fields(body: object, *, required: Iterable[str]) -> dict[str, str]:
    if not isinstance(body, dict):
        raise web.HTTPBadRequest(text="the body is not a JSON object")
    for key in required:
        if key not in body:
            raise web.HTTPBadRequest(text=f"{key} is missing")
    return {key: user_field(key, value) for key, value in body.items()}


def user_field(key: str, value: object) -> str:
    match key, value:
        case "name", str() if 0 < len(value.strip()) <= MAX_NAME:
            return value.strip()
        case "name", _:
            raise web.HTTPBadRequest(text=f"name is text of 1 to {MAX_NAME} characters")
        case "role", str() if value in ROLES:
            return value
        case "role", _:
            raise web.HTTPBadRequest(text=f"role is one of {', '.join(ROLES)}")
        case _:
            raise web.HTTPBadRequest(text=f"unknown field {key!r}: only name and role are known")
