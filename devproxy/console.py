"""How things look in a terminal: the banner, one line per request, what went wrong.

Log lines go to stdout, everything else to stderr. What a client or a target sent is escaped before a terminal sees it.
This module must not know click, nor decide anything.
"""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TextIO

from devproxy.banner import Banner, show
from devproxy.config.build import Log
from devproxy.config.files import read_bytes, source_lines
from devproxy.config.report import foremost, render, summary
from devproxy.errors import ClientError, ConfigError, StartError
from devproxy.exchange import Exchange
from devproxy.logline import INDENT, LEVELS, LogLines, level_of, note_of, path_of
from devproxy.pairs import Pairs
from devproxy.printable import escaped, printable
from devproxy.problems import Problem
from devproxy.remarks import Remarks
from devproxy.terminal import Stream, fitted, words

_LABEL = 9  # of an explanation, with the blanks behind it
# So many lines take about a millisecond, in which nothing else is done.
_MOST_TOGETHER = 64


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
        self._out = Stream(out or sys.stdout)
        self._err = Stream(err or sys.stderr)
        self._lines = LogLines(self._out, verbose=verbose)

    @property
    def on_terminal(self) -> bool:
        """Whether a person may be reading."""
        return self._err.width is not None

    def banner(self, told: Banner) -> None:
        """What is said at the start, to those who want it."""
        if not self._quiet:
            show(self._err, told)

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
            first, *more = fitted(words(printable(text)), width)
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
        """Labelled lines on stdout; a line without a label belongs to the one above. Raises OSError where they cannot be written.

        Where a terminal ends, they are broken between words, unless they begin with a blank: those are to be copied.
        """
        rows = list(rows)
        width = max((len(label) for label, _ in rows), default=0)
        for label, text in rows:
            shown = printable(text)
            room = self._out.width if not text.startswith(" ") else None
            first, *more = fitted(words(shown), room - width - 2) if room else [shown]
            lines = [
                f"{self._out.paint('green', f'{label:{width}}')}  {first}",
                *(f"{'':{width}}  {line}" for line in more),
            ]
            for line in lines:
                self._out.deliver(f"{line.rstrip()}\n")

    @contextmanager
    def asking(self, url: str) -> Iterator[None]:
        """Say who is waited for, as long as that lasts, where a person may be reading."""
        width = self._err.width
        if width is None:
            yield
            return
        said = f"asking {printable(url)}"[: width - 1]
        self._err.write(said)
        try:
            yield
        finally:
            self._err.write(f"\r{'':{len(said)}}\r")

    def report(self, lines: Iterable[tuple[str, str]]) -> None:
        """Lines with a style on stdout; what has the style `code` stays whole, to be copied. Raises OSError where they cannot be written."""
        for style, text in lines:
            shown = escaped(text) if style == "code" else printable(text)
            indent = len(shown) - len(shown.lstrip())
            width = self._out.width if style != "code" else None
            broken = fitted(words(shown[indent:]), width - indent - 2) if width else [shown[indent:]]
            for position, line in enumerate(broken):
                before = f"{'':{indent + (2 if position else 0)}}"
                self._out.deliver(f"{before}{self._out.paint(style, line)}".rstrip() + "\n")

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
        if self.log.skips(path_of(exchange)) or LEVELS.index(self.log.level) > LEVELS.index("info"):
            return
        if self.log.format == "json":
            self._out.line(self._lines.json(exchange, "info", "waiting"))
        else:
            note = f"still waiting after {seconds:.0f} s" if seconds else "restarting; requests wait for it"
            self._out.line(self._lines.text(exchange, note))

    def record(self, level: str, text: str) -> None:
        """A line of the log that belongs to no exchange."""
        if LEVELS.index(level) < LEVELS.index(self.log.level):
            return
        self.catch_up()
        if self.log.format == "json":
            self._out.line(self._lines.message_json(level, text))
        else:
            self._out.line(self._lines.message(text))

    def _tell(self, exchange: Exchange) -> None:
        remark = self._remarks.note(exchange)  # counts what gets no line, too
        level = level_of(exchange)
        if LEVELS.index(level) < LEVELS.index(self.log.level) or self.log.skips(path_of(exchange)):
            return
        if self.log.format == "json":
            self._out.line(self._lines.json(exchange, level, "opened" if exchange.ended is None else "ended"))
            return
        self._out.line(self._lines.text(exchange, remark.news or note_of(exchange)))
        for text in (*remark.lines, *(exchange.changes if self._verbose else ())):
            # What is to be copied stays whole: a terminal that breaks it puts it together again.
            width = self._out.width if not text.startswith("fix ") else None
            shown = printable(text)
            for line in fitted(words(shown), width - INDENT) if width else (shown,):
                self._out.line(f"{'':{INDENT}}{self._out.paint('dim', line)}")


def _source_lines(file: str) -> list[str]:
    try:
        return source_lines(read_bytes(file).decode("utf-8-sig", "replace")) if file else []
    except ConfigError:
        return []
