"""Asks a server what a browser would ask it, and lets browser/ judge: the preflight, the request, each redirect hop.

Only what changes nothing is sent without being told to: OPTIONS, GET and HEAD.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field, replace

from devproxy import __version__
from devproxy.browser.block import Block
from devproxy.browser.checks import cors_check
from devproxy.browser.fetch import Sent, Step, Verdict, fetch
from devproxy.browser.request import PageRequest, Preflight, preflight_for
from devproxy.browser.url import origin_of, serialised
from devproxy.errors import ConfigError, TargetError
from devproxy.framing import NO_BODY, Framing, Kind
from devproxy.headers import Field, Headers
from devproxy.lints import Probes
from devproxy.message import ResponseHead
from devproxy.proxy.upstream import Upstream
from devproxy.rewrite.request import TargetRequest
from devproxy.target import Target

#: a page that no server has reason to allow
FOREIGN = "https://devproxy-check.example"
TIMEOUT = 30.0
_READS = frozenset({"GET", "HEAD"})
_CHANGES_NOTHING = _READS | {"OPTIONS"}


@dataclass(frozen=True, slots=True)
class Question:
    """What a page would ask. `cookie` goes along where its credentials do, `body` with the request itself.

    `send` allows a method that may change something to be sent, once. `verify_tls` says whether certificates are checked.
    """

    request: PageRequest
    body: bytes = b""
    cookie: str = ""
    send: bool = False
    verify_tls: bool = True


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a question: `verdict` is the browser's, as far as was sent.

    `unsent` is the method that was kept back. `beyond` is the answer that a browser would not have asked for, as its
    preflight failed. `probes` are the answers to others. `error` is why nothing came.
    """

    question: Question
    verdict: Verdict
    unsent: str = ""
    beyond: Step | None = None
    probes: Probes = field(default_factory=Probes)
    error: TargetError | None = None

    @property
    def blocks(self) -> tuple[Block, ...]:
        """Everything that fails, also what the browser does not come to."""
        return self.verdict.blocks + (self.beyond.blocks if self.beyond else ())

    @property
    def is_open(self) -> bool:
        """Whether nothing was judged: the answer is not known without sending the request."""
        return bool(self.unsent) and not self.verdict.steps


async def check(question: Question) -> Result:
    """Ask, judge, and ask on behalf of others. What cannot be reached is told in the result."""
    server = _Server(question)
    try:
        return await server.checked()
    finally:
        await server.close()


class _Server:
    """The servers that are asked, over connections of their own."""

    def __init__(self, question: Question) -> None:
        self._question = question
        self._upstream = Upstream()

    async def close(self) -> None:
        await self._upstream.close()

    async def checked(self) -> Result:
        question = self._question
        steps = fetch(question.request)
        asked: list[Step] = []
        try:
            sent = next(steps)
            while True:
                if not self._may_send(sent):
                    return await self._probed(Result(question, Verdict(tuple(asked)), unsent=sent.method))
                head = await self._ask(sent)
                asked.append(Step(sent, head))
                sent = steps.send(head)
        except StopIteration as end:
            result = Result(question, end.value)
        except TargetError as error:
            return Result(question, Verdict(tuple(asked)), error=error)
        return await self._probed(replace(result, beyond=await self._beyond(result)))

    def _may_send(self, sent: Sent) -> bool:
        return self._question.send or sent.method in _CHANGES_NOTHING

    async def _beyond(self, result: Result) -> Step | None:
        """The answer behind a preflight that failed: a browser never sees it, but its faults are there all the same.

        Behind a redirect nothing more is asked: what a browser takes along from there is its own affair.
        """
        request = self._question.request
        match result.verdict.steps:
            case (Step(sent=Sent(preflight=Preflight(), origin=str(origin))),):
                sent = self._read(origin)
            case _:
                return None
        head = await self._answer(sent)
        if head is None or sent is None:
            return None
        return Step(sent, head, tuple(cors_check(head, origin, credentials=request.credentials == "include")))

    async def _probed(self, result: Result) -> Result:
        """The same questions from a page that nobody knows, and from nobody."""
        request = self._question.request
        if not request.is_cross_origin or request.mode != "cors":
            return result
        preflight = None
        if asked := preflight_for(request):
            fields = Headers((("Origin", FOREIGN), *asked.fields))
            preflight = Sent("OPTIONS", request.url, fields, FOREIGN, asked, cors=True)
        sends = (preflight, self._read(FOREIGN), self._read(None))
        return replace(result, probes=Probes(FOREIGN, *await asyncio.gather(*map(self._answer, sends))))

    def _read(self, origin: str | None) -> Sent | None:
        """The request as a page of `origin` would send it, or nobody's; None where it may change something."""
        request = self._question.request
        if request.normalized_method not in _READS:
            return None
        fields = request.own_headers.plus(*(("Origin", origin),) if origin else ())
        return Sent(
            request.normalized_method,
            request.url,
            fields,
            origin,
            cors=True,
            credentials=request.credentials == "include",
        )

    async def _answer(self, sent: Sent | None) -> ResponseHead | None:
        if sent is None:
            return None
        try:
            return await self._ask(sent)
        except TargetError:
            return None

    async def _ask(self, sent: Sent) -> ResponseHead:
        """Send one request as a browser would; of the answer only the head is read."""
        target = replace(_target(sent.url), verify_tls=self._question.verify_tls)
        body = b"" if sent.preflight or sent.method in _CHANGES_NOTHING else self._question.body
        request = TargetRequest(
            target,
            sent.method,
            _path(sent.url),
            Headers((("Host", target.authority), *self._fields(sent))),
            Framing(Kind.LENGTH, len(body)) if body or sent.method not in _CHANGES_NOTHING else NO_BODY,
        )
        answer = await self._upstream.send(request, _once(body), timeout=TIMEOUT)
        answer.abort()
        return answer.head

    def _fields(self, sent: Sent) -> Iterable[Field]:
        """The fields that script cannot set."""
        own = self._question
        page = own.request.origin
        yield "User-Agent", f"devproxy/{__version__} (check)"
        if "accept" not in sent.headers:
            yield "Accept", "*/*"
        yield "Sec-Fetch-Mode", "cors"
        yield "Sec-Fetch-Dest", "empty"
        there = origin_of(sent.url)
        yield "Sec-Fetch-Site", _site(there, page)
        if own.cookie and sent.credentials and there == origin_of(own.request.url):
            yield "Cookie", own.cookie
        yield from sent.headers


def _site(there: str, page: str) -> str:
    """What Sec-Fetch-Site says, as far as can be told without a list of public suffixes."""
    if there == page:
        return "same-origin"
    (scheme, _, host), (other, _, own) = (origin.partition("://") for origin in (there, page))
    hosts = [re.sub(r":\d+$", "", name) for name in (host, own)]
    ends = {
        name if name[-1:].isdigit() or name.endswith("]") else ".".join(name.split(".")[-2:])
        for name in hosts
    }
    return "same-site" if scheme == other and len(ends) == 1 else "cross-site"


def _target(url: str) -> Target:
    try:
        return Target.parse(origin_of(url))
    except ConfigError as error:
        raise TargetError("dns", f"{serialised(url)} names no server that can be asked") from error


def _path(url: str) -> str:
    """What is asked of the server: the URL behind its authority, without the fragment."""
    return serialised(url).partition("#")[0].removeprefix(origin_of(url))


async def _once(body: bytes) -> AsyncIterator[bytes]:
    yield body
