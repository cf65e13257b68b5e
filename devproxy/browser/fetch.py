"""A whole fetch as the standard goes through it (Fetch, main fetch and HTTP fetch), without sending anything itself.

`fetch` says what the browser sends next and is told what came: the same steps judge recorded answers, drive `devproxy
check`, and are held against real browsers.
"""

from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, replace

from devproxy.browser.block import Block
from devproxy.browser.checks import ORIGIN_CHECKS, REDIRECTS, cors_check, first, is_redirect, preflight_check
from devproxy.browser.request import Browser, PageRequest, Preflight, preflight_for
from devproxy.browser.url import follow, has_userinfo, is_http, origin_of, without_secrets
from devproxy.headers import Headers
from devproxy.message import ResponseHead

MOST_REDIRECTS = 20


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as it leaves the browser; `origin` is what its Origin says, if it says one.

    `preflight` is what it asks, where it is one. `cors` says that the answer will be checked, `credentials` that the
    browser's cookies go along.
    """

    method: str
    url: str
    headers: Headers
    origin: str | None
    preflight: Preflight | None = None
    cors: bool = False
    credentials: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """What was sent, what came (None: nothing), and the checks that failed."""

    sent: Sent
    head: ResponseHead | None
    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the page gets. `failure` is a network error that is no block: too many redirects, or one that it refused.

    `opaque` says that the page gets an answer without being able to read it (mode no-cors, redirect manual).
    """

    steps: tuple[Step, ...]
    blocks: tuple[Block, ...] = ()
    failure: str = ""
    opaque: bool = False

    @property
    def allowed(self) -> bool:
        """Whether the page's promise is fulfilled."""
        return not self.blocks and not self.failure

    def first(self, browser: Browser = "chromium") -> Block | None:
        """The block that this browser prints."""
        return first(self.blocks, browser)


Fetch = Generator[Sent, ResponseHead | None, Verdict]


def judge(
    request: PageRequest, answer: Callable[[Sent], ResponseHead | None], browser: Browser = "chromium"
) -> Verdict:
    """What becomes of `request` where `answer` gives what comes for each request that is sent; None where nothing does."""
    steps = fetch(request, browser)
    try:
        sent = next(steps)
        while True:
            sent = steps.send(answer(sent))
    except StopIteration as end:
        verdict: Verdict = end.value
        return verdict


def fetch(request: PageRequest, browser: Browser = "chromium") -> Fetch:
    """Go through the fetch of `request`, redirects included; the verdict is the generator's value."""
    apart = request.is_cross_origin
    cors, opaque = (apart and request.mode == mode for mode in ("cors", "no-cors"))
    leg = _Leg(request, request, cors, browser, is_opaque=opaque)
    steps: tuple[Step, ...] = ()
    for _ in range(MOST_REDIRECTS + 1):
        if code := leg.refused:
            return Verdict(steps, (Block(code),))
        head = None
        for sent in leg.sends:
            head = yield sent
            if head and (failure := leg.broken(sent, head)):
                return Verdict((*steps, Step(sent, head)), failure=failure)
            steps += (Step(sent, head, tuple(leg.check(sent, head))),)
            if blocks := steps[-1].blocks:
                return Verdict(steps, blocks)
        onward = leg.onward(head) if head else None
        match onward:
            case None:
                return Verdict(steps, opaque=leg.is_opaque)
            case _Leg():
                leg = onward
            case _:
                return replace(onward, steps=steps)
    return Verdict(steps, failure=f"more than {MOST_REDIRECTS} redirects")


