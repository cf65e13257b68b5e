"""The results as bars."""

from xml.etree import ElementTree as ET

from bench.contenders import DEVPROXY, TUNED
from bench.picture import Panel, panel, svg
from bench.samples import Results

SVG = "{http://www.w3.org/2000/svg}"


def made() -> Results:
    results = Results()
    results.add("a < b", {"rate-64": 500}, 0)
    results.add(DEVPROXY, {"rate-64": 2000, "added": 59}, 0)
    results.add(TUNED, {"rate-64": 4000, "added": 16}, 0)
    return results


def drawn(*panels: Panel) -> ET.Element:
    return ET.fromstring(svg("A & B", panels, "then, there"))


def test_the_best_stands_on_top():
    """Whichever way better is; who was not measured has no bar."""
    rates = panel(made(), "rate-64", "Rates", most_first=True)
    assert [name for name, _ in rates.bars] == [TUNED, DEVPROXY, "a < b"]
    assert [name for name, _ in panel(made(), "added", "Added", most_first=False).bars] == [TUNED, DEVPROXY]


def test_bars_are_as_long_as_their_values():
    """The longest fills the room, and only devproxy's has another colour."""
    root = drawn(panel(made(), "rate-64", "Rates", most_first=True))
    bars = [bar for bar in root.iter(f"{SVG}rect") if "bar" in bar.get("class", "")]
    widths = [float(bar.get("width", "0")) for bar in bars]
    assert widths[0] == 2 * widths[1] == 8 * widths[2]
    assert [bar.get("class") for bar in bars] == ["bar", "bar own", "bar"]
    right = float(bars[0].get("x", "0")) + widths[0]
    assert right < float(root.get("width", "0"))


def test_nothing_is_drawn_outside():
    """Every text and bar lies on the card."""
    root = drawn(*(panel(made(), key, key, most_first=True) for key in ("rate-64", "added")))
    height = float(root.get("height", "0"))
    assert all(0 <= float(part.get("y", "0")) < height for part in root.iter() if part.get("y"))


def test_the_figures_are_said_too():
    """A title and a description stand for the picture where it is not seen."""
    root = drawn(panel(made(), "rate-64", "Rates", most_first=True))
    assert (root.get("role"), root.get("aria-labelledby")) == ("img", "title words")
    title, words = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert words is not None
    assert (title.text, words.text) == ("A & B", "Rates: nginx, tuned 4,000; devproxy 2,000; a < b 500.")


def test_values_of_nothing_are_bars_without_length():
    """No division by zero, and no negative length."""
    results = Results()
    results.add(DEVPROXY, {"added": 0}, 0)
    results.add(TUNED, {"added": -3}, 0)
    root = drawn(panel(results, "added", "Added", most_first=True))
    assert {bar.get("width") for bar in root.iter(f"{SVG}rect") if "bar" in bar.get("class", "")} == {"0.0"}
