"""What a person sees in the terminal."""

import json
import os
from datetime import datetime

import pytest

from devproxy.config.build import Log, from_targets, parse
from devproxy.console import Console
from devproxy.errors import ClientError, ConfigError, StartError, TargetError
from devproxy.problems import Place, Problem
from tests.terminals import FOREIGN, LOCAL, Terminal, banner, exchange_of, log, log_as

pytestmark = pytest.mark.usefixtures("plain_environment")


def test_what_is_to_be_copied_stays_whole(columns):
    """A terminal that breaks a line puts it together again when it is copied."""
    columns(60)
    config = parse("cors: {allow_origins: ['http://a.test']}\nroutes: {/: 'http://localhost:3001'}")
    lines = log(exchange_of(FOREIGN, config=config), tty=True).splitlines()
    assert (
        "          fix   add https://evil.test to allow_origins at proxy.yaml:1   (saved files reload by themselves)"
        in lines
    )


def test_a_refused_preflight_says_which_command_would_allow_it():
    """The page's origin, and what to type."""
    out = Terminal()
    console = Console(out, Terminal(), command=("devproxy", "/=[::1]:3001"))
    console.ended(exchange_of(FOREIGN, ("Access-Control-Request-Method", "PUT"), method="OPTIONS"))
    first, kept, why, fix = out.getvalue().splitlines()
    columns = "403 OPTIONS /api/users ↺ devproxy 12 ms cors BLOCKED preflight PUT origin https://evil.test is not allowed"
    assert first.split()[1:] == columns.split()
    assert kept.strip() == "The browser will not send the request:"
    assert why.strip() == "https://evil.test is not in cors.allow_origins"
    assert fix.strip() == "fix   devproxy '/=[::1]:3001' --allow-origin https://evil.test"


def test_a_target_that_is_waited_for_is_told_once():
    """One line instead of a flood, and one when it is back."""
    out = Terminal()
    console = Console(out, Terminal())
    waits = exchange_of(LOCAL)
    over, waits.response, waits.ended = waits.response, None, None
    console.held(waits)
    console.held(waits)
    (line,) = out.getvalue().splitlines()
    assert line.split()[1:5] == ["···", "GET", "/api/users", "→"]
    assert line.endswith("restarting; requests wait for it")
    waits.response, waits.ended = over, 3.0
    console.ended(waits)
    assert out.getvalue().splitlines()[1].endswith("backend is back after 2 s")


def test_what_was_changed_is_for_those_who_ask():
    """A redirect that was brought back, below its line."""
    config = from_targets(["auth=3001,strip"])
    exchange = exchange_of(config=config, target="/auth/a", answer=(302, [("Location", "/login?t=hunter2")]))
    assert "Location" not in log(exchange)
    told = log(exchange, verbose=True)
    assert "Location: /login?… → /auth/login?…" in told
    assert "hunter2" not in told


def test_what_belongs_to_no_request_has_the_form_of_the_log():
    """A malformed request, or a mistake of devproxy's own with its traceback."""
    out = Terminal()
    console = Console(out, Terminal())
    console.record("warning", "400  refused \x1b[31m")
    console.record("error", "a mistake\nTraceback:\n  x")
    assert out.getvalue().splitlines()[0][10:] == "400  refused \\x1b[31m"
    assert out.getvalue().splitlines()[1:] == [
        f"{out.getvalue().splitlines()[1][:10]}a mistake",
        "Traceback:",
        "  x",
    ]
    console.log = Log(format="json", level="error")
    console.record("warning", "400")
    console.record("error", "a mistake")
    told = json.loads(out.getvalue().splitlines()[4])
    assert (told["level"], told["event"], told["message"]) == ("error", "message", "a mistake")


def test_a_request_that_waits_is_told():
    """Where it waits, and for how long; for programs too."""
    exchange = exchange_of(LOCAL)
    exchange.response = exchange.sent = exchange.ended = None
    out = Terminal()
    console = Console(out, Terminal())
    console.waiting(exchange, 10.0)
    assert out.getvalue().split()[1:] == [
        "···",
        "GET",
        "/api/users",
        "→",
        ":3001",
        "cors",
        "allowed",
        "still",
        "waiting",
        "after",
        "10",
        "s",
    ]
    console.log = Log(format="json")
    console.waiting(exchange, 10.0)
    told = json.loads(out.getvalue().splitlines()[1])
    assert [told[key] for key in ("event", "status", "duration_ms")] == ["waiting", None, None]
    for quieter in (Log(level="warning"), Log(skip=("/api/*",))):
        console.log = quieter
        console.waiting(exchange, 10.0)
    assert len(out.getvalue().splitlines()) == 2


