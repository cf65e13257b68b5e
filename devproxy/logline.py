"""One exchange in one line: for people in columns, for programs as JSON. What others sent is escaped.

This module must not know when a line is written.
"""

import json
import time
from datetime import UTC, datetime
from functools import lru_cache
from typing import get_args

from devproxy.config.given import LogLevel
from devproxy.decide import Forward, Plan, Reply, Tunnel
from devproxy.diagnose import Diagnosis
from devproxy.errors import ClientError
from devproxy.exchange import Exchange
from devproxy.message import RequestHead, ResponseHead
from devproxy.printable import printable
from devproxy.recent import Recent
from devproxy.terminal import Stream

#: from what needs the least attention to what needs the most
LEVELS: tuple[LogLevel, ...] = get_args(LogLevel)

INDENT = 10  # of what stands below a line: behind its time
# Below this a terminal has no room for the time of day.
_NARROW = 72
_SHORTEST_PATH, _COLUMN_PATH = 10, 16
# What these words are about is said with them.
_CORS_WORDS = frozenset({"ok", "fixed", "allowed", "BLOCKED"})
_CORS_WIDTH = len("cors BLOCKED")


class LogLines:
    """Makes the lines of a log that goes to `out`; `verbose` shows queries."""

    def __init__(self, out: Stream, *, verbose: bool) -> None:
        self._out = out
        self._verbose = verbose
        self._columns = Recent(self._columns_of)

    def text(self, exchange: Exchange, note: str) -> str:
        """One exchange in the columns of the log; where a terminal is too narrow for the note, it stands below."""
        width = self._out.width
        at = "" if width is not None and width < _NARROW else f"{_time()}  "
        failed = exchange.error is not None and not isinstance(exchange.error, ClientError)
        before, words, used = self._columns(
            exchange.request, exchange.plan, exchange.response, exchange.diagnosis, failed, width
        )
        took = f"{exchange.seconds * 1000:.0f} ms" if exchange.ended is not None else ""
        line = f"{at}{before} {took:>8}   {words}"
        if not note:
            return line
        fits = width is None or used + len(f"  {note}") <= width
        between = "  " if fits else f"\n{'':{INDENT}}"
        return f"{line}{between}{self._out.paint('dim', note)}"

    def _columns_of(
        self,
        request: RequestHead,
        plan: Plan | None,
        response: ResponseHead | None,
        diagnosis: Diagnosis,
        failed: bool,  # by position, as Recent has it
        width: int | None,
    ) -> tuple[str, str, int]:
        """What a line says besides the time, the duration and the note: before the duration, behind it; and how long it all is."""
        status, paint = response.status if response else 0, self._out.paint
        method = printable(request.method)
        words = f"cors {diagnosis.word}" if diagnosis.word in _CORS_WORDS else diagnosis.word
        whereto = f"{_whereto(plan, failed=failed):<10}"
        around = len(f"200 {method:<7}  {whereto} {'':>8}   ") + (
            0 if width is None or width < _NARROW else len("00:00:00  ")
        )
        path = request.target if self._verbose else request.target.partition("?")[0]
        path = _cut(printable(path), None if width is None else width - around - _CORS_WIDTH)
        before = f"{paint(_status_colour(status), str(status or '···'))} {method:<7} {path} {whereto}"
        painted = paint("red", words) if diagnosis.word == "BLOCKED" else words
        return before, painted, around + len(path) + len(words)

    def message(self, text: str) -> str:
        """What belongs to no exchange."""
        first, *more = text.splitlines()
        return "\n".join([f"{_time()}  {printable(first)}", *map(printable, more)])

    def message_json(self, level: str, text: str) -> str:
        """What belongs to no exchange, as one JSON object."""
        return json.dumps({"ts": _now(), "level": level, "event": "message", "message": text})

    def json(self, exchange: Exchange, level: str, event: str) -> str:
        """An exchange as one JSON object; the keys are always there."""
        plan, error = exchange.plan, exchange.error
        route = plan.route if plan else None
        members: dict[str, str | int | float | None] = {
            "ts": _now(),
            "level": level,
            "event": event,
            "method": exchange.request.method,
            "path": exchange.request.target if self._verbose else path_of(exchange),
            "status": exchange.response.status if exchange.response else None,
            "duration_ms": None if exchange.ended is None else round(exchange.seconds * 1000, 1),
            "route": route.prefix if route else None,
            "target": str(route.target) if route and isinstance(plan, Forward) else None,
            "request_id": exchange.id,
            "origin": exchange.page,
            "cors": exchange.diagnosis.word,
            "cors_code": exchange.diagnosis.code,
            "error": None if error is None else getattr(error, "detail", str(error)),
        }
        return json.dumps(members)


def _time() -> str:
    return _time_of_day(int(time.time()))


@lru_cache(maxsize=1)
def _time_of_day(second: int) -> str:
    return time.strftime("%H:%M:%S", time.localtime(second))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def path_of(exchange: Exchange) -> str:
    """The path alone: a query may hold a token."""
    return exchange.request.target.partition("?")[0]


def level_of(exchange: Exchange) -> LogLevel:
    """How much attention an exchange deserves."""
    if isinstance(exchange.plan, Reply) and exchange.plan.quiet:
        return "debug"
    status = exchange.response.status if exchange.response else 0
    if status >= 500 or (exchange.error and not isinstance(exchange.error, ClientError)):
        return "error"
    return "warning" if status >= 400 or exchange.diagnosis.word == "BLOCKED" else "info"


def _cut(path: str, room: int | None) -> str:
    """A path in its column: filled up where it is short, cut where the terminal has no room for it."""
    if room is None:
        return f"{path:<{_COLUMN_PATH}}"
    room = max(room, _SHORTEST_PATH)
    cut = path if len(path) <= room else f"{path[: room - 1]}…"
    return f"{cut:<{min(room, _COLUMN_PATH)}}"


def _whereto(plan: Plan | None, *, failed: bool) -> str:
    if not isinstance(plan, Forward):
        return "↺ devproxy"
    target = plan.route.target
    port = target.is_local and not target.socket and not target.label
    name = f":{target.port}" if port else target.authority if target.name == target.origin else target.name
    return f"{'✗' if failed else '→'} {name}"


def note_of(exchange: Exchange) -> str:
    """What there is to say of an exchange in which nothing is remarkable."""
    plan = exchange.plan
    if isinstance(plan, Tunnel) and exchange.response and exchange.response.status == 101:
        return printable(plan.request.upgrade.lower())
    if plan is None or isinstance(plan, Forward):
        return ""
    if plan.preflight is None:
        return plan.answer.title if plan.answer else ""
    asked = ", ".join((plan.preflight.method, *plan.preflight.asked))
    refusal = plan.preflight.refusal
    return printable(
        f"preflight {asked}" + (f"  {refusal.code} {refusal.value} is not allowed" if refusal else "")
    )


def _status_colour(status: int) -> str:
    return "green" if status < 300 else "cyan" if status < 400 else "yellow" if status < 500 else "red"
