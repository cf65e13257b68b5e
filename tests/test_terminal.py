"""What a stream can show."""

import pytest

from devproxy.console import Console
from tests.terminals import LOCAL, LONG, Terminal, exchange_of, log

pytestmark = pytest.mark.usefixtures("plain_environment")


def test_a_terminal_that_does_not_tell_its_width_has_eighty_columns():
    """As terminals have had since there were any."""
    assert len(log(exchange_of(target=LONG), tty=True).splitlines()[0]) <= 80 + len("\x1b[32m\x1b[0m")


def test_a_full_disk_stops_nobody():
    """The traffic goes on."""

    class Full(Terminal):
        def write(self, _text):
            raise OSError(28, "No space left on device")

    Console(Full(), Full()).ended(exchange_of(LOCAL))


@pytest.mark.parametrize(
    ("tty", "environment", "coloured"),
    [
        (True, {}, True),
        (False, {}, False),
        (True, {"NO_COLOR": "1"}, False),
        (False, {"FORCE_COLOR": "1"}, True),
        (True, {"TERM": "dumb"}, False),
        (True, {"FORCE_COLOR": "0"}, False),
    ],
)
def test_colour_is_for_terminals_that_want_it(monkeypatch, tty, environment, coloured):
    """NO_COLOR, FORCE_COLOR and TERM=dumb are honoured."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert ("\x1b[" in log(exchange_of(LOCAL), tty=tty)) is coloured


def test_a_stream_that_knows_few_characters_gets_what_it_can_show():
    """cp1252 has no arrow."""
    assert "? :3001" in log(exchange_of(LOCAL), encoding="cp1252")


def test_a_reader_that_has_gone_stops_nobody():
    """`devproxy … | head` goes on serving."""

    class Gone(Terminal):
        def write(self, _text):
            raise BrokenPipeError

    Console(Gone(), Gone()).ended(exchange_of(LOCAL))
