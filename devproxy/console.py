"""How things look in a terminal: the banner, one line per request, what went wrong.

Log lines go to stdout, everything else to stderr. What a client or a target sent is escaped before a terminal sees it.
This module must not know click, nor decide anything.
"""

import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TextIO

from devproxy.config.build import Config, Log
from devproxy.config.report import printable, render, summary
from devproxy.cors.policy import CorsPolicy
from devproxy.decide import Forward, Plan, Reply, Tunnel
from devproxy.errors import ClientError, ConfigError, StartError
from devproxy.exchange import Exchange
from devproxy.failing import Failing
from devproxy.problems import Problem

_STYLES = {"bold": 1, "dim": 2, "red": 31, "green": 32, "yellow": 33, "cyan": 36}
# A longer path would push the columns of its line out of sight.
_PATH_WIDTH = 60


class Console:
    """Writes for people; as a listener of exchanges it prints one line for each, as `log` says."""

    def __init__(self, out: TextIO | None = None, err: TextIO | None = None) -> None:
        self.log = Log()
        self._failing = Failing()
        self._out = _Stream(out or sys.stdout)
        self._err = _Stream(err or sys.stderr)

    def banner(
        self, version: str, seconds: float, url: str, config: Config, listening: Mapping[str, bool]
    ) -> None:
        """What is served where; `listening` says of local targets, by origin, whether something answers there yet."""
        say, paint = self._err.line, self._err.paint
        say(
            f"\n  {paint('bold', f'devproxy {version}')}   {paint('dim', f'ready in {seconds * 1000:.0f} ms')}\n"
        )
        width = max(len(url + route.prefix) for route in config.routes)
        for position, route in enumerate(config.routes):
            label = "➜  Proxy    " if position == 0 else "            "
            state = _STATES[listening.get(route.target.origin)]
            own = f"{url}{route.prefix}".ljust(width)
            say(f"  {paint('green', label)}  {paint('cyan', own)}  → {route.target}{paint('dim', state)}")
        say(
            f"  {paint('green', '➜  Origins  ')}  {_policy_line(config.site_policy)}   preflight: answered here\n"
        )
        if len(config.routes) == 1:
            own = f"{url}{config.routes[0].prefix.rstrip('/')}"
            say(f"  In your frontend, call {paint('bold', own)} instead of {config.routes[0].target}.")
        say(paint("dim", "  ctrl + c stops devproxy\n"))

    def demo_banner(self, *, page: str, proxy: str, backend: str) -> None:
        """Where to look, and what is behind it."""
        say, paint = self._err.line, self._err.paint
        say(
            f"\n  {paint('bold', 'devproxy demo')}   {paint('dim', 'the same requests, straight and through devproxy')}\n"
        )
        say(f"  {paint('green', '➜  Open     ')}  {paint('cyan', paint('bold', page))}")
        say(f"  {paint('green', '➜  Proxy    ')}  {proxy}  → {backend}")
        say(f"  {paint('green', '➜  Backend  ')}  {backend}  {paint('dim', '(sends no CORS header)')}\n")
        say(paint("dim", "  ctrl + c stops the demo\n"))

    def problems(self, problems: Sequence[Problem], file: str = "") -> None:
        """Every problem of a configuration, with the lines at fault, and how many there are."""
        lines = _source_lines(file)
        for problem in problems:
            colour = "red" if problem.severity == "error" else "yellow"
            first, _, rest = render(problem, lines).partition("\n")
            self._err.line(self._err.paint(colour, first) + (f"\n{rest}\n" if rest else ""))
        if file:
            self._err.line(summary(problems, file))

    def did_not_start(self, error: ConfigError | StartError, file: str = "") -> None:
        """Why devproxy does not run."""
        if isinstance(error, ConfigError):
            self.problems(error.problems, file)
        else:
            self._err.line(self._err.paint("red", f"error: {printable(str(error))}"))
            if error.hint:
                self._err.line(f"  = help: {printable(error.hint)}")
        self._err.line("devproxy did not start")

    def waiting(self, count: int, seconds: float) -> None:
        """Why devproxy has not stopped yet."""
        requests = "1 request" if count == 1 else f"{count} requests"
        self._err.line(f"waiting up to {seconds:.0f} s for {requests}; ctrl + c again stops at once")

    def say(self, text: str) -> None:
        """One line on stderr."""
        self._err.line(text)

    def answered(self, exchange: Exchange) -> None:
        """A head is on its way; it is told at the end, unless the answer is a stream that may have none."""
        if exchange.open_ended:
            self._tell(exchange)

    def ended(self, exchange: Exchange) -> None:
        """Tell what was asked and answered, and what broke."""
        if not exchange.open_ended or exchange.error:
            self._tell(exchange)

    def _tell(self, exchange: Exchange) -> None:
        if isinstance(exchange.plan, Reply) and exchange.plan.quiet:
            return
        news = self._failing.note(exchange)  # counts what gets no line, too
        level = _level(exchange)
        if _LEVELS.index(level) < _LEVELS.index(self.log.level) or self.log.skips(_path(exchange)):
            return
        if self.log.format == "json":
            self._out.line(json.dumps(_members(exchange, level), ensure_ascii=False))
            return
        self._out.line(self._log_line(exchange) + (f"  {news}" if news else ""))
        for line in () if news else _explanation(exchange):
            self._out.line(f"{'':10}{self._out.paint('dim', line)}")

    def _log_line(self, exchange: Exchange) -> str:
        status = exchange.response.status if exchange.response else 0
        paint = self._out.paint
        path = printable(_path(exchange))
        path = path if len(path) <= _PATH_WIDTH else f"{path[: _PATH_WIDTH - 1]}…"
        shown_status = paint(_status_colour(status), str(status or "---"))
        method = printable(exchange.request.method)
        took = f"{exchange.seconds * 1000:.0f} ms" if exchange.ended is not None else ""
        cors = exchange.cors
        words = f"cors {cors}" if cors in {"allowed", "BLOCKED"} else cors
        cells = [
            time.strftime("%H:%M:%S"),
            f" {shown_status} {method:<7}",
            f"{path:<16}",
            f"{_whereto(exchange):<10}",
        ]
        note = _note(exchange.plan)
        line = f"{' '.join(cells)} {took:>8}   {paint('red', words) if cors == 'BLOCKED' else words}"
        return f"{line}  {paint('dim', note)}" if note else line


