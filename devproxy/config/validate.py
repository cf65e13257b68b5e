"""What is wrong with a configuration file, for those who only ask: nothing is raised, and nothing is served."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path as FilePath

from devproxy.config.build import load
from devproxy.errors import ConfigError
from devproxy.problems import Problem


def validate(path: str | FilePath, *, environ: Mapping[str, str] | None = None) -> tuple[Problem, ...]:
    """Every problem of a file, errors and warnings, in its order; without `environ`, variables are this process's."""
    try:
        return load(path, environ=environ).problems
    except ConfigError as error:
        return error.problems


def is_usable(problems: Iterable[Problem]) -> bool:
    """Whether there is no error among them."""
    return all(problem.severity != "error" for problem in problems)


def as_json(problems: Iterable[Problem]) -> str:
    """A JSON array with one object for each problem; the keys are always there, file, line and column may be null."""
    return json.dumps([_members(problem) for problem in problems], ensure_ascii=False, indent=2)


def _members(problem: Problem) -> dict[str, str | int | None]:
    place = problem.place
    return {
        "severity": problem.severity,
        "code": problem.code,
        "message": problem.message,
        "hint": problem.hint,
        "file": place.file if place else None,
        "line": place.line if place else None,
        "column": place.column if place else None,
    }
