"""What the judge says of a case beside what a browser did."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from devproxy.browser.fetch import Sent, Verdict, judge
from devproxy.browser.reasons import REASONS
from devproxy.browser.request import Browser, PageRequest
from devproxy.browser.words import chromium, firefox_key
from devproxy.headers import Headers
from devproxy.message import ResponseHead
from tests.real.agreement.cases import Case
from tests.real.agreement.server import Seen

#: what a browser is told to do in its page: an answer's type for each case, or `error`
ASK = """(cases) => Promise.all(cases.map(async (c) => {
  try {
    if (c.listens) return await new Promise((done) => {
      const xhr = new XMLHttpRequest();
      xhr.open(c.method, c.url);
      xhr.withCredentials = c.credentials === 'include';
      for (const [name, value] of c.headers) xhr.setRequestHeader(name, value);
      xhr.upload.onprogress = () => {};
      xhr.onload = () => done('cors');
      xhr.onerror = () => done('error');
      xhr.send('body');
    });
    const headers = new Headers();
    for (const [name, value] of c.headers) headers.append(name, value);
    const {method, credentials, mode, redirect} = c;
    return (await fetch(c.url, {method, headers, credentials, mode, redirect, cache: 'no-store'})).type;
  } catch { return 'error' }
}))"""


@dataclass(frozen=True, slots=True)
class Observed:
    """What a browser did: the answer's type or `error`, and what it printed as the reason."""

    outcome: str
    reasons: frozenset[str]


@dataclass(slots=True)
class Tally:
    """How often they agreed, and each difference in words."""

    cases: int = 0
    blocked: int = 0
    verdicts: list[str] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)

    @property
    def agrees(self) -> bool:
        """No difference in allowed or blocked, and the same reasons in 99 of 100."""
        return not self.verdicts and len(self.reasons) <= self.blocked / 100


def compare(
    cases: Iterable[Case], seen: dict[int, list[Seen]], observed: dict[int, Observed], browser: Browser
) -> Tally:
    """Judge each case, and count."""
    tally = Tally()
    for case in cases:
        tally.cases += 1
        real, arrived = observed[case.number], seen.get(case.number, [])
        try:
            request = request_of(case)
        except ValueError as error:
            if real.outcome != "error" or arrived:
                tally.verdicts.append(f"{case}\n  {browser}: {real}\n  judge: {error}")
            continue
        verdict = judge(request, lambda sent, case=case: answer(case, sent), browser)
        tally.blocked += bool(verdict.blocks)
        expected = [_step(step.sent) for step in verdict.steps]
        told = f"{case}\n  {browser}: {real}\n  judge: {verdict.blocks} {verdict.failure}\n  sent: {arrived}\n  judge: {expected}"
        if (real.outcome != "error") is not verdict.allowed:
            tally.verdicts.append(told)
        elif verdict.blocks and not _same_reason(verdict, real, browser, case):
            tally.reasons.append(told)
        elif case.mode != "no-cors" and expected != arrived:
            # Of a no-cors request's Origin nothing depends, and Chromium has rules of its own for opaque ones.
            tally.steps.append(told)
    return tally


def request_of(case: Case) -> PageRequest:
    return PageRequest(
        case.url, case.page, case.method, Headers(case.headers), case.credentials, case.mode, case.redirect, case.listens
    )  # fmt: skip


def answer(case: Case, sent: Sent) -> ResponseHead:
    """What the server answers, as a browser's parser reads it."""
    preflight, actual = case.answers[_hop(sent.url)]
    first, *lines = (
        (preflight if sent.preflight else actual).decode("latin-1").split("\r\n\r\n")[0].split("\r\n")
    )
    fields = [(name, value.strip(" \t")) for line in lines for name, value in [line.split(":", 1)]]
    return ResponseHead(int(first.split()[1]), "", Headers(fields))


def _same_reason(verdict: Verdict, real: Observed, browser: Browser, case: Case) -> bool:
    block = verdict.first(browser)
    assert block
    if browser == "firefox":
        key = firefox_key(block).removeprefix("category ")
        return key in real.reasons or not key  # of some it says nothing
    if block.code.startswith("mode."):  # told on the console only
        unsafe = any(line.startswith("Unsafe attempt to load URL") for line in real.reasons)
        return unsafe if verdict.steps else chromium(block, case.url, case.page) in real.reasons
    return bool(set(REASONS[block.code].chromium) & real.reasons)


def _step(sent: Sent) -> Seen:
    asked = sent.preflight
    return Seen(
        sent.method,
        _hop(sent.url),
        sent.origin,
        asked and asked.method,
        (asked and ",".join(asked.names)) or None,
    )


def _hop(url: str) -> int:
    found = re.search(r"/c/\d+/(\d+)", url)
    assert found
    return int(found[1])


def number_of(text: str) -> int | None:
    """The number of the case whose URL stands in a text."""
    found = re.search(r"/c/(\d+)/", text)
    return int(found[1]) if found else None


def batches(cases: Sequence[Case], page: str, size: int = 40) -> Iterable[list[Case]]:
    own = [case for case in cases if case.page == page]
    return (own[start : start + size] for start in range(0, len(own), size))
