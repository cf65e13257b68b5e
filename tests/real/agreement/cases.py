"""Requests of a page and the answers to them, as values: random, adversarial, and the same again for the same seed."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

Field = tuple[str, str]

METHODS = ["GET"] * 8 + ["POST"] * 5
METHODS += [
    "HEAD",
    "PUT",
    "put",
    "PATCH",
    "patch",
    "DELETE",
    "delete",
    "OPTIONS",
    "QUERY",
    "foo",
    "PROPFIND",
    "Post",
]
LONG, TOO_LONG = "a" * 128, "a" * 129
HEADERS: list[Field] = [
    # plain, and what no form sends
    ("X-A", "1"), ("x-b", "2"), ("Authorization", "Bearer x"), ("X-Requested-With", "XMLHttpRequest"),
    ("Cache-Control", "no-cache"), ("Pragma", "no-cache"), ("If-None-Match", "x"), ("Last-Event-ID", "1"),
    ("Priority", "u=1"), ("Purpose", "prefetch"), ("Upgrade-Insecure-Requests", "1"), ("Access-Control-Allow-Origin", "*"),
    ("X-HTTP-Method-Override", "PUT"),
    # safelisted, at their limits and beyond
    ("Content-Type", "application/json"), ("Content-Type", "text/plain"), ("Content-Type", "TEXT/PLAIN; charset=utf-8"),
    ("Content-Type", "text/plain;x=(y)"), ("Content-Type", ""), ("Content-Type", "multipart/form-data; boundary=a"),
    ("Content-Type", "text / plain"), ("Content-Type", "text/plain "), ("Content-Type", "text/plain, application/json"),
    ("Content-Type", f"text/plain;{LONG}"), ("Content-Type", "application/x-www-form-urlencoded"),
    ("Accept", LONG), ("Accept", TOO_LONG), ("Accept", "x/<y>"), ("Accept", 'a/b;c="d"'), ("Accept-Language", "de"),
    ("Accept-Language", "de_DE"), ("Content-Language", LONG), ("Content-Language", "en(x)"), ("Range", "bytes=0-5"),
    ("Range", "bytes=5-1"), ("Range", "bytes=-5"), ("Range", "bytes=0-"), ("Range", "bytes=0-1,2-3"), ("Range", "BYTES=0-1"),
    ("Range", "bytes= 0-1"),
    # client hints
    ("DPR", "2"), ("DPR", "x(y)"), ("DPR", "1."), ("Width", "100"), ("Width", ""), ("Width", "1.5"), ("Viewport-Width", "100"),
    ("Viewport-Width", LONG), ("Viewport-Width", "1" * 128), ("Save-Data", "on"), ("Save-Data", "ON"), ("Save-Data", "off"),
    ("Downlink", "1.5"), ("Downlink", "1" * 129), ("Downlink", "-1"), ("ECT", "4g"), ("ECT", "slow-2g"), ("ECT", "5g"),
    ("RTT", "100"), ("RTT", TOO_LONG), ("Device-Memory", "4"), ("Device-Memory", "1" * 128),
    # dropped, or forbidden to script
    ("User-Agent", "x"), ("Sec-Foo", "1"), ("X-HTTP-Method-Override", "TRACE"), ("Cookie", "a=1"), ("Referer", "x"), ("DNT", "1"),
    ("Origin", "http://x"), ("X-Method-Override", "PURGE"), ("X-Method-Override", "TRACE"), ("Proxy-Foo", "1"),
    # what no header may be, and what browsers alone take for safe, or for unsafe
    ("X A", "1"), ("X-A", "a\nb"), ("X-A", "\u20ac"), ("X-A", "\u00e9"), ("Intervention", "x"), ("Accept", "\u00e9"),
    ("Content-Type", "text/plain;x=\u00e9"), ("Range", f"bytes={2**63}-"), ("Range", f"bytes={2**64}-"), ("ECT", "4G"),
    ("Content-Type", "x/y"), ("Content-Language", "a:b"), ("Accept", "{}"),
]  # fmt: skip

WRONG_ORIGINS = [
    "null", "Null", "", "true", "*;", '"*"', "*, *", "null,null", "$http_origin", "localhost", "localhost:3000", "//x", "a:b:c",
    "foo:", "foo:bar", "mailto:x", "about:blank", "data:,x", "javascript:1", "file:///", "ftp://x", "ws://a", "x://y", "x://",
    "http:", "http:foo", "http:/a", "http:?", "http://", "https://", "http:///a", "http:\\\\a", "http//a", "-http://a",
    "1http://a", "HTTP://LOCALHOST:1", "http://[::1", "http://[::1]", "http://[::g]", "http://a b", "http://a,b", "http://a\tb",
    "http://a%zz", "http://%41", "http://a:", "http://:80", "http://a:99999", "http://a:0", "http://1.2.3", "http://256.1.1.1",
    "http://0x7f.1", "http://09.1", "http://xn--a", "http://a_b", "http://a!b", "http://a^b", "http://a|b", "http://a#f",
    "http://a/path?x", "http://user:p@a", "http://\u00e9", f"http://{'a' * 300}", "http://\u00c3\u00a9", "http://a\u00a0b", "http://[1::2::3]",
    "http://[::12345]", "http://[::1]x", "http://[::ffff:1.2.3.4]", "file://a:1", "file:", "x://:1", "x://u@", "x://[::1]", "x://a%zz",
    "http://1..2", "http://a..b", "http://a.1", "http://a\x01b", "http://a\x7fb", "http://@a", "http://u@", "blob:http://a", "%2A",
]  # fmt: skip
WRONG_CREDENTIALS = [
    [],
    ["True"],
    ["1"],
    ["true", "true"],
    ["true, true"],
    [""],
    ["false"],
    ["TRUE"],
    ["true "],
    ["true", ""],
]
ORIGIN = "Access-Control-Allow-Origin"
STATUSES = [200] * 8 + [204, 201, 304, 404, 401, 403, 500, 503, 206, 299, 400, 407, 418, 300, 302, 307]
PREFLIGHT_STATUSES = [200, 204] * 6 + [299, 300, 304, 302, 301, 307, 308, 400, 401, 403, 404, 405, 500]
REDIRECTS = [301, 302, 303, 307, 308]
NOWHERE = ["ftp://a/", "data:,x", "http://", "//", "http://[", "about:blank", "x:y", "http://a:x/", "///"]


@dataclass(frozen=True, slots=True)
class Case:
    """What a page asks, and for each hop what is answered to its preflight and to the request itself."""

    number: int
    page: str
    url: str
    method: str
    headers: tuple[Field, ...]
    credentials: str
    mode: str
    redirect: str
    listens: bool
    answers: tuple[tuple[bytes, bytes], ...]


class Cases:
    """Makes cases for pages of some origins, `null` among them, that ask servers of some origins."""

    def __init__(self, seed: int, pages: Sequence[str], servers: Sequence[str]) -> None:
        self._random = random.Random(seed)
        self._pages, self._servers = pages, servers

    def make(self, number: int) -> Case:
        pick = self._random.choice
        page = pick(self._pages)
        mode = pick(["cors"] * 12 + ["no-cors", "same-origin"])
        method = pick(METHODS if mode != "no-cors" else ["GET", "HEAD", "POST"])
        headers = tuple(self._random.sample(HEADERS, pick([0, 0, 0, 1, 1, 2, 3, 5])))
        redirect = pick(["follow"] * 10 + ["error", "manual"])
        # Without a body there is nothing to watch.
        listens = (
            mode == "cors"
            and redirect == "follow"
            and method in {"POST", "PUT"}
            and self._random.random() < 0.2
        )
        hops = [
            pick([*self._servers, *([page] if page != "null" else [])])
            for _ in range(pick([1] * 7 + [2] * 3 + [3]))
        ]
        urls = [f"{origin}/c/{number}/{hop}" for hop, origin in enumerate(hops)]
        return Case(
            number,
            page,
            urls[0],
            method,
            headers,
            pick(["omit", "same-origin", "include", "include"])
            if not listens
            else pick(["same-origin", "include"]),
            mode,
            redirect,
            listens,
            tuple(self._answers(hop, urls, page, method, headers) for hop in range(len(urls))),
        )

    def _answers(
        self, hop: int, urls: Sequence[str], page: str, method: str, headers: Sequence[Field]
    ) -> tuple[bytes, bytes]:
        pick = self._random.choice
        origin = pick([page, page, page, "null"] if hop else [page] * 5 + ["null"])
        fields = self._allowing(origin, 0.6)
        if hop + 1 < len(urls):
            status = pick(REDIRECTS)
            fields += [("Location", value) for value in self._locations(urls[hop + 1])]
        else:
            status = pick(STATUSES)
            if status in {300, 304} and pick([True, False]):
                fields.append(("Location", f"/c/{urls[0].rsplit('/', 2)[1]}/0"))
        asked = self._allowing(pick([page, page, page, origin]), 0.75)
        asked += [("Access-Control-Allow-Methods", value) for value in self._methods(method)]
        asked += [("Access-Control-Allow-Headers", value) for value in self._names(headers)]
        answered = pick(PREFLIGHT_STATUSES)
        if answered in REDIRECTS and self._random.random() < 0.7:
            asked.append(("Location", urls[0]))
        return head(answered, asked), head(status, fields)

    def _allowing(self, origin: str, likely: float) -> list[Field]:
        """What lets pages of this origin read, or mostly does."""
        pick = self._random.choice
        right = self._random.random() < likely
        origins = [origin] if right else self._wrong(origin)
        credentials = ["true"] if right else pick([["true"]] * 8 + WRONG_CREDENTIALS)
        spelled = [pick([ORIGIN, ORIGIN, ORIGIN, ORIGIN.lower()]) for _ in origins]
        return [*zip(spelled, origins, strict=True)] + [
            ("Access-Control-Allow-Credentials", value) for value in credentials
        ]

    def _wrong(self, origin: str) -> list[str]:
        pick = self._random.choice
        near = [
            f"{origin}/",
            origin.upper(),
            f"{origin} x",
            f"{origin}, {origin}",
            f"{origin}\t",
            f"blob:{origin}",
        ]
        return pick(
            [[origin], ["*"], [], [origin, origin], ["*", origin], ["", origin], [origin, ""], [pick(near)]]
            + [[pick(WRONG_ORIGINS)]] * 8
        )

    def _methods(self, method: str) -> list[str]:
        lists = [
            [],
            ["PUT, DELETE, PATCH"],
            ["PUT; DELETE"],
            ["PUT DELETE"],
            ["@bad"],
            ["put"],
            [method.lower()],
            ["GET"],
            [""],
        ]
        lists += [
            [f", {method} ,,"],
            ["PUT", method],
            [f"{method},b@d"],
            ['"PUT"'],
            ["*,PUT"],
            [" "],
            [f"PUT\t,{method}"],
        ]
        return self._random.choice([[method]] * 8 + [["*"]] * 4 + [*lists, ["P\u00dcT"], ["(x)"]])

    def _names(self, headers: Sequence[Field]) -> list[str]:
        names = ",".join(sorted({name.lower() for name, _ in headers}))
        lists = [
            [],
            [names.upper()],
            ["x-a"],
            ["x-a x-b"],
            ["x-a;x-b"],
            [f"{names},"],
            [f",{names}"],
            ["x-a", names],
            ["@"],
        ]
        lists += [
            ["*, Authorization"],
            [f"{names}, b@d"],
            [""],
            ['"x-a"'],
            ["content-type, authorization, x-a"],
        ]
        return self._random.choice([[names]] * 8 + [["*"]] * 4 + [*lists, ["x-\u00e4"]])

    def _locations(self, url: str) -> list[str]:
        """One line, mostly plain; or the same said otherwise, or no way at all."""
        pick, chance = self._random.choice, self._random.random()
        if chance < 0.06:
            return [url.replace("://", f"://{pick(['u:p', 'u', ':p'])}@")]
        if chance < 0.1:
            return pick([[pick(NOWHERE)], [url, "/x"], ["", url], [url, url], [""], []])
        if chance < 0.25:
            rest = url.partition("://")[2]
            return [pick([f"//{rest}", f"http:\\\\{rest}", f"http:///{rest}", f"HTTP://{rest}", f" {url}\t", f"{url}#\u00e9 x", f"http://:@{rest}",
                          url.replace("127.0.0.1", "0x7f.1"), url.replace("localhost", "%6CocalHost")])]  # fmt: skip
        return [url]


def head(status: int, fields: Sequence[Field]) -> bytes:
    """An answer without a body, with these fields byte for byte."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields)
    return f"HTTP/1.1 {status} X\r\n{lines}Content-Length: 0\r\nConnection: close\r\n\r\n".encode("latin-1")
