"""Problems as text: what is wrong, where, the line itself with a caret below, and what to write instead.

    error: unknown key 'prot' in listen
     --> proxy.yaml:2:3
    2 |   prot: 8484
      |   ^^^^
      = help: did you mean 'port'?

Plain text, without colour. Whatever comes from the file is made harmless for a terminal.
"""

import re
from collections.abc import Iterable, Sequence

from devproxy.printable import printable
from devproxy.problems import Place, Problem

# What stands before the @ of a URL.
_PASSWORD = re.compile(r"(?<=//)[^\s/@]+(?=@)")
_WIDTH = 100  # of a quoted line: what fits beside its number in a narrow terminal
_MOST = 50  # problems that anybody reads at once

# The part of a line that begins at a column and that a caret is drawn under: a quoted word, brackets, or one word,
# which ends at a comma or a bracket only between brackets.
_QUOTED = r""""(?:[^"\\]|\\.)*"|'[^']*'"""
_GROUP = rf"{_QUOTED}|\[[^\[\]]*\]|\{{[^{{}}]*\}}"
_PART = re.compile(rf"{_GROUP}|(?:[^\s:]|:(?=\S))+")
_PART_BETWEEN_BRACKETS = re.compile(rf"{_GROUP}|(?:[^\s,\[\]{{}}:]|:(?=[^\s,\]}}]))+")
_BRACKET = re.compile(rf"{_QUOTED}|[\[\]{{}}]")


def render(problem: Problem, source_lines: Sequence[str] = ()) -> str:
    """The problem, with the line of its place quoted if it is among `source_lines`."""
    lines = [f"{problem.severity}: {printable(problem.message)}"]
    gutter = ""
    if place := problem.place:
        gutter = " " * len(str(place.line))
        lines.append(f"{gutter}--> {printable(place.file)}:{place.line}:{place.column}")
        lines += _quoted(place, source_lines, gutter) if place.quotable else ()
    if problem.hint:
        lines.append(f"{gutter} = help: {printable(problem.hint)}")
    return "\n".join(lines)


def foremost(problems: Sequence[Problem]) -> Sequence[Problem]:
    """As many problems as anybody reads at once, errors first, and one that says how many more there are."""
    if len(problems) <= _MOST:
        return problems
    ranked = sorted(problems, key=lambda problem: problem.severity != "error")
    rest = ranked[_MOST:]
    more = Problem(
        "more", f"{len(rest)} more", "correct these first; validate --json has all", severity=rest[0].severity
    )
    return [*ranked[:_MOST], more]


def summary(problems: Iterable[Problem], file: str = "") -> str:
    """`2 errors, 1 warning in proxy.yaml`."""
    severities = [problem.severity for problem in problems]
    counts = [(severities.count(kind), kind) for kind in ("error", "warning")]
    told = ", ".join(f"{count} {kind}{'s' if count > 1 else ''}" for count, kind in counts if count)
    return f"{told or 'no problems'} in {printable(file)}" if file else told or "no problems"


def _opens(text: str) -> bool:
    """Whether a bracket of `text` is still open at its end."""
    brackets = [found[0] for found in _BRACKET.finditer(text)]
    return sum(map(brackets.count, "[{")) > sum(map(brackets.count, "]}"))


def _dots(match: re.Match[str]) -> str:
    return "•" * len(match[0])


def _quoted(place: Place, source_lines: Sequence[str], gutter: str) -> list[str]:
    if not 0 < place.line <= len(source_lines) or not source_lines[place.line - 1].strip():
        return []
    line, start = _PASSWORD.sub(_dots, source_lines[place.line - 1]), place.column - 1
    part = (_PART_BETWEEN_BRACKETS if _opens(line[:start]) else _PART).match(line, start)
    # A part that is cut off below is underlined as far as it shows.
    first = max(0, start - _WIDTH // 2) if len(line) > _WIDTH else 0
    shown = line[first : first + _WIDTH].rstrip()
    before = "…" if first else ""
    after = "…" if len(line.rstrip()) > first + _WIDTH else ""
    indent = len(before + printable(line[first:start]))
    end = part.end() if part else start + 1
    carets = max(1, len(printable(line[start : min(end, first + _WIDTH)])))
    return [
        f"{place.line} | {before}{printable(shown)}{after}",
        f"{gutter} | {' ' * indent}{'^' * carets}",
    ]
