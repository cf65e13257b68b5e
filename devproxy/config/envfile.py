r"""Files of variables, as docker-compose reads them for `--env-file`: one NAME=value a line.

    # a comment
    API_URL=http://localhost:3001      # a comment behind a blank
    export TOKEN='as it stands, $ and # included'
    GREETING="with \n, \t, \" and ${VARIABLES}"

A name alone says nothing: the real environment has it, or nobody. Quoted values may span lines.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from devproxy.config.files import decode, read_bytes, source_lines
from devproxy.config.interpolate import expand
from devproxy.errors import ConfigError
from devproxy.problems import Place, Problem

_LINE = re.compile(
    r"(?P<skipped>[^\S\n]*(?:\#[^\n]*)?(?:\n|\Z))|"
    r"[^\S\n]*(?:export[ \t]+)?(?P<name>[A-Za-z_][A-Za-z0-9_.-]*)[ \t]*"
    r"(?:(?P<alone>(?:\#[^\n]*)?(?:\n|\Z))|=[ \t]*"
    r"(?:'(?P<single>[^']*)'(?P<rest1>[^\n]*)|\"(?P<double>(?:[^\"\\]|\\.)*)\"(?P<rest2>[^\n]*)|(?P<plain>[^\n'\"][^\n]*|))"
    r"(?:\n|\Z))",
    re.DOTALL,
)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}
_COMMENT = re.compile(r"(?:^|\s)\#.*")


def environment(environ: Mapping[str, str], files: Iterable[str]) -> dict[str, str]:
    """The variables of these files and of the real environment, which goes before them; a later file before an earlier.

    Raises ConfigError with every line that cannot be read.
    """
    variables: dict[str, str] = {}
    problems: list[Problem] = []
    for file in files:
        try:
            variables |= read(decode(read_bytes(file), file), file, {**variables, **environ})
        except ConfigError as error:
            problems += [_unquoted(problem, file) for problem in error.problems]
    if problems:
        raise ConfigError(problems)
    return {**variables, **environ}


def _unquoted(problem: Problem, file: str) -> Problem:
    """The problem as one of this file, without the line at fault: what stands there is for no terminal."""
    return replace(problem, place=replace(problem.place or Place(file, 1), quotable=False))


def read(text: str, file: str, environ: Mapping[str, str]) -> dict[str, str]:
    """The variables that a text sets. Its values may use those of `environ`, and those above them."""
    text = "\n".join(source_lines(text))
    variables: dict[str, str] = {}
    problems: list[Problem] = []
    at = 0
    while at < len(text):
        line = _LINE.match(text, at)
        try:
            if line is None:
                _refuse_line(text[at:].partition("\n")[0])
            elif line["name"] and line["alone"] is None:
                variables[line["name"]] = _value(line, {**variables, **environ})
        except ConfigError as error:
            place = Place(file, text.count("\n", 0, at) + 1)
            problems += [replace(problem, place=place) for problem in error.problems]
        newline = text.find("\n", at)
        at = line.end() if line else newline + 1 if newline >= 0 else len(text)
    if problems:
        raise ConfigError(problems)
    return variables


def _value(line: re.Match[str], environ: Mapping[str, str]) -> str:
    if line["plain"] is not None:
        return _expanded(_COMMENT.sub("", line["plain"], count=1).strip(), environ)
    rest = (line["rest1"] or line["rest2"] or "").strip()
    if rest and not rest.startswith("#"):
        what = f"something stands behind the quoted value of {line['name']}"
        raise ConfigError([Problem("env_file", what, "close the quotation mark at the end of the value")])
    if line["single"] is not None:
        return line["single"]
    text = re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[1]), line["double"], flags=re.DOTALL)
    return _expanded(text, environ)


def _expanded(text: str, environ: Mapping[str, str]) -> str:
    return "".join(piece.text for piece in expand(text, environ))


def _refuse_line(line: str) -> None:
    name, separator, _ = line.strip().partition("=")
    if separator and re.fullmatch(r"(?:export\s+)?[A-Za-z_][A-Za-z0-9_.-]*\s*", name):
        what, hint = f"the quoted value of {name.strip()} is not closed", "close the quotation mark"
    else:
        # What stands in such a line may be a secret.
        what, hint = "this line sets no variable", "write NAME=value; a comment begins with #"
    raise ConfigError([Problem("env_file", what, hint)])
