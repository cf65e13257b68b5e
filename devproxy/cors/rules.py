"""What a policy may say: every mistake, located and named, with what to write instead.

Each function reads one setting as it was written, tells a `Report` what is wrong with it, and returns what is left.
This module must not know how a policy answers.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from devproxy.cors.names import (
    ANSWERABLE_METHODS,
    ANY,
    FORBIDDEN_METHODS,
    FORBIDDEN_REQUEST_HEADERS,
    FORBIDDEN_REQUEST_PREFIXES,
    FORBIDDEN_RESPONSE_HEADERS,
    NORMALISED_METHODS,
    PREFLIGHT_RESPONSE_HEADERS,
    REQUEST_HEADERS,
    RESPONSE_HEADERS,
    SAFELISTED_METHODS,
)
from devproxy.cors.origin import NULL, OriginPattern, shown
from devproxy.cors.spelling import DEFAULT_PORTS
from devproxy.headers import is_token, list_elements
from devproxy.problems import Place, Problem, Severity, nearest

LONGEST_AGE = 86_400  # what Firefox caps it at; Chromium keeps an answer for 7200 seconds, WebKit for 600

_TWINS = {"localhost": "127.0.0.1", "127.0.0.1": "localhost"}

_EVERYTHING = frozenset({"all", "any"})
_ANY_HOST = re.compile(r"[a-z*]+://\*(:[0-9*]*)?/?")

_EXAMPLE = 'write allow_origins: ["http://localhost:5173"], or leave it out for all local pages'

_BROWSERS_OWN = "is set by the browser, never by a page"

Path = tuple[str | int, ...]


@dataclass(slots=True)
class Report:
    """The problems of one policy, in the order in which they were found."""

    place: Place | None
    problems: list[Problem] = field(default_factory=list)

    def error(self, path: Path, code: str, message: str, hint: str) -> None:
        self._add("error", path, code, message, hint)

    def warning(self, path: Path, code: str, message: str, hint: str) -> None:
        self._add("warning", path, code, message, hint)

    @property
    def has_errors(self) -> bool:
        return any(problem.severity == "error" for problem in self.problems)

    def _add(self, severity: Severity, path: Path, code: str, message: str, hint: str) -> None:
        self.problems.append(Problem(code, message, hint, path, self.place, severity))


@dataclass(frozen=True, slots=True)
class Listed:
    """The origins that a policy lists, by their index in the list; `star` is the index of `*`."""

    star: int | None
    patterns: Mapping[int, OriginPattern]


def origins(report: Report, value: object, *, local: bool) -> Listed:
    """The listed origins; somebody must be allowed, be it only the `local` ones."""
    key = "allow_origins"
    if not local and (value is None or value in ([], ())):
        report.error((key,), "no_origin", f"{key} is empty: no page could read any answer", _EXAMPLE)
    texts = {} if value is None else _texts(report, key, value)
    star = next((index for index, text in texts.items() if text == ANY), None)
    patterns: dict[int, OriginPattern] = {}
    seen: set[OriginPattern] = set()
    for index, text in texts.items():
        read = NULL if text == ANY else OriginPattern.parse(text, path=(key, index), place=report.place)
        if isinstance(read, Problem):
            report.problems.append(replace(read, hint=_origins_hint(text) or read.hint))
        elif read in seen:
            report.warning((key, index), "duplicate", f"{text!r} is listed twice", "remove one")
        elif text != ANY:
            seen.add(read)
            patterns[index] = read
            _judge_scheme(report, index, read)
    if star is not None and patterns:
        message = "'*' beside other origins: any page may read; naming some lets only those open WebSockets"
        report.warning((key, star), "any_beside_others", message, "list either '*' or origins")
    return Listed(star, patterns)


def credentials(report: Report, value: object, listed: Listed) -> bool:
    """Whether pages may send credentials: by default yes, but not where `*` is listed."""
    if value is not None and not isinstance(value, bool):
        message = f"allow_credentials is true or false, found {_repr(value)}"
        report.error(("allow_credentials",), "type", message, "write true or false")
    allowed = value if isinstance(value, bool) else listed.star is None
    if allowed and listed.star is not None:
        message = "'*' together with allow_credentials: true is refused by every browser"
        hint = "list the origins, as in http://localhost:5173, or remove allow_credentials"
        report.error(("allow_origins", listed.star), "any_credentials", message, hint)
    for index, pattern in listed.patterns.items():
        _judge_null(report, index, pattern, allowed)
        if allowed:
            _judge_exposure(report, index, pattern)
    return allowed


def twins(report: Report, listed: Listed) -> None:
    """Warn of `localhost` without 127.0.0.1, and the reverse: one server, two origins."""
    patterns = listed.patterns.values()
    for index, pattern in listed.patterns.items():
        twin = _twin(pattern)
        if twin is None or twin in patterns or any(other.matches(str(twin)) for other in patterns):
            continue
        message = f"{str(pattern)!r} is listed and {str(twin)!r} is not: to browsers they are two origins"
        report.warning(("allow_origins", index), "loopback_twin", message, f"add {twin}")


def methods(report: Report, value: object) -> tuple[str, ...]:
    """The methods that preflights allow: `*` alone, or the safelisted ones followed by the listed others."""
    texts = _texts(report, "allow_methods", value)
    read = [_method(report, ("allow_methods", index), text) for index, text in texts.items() if text != ANY]
    if ANY in texts.values():
        return (ANY,)
    return tuple(dict.fromkeys([*SAFELISTED_METHODS, *(method for method in read if method)]))


def request_headers(report: Report, value: object) -> tuple[str, ...]:
    """The request header names that preflights allow, in lower case: `*` alone, or the listed ones."""
    texts = _texts(report, "allow_headers", value)
    for index, text in texts.items():
        _judge_name(report, ("allow_headers", index), text, _request_header_fault(text.lower()))
    names = dict.fromkeys(text.lower() for text in texts.values())
    return (ANY,) if ANY in names else tuple(names)


def exposed_headers(report: Report, value: object) -> tuple[str, ...]:
    """The response header names that pages may read: `*` alone, or the listed ones, once each."""
    texts = _texts(report, "expose_headers", value)
    for index, text in texts.items():
        _judge_name(report, ("expose_headers", index), text, _exposed_header_fault(text.lower()))
    names: dict[str, str] = {}
    for text in texts.values():
        names.setdefault(text.lower(), text)
    return (ANY,) if ANY in names else tuple(names.values())


def max_age(report: Report, value: object) -> int:
    """How many seconds browsers may keep the answer to a preflight."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LONGEST_AGE:
        return value
    message = f"max_age is a whole number of seconds from 0 to {LONGEST_AGE}, found {_repr(value)}"
    hint = "write 0 in development: a kept answer outlives the policy"
    report.error(("max_age",), "max_age", message, hint)
    return 0


