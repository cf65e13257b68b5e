"""The shape of a configuration: each key with its type, its default and its documentation, written once.

The values that arrive here are words as they stand in the file, and short forms are long ones already (`forms`): so
every key has exactly one shape, and what a word means is decided by the type below, never by YAML.
"""

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from devproxy.config import meant
from devproxy.config.document import Path
from devproxy.config.given import LogFormat, LogLevel

_TRUE, _FALSE = {"true", "True", "TRUE"}, {"false", "False", "FALSE"}  # YAML 1.2, core schema
_DIGITS = re.compile(r"0|[1-9][0-9]{0,17}")


def _flag(word: object) -> bool:
    text = word if isinstance(word, str) else ""
    if text in _TRUE | _FALSE:
        return text in _TRUE
    raise PydanticCustomError(
        "word", "must be true or false", {"hint": f"write {meant.flag(word) or 'true'}"}
    )


def _whole_number(low: int, high: int, guess: Callable[[str], str]) -> BeforeValidator:
    def read(word: object) -> int:
        if isinstance(word, str) and _DIGITS.fullmatch(word) and low <= int(word) <= high:
            return int(word)
        said = {"low": low, "high": high, "hint": f"write {guess(str(word))}"}
        raise PydanticCustomError("word", "must be a whole number from {low} to {high}", said)

    return BeforeValidator(read)


_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION = re.compile(r"(?:[0-9]{1,9}(?:\.[0-9]{1,3})?(?:ms|s|m|h))+")
_STEP = re.compile(r"([0-9.]+)(ms|s|m|h)")
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")
LONGEST_WAIT = 86_400.0  # a day: nobody sits at a breakpoint for longer


def _duration(word: object) -> float:
    text = word if isinstance(word, str) else ""
    seconds = _seconds(text)
    if 0 < seconds <= LONGEST_WAIT:
        return seconds
    raise PydanticCustomError(
        "word", "must be a duration from 1ms to 24h, such as 30s or 5m", {"hint": _duration_hint(text)}
    )


def _wait(word: object) -> float:
    return 0.0 if word == "0s" else _duration(word)


def _seconds(text: str) -> float:
    """How long a duration is; nothing where the text is none."""
    steps = _STEP.findall(text) if _DURATION.fullmatch(text) else ()
    return sum(float(count) * _UNITS[unit] for count, unit in steps)


def _duration_hint(text: str) -> str:
    if _NUMBER.fullmatch(text) and float(text) > 0:
        # Other tools count in milliseconds.
        units = [unit for unit in ("ms", "s") if 0 < float(text) * _UNITS[unit] <= LONGEST_WAIT]
        told = units if len(text) > 3 else units[-1:]
        return f"{text} what? write {' or '.join(f'{text}{unit}' for unit in told) or '24h'}"
    close = meant.duration(text)
    if not close:
        return "write 5m (the default); units are ms, s, m and h"
    return f"write {close if 0 < _seconds(close) <= LONGEST_WAIT else '24h'}"


