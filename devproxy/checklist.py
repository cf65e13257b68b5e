"""What `devproxy check` was asked, and how its result reads: as a checklist for people, and as one JSON object.

Knows no terminal: lines are given with the style that they are meant to have.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from devproxy.browser.block import Block
from devproxy.browser.fetch import Step
from devproxy.browser.findings import compared, did
from devproxy.browser.reasons import REASONS, Reason
from devproxy.browser.request import BROWSERS_OWN, PageRequest, preflight_for
from devproxy.browser.url import has_userinfo, is_url, origin_of, serialised, without_secrets
from devproxy.browser.words import chromium, firefox
from devproxy.check import Question, Result
from devproxy.cors.names import SAFELISTED_METHODS
from devproxy.cors.origin import Origin
from devproxy.curl import Curl
from devproxy.export.allow import Allow
from devproxy.export.frameworks import FRAMEWORKS
from devproxy.export.recipe import Framework
from devproxy.headers import Field, Headers
from devproxy.lints import Lint, lints

#: a style and a text; what is to be copied has the style `code`
Line = tuple[str, str]

_ORIGIN, _CREDENTIALS = "Access-Control-Allow-Origin", "Access-Control-Allow-Credentials"
_METHODS, _HEADERS = "Access-Control-Allow-Methods", "Access-Control-Allow-Headers"
# Which field a check looks at.
_LOOKS_AT = {
    "acao-missing": _ORIGIN,
    "acao-mismatch": _ORIGIN,
    "acao-invalid": _ORIGIN,
    "acao-multiple": _ORIGIN,
    "star-with-credentials": _ORIGIN,
    "acac": _CREDENTIALS,
    "methods-unparsable": _METHODS,
    "method": _METHODS,
    "headers-unparsable": _HEADERS,
    "header": _HEADERS,
}
# Whose line in the checklist needs no words.
_SAYS_ALL = frozenset({"acao-missing", "acac", "method", "header"})
# Of a loop of redirects the first and the last will do.
_MOST_STEPS = 6
_PORT_FIRST = re.compile(r":?[0-9]{1,5}(?=[/?]|$)")
# By which servers and frameworks give themselves away.
_SIGNS = (
    ("x-powered-by", "express", "express"),
    ("server", "uvicorn", "fastapi"),
    ("server", "werkzeug", "flask"),
    ("server", "wsgiserver", "django"),
    ("server", "nginx", "nginx"),
    ("server", "caddy", "caddy"),
)


class QuestionError(ValueError):
    """There is nothing that could be asked; the message says why and what to write."""


def question(
    url: str | None,
    *,
    origin: str | None = None,
    method: str | None = None,
    headers: Sequence[str] = (),
    data: str | None = None,
    credentials: bool = False,
    send: bool = False,
    insecure: bool = False,
    curl: Curl | None = None,
) -> Question:
    """The question that these words ask; what is said beside a copied command goes before it. Raises QuestionError."""
    copied = curl or Curl()
    fields = [
        (name, value)
        for name, value in copied.headers
        if name.lower() not in BROWSERS_OWN and not name.lower().startswith("sec-")
    ]
    fields = [_field(f"{name}: {value}") for name, value in fields]
    fields += [_field(line) for line in headers]
    cookie = next((value for name, value in fields if name.lower() == "cookie"), copied.cookie)
    _field(f"Cookie: {cookie}")
    body = data if data is not None else copied.data
    verb = method or (copied.method if curl else "POST" if data is not None else "GET")
    if body is not None and not any(name.lower() == "content-type" for name, _ in fields):
        fields.append(("Content-Type", "text/plain;charset=UTF-8"))  # as fetch() says of a string
    said = next((value for name, value in fields if name.lower() == "origin"), None)
    page = _page(origin or said or copied.header("origin") or copied.header("referer"))
    try:
        request = PageRequest(
            _url(url or copied.url),
            page,
            verb,
            Headers(fields),
            credentials="include" if credentials or cookie else "same-origin",
        )
    except ValueError as error:
        raise QuestionError(str(error)) from None
    verify = not (insecure or copied.insecure)
    return Question(request, (body or "").encode(), cookie, send, verify_tls=verify)


def _url(text: str) -> str:
    if not text:
        raise QuestionError(
            "name a URL, as in devproxy check http://localhost:3001/users --origin http://localhost:5173"
        )
    if "://" not in text and Path(text).is_file():
        raise QuestionError(f"{text} is a file: devproxy validate {text}")
    url = _spelled_out(text)
    if has_userinfo(url):
        raise QuestionError(
            "browsers ask no URL with a name or a password in it: write -H 'Authorization: Basic …' instead"
        )
    if not (is_url(origin_of(url)) and url.isprintable()):
        raise QuestionError(
            f"{text!r} is no URL that can be asked: write one such as http://localhost:3001/users"
        )
    return serialised(url)


def _page(text: str | None) -> str:
    if not text:
        raise QuestionError("say which page asks, as in --origin http://localhost:5173")
    page = text if text == "null" else origin_of(_spelled_out(text))
    if page == "null" != text or (page != "null" and Origin.parse(page) is None):
        raise QuestionError(
            f"{text!r} is no origin: write scheme, host and port, as in http://localhost:5173, or null for a page "
            "that was opened as a file"
        )
    return page


def _spelled_out(text: str) -> str:
    """A URL of which no more than a port or a host may have been written."""
    url = f"http://localhost:{text.removeprefix(':')}" if _PORT_FIRST.match(text) else text
    return url if "://" in url else f"http://{url}"


def _field(line: str) -> Field:
    name, colon, value = line.partition(":")
    if not colon or not name.strip():
        raise QuestionError(f"{line!r} is no header: write 'Name: value'")
    if not (value.isprintable() and value.isascii()):
        raise QuestionError(f"the header {name} has a character that HTTP cannot carry")
    return name.strip(), value.strip()


def verdict(result: Result) -> str:
    """One word: allowed, blocked, unreachable, or unknown where nothing was sent."""
    if result.error:
        return "unreachable"
    if result.is_open:
        return "unknown"
    return "allowed" if result.verdict.allowed else "blocked"


EXIT_CODES = {"allowed": 0, "blocked": 1, "unknown": 2, "unreachable": 3}


def allowing(result: Result) -> Allow | None:
    """The smallest policy with which the server that answered last lets this page do this, and no other.

    None where none would, or where there is nothing to repair.
    """
    steps = result.verdict.steps
    is_blocked = bool(result.verdict.blocks) and not any(map(_is_elsewhere, result.blocks))
    if result.error or not (is_blocked or _lets_anybody_in(result)):
        return None
    last, credentials = steps[-1].sent, result.question.request.credentials == "include"
    named = last.origin not in {None, "null"}
    if credentials and not named:
        return None
    preflights = (step.sent.preflight for step in reversed(steps) if step.sent.url == last.url)
    asked = next(filter(None, preflights), None)
    return Allow(
        (last.origin,) if last.origin and named else ("*",),
        (asked.method,) if asked and asked.method not in SAFELISTED_METHODS else (),
        asked.names if asked else (),
        credentials=credentials,
    )


def _lets_anybody_in(result: Result) -> bool:
    """Whether any page may act as whoever is logged in."""
    return result.question.request.credentials == "include" and any(
        lint.code == "reflection" for lint in _lints(result)
    )


def _is_elsewhere(block: Block) -> bool:
    """Whether a server's permission would change nothing."""
    return block.code == "redirect.userinfo"


