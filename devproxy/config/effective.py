"""The configuration in force, as YAML that says where each value comes from: a flag, the environment, file:line, default.

    listen:
      host: localhost          # default
      port: 9000               # --port

What came from the environment and looks like a secret is shown as the variable it came from.
"""

import json
import re
from collections.abc import Iterator, Mapping

from devproxy.config.build import Config
from devproxy.config.document import Document, Path
from devproxy.config.model import (
    CorsSection,
    FieldsSection,
    File,
    ProjectFile,
    RouteCorsSection,
    Section,
    duration,
)
from devproxy.config.values import Values, is_secret_name
from devproxy.printable import printable

_GIVEN: Mapping[Path, str] = {
    ("listen", "host"): "host",
    ("listen", "port"): "port",
    ("listen", "allowed_hosts"): "allowed_hosts",
    ("log", "format"): "log_format",
    ("log", "level"): "log_level",
}
_PLAIN = re.compile(r"[A-Za-z/][A-Za-z0-9_./-]*|https?://[A-Za-z0-9_./:-]*[A-Za-z0-9_/]|[0-9]+(?:ms|s|m|h)?")


def effective(config: Config) -> str:
    """The configuration that is in force; each project as a document of its own, with what its file says."""
    source = config.source
    parts = [_aligned(_Writer(config, source.model, source.document, config.values))]
    for project in config.projects:
        writer = _Writer(config, project.model, project.document, project.values)
        parts.append(f"--- # {printable(project.file)}\n{_aligned(writer)}")
    return "".join(parts)


def _aligned(writer: "_Writer") -> str:
    lines = list(writer.section(writer.model, ()))
    width = max((len(line) for line, _ in lines if len(line) < 60), default=0)
    return "".join(f"{line:{width}}  # {origin}\n" if origin else f"{line}\n" for line, origin in lines)


_Line = tuple[str, str]


class _Writer:
    def __init__(self, config: Config, model: File | ProjectFile, document: Document, values: Values) -> None:
        self.model = model
        self._config = config
        self._document, self._values = document, values
        self._given = config.source.given

    def section(self, section: Section, path: Path) -> Iterator[_Line]:
        """The lines of a section, each with the origin of its value."""
        for name in type(section).model_fields:
            # What a route's cors, or a project's, does not replace is what the cors above says, and so with hosts; nothing
            # said, or nothing set, is no news.
            inherits = RouteCorsSection if isinstance(self.model, File) else CorsSection
            sparse = isinstance(section, inherits | FieldsSection) or getattr(section, name) == ""
            sparse = sparse or name == "hosts"
            if not sparse or name in section.model_fields_set:
                yield from self._key(section, (*path, name))

    def _key(self, section: Section, path: Path) -> Iterator[_Line]:
        name = str(path[-1])
        value = getattr(section, name)
        if path == ("cors", "allow_origins") and isinstance(self.model, File):
            yield self._origins(section)
        elif isinstance(value, Section):
            yield from self._below(path, list(self.section(value, path)))
        elif isinstance(value, dict):
            yield from self._below(path, list(self._mapping(value, path)))
        else:
            if path in _GIVEN:
                value = getattr(getattr(self._config, str(path[0])), name)
            yield _indented(path, self._text(value, path)), self._origin(section, path)

    def _below(self, path: Path, lines: list[_Line]) -> Iterator[_Line]:
        if lines:
            yield _indented(path, ""), ""
        yield from lines

    def _mapping(self, mapping: Mapping[str, object], path: Path) -> Iterator[_Line]:
        for name, value in mapping.items():
            inner = (*path, name)
            if isinstance(value, Section):
                yield from self._below(inner, list(self.section(value, inner)))
            else:
                yield _indented(inner, self._text(value, inner)), self._place(inner)

    def _origins(self, section: Section) -> _Line:
        path: Path = ("cors", "allow_origins")
        listed = section.given().get("allow_origins")
        flags = self._given.allow_origins
        if listed is None and not flags:
            return "  # allow_origins: any page on localhost, *.localhost, 127.0.0.1, [::1]", "default"
        items = [self._word(item, (*path, index)) for index, item in enumerate(listed or ())]
        text = ", ".join([*items, *map(_quoted, flags)])
        where = [self._place(path)] if listed is not None else []
        where += [self._given.by("allow_origins")] if flags else []
        where += [] if listed is not None else ["besides any page on this machine"]
        return _indented(path, f"[{text}]"), ", ".join(where)

    def _origin(self, section: Section, path: Path) -> str:
        name = str(path[-1])
        given = self._given.by(_GIVEN.get(path, ""))
        file = self._place(path) if name in section.model_fields_set else ""
        if path == ("listen", "allowed_hosts") and given and file:
            return f"{file}, {given}"
        return given or file or "default"

    def _place(self, path: Path) -> str:
        place = self._document.key_place(path)
        names = self._values.names(path)
        return ", ".join([str(place) if place else "command line", *names])

    def _text(self, value: object, path: Path) -> str:
        if isinstance(value, tuple):
            return f"[{', '.join(self._word(item, (*path, index)) for index, item in enumerate(value))}]"
        if isinstance(value, bool):
            return str(value).lower()
        return self._word(duration(value) if isinstance(value, float) else str(value), path)

    def _word(self, text: str, path: Path) -> str:
        """A word as it can stand in YAML; a secret as the variable that it came from."""
        if self._values.hidden(path):
            return _quoted(self._values.as_written(path), escape=False)
        key = str(path[-1])
        return '"…"' if path[-2:-1] == ("set",) and is_secret_name(key) else _quoted(text)


def _indented(path: Path, text: str) -> str:
    return f"{'  ' * (len(path) - 1)}{_quoted(str(path[-1]), escape=False)}: {text}".rstrip()


def _quoted(text: str, *, escape: bool = True) -> str:
    if escape and ("$$" in text or "${" in text):
        text = text.replace("$", "$$")
    return text if _PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=not text.isprintable())
