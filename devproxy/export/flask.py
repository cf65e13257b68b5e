import re
from collections.abc import Iterator

from devproxy.export.allow import Allow
from devproxy.export.recipe import Framework, Recipe, array, block

# What flask-cors takes for a sign that a text is a regular expression: those of IPv6 addresses, and three in tokens.
_LIKE_REGEX = re.compile(r"[][*^$]")


def _render(allow: Allow) -> Recipe:
    code = f"""\
# pip install flask-cors
from flask_cors import CORS

# right after app = Flask(__name__)
CORS(
    app,
{block(_arguments(allow))}
){_vary(allow)}"""
    return Recipe(code, tuple(_notes(allow)), "app.py", "python")


def _arguments(allow: Allow) -> Iterator[str]:
    yield f"origins={array(allow.origins if allow.any_origin else map(_exactly, allow.origins))},"
    yield f"methods={array(allow.all_methods)},"
    yield f"allow_headers={array(map(_exactly, allow.headers))}," + "  # unset, it would be any" * (
        not allow.headers
    )
    if allow.credentials:
        yield "supports_credentials=True,"
    if allow.expose:
        yield f"expose_headers={array(allow.expose)},"


def _vary(allow: Allow) -> str:
    """What flask-cors leaves out where it knows one origin, though other pages are answered otherwise."""
    if allow.any_origin or len(allow.origins) > 1:
        return ""
    return """
app.after_request(lambda response: response.vary.add("Origin") or response)  # keeps caches from mixing up pages"""


def _exactly(text: str) -> str:
    return f"{re.escape(text)}$" if _LIKE_REGEX.search(text) else text


def _notes(allow: Allow) -> Iterator[str]:
    yield (
        "Functions of before_request see preflights, which carry neither cookie nor token: one that refuses strangers "
        'lets request.method == "OPTIONS" pass.'
    )
    yield (
        "In debug mode a crash (500) is answered by Werkzeug's debugger, outside of Flask and without CORS headers: pages "
        "read it when debug is off."
    )
    yield (
        "Browsers do not follow a redirected preflight, and Flask redirects /users to a route /users/: pages ask for the "
        "path as it is written in the route."
    )
    if allow.credentials:
        yield (
            "Pages of another site, which is more than another port, send only cookies with SESSION_COOKIE_SAMESITE = "
            '"None" and SESSION_COOKIE_SECURE = True.'
        )


FLASK = Framework("flask", "Flask", _render)
