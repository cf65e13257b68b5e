"""The command that makes what a page calls work."""

import shlex

import pytest

from devproxy.remedy import command

API = "http://api.example"


@pytest.mark.parametrize(
    "page",
    ["http://localhost:5173", "https://app.localhost", "http://127.0.0.1:1", "http://[::1]:1", "null", "", "a b", "file://"],
)  # fmt: skip
def test_a_page_that_is_known_or_is_none(page: str) -> None:
    """Those on this machine are let in anyway, and what is no origin cannot be."""
    assert command([API], page) == f"devproxy {API}"


@pytest.mark.parametrize(
    "page", ["https://app.example", "http://127.0.0.2:5173", "http://192.168.1.4:1", "capacitor://localhost"]
)
def test_a_page_that_has_to_be_named(page: str) -> None:
    """Also one on a loopback address that is none of the usual."""
    assert command([API], page) == f"devproxy {API} --allow-origin {page}"


def test_a_server_that_redirects() -> None:
    """Each of the others gets a route of its own, so that a redirect leads back to devproxy."""
    servers = [API, "http://b.example:81", API, "https://c.example"]
    assert command(servers, "null") == (
        f"devproxy /={API} /2=http://b.example:81,strip /3=https://c.example,strip"
    )


def test_a_shell_takes_each_word_as_it_is() -> None:
    """What a server has written into its Location is no part of a shell's language."""
    servers = ["http://[::1]:1", "http://$(reboot);x"]
    assert shlex.split(command(servers, "null"))[1:] == ["/=http://[::1]:1", "/2=http://$(reboot);x,strip"]
