"""A request as a page makes it (Fetch, Requests), and whether a preflight has to go before it.

Written from the standard and as Chromium and Firefox do it; what a server allows is no concern of this module.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Literal

from devproxy.browser.url import origin_of
from devproxy.headers import Field, Headers, is_token
from devproxy.message import RequestHead

Credentials = Literal["omit", "same-origin", "include"]
Mode = Literal["cors", "no-cors", "same-origin"]
Redirect = Literal["follow", "error", "manual"]
Browser = Literal["chromium", "firefox"]

# Fetch, Methods.
_SAFELISTED_METHODS = frozenset({"GET", "HEAD", "POST"})
_NORMALIZED_METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"})
_FORBIDDEN_METHODS = frozenset({"CONNECT", "TRACE", "TRACK"})

# Fetch, Forbidden request-headers: what script sets under these names is dropped without a word.
_FORBIDDEN = """
    accept-charset accept-encoding access-control-request-headers access-control-request-method connection content-length
    cookie cookie2 date dnt expect host keep-alive origin referer set-cookie te trailer transfer-encoding upgrade via
"""
_FORBIDDEN_NAMES = frozenset(_FORBIDDEN.split())
_FORBIDDEN_PREFIXES = ("proxy-", "sec-")
#: names that browsers add by themselves, after they have decided about a preflight, or that proxies on the way do
BROWSERS_OWN = _FORBIDDEN_NAMES | {
    "user-agent", "cache-control", "pragma", "priority", "if-none-match", "if-modified-since", "if-range",
    "upgrade-insecure-requests", "proxy-connection", "x-forwarded-for", "forwarded", "x-real-ip",
}  # fmt: skip
_METHOD_OVERRIDES = frozenset({"x-http-method", "x-http-method-override", "x-method-override"})
#: Fetch, Request-body-header names: they go with the body when a redirect turns a request into a GET.
BODY_HEADERS = frozenset({"content-encoding", "content-language", "content-location", "content-type"})

# Fetch, Headers: bytes but NUL and line ends; blanks around do not count.
_BLANK = "\t\n\r "
_IS_VALUE = re.compile(r"[\x01-\x09\x0b\x0c\x0e-\xff]*").fullmatch
# Fetch, no-CORS-safelisted request-header names.
_WITHOUT_CORS = frozenset({"accept", "accept-language", "content-language", "content-type"})

# Fetch, CORS-safelisted request-headers: within these limits of bytes.
_LONGEST_VALUE = 128
_LONGEST_TOGETHER = 1024
_UNSAFE_BYTES = re.compile(r"[\x00-\x08\x0a-\x1f\"():<>?@\[\\\]{}\x7f]")
_LANGUAGE = re.compile(r"[0-9A-Za-z *,\-.;=]*")
_RANGE = re.compile(r"bytes=(\d+)-(\d*)")
_FORM_TYPES = frozenset({"application/x-www-form-urlencoded", "multipart/form-data", "text/plain"})


_Check = Callable[[str], Iterator[str]]


@dataclass(frozen=True, slots=True)
class PageRequest:
    """What script asks for: `headers` are those that it set, `origin` is its page's as serialised (HTML, Origin).

    `listens` says that an XMLHttpRequest watches its upload, which asks for a preflight by itself (the use-CORS-preflight
    flag). Raises ValueError where the browser throws before anything is sent.
    """

    url: str
    origin: str
    method: str = "GET"
    headers: Headers = field(default_factory=Headers)
    credentials: Credentials = "same-origin"
    mode: Mode = "cors"
    redirect: Redirect = "follow"
    listens: bool = False

    def __post_init__(self) -> None:
        if not is_token(self.method):
            raise ValueError(f"{self.method!r} is no method")
        if self.method.upper() in _FORBIDDEN_METHODS:
            raise ValueError(f"browsers send no {self.method.upper()} for a page")
        if self.mode == "no-cors" and self.normalized_method not in _SAFELISTED_METHODS:
            raise ValueError(f"mode no-cors is for GET, HEAD and POST, not for {self.method}")
        for name, value in self.headers:
            if not is_token(name):
                raise ValueError(f"{name!r} is no name of a header")
            if not _IS_VALUE(value.strip(_BLANK)):
                raise ValueError(f"{value!r} is no value of a header")

    @property
    def normalized_method(self) -> str:
        """The method as it is sent (Fetch, normalize): `patch` is not among the six that are upper-cased."""
        upper = self.method.upper()
        return upper if upper in _NORMALIZED_METHODS else self.method

    @property
    def own_headers(self) -> Headers:
        """The headers of script's that are sent, one line for each name; forbidden ones are not."""
        values: dict[str, list[str]] = {}
        spelling: dict[str, str] = {}
        for name, value in self.headers:
            spelling.setdefault(name.lower(), name)
            values.setdefault(name.lower(), []).append(value.strip(_BLANK))
        fields = [(spelling[name], ", ".join(lines)) for name, lines in values.items()]
        allowed = [field for field in fields if not _is_forbidden(field[0].lower(), field[1])]
        return Headers(field for field in allowed if self.mode != "no-cors" or _is_safe_without_cors(*field))

    @property
    def is_cross_origin(self) -> bool:
        """Whether the URL is of another origin than the page."""
        return origin_of(self.url) != self.origin or self.origin == "null"

    def onward(self, url: str, *, as_get: bool, browser: Browser) -> "PageRequest":
        """The request that follows a redirect to `url` (Fetch, HTTP-redirect fetch)."""
        dropped = (
            set(_FOR_THE_PAGES_OWN) if browser == "chromium" and origin_of(url) != self.origin else set()
        )
        if as_get:
            dropped |= BODY_HEADERS
        if origin_of(url) != origin_of(self.url):
            dropped.add("authorization")
        return replace(
            self, url=url, method="GET" if as_get else self.method, headers=self.headers.without(dropped)
        )


