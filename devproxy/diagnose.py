"""What the browser makes of an exchange, from what passed through the proxy: one word of CORS, and the checks that fail.

The answer that the client gets is judged, and the target's own beside it: the difference is what the proxy is for. What a
proxy cannot see is taken for well; a page's credentials mode, for one, is known to be include only where a cookie came.
"""

from dataclasses import dataclass
from typing import Literal

from devproxy.browser.block import Block
from devproxy.browser.checks import cors_check, preflight_check
from devproxy.browser.request import Preflight, preflight_behind
from devproxy.cors.answer import Refusal
from devproxy.decide import Forward, Plan, Reply
from devproxy.framing import NO_BODY
from devproxy.guard import is_own_page, wanted_upgrade
from devproxy.headers import Headers
from devproxy.message import RequestHead, ResponseHead

CorsWord = Literal["same origin", "ok", "fixed", "allowed", "BLOCKED", "not CORS", "passthrough"]

# A page asks for the few names that it sets; a question of thousands is none of a page's.
_MOST_NAMES = 128
# The proxy's own answers to a page that it does not let in, whatever the browser would have done.
_REFUSED_PAGES = frozenset({"cross_site", "origin_not_allowed"})
# Fetch, cross-origin resource policy check: from which Sec-Fetch-Site a policy keeps a resource.
_KEPT_FROM = {"same-origin": ("same-site", "cross-site"), "same-site": ("cross-site",)}


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """`blocks` are the checks that fail, the one that the browser prints first.

    `repaired` are those at which the target's own answer would have failed. `refusal` is what devproxy's policy does not
    allow a page that may read, or a preflight.
    """

    word: CorsWord
    blocks: tuple[Block, ...] = ()
    repaired: tuple[Block, ...] = ()
    refusal: Refusal | None = None

    @property
    def code(self) -> str | None:
        """The reason that the browser prints, or would have printed without the proxy."""
        return next((block.code for block in self.blocks or self.repaired), None)


def diagnose(
    request: RequestHead, plan: Plan | None, sent: ResponseHead | None, response: ResponseHead | None
) -> Diagnosis:
    """Judge what the client got (`response`) for the target's own answer (`sent`), as far as they are there yet."""
    origin = request.origin
    if origin is None:
        return _without_origin(request, response)
    if _is_same_origin(request, origin):
        return Diagnosis("same origin")
    mode = request.headers.get("sec-fetch-mode", "cors")
    refused = isinstance(plan, Reply) and plan.answer is not None and plan.answer.code in _REFUSED_PAGES
    if wanted_upgrade(request, NO_BODY):
        return Diagnosis("BLOCKED", (Block("ws.handshake"),)) if refused else Diagnosis(_unjudged(plan))
    if mode in {"navigate", "no-cors"}:
        return Diagnosis("BLOCKED" if refused else "not CORS")
    answer = response or _answer_to_come(plan)
    if answer is None:
        return Diagnosis(_unjudged(plan) if isinstance(plan, Forward) else "not CORS")
    if asked := _question(request):
        return _preflight(plan, origin, asked, answer)
    return _actual(request, plan, sent, answer)


def _is_same_origin(request: RequestHead, origin: str) -> bool:
    """Whether the page asks its own server: http and https are two, unless a tunnel in front has added TLS.

    Then the browser says so itself (W3C Fetch Metadata, section 2.4), which neither script nor a form can.
    """
    if not is_own_page(request, request.headers.get("host")):
        return False
    return origin.startswith(f"{request.scheme}://") or request.headers.get("sec-fetch-site") == "same-origin"


def _without_origin(request: RequestHead, response: ResponseHead | None) -> Diagnosis:
    """For requests that no CORS check follows: curl's, another server's, a page's own, an image's."""
    headers = request.headers
    site = headers.get("sec-fetch-site", "none")
    if site == "same-origin":
        return Diagnosis("same origin")
    corp = response.headers.get("cross-origin-resource-policy", "") if response else ""
    if response and headers.get("sec-fetch-mode") == "no-cors" and site in _KEPT_FROM.get(corp, ()):
        return Diagnosis("BLOCKED", (Block("corp", corp, response.status),))
    return Diagnosis("not CORS")


def _question(request: RequestHead) -> Preflight | None:
    """What a preflight asks (Fetch, CORS-preflight request); None for any other request."""
    method = request.headers.get("access-control-request-method")
    if request.method != "OPTIONS" or not method:
        return None
    names = dict.fromkeys(name.lower() for name in request.headers.elements("access-control-request-headers"))
    return Preflight((), method, tuple(names)[:_MOST_NAMES])


def _preflight(plan: Plan | None, origin: str, asked: Preflight, answer: ResponseHead) -> Diagnosis:
    if blocks := tuple(preflight_check(answer, origin, asked, credentials=False)):
        own = plan.preflight if isinstance(plan, Reply) else None
        return Diagnosis("BLOCKED", blocks, refusal=own.refusal if own else None)
    return Diagnosis(_unjudged(plan))


def _actual(
    request: RequestHead, plan: Plan | None, sent: ResponseHead | None, answer: ResponseHead
) -> Diagnosis:
    origin = request.origin or ""
    credentials = "cookie" in request.headers
    if blocks := cors_check(answer, origin, credentials=credentials):
        return Diagnosis("BLOCKED", blocks)
    asked = preflight_behind(request)
    if refusal := _refused_before(request, plan, asked):
        name = refusal.value.partition(",")[0]
        return Diagnosis("BLOCKED", (Block(f"preflight.{refusal.code}", name),), refusal=refusal)
    word = _unjudged(plan)
    # A 304 only refreshes fields that it need not repeat.
    if word != "allowed" or sent is None or not isinstance(plan, Forward) or sent.status == 304:
        return Diagnosis(word)
    as_it_came = plan.request.origin == origin
    checked = cors_check(sent, origin, credentials=credentials)
    if repaired := tuple(block for block in checked if as_it_came or _fails_for_anybody(block)):
        return Diagnosis("fixed", repaired=repaired)
    return Diagnosis("ok" if as_it_came and asked is None else "allowed")


def _refused_before(request: RequestHead, plan: Plan | None, asked: Preflight | None) -> Refusal | None:
    """What no browser would have sent, as its preflight had been refused; who sends it is a program.

    A browser that says that it is one has been allowed it before: permissions are remembered (Fetch, CORS-preflight cache).
    """
    policy = plan.own_policy if plan and _unjudged(plan) == "allowed" else None
    if asked is None or policy is None or "sec-fetch-mode" in request.headers:
        return None
    return policy.refuse(asked.method, asked.names)


def _fails_for_anybody(block: Block) -> bool:
    """Whether a target that was told another Origin than the page's has failed for the page's as well.

    An empty value is what some answer to pages that they do not list.
    """
    return block.code in {"actual.acao-multiple", "actual.acao-invalid"} and block.value != ""


def _answer_to_come(plan: Plan | None) -> ResponseHead | None:
    """As much of the answer as is certain before the target has answered."""
    if not isinstance(plan, Forward) or plan.grant is None:
        return None
    return ResponseHead(200, "", plan.grant.apply(Headers()))


def _unjudged(plan: Plan | None) -> CorsWord:
    """The word where nothing is known against the answer."""
    return "passthrough" if isinstance(plan, Forward) and plan.grant is None else "allowed"
