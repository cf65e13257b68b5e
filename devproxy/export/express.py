from collections.abc import Iterator

from devproxy.export.allow import Allow
from devproxy.export.recipe import Framework, Recipe, array, block, quoted


def _render(allow: Allow) -> Recipe:
    code = f"""\
// npm install cors
const cors = require("cors"); // in an ES module: import cors from "cors";

// right after const app = express();
app.use(
  cors({{
{block(_options(allow))}
  }}),
);"""
    return Recipe(code, tuple(_notes(allow)), "server.js", "javascript")


def _options(allow: Allow) -> Iterator[str]:
    yield f"origin: {quoted('*') if allow.any_origin else array(allow.origins)},"
    yield f"methods: {array(allow.all_methods)},"
    yield f"allowedHeaders: {array(allow.headers)}," + " // unset, it would be any" * (not allow.headers)
    if allow.credentials:
        yield "credentials: true,"
    if allow.expose:
        yield f"exposedHeaders: {array(allow.expose)},"


def _notes(allow: Allow) -> Iterator[str]:
    yield "It stands above the routes and above what checks logins: a preflight carries neither cookie nor token."
    yield (
        "cors answers every OPTIONS request itself, so that your own routes for OPTIONS are never reached; "
        "preflightContinue: true leaves all of them, preflights too, to your routes."
    )
    if allow.credentials:
        yield (
            "Pages of another site, which is more than another port, send only cookies that were set with "
            'sameSite: "none" and secure: true.'
        )


EXPRESS = Framework("express", "Express", _render, aliases=("expressjs", "express.js"))
