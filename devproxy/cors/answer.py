"""What a policy answers (Fetch, HTTP responses), as values, and how a grant changes the fields of a response.

This module must not know policies.
"""

from dataclasses import dataclass
from typing import Literal

from devproxy.cors.names import (
    ANY,
    FORBIDDEN_RESPONSE_HEADERS,
    RESPONSE_HEADERS,
    SAFELISTED_RESPONSE_HEADERS,
)
from devproxy.headers import Field, Headers, is_token, list_elements

_EXPOSE = "access-control-expose-headers"
# The policy's business, so the target's word does not count. Private Network Access is no longer asked for by browsers.
_REPLACED = RESPONSE_HEADERS - {_EXPOSE} | {"access-control-allow-private-network"}
_NOT_EXPOSED = FORBIDDEN_RESPONSE_HEADERS | SAFELISTED_RESPONSE_HEADERS

CREDENTIALS = ("Access-Control-Allow-Credentials", "true")


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a page asks for and the policy does not allow; `value` is bounded and safe to print."""

    code: Literal["origin", "method", "header"]
    value: str


@dataclass(frozen=True, slots=True)
class Preflight:
    """The whole answer to a CORS-preflight request, which is never forwarded.

    The questions `origin`, `method` and `asked` (header names) are kept for the log, bounded and safe to print.
    """

    status: Literal[204, 403]
    headers: Headers
    origin: str
    method: str
    asked: tuple[str, ...]
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """What the response to an actual request says to the page that asked.

    `expose` may be `*`: every header that the response has. `vary` says that other origins get other answers.
    """

    allow_origin: str | None
    credentials: bool
    expose: tuple[str, ...]
    vary: bool
    allowed: bool

    def apply(self, headers: Headers) -> Headers:
        """The fields of a response as the browser must see them: the policy's CORS fields instead of the target's."""
        kept: list[Field] = []
        vary: list[str] = []
        exposed: list[str] = []
        present: dict[str, str] = {}
        for header in headers:
            name = header[0].lower()
            if name == _EXPOSE:
                exposed += list_elements(header[1])
            elif name not in _REPLACED:
                kept.append(header)
                if name == "vary":
                    vary.append(header[1])
                if name not in _NOT_EXPOSED:
                    present.setdefault(name, header[0])
        kept += self._own_fields(exposed, present)
        return Headers(_with_vary(kept, vary) if self.vary else kept)

    def _own_fields(self, exposed: list[str], present: dict[str, str]) -> list[Field]:
        if self.allow_origin is None:
            return []
        fields = [("Access-Control-Allow-Origin", self.allow_origin)]
        if self.credentials:
            fields.append(CREDENTIALS)
        own = present if self.expose == (ANY,) else {name.lower(): name for name in self.expose}
        # One name that is no token spoils the whole list for browsers; `*` is only a name where credentials are on;
        # cookies stay unreadable whatever is said.
        readable = {
            name.lower(): name
            for name in exposed
            if is_token(name)
            and not (name == ANY and self.credentials)
            and name.lower() not in FORBIDDEN_RESPONSE_HEADERS
        }
        if names := readable | own:
            fields.append(("Access-Control-Expose-Headers", ", ".join(names.values())))
        return fields


# Nobody asked, or somebody who may not; the next one who asks may get another answer.
NO_GRANT = Grant(allow_origin=None, credentials=False, expose=(), vary=True, allowed=False)

Answer = Preflight | Grant


def _with_vary(fields: list[Field], values: list[str]) -> list[Field]:
    """The fields with Origin in a single Vary; the lines stay as they are where they say it already (RFC 9110, 12.5.5)."""
    elements = [element for value in values for element in list_elements(value)]
    if any(element.lower() in {ANY, "origin"} for element in elements):
        return fields
    others = [field for field in fields if field[0].lower() != "vary"] if values else fields
    return [*others, ("Vary", ", ".join([*elements, "Origin"]))]
