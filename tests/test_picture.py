"""The README's picture of a terminal, and how it is made."""

import socket
import sys
from xml.etree import ElementTree as ET

import pytest

if sys.platform == "win32":
    pytest.skip("Windows has no pseudo-terminals of this kind", allow_module_level=True)

from tests.picture import FILE, svg, taken, words


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def test_styles_become_spans():
    """Colours, bold and dim end where the terminal ends them; what would be markup is text."""
    picture = svg("\x1b[1mbold\x1b[0m <plain> & \x1b[31mred\x1b[0m\r\n\x1b[2mdim\x1b[0m")
    assert (
        '<tspan font-weight="bold">bold</tspan> &lt;plain&gt; &amp; <tspan fill="#ff8f88">red</tspan></text>'
        in picture
    )
    assert '<tspan fill="#9aa4af">dim</tspan></text>' in picture
    ET.fromstring(picture)


def test_it_speaks_to_those_who_do_not_see_it():
    """A title and a description, and no script."""
    root = ET.parse(FILE).getroot()
    assert root.get("role") == "img"
    assert [child.tag.rpartition("}")[2] for child in root][:2] == ["title", "desc"]
    assert not root.findall(".//{*}script")


def test_it_shows_what_devproxy_prints():
    """But for times, durations and ports; `python -m tests.picture` takes it anew."""
    assert words(FILE.read_text(encoding="utf-8")) == words(svg(taken(free_port(), free_port())))
