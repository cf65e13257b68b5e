"""Functions and patterns that change a path, as `strip_prefix` and `rewrite_path`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from devproxy.config import rules
from devproxy.config.document import Data
from devproxy.importing.javascript import Regex, Replace
from devproxy.rewrite.paths import is_below

# A regular expression that is a part of a path, letter by letter, and may want a slash behind it.
_PLAIN = re.compile(r"(\^?)((?:[\w~%!@&=,:;'-]|\\?/|\\[.\-])*)")
_BEGINNING = re.compile(r"\^((?:[\w~%!@&=,:;'-]|\\?/|\\[.\-])+?(?:\\?/)?)(?:\.\*|\(\?=\\?/\))?\$?")


@dataclass(frozen=True, slots=True)
class Renaming:
    """The keys of a route, and where they differ: all other paths below its prefix become the same."""

    keys: dict[str, Data]
    remarks: tuple[str, ...] = ()


def beginning(pattern: str) -> str:
    """The prefix that a pattern such as `^/api/.*` means; nothing where it means more."""
    found = _BEGINNING.fullmatch(pattern)
    return _unescaped(found[1]) if found else ""


def _unescaped(source: str) -> str:
    return re.sub(r"\\(.)", r"\1", source)


def _literal(pattern: str | Regex) -> tuple[str, bool] | None:
    """The text that is looked for, and whether only at the start; None where a regular expression means more."""
    if isinstance(pattern, str):
        return pattern, False
    found = _PLAIN.fullmatch(pattern.source)
    return (_unescaped(found[2]), bool(found[1])) if found and pattern.flags in {"", "u"} else None


def renaming(prefix: str, steps: Sequence[Replace]) -> Renaming | None:
    """What does to paths below `prefix` what the first of these steps does that changes a path; None where no keys do."""
    names: dict[str, str] = {}
    remarks: list[str] = []
    for step in steps:
        found = _literal(step.pattern)
        if found is None:
            return None
        old, anchored = found
        bare = old.removesuffix("/")
        if bare != old and bare == prefix:
            remarks.append(f"{prefix} alone, with no slash behind it, is renamed here too.")
            names[prefix] = step.by
        elif prefix.startswith(old) or (old in prefix and not anchored):
            names[prefix] = prefix.replace(old, step.by, 1)
        elif bare.startswith(f"{prefix.removesuffix('/')}/") and anchored:
            if not any(is_below(first, bare) for first in names):  # else it is changed already
                names[bare] = step.by
                remarks.append(f"Only {bare} and what is below it is renamed here, not {bare}x.")
            continue
        elif anchored:
            continue  # no path below the prefix begins so
        else:
            return None  # it may stand anywhere in what follows
        if names[prefix].endswith("/") and not old.endswith("/"):
            remarks.append("Where two slashes came of it, there is one here.")
        break  # every path has been changed
    keys = _keys(prefix, {old: _path(new) for old, new in names.items()})
    return None if keys is None else Renaming(keys, tuple(remarks))


def _path(text: str) -> str:
    """A path with one slash in front, as the tools' own joining makes it, and none at its end."""
    return f"/{text.strip('/')}"


def _keys(prefix: str, names: dict[str, str]) -> dict[str, Data] | None:
    if any(rules.renaming_problems(names)):
        return None
    if names == {prefix: "/"}:
        return {"strip_prefix": "true"} if prefix != "/" else {}
    changed = {old: new for old, new in names.items() if old != new or len(names) > 1}
    return {"rewrite_path": {**changed}} if changed else {}