def _judge_scheme(report: Report, index: int, pattern: OriginPattern) -> None:
    """Apps and extensions have schemes of their own; a misspelled http is none of theirs."""
    scheme = pattern.origin.scheme if pattern.origin else "http"
    meant = nearest(scheme, DEFAULT_PORTS)
    if meant and meant != scheme:
        message = (
            f"no page has the scheme {scheme}: {str(pattern)!r} never matches the browser's Origin header"
        )
        hint = f"write {meant}{str(pattern).removeprefix(scheme)}"
        report.error(("allow_origins", index), "origin", message, hint)


def _judge_null(report: Report, index: int, pattern: OriginPattern, allowed: bool) -> None:
    if pattern.origin is not None:
        return
    path, hint = ("allow_origins", index), "serve the page from http://localhost and list that"
    who = "'null' is the origin of every sandboxed frame, data: page and opened file"
    if allowed:
        message = f"{who}: with credentials, any site could act as the user"
        report.error(path, "null_credentials", message, f"write allow_credentials: false, or {hint}")
    else:
        report.warning(path, "null", f"{who}: any site can have it", hint)


def _judge_exposure(report: Report, index: int, pattern: OriginPattern) -> None:
    """Who else, besides the page that was meant, would be trusted with the user's cookies?"""
    origin, path = pattern.origin, ("allow_origins", index)
    if origin is None or origin.is_loopback:
        return
    trusts = f"{str(pattern)!r} with credentials trusts"
    if pattern.subdomains and "." not in origin.host.removesuffix("."):
        message = f"{trusts} whoever registers a name below .{origin.host}"
        hint = f"write {origin.scheme}://*.example.{origin.host}, with your own name"
        report.error(path, "public_suffix", message, hint)
    if origin.scheme == "http":
        message = f"{trusts} whoever is on the way: over http, anyone there can be that page"
        report.warning(path, "insecure_origin", message, "use https, or only networks that you trust")


def _twin(pattern: OriginPattern) -> OriginPattern | None:
    origin = pattern.origin
    if (
        origin is None
        or pattern.subdomains
        or origin.host not in _TWINS
        or origin.scheme not in DEFAULT_PORTS
    ):
        return None
    return replace(pattern, origin=replace(origin, host=_TWINS[origin.host]))


