"""`devproxy explain`: what a red line in a browser's console means, and what to do about it.

Nothing is sent, and nothing that was pasted is run; what is offered for copying holds only values that were checked.
"""

import re
import select
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, TextIO
from urllib.parse import urlsplit

from devproxy.browser.pasted import LONGEST, Pasted, recognise
from devproxy.browser.reasons import NULL_PAGE, REASONS, Reason, reason_for
from devproxy.browser.topics import TOPICS
from devproxy.browser.url import without_secrets
from devproxy.cors.origin import Origin
from devproxy.export.allow import Allow
from devproxy.export.frameworks import FRAMEWORKS
from devproxy.export.recipe import Framework, Recipe
from devproxy.problems import nearest
from devproxy.remedy import command

#: a label and its text; a text that begins with a blank is to be copied
Row = tuple[str, str]

_PORT = 8484
_PROXY = f"localhost:{_PORT}"
# Where calling devproxy instead of what the line names is what helps.
_HELPED = ("actual", "preflight", "redirect", "websocket")
_NOT_HELPED = "redirect.userinfo"
_MIXED = "mixed-content"
_TAINTED = "redirect.tainted-origin"
# Chromium's network panel says so of a name of its own.
_PANEL = "Cross-Origin Resource Sharing error: "
_CREDENTIALS = ("star-with-credentials", "acac")
_SOME_PAGE = "http://localhost:5173"
_METHODS = ("PUT", "PATCH", "DELETE")
_HEADERS = ("content-type", "authorization")
_LONGEST_NAME = 80
_PLAIN = re.compile(r"[\w-]+")
_SAME_PASTE_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Answer:
    """What there is to say: to people as rows, to programs as the members of one object, whose keys are always there."""

    rows: tuple[Row, ...]
    members: Mapping[str, str | list[str] | None]
    known: bool = True


def read(stdin: TextIO) -> str:
    """What is pasted into a terminal, up to an empty line with nothing behind it, or all that is piped in; not endless.

    A paste may have empty lines within it: what a terminal has left over would be the shell's next command.
    """
    if not stdin.isatty():
        return stdin.read(LONGEST)
    lines: list[str] = []
    size = 0
    while line := stdin.readline():
        if line.strip():
            lines += [line] if size < LONGEST else []
            size += len(line)
        elif lines and not _more_follows(stdin):
            break
    return "".join(lines)


def _more_follows(stdin: TextIO) -> bool:
    if sys.platform == "win32":
        return False  # its terminal cannot be waited for
    return bool(select.select([stdin], [], [], _SAME_PASTE_SECONDS)[0])


def answer(text: str, framework: Framework | None = None) -> Answer:
    """What a code, a browser's own name for a reason, a topic or a pasted line means."""
    word = text.strip().removeprefix(_PANEL)
    if (topics := dict.fromkeys(word.lower().split())) and TOPICS.keys() >= topics.keys():
        return _told(tuple(topics))
    if code := _names().get(_key(word)):
        return _explained(Pasted((code,)), framework)
    pasted = recognise(text)
    if pasted and pasted.codes:
        return _explained(pasted, framework)
    if code := next((code for code in REASONS if "." in code and code in text), None):
        return _explained(Pasted((code,)), framework)
    return _unknown(word, pasted)


def _key(name: str) -> str:
    """A name as people remember it: without case, blanks, dots, and the number of its version."""
    if len(name) > _LONGEST_NAME:
        return ""
    return "".join(filter(str.isalnum, name)).lower().rstrip("0123456789")


def _names() -> dict[str, str]:
    """The code of each name; of several reasons with one name the first."""
    names = {_key(code): code for code in REASONS}
    for reason in REASONS.values():
        for name in (*reason.chromium, *reason.firefox):
            names.setdefault(_key(name), reason.code)
    return names


def _members(**given: str | list[str] | None) -> dict[str, str | list[str] | None]:
    keys = (
        "code", "topic", "chromium", "firefox", "what", "why", "fix", "command", "call", "backend", "browser", "url", "hop",
        "origin", "also", "link",
    )  # fmt: skip
    return {key: given.get(key) or None for key in keys} | {"also": given.get("also", [])}


def _told(topics: Sequence[str]) -> Answer:
    text = "\n\n".join(TOPICS[name] for name in topics)
    return Answer(
        tuple(("", line) for line in text.splitlines()), _members(topic=", ".join(topics), what=text)
    )