def test_a_dead_target_is_explained_below_its_line():
    """What was tried, and which route it was."""
    error = TargetError(
        "refused", "devproxy could not connect to http://localhost:3001 (connection refused on ::1)"
    )
    config = parse("routes:\n  /api: http://localhost:3001\n")
    first, *below = log(exchange_of(LOCAL, config=config, error=error)).splitlines()
    assert first.split()[1:6] == ["502", "GET", "/api/users", "✗", ":3001"]
    assert [line.strip() for line in below] == [
        error.detail,
        "Is the backend running, and on this port?",
        "route /api → http://localhost:3001   proxy.yaml:2",
    ]


def test_a_refusal_is_explained_below_its_line():
    """What was refused, and the line of the configuration that would allow it."""
    text = log(exchange_of(FOREIGN, method="POST"))
    assert "403 POST" in text
    assert "--allow-origin https://evil.test" in text
    assert "block_cross_site: false" in text
    assert "\\n" not in text


def test_a_client_that_goes_before_its_answer_is_told_briefly():
    """No status was sent."""
    exchange = exchange_of(LOCAL)
    exchange.response, exchange.error = None, ClientError("the client has gone")
    assert log(exchange).splitlines()[0].split()[1] == "···"
    assert log(exchange).splitlines()[1].strip() == "the client has gone"


def test_a_client_that_goes_in_mid_answer_is_no_news():
    """Browsers do that when a page is left."""
    exchange = exchange_of(LOCAL, error=ClientError("the client has gone"))
    assert len(log(exchange).splitlines()) == 1


@pytest.mark.parametrize(
    "fields",
    [(("Content-Type", "text/event-stream"),), (("Content-Type", "text/event-stream;charset=utf-8"),)],
)
def test_an_event_stream_is_told_when_it_opens(fields):
    """It may stay open for hours; the line does not wait, and comes once."""
    exchange = exchange_of(answer=(200, fields))
    exchange.ended = None
    out = Terminal()
    console = Console(out, Terminal())
    console.answered(exchange)
    assert out.getvalue().split()[1:6] == ["200", "GET", "/api/users", "→", ":3001"]
    exchange.ended = 9.0
    console.ended(exchange)
    exchange.error = ClientError("the client has gone")  # as streams mostly end
    console.ended(exchange)
    assert len(out.getvalue().splitlines()) == 1
    exchange.error = TargetError("reset", "The target has gone.")
    console.ended(exchange)
    assert "The target has gone." in out.getvalue()


def test_the_log_may_be_json():
    """One object per line, for programs."""
    (line,) = log_as(Log(format="json"), exchange_of(LOCAL, target="/api?token=hunter2"))
    told = json.loads(line)
    assert datetime.fromisoformat(told.pop("ts")).tzinfo
    assert told == {
        "level": "info",
        "event": "ended",
        "method": "GET",
        "path": "/api",
        "status": 200,
        "duration_ms": 12.0,
        "route": "/",
        "target": "http://localhost:3001",
        "request_id": "r7",
        "origin": "http://localhost:5173",
        "cors": "fixed",
        "cors_code": "actual.acao-missing",
        "error": None,
    }
    error = TargetError("refused", "nobody is there")
    (line,) = log_as(Log(format="json"), exchange_of(FOREIGN, error=error))
    told = json.loads(line)
    assert [told[key] for key in ("level", "status", "error")] == ["error", 502, "nobody is there"]
    assert (told["cors"], told["cors_code"]) == ("BLOCKED", "actual.acao-missing")


@pytest.mark.parametrize(("level", "statuses"), [("debug", 4), ("info", 4), ("warning", 3), ("error", 1)])
def test_a_level_leaves_out_what_needs_less_attention(level, statuses):
    """Blocked pages and client errors are warnings, failures are errors."""
    exchanges = [
        exchange_of(LOCAL),
        exchange_of(FOREIGN),
        exchange_of(answer=(404, ())),
        exchange_of(answer=(500, ())),
    ]
    lines = log_as(Log(level=level), *exchanges)
    assert sum(line.split()[1] in {"200", "404", "500"} for line in lines) == statuses


def test_paths_may_be_skipped():
    """What nobody wants to read gets no line."""
    exchanges = [exchange_of(target="/@vite/client?t=1"), exchange_of(target="/api")]
    assert len(log_as(Log(skip=("/@vite/*",)), *exchanges)) == 1


def test_who_wants_no_banner_gets_none():
    """`--quiet`."""
    assert banner(from_targets(["3001"]), quiet=True) == ""


