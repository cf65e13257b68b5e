"""One standard, read twice: what cors/ allows is what browser/ lets a page read, no more and no less."""

import re
from dataclasses import dataclass

from hypothesis import given, settings, strategies as st

from devproxy.browser.checks import readable
from devproxy.browser.fetch import Sent, judge
from devproxy.browser.request import PageRequest
from devproxy.cors.names import ANSWERABLE_METHODS
from devproxy.cors.policy import CorsPolicy, Preflight
from devproxy.headers import Headers
from devproxy.message import RequestHead, ResponseHead

# Each text that a policy may name, and by hand the origins that it stands for.
NAMED = {
    "http://localhost:5173": r"http://localhost:5173",
    "https://shop.test": r"https://shop\.test",
    "https://*.shop.test": r"https://[a-z.]+\.shop\.test",
    "http://localhost:*": r"http://localhost(:[0-9]+)?",
    "http://*.app.test:*": r"http://[a-z.]+\.app\.test(:[0-9]+)?",
}
LOCAL = r"https?://(localhost|([a-z]+\.)+localhost|127\.0\.0\.1|\[::1\])(:[0-9]+)?"
PAGES = [
    "http://localhost:5173",
    "http://localhost:51730",
    "http://localhost",
    "https://localhost:5173",
    "http://127.0.0.1:5173",
    "http://[::1]:1",
    "http://app.localhost:3000",
    "http://localhost.evil.test",
    "https://shop.test",
    "http://shop.test",
    "https://shop.test:8443",
    "https://a.shop.test",
    "https://a.b.shop.test",
    "https://evilshop.test",
    "http://x.app.test:81",
    "http://app.test:81",
    "null",
]
METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "QUERY", "put", "patch", "FOO"]
HEADERS = [("X-A", "1"), ("x-b", "2"), ("Authorization", "Bearer x"), ("Content-Type", "application/json")]
SENT_BY_TARGET = [
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Allow-Origin", "https://evil.test"),
    ("Access-Control-Allow-Credentials", "true"),
    ("Access-Control-Expose-Headers", "X-Target"),
    ("X-Target", "1"),
    ("X-Own", "2"),
    ("X-Hidden", "3"),
    ("Set-Cookie", "a=1"),
    ("Content-Type", "text/plain"),
    ("Vary", "Accept-Encoding"),
]


@dataclass(frozen=True)
class Policy:
    """A policy as it is written."""

    origins: tuple[str, ...] | None
    methods: tuple[str, ...]
    headers: tuple[str, ...]
    expose: tuple[str, ...]
    credentials: bool

    @property
    def star(self) -> bool:
        return self.origins is not None and "*" in self.origins

    def build(self) -> CorsPolicy:
        return CorsPolicy.build(
            allow_origins=self.origins,
            allow_methods=self.methods,
            allow_headers=self.headers,
            expose_headers=self.expose,
            allow_credentials=self.credentials and not self.star,
        )

    def allows(self, page: str) -> bool:
        """By hand: the texts that were written, as regular expressions."""
        patterns = [LOCAL] if self.origins is None or self.star else []
        patterns += [NAMED[origin] for origin in self.origins or () if origin != "*"]
        return self.star or any(re.fullmatch(pattern, page) for pattern in patterns)


def some(values: list[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.one_of(st.just(("*",)), st.lists(st.sampled_from(values), unique=True).map(tuple))


POLICIES = st.builds(
    Policy,
    origins=st.none()
    | st.just(("*",))
    | st.lists(st.sampled_from(sorted(NAMED)), min_size=1, unique=True).map(tuple),
    methods=some(["GET", "PUT", "DELETE", "PATCH", "QUERY"]),
    headers=some(["X-A", "X-B", "Authorization", "Content-Type"]),
    expose=some(["X-Own"]),
    credentials=st.booleans(),
)


@settings(max_examples=600)
@given(
    policy=POLICIES,
    page=st.sampled_from(PAGES),
    method=st.sampled_from(METHODS),
    headers=st.lists(st.sampled_from(HEADERS), unique=True),
    include=st.booleans(),
    noise=st.lists(st.sampled_from(SENT_BY_TARGET), unique=True),
)
def test_a_page_reads_exactly_what_the_policy_allows(
    policy: Policy,
    page: str,
    method: str,
    headers: list[tuple[str, str]],
    include: bool,
    noise: list[tuple[str, str]],
) -> None:
    """Whatever the target says of its own; and of an answer that it reads, exactly the headers that are exposed."""
    built = policy.build()
    answers: list[ResponseHead] = []

    def answer(sent: Sent) -> ResponseHead:
        fields = sent.headers.plus(("Host", "localhost:8484"))
        given_ = built.answer(RequestHead(sent.method, "/api", fields))
        if isinstance(given_, Preflight):
            assert sent.preflight
            answers.append(ResponseHead(given_.status, "", given_.headers))
        else:
            answers.append(ResponseHead(200, "", given_.apply(Headers(noise))))
        return answers[-1]

    credentials = "include" if include else "same-origin"
    request = PageRequest(
        "http://localhost:8484/api", page, method, Headers(headers), credentials=credentials
    )
    verdict = judge(request, answer)

    sent_method = "PUT" if method == "put" else method
    asks_for = {name.lower() for name, _ in headers}
    listed = {name.lower() for name in policy.headers}
    allowed = (
        policy.allows(page)
        and (not include or (policy.credentials and not policy.star))
        and (
            sent_method in {"GET", "HEAD", "POST", *policy.methods}
            or (policy.methods == ("*",) and sent_method in ANSWERABLE_METHODS)
        )
        and (policy.headers == ("*",) or asks_for <= listed)
    )
    assert verdict.allowed is allowed, verdict
    if allowed:
        own = {name.lower() for name, _ in noise} - {"set-cookie"}
        exposed = (
            {"content-type", "vary", "x-own", "x-hidden", "x-target"}
            if policy.expose == ("*",)
            else {"content-type"}
        )
        exposed |= {"x-own"} if "X-Own" in policy.expose else set()
        exposed |= {"x-target"} if ("Access-Control-Expose-Headers", "X-Target") in noise else set()
        seen = readable(answers[-1], credentials=include)
        assert seen & own - {"vary"} == own & exposed - {"vary"}
