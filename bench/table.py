"""The results as Markdown: the whole of it, and the few columns that a README has room for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bench.contenders import DEVPROXY
from bench.figures import BY_KEY, FIGURES, Figure
from bench.goals import GOALS
from bench.samples import Results

BEGIN, END = "<!-- figures: written by make bench -->", "<!-- end of the figures -->"


@dataclass(frozen=True)
class Run:
    """What stands over the figures."""

    date: str
    machine: str
    python: str
    load: str
    target: str
    cores: str
    rounds: int
    versions: dict[str, str]
    remarks: Sequence[str] = ()


def whole(results: Results, run: Run) -> str:
    """Everything, as a page of its own."""
    names = results.names
    rows = [
        [f"{figure.title}, {figure.unit}", *(_cell(figure, results, name) for name in names)]
        for figure in FIGURES
    ]
    titles = [f"{name} {run.versions.get(name, '')}".strip() for name in names]
    parts = [
        "# devproxy beside its peers",
        "Written by `make bench`. Medians; ~ marks those whose samples were mostly noisy.",
        _about(results, run),
        _table(["", *titles], rows),
        "## Goals",
        "\n".join(
            [
                "| | goal | measured | met |",
                "|---|---|---|---|",
                *filter(None, (g.line(results) for g in GOALS)),
            ]
        ),
    ]
    if run.remarks:
        parts += ["## Not measured", "\n".join(f"- {remark}" for remark in run.remarks)]
    return "\n\n".join(parts) + "\n"


def short(results: Results, run: Run) -> str:
    """One row for each contender, with the figures that tell most."""
    keys = ("rate-64", "cpu-64", "added", "rate-1m", "trips", "start", "idle")
    figures = [BY_KEY[key] for key in keys]
    titles = [
        "", "requests/s", "CPU µs/request", "added latency, µs", "1 MB bodies, MB/s", "WebSocket, round trips/s",
        "start, ms", "idle, MB",
    ]  # fmt: skip
    rows = [
        [_bold(name, name), *(_bold(name, _cell(figure, results, name)) for figure in figures)]
        for name in results.names
    ]
    versions = dict.fromkeys(f"{_plain(name)} {version}" for name, version in run.versions.items())
    signs = "~: most samples were noisy; direct: the target without a proxy; added latency: at one connection, all on one core."
    return f"{_table(titles, rows)}\n\n{signs}\n\n{run.date}, {run.machine}, Python {run.python}. {', '.join(versions)}."


def put_into(page: str, words: str) -> str:
    """A page whose figures, between two marks, are these. Raises ValueError where the marks are missing."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError("the marks are missing")
    return f"{before}{BEGIN}\n{words}\n{END}{after}"


def _about(results: Results, run: Run) -> str:
    return "\n".join(
        f"- {line}"
        for line in (
            f"{run.date}, {run.machine}, Python {run.python}",
            f"{run.rounds} round(s), in which every measure went through all contenders in turn; {results.noise}",
            run.cores,
            f"load: {run.load}; target: {run.target}",
        )
    )


def _cell(figure: Figure, results: Results, name: str) -> str:
    median = results.median(name, figure.key)
    return f"{'~' if median.doubtful else ''}{figure.show(median.value)}" if median else "—"


def _table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [titles, ["---", *("--:" for _ in titles[1:])], *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _bold(name: str, words: str) -> str:
    return f"**{words}**" if name == DEVPROXY else words


def _plain(name: str) -> str:
    return name.partition(",")[0]
