"""Flask with its own session, a signed cookie."""

import sys

from flask import Blueprint, Flask, redirect, request, session, url_for

PORT, MOUNT = int(sys.argv[1]), sys.argv[2]

shop = Blueprint("shop", __name__)


@shop.get("/login")
def form() -> str:
    return '<form method="post"><input name="username"><input name="password"><button>sign in</button></form>'


@shop.post("/login")
def sign_in():
    if request.form["password"] != "lovelace":
        return "wrong password", 403
    session["name"] = request.form["username"]
    return redirect(url_for("shop.me"), 303)


@shop.get("/me")
def me() -> tuple[str, int]:
    page = '<h1>{}</h1><form method="post" action="logout"><button>sign out</button></form>'
    return page.format(session.get("name", "nobody")), 200 if "name" in session else 401


@shop.post("/logout")
def sign_out():
    session.clear()
    return redirect(url_for("shop.me", _external=True))


app = Flask(__name__)
app.secret_key = "for tests only"
app.register_blueprint(shop, url_prefix=MOUNT or None)
app.run("127.0.0.1", PORT)
