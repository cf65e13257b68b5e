"""What is written out for a server, and the few forms of text that several of them share."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from devproxy.export.allow import Allow


@dataclass(frozen=True, slots=True)
class Recipe:
    """Lines to paste, and what to mind with this server, one sentence each.

    `file` is where such lines usually are, `language` what a highlighter would call them.
    """

    code: str
    notes: tuple[str, ...]
    file: str
    language: str


@dataclass(frozen=True, slots=True)
class Framework:
    """A server that a policy can be written out for; people may call it by its key or by an alias."""

    key: str
    name: str
    render: Callable[[Allow], Recipe]
    aliases: tuple[str, ...] = ()


def quoted(text: str) -> str:
    """`text` as a string of JavaScript, Python and most configuration files."""
    return json.dumps(text)


def array(texts: Iterable[str]) -> str:
    """`texts` as a list of JavaScript and Python."""
    return f"[{', '.join(map(quoted, texts))}]"


def block(lines: Iterable[str], indent: str = "    ") -> str:
    """The lines of a block, indented."""
    return "\n".join(f"{indent}{line}" for line in lines)