def _method(report: Report, path: Path, text: str) -> str | None:
    """The method as browsers send it, if pages may use it and the listener takes it."""
    method = text.upper() if text.upper() in NORMALISED_METHODS else text
    if method in ANSWERABLE_METHODS:
        return method
    name = shown(repr(text))
    if not is_token(text):
        report.error(path, "method", f"{name} is not a method", _one_each(text, "PUT"))
    elif text.upper() in FORBIDDEN_METHODS:
        report.error(path, "method_forbidden", f"{name} is a method that no page may use", "remove it")
    elif text.upper() == "PATCH":
        message = f"{name} is not PATCH: case counts in methods, and the listener takes no {name}"
        report.warning(path, "method_case", message, "did you mean PATCH? write it so here and in fetch()")
    elif text.lower() in _EVERYTHING:
        report.error(path, "method_unknown", f"{name} is no method", 'write "*"')
    else:
        meant = nearest(text.upper(), sorted(ANSWERABLE_METHODS))
        hint = f"did you mean {meant}?" if meant else "use a registered method"
        report.error(path, "method_unknown", f"{name} is a method that the listener does not take", hint)
    return None


def _judge_name(report: Report, path: Path, text: str, fault: tuple[str, str] | None) -> None:
    if not is_token(text):
        report.error(
            path, "header", f"{shown(repr(text))} is not a header name", _one_each(text, "X-Request-Id")
        )
    elif ANY in text and text != ANY:
        message = f"{shown(repr(text))} is no pattern: a star stands alone, for every name"
        report.error(path, "header", message, 'write "*", or whole names')
    elif fault:
        why, hint = fault
        report.error(path, "header_forbidden", f"{shown(repr(text))} {why}", hint)


def _request_header_fault(name: str) -> tuple[str, str] | None:
    if name in {"cookie", "cookie2"}:
        return _BROWSERS_OWN, "remove it; cookies travel with allow_credentials: true"
    if name in FORBIDDEN_REQUEST_HEADERS or name.startswith(FORBIDDEN_REQUEST_PREFIXES):
        return _BROWSERS_OWN, "remove it"
    if name in RESPONSE_HEADERS:
        return "is a response header, and allow_headers lists what requests may carry", "remove it"
    return None


def _exposed_header_fault(name: str) -> tuple[str, str] | None:
    if name in FORBIDDEN_RESPONSE_HEADERS:
        return "is never readable by a page", "remove it; the browser stores cookies itself"
    if name in REQUEST_HEADERS:
        return "is a request header, and expose_headers lists what pages may read of responses", "remove it"
    if name in PREFLIGHT_RESPONSE_HEADERS:
        return "answers preflights, which pages never see", "remove it"
    return None


def _texts(report: Report, key: str, value: object) -> dict[int, str]:
    """The texts of a list by their index."""
    if not isinstance(value, Sequence) or isinstance(value, str | bytes):
        elements = list_elements(value) if isinstance(value, str) else []
        example = f"{key}: {json.dumps(elements, ensure_ascii=False)}" if elements else "a list of texts"
        report.error((key,), "type", f"{key} is a list, found {_repr(value)}", f"write {example}")
        return {}
    for index, element in enumerate(value):
        if not isinstance(element, str):
            message = f"{key} lists texts, found {_repr(element)}"
            report.error((key, index), "type", message, f'put it in quotes: "{shown(str(element))}"')
    return {index: element for index, element in enumerate(value) if isinstance(element, str)}


def _one_each(text: str, example: str) -> str:
    elements = list_elements(text)
    if len(elements) > 1 and all(is_token(element) for element in elements):
        return f"list them one by one: {json.dumps(elements)}"
    name = text.partition(":")[0]
    return f"write {name}" if is_token(name) and name != text else f"write a single name such as {example}"


def _origins_hint(text: str) -> str:
    """What to write instead of an item that is several origins, or a word for all of them."""
    if text.lower() in _EVERYTHING or _ANY_HOST.fullmatch(text):
        return 'write "*" for every page, or name them, as in http://localhost:5173'
    elements = text.replace(",", " ").split()
    if len(elements) > 1 and all(
        isinstance(OriginPattern.parse(element), OriginPattern) for element in elements
    ):
        return f"list them one by one: {json.dumps(elements)}"
    return ""


def _repr(value: object) -> str:
    return shown(repr(value))
