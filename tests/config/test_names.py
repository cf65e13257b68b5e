import pytest

from devproxy.config.model import ProjectFile, key_paths
from devproxy.config.names import FOREIGN, NO_REGEX, REMARKS, meant, remark, snake

ROUTE = ["target", "strip_prefix", "change_origin", "cors"]
CORS = ["allow_origins", "allow_methods", "allow_headers", "allow_credentials"]


@pytest.mark.parametrize(
    ("word", "known", "ours", "whose"),
    [
        ("changeOrigin", ROUTE, "change_origin", "Vite's name"),
        ("upstream", ROUTE, "target", "nginx's name"),
        ("url", ROUTE, "target", ""),
        ("proxy", ["routes"], "routes", "Vite's and Create React App's name"),
        ("origin", CORS, "allow_origins", "Express's name"),
        ("ALLOWED-ORIGINS", CORS, "allow_origins", "rs/cors's name"),
        ("stripPrefx", ROUTE, "strip_prefix", ""),
        ("allow-origins", CORS, "allow_origins", ""),
        ("Access-Control-Allow-Origin", CORS, "allow_origins", ""),
        ("accessControlAllowHeaders", CORS, "allow_headers", ""),
        ("origin", ROUTE, "change_origin", ""),
        ("zebra", ROUTE, "", ""),
    ],
)
def test_meant(word, known, ours, whose):
    """An unknown key is another tool's name, another spelling or a misspelling of one that is known here."""
    assert meant(word, known) == (ours, whose)


def test_remark():
    """Some keys of other tools need none here; regexes over origins are refused on purpose."""
    assert remark("ws") == "remove it: WebSockets pass on every route"
    assert remark("proxy-redirect") == remark("autoRewrite")
    assert remark("allow_origin_regex") == remark("origin-regex") == NO_REGEX
    assert remark("zebra") == ""


@pytest.mark.parametrize(
    ("word", "spelled"),
    [("maxAge", "max_age"), ("Max-Age", "max_age"), ("Access-Control-Max-Age", "max_age"), ("ws", "ws")],
)
def test_snake(word, spelled):
    """However a key is spelled, our spelling is small letters and underscores."""
    assert snake(word) == spelled


def test_tables():
    """Every foreign name leads to a key that there is, and none is a key itself."""
    keys = {path[-1] for path in (*key_paths(), *key_paths(ProjectFile))}
    assert {ours for meant, _ in FOREIGN.values() for ours in meant} <= keys
    assert not keys & (FOREIGN.keys() | REMARKS.keys())
