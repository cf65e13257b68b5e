"""Short forms → long forms, in plain data: what people write in one line, and what the model knows.

In a file: `/api: http://…` is a route with only a target, `cors: passthrough` a policy with only that flag.
On a command line: `3001`, `api=3001`, `/api=http://localhost:3001/v1,strip`.
"""

import re
from collections.abc import Sequence

from devproxy.config.document import Data, Document, Repeat
from devproxy.errors import ConfigError
from devproxy.problems import Problem, nearest

# Git Bash and MSYS rewrite an argument that begins with a slash to a path below their own folder.
_MSYS_ROOT = re.compile(
    r"[A-Za-z]:/(?:.*?/)?(?:git(?:/current)?|msys(?:32|64)|cygwin(?:64)?)(?=/)", re.IGNORECASE
)
_DRIVE = re.compile(r"[A-Za-z]:/")
_YAML = re.compile(r"^[^:]*\.ya?ml$", re.IGNORECASE)
_HOST_AND_PORT = re.compile(r"(\[[^\]]*\]|[^/:=]+):[0-9]+(/.*)?")


def long_form(data: Data) -> Data:
    """The data of a file with its short forms written out; what is neither form is left for the model to refuse."""
    routes = data.get("routes") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(routes, dict):
        return data
    return {**data, "routes": {prefix: _long_route(route) for prefix, route in routes.items()}}


def _long_route(route: Data) -> Data:
    if isinstance(route, str):
        return {"target": route}
    if isinstance(route, dict) and route.get("cors") == "passthrough":
        return {**route, "cors": {"passthrough": "true"}}
    return route


def command_line(forms: Sequence[str]) -> Document:
    """The document that a file with these routes would be; raises ConfigError with every form that cannot be read."""
    routes: dict[str, Data] = {}
    repeats: list[Repeat] = []
    problems: list[Problem] = []
    for form in forms:
        try:
            prefix, route = _route(form)
        except ConfigError as error:
            problems += error.problems
            continue
        if prefix in routes:
            repeats.append(Repeat(("routes", prefix), None, None))
        routes.setdefault(prefix, route)
    if problems:
        raise ConfigError(problems)
    return Document({"routes": routes}, repeats=tuple(repeats))


def _route(form: str) -> tuple[str, Data]:
    prefix, separator, target = form.partition("=")
    if "://" in prefix or not separator:  # the = belongs to the target's path
        prefix, target = "/", form
    target, *options = target.split(",")
    for option in options:
        if option != "strip":
            close = f"did you mean {form.replace(option, 'strip')}?" if nearest(option, ["strip"]) else ""
            raise _refused(f"unknown option {option!r} in {form!r}", close or "the only option is strip")
    return _prefix(prefix, form), {
        "target": _target(target, form),
        **({"strip_prefix": "true"} if options else {}),
    }


def unmangled(text: str) -> str:
    """A path as it was typed, before Git Bash put its own folder in front."""
    return _MSYS_ROOT.sub("", text.replace("\\", "/"), count=1)


def _prefix(text: str, form: str) -> str:
    text = unmangled(text)
    if _DRIVE.match(text):
        hint = f"leave the leading slash out: {text.rpartition('/')[2]}={form.partition('=')[2]}"
        raise _refused(
            f"the prefix of {form!r} is a Windows path, which Git Bash makes of a leading slash", hint
        )
    return f"/{text.lstrip('/')}"


def _target(text: str, form: str) -> str:
    if not text:
        raise _refused(f"{form!r} has no target", f"write {form.rstrip('=') or 'api'}=http://localhost:3001")
    if text.isascii() and text.removeprefix(":").isdigit():
        return f"http://localhost:{text.removeprefix(':')}"
    if _YAML.search(text):
        raise _refused(
            f"{form!r} looks like a file", f"to read it as a configuration: devproxy --config {form}"
        )
    return f"http://{text}" if _HOST_AND_PORT.fullmatch(text) else text


def _refused(message: str, hint: str) -> ConfigError:
    return ConfigError([Problem("target", message, hint)])