def _unknown(word: str, pasted: Pasted | None) -> Answer:
    """What was understood, and what would be."""
    if pasted:
        what = pasted.hint
    elif not word:
        what = "Nothing came."
    else:
        what = "That is no reason, no topic, and no line that a browser prints about a blocked request."
        candidates = {_key(name): name for name in (*_browser_names(), *REASONS, *TOPICS)}
        if " " not in word and (close := nearest(_key(word), candidates)):
            what = f"There is no {word[:_LONGEST_NAME]}; did you mean {candidates[close]}?"
    rows = [("what", what), *(_understood(pasted) if pasted else ())]
    fits = list(pasted.fits) if pasted else []
    if fits:
        rows += [("fits", ", ".join(fits)), ("", f"as in devproxy explain {fits[0]}")]
    rows += [
        ("paste", "the whole red line, with its address, from the browser's console: devproxy explain"),
        ("topics", ", ".join(TOPICS)),
        ("codes", f"as in {next(iter(REASONS))}, or the browser's own: MissingAllowOriginHeader"),
    ]
    return Answer(
        tuple(rows),
        _members(what=what, also=fits, **(_values(pasted) if pasted else {})),
        known=False,
    )


def _browser_names() -> Iterator[str]:
    return (name for reason in REASONS.values() for name in (*reason.chromium, *reason.firefox))


def _values(pasted: Pasted) -> dict[str, str]:
    """What the line tells, as far as anybody may see it: it is likely to be pasted once more, into a chat."""
    return {
        "browser": pasted.browser,
        "url": without_secrets(pasted.url),
        "hop": without_secrets(pasted.hop),
        "origin": without_secrets(pasted.origin),
    }


def _explained(pasted: Pasted, framework: Framework | None) -> Answer:
    code, *also = pasted.codes
    reason = reason_for(code, pasted.status)
    if _is_tainted(pasted):
        reason = replace(reason, fix_there=REASONS[_TAINTED].fix_there)
    page = Origin.parse(pasted.origin.rstrip("/"))
    fix = _fix(reason, pasted, page)
    recipe = _recipe(reason, pasted, page, framework)
    rows = _rows(reason, pasted, fix, recipe, framework)
    said = f"run {fix.command}, then call {fix.call} in the page." if fix.command else fix.text
    return Answer(
        tuple(rows),
        _members(
            code=reason.code,
            chromium=" ".join(reason.chromium),
            firefox=" ".join(reason.firefox),
            what=reason.what,
            why=reason.why,
            fix=f"With devproxy: {said} Without: {reason.fix_there}",
            command=fix.command,
            call=fix.call,
            backend=recipe.code if recipe else None,
            also=also,
            link=reason.link,
            **_values(pasted),
        ),
    )


def _rows(
    reason: Reason, pasted: Pasted, fix: "_Fix", recipe: Recipe | None, framework: Framework | None
) -> Iterator[Row]:
    yield "what", reason.what
    yield from _understood(pasted)
    yield "why", reason.why
    if fix.command:
        yield "fix", f"  {fix.command}"
        yield "", f"then call {fix.call} in the page instead"
    else:
        yield "fix", fix.text
    yield from (("", f"  {line}") for line in fix.lines)
    yield from (("", note) for note in fix.notes)
    yield "or", reason.fix_there
    if recipe and framework:
        yield "", f"With {framework.name}, usually in {recipe.file}:"
        yield from (("", f"  {line}") for line in recipe.code.splitlines())
        yield from (("", note) for note in recipe.notes[:1])
    elif _is_tainted(pasted):
        yield "", "Where the redirect leads, the browser says Origin: null; no page can be named there."
    elif reason.stage in {"actual", "preflight"}:
        yield "", f"(--framework writes that out: {', '.join(FRAMEWORKS)})"
    if pasted.hint:
        yield "mind", pasted.hint
    if others := pasted.codes[1:]:
        yield "also", f"the same line is printed for {', '.join(others)}"
    names = [
        f"{browser} {' '.join(own)}"
        for browser, own in (("Chromium", reason.chromium), ("Firefox", reason.firefox))
        if own
    ]
    yield "code", ", ".join((reason.code, *names))
    yield "more", reason.link


def _understood(pasted: Pasted) -> Iterator[Row]:
    """The values in the line."""
    told = _values(pasted)
    known = (
        ("called", told["url"]),
        ("redirected to", told["hop"]),
        ("page", told["origin"]),
        ("status", pasted.status),
        ("method" if pasted.codes[:1] == ("preflight.method",) else "header", pasted.name),
        ("value", pasted.value),
    )
    if values := [f"{label} {value}" for label, value in known if value]:
        yield "line", ", ".join(values)


