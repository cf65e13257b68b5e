"""One exchange in one line."""

import json

import pytest

from devproxy.config.build import Log, from_targets, parse
from devproxy.errors import TargetError
from tests.terminals import LOCAL, LONG, banner, exchange_of, log, log_as

pytestmark = pytest.mark.usefixtures("plain_environment")

PREFLIGHT = ("Access-Control-Request-Method", "PUT"), ("Access-Control-Request-Headers", "x-a, x-b, x-c")


@pytest.mark.parametrize(
    ("exchange", "columns"),
    [
        (
            exchange_of(LOCAL, answer=(200, [("Access-Control-Allow-Origin", "*")])),
            "200 GET /api/users → :3001 12 ms cors ok",
        ),
        (exchange_of(LOCAL, method="POST"), "200 POST /api/users → :3001 12 ms cors allowed"),
        (exchange_of(), "200 GET /api/users → :3001 12 ms not CORS"),
        (exchange_of(("Origin", "http://localhost:8484")), "200 GET /api/users → :3001 12 ms same origin"),
        (
            exchange_of(LOCAL, ("Access-Control-Request-Method", "PUT"), method="OPTIONS"),
            "204 OPTIONS /api/users ↺ devproxy 12 ms cors allowed preflight PUT",
        ),
        (exchange_of(target="/a?token=hunter2"), "200 GET /a → :3001 12 ms not CORS"),
        (exchange_of(target="/" + "a" * 80), f"200 GET /{'a' * 80} → :3001 12 ms not CORS"),
        (
            exchange_of(config=from_targets(["https://api.example.com"])),
            "200 GET /api/users → api.example.com 12 ms not CORS",
        ),
    ],
)
def test_one_line_per_request(exchange, columns):
    """Status, method, path without its query, where it went, how long it took, and what CORS means for it."""
    (line,) = log(exchange).splitlines()
    assert line.split()[1:] == columns.split()


@pytest.mark.parametrize("width", [60, 80, 100, 200])
@pytest.mark.parametrize(
    "exchange",
    [
        exchange_of(target=LONG),
        exchange_of(LOCAL, *PREFLIGHT, method="OPTIONS", target=LONG),
        exchange_of(error=TargetError("refused", "Nothing listens there, as far as anyone can tell.")),
    ],
)
def test_a_line_of_the_log_fits_its_terminal(columns, width, exchange):
    """A path is cut, a note goes below, the time of day goes; the rest stays in its columns."""
    columns(width)
    lines = log(exchange, tty=True).splitlines()
    assert max(map(len, lines)) <= width
    status = lines[0].index(str(exchange.response.status))
    assert status == (0 if width < 72 else 10)
    assert ("…" in lines[0]) is (width < 110 and exchange.request.target == LONG)


def test_a_secret_target_stays_one(columns):
    """In the log and in the banner, for people and programs."""
    columns(200)
    config = parse("routes: {/: '${API_KEY_URL}'}", environ={"API_KEY_URL": "https://s3cr3t.example.com"})
    exchange = exchange_of(LOCAL, config=config)
    for text in (
        log(exchange),
        "".join(log_as(Log(format="json"), exchange)),
        banner(config),
        banner(config, tty=False),
    ):
        assert "${API_KEY_URL}" in text
        assert "s3cr3t" not in text


def test_the_query_is_for_those_who_ask():
    """It may hold a token."""
    exchange = exchange_of(target="/a?token=hunter2")
    assert "hunter2" not in log(exchange)
    assert "/a?token=hunter2" in log(exchange, verbose=True)


def test_json_is_ascii():
    """What moves a cursor or the direction of writing reaches no terminal in any form."""
    out = "".join(
        log_as(Log(format="json"), exchange_of(("Origin", "https://a\x9b31m.com"), target="/\u202e"))
    )
    assert out.isascii()
    assert json.loads(out)["origin"] == "https://a\x9b31m.com"


def test_a_passthrough_route_says_so():
    """There the target's own CORS counts."""
    config = parse("routes: {/: {target: 'http://localhost:3001', cors: passthrough}}")
    open_to_all = (200, [("Access-Control-Allow-Origin", "*")])
    assert log(exchange_of(LOCAL, config=config, answer=open_to_all)).split()[-1] == "passthrough"


def test_control_characters_reach_no_terminal():
    """A request must not move the cursor, change the title, or hide."""
    exchange = exchange_of(("Origin", "http://\x1b[31m"), method="POST", target="/\x1b]0;owned\x07\u202e")
    assert "\x1b" not in log(exchange)
    assert "\x07" not in log(exchange)
