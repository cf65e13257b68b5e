"""Why a browser keeps an answer from its page, and what to change: in devproxy's configuration, or in the backend.

Knows no terminal, and not what has been said before.
"""

from collections.abc import Iterator, Sequence
from itertools import chain, repeat

from devproxy.answers import Unlisted, how_to_allow
from devproxy.browser.block import Block
from devproxy.browser.findings import compared, did, most_alike
from devproxy.browser.reasons import reason_for
from devproxy.browser.words import chromium, firefox
from devproxy.commands import allowing
from devproxy.cors.answer import Refusal
from devproxy.cors.names import ANSWERABLE_METHODS
from devproxy.cors.origin import NULL, Origin
from devproxy.cors.policy import CorsPolicy
from devproxy.decide import Forward, Reply
from devproxy.exchange import Exchange
from devproxy.problems import Place

_RELOADS = "   (saved files reload by themselves)"
_REPAIRED = "nothing to do: devproxy has repaired it"
_OF_CREDENTIALS = frozenset({"actual.star-with-credentials", "actual.acac"})


def at(place: Place | None) -> str:
    """A place behind what stands there."""
    return f"   {place}" if place else ""


def explanation(exchange: Exchange, command: Sequence[str]) -> Iterator[tuple[str, str]]:
    """All that there is to say about a block, or about one that devproxy spared the page: labelled lines.

    `command` is how devproxy was started.
    """
    request, diagnosis = exchange.request, exchange.diagnosis
    path, page = request.target.partition("?")[0], exchange.page or "no origin"
    block = next(iter(diagnosis.blocks or diagnosis.repaired), None)
    found = reason_for(block.code, block.status) if block else None
    is_blocked = diagnosis.word == "BLOCKED"
    own = _refusing_key(exchange) if is_blocked else ""
    yield exchange.id, f"{request.method} {path} for the page at {page}: {diagnosis.word}"
    if own:
        yield "what", f"devproxy's own policy refuses this: cors.{own} does not allow {_refused(exchange)}."
    elif found:
        yield "what", found.what
    if found:
        yield "why", found.why
    yield from zip(
        chain(("here",), repeat("")), why(exchange, command) if is_blocked else [_REPAIRED], strict=False
    )
    if block and found:
        yield "backend", "nothing to do: it has no part in this" if own else found.fix_there
        url = f"{request.scheme}://{request.headers.get('host')}{path}"
        yield "Chrome", chromium(block, url, page)
        yield "Firefox", firefox(block, url)
        yield "more", found.link


def why(exchange: Exchange, command: Sequence[str]) -> Iterator[str]:
    """What is said below a blocked exchange; `command` is how devproxy was started."""
    plan, diagnosis = exchange.plan, exchange.diagnosis
    answer = plan.answer if isinstance(plan, Reply) and plan.preflight is None else None
    if answer:
        yield answer.detail
    policy = plan.own_policy if plan else None
    if answer and answer.code == "cross_site":
        yield from _fix(answer.unlisted, command)
    elif (key := _refusing_key(exchange)) and policy:
        yield _kept(exchange)
        if key == "allow_origins":
            yield from _unlisted(exchange, policy, command)
        elif key == "allow_credentials":
            yield from _without_credentials(exchange, policy)
        elif refusal := diagnosis.refusal:
            yield f"cors.{key} does not list {refusal.value}{at(policy.places.get(key))}"
            yield f"fix   {_how_to_list(refusal, key, policy.places.get(key))}"
    elif isinstance(plan, Forward):
        yield from _by_backend(exchange, plan, diagnosis.blocks[0])
    if answer:
        yield from answer.hint.splitlines()


def _refusing_key(exchange: Exchange) -> str:
    """The key of devproxy's policy that keeps the page out; none where the target's own answer does."""
    plan, diagnosis = exchange.plan, exchange.diagnosis
    if diagnosis.refusal:
        return f"allow_{diagnosis.refusal.code}s"
    code = diagnosis.code
    passed_on = isinstance(plan, Forward) and plan.grant is None and exchange.sent is not None
    if passed_on or code == "corp":
        return ""
    return "allow_credentials" if code in _OF_CREDENTIALS else "allow_origins"


