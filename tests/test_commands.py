"""Commands that can be pasted."""

import pytest

from devproxy.commands import allowing, command_line


@pytest.mark.parametrize(
    ("platform", "typed"),
    [
        ("linux", "devproxy '/=[::1]:3001' --allow-origin 'https://a b'"),
        ("win32", 'devproxy "/=[::1]:3001" --allow-origin "https://a b"'),
    ],
)
def test_a_command_is_quoted_for_its_shell(monkeypatch, platform, typed):
    """zsh would look for files called `[::1]`."""
    monkeypatch.setattr("sys.platform", platform)
    assert command_line(["devproxy", "/=[::1]:3001", "--allow-origin", "https://a b"]) == typed


def test_the_flag_goes_before_the_end_of_options():
    """Behind -- it would be a target."""
    assert allowing(["devproxy", "3001"], "null") == "devproxy 3001 --allow-origin null"
    assert allowing(["devproxy", "--", "3001"], "null") == "devproxy --allow-origin null -- 3001"
