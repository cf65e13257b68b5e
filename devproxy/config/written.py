"""Data as YAML in one line, for hints that can be pasted."""

import json
import re

from devproxy.config.document import Data

_LONGEST = 120
# What needs no quotes in any YAML, also between brackets; blanks only inside.
_PLAIN = re.compile(r"[A-Za-z0-9/_.](?:[A-Za-z0-9/_.@+~-]|:(?=\S)| (?=[A-Za-z0-9/_]))*")


def written(data: Data) -> str:
    """`data` in one line; an ellipsis for what nobody could paste."""
    text = flow(data)
    return text if len(text) <= _LONGEST else "…"


def nested(path: tuple[str, ...], data: Data) -> str:
    """The line that says `data` below these keys: `cors: {allow_origins: […]}`."""
    first, *inner = path
    for key in reversed(inner):
        data = {key: data}
    return f"{flow(first)}: {written(data)}".rstrip()


def flow(data: Data) -> str:
    """`data` between brackets or behind a key, however long; an ellipsis for what cannot be shown."""
    if isinstance(data, dict):
        return "{" + ", ".join(f"{flow(key)}: {flow(value)}".rstrip() for key, value in data.items()) + "}"
    if isinstance(data, list):
        return "[" + ", ".join(map(flow, data)) + "]"
    if data is None:
        return ""
    if not data.isprintable():
        return "…"
    return data if _PLAIN.fullmatch(data) or data == "…" else json.dumps(data, ensure_ascii=False)
