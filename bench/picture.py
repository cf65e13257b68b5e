"""Bars as an SVG that reads well on light and dark pages, and says its figures to those who do not see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from bench.contenders import DEVPROXY
from bench.figures import BY_KEY, Figure
from bench.samples import Results

_WIDTH, _MARGIN = 760, 20
_NAMES, _VALUES = 168, 84  # room for names on the left of the bars, and for values on their right
_ROW, _BAR = 22, 14
_STYLE = """
  .card { fill: #ffffff; stroke: #d0d7de }
  text { fill: #1f2328; font: 13px system-ui, -apple-system, "Segoe UI", sans-serif }
  .title { font-weight: 600 }
  .value { font-variant-numeric: tabular-nums }
  .small { fill: #59636e; font-size: 11px }
  .bar { fill: #8c959f }
  .own { fill: #0969da }
  @media (prefers-color-scheme: dark) {
    .card { fill: #0d1117; stroke: #3d444d }
    text { fill: #f0f6fc }
    .small { fill: #9198a1 }
    .bar { fill: #656c76 }
    .own { fill: #4493f8 }
  }
"""


@dataclass(frozen=True)
class Panel:
    """One chart: its title, and a bar for each name; `figure` says how values are written."""

    title: str
    figure: Figure
    bars: Sequence[tuple[str, float]]

    @property
    def words(self) -> str:
        """The chart in a sentence."""
        listed = "; ".join(f"{name} {self.figure.show(value)}" for name, value in self.bars)
        return f"{self.title}: {listed}."


def panel(results: Results, key: str, title: str, *, most_first: bool) -> Panel:
    """A chart of one figure, the best on top."""
    found = [(name, value) for name in results.names if (value := results.value(name, key)) is not None]
    return Panel(title, BY_KEY[key], sorted(found, key=lambda bar: bar[1], reverse=most_first))


def svg(title: str, panels: Sequence[Panel], footnote: str) -> str:
    """The charts below each other."""
    parts, y = [], _MARGIN + 12
    for chart in panels:
        parts.append(f'<text class="title" x="{_MARGIN}" y="{y}">{escape(chart.title)}</text>')
        y += 10
        most = max((value for _, value in chart.bars), default=0)
        for name, value in chart.bars:
            parts.append(_bar(y, name, chart.figure.show(value), max(0, value) / most if most > 0 else 0))
            y += _ROW
        y += 26
    parts.append(f'<text class="small" x="{_MARGIN}" y="{y - 8}">{escape(footnote)}</text>')
    height = y + 8
    words = " ".join(chart.words for chart in panels)
    size = f'viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}"'
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-labelledby="title words">',
            f'<title id="title">{escape(title)}</title>',
            f'<desc id="words">{escape(words)}</desc>',
            f"<style>{_STYLE}</style>",
            f'<rect class="card" x="0.5" y="0.5" width="{_WIDTH - 1}" height="{height - 1}" rx="6"/>',
            *parts,
            "</svg>\n",
        )
    )


def _bar(y: int, name: str, value: str, share: float) -> str:
    begin = _MARGIN + _NAMES
    width = share * (_WIDTH - begin - _VALUES - _MARGIN)
    look = "bar own" if name == DEVPROXY else "bar"
    weight = ' font-weight="600"' if name == DEVPROXY else ""
    base = y + _BAR - 2
    return (
        f'<text x="{begin - 8}" y="{base}" text-anchor="end"{weight}>{escape(name)}</text>'
        f'<rect class="{look}" x="{begin}" y="{y}" width="{width:.1f}" height="{_BAR}" rx="2"/>'
        f'<text class="value" x="{begin + width + 6:.1f}" y="{base}"{weight}>{escape(value)}</text>'
    )
