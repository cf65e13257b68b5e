"""How the result of `devproxy check` reads: as a checklist for people, and as one JSON object.

Knows no terminal: lines are given with the style that they are meant to have.
"""

from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from devproxy.advice import Advice, advise
from devproxy.browser.block import Block
from devproxy.browser.fetch import Step
from devproxy.browser.findings import compared, did
from devproxy.browser.reasons import REASONS, Reason, reason_for
from devproxy.browser.request import preflight_for
from devproxy.browser.url import origin_of, serialised, without_secrets
from devproxy.browser.words import chromium, firefox
from devproxy.check import Result
from devproxy.export.frameworks import FRAMEWORKS
from devproxy.export.recipe import Framework
from devproxy.headers import Headers

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


def verdict(result: Result) -> str:
    """One word: allowed, blocked, unreachable, or unknown where nothing was sent."""
    if result.error:
        return "unreachable"
    if result.is_open:
        return "unknown"
    return "allowed" if result.verdict.allowed else "blocked"


EXIT_CODES = {"allowed": 0, "blocked": 1, "unknown": 2, "unreachable": 3}


def lines(result: Result, framework: Framework | None = None) -> Iterator[Line]:
    """The verdict, what the browsers print, the checklist, what is behind it, and what to paste."""
    advice = advise(result, framework)
    sections = (
        _verdict(result),
        _printed(result),
        _checked(result),
        _behind_it(result, advice),
        _fixes(result, advice),
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
        differs = compared(values, page)
        yield "red", f"      {differs if '✗' in differs else f'is not {page}, letter by letter'}"
    elif values and not lacks:
        yield "red", f"      {did(blocks[0])}"


def _behind_it(result: Result, advice: Advice) -> Iterator[Line]:
    """The reason in words, and what else there is to say of the server."""
    if reason := _reason(result):
        yield "red", f"✗ {reason.what}"
        if not advice.first:
            yield "", f"  {reason.fix_there}"
    for lint in advice.lints:
        yield "yellow", f"! {lint.what}"
        yield "", f"  {lint.fix}"
    if result.blocks:
        yield "dim", f"devproxy explain {result.blocks[0].code} tells why there is such a rule"


def _reason(result: Result) -> Reason | None:
    """The reason that lies deepest, where the checklist does not say it all: a status comes before missing fields."""
    blocks = {block.code: block for block in reversed(result.blocks)}
    block = blocks.get("preflight.status", next(iter(result.blocks), None))
    if block is None or block.code.rpartition(".")[2] in _SAYS_ALL:
        return None
    is_tainted = result.verdict.steps[-1].sent.origin == "null" != result.question.request.origin
    if is_tainted and block.code.endswith("acao-mismatch"):
        return REASONS["redirect.tainted-origin"]
    return reason_for(block.code, block.status)


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


def _fixes(result: Result, advice: Advice) -> Iterator[Line]:
    if advice.first:
        yield "bold", "to begin with"
        yield "", f"  {advice.first}"
    if advice.allow is None:
        return
    last = result.verdict.steps[-1].sent.url
    where = f" at {origin_of(last)}" if origin_of(last) != origin_of(result.question.request.url) else ""
    purpose = "repair it" if result.verdict.blocks else "let in this page only"
    if advice.framework and advice.recipe:
        yield "bold", f"to {purpose} in {advice.framework.name}{where} ({advice.recipe.file})"
        if any(_says_something(step) for step in result.verdict.steps):
            yield (
                "dim",
                "in place of what sends Access-Control-* there now; other pages that it is for go into the list as well",
            )
        for line in advice.recipe.code.splitlines():
            yield "code", line  # what is pasted into Python must not be indented
        for note in advice.recipe.notes:
            yield "dim", f"- {note}"
    else:
        yield "bold", f"to {purpose} in the backend{where}"
        yield "dim", f"on every answer, errors too{_of_preflights(result)}"
        for name, value in advice.allow.fields():
            yield "code", f"  {name}: {value}"
        yield "dim", f"--framework {'|'.join(FRAMEWORKS)} writes it for one of these"
    if not advice.command:
        return
    yield "", ""
    yield "bold", "or without touching the backend"
    yield "code", f"  {advice.command}"
    yield "", "  and in the page"
    yield "code", f'  fetch("http://localhost:8484{_behind(result.question.request.url)}")'


def _of_preflights(result: Result) -> str:
    needed = any(step.sent.preflight for step in result.verdict.steps)
    return "; OPTIONS is answered with 204, before any login" if needed else ""


def _says_something(step: Step) -> bool:
    return step.head is not None and any(
        name.lower().startswith("access-control-") for name, _ in step.head.headers
    )


def _behind(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"


def as_json(result: Result, framework: Framework | None = None) -> dict[str, object]:
    """The result for programs; the keys are always there."""
    request = result.question.request
    asked = preflight_for(request) if request.is_cross_origin else None
    advice = advise(result, framework)
    recipe = advice.recipe
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
            "fields": dict(advice.allow.fields()) if advice.allow else {},
            "framework": advice.framework.key if advice.framework else None,
            "code": recipe.code if recipe else None,
            "notes": list(recipe.notes) if recipe else list(filter(None, [advice.first])),
            "devproxy": advice.command or None,
        },
        "lints": [{"code": lint.code, "what": lint.what, "fix": lint.fix} for lint in advice.lints],
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
    reason = reason_for(block.code, block.status)
    return {
        "code": block.code,
        "value": without_secrets(block.value) if "redirect" in block.code else block.value,
        "chromium": list(reason.chromium),
        "firefox": list(reason.firefox),
        "what": reason.what,
        "why": reason.why,
        "fix": reason.fix_there,
    }
