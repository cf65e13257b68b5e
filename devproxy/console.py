"""How things look in a terminal: the banner, one line per request, what went wrong.

Log lines go to stdout, everything else to stderr. What a client or a target sent is escaped before a terminal sees it.
This module must not know click, nor decide anything.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from typing import TextIO

from devproxy.commands import command_line
from devproxy.config.build import Config, Log
from devproxy.config.files import read_bytes, source_lines
from devproxy.config.report import escaped, foremost, printable, render, summary
from devproxy.cors.policy import CorsPolicy
from devproxy.decide import Forward, Plan, Reply, Tunnel
from devproxy.diagnose import Diagnosis
from devproxy.errors import ClientError, ConfigError, StartError
from devproxy.exchange import Exchange
from devproxy.message import RequestHead, ResponseHead
from devproxy.pairs import Pairs
from devproxy.problems import Problem
from devproxy.recent import Recent
from devproxy.remarks import Remarks
from devproxy.routing import Route

_STYLES = {"code": 36, "bold": 1, "dim": 2, "red": 31, "green": 32, "yellow": 33, "cyan": 36}
_INDENT = 10  # of what stands below a line of the log: behind its time
_LABEL = 9  # of an explanation, with the blanks behind it
_LABELS = 16  # of the banner's text: behind its labels
_LABEL = 9  # of a label: what room there is for a project's name
# Below this a terminal has no room for the time of day.
_NARROW = 72
# So many lines take about a millisecond, in which nothing else is done.
_MOST_TOGETHER = 64
_SHORTEST_PATH, _COLUMN_PATH = 10, 16
# What these words are about is said with them.
_CORS_WORDS = frozenset({"ok", "fixed", "allowed", "BLOCKED"})
_CORS_WIDTH = len("cors BLOCKED")


class Console:
    """Writes for people; as a listener of exchanges it prints one line for each, as `log` says.

    `verbose` shows queries in the log, `quiet` leaves the banner out. `command` is how devproxy was started.
    """

    def __init__(
        self,
        out: TextIO | None = None,
        err: TextIO | None = None,
        *,
        command: Sequence[str] = ("devproxy",),
        verbose: bool = False,
        quiet: bool = False,
    ) -> None:
        self.log = Log()
        self._remarks = Remarks(command)
        self._pairs = Pairs()
        #: does something a little later, so that what ends meanwhile is told together
        self.soon: Callable[[Callable[[], None]], object] = lambda do: do()
        self._over: list[Exchange] = []
        self._verbose, self._quiet = verbose, quiet
        self._columns = Recent(self._columns_of)
        self._out = _Stream(out or sys.stdout)
        self._err = _Stream(err or sys.stderr)

    @property
    def on_terminal(self) -> bool:
        """Whether a person may be reading."""
        return self._err.width is not None

    def banner(
        self,
        version: str,
        seconds: float,
        url: str,
        config: Config,
        listening: Mapping[str, bool],
        *,
        warnings: Sequence[str] = (),
        shortcuts: bool = False,
    ) -> None:
        """What is served where.

        `listening` says of local targets, by name, whether something answers there yet; `warnings` are sentences about
        what is surely not meant. `shortcuts` says that keys are listened to.
        """
        if self._quiet:
            return
        ready = f"ready in {seconds * 1000:.0f} ms"
        routes = [
            (
                route.project or "Proxy",
                _address(url, route),
                f"→ {route.target}",
                _STATES[listening.get(route.target.name)],
            )
            for route in config.routes
        ]
        policy = _policy_words(config.site_policy)
        advice = [_advice(url, config.routes[0])] if len(config.routes) == 1 else []
        if not config.file:
            advice.append(f"Keep these settings with: {_keeping(config)}")
        width = self._err.width
        if width is None:
            self._plain_banner(version, ready, routes, "".join(policy), (*warnings, *advice))
            return
        say, paint = self._err.line, self._err.paint
        say(f"\n  {paint('bold', f'devproxy {version}')}   {paint('dim', ready)}\n")
        self._routes(routes, width)
        first, *rest = _fitted(policy, width - _LABELS)
        say(f"  {paint('green', '➜  Origins  ')}  {first}")
        for line in rest:
            say(f"{'':{_LABELS}}{line}")
        say("")
        for warning in warnings:
            for line in _fitted(_words(printable(warning)), width - 2):
                say(f"  {paint('yellow', line)}")
            say("")
        if False in listening.values():
            say("  What is not listening yet is tried again on each request.")
        for line in advice:
            say(f"  {line}")
        keys = "press h + enter for help, q + enter to quit" if shortcuts else "ctrl + c stops devproxy"
        say(paint("dim", f"  {keys}\n"))

    def _routes(self, routes: Sequence[tuple[str, str, str, str]], width: int) -> None:
        own_width = max((len(own) for _, own, _, _ in routes), default=0)
        longest = max((len(target) + len(state) for _, _, target, state in routes), default=0)
        beside = _LABELS + own_width + 2 + longest <= width
        say, paint = self._err.line, self._err.paint
        above = ""
        for whose, own, target, state in routes:
            label = "" if whose == above else f"➜  {printable(whose)[:_LABEL]}"
            above = whose
            behind = f"{target}{paint('dim', state)}"
            if beside:
                say(f"  {paint('green', f'{label:<12}')}  {paint('cyan', own.ljust(own_width))}  {behind}")
            else:
                say(f"  {paint('green', f'{label:<12}')}  {paint('cyan', own)}\n     {behind}")

    def _plain_banner(
        self,
        version: str,
        ready: str,
        routes: Iterable[tuple[str, str, str, str]],
        policy: str,
        facts: Iterable[str],
    ) -> None:
        """One fact a line, for files and the logs of containers."""
        self._err.line(f"devproxy {version}   {ready}")
        for whose, own, target, state in routes:
            self._err.line(f"{printable(whose)[:_LABEL]:<8} {own}  {target}{state}")
        self._err.line(f"Origins  {policy}")
        for fact in facts:
            self._err.line(printable(fact))

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

    def backend_banner(self, backend: str) -> None:
        """Where the demo's backend is, without the rest of the demo."""
        self._err.line(f"devproxy demo: a backend that sends no CORS header, at {backend}")

    def shortcuts(self) -> None:
        """The keys that are listened to."""
        for key, does in (
            ("h", "show this"),
            ("e", "explain the last block"),
            ("r", "read the configuration again"),
            ("c", "clear the terminal"),
            ("q", "quit"),
        ):
            self._err.line(f"  {self._err.paint('bold', key)} + enter   {does}")

    def explain(self) -> None:
        """All that there is to say about the last block."""
        self.catch_up()
        last = self._remarks.last
        if last is None:
            self._err.line("nothing was blocked so far, and nothing would have been without devproxy")
            return
        for label, text in self._remarks.explanation(last):
            width = (self._err.width or 100) - _LABEL
            first, *more = _fitted(_words(printable(text)), width)
            self._err.line(f"{self._err.paint('bold', f'{label:{_LABEL}}')}{first}")
            for line in more:
                self._err.line(f"{'':{_LABEL}}{line}")

    def summary(self) -> None:
        """What would not have worked without devproxy, when it ends."""
        self.catch_up()
        if not self._quiet:
            for line in self._remarks.summary():
                self._err.line(printable(line))

    def clear(self) -> None:
        """Clear the terminal, the lines that have scrolled out of it included."""
        self._err.write("\x1b[H\x1b[2J\x1b[3J")

    def problems(self, problems: Sequence[Problem], file: str = "", *, left_out: Iterable[str] = ()) -> None:
        """Every problem of a configuration, with the lines at fault, and how many there are; and which files are not served."""
        files = dict.fromkeys(problem.place.file for problem in problems if problem.place)
        lines = {name: _source_lines(name) for name in files}
        for problem in foremost(problems):
            colour = "red" if problem.severity == "error" else "yellow"
            quoted = lines[problem.place.file] if problem.place else ()
            first, _, rest = render(problem, quoted).partition("\n")
            self._err.line(self._err.paint(colour, first) + (f"\n{rest}\n" if rest else ""))
        if file:
            self._err.line(summary(problems, ", ".join(files) or file))
        if names := ", ".join(left_out):
            self._err.line(self._err.paint("red", f"left out: {printable(names)}; the rest is served"))

    def did_not_start(self, error: ConfigError | StartError, file: str = "") -> None:
        """Why devproxy does not run."""
        if isinstance(error, ConfigError):
            self.problems(error.problems, file)
        else:
            self.failed(error)
        self._err.line("devproxy did not start")

    def failed(self, error: StartError) -> None:
        """What could not be done, and what to do instead."""
        self._err.line(self._err.paint("red", f"error: {printable(str(error))}"))
        if error.hint:
            self._err.line(f"  = help: {printable(error.hint)}")

    def stopping(self, count: int, seconds: float) -> None:
        """Why devproxy has not stopped yet."""
        requests = "1 request" if count == 1 else f"{count} requests"
        self._err.line(f"waiting up to {seconds:.0f} s for {requests}; ctrl + c again stops at once")

    def rows(self, rows: Iterable[tuple[str, str]]) -> None:
        """Labelled lines on stdout; a line without a label belongs to the one above.

        Where a terminal ends, they are broken between words, unless they begin with a blank: those are to be copied.
        """
        rows = list(rows)
        width = max((len(label) for label, _ in rows), default=0)
        for label, text in rows:
            shown = printable(text)
            room = self._out.width if not text.startswith(" ") else None
            first, *more = _fitted(_words(shown), room - width - 2) if room else [shown]
            self._out.line(f"{self._out.paint('green', f'{label:{width}}')}  {first}".rstrip())
            for line in more:
                self._out.line(f"{'':{width}}  {line}")

    @contextmanager
    def asking(self, url: str) -> Iterator[None]:
        """Say who is waited for, as long as that lasts, where a person may be reading."""
        width = self._err.width
        if width is None:
            yield
            return
        words = f"asking {printable(url)}"[: width - 1]
        self._err.write(words)
        try:
            yield
        finally:
            self._err.write(f"\r{'':{len(words)}}\r")

    def report(self, lines: Iterable[tuple[str, str]]) -> None:
        """Lines with a style on stdout; what has the style `code` stays whole, to be copied."""
        for style, text in lines:
            shown = escaped(text) if style == "code" else printable(text)
            indent = len(shown) - len(shown.lstrip())
            width = self._out.width if style != "code" else None
            fitted = _fitted(_words(shown[indent:]), width - indent - 2) if width else [shown[indent:]]
            for position, line in enumerate(fitted):
                before = f"{'':{indent + (2 if position else 0)}}"
                self._out.line(f"{before}{self._out.paint(style, line)}".rstrip())

    def look(self, now: float, running: Iterable[Exchange]) -> None:
        """Tell of preflights that nothing followed until `now` (seconds of the exchanges' clock)."""
        for line in self._pairs.overdue(now, running):
            self.record("warning", line)

    def answered(self, exchange: Exchange) -> None:
        """A head is on its way; it is told at the end, unless the answer is a stream that may have none."""
        self._pairs.note(exchange)
        if exchange.open_ended:
            self.catch_up()
            self._tell(exchange)

    def ended(self, exchange: Exchange) -> None:
        """Tell soon what was asked and answered, and what broke."""
        self._over.append(exchange)
        if len(self._over) == 1:
            self.soon(self.catch_up)
        elif len(self._over) == _MOST_TOGETHER:
            self.catch_up()

    def catch_up(self) -> None:
        """Tell of all exchanges that are over, in one piece."""
        if not self._over:
            return
        over, self._over = self._over, []
        self._out.gather()
        try:
            for exchange in over:
                if not exchange.open_ended or not isinstance(exchange.error, ClientError | None):
                    self._tell(exchange)
        finally:
            self._out.let_go()

    def held(self, exchange: Exchange) -> None:
        """Tell once that requests wait for a target that is being restarted."""
        if self._remarks.hold(exchange):
            self.waiting(exchange, 0)

    def waiting(self, exchange: Exchange, seconds: float) -> None:
        """Tell that a target has not answered for so long, or (0) that it is being restarted."""
        if self.log.skips(_path(exchange)) or _LEVELS.index(self.log.level) > _LEVELS.index("info"):
            return
        if self.log.format == "json":
            self._out.line(self._json(exchange, "info", "waiting"))
        else:
            note = f"still waiting after {seconds:.0f} s" if seconds else "restarting; requests wait for it"
            self._out.line(self._log_line(exchange, note))

    def record(self, level: str, text: str) -> None:
        """A line of the log that belongs to no exchange."""
        if _LEVELS.index(level) < _LEVELS.index(self.log.level):
            return
        self.catch_up()
        if self.log.format == "json":
            self._out.line(json.dumps({"ts": _now(), "level": level, "event": "message", "message": text}))
        else:
            first, *more = text.splitlines()
            self._out.line("\n".join([f"{_time()}  {printable(first)}", *map(printable, more)]))

    def _tell(self, exchange: Exchange) -> None:
        remark = self._remarks.note(exchange)  # counts what gets no line, too
        level = _level(exchange)
        if _LEVELS.index(level) < _LEVELS.index(self.log.level) or self.log.skips(_path(exchange)):
            return
        if self.log.format == "json":
            self._out.line(self._json(exchange, level, "opened" if exchange.ended is None else "ended"))
            return
        self._out.line(self._log_line(exchange, remark.news or _note(exchange)))
        for text in (*remark.lines, *(exchange.changes if self._verbose else ())):
            # What is to be copied stays whole: a terminal that breaks it puts it together again.
            width = self._out.width if not text.startswith("fix ") else None
            shown = printable(text)
            for line in _fitted(_words(shown), width - _INDENT) if width else (shown,):
                self._out.line(f"{'':{_INDENT}}{self._out.paint('dim', line)}")

    def _log_line(self, exchange: Exchange, note: str) -> str:
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
        between = "  " if fits else f"\n{'':{_INDENT}}"
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

    def _json(self, exchange: Exchange, level: str, event: str) -> str:
        """An exchange as one JSON object; the keys are always there."""
        plan, error = exchange.plan, exchange.error
        route = plan.route if plan else None
        members: dict[str, str | int | float | None] = {
            "ts": _now(),
            "level": level,
            "event": event,
            "method": exchange.request.method,
            "path": exchange.request.target if self._verbose else _path(exchange),
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


_LEVELS = ("debug", "info", "warning", "error")


def _time() -> str:
    return _time_of_day(int(time.time()))


@lru_cache(maxsize=1)
def _time_of_day(second: int) -> str:
    return time.strftime("%H:%M:%S", time.localtime(second))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _path(exchange: Exchange) -> str:
    """The path alone: a query may hold a token."""
    return exchange.request.target.partition("?")[0]


def _level(exchange: Exchange) -> str:
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


def _words(text: str) -> list[str]:
    return [f"{word} " for word in text.split(" ")]


def _fitted(words: Sequence[str], width: int) -> list[str]:
    """Words, with the blanks behind them, on as few lines as hold them; one that is too long has a line of its own."""
    lines = [""]
    for word in words:
        if lines[-1] and len(f"{lines[-1]}{word}".rstrip()) > width:
            lines.append("")
        lines[-1] += word
    return [line.rstrip() for line in lines]


class _Stream:
    """A text stream that knows whether it takes colour, and never fails for a character that it cannot encode."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._encoding = (stream.encoding or "utf-8").lower()
        self._gathered: list[str] | None = None
        self._terminal = stream.isatty()
        self._coloured = _takes_colour(self._terminal)
        if self._terminal and sys.platform == "win32":
            import colorama  # noqa: PLC0415  # it comes with click there

            colorama.just_fix_windows_console()

    @property
    def width(self) -> int | None:
        """The columns of the terminal; None where it is none."""
        if not self._terminal:
            return None
        try:
            return os.get_terminal_size(self._stream.fileno()).columns or 80
        except (OSError, ValueError):
            return 80

    def line(self, text: str) -> None:
        self.write(f"{text}\n")

    def gather(self) -> None:
        """Keep what is written from now on."""
        self._gathered = []

    def let_go(self) -> None:
        """Write in one piece what was kept."""
        gathered, self._gathered = self._gathered or [], None
        if gathered:
            self.write("".join(gathered))

    def write(self, text: str) -> None:
        if self._gathered is not None:
            self._gathered.append(text)
            return
        if self._encoding != "utf-8":
            text = text.encode(self._encoding, "replace").decode(self._encoding)
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):  # whoever read this has gone, or the disk is full; the traffic goes on
            return

    def paint(self, style: str, text: str) -> str:
        return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if self._coloured and text and style else text


def _takes_colour(terminal: bool) -> bool:
    """By the conventions of NO_COLOR, FORCE_COLOR and TERM=dumb."""
    if os.environ.get("NO_COLOR"):
        return False
    if forced := os.environ.get("FORCE_COLOR"):
        return forced != "0"
    return terminal and os.environ.get("TERM") != "dumb"


_STATES = {None: "", True: "   (listening)", False: "   (not listening yet)"}


def _policy_words(policy: CorsPolicy) -> list[str]:
    local = ["any page on localhost, *.localhost, 127.0.0.1, [::1]"]
    pages = ["any page"] if policy.any_origin else local if policy.local else []
    pages += [str(pattern) for pattern in policy.allow_origins]
    credentials = f"credentials: {'yes' if policy.allow_credentials else 'no'}   "
    named = [*(f"{page}, " for page in pages[:-1]), f"{pages[-1] if pages else 'none'}   "]
    return [*named, credentials, "preflight: answered here"]


def _address(url: str, route: Route) -> str:
    """Where a route is reached, by its first name if it has any."""
    scheme, _, authority = url.partition("://")
    host = f"{route.hosts[0]}:{authority.rpartition(':')[2]}" if route.hosts else authority
    return f"{scheme}://{host}{route.prefix}"


def _advice(url: str, route: Route) -> str:
    """What to call instead of what was called before."""
    prefix = route.prefix.rstrip("/")
    before = f"{route.target}{'' if route.strip_prefix or route.target.label else prefix}"
    return f"In your frontend, call {_address(url, route).rstrip('/')} instead of {before}."


def _keeping(config: Config) -> str:
    """The command that writes what was typed into a file; no slash in front, which Git Bash would make a path of Windows."""
    given, words = config.source.given, ["devproxy", "init"]
    for route in config.routes:
        prefix = "" if route.prefix == "/" else f"{route.prefix[1:]}="
        words.append(f"{prefix}{route.target}{',strip' if route.strip_prefix else ''}")
    for name, value in (("host", given.host), ("port", given.port)):
        if value is not None and name not in given.variables:
            words += [f"--{name}", str(value)]
    return command_line(
        [*words, *(word for origin in given.allow_origins for word in ("--allow-origin", origin))]
    )


def _source_lines(file: str) -> list[str]:
    try:
        return source_lines(read_bytes(file).decode("utf-8-sig", "replace")) if file else []
    except ConfigError:
        return []


def _whereto(plan: Plan | None, *, failed: bool) -> str:
    if not isinstance(plan, Forward):
        return "↺ devproxy"
    target = plan.route.target
    port = target.is_local and not target.socket and not target.label
    name = f":{target.port}" if port else target.authority if target.name == target.origin else target.name
    return f"{'✗' if failed else '→'} {name}"


def _note(exchange: Exchange) -> str:
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