def likely_framework(result: Result) -> Framework | None:
    """The framework that the answers name, if one does."""
    for step in result.verdict.steps:
        for name, sign, key in _SIGNS:
            if step.head and sign in step.head.headers.get(name, "").lower():
                return FRAMEWORKS[key]
    return None


def lines(result: Result, framework: Framework | None = None) -> Iterator[Line]:
    """The verdict, what the browsers print, the checklist, what is behind it, and what to paste."""
    sections = (
        _verdict(result),
        _printed(result),
        _checked(result),
        _behind_it(result),
        _fixes(result, framework or likely_framework(result)),
    )
    for position, section in enumerate(filter(None, map(list, sections))):
        if position:
            yield "", ""
        yield from section


def _verdict(result: Result) -> Iterator[Line]:
    request = result.question.request
    page = (
        "a page without an origin of its own (null)"
        if request.origin == "null"
        else f"a page at {request.origin}"
    )
    how = "with credentials" if request.credentials == "include" else "without credentials"
    yield "bold", f"{request.normalized_method} {request.url}"
    yield "", f"asked by {page}, {how}"
    word = verdict(result)
    if result.error:
        yield "red", f"UNREACHABLE: {result.error.detail}"
        if result.error.said:
            yield "", f"it began with {result.error.said.decode('latin-1')!r}"
        if result.error.code.startswith("tls_"):
            yield "", "browsers refuse it as well, unless they are told to trust it; -k takes any certificate"
    elif word == "unknown":
        yield "yellow", "UNKNOWN: without --send there is nothing to judge"
        yield (
            "",
            "a browser sends this request without asking, and the server acts on it; only the answer may be kept from the page",
        )
    elif word == "allowed":
        known = f", as far as can be told without sending the {result.unsent}" if result.unsent else ""
        yield "green", f"ALLOWED: the browser gives the page the answer{known}"
    elif result.verdict.failure:
        yield "red", f"FAILED: {result.verdict.failure}"
    elif result.verdict.steps[-1].sent.preflight:
        yield "red", "BLOCKED: the preflight fails, and the browser never sends the request"
    else:
        yield "red", "BLOCKED: the browser keeps the answer from the page"