def _refused(exchange: Exchange) -> str:
    """What the policy does not allow."""
    diagnosis = exchange.diagnosis
    if diagnosis.refusal:
        return diagnosis.refusal.value
    return "cookies" if diagnosis.code in _OF_CREDENTIALS else f"the page at {exchange.page}"


def _kept(exchange: Exchange) -> str:
    """What the browser does about it."""
    diagnosis, request = exchange.diagnosis, exchange.request
    if isinstance(exchange.plan, Reply) and exchange.plan.preflight:
        return "The browser will not send the request:"
    if diagnosis.refusal:
        return (
            f"A browser would not have sent this {request.method}, as its preflight would have been refused:"
        )
    if exchange.sent is None:
        return f"The page at {exchange.page} cannot even read this answer:"
    return f"The browser got this answer but will not show it to the page at {exchange.page}:"


def _unlisted(exchange: Exchange, policy: CorsPolicy, command: Sequence[str]) -> Iterator[str]:
    """For a page that the policy does not let in."""
    origin, route = exchange.request.origin or "", exchange.plan.route if exchange.plan else None
    yield f"{exchange.page} is not in cors.allow_origins{at(policy.place)}"
    if route and route.has_own_secret:
        yield f"route {route.prefix} adds a secret of its own, so that only pages with a name may read its answers"
    if origin == str(NULL):
        yield "null is what pages from file:// and sandboxed frames send: open the page through a development server"
    if page := Origin.parse(origin):
        named = [str(pattern) for pattern in policy.allow_origins if pattern.is_exact]
        allowed = most_alike(origin, named)
        if allowed and (parts := compared(allowed, origin)):
            yield f"allowed is {allowed}:   {parts}"
        yield from _fix(Unlisted(str(page), policy.place), command)


def _without_credentials(exchange: Exchange, policy: CorsPolicy) -> Iterator[str]:
    """For a request with a cookie to a policy that allows none."""
    if policy.any_origin:
        yield f"allow_origins has * only, which does not count for requests with cookies{at(policy.place)}"
        yield f"fix   list the page beside allow_credentials: true, as in allow_origins: [{exchange.page}]"
    else:
        place = policy.places.get("allow_credentials")
        yield f"a cookie came along, and cors.allow_credentials is false{at(place)}"
        yield "fix   set allow_credentials: true, or leave credentials: 'include' out of fetch()"


def _by_backend(exchange: Exchange, plan: Forward, block: Block) -> Iterator[str]:
    """For an answer of the target's own that the page does not get."""
    route = plan.route
    if block.code == "corp":
        yield "The browser embeds this answer in no page of another origin:"
        yield f"the backend {did(block)}"
        yield f"fix   headers: {{response: {{set: {{Cross-Origin-Resource-Policy: cross-origin}}}}}} on route {route.prefix}"
        return
    if block.code.startswith("preflight."):
        yield "The browser will not send the request: its preflight went to the backend, and"
    else:
        yield _kept(exchange)
    yield f"the backend {did(block)}"
    yield f"fix   remove cors: passthrough from route {route.prefix}{at(route.place)}, and devproxy answers for the backend"


def _fix(page: Unlisted | None, command: Sequence[str]) -> Iterator[str]:
    """The line of the configuration, or the whole command, that lets a page in."""
    if page:
        yield f"fix   {f'{how_to_allow(page)}{_RELOADS}' if page.place else allowing(command, page.origin)}"


def _how_to_list(refusal: Refusal, key: str, place: Place | None) -> str:
    if refusal.code == "method" and refusal.value not in ANSWERABLE_METHODS:
        upper = refusal.value.upper()
        return (
            f"write {upper} in fetch(): case counts"
            if upper in ANSWERABLE_METHODS
            else "use a registered method"
        )
    where = f" at {place}{_RELOADS}" if place else ""
    return f"add {refusal.value} to {key}{where}"
