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
from devproxy.browser.reasons import REASONS
from devproxy.browser.request import BROWSERS_OWN, PageRequest, preflight_for
from devproxy.browser.url import is_http, origin_of
from devproxy.browser.words import chromium, firefox
from devproxy.check import Question, Result
from devproxy.curl import Curl
from devproxy.export.allow import Allow
from devproxy.export.frameworks import FRAMEWORKS
from devproxy.export.recipe import Framework
from devproxy.headers import Field, Headers
from devproxy.lints import Lint, lints

#: a style and a text; what is to be copied has the style `code`
Line = tuple[str, str]

_SAFELISTED_METHODS = frozenset({"GET", "HEAD", "POST"})
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
    fields += [_field(line) for line in headers]
    cookie = next((value for name, value in fields if name.lower() == "cookie"), copied.cookie)
    body = data if data is not None else copied.data
    verb = method or (copied.method if curl else "POST" if data is not None else "GET")
    if body is not None and not any(name.lower() == "content-type" for name, _ in fields):
        fields.append(("Content-Type", "text/plain;charset=UTF-8"))  # as fetch() says of a string
    page = _page(origin or copied.header("origin") or copied.header("referer"))
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
    url = f"http://localhost:{text.removeprefix(':')}" if _PORT_FIRST.match(text) else text
    url = url if "://" in url else f"http://{url}"
    if not is_http(url) or not url.isprintable() or " " in url:
        raise QuestionError(
            f"{text!r} is no URL that can be asked: write one such as http://localhost:3001/users"
        )
    return url


def _page(text: str | None) -> str:
    if not text:
        raise QuestionError("say which page asks, as in --origin http://localhost:5173")
    if text == "null":
        return text
    page = origin_of(text if "://" in text else f"http://{text}")
    if page == "null":
        raise QuestionError(
            f"{text!r} is no origin: write scheme, host and port, as in http://localhost:5173"
        )
    return page


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


def allowing(result: Result) -> Allow:
    """The smallest policy with which this page may do this."""
    request = result.question.request
    asked = preflight_for(request)
    named = request.origin != "null"
    method = request.normalized_method
    return Allow(
        (request.origin,) if named else ("*",),
        () if method in _SAFELISTED_METHODS else (method,),
        asked.names if asked else (),
        credentials=request.credentials == "include" and named,
    )


def likely_framework(result: Result) -> Framework | None:
    """The framework that the answers name, if one does."""
    for step in result.verdict.steps:
        for name, sign, key in _SIGNS:
            if step.head and sign in step.head.headers.get(name, "").lower():
                return FRAMEWORKS[key]
    return None


def lines(result: Result, framework: Framework | None = None) -> Iterator[Line]:
    """The whole checklist."""
    request = result.question.request
    page = (
        "a page without an origin of its own (null)"
        if request.origin == "null"
        else f"a page at {request.origin}"
    )
    how = "with credentials" if request.credentials == "include" else "without credentials"
    yield "bold", f"{request.normalized_method} {request.url}"
    yield "", f"asked by {page}, {how}"
    yield "", ""
    yield from _asking(result)
    for step in result.verdict.steps:
        yield from _step(step)
    if result.beyond:
        yield "dim", "no browser would come this far; asked all the same:"
        yield from _step(result.beyond)
    if result.unsent:
        yield "dim", f"{result.unsent}   not sent: it may change something; --send sends it, once"
    yield "", ""
    yield from _ending(result, framework or likely_framework(result))
    found = _lints(result)
    if found:
        yield "", ""
        yield "bold", "also"
        for lint in found:
            yield "yellow", f"! {lint.what}"
            yield "", f"  {lint.fix}"


def _lints(result: Result) -> list[Lint]:
    steps = (*result.verdict.steps, *((result.beyond,) if result.beyond else ()))
    return list(lints(result.question.request, steps, result.probes))


def _asking(result: Result) -> Iterator[Line]:
    request = result.question.request
    if not request.is_cross_origin:
        yield "", "same origin: browsers check nothing"
    elif asked := preflight_for(request):
        yield "", f"the browser asks first (preflight), because of {', '.join(map(str, asked.causes))}"
    else:
        yield (
            "",
            "the browser sends it straight away: a form could have done the same, so there is no preflight",
        )