def _printed(result: Result) -> Iterator[Line]:
    for browser, words in _console(result).items():
        yield "dim", f"{browser.capitalize()} prints"
        yield "", f"  {words}"


def _checked(result: Result) -> Iterator[Line]:
    request, steps = result.question.request, result.verdict.steps
    if not request.is_cross_origin:
        yield "dim", "same origin: browsers check nothing"
    elif asked := preflight_for(request):
        yield "dim", f"the browser asks first (preflight), because of {', '.join(map(str, asked.causes))}"
    else:
        yield "dim", "no preflight: a form could have sent the same"
    cut = len(steps) - _MOST_STEPS
    for step in steps[: _MOST_STEPS - 1] if cut > 0 else steps:
        yield from _step(step)
    if cut > 0:
        yield "dim", f"… {cut} more"
        yield from _step(steps[-1])
    if result.beyond:
        yield "dim", "no browser would come this far; asked all the same:"
        yield from _step(result.beyond)
    if result.unsent:
        yield "dim", f"{result.unsent}   not sent: it may change something; --send sends it, once"


def _step(step: Step) -> Iterator[Line]:
    head, sent, url = step.head, step.sent, serialised(step.sent.url)
    about = f"   Origin: {sent.origin}" if sent.origin else ""
    if head is None:
        yield "red", f"✗ {sent.method} {url}: no answer"
        return
    failed: dict[str | None, list[Block]] = {}
    for block in step.blocks:
        failed.setdefault(_LOOKS_AT.get(block.code.rpartition(".")[2]), []).append(block)
    yield "red" if None in failed else "", f"  {head.status} {sent.method} {url}{about}"
    for block in failed.get(None, ()):
        yield "red", f"  ✗ {did(block)}   {block.code}"
    names = [_ORIGIN, _CREDENTIALS, *((_METHODS, _HEADERS) if sent.preflight else ())]
    for name in names if sent.cors else ():
        yield from _checked_field(name, head.headers.lines(name), failed.get(name, []), sent.origin or "")


