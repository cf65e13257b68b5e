"""The values of a document with their variables filled in, and which of them came from the environment.

Keys are never touched. What a variable holds is never told in a message if the variable, or the key it stands at, looks
like a secret.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from devproxy.config.document import Data, Path
from devproxy.config.files import MAX_BYTES
from devproxy.config.interpolate import Piece, Pieces, expand
from devproxy.errors import ConfigError
from devproxy.problems import Problem
from devproxy.target import Target

#: What stands for a target that could not be read, so that the rest of its route is still judged.
UNREADABLE_TARGET = "https://unreadable.invalid"

_SECRET_WORDS = ("key", "token", "secret", "password", "passwd", "authorization", "cookie")
_TARGET = "http://localhost:3001"


def is_secret_name(name: str) -> bool:
    """Whether what is called so surely must not be shown."""
    return any(word in name.lower() for word in _SECRET_WORDS)


@dataclass(frozen=True, slots=True)
class Values:
    """`data` is the document's with variables filled in, `variables` tells where the environment spoke.

    What could not be filled in is left out of the data, and `faults` tells of it.
    """

    data: Data
    variables: Mapping[Path, Pieces] = field(default_factory=dict)
    faults: tuple[tuple[Path, Problem], ...] = ()
    _secrets: tuple[Piece, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        pieces = [piece for path, pieces in self.variables.items() if self.hidden(path) for piece in pieces]
        secrets = dict.fromkeys(piece for piece in pieces if piece.variable and len(piece.text) > 3)
        # The longest first: one may be a part of another.
        object.__setattr__(self, "_secrets", tuple(sorted(secrets, key=lambda piece: -len(piece.text))))

    def names(self, path: Path) -> tuple[str, ...]:
        """The variables that the value at `path`, or the short form around it, is made of."""
        pieces = self._pieces(path)
        return tuple(dict.fromkeys(piece.variable for piece in pieces if piece.variable))

    def _pieces(self, path: Path) -> Pieces:
        """What the value at `path` is made of; a target may stand as a short form, without its key."""
        around = self.variables.get(path[:-1], ()) if path[-1:] == ("target",) else ()
        return self.variables.get(path, around)

    def hidden(self, path: Path) -> bool:
        """Whether the value at `path` came from the environment and looks like a secret."""
        names = self.names(path)
        return bool(names) and any(map(is_secret_name, (*names, _key(path))))

    def as_written(self, path: Path) -> str:
        """The value at `path` with the variables that it came from instead of what they hold."""
        pieces = self._pieces(path)
        return "".join(
            f"${{{piece.variable}}}" if piece.variable else piece.text.replace("$", "$$") for piece in pieces
        )

    def label(self, path: Path) -> str:
        """What may be shown instead of the value at `path`; nothing where that itself may be."""
        return self.as_written(path) if self.hidden(path) else ""

    def veiled(self, text: str) -> str:
        """A text with the variables that secrets came from instead of what they hold."""
        for piece in self._secrets:
            text = _replaced(text, piece.text, f"${{{piece.variable}}}")
        return text

    def masked(self, problem: Problem) -> Problem | None:
        """The problem without any secret of the environment's in its words.

        Nothing is left of a warning that would tell one: it says no more than what is told.
        """
        message, hint = self.veiled(problem.message), self.veiled(problem.hint)
        if self.hidden(problem.path):
            names = " and ".join(self.names(problem.path))
            hint = f"look at {names} in the environment"  # a guess at what was meant is made of what it holds
            if self._shows(message, problem.path):
                if problem.severity == "warning":
                    return None
                message = f"{_key(problem.path) or 'target'} cannot be used with what {names} holds"
        return replace(problem, message=message, hint=hint)

    def _shows(self, text: str, path: Path) -> bool:
        """Whether `text` holds four letters in a row of a hidden value, or a shorter one as a whole."""
        pieces = self.variables.get(path, self.variables.get(path[:-1], ()))
        secrets = [piece.text.lower() for piece in pieces if piece.variable and piece.text]
        parts = {secret[at : at + 4] for secret in secrets for at in range(max(1, len(secret) - 3))}
        return any(part in text.lower() for part in parts)


def filled_in(data: Data, environ: Mapping[str, str]) -> Values:
    """The data of a document with the variables of its values filled in."""
    return _Filler(environ).values(data)


class _Filler:
    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._known: dict[tuple[str, str], Pieces] = {}
        self._length = 0
        self._variables: dict[Path, Pieces] = {}
        self._faults: dict[str, tuple[Path, Problem]] = {}

    def values(self, data: Data) -> Values:
        filled = self._part(data, ())
        data = None if isinstance(filled, _Left) else filled
        return Values(data, self._variables, tuple(self._faults.values()))

    def _filled(self, data: Data, path: Path) -> Data:
        """The data with variables filled in; without the keys, and the lists, of what could not be."""
        if isinstance(data, str):
            return self._text(data, path) if "$" in data else data
        if isinstance(data, dict):
            filled = {key: self._part(value, (*path, key)) for key, value in data.items()}
            return {key: value for key, value in filled.items() if not isinstance(value, _Left)}
        if isinstance(data, list):
            items = [self._part(item, (*path, index)) for index, item in enumerate(data)]
            kept = [item for item in items if not isinstance(item, _Left)]
            if len(kept) < len(items):
                raise _LeftOutError
            return kept
        return data

    def _part(self, data: Data, path: Path) -> "Data | _Left":
        try:
            return self._filled(data, path)
        except _LeftOutError:
            return _Left()

    def _text(self, text: str, path: Path) -> str:
        is_target = path[:1] == ("routes",) and (len(path) == 2 or path[2:] == ("target",))
        try:
            example = _example(text, path, is_target=is_target)
            pieces = self._pieces(text, example)
            if is_target:
                _refuse_empty(text, pieces, example)
                _judge_host(pieces)
        except ConfigError as error:
            # One variable that is not set is one mistake, however often it is used.
            (problem,) = error.problems
            key = problem.message if problem.code == "unset" else repr(path)
            self._faults.setdefault(key, (path, problem))
            if is_target:
                return UNREADABLE_TARGET
            raise _LeftOutError from None
        if any(piece.variable for piece in pieces):
            self._variables[path] = pieces
        return "".join(piece.text for piece in pieces)

    def _pieces(self, text: str, example: str) -> Pieces:
        if (text, example) not in self._known:
            pieces = expand(text, self._environ, example)
            self._length += sum(len(piece.text) for piece in pieces)
            if self._length > MAX_BYTES:
                what = f"with its variables filled in, the file is larger than {MAX_BYTES // 1_000_000} MB"
                raise ConfigError([Problem("size", what, "is this the right environment?")])
            self._known[text, example] = pieces
        return self._known[text, example]


class _Left:
    """Stands where a value is left out."""


class _LeftOutError(Exception):
    """A value could not be filled in."""


def _key(path: Path) -> str:
    """The key whose value, or list, is at `path`; a route's prefix is a name of its user's."""
    names = [part for part in path if isinstance(part, str)]
    return names[-1] if names and not (names[0] == "routes" and len(names) == 2) else ""


_EXAMPLES = {
    "host": "localhost",
    "port": "8484",
    "allowed_hosts": "app.test",
    "hosts": "app.test",
    "include": "conf.d/*.yaml",
    "project": "shop",
    "allow_origins": "http://localhost:5173",
    "max_age": "0",
    "only_methods": "*",
    "timeout": "5m",
    "wait_for_restart": "5s",
    "format": "text",
    "level": "info",
    **dict.fromkeys(("change_origin", "target_origin", "rewrite_cookies", "rewrite_redirects"), "auto"),
    **dict.fromkeys(("verify_tls", "block_cross_site", "allow_credentials"), "true"),
    **dict.fromkeys(("strip_prefix", "passthrough"), "false"),
}


def _example(text: str, path: Path, *, is_target: bool) -> str:
    """A default to suggest for a variable of the text."""
    if not is_target:
        is_known = text.startswith("${") and path[2:3] != ("headers",)
        return _EXAMPLES.get(_key(path), "default") if is_known else "default"
    return _TARGET if text.startswith("${") else "3001" if ":${" in text else "default"


def _refuse_empty(text: str, pieces: Pieces, example: str) -> None:
    """Refuse a target that is nothing, because a variable is set and holds nothing."""
    name = next((piece.variable for piece in pieces if piece.variable), "")
    if not name or any(piece.text for piece in pieces):
        return
    default = re.fullmatch(r"\$\{\w+-([^{}]+)\}", text)
    hint = f"set it, or write ${{{name}:-{default[1] if default else example}}}"
    raise ConfigError([Problem("unset", f"environment variable {name} is empty", hint)])


def _judge_host(pieces: Pieces) -> None:
    """Refuse a public host that a file makes of a variable: what a variable holds would travel there as its name."""
    whole = len(pieces) == 1
    text = "".join(piece.text for piece in pieces)
    if whole or not _in_host(pieces, text):
        return
    try:
        public = not Target.parse(text).is_local
    except ConfigError:
        return  # told as what it is
    if public:
        name = next(piece.variable for piece in pieces if piece.variable)
        message = f"${{{name}}} stands in the host of a public target: a file could send its value anywhere"
        url = name if name.upper().endswith(("URL", "URI", "ORIGIN", "TARGET")) else f"{name}_URL"
        hint = f"let one variable hold the whole URL, as in target: ${{{url}}}, or write the host out"
        raise ConfigError([Problem("variable_host", message, hint)])


def _in_host(pieces: Pieces, text: str) -> bool:
    """Whether a variable's value reaches into the host of the URL that the pieces make."""
    first = text.find("://") + 3 if "://" in text else 0
    ends = [at for at in (text.find(mark, first) for mark in "/?#\\") if at >= 0]
    end = min(ends, default=len(text))
    colon = text.rfind(":", first, end)
    end = colon if colon > text.rfind("]", first, end) else end
    at = 0
    for piece in pieces:
        if piece.variable and at < end and at + len(piece.text) > first:
            return True
        at += len(piece.text)
    return False


def _replaced(text: str, value: str, mark: str) -> str:
    for form in {value, repr(value)[1:-1]}:
        text = text.replace(form, mark)
    return text
