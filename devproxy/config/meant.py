"""What was probably meant by a value that does not fit: guesses for hints, in the spelling that would be taken."""

import re
from collections.abc import Mapping, Sequence
from typing import get_args

from devproxy.config.document import Data
from devproxy.config.given import LogLevel
from devproxy.config.written import nested
from devproxy.cors.origin import fault
from devproxy.problems import nearest

YES = frozenset({"true", "yes", "y", "on", "1", "enabled", "enable"})
NO = frozenset({"false", "no", "n", "off", "0", "none", "never", "disabled", "disable"})
#: words for everything there is
ALL = frozenset({"*", "all", "any", "true", "yes", "everything"})

_SYNONYMS = {
    "warn": "warning", "verbose": "debug", "trace": "debug", "err": "error", "fatal": "error", "silent": "error",
    "pretty": "text", "plain": "text",
}  # fmt: skip
_DURATION = re.compile(r"(?:pt)?([0-9]{1,9}(?:\.[0-9]{1,3})?)\s*([a-z]*)")
_NUMBER = re.compile(r"([0-9][0-9_]{0,9})\s*([a-z]*)")
_PORT = re.compile(r"(?<![0-9a-z])0x[0-9a-f]{1,8}|[0-9]{1,32}")
_TIME = re.compile(r"[0-9]{1,2}:[0-9]{2}")
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}
_BETWEEN_ITEMS = re.compile(r"[\s,;|]+")
_BULLETS = "-\u2013\u2014\u2022\u201c\u201d'\"[]"


def flag(word: object) -> str:
    """`true`, `false` or nothing."""
    text = word.lower() if isinstance(word, str) else ""
    return "true" if text in YES else "false" if text in NO else ""


def choice(word: object, allowed: Sequence[str]) -> str:
    """The allowed word that is meant."""
    text = str(word).lower()
    guesses = [text, flag(text), _SYNONYMS.get(text, ""), nearest(text, allowed) or ""]
    return next((guess for guess in guesses if guess in allowed), allowed[0])


def duration(text: str) -> str:
    """The duration that is meant, from 1ms to 24h; nothing where that cannot be told."""
    if text.lower() in NO | {"infinite", "infinity"}:
        return "24h"
    found = _DURATION.fullmatch(text.lower())
    if not found:
        return ""
    number, unit = found.groups()
    if unit.startswith(("ms", "milli")):
        return f"{number}ms"
    return f"{number}{unit[0]}" if unit[:1] in {"s", "m", "h"} else "24h" if unit[:1] == "d" else ""


def seconds(text: str) -> str:
    """The whole number of seconds, at most a day, that is meant."""
    found = _NUMBER.match(text.lower())
    if not found:
        return "0"
    number, unit = found.groups()
    return str(min(int(number.replace("_", "")) * _SECONDS.get(unit[:1], 1), 86_400))


def port(text: str) -> str:
    """The port that stands somewhere in `text`; the default one where there is none."""
    text = "" if _TIME.fullmatch(text) else text.lower().replace("_", "")
    numbers = (int(word, 16 if word.startswith("0x") else 10) for word in _PORT.findall(text))
    return str(next((number for number in numbers if 1 <= number <= 65535), 8484))


def items(value: Data) -> list[str]:
    """The items of the list that is meant by a word, a line or a mapping."""
    if isinstance(value, dict):
        return list(value)
    if isinstance(value, list):
        return [item for item in value if isinstance(item, str)]
    parts = (part.strip(_BULLETS) for part in _BETWEEN_ITEMS.split(value if isinstance(value, str) else ""))
    found = [part for part in parts if part]
    return ["*"] if {item.lower() for item in found} & ALL else found


def origins(value: Data) -> list[str]:
    """The origins and patterns that are meant by a word or a line, as browsers spell them."""
    return [found.instead or item if (found := fault(item)) else item for item in items(value)]


# --- whole sections, as the line to write ---

_A_ROUTE = "/api: http://localhost:3001"
_ROUTE = re.compile(r"(/\S*?)\s*(?:[:=]|[-=]>|\s)\s*((?:https?|wss?)://\S+)")
_LONGEST = 300  # of a line that somebody might paste
_LEVELS = get_args(LogLevel)


def url(parts: Mapping[str, Data]) -> str:
    """The URL of a target that is written in parts."""
    words = {key.lower(): value for key, value in parts.items() if isinstance(value, str)}
    scheme = words.get("scheme", words.get("protocol", "http")).rstrip(":/")
    host = words.get("host", words.get("hostname", words.get("address", "localhost"))).rpartition("://")[2]
    return (
        f"{scheme}://{host}:{words['port']}" if "port" in words and ":" not in host else f"{scheme}://{host}"
    )


def file(_value: Data) -> str:
    return f"write routes: and below it   {_A_ROUTE}"


def routes(value: Data) -> str:
    text = value if isinstance(value, str) and len(value) <= _LONGEST else ""
    if found := _ROUTE.fullmatch(text):
        return f"write   {found[1]}: {found[2]}"
    return (
        f"write {nested(('routes', '/'), text)}"
        if "://" in text and " " not in text
        else f"write   {_A_ROUTE}"
    )


def route(value: Data) -> str:
    targets = items(value) if isinstance(value, list) else []
    return f"write one URL: {targets[0]}" if targets else "write a URL such as http://localhost:3001"


def route_cors(value: Data) -> str:
    return _origins_or_default(value) or "to leave the target's own CORS untouched, write cors: passthrough"


def cors(value: Data) -> str:
    return _origins_or_default(value) or "remove it; a route can say cors: passthrough"


def _origins_or_default(value: Data) -> str:
    words = items(value)
    if words and all(word == "*" or "://" in word for word in words) and value != "true":
        return f"write {nested(('cors', 'allow_origins'), list(words))}"
    is_on = flag(value) == "true"
    return "remove it: pages on this machine are allowed without it" if is_on else ""


def listen(value: Data) -> str:
    text = value if isinstance(value, str) else ""
    found = re.fullmatch(r"(?:(.*):)?([0-9]+)", text)
    host, number = found.groups() if found else (text, "")
    parts: dict[str, Data] = {"host": host.strip("[]")} if host else {}
    return f"write {nested(('listen',), {**parts, **({'port': port(number)} if number or not host else {})})}"


def headers(_value: Data) -> str:
    return "write headers: {request: {set: {X-Name: value}}}"


def header_changes(_value: Data) -> str:
    return "write set: {X-Name: value}"


def log(value: Data) -> str:
    word = value.lower() if isinstance(value, str) else ""
    if flag(word):
        return "remove it; log: {level: error} is the least"
    key, allowed = ("format", ("text", "json")) if word in {"text", "json"} else ("level", _LEVELS)
    return f"write {nested(('log', key), choice(word, allowed))}"