def _checked_field(name: str, lines: Sequence[str], blocks: Sequence[Block], page: str) -> Iterator[Line]:
    values = ", ".join(lines)
    if not blocks:
        if values:
            yield "green", f"  ✓ {name}: {values}"
        return
    code = blocks[0].code
    kind = code.rpartition(".")[2]
    lacks = f"   lacks {', '.join(block.value for block in blocks)}" if kind in {"method", "header"} else ""
    shown = values or ("(empty)" if lines else "(missing)")
    yield "red", f"  ✗ {name}: {shown}{lacks}   {code}"
    if kind == "acao-mismatch":
        differs = compared(values, page) or f"is not {page}"
        yield "red", f"      {differs}"
    elif values and not lacks:
        yield "red", f"      {did(blocks[0])}"


def _behind_it(result: Result) -> Iterator[Line]:
    """The reason in words, and what else there is to say of the server."""
    if reason := _reason(result):
        yield "red", f"✗ {reason.what}"
        yield "", f"  {reason.fix_there}"
    for lint in _lints(result):
        yield "yellow", f"! {lint.what}"
        yield "", f"  {lint.fix}"
    if result.blocks:
        yield "dim", f"devproxy explain {result.blocks[0].code} tells why there is such a rule"


def _reason(result: Result) -> Reason | None:
    """The reason that lies deepest, where the checklist does not say it all: a status comes before missing fields."""
    codes = [block.code for block in result.blocks]
    if "preflight.status" in codes:
        return REASONS["preflight.status"]
    if not codes or codes[0].rpartition(".")[2] in _SAYS_ALL:
        return None
    is_tainted = result.verdict.steps[-1].sent.origin == "null" != result.question.request.origin
    if is_tainted and codes[0].endswith("acao-mismatch"):
        return REASONS["redirect.tainted-origin"]
    return REASONS[codes[0]]


def _lints(result: Result) -> list[Lint]:
    steps = (*result.verdict.steps, *((result.beyond,) if result.beyond else ()))
    return list(lints(result.question.request, steps, result.probes))


def _console(result: Result) -> dict[str, str]:
    """What the two browsers print."""
    request = result.question.request
    last = result.verdict.steps[-1].sent if result.verdict.steps else None
    url = serialised(last.url if last else request.url)
    block, other = result.verdict.first(), result.verdict.first("firefox")
    if block is None or other is None:
        return {}
    before = request.url if url != request.url else ""
    return {
        "chromium": chromium(block, url, request.origin, redirected_from=before),
        "firefox": firefox(other, url),
    }


def _fixes(result: Result, framework: Framework | None) -> Iterator[Line]:
    allow = allowing(result)
    if allow is None:
        return
    last = result.verdict.steps[-1].sent.url
    where = f" at {origin_of(last)}" if origin_of(last) != origin_of(result.question.request.url) else ""
    purpose = "repair it" if result.verdict.blocks else "let in this page only"
    if framework:
        recipe = framework.render(allow)
        yield "bold", f"to {purpose} in {framework.name}{where} ({recipe.file})"
        if any(_says_something(step) for step in result.verdict.steps):
            yield (
                "dim",
                "in place of what sends Access-Control-* there now; other pages that it is for go into the list as well",
            )
        for line in recipe.code.splitlines():
            yield "code", line  # what is pasted into Python must not be indented
        for note in recipe.notes:
            yield "dim", f"- {note}"
    else:
        yield "bold", f"to {purpose} in the backend{where}"
        yield "dim", f"on every answer, errors too{_of_preflights(result)}"
        for name, value in allow.fields():
            yield "code", f"  {name}: {value}"
        yield "dim", f"--framework {'|'.join(FRAMEWORKS)} writes it for one of these"
    if not result.verdict.blocks:
        return
    yield "", ""
    yield "bold", "or without touching the backend"
    yield "code", f"  {one_liner(result)}"
    yield "", "  and in the page"
    yield "code", f'  fetch("http://localhost:8484{_behind(result.question.request.url)}")'