_SIZES = (("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1))


def duration(seconds: float) -> str:
    """A duration as it is written: the largest unit that it is a whole number of."""
    milliseconds = round(seconds * 1000)
    if not milliseconds:
        return "0s"
    unit, size = next((unit, size) for unit, size in _SIZES if milliseconds % size == 0)
    return f"{milliseconds // size}{unit}"


def _or_empty(data: Any) -> Any:
    """A mapping whose lines are all commented out is an empty one."""
    return {} if data is None else data


Flag = Annotated[bool, BeforeValidator(_flag)]
Port = Annotated[int, _whole_number(1, 65535, meant.port), Field(ge=1, le=65535)]
# No browser keeps a preflight longer than a day (Firefox; Chromium two hours).
Seconds = Annotated[int, _whole_number(0, 86400, meant.seconds), Field(ge=0, le=86400)]
# Some lists are searched for every request, and compared item by item when they are read.
Words = Annotated[tuple[str, ...], Field(max_length=500)]
Duration = Annotated[float, BeforeValidator(_duration)]
Wait = Annotated[float, BeforeValidator(_wait)]
Fields = Annotated[dict[str, str], BeforeValidator(_or_empty)]


class Section(BaseModel):
    """A mapping with known keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _empty_is_default(cls, data: Any) -> Any:
        return _or_empty(data)

    def given(self) -> dict[str, Any]:
        """The values that the file names, without the defaults."""
        return {
            name: getattr(self, name) for name in type(self).model_fields if name in self.model_fields_set
        }


class TlsSection(Section):
    cert_file: str = Field(
        default="",
        description="File with the listener's certificate (PEM), beside this file: what mkcert writes works as it is.",
    )
    key_file: str = Field(default="", description="File with its key (PEM).")


class ListenSection(Section):
    host: str = Field(
        default="localhost",
        description="Host name or address to listen on; localhost is loopback, IPv4 and IPv6.",
    )
    port: Port = Field(default=8484, description="Port to listen on.")
    allowed_hosts: Words = Field(
        default=(),
        description="Host names taken besides localhost, *.localhost and IP addresses (stops DNS rebinding).",
    )
    tls: TlsSection = Field(default_factory=TlsSection, description="Serve https instead of http.")


class CorsSection(Section):
    allow_origins: Words = Field(
        default=(),
        description="Pages that may read answers: http://localhost:5173, https://*.example.com, http://127.0.0.1:*, *. "
        "Default: any page on http(s)://localhost, *.localhost, 127.0.0.1, [::1], on any port.",
    )
    allow_methods: Words = Field(
        default=("*",), description='Methods; "*" answers with the method that the preflight asked for.'
    )
    allow_headers: Words = Field(
        default=("*",),
        description='Request headers; "*" answers with those that the preflight asked for, credentials or not.',
    )
    expose_headers: Words = Field(
        default=("*",), description='Response headers a page can read; "*" names all that there are.'
    )
    allow_credentials: Flag = Field(
        default=True,
        description='Cookies and Authorization; needs named origins, and is false where "*" is listed.',
    )
    max_age: Seconds = Field(
        default=0, description="Seconds a browser may cache a preflight; 0 makes edits show at once."
    )


class RouteCorsSection(CorsSection):
    passthrough: Flag = Field(
        default=False,
        description="Leave the target's own CORS untouched; the short form is `cors: passthrough`.",
    )


class FieldsSection(Section):
    set: Fields = Field(
        default_factory=dict, description="Header fields that replace those of the same name."
    )
    remove: Words = Field(default=(), description="Names of header fields to drop.")


class HeadersSection(Section):
    request: FieldsSection = Field(default_factory=FieldsSection, description="On the way to the target.")
    response: FieldsSection = Field(
        default_factory=FieldsSection, description="On the way back to the client."
    )


class RouteSection(Section):
    target: str = Field(
        description="URL of the server behind the prefix; its path is put in front of forwarded paths."
    )
    hosts: Words = Field(
        default=(),
        description="Names under which the route answers: shop.localhost, *.shop.localhost, app.test; a name belongs to the routes that list it, alone. Default: every name that no route lists.",
    )
    strip_prefix: Flag = Field(default=False, description="Forward /api/users as /users.")
    rewrite_path: Fields = Field(
        default_factory=dict,
        description="Beginning of a path → what stands there instead, after strip_prefix: /v1 → /v2; the longest one counts.",
    )
    change_origin: Literal["auto", "true", "false"] = Field(
        default="auto",
        description="Whether Host becomes the target's; auto keeps it for localhost, IP and one-label targets.",
    )
    target_origin: Literal["auto", "keep", "remove"] = Field(
        default="auto",
        description="The Origin header towards the target; auto makes it fit Host on writes and WebSockets.",
    )
    block_cross_site: Flag = Field(
        default=True, description="Refuse state-changing requests from pages that the policy does not know."
    )
    rewrite_cookies: Literal["auto", "false"] = Field(
        default="auto",
        description="Make Set-Cookie usable here: no Domain, Path below a stripped prefix (but for Path=/ of a cookie that script reads), no Secure where a client drops it.",
    )
    rewrite_redirects: Literal["auto", "false"] = Field(
        default="auto",
        description="Bring Location, Content-Location and Refresh back under this listener and its prefixes.",
    )
    only_methods: Words = Field(
        default=("*",),
        description='Methods that may reach the target; any other gets 405 from devproxy. "*": all.',
    )
    timeout: Duration = Field(
        default=300.0,
        description="How long to wait for the head of an answer, as in 30s or 5m (default); streams are never cut.",
    )
    wait_for_restart: Wait = Field(
        default=5.0,
        description="How long a request waits for a target that has answered before and now refuses connections; 0s: not at all.",
    )
    verify_tls: Flag = Field(
        default=True,
        description="Whether an https target must show a certificate that this system, or ca_file, trusts.",
    )
    ca_file: str = Field(
        default="",
        description="File with the certificates (PEM) that an https target is trusted by, beside this file; instead of the system's.",
    )
    via: str = Field(
        default="",
        description="Proxy on the way to the target, asked by CONNECT, as in http://proxy.example.com:3128.",
    )
    headers: HeadersSection = Field(
        default_factory=HeadersSection, description="Header fields to set or remove."
    )
    cors: RouteCorsSection = Field(
        default_factory=RouteCorsSection,
        description="Replaces single keys of the cors above; or the word passthrough.",
    )


#: the keys of a route that are durations, with their defaults as they are written
DURATIONS = {
    name: duration(field.default)
    for name, field in RouteSection.model_fields.items()
    if field.annotation is float
}


class LogSection(Section):
    format: LogFormat = Field(default="text", description="Lines for people, or one JSON object per line.")
    level: LogLevel = Field(default="info", description="The least that is worth a line.")
    skip: Words = Field(
        default=(), description='Paths without a line: "/favicon.ico", "/@vite/*"; * stands for anything.'
    )


Routes = Annotated[dict[str, RouteSection], BeforeValidator(_or_empty)]
_ROUTES = "Path prefix → target; the longest prefix wins, on segment borders."


class File(Section):
    """A whole configuration file."""

    listen: ListenSection = Field(default_factory=ListenSection, description="Where devproxy listens.")
    cors: CorsSection = Field(default_factory=CorsSection, description="The CORS policy of every route.")
    routes: Routes = Field(default_factory=dict, description=_ROUTES)
    include: Words = Field(
        default=(),
        description="Files of projects, one each, in this file's folder or below: conf.d/*.yaml. They have project, hosts, cors and routes.",
    )
    log: LogSection = Field(default_factory=LogSection, description="What is written about requests.")


class ProjectFile(Section):
    """A file that another one includes: one project's routes."""

    project: str = Field(default="", description="What the project is called; without it, as its file is.")
    hosts: Words = Field(
        default=(),
        description="Names under which the project's routes answer: shop.localhost, *.shop.localhost. Without hosts they join those of the file that includes this one.",
    )
    cors: CorsSection = Field(
        default_factory=CorsSection,
        description="Replaces single keys of the cors in the file that includes this one.",
    )
    routes: Routes = Field(default_factory=dict, description=_ROUTES)


#: what a file may be
Shape = type[File] | type[ProjectFile]


def key_paths(section: type[Section] = File, above: Path = ()) -> Iterator[Path]:
    """The path of every key there is; `*` stands where the user chooses the name."""
    for name, field in section.model_fields.items():
        path: Path = (*above, name)
        yield path
        kind: Any = field.annotation
        if get_origin(kind) is dict:
            kind, path = get_args(kind)[1], (*path, "*")
        if isinstance(kind, type) and issubclass(kind, Section):
            yield from key_paths(kind, path)


@cache
def all_keys(shape: Shape = File) -> tuple[Path, ...]:
    """Every path of `key_paths`."""
    return tuple(key_paths(shape))


def keys_of(section: Path, shape: Shape = File) -> list[str]:
    """The keys that the section at `section` may have."""
    return [str(path[-1]) for path in all_keys(shape) if stands_for(path[:-1], section)]


def stands_for(pattern: Path, path: Path) -> bool:
    """Whether `path` is one of those that `pattern`, a path with `*`, means."""
    return len(pattern) == len(path) and all(
        part in {"*", key} for part, key in zip(pattern, path, strict=True)
    )


def section_name(path: Path) -> str:
    """How a message names the section at `path`: listen, routes['/api'], routes['/api'].cors."""
    name = ""
    for index, part in enumerate(path):
        plain = isinstance(part, str) and part.isidentifier() and path[index - 1 : index] != ("routes",)
        name += (f".{part}" if name else str(part)) if plain else f"[{part!r}]"
    return name
