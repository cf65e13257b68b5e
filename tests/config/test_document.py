from devproxy.config.load import read
from devproxy.problems import Place


def test_places():
    """Every key and value has its place; what an alias or a merge brings stands where it was written."""
    document = read("a: &x\n  b: [c, dd]\ne:\n  <<: *x\n", "f")
    assert document.place(("a", "b", 1)) == Place("f", 2, 10)
    assert document.place(("e", "b", 0)) == Place("f", 2, 7)
    assert document.key_place(("e", "b")) == Place("f", 2, 3)
    assert document.key_place(("e",)) == Place("f", 3, 1)


def test_places_near():
    """What has no place of its own has that of the nearest value around it."""
    document = read("a: {b: c}\n", "f")
    assert document.place(("a", "nothing", 3)) == Place("f", 1, 4)
    assert document.key_place(("a", "nothing")) == Place("f", 1, 4)
    assert document.key_place(("nothing",)) == Place("f", 1, 1)
    assert read("", "f").place(("a",)) == Place("f", 1, 1)
