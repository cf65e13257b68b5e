"""FastAPI with Starlette's session cookie, left as for production: Secure, SameSite=None, and for another domain."""

import sys
from typing import Annotated

import uvicorn
from fastapi import APIRouter, FastAPI, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.middleware.sessions import SessionMiddleware

PORT, MOUNT = int(sys.argv[1]), sys.argv[2]

shop = APIRouter(prefix=MOUNT)


@shop.get("/login")
def form() -> HTMLResponse:
    return HTMLResponse(
        '<form method="post"><input name="username"><input name="password"><button>sign in</button></form>'
    )


@shop.post("/login")
def sign_in(
    request: Request, username: Annotated[str, Form()], password: Annotated[str, Form()]
) -> RedirectResponse:
    if password != "lovelace":
        raise HTTPException(403)
    request.session["name"] = username
    return RedirectResponse(request.url_for("me"), 303)


@shop.get("/me")
def me(request: Request) -> HTMLResponse:
    name = request.session.get("name")
    page = f'<h1>{name or "nobody"}</h1><form method="post" action="logout/"><button>sign out</button></form>'
    return HTMLResponse(page, 200 if name else 401)


@shop.post("/logout")  # the page asks for /logout/: one absolute redirect more, by the framework itself
def sign_out(request: Request) -> RedirectResponse:
    request.session.clear()
    return RedirectResponse(f"{MOUNT}/me", 302)


app = FastAPI()
app.add_middleware(
    SessionMiddleware,
    secret_key="for tests only",
    https_only=True,
    same_site="none",
    domain="shop.example.com",
)
app.include_router(shop)
uvicorn.run(app, host="127.0.0.1", port=PORT)