def _of_preflights(result: Result) -> str:
    needed = any(step.sent.preflight for step in result.verdict.steps)
    return "; OPTIONS is answered with 204, before any login" if needed else ""


def _says_something(step: Step) -> bool:
    return step.head is not None and any(
        name.lower().startswith("access-control-") for name, _ in step.head.headers
    )


def one_liner(result: Result) -> str:
    """The devproxy that makes this request work, with a route for each server that it is redirected to."""
    request = result.question.request
    first, *others = dict.fromkeys(
        origin_of(url) for url in (request.url, *(step.sent.url for step in result.verdict.steps))
    )
    routes = [f"/{position}={origin},strip" for position, origin in enumerate(others, 2)]
    return " ".join(["devproxy", f"/={first}" if routes else first, *routes, *_allowed(request.origin)])


def _allowed(origin: str) -> Iterator[str]:
    """What lets a page in that is not on this machine."""
    page = urlsplit(origin).hostname or ""
    if origin == "null":
        yield "--allow-origin '*'"
    elif not (page in {"localhost", "127.0.0.1", "::1"} or page.endswith(".localhost")):
        yield f"--allow-origin {origin}"


def _behind(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"


def as_json(result: Result, framework: Framework | None = None) -> dict[str, object]:
    """The result for programs; the keys are always there."""
    request = result.question.request
    asked = preflight_for(request) if request.is_cross_origin else None
    framework = framework or likely_framework(result)
    allow = allowing(result)
    recipe = framework.render(allow) if framework and allow else None
    return {
        "url": request.url,
        "origin": request.origin,
        "method": request.normalized_method,
        "credentials": request.credentials == "include",
        "verdict": verdict(result),
        "detail": result.error.detail if result.error else result.verdict.failure,
        "preflight": {
            "needed": asked is not None,
            "because": [str(cause) for cause in asked.causes] if asked else [],
            "headers": list(asked.names) if asked else [],
        },
        "unsent": result.unsent,
        "steps": [_step_as_json(step) for step in result.verdict.steps],
        "beyond": _step_as_json(result.beyond) if result.beyond else None,
        "blocks": [_block_as_json(block) for block in result.blocks],
        "console": _console(result),
        "fix": {
            "fields": dict(allow.fields()) if allow else {},
            "framework": framework.key if recipe and framework else None,
            "code": recipe.code if recipe else None,
            "notes": list(recipe.notes) if recipe else [],
            "devproxy": one_liner(result) if allow and result.verdict.blocks else None,
        },
        "lints": [{"code": lint.code, "what": lint.what, "fix": lint.fix} for lint in _lints(result)],
    }


def _step_as_json(step: Step) -> dict[str, object]:
    return {
        "method": step.sent.method,
        "url": serialised(step.sent.url),
        "origin": step.sent.origin,
        "preflight": step.sent.preflight is not None,
        "status": step.head.status if step.head else None,
        "fields": _seen(step),
        "blocks": [_block_as_json(block) for block in step.blocks],
    }


def _seen(step: Step) -> dict[str, str]:
    """The fields of CORS that came, by their names in lower case."""
    headers = step.head.headers if step.head else Headers()
    names = dict.fromkeys(name.lower() for name, _ in headers)
    return {
        name: ", ".join(headers.lines(name))
        for name in names
        if name.startswith("access-control-") or name == "vary"
    }


def _block_as_json(block: Block) -> dict[str, object]:
    reason = REASONS[block.code]
    return {
        "code": block.code,
        "value": without_secrets(block.value) if "redirect" in block.code else block.value,
        "chromium": list(reason.chromium),
        "firefox": list(reason.firefox),
        "what": reason.what,
        "why": reason.why,
        "fix": reason.fix_there,
    }
