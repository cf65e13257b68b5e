"""No Spring, but its rules: an application that lists its production origin for CORS and keeps Spring Security's defaults.

CorsUtils.isCorsRequest: a request is CORS when it has an Origin whose scheme, host or port is not the request's own
(X-Forwarded-* do not count unless server.forward-headers-strategy says so). DefaultCorsProcessor: one whose Origin is
not on the list gets 403 "Invalid CORS request", and that on GET too. CookieCsrfTokenRepository.withHttpOnlyFalse: the
token is in the cookie XSRF-TOKEN, for script to send back in X-XSRF-TOKEN, or in the parameter _csrf; without it, 403.
CsrfAuthenticationStrategy: signing in deletes the token and makes another. The redirect to a saved request is absolute.
"""

import secrets
import sys
from urllib.parse import urlsplit

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

PORT, MOUNT = int(sys.argv[1]), sys.argv[2]
ALLOWED_ORIGINS = {"https://shop.example.com"}
GONE = "Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:10 GMT"

sessions: dict[str, str] = {}


def is_cors(request: Request) -> bool:
    origin = urlsplit(request.headers.get("origin", ""))
    own = urlsplit(f"http://{request.headers['host']}")
    return bool(origin.scheme) and (origin.scheme, origin.hostname, origin.port) != (
        "http",
        own.hostname,
        own.port,
    )


async def filters(request: Request) -> Response | None:
    if is_cors(request) and request.headers["origin"] not in ALLOWED_ORIGINS:
        return PlainTextResponse("Invalid CORS request", 403)
    if request.method == "POST":
        sent = request.headers.get("x-xsrf-token") or (await request.form()).get("_csrf")
        if not sent or sent != request.cookies.get("XSRF-TOKEN"):
            return PlainTextResponse("Forbidden", 403)
    return None


def page(request: Request, markup: str, status: int = 200) -> Response:
    token = request.cookies.get("XSRF-TOKEN") or secrets.token_hex(16)
    hidden = f'<input type="hidden" name="_csrf" value="{token}">'
    answer = HTMLResponse(markup.replace("<button>", f"{hidden}<button>"), status)
    if "XSRF-TOKEN" not in request.cookies:
        answer.headers.append("Set-Cookie", f"XSRF-TOKEN={token}; Path=/")
    return answer


async def login(request: Request) -> Response:
    if refused := await filters(request):
        return refused
    if request.method == "GET":
        return page(
            request,
            '<form method="post"><input name="username"><input name="password"><button>in</button></form>',
        )
    form = await request.form()
    if form["password"] != "lovelace":
        return RedirectResponse(f"{MOUNT}/login?error", 302)
    session = secrets.token_hex(16)
    sessions[session] = str(form["username"])
    answer = RedirectResponse(f"http://{request.headers['host']}{MOUNT}/me?continue", 302)
    answer.headers.append("Set-Cookie", f"JSESSIONID={session}; Path=/; HttpOnly")
    answer.headers.append("Set-Cookie", f"XSRF-TOKEN=; {GONE}; Path=/")
    answer.headers.append("Set-Cookie", f"XSRF-TOKEN={secrets.token_hex(16)}; Path=/")
    return answer


async def me(request: Request) -> Response:
    if refused := await filters(request):
        return refused
    name = sessions.get(request.cookies.get("JSESSIONID", ""))
    markup = f'<h1>{name or "nobody"}</h1><form method="post" action="logout"><button>out</button></form>'
    return page(request, markup, 200 if name else 401)


async def logout(request: Request) -> Response:
    if refused := await filters(request):
        return refused
    sessions.pop(request.cookies.get("JSESSIONID", ""), None)
    answer = RedirectResponse(f"{MOUNT}/me", 302)
    answer.headers.append("Set-Cookie", f"JSESSIONID=; {GONE}; Path=/")
    answer.headers.append("Set-Cookie", f"XSRF-TOKEN=; {GONE}; Path=/")
    return answer


app = Starlette(
    routes=[
        Route(f"{MOUNT}/login", login, methods=["GET", "POST"]),
        Route(f"{MOUNT}/me", me),
        Route(f"{MOUNT}/logout", logout, methods=["POST"]),
    ]
)
uvicorn.run(app, host="127.0.0.1", port=PORT, proxy_headers=False)
