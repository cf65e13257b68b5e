"""What the browser makes of an exchange, from what passed through the proxy: one word of CORS, and the checks that fail.

The answer that the client gets is judged, and the target's own beside it: the difference is what the proxy is for. What a
proxy cannot see is taken for well; a page's credentials mode, for one, is known to be include only where a cookie came.
"""

from dataclasses import dataclass
from typing import Literal

from devproxy.browser.block import Block
from devproxy.browser.checks import cors_check, preflight_check
from devproxy.browser.request import BROWSERS_OWN, Preflight, unsafe_because
from devproxy.cors.names import SAFELISTED_METHODS
from devproxy.decide import Forward, Plan, Reply
from devproxy.framing import NO_BODY
from devproxy.guard import is_own_origin, wanted_upgrade
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

    `repaired` are those at which the target's own answer would have failed.
    """

    word: CorsWord
    blocks: tuple[Block, ...] = ()
    repaired: tuple[Block, ...] = ()

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
    if is_own_origin(origin, request.headers.get("host")):
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
    blocks = tuple(preflight_check(answer, origin, asked, credentials=False))
    return Diagnosis("BLOCKED", blocks) if blocks else Diagnosis(_unjudged(plan))


def _actual(
    request: RequestHead, plan: Plan | None, sent: ResponseHead | None, answer: ResponseHead
) -> Diagnosis:
    origin = request.origin or ""
    credentials = "cookie" in request.headers
    if blocks := tuple(cors_check(answer, origin, credentials=credentials)):
        return Diagnosis("BLOCKED", blocks)
    word = _unjudged(plan)
    if (
        sent is None
        or not isinstance(plan, Forward)
        or word != "allowed"
        or not _can_compare(plan, origin, sent)
    ):
        return Diagnosis(word)
    if repaired := tuple(cors_check(sent, origin, credentials=credentials)):
        return Diagnosis("fixed", repaired=repaired)
    return Diagnosis("allowed" if _needs_preflight(request) else "ok")


def _can_compare(plan: Forward, origin: str, sent: ResponseHead) -> bool:
    """Whether the target's answer says what it would have said to the browser itself.

    It was told another Origin for some requests, and a 304 only refreshes fields that it need not repeat.
    """
    return sent.status != 304 and plan.request.headers.get("origin") == origin


def _needs_preflight(request: RequestHead) -> bool:
    return request.method not in SAFELISTED_METHODS or any(
        unsafe_because(low, value) is not None
        for name, value in request.headers
        if (low := name.lower()) not in BROWSERS_OWN and not low.startswith("sec-")
    )


def _answer_to_come(plan: Plan | None) -> ResponseHead | None:
    """As much of the answer as is certain before the target has answered."""
    if not isinstance(plan, Forward) or plan.grant is None:
        return None
    return ResponseHead(200, "", plan.grant.apply(Headers()))


def _unjudged(plan: Plan | None) -> CorsWord:
    """The word where nothing is known against the answer."""
    return "passthrough" if isinstance(plan, Forward) and plan.grant is None else "allowed"