def _step(step: Step) -> Iterator[Line]:
    head, sent = step.head, step.sent
    failed = {_LOOKS_AT.get(block.code.rpartition(".")[2]): block for block in reversed(step.blocks)}
    about = f"   Origin: {sent.origin}" if sent.origin else ""
    if head is None:
        yield "red", f"✗ {sent.method} {sent.url}: no answer"
        return
    status = failed.get(None)
    style, mark = ("red", "✗") if status else ("", " ")
    yield style, f"{mark} {head.status} {sent.method} {sent.url}{about}"
    if status:
        yield "red", f"    {did(status)}"
    if not sent.cors:
        return
    names = [_ORIGIN, _CREDENTIALS] + ([_METHODS, _HEADERS] if sent.preflight else [])
    for name in names:
        values = head.headers.lines(name)
        block = failed.get(name)
        if not values and block is None:
            continue
        style, mark = ("red", "✗") if block else ("green", "✓")
        yield style, f"  {mark} {name}: {', '.join(values) if values else '(missing)'}"
        if block and values:
            parts = compared(values[0], sent.origin or "") if block.code.endswith("mismatch") else ""
            yield "red", f"      {parts or did(block)}"


def _ending(result: Result, framework: Framework | None) -> Iterator[Line]:
    word = verdict(result)
    if result.error:
        yield "red", f"UNREACHABLE: {result.error.detail}"
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
    else:
        yield "red", "BLOCKED: the browser keeps the answer from the page"
        yield from _explained(result)
        yield from _fixes(result, framework)


def _explained(result: Result) -> Iterator[Line]:
    for browser, words in _console(result).items():
        yield "", f"{browser.capitalize():<9} {words}"
    yield "", ""
    for code in dict.fromkeys(block.code for block in result.blocks):
        reason = REASONS[code]
        yield "red", f"✗ {code}"
        yield "", f"  {reason.what}"
        yield "dim", f"  {reason.why}   {reason.link}"


def _console(result: Result) -> dict[str, str]:
    """What the two browsers print."""
    request = result.question.request
    last = result.verdict.steps[-1].sent if result.verdict.steps else None
    url = last.url if last else request.url
    block, other = result.verdict.first(), result.verdict.first("firefox")
    if block is None or other is None:
        return {}
    before = request.url if url != request.url else ""
    return {
        "chromium": chromium(block, url, request.origin, redirected_from=before),
        "firefox": firefox(other, url),
    }


def _fixes(result: Result, framework: Framework | None) -> Iterator[Line]:
    url = result.question.request.url
    yield "", ""
    if framework:
        recipe = framework.render(allowing(result))
        yield "bold", f"to repair it in {framework.name} ({recipe.file})"
        for line in recipe.code.splitlines():
            yield "code", f"  {line}"
        for note in recipe.notes:
            yield "dim", f"  {note}"
    else:
        yield "bold", "to repair it in the backend"
        for name, value in allowing(result).fields():
            yield "code", f"  {name}: {value}"
        yield "dim", f"  --framework {'|'.join(FRAMEWORKS)} writes it for one of these"
    yield "", ""
    yield "bold", "or without touching the backend"
    yield "code", f"  {one_liner(result)}"
    yield "", f"  and in the page  fetch('http://localhost:8484{_behind(url)}')"


def one_liner(result: Result) -> str:
    """The devproxy that makes this request work."""
    request = result.question.request
    page = urlsplit(request.origin).hostname or ""
    local = page in {"localhost", "127.0.0.1", "::1"} or page.endswith(".localhost")
    allow = "" if local or request.origin == "null" else f" --allow-origin {request.origin}"
    return f"devproxy {origin_of(request.url)}{allow}"


def _behind(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"


def as_json(result: Result, framework: Framework | None = None) -> dict[str, object]:
    """The result for programs; the keys are always there."""
    request = result.question.request
    asked = preflight_for(request) if request.is_cross_origin else None
    framework = framework or likely_framework(result)
    blocked = verdict(result) == "blocked" and bool(result.verdict.blocks)
    recipe = framework.render(allowing(result)) if framework and blocked else None
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
            "fields": dict(allowing(result).fields()) if blocked else {},
            "framework": framework.key if recipe and framework else None,
            "code": recipe.code if recipe else None,
            "notes": list(recipe.notes) if recipe else [],
            "devproxy": one_liner(result) if blocked else None,
        },
        "lints": [{"code": lint.code, "what": lint.what, "fix": lint.fix} for lint in _lints(result)],
    }


def _step_as_json(step: Step) -> dict[str, object]:
    return {
        "method": step.sent.method,
        "url": step.sent.url,
        "origin": step.sent.origin,
        "preflight": step.sent.preflight is not None,
        "status": step.head.status if step.head else None,
        "blocks": [_block_as_json(block) for block in step.blocks],
    }


def _block_as_json(block: Block) -> dict[str, object]:
    reason = REASONS[block.code]
    return {
        "code": block.code,
        "value": block.value,
        "chromium": list(reason.chromium),
        "firefox": list(reason.firefox),
        "what": reason.what,
        "why": reason.why,
        "fix": reason.fix_there,
    }