@dataclass(frozen=True, slots=True)
class Cause:
    """One thing about a request that a form could not have done, so that the server is asked first.

    `name` is the method or the header, in lower case; `why` says what is wrong with a header's value, if its name is
    safelisted.
    """

    kind: Literal["method", "header", "upload"]
    name: str = ""
    why: str = ""

    def __str__(self) -> str:
        if self.kind == "upload":
            return "the upload is watched"
        return f"{self.kind} {self.name}" + (f" ({self.why})" if self.why else "")


@dataclass(frozen=True, slots=True)
class Preflight:
    """The question before a request (Fetch, CORS-preflight fetch): because of what, and for which header names."""

    causes: tuple[Cause, ...]
    method: str
    names: tuple[str, ...]

    @property
    def fields(self) -> tuple[Field, ...]:
        """What the OPTIONS request asks."""
        asked: tuple[Field, ...] = (("Access-Control-Request-Method", self.method),)
        return (*asked, ("Access-Control-Request-Headers", ",".join(self.names))) if self.names else asked


def preflight_for(request: PageRequest, browser: Browser = "chromium") -> Preflight | None:
    """The preflight that a cross-origin request in mode cors needs, or None where it is sent straight away."""
    return _preflight(request.normalized_method, request.own_headers, browser, listens=request.listens)


def preflight_behind(head: RequestHead) -> Preflight | None:
    """The preflight that a page's request on the wire has had before it; None where it needed none.

    What browsers add by themselves, and proxies on the way, was not asked for.
    """
    return _preflight_behind(head.method, head.headers)


# A page sends the same fields with each request of a kind.
@lru_cache(maxsize=64)
def _preflight_behind(method: str, headers: Headers) -> Preflight | None:
    set_by_script = Headers(field for field in headers if not _is_added(field[0].lower()))
    return _preflight(method, set_by_script, "chromium")


def _preflight(method: str, headers: Headers, browser: Browser, *, listens: bool = False) -> Preflight | None:
    unsafe = dict(_unsafe_headers(headers, browser))
    causes = [Cause("method", method)] if method not in _SAFELISTED_METHODS else []
    causes += [Cause("header", name, why) for name, why in sorted(unsafe.items())]
    if listens:
        causes.append(Cause("upload"))
    return Preflight(tuple(causes), method, tuple(sorted(unsafe))) if causes else None


def unsafe_because(name: str, value: str, browser: Browser = "chromium") -> str | None:
    """Why a header is not CORS-safelisted (Fetch), or None where it is; `name` counts whatever its case."""
    check = _SAFELISTED[browser].get(name.lower())
    if check is None:
        return "its name is not safelisted"
    if len(value) > _LONGEST_VALUE:
        return f"its value has more than {_LONGEST_VALUE} bytes"
    return next(check(value), None)