@dataclass(frozen=True, slots=True)
class _Fix:
    """A command and what to call then, or else a text and the lines of the configuration; and what to mind."""

    command: str = ""
    call: str = ""
    text: str = ""
    lines: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def _fix(reason: Reason, pasted: Pasted, page: Origin | None) -> _Fix:
    """What makes the address in the line work."""
    called, hop = _called(pasted.url), _called(pasted.hop)
    helps = (reason.stage in _HELPED and reason.code != _NOT_HELPED) or reason.code == _MIXED
    if called is None or not helps:
        return _Fix(text=reason.fix_here)
    if _is_devproxy(called.server):
        elsewhere = hop and not _is_devproxy(hop.server)
        return _Fix(text=REASONS[_TAINTED].fix_here) if elsewhere else _configured(reason, pasted, page)
    return _Fix(
        command=command((str(each.server) for each in (called, hop) if each), pasted.origin.rstrip("/")),
        call=f"{called.scheme}://{_PROXY}{called.path}",
        notes=tuple(_notes(pasted, page)),
    )


class _Called(NamedTuple):
    """An address that was called: `scheme` is the one to call devproxy by. The query, which may hold secrets, is left out."""

    server: Origin
    scheme: str
    path: str


def _called(url: str) -> _Called | None:
    """The parts of an address that devproxy could serve; None where it is no such address."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    scheme = {"ws": "http", "wss": "https"}.get(parts.scheme, parts.scheme)
    host = parts.netloc.rpartition("@")[2].lower()
    host = host.removesuffix({"http": ":80", "https": ":443"}.get(scheme, ""))
    origin = Origin.parse(f"{scheme}://{host}")
    if origin is None or origin.scheme not in {"http", "https"}:
        return None
    return _Called(origin, "ws" if parts.scheme in {"ws", "wss"} else "http", parts.path or "/")


def _is_devproxy(server: Origin) -> bool:
    return server.is_loopback and server.port == _PORT


def _is_tainted(pasted: Pasted) -> bool:
    """Whether the hop was told Origin: null (Fetch, redirect-tainted origin), whatever the page's is."""
    called, hop = _called(pasted.url), _called(pasted.hop)
    return bool(called and hop and called.server not in {hop.server, Origin.parse(pasted.origin)})


def _notes(pasted: Pasted, page: Origin | None) -> Iterator[str]:
    if pasted.origin == "null":
        yield NULL_PAGE
    if page and page.scheme in {"http", "https"} and not (page.is_loopback or page.is_address):
        yield "A page from the internet needs a permission to call this machine, too:"
        yield "  devproxy explain lna.permission"


def _configured(reason: Reason, pasted: Pasted, page: Origin | None) -> _Fix:
    """The lines of devproxy's own configuration: it is what was called."""
    check = reason.code.partition(".")[2]
    lines: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    if page and (check.startswith("acao-") or check in _CREDENTIALS):
        lines = (f"allow_origins: [{page}]",)
        notes = (f"Without a file: devproxy … --allow-origin {page}",)
        if check in _CREDENTIALS:
            lines += ("allow_credentials: true",)
    elif check in {"method", "header"} and _PLAIN.fullmatch(pasted.name):
        lines = (f"allow_{check}s: [{pasted.name}]",)
    if not lines:
        return _Fix(text=reason.fix_here)
    text = "That address is devproxy's own. In its configuration, beside what is listed there:"
    return _Fix(text=text, lines=("cors:", *(f"  {line}" for line in lines)), notes=notes)


def _recipe(
    reason: Reason, pasted: Pasted, page: Origin | None, framework: Framework | None
) -> Recipe | None:
    """What the backend has to say for this line to be gone."""
    if framework is None or reason.stage not in {"actual", "preflight"} or _is_tainted(pasted):
        return None
    stage, _, check = reason.code.partition(".")
    method = (pasted.name.upper(),) if check == "method" else ()
    header = (pasted.name.lower(),) if check == "header" else ()
    methods, headers = (_METHODS, _HEADERS) if stage == "preflight" else ((), ())
    origins, credentials = (str(page or _SOME_PAGE),), check in _CREDENTIALS
    try:
        allow = Allow(origins, method or methods, tuple(dict.fromkeys((*header, *headers))), credentials)
    except ValueError:  # what stands there is no name, or the line has none
        allow = Allow(origins, methods, headers, credentials)
    return framework.render(allow)
