from collections.abc import Iterator

from devproxy.export.allow import Allow
from devproxy.export.recipe import Framework, Recipe, array, block


def _render(allow: Allow) -> Recipe:
    code = f"""\
# below all routes and other middleware, above uvicorn.run
from starlette.middleware.cors import CORSMiddleware

app = CORSMiddleware(
    app,
{block(_arguments(allow))}
)"""
    return Recipe(code, tuple(_notes(allow)), "main.py", "python")


def _arguments(allow: Allow) -> Iterator[str]:
    yield f"allow_origins={array(allow.origins)},"
    yield f"allow_methods={array(allow.all_methods)},"
    if allow.headers:
        yield f"allow_headers={array(allow.headers)},"
    if allow.credentials:
        yield "allow_credentials=True,"
    if allow.expose:
        yield f"expose_headers={array(allow.expose)},"


def _notes(allow: Allow) -> Iterator[str]:
    yield (
        "It wraps the whole application because app.add_middleware(CORSMiddleware, ...) stays within Starlette's "
        "error handler, whose answers to a crash (500) pages then cannot read."
    )
    yield "From there on `app` is the middleware: what says @app.get or app.state belongs above it."
    yield (
        "`fastapi dev` and `fastapi run` take nothing but a FastAPI object: start it with `uvicorn main:app`, or use "
        "app.add_middleware with the same arguments, after all other middleware so that it is outermost."
    )
    if allow.credentials:
        yield (
            "Pages of another site, which is more than another port, send only cookies that were set with "
            'samesite="none" and secure=True.'
        )


FASTAPI = Framework("fastapi", "FastAPI", _render, aliases=("starlette",))
