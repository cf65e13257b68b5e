"""What to do about what `devproxy check` has found: the policy that the server lacks, written out, or a devproxy before it."""

from dataclasses import dataclass

from devproxy.browser.block import Block
from devproxy.browser.reasons import NULL_PAGE
from devproxy.browser.url import origin_of
from devproxy.check import Result
from devproxy.cors.names import SAFELISTED_METHODS
from devproxy.export.allow import Allow
from devproxy.export.frameworks import FRAMEWORKS
from devproxy.export.recipe import Framework, Recipe
from devproxy.lints import Lint, lints
from devproxy.remedy import command

# By which servers and frameworks give themselves away.
_SIGNS = (
    ("x-powered-by", "express", "express"),
    ("server", "uvicorn", "fastapi"),
    ("server", "werkzeug", "flask"),
    ("server", "wsgiserver", "django"),
    ("server", "nginx", "nginx"),
    ("server", "caddy", "caddy"),
)


@dataclass(frozen=True, slots=True)
class Advice:
    """Worked out once for a result.

    `lints` are what else is to be said of the server. `allow` is the smallest policy with which the server that answered
    last lets this page do this, and no other; None where none would, or where there is nothing to repair. `framework` and
    `recipe` write it out, where one is known. `command` is the devproxy that makes the request work, `first` what has to be
    done before anything else; each is empty where there is none.
    """

    lints: tuple[Lint, ...] = ()
    allow: Allow | None = None
    framework: Framework | None = None
    recipe: Recipe | None = None
    command: str = ""
    first: str = ""


def advise(result: Result, framework: Framework | None = None) -> Advice:
    """The advice for a result; written for the framework that is named, or that the answers name."""
    steps = (*result.verdict.steps, *((result.beyond,) if result.beyond else ()))
    found = tuple(lints(result.question.request, steps, result.probes))
    if result.blocks and result.question.request.origin == "null":
        return Advice(found, first=NULL_PAGE)
    allow = _allowing(result, found)
    if allow is None:
        return Advice(found)
    framework = framework or _likely_framework(result)
    recipe = framework.render(allow) if framework else None
    return Advice(found, allow, framework, recipe, _command(result) if result.verdict.blocks else "")


def _allowing(result: Result, found: tuple[Lint, ...]) -> Allow | None:
    steps = result.verdict.steps
    credentials = result.question.request.credentials == "include"
    lets_anybody_in = credentials and any(lint.code == "reflection" for lint in found)
    is_blocked = bool(result.verdict.blocks) and not any(map(_is_elsewhere, result.blocks))
    if result.error or not (is_blocked or lets_anybody_in):
        return None
    last = steps[-1].sent
    named = last.origin not in {None, "null"}
    if credentials and not named:
        return None
    preflights = (step.sent.preflight for step in reversed(steps) if step.sent.url == last.url)
    asked = next(filter(None, preflights), None)
    return Allow(
        (last.origin,) if last.origin and named else ("*",),
        (asked.method,) if asked and asked.method not in SAFELISTED_METHODS else (),
        asked.names if asked else (),
        credentials=credentials,
    )


def _is_elsewhere(block: Block) -> bool:
    """Whether a server's permission would change nothing."""
    return block.code == "redirect.userinfo"


def _likely_framework(result: Result) -> Framework | None:
    """The framework that the answers name, if one does."""
    for step in result.verdict.steps:
        for name, sign, key in _SIGNS:
            if step.head and sign in step.head.headers.get(name, "").lower():
                return FRAMEWORKS[key]
    return None


def _command(result: Result) -> str:
    """The devproxy that makes this request work, with a route for each server that it is redirected to."""
    request = result.question.request
    urls = (request.url, *(step.sent.url for step in result.verdict.steps))
    return command(map(origin_of, urls), request.origin)
