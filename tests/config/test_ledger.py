import pytest

from devproxy.config.document import Document
from devproxy.config.ledger import Ledger
from devproxy.config.load import read
from devproxy.errors import ConfigError
from devproxy.problems import Place, Problem

DOCUMENT = read("a: &x {b: c}\nd: *x\n", "f")


def settled(ledger):
    with pytest.raises(ConfigError) as caught:
        ledger.settle()
    return caught.value.problems


def test_places():
    """A problem's path leads on from the value that was judged, and is turned into a place."""
    ledger = Ledger(DOCUMENT)
    ledger.add(Problem("code", "of a value", path=("b",)), ("a",))
    ledger.add(Problem("code", "of a key", path=("b",)), ("a",), on_key=True)
    of_key, of_value = settled(ledger)
    assert (of_value.path, of_value.place) == (("a", "b"), Place("f", 1, 11))
    assert of_key.place == Place("f", 1, 8)


def test_once():
    """What an alias repeats is wrong once; so is what two judges say of one place."""
    ledger = Ledger(DOCUMENT)
    ledger.add_all(
        [Problem("code", "message", path=("a", "b")), Problem("code", "message", path=("d", "b"))], ()
    )
    assert ledger.has(Problem("code", "message"), ("d", "b"))
    assert not ledger.has(Problem("code", "message"), ("d",))
    assert len(settled(ledger)) == 1


def test_without_a_file():
    """Without places, two problems are the same where their paths are."""
    ledger = Ledger(Document({}))
    for path in ("a", "b", "a"):
        ledger.add(Problem("code", "message"), (path,))
    assert [problem.path for problem in settled(ledger)] == [("a",), ("b",)]


def test_settle():
    """Problems come in the order of the file; warnings alone stop nobody."""
    ledger = Ledger(DOCUMENT)
    ledger.add(Problem("code", "second", severity="warning"), ("d",), on_key=True)
    ledger.add(Problem("code", "first", severity="warning"), ("a",))
    assert [problem.message for problem in ledger.settle()] == ["first", "second"]


def test_untellable():
    """A problem of which the mask leaves nothing is not noted."""
    ledger = Ledger(DOCUMENT, lambda _problem: None)
    ledger.add(Problem("code", "message"), ("a",))
    assert not ledger.has(Problem("code", "message"), ("a",))
    assert not ledger.has_at(("a",))
    assert ledger.settle() == ()