_LEVELS = ("debug", "info", "warning", "error")


def _path(exchange: Exchange) -> str:
    """The path alone: a query may hold a token."""
    return exchange.request.target.partition("?")[0]


def _level(exchange: Exchange) -> str:
    """How much attention an exchange deserves."""
    status = exchange.response.status if exchange.response else 0
    if status >= 500 or (exchange.error and not isinstance(exchange.error, ClientError)):
        return "error"
    return "warning" if status >= 400 or exchange.cors == "BLOCKED" else "info"


def _members(exchange: Exchange, level: str) -> dict[str, str | int | float | None]:
    """An exchange as one JSON object; the keys are always there."""
    plan, error = exchange.plan, exchange.error
    route = plan.route if plan else None
    return {
        "ts": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "level": level,
        "event": "opened" if exchange.ended is None else "ended",
        "method": exchange.request.method,
        "path": _path(exchange),
        "status": exchange.response.status if exchange.response else None,
        "duration_ms": None if exchange.ended is None else round(exchange.seconds * 1000, 1),
        "route": route.prefix if route else None,
        "target": str(route.target) if route and isinstance(plan, Forward) else None,
        "origin": exchange.request.headers.get("origin"),
        "cors": exchange.cors,
        "error": None if error is None else getattr(error, "detail", str(error)),
    }


class _Stream:
    """A text stream that knows whether it takes colour, and never fails for a character that it cannot encode."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._encoding = (stream.encoding or "utf-8").lower()
        self._coloured = _takes_colour(stream)

    def line(self, text: str) -> None:
        if self._encoding != "utf-8":
            text = text.encode(self._encoding, "replace").decode(self._encoding)
        try:
            self._stream.write(f"{text}\n")
            self._stream.flush()
        except (BrokenPipeError, ValueError):  # whoever read this has gone; the traffic goes on
            return

    def paint(self, style: str, text: str) -> str:
        return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if self._coloured else text


def _takes_colour(stream: TextIO) -> bool:
    """By the conventions of NO_COLOR, FORCE_COLOR and TERM=dumb."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


_STATES = {None: "", True: "   (listening)", False: "   (not listening yet)"}


def _policy_line(policy: CorsPolicy) -> str:
    local = (
        "any page on localhost, *.localhost, 127.0.0.1, [::1]"
        if policy.local and not policy.any_origin
        else ""
    )
    named = ", ".join(str(pattern) for pattern in policy.allow_origins)
    pages = ", ".join(part for part in ("any page" if policy.any_origin else "", local, named) if part)
    return f"{pages or 'none'}   credentials: {'yes' if policy.allow_credentials else 'no'}"


def _source_lines(file: str) -> list[str]:
    if not file:
        return []
    try:
        with open(file, encoding="utf-8-sig", errors="replace") as source:  # noqa: PTH123  # a name, as the user gave it
            return source.read().splitlines()
    except OSError:
        return []


def _whereto(exchange: Exchange) -> str:
    plan = exchange.plan
    if not isinstance(plan, Forward):
        return "↺ devproxy"
    target = plan.route.target
    port = f":{target.port}" if target.is_local else target.authority
    return f"{'✗' if exchange.error and not isinstance(exchange.error, ClientError) else '→'} {port}"


def _note(plan: Plan | None) -> str:
    if isinstance(plan, Tunnel):
        return "websocket"
    if plan is None or isinstance(plan, Forward):
        return ""
    if plan.preflight is None:
        return plan.answer.title if plan.answer else ""
    asked = ", ".join((plan.preflight.method, *plan.preflight.asked))
    refusal = plan.preflight.refusal
    return printable(
        f"preflight {asked}" + (f"  {refusal.code} {refusal.value} is not allowed" if refusal else "")
    )


def _explanation(exchange: Exchange) -> list[str]:
    plan, error = exchange.plan, exchange.error
    if isinstance(error, ClientError):
        return [printable(str(error))] if exchange.response is None else []
    if error is None:
        return _refusal_lines(plan)
    lines = [printable(getattr(error, "detail", str(error)))]
    if isinstance(plan, Forward):
        place = f"   {plan.route.place}" if plan.route.place else ""
        lines.append(f"route {plan.route.prefix} → {plan.route.target}{place}")
    return lines


def _refusal_lines(plan: Plan | None) -> list[str]:
    if plan is None or isinstance(plan, Forward) or plan.answer is None:
        return []
    texts = [plan.answer.hint] if plan.preflight else [plan.answer.detail, plan.answer.hint]
    return [printable(line) for text in texts for line in text.splitlines()]


def _status_colour(status: int) -> str:
    return "green" if status < 300 else "cyan" if status < 400 else "yellow" if status < 500 else "red"