def test_the_keys_are_explained_and_the_terminal_cleared():
    """One line for each."""
    err = Terminal()
    console = Console(Terminal(), err)
    console.shortcuts()
    assert [line.split()[0] for line in err.getvalue().splitlines()] == ["h", "e", "r", "c", "q"]
    console.clear()
    assert err.getvalue().endswith("\x1b[3J")


def test_the_last_block_is_explained(columns):
    """On lines that fit, each behind its label; before there is one, that is said."""
    columns(60)
    err = Terminal(tty=True)
    console = Console(Terminal(), err)
    console.explain()
    assert err.getvalue().startswith("nothing was blocked so far")
    console.ended(exchange_of(FOREIGN))
    console.explain()
    lines = err.getvalue().splitlines()[1:]
    assert lines[0].startswith("r7       GET /api/users for the page at https://evil.test")
    assert max(map(len, lines)) <= 60
    assert any(line.startswith("why      ") for line in lines)


def test_the_end_says_what_worked_only_because_of_devproxy():
    """Unless it was told to be quiet, or nothing did."""
    for quiet, exchange, count in (
        (False, exchange_of(LOCAL), 3),
        (True, exchange_of(LOCAL), 0),
        (False, exchange_of(), 0),
    ):
        err = Terminal()
        console = Console(Terminal(), err, quiet=quiet)
        console.ended(exchange)
        console.summary()
        assert len(err.getvalue().splitlines()) == count


def test_a_preflight_that_nothing_follows_is_a_line_of_the_log():
    """A warning, when its time is over."""
    out = Terminal()
    console = Console(out, Terminal())
    preflight = exchange_of(LOCAL, ("Access-Control-Request-Method", "PUT"), method="OPTIONS")
    console.answered(preflight)
    console.ended(preflight)
    console.look(1.0, ())
    assert len(out.getvalue().splitlines()) == 1
    console.look(100.0, ())
    assert "preflight allowed, but no PUT /api/users followed" in out.getvalue().splitlines()[1]


@pytest.mark.parametrize(("tty", "said"), [(True, f"asking http://localhost:3001/\r{'':29}\r"), (False, "")])
def test_who_is_waited_for(tty, said):
    """Only a person is told, and only as long as that lasts."""
    err = Terminal(tty=tty)
    with Console(Terminal(), err).asking("http://localhost:3001/"):
        pass
    assert err.getvalue() == said


def test_a_report_is_wrapped_but_for_what_is_copied(columns):
    """Indented as it was, and without colour where none is wanted."""
    columns(40)
    out = Terminal(tty=True)
    Console(out, Terminal()).report(
        [("red", "  ✗ " + "word " * 12), ("code", "  " + "x y " * 300 + "\x1b[2J"), ("", "")]
    )
    first, second, code, empty = out.getvalue().splitlines()
    assert (first[:4], second[:4], empty) == ("  ✗ ", "    ", "")
    assert code == "  " + "x y " * 300 + r"\x1b[2J"


def test_rows_stand_in_columns():
    """Labels aligned, what is below them too, nothing unprintable."""
    out = Terminal()
    Console(out, Terminal()).rows([("route", "/api"), ("", "\x1b[31m"), ("target", "x")])
    assert out.getvalue() == "route   /api\n        \\x1b[31m\ntarget  x\n"


def test_rows_end_where_a_terminal_does(monkeypatch):
    """Sentences are broken between words, below their own beginning; what is to be copied stays whole."""
    monkeypatch.setattr("os.get_terminal_size", lambda *_: os.terminal_size((20, 50)))
    out = Terminal(tty=True)
    out.fileno = lambda: 1
    monkeypatch.setenv("NO_COLOR", "1")
    Console(out, Terminal()).rows(
        [("fix", "one two three four five"), ("", "  devproxy http://localhost:3001")]
    )
    assert out.getvalue() == "fix  one two three\n     four five\n       devproxy http://localhost:3001\n"


def test_the_demo_banner_names_the_page_to_open():
    """And what is behind it."""
    err = Terminal()
    Console(Terminal(), err).demo_banner(
        page="http://localhost:1", proxy="http://localhost:2", backend="http://localhost:3"
    )
    assert "Open       http://localhost:1\n" in err.getvalue()
    assert "http://localhost:2  → http://localhost:3" in err.getvalue()


def test_the_backend_alone_says_where_it_is():
    """One line, as in the log of a container."""
    err = Terminal()
    Console(Terminal(), err).backend_banner("http://localhost:3001")
    assert err.getvalue() == "devproxy demo: a backend that sends no CORS header, at http://localhost:3001\n"


