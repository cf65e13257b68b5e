import re

from devproxy.export.allow import Allow
from devproxy.export.flask import FLASK


def test_the_whole_snippet() -> None:
    """Every argument of the policy."""
    allow = Allow(("http://a.test", "http://b.test"), ("PUT",), ("x-key",), credentials=True, expose=("x-a",))
    assert (
        FLASK.render(allow).code
        == """\
# pip install flask-cors
from flask_cors import CORS

# right after app = Flask(__name__)
CORS(
    app,
    origins=["http://a.test", "http://b.test"],
    methods=["GET", "HEAD", "POST", "PUT"],
    allow_headers=["x-key"],
    supports_credentials=True,
    expose_headers=["x-a"],
)"""
    )


def test_no_headers_are_none() -> None:
    """Without the argument flask-cors would allow every header that is asked for."""
    code = FLASK.render(Allow(("*",))).code
    assert 'origins=["*"],' in code
    assert "allow_headers=[],  # unset" in code
    assert "credentials" not in code
    assert "expose" not in code


def test_one_origin_varies_as_well() -> None:
    """flask-cors would say Vary for several only."""
    assert 'vary.add("Origin")' in FLASK.render(Allow(("http://a.test",))).code
    assert "vary" not in FLASK.render(Allow(("*",))).code


def called_with(allow: Allow) -> dict[str, list[str]]:
    """What the snippet calls CORS with."""
    seen: dict[str, list[str]] = {}
    code = FLASK.render(allow).code.replace("from flask_cors import CORS", "").partition("\napp.after")[0]
    exec(code, {"CORS": lambda _app, **given: seen.update(given), "app": None})
    return seen


def test_what_looks_like_a_regular_expression_becomes_an_exact_one() -> None:
    """flask-cors tells by the characters; an IPv6 address would match other hosts, and any longer port."""
    (pattern,) = called_with(Allow(("http://[::1]:5173",)))["origins"]
    assert re.match(pattern, "http://[::1]:5173")
    assert not re.match(pattern, "http://[::1]:51730")
    assert not re.match(pattern, "http://:5173")
    assert called_with(Allow(("http://a.test",), headers=("a.b", "a*b", "a^b", "a$b")))["allow_headers"] == [
        "a.b",
        r"a\*b$",
        r"a\^b$",
        r"a\$b$",
    ]


def test_cookies_are_spoken_of_where_there_are_any() -> None:
    """The note about SameSite stands with credentials only."""
    for credentials in (False, True):
        notes = FLASK.render(Allow(("http://a.test",), credentials=credentials)).notes
        assert any("SESSION_COOKIE_SAMESITE" in note for note in notes) == credentials