@dataclass(frozen=True, slots=True)
class _Leg:
    """The part of a fetch that asks one URL: `cors` is the response tainting, `tainted` the redirect-tainted origin.

    `page` is what script asked for, `request` what redirects have made of it.
    """

    page: PageRequest
    request: PageRequest
    cors: bool
    browser: Browser
    tainted: bool = False
    is_opaque: bool = False
    was_unsafe: bool = False

    @property
    def origin(self) -> str:
        """What the Origin field says of the page (Fetch, serializing a request origin)."""
        return "null" if self.tainted else self.request.origin

    @property
    def refused(self) -> str:
        """The code of what keeps the browser from sending anything at all."""
        request = self.request
        if not is_http(request.url):
            return "scheme.not-http"
        if request.is_cross_origin and request.mode == "same-origin":
            return "mode.same-origin"
        if request.is_cross_origin and request.mode == "no-cors" and request.redirect != "follow":
            return "mode.no-cors-redirect"
        return ""

    @property
    def preflight(self) -> Preflight | None:
        """The question before the request.

        Firefox asks on every hop once it has asked on one, or had to for headers that a redirect has taken away.
        """
        asked = preflight_for(self.request, self.browser)
        if asked is None and self.was_unsafe and self.browser == "firefox":
            return Preflight((), self.request.normalized_method, ())
        return asked

    @property
    def sends(self) -> Iterator[Sent]:
        """The preflight, if one is needed, and the request."""
        request = self.request
        own = (("Origin", self.origin),)
        if self.cors and (asked := self.preflight):
            # Firefox names the page itself here, also behind a redirect between foreign origins.
            origin = request.origin if self.browser == "firefox" else self.origin
            fields = Headers((("Origin", origin), *asked.fields))
            yield Sent("OPTIONS", request.url, fields, origin, asked, cors=True)
        says_origin = self.cors or request.normalized_method not in {"GET", "HEAD"}
        yield Sent(
            request.normalized_method,
            request.url,
            request.own_headers.plus(*(own if says_origin else ())),
            self.origin if says_origin else None,
            cors=self.cors,
            credentials=request.credentials == "include"
            or (request.credentials == "same-origin" and not request.is_cross_origin and not self.cors),
        )

    def check(self, sent: Sent, head: ResponseHead | None) -> Iterator[Block]:
        """What is wrong with the answer to `sent`."""
        credentials = self.request.credentials == "include"
        if head is None:
            yield Block("preflight.net-failed" if sent.preflight else "net.failed")
        elif sent.preflight:
            blocks = preflight_check(
                head, sent.origin or "", sent.preflight, credentials=credentials, browser=self.browser
            )
            yield from blocks if self.browser == "chromium" else self._as_firefox(blocks, head)
        elif sent.cors:
            yield from cors_check(head, self.origin, credentials=credentials, browser=self.browser)

    def _as_firefox(self, blocks: Iterable[Block], head: ResponseHead) -> Iterator[Block]:
        """The blocks of a preflight as measured in Firefox 153, where it departs from the standard.

        A redirect is a status like any other where the page does not follow redirects; and a preflight that a redirect has
        led to the page's own server is not checked for its origin.
        """
        at_home = not self.request.is_cross_origin
        for block in blocks:
            if block.code == "preflight.redirect" and self.request.redirect != "follow":
                yield Block("preflight.status", str(head.status), head.status)
            elif not (at_home and block.code in ORIGIN_CHECKS):
                yield block

    def broken(self, sent: Sent, head: ResponseHead) -> str:
        """What makes an answer none at all to the browser, before it looks for anything of CORS."""
        if len(set(head.headers.lines("location"))) > 1:
            return "more than one Location"
        if head.status == 407 and self.browser == "chromium":
            return "the status 407 of what is no proxy"
        if not is_redirect(head, self.browser) or (
            self.browser == "firefox" and self.request.redirect != "follow"
        ):
            return ""
        url = follow(self.request.url, head.headers.get("location", ""))
        if url is None or (self.browser == "firefox" and sent.preflight and not is_http(url)):
            return _nowhere(head)
        return ""

    def onward(self, head: ResponseHead) -> "_Leg | Verdict | None":
        """The leg behind a redirect (Fetch, HTTP-redirect fetch); a verdict where there is none to be, None without one."""
        request = self.request
        redirected = is_redirect(head, self.browser)
        # Firefox refuses one that leads nowhere, too.
        if request.redirect == "error" and (
            redirected or (self.browser == "firefox" and head.status in REDIRECTS)
        ):
            return Verdict((), failure="a redirect, which the page refuses (redirect: 'error')")
        if request.redirect == "manual" and head.status in REDIRECTS:
            return Verdict((), opaque=True)
        if not redirected:
            return None
        url = follow(request.url, head.headers.get("location", ""))
        if url is None or not is_http(url):
            return Verdict((), failure=_nowhere(head))
        leaves = origin_of(url) != origin_of(request.url)
        if has_userinfo(url) and request.mode == "cors" and (self.cors or origin_of(url) != request.origin):
            return Verdict((), (Block("redirect.userinfo", url, head.status),))
        if has_userinfo(url) and self.browser == "chromium" and not request.listens:
            return Verdict(
                (),
                failure="a redirect to a URL with a user or a password, which Chromium's fetch() does not follow",
            )
        as_get = (head.status in {301, 302} and request.normalized_method == "POST") or (
            head.status == 303 and request.normalized_method not in {"GET", "HEAD"}
        )
        asked = self.preflight
        if self.browser == "firefox":  # takes up the headers of a body again that it has left behind
            gone = {"authorization"} - {name.lower() for name, _ in request.headers}
            request = replace(request, headers=self.page.headers.without(gone))
        following = request.onward(url, as_get=as_get, browser=self.browser)
        return replace(
            self,
            request=following,
            cors=self.cors or (request.mode == "cors" and following.is_cross_origin),
            was_unsafe=self.was_unsafe or bool(asked and (self.cors or asked.names)),
            tainted=self.tainted or (leaves and origin_of(request.url) != request.origin),
            is_opaque=self.is_opaque or (request.mode == "no-cors" and following.is_cross_origin),
        )


def _nowhere(head: ResponseHead) -> str:
    return f"a redirect to what is no http(s) URL: {without_secrets(head.headers.get('location', ''))}"
