"""The results in words."""

import pytest

from bench.contenders import DEVPROXY, DIRECT, HTTP_PROXY_3, TUNED, VITE
from bench.goals import GOALS
from bench.samples import Results
from bench.table import BEGIN, END, Run, put_into, short, whole

RUN = Run(
    date="2026-01-02",
    machine="A Processor, 2 cores",
    python="3.11.7",
    load="wrk 4.1",
    target="nginx 1.2",
    cores="contenders on core 0, load and target on 1",
    rounds=3,
    versions={DEVPROXY: "1.0", TUNED: "1.2", "nginx, copied": "1.2"},
    remarks=["Caddy is left out: there is no caddy (apt-get install caddy)"],
)


@pytest.fixture
def results():
    made = Results()
    made.add(DIRECT, {"rate-64": 90_000}, 0)
    made.add(DEVPROXY, {"rate-64": 17_000.4, "added": 59.4, "idle": 61, "cpu-64": 58.25}, 0)
    made.add(TUNED, {"rate-64": 61_000}, 0.9)
    made.add(VITE, {"rate-64": 2500}, 0)
    made.add(HTTP_PROXY_3, {"rate-64": 10_000}, 0)
    return made


def cells(page, first):
    line = next(line for line in page.splitlines() if line.startswith(f"| {first} |"))
    return [cell.strip() for cell in line.strip("|").split("|")][1:]


def test_the_whole_table_has_a_row_for_each_figure(results):
    """What was not measured is a dash, and what is doubtful bears a tilde."""
    page = whole(results, RUN)
    assert cells(page, "64 connections, requests/s") == ["90,000", "17,000", "~61,000", "2,500", "10,000"]
    assert cells(page, "its own CPU time at 64 connections, µs/request") == ["—", "58.2", "—", "—", "—"]
    assert "| devproxy 1.0 | nginx, tuned 1.2 |" in page
    for words in (RUN.date, RUN.machine, RUN.load, RUN.target, RUN.cores, *RUN.remarks, "3 round(s)"):
        assert words in page


def test_goals_are_held_against_what_was_measured(results):
    """Those that could not be measured are left out."""
    page = whole(results, RUN)
    assert cells(page, "requests/s at 64 connections, against Vite as shipped") == [
        "at least 6 ×",
        "6.80 ×",
        "yes",
    ]
    fastest = "requests/s at 64 connections, against the fastest on Node"
    assert cells(page, fastest) == ["at least 2.3 ×", "1.70 ×", "**no**"]
    assert cells(page, "memory when idle") == ["at most 60 MB", "61.00 MB", "**no**"]
    assert cells(page, "latency added at 1 connection, all on one core") == [
        "at most 65 µs",
        "59.40 µs",
        "yes",
    ]
    assert "against Caddy" not in page
    assert "## Not measured" in page


def test_a_goal_without_its_figure_is_no_row():
    """Nothing is claimed of what nobody measured."""
    assert [goal.line(Results()) for goal in GOALS] == [None] * len(GOALS)


def test_the_short_table_has_a_row_for_each_contender(results):
    """With devproxy's in bold, and every program's version once."""
    page = short(results, RUN)
    assert cells(page, "**devproxy**")[:3] == ["**17,000**", "**58.2**", "**59**"]
    assert cells(page, "Vite, as shipped")[0] == "2,500"
    assert page.endswith("2026-01-02, A Processor, 2 cores, Python 3.11.7. devproxy 1.0, nginx 1.2.")


def test_the_figures_are_put_between_their_marks():
    """What stands around them stays."""
    page = f"before\n{BEGIN}\nold\n{END}\nafter"
    assert put_into(page, "new") == f"before\n{BEGIN}\nnew\n{END}\nafter"
    assert put_into(put_into(page, "new"), "newer") == put_into(page, "newer")


@pytest.mark.parametrize("page", ["", BEGIN, END, f"{END}\n{BEGIN}"])
def test_a_page_without_marks_is_refused(page):
    """Rather than written to anywhere."""
    with pytest.raises(ValueError, match="marks"):
        put_into(page, "new")