def _unsafe_headers(headers: Headers, browser: Browser) -> Iterator[tuple[str, str]]:
    """The CORS-unsafe request-header names, each with what is wrong about it beside its name."""
    safe: dict[str, int] = {}
    for name, value in headers:
        low = name.lower()
        if low == "user-agent" and browser == "chromium":
            continue  # Chromium sends its own
        why = unsafe_because(low, value, browser)
        if why is None:
            safe[low] = len(value)
        else:
            yield low, why if low in _SAFELISTED[browser] else ""
    if sum(safe.values()) > _LONGEST_TOGETHER:
        for low in safe:
            yield low, f"the safelisted values have more than {_LONGEST_TOGETHER} bytes together"


def _is_added(name: str) -> bool:
    return name in BROWSERS_OWN or name.startswith(("sec-", "x-forwarded-"))


def _is_safe_without_cors(name: str, value: str) -> bool:
    return name.lower() in _WITHOUT_CORS and not unsafe_because(name, value)


def _is_forbidden(name: str, value: str) -> bool:
    if name in _METHOD_OVERRIDES:
        return any(method.strip(" \t").upper() in _FORBIDDEN_METHODS for method in value.split(","))
    return name in _FORBIDDEN_NAMES or name.startswith(_FORBIDDEN_PREFIXES)


def _accept(value: str) -> Iterator[str]:
    if _UNSAFE_BYTES.search(value):
        yield "its value has characters that are not safelisted"


def _language(value: str) -> Iterator[str]:
    if not _LANGUAGE.fullmatch(value):
        yield "its value has characters that are not safelisted"


def _content_type(value: str) -> Iterator[str]:
    yield from _accept(value)
    essence = value.partition(";")[0].strip(_BLANK).lower()
    if essence not in _FORM_TYPES:
        yield f"{essence or 'an empty one'} is none of the three types that forms send"


def _ascii(check: _Check) -> _Check:
    """The check of a value that may have no bytes beyond ASCII, either."""

    def checked(value: str) -> Iterator[str]:
        if not value.isascii():
            yield "its value has characters that are not safelisted"
        yield from check(value)

    return checked


def _one_content_type(value: str) -> Iterator[str]:
    if "," in value:
        yield "it is a list"
    yield from _content_type(value)


def _range(highest: int) -> _Check:
    """The check of a range; `highest` is the last number that the browser counts to."""

    def checked(value: str) -> Iterator[str]:
        simple = _RANGE.fullmatch(value)
        if simple is None or not int(simple[1]) <= int(simple[2] or simple[1]) <= highest:
            yield "it is no simple range such as bytes=0-99"

    return checked


def _hint(pattern: str) -> _Check:
    """The check of a client hint."""
    value_is = re.compile(pattern)

    def check(value: str) -> Iterator[str]:
        if not value_is.fullmatch(value):
            yield "it is no value of this client hint"

    return check


_BY_THE_STANDARD = {
    "accept": _accept,
    "accept-language": _language,
    "content-language": _language,
    "content-type": _content_type,
}
# As measured in Chromium 156 and Firefox 153: both count no further than a machine word, Chromium knows client hints, and
# Firefox takes bytes beyond ASCII and a comma in a content type amiss.
_INTEGER, _DECIMAL = "[0-9]+", r"[0-9]+(\.[0-9]+)?"
_CLIENT_HINTS = {
    "device-memory": _hint(_DECIMAL),
    "downlink": _hint(_DECIMAL),
    "dpr": _hint(_DECIMAL),
    "ect": _hint("(slow-2|2|3|4)g"),
    "rtt": _hint(_INTEGER),
    "intervention": _hint(".*"),
    "save-data": _hint("[oO][nN]"),
    "viewport-width": _hint(_INTEGER),
    "width": _hint(_INTEGER),
}
# Chromium leaves these behind with a redirect to another origin than the page's.
_FOR_THE_PAGES_OWN = _CLIENT_HINTS.keys() - {"save-data", "intervention"}
_SAFELISTED: Mapping[Browser, Mapping[str, _Check]] = {
    "chromium": _BY_THE_STANDARD | _CLIENT_HINTS | {"range": _range(2**63 - 2)},
    "firefox": _BY_THE_STANDARD
    | {"accept": _ascii(_accept), "content-type": _ascii(_one_content_type), "range": _range(2**64 - 1)},
}