def test_problems_are_quoted_from_their_file(tmp_path):
    """With a caret below the part at fault, and counted at the end."""
    file = tmp_path / "proxy.yaml"
    file.write_text("listen:\n  prot: 8484\n")
    problem = Problem(
        "unknown", "unknown key 'prot' in listen", "did you mean 'port'?", place=Place(str(file), 2, 3)
    )
    err = Terminal()
    Console(Terminal(), err).problems([problem], str(file))
    assert err.getvalue().splitlines() == [
        "error: unknown key 'prot' in listen",
        f" --> {file}:2:3",
        "2 |   prot: 8484",
        "  |   ^^^^",
        "  = help: did you mean 'port'?",
        "",
        f"1 error in {file}",
    ]


def test_each_problem_is_quoted_from_its_own_file(tmp_path):
    """A configuration and a file of variables may both be wrong."""
    for name, text in (("proxy.yaml", "routes:\n"), ("b.env", "no variable\n")):
        (tmp_path / name).write_text(text)
    place = Place(str(tmp_path / "b.env"), 1, 1)
    err = Terminal()
    Console(Terminal(), err).problems([Problem("env", "bad", place=place)], str(tmp_path / "proxy.yaml"))
    assert "1 | no variable" in err.getvalue()
    assert err.getvalue().endswith(f"1 error in {tmp_path / 'b.env'}\n")


def test_a_start_that_fails_says_why_and_what_instead():
    """Both kinds of error end with the same words."""
    err = Terminal()
    console = Console(Terminal(), err)
    console.did_not_start(StartError("port 8484 is in use", "use --port 8486"))
    console.did_not_start(StartError("no"))
    console.did_not_start(ConfigError([Problem("x", "bad")]), "missing.yaml")
    assert err.getvalue().splitlines() == [
        "error: port 8484 is in use",
        "  = help: use --port 8486",
        "devproxy did not start",
        "error: no",
        "devproxy did not start",
        "error: bad",
        "1 error in missing.yaml",
        "devproxy did not start",
    ]


@pytest.mark.parametrize(("count", "words"), [(1, "1 request;"), (3, "3 requests;")])
def test_a_stop_that_waits_says_for_what(count, words):
    """And how to end it at once."""
    err = Terminal()
    Console(Terminal(), err).stopping(count, 8.0)
    assert err.getvalue() == f"waiting up to 8 s for {words} ctrl + c again stops at once\n"


def test_a_health_check_gets_no_line():
    """It comes every few seconds; who wants to see everything sees it."""
    check = exchange_of(target="/__devproxy__/health")
    assert log(check) == ""
    assert len(log_as(Log(level="debug"), check)) == 1


def test_a_dead_target_is_explained_once_and_then_counted():
    """A page that polls must not fill the terminal with the same four lines."""
    out = Terminal()
    console = Console(out, Terminal())
    error = TargetError("refused", "Nothing listens there.")
    for failure in (error, error, None):
        console.ended(exchange_of(LOCAL, error=failure))
    lines = out.getvalue().splitlines()
    assert [line.split()[1] for line in lines if "users" in line] == ["502", "502", "200"]
    assert sum("Nothing listens there." in line for line in lines) == 1
    assert lines[-3].endswith("(×2)")
    assert lines[-2].endswith("backend is back after 0 s")


class Writes(Terminal):
    """Keeps what is written piece by piece."""

    def __init__(self):
        super().__init__()
        self.pieces = []

    def write(self, text):
        self.pieces.append(text)
        return len(text)


def test_what_ends_in_one_turn_is_written_in_one_piece():
    """In the order in which it ended, and at the latest before anything else is told."""
    out, turns = Writes(), []
    console = Console(out, Terminal())
    console.soon = turns.append
    for path in ("/1", "/2"):
        console.ended(exchange_of(target=path))
    assert (out.pieces, len(turns)) == ([], 1)
    turns.pop()()
    assert [line.split()[3] for line in "".join(out.pieces).splitlines()] == ["/1", "/2"]
    assert len(out.pieces) == 1
    console.ended(exchange_of(target="/3"))
    console.record("info", "reloaded")
    assert [piece.split()[-1] for piece in out.pieces[2:]] == ["reloaded"]
    assert "/3" in out.pieces[1]
    console.ended(exchange_of(target="/4"))
    console.summary()
    assert "/4" in out.pieces[3]
    turns.pop()()
    assert len(out.pieces) == 4


def test_a_stream_is_told_behind_what_ended_before_it_began():
    """The log is in the order of things."""
    out = Writes()
    console = Console(out, Terminal())
    console.soon = [].append
    console.ended(exchange_of(target="/1"))
    console.answered(exchange_of(target="/events", answer=(200, [("Content-Type", "text/event-stream")])))
    assert [piece.split()[3] for piece in out.pieces] == ["/1", "/events"]
