from devproxy.export.allow import Allow
from devproxy.export.fastapi import FASTAPI


def test_the_whole_snippet() -> None:
    """The application is wrapped, with every argument of the policy."""
    allow = Allow(("http://a.test", "http://b.test"), ("PUT",), ("x-key",), credentials=True, expose=("x-a",))
    assert (
        FASTAPI.render(allow).code
        == """\
# below all routes and other middleware, above uvicorn.run
from starlette.middleware.cors import CORSMiddleware

app = CORSMiddleware(
    app,
    allow_origins=["http://a.test", "http://b.test"],
    allow_methods=["GET", "HEAD", "POST", "PUT"],
    allow_headers=["x-key"],
    allow_credentials=True,
    expose_headers=["x-a"],
)"""
    )


def test_reading_takes_two_arguments() -> None:
    """POST is named: Starlette's own default is GET alone, and it counts safelisted methods like others."""
    code = FASTAPI.render(Allow(("*",))).code
    assert code.endswith(
        '(\n    app,\n    allow_origins=["*"],\n    allow_methods=["GET", "HEAD", "POST"],\n)'
    )


def test_cookies_are_spoken_of_where_there_are_any() -> None:
    """The note about SameSite stands with credentials only."""
    for credentials in (False, True):
        notes = FASTAPI.render(Allow(("http://a.test",), credentials=credentials)).notes
        assert any("samesite" in note for note in notes) == credentials
