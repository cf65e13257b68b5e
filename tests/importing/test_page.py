"""Where the page is served."""

import pytest

from devproxy.importing.javascript import Script
from devproxy.importing.page import doubts, page


def server(text):
    return Script(f"export default {{ {text} }}").exported()


@pytest.mark.parametrize(
    ("text", "url", "source"),
    [
        ("", "http://localhost:5173", ""),
        ("port: 3000", "http://localhost:3000", "f:1"),
        ("port: 3000, https: {}", "https://localhost:3000", "f:1"),
        ("ssl: true, port: 99999", "https://localhost:5173", ""),
        ("https: false, port: 0", "http://localhost:5173", ""),
        ("port: Number(env.PORT)", "http://localhost:5173", ""),
    ],
)
def test_the_port_of_the_page(text, url, source):
    """The tool's own, where none is written out."""
    found = page("vite", server(text), "f")
    assert (found.url, found.source) == (url, source)


def test_a_port_that_is_not_written_out():
    """The tool's own is a guess then, and said to be one."""
    assert doubts("vite", server("port: Number(env.PORT) || 3000"), "f") == (
        "the port (f:1) is not written out: 5173 is vite's own, correct it in the route /.",
    )
    assert doubts("vite", server("port: 3000"), "f") == doubts("vite", server(""), "f") == ()
