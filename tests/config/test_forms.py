import pytest

from devproxy.config.forms import command_line, long_form, unmangled
from devproxy.errors import ConfigError

LOCAL = "http://localhost:3001"


def test_long_form():
    """A word as a route is its target, and cors: passthrough a flag; everything else stays as it is."""
    data = {
        "listen": {},
        "routes": {"/a": "x", "/b": {"cors": "passthrough"}, "/c": {"cors": "off"}, "/d": ["x"], "/e": None},
    }
    assert long_form(data) == {
        "listen": {},
        "routes": {"/a": {"target": "x"}, "/b": {"cors": {"passthrough": "true"}}, "/c": {"cors": "off"}, "/d": ["x"], "/e": None},
    }  # fmt: skip


@pytest.mark.parametrize("data", [None, "x", ["x"], {}, {"routes": ["x"]}, {"routes": None}])
def test_neither_form(data):
    """What is no mapping of routes is left for the model to refuse."""
    assert long_form(data) == data


@pytest.mark.parametrize(
    ("form", "prefix", "route"),
    [
        ("http://localhost:3001", "/", {"target": LOCAL}),
        ("3001", "/", {"target": LOCAL}),
        (":3001", "/", {"target": LOCAL}),
        ("localhost:3001", "/", {"target": LOCAL}),
        ("[::1]:3001", "/", {"target": "http://[::1]:3001"}),
        ("localhost:3001/v1", "/", {"target": "http://localhost:3001/v1"}),
        ("3001,strip", "/", {"target": LOCAL, "strip_prefix": "true"}),
        ("api=3001", "/api", {"target": LOCAL}),
        ("/api=3001", "/api", {"target": LOCAL}),
        ("/=3001", "/", {"target": LOCAL}),
        ("=3001", "/", {"target": LOCAL}),
        ("/api=http://localhost:3001/v1,strip", "/api", {"target": "http://localhost:3001/v1", "strip_prefix": "true"}),
        ("api/v1=localhost:3001", "/api/v1", {"target": LOCAL}),
        ("http://localhost:3001/a=b", "/", {"target": "http://localhost:3001/a=b"}),
        ("api=http://localhost:3001/a=b", "/api", {"target": "http://localhost:3001/a=b"}),
        ("C:/Program Files/Git/api=3001", "/api", {"target": LOCAL}),
        ("C:\\Program Files\\Git\\api=3001", "/api", {"target": LOCAL}),
        ("C:/Program Files/Git/=3001", "/", {"target": LOCAL}),
        ("C:/Users/me/scoop/apps/git/current/api/v1=3001", "/api/v1", {"target": LOCAL}),
        ("C:/msys64/api=3001", "/api", {"target": LOCAL}),
        ("example", "/", {"target": "example"}),
    ],
)  # fmt: skip
def test_command_line(form, prefix, route):
    """Targets may be short, a leading slash may be left out, and what Git Bash makes of it is recognised."""
    document = command_line([form])
    assert document.data == {"routes": {prefix: route}}
    assert document.place(("routes", prefix)) is None


@pytest.mark.parametrize(
    ("form", "message", "hint"),
    [
        ("api=", "'api=' has no target", "write api=http://localhost:3001"),
        ("", "'' has no target", "write api=http://localhost:3001"),
        ("api=3001,stip", "unknown option 'stip' in 'api=3001,stip'", "did you mean api=3001,strip?"),
        ("api=3001,zebra", "unknown option 'zebra' in 'api=3001,zebra'", "the only option is strip"),
        ("D:/code/api=3001", "the prefix of 'D:/code/api=3001' is a Windows path, which Git Bash makes of a leading slash", "leave the leading slash out: api=3001"),
    ],
)  # fmt: skip
def test_command_line_mistakes(form, message, hint):
    """What cannot be read is told with the form to write."""
    with pytest.raises(ConfigError) as caught:
        command_line([form, "api=3001"])
    assert [(problem.message, problem.hint) for problem in caught.value.problems] == [(message, hint)]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("C:/Program Files/Git/api/users", "/api/users"),
        ("C:\\msys64\\api", "/api"),
        ("/api/users", "/api/users"),
        ("http://localhost:8484/api", "http://localhost:8484/api"),
    ],
)
def test_unmangled(typed, meant):
    """A path that Git Bash has rewritten."""
    assert unmangled(typed) == meant
