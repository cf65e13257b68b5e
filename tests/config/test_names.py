import pytest

from devproxy.config.model import key_paths
from devproxy.config.names import FOREIGN, REMARKS, hint_for

ROUTE = ["target", "strip_prefix", "change_origin", "cors"]
CORS = ["allow_origins", "allow_methods", "allow_headers", "allow_credentials"]


@pytest.mark.parametrize(
    ("word", "known", "hint"),
    [
        ("changeOrigin", ROUTE, "did you mean 'change_origin'? (Vite's name)"),
        ("upstream", ROUTE, "did you mean 'target'? (nginx's name)"),
        ("url", ROUTE, "did you mean 'target'?"),
        ("proxy", ["routes"], "did you mean 'routes'? (Vite's and Create React App's name)"),
        ("origin", CORS, "did you mean 'allow_origins'? (Express's name)"),
        ("stripPrefx", ROUTE, "did you mean 'strip_prefix'?"),
        ("allow-origins", CORS, "did you mean 'allow_origins'?"),
        ("ALLOW_ORIGINS", CORS, "did you mean 'allow_origins'?"),
        ("origin", ROUTE, "did you mean 'change_origin'?"),
        ("zebra", ROUTE, ""),
    ],
)
def test_hint(word, known, hint):
    """An unknown key is another tool's name, another spelling or a misspelling of one that is known here."""
    assert hint_for(word, known) == hint


def test_regex():
    """Regexes over origins are refused on purpose, and the hint says so."""
    assert "refused on purpose" in hint_for("allow_origin_regex", CORS)


def test_tables():
    """Every foreign name leads to a key that there is, and none is a key itself."""
    keys = {path[-1] for path in key_paths()}
    assert {ours for meant, _ in FOREIGN.values() for ours in meant} <= keys
    assert not keys & (FOREIGN.keys() | REMARKS.keys())
