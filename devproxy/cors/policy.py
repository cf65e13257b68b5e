"""The CORS protocol as a server speaks it (Fetch, CORS protocol): a request's head in, the answer of a policy out.

This module touches nothing and decides nothing else: what is forwarded, refused or logged is up to those who ask.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from types import MappingProxyType

from devproxy.cors import rules
from devproxy.cors.answer import CREDENTIALS, NO_GRANT, Answer, Grant, Preflight, Refusal
from devproxy.cors.names import ANSWERABLE_METHODS, ANY
from devproxy.cors.origin import LOCAL_ORIGINS, NULL, Origin, OriginPattern, shown
from devproxy.errors import PolicyError
from devproxy.headers import Field, Headers, is_token, list_elements
from devproxy.message import RequestHead
from devproxy.problems import Place, Problem
from devproxy.recent import Kept

__all__ = ["Answer", "CorsPolicy", "Grant", "Preflight", "Refusal"]

# Judged before Access-Control-Request-Headers is split: browsers ask for the few names that a page sets, while 1 MiB of
# commas once cost a server 120 MB (GO-2024-2883). A header line may have 8 KiB, and there may be many.
LONGEST_QUESTION = 4096
MOST_NAMES = 128

# More pages than anybody develops; a pattern lets in any number.
_MOST_GRANTS = 64

_PREFLIGHT_VARY = ("Vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers")


@dataclass(frozen=True, slots=True, repr=False)
class CorsPolicy:
    """Which pages may read answers, with which methods and headers; made by `build`, which refuses unsafe ones.

    `any_origin` is `*`, `local` the pages of this machine, `allow_origins` those that are named. Methods, request headers
    and exposed headers are complete lists, or `*` alone. `places` tells where a file says so, by key.
    """

    allow_origins: tuple[OriginPattern, ...]
    any_origin: bool
    local: bool
    allow_credentials: bool
    allow_methods: tuple[str, ...] = (ANY,)
    allow_headers: tuple[str, ...] = (ANY,)
    expose_headers: tuple[str, ...] = (ANY,)
    max_age: int = 0
    places: Mapping[str, Place] = field(default_factory=dict, compare=False)
    warnings: tuple[Problem, ...] = field(default=(), compare=False)
    _exact: frozenset[str] = field(init=False, compare=False)
    _patterns: tuple[OriginPattern, ...] = field(init=False, compare=False)
    _grants: Kept[str, Grant] = field(init=False, compare=False)

    @classmethod
    def build(
        cls,
        *,
        allow_origins: Sequence[str] | None = None,
        allow_methods: Sequence[str] = (ANY,),
        allow_headers: Sequence[str] = (ANY,),
        expose_headers: Sequence[str] = (ANY,),
        allow_credentials: bool | None = None,
        max_age: int = 0,
        local: bool | None = None,
        places: Mapping[str, Place] = MappingProxyType({}),
    ) -> "CorsPolicy":
        """Make the policy that these settings describe; without `allow_origins`, for the pages of this machine.

        `local` adds those to the listed ones, as `*` does. Raises PolicyError with every problem at once.
        """
        report = rules.Report(places.get("allow_origins"))
        by_default = allow_origins is None if local is None else local
        listed = rules.origins(report, allow_origins, local=by_default)
        local = by_default or (local is None and listed.star is not None)
        if not local and listed.star is None:
            rules.twins(report, listed)
        credentials = rules.credentials(report, allow_credentials, listed)
        methods = rules.methods(report, allow_methods)
        request_headers = rules.request_headers(report, allow_headers)
        exposed_headers = rules.exposed_headers(report, expose_headers)
        age = rules.max_age(report, max_age)
        if report.has_errors:
            raise PolicyError(report.problems)
        return cls(
            allow_origins=tuple(dict.fromkeys(listed.patterns.values())),
            any_origin=listed.star is not None,
            local=local,
            allow_credentials=credentials,
            allow_methods=methods,
            allow_headers=request_headers,
            expose_headers=exposed_headers,
            max_age=age,
            places=places,
            warnings=tuple(report.problems),
        )

    def __post_init__(self) -> None:
        if self.allow_credentials and (self.any_origin or NULL in self.allow_origins):
            raise ValueError("credentials are for pages with a name: neither for * nor for null")
        named = self.allow_origins + (LOCAL_ORIGINS if self.local else ())
        object.__setattr__(self, "_exact", frozenset(str(pattern) for pattern in named if pattern.is_exact))
        object.__setattr__(self, "_patterns", tuple(pattern for pattern in named if not pattern.is_exact))
        object.__setattr__(self, "_grants", Kept(_MOST_GRANTS))

    def __repr__(self) -> str:
        origins = [ANY] * self.any_origin + [str(pattern) for pattern in self.allow_origins]
        settings: tuple[tuple[str, object, object], ...] = (
            ("allow_origins", origins, []),
            ("allow_methods", list(self.allow_methods), [ANY]),
            ("allow_headers", list(self.allow_headers), [ANY]),
            ("expose_headers", list(self.expose_headers), [ANY]),
            ("allow_credentials", self.allow_credentials, not self.any_origin),
            ("max_age", self.max_age, 0),
            ("local", self.local, self.any_origin or not origins),
        )
        told = [f"{name}={value!r}" for name, value, default in settings if value != default]
        return f"CorsPolicy.build({', '.join(told)})"

    @property
    def place(self) -> Place | None:
        """Where a further origin would be listed, if a file lists any."""
        return self.places.get("allow_origins")

    @property
    def example_origin(self) -> str | None:
        """One origin that the policy names, if it names one exactly."""
        return next(
            (str(pattern) for pattern in self.allow_origins if pattern.origin and pattern.is_exact), None
        )

    def named_only(self) -> "CorsPolicy":
        """Make the policy for a route with a secret of its own: for the origins that are named, and no others."""
        return replace(self, any_origin=False, local=False)

    def naming(self, origin: str) -> "CorsPolicy":
        """Make the policy that names `origin` as well; a text that is no origin changes nothing."""
        pattern = OriginPattern.parse(origin)
        if isinstance(pattern, Problem) or not pattern.is_exact or pattern == NULL:
            return self
        return replace(self, allow_origins=(*self.allow_origins, pattern))

    def allows(self, origin: str) -> bool:
        """Whether pages of `origin` may read answers."""
        return self.knows(origin) or (
            self.any_origin and (origin == "null" or Origin.parse(origin) is not None)
        )

    def knows(self, origin: str) -> bool:
        """Whether `origin` is named, matched by a pattern or local: `*` allows everybody and knows nobody."""
        if origin in self._exact:
            return True
        asked = Origin.parse(origin)
        return asked is not None and any(pattern.covers(asked) for pattern in self._patterns)

    def answer(self, head: RequestHead) -> Answer:
        """Answer a CORS request (Fetch, HTTP requests): a preflight wholly, an actual request with a grant."""
        headers = head.headers
        if (
            head.method == "OPTIONS"
            and "origin" in headers
            and any(headers.lines("access-control-request-method"))
        ):
            return self._preflight(headers)
        return self.grant(head)

    def grant(self, head: RequestHead) -> Grant:
        """Answer as an actual request, whatever `head` is: for the proxy's own responses.

        Where any page may read, nothing depends on the Origin, so that caches can keep one response for all.
        """
        origins = head.headers.lines("origin")
        origin = ANY if self.any_origin else origins[0] if len(origins) == 1 else ""
        return self._grants.get(origin) or self._granted(origin)

    def _granted(self, origin: str) -> Grant:
        if not self.any_origin and not self.knows(origin):
            return NO_GRANT
        vary = not self.any_origin  # and only then there may be credentials
        grant = Grant(origin, self.allow_credentials, self.expose_headers, vary, allowed=True)
        return self._grants.keep(origin, grant)

    def refuse(self, method: str, names: Sequence[str]) -> Refusal | None:
        """Why pages that may read may not use this method with these headers (names in lower case), or None."""
        if method not in self._methods_for(method):
            return Refusal("method", shown(method))
        allowed = self._names_for(names)
        refused = [name for name in names if name not in allowed]
        return Refusal("header", shown(", ".join(refused))) if refused else None

    def _preflight(self, headers: Headers) -> Preflight:
        origin, method = (
            ", ".join(headers.lines(name)) for name in ("origin", "access-control-request-method")
        )
        lines = headers.lines("access-control-request-headers")
        names = _asked_names(lines)
        answered = partial(
            Preflight, origin=shown(origin), method=shown(method), asked=tuple(map(shown, names or ()))
        )
        if not self.allows(origin):
            fields = self._counterexample(headers.lines("origin"))
            return answered(403, Headers(fields), refusal=Refusal("origin", shown(origin)))
        refusal = self.refuse(method, names or ())
        if refusal is None and names is None:
            refusal = Refusal("header", shown(lines[0]))
        allowed = self._permission(origin, self._methods_for(method), self._names_for(names or ()))
        return answered(204, Headers(allowed), refusal=refusal)

    def _permission(self, origin: str, methods: Sequence[str], names: Sequence[str]) -> Iterator[Field]:
        """The whole truth, also where it is not what was asked for: browsers then name what is missing."""
        yield "Access-Control-Allow-Origin", ANY if self.any_origin else origin
        if self.allow_credentials:
            yield CREDENTIALS
        if methods:
            yield "Access-Control-Allow-Methods", ", ".join(methods)
        if names:
            yield "Access-Control-Allow-Headers", ", ".join(names)
        yield "Access-Control-Max-Age", str(self.max_age)
        yield _PREFLIGHT_VARY

    def _counterexample(self, origins: Sequence[str]) -> Iterator[Field]:
        """An origin that is allowed instead of the asking one: consoles print both, rather than "no header"."""
        if self.example_origin and self.example_origin not in origins:
            yield "Access-Control-Allow-Origin", self.example_origin
        yield _PREFLIGHT_VARY

    def _methods_for(self, asked: str) -> tuple[str, ...]:
        if self.allow_methods != (ANY,):
            return self.allow_methods
        return (asked,) if asked in ANSWERABLE_METHODS else ()

    def _names_for(self, asked: Sequence[str]) -> tuple[str, ...]:
        """The allowed header names; a name `*` is never echoed, because browsers read it as every name."""
        if self.allow_headers != (ANY,):
            return self.allow_headers
        return tuple(name for name in asked if is_token(name) and name != ANY)


def _asked_names(lines: Sequence[str]) -> tuple[str, ...] | None:
    """The names in Access-Control-Request-Headers, in lower case, once each; None where there are too many."""
    size = sum(map(len, lines))
    if size > LONGEST_QUESTION or sum(line.count(",") + 1 for line in lines) > MOST_NAMES:
        return None
    return tuple(dict.fromkeys(name.lower() for line in lines for name in list_elements(line)))
