import pytest

from devproxy.config import meant


def test_flag():
    """Other words for yes and no are true and false; the rest is neither."""
    assert [meant.flag(word) for word in ("Yes", "ON", "1", "off", "never", "maybe", None)] == [
        "true", "true", "true", "false", "false", "", "",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("word", "allowed", "choice"),
    [
        ("INFO", ("debug", "info"), "info"),
        ("warn", ("info", "warning"), "warning"),
        ("on", ("auto", "true", "false"), "true"),
        ("kep", ("auto", "keep", "remove"), "keep"),
        ("zebra", ("auto", "keep"), "auto"),
        ([], ("auto", "keep"), "auto"),
    ],
)
def test_choice(word, allowed, choice):
    """Of some allowed words, the one that is spelled alike or means the same; else the first."""
    assert meant.choice(word, allowed) == choice


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("30 s", "30s"), ("30sec", "30s"), ("5 minutes", "5m"), ("PT5M", "5m"), ("1 hour", "1h"), ("1.5s", "1.5s"),
        ("250 msec", "250ms"), ("2d", "24h"), ("never", "24h"), ("0", "24h"), ("5 parsecs", ""), ("", ""), ("soon", ""),
    ],
)  # fmt: skip
def test_duration(text, duration):
    """Other spellings of a duration."""
    assert meant.duration(text) == duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("10m", "600"),
        ("600s", "600"),
        ("1_000", "1000"),
        ("2d", "86400"),
        ("5x", "5"),
        ("-1", "0"),
        ("off", "0"),
    ],
)
def test_seconds(text, seconds):
    """A number of seconds may have been written with a unit."""
    assert meant.seconds(text) == seconds


@pytest.mark.parametrize(
    ("text", "port"),
    [("localhost:3000", "3000"), ("8080:80", "8080"), ("8_484", "8484"), ("84840", "8484"), ("0", "8484"), ("http", "8484"), ("123456", "8484"), ("08080", "8080"), ("0X1F90", "8080"), ("12:30", "8484"), ("x0", "8484")],
)  # fmt: skip
def test_port(text, port):
    """The port is the first number that can be one."""
    assert meant.port(text) == port


@pytest.mark.parametrize(
    ("value", "items"),
    [
        ("GET, POST", ["GET", "POST"]),
        ("GET|POST;PUT", ["GET", "POST", "PUT"]),
        ("- http://a - http://b", ["http://a", "http://b"]),
        ("All", ["*"]),
        (["a", ["b"], "c"], ["a", "c"]),
        ({"a": "true", "b": None}, ["a", "b"]),
        ("", []),
        (None, []),
    ],
)
def test_items(value, items):
    """A list may have been written as a line, a mapping or a word for everything."""
    assert meant.items(value) == items


def test_origins():
    """Origins are spelled as browsers spell them, where that can be guessed."""
    assert meant.origins("localhost:5173, http://a.test/") == ["http://localhost:5173", "http://a.test"]
    assert meant.origins(["http://a..b", "*"]) == ["http://a..b", "*"]


@pytest.mark.parametrize(
    ("parts", "url"),
    [
        ({"host": "api", "port": "80"}, "http://api:80"),
        ({"Hostname": "api", "protocol": "https:"}, "https://api"),
        ({"port": "3001"}, "http://localhost:3001"),
        ({"host": "http://api:81", "port": "80"}, "http://api:81"),
        ({"host": ["a"]}, "http://localhost"),
    ],
)
def test_url(parts, url):
    """A target may have been written in parts."""
    assert meant.url(parts) == url


A_ROUTE = "write   /api: http://localhost:3001"


@pytest.mark.parametrize(
    ("guess", "value", "line"),
    [
        (meant.file, [], "write routes: and below it   /api: http://localhost:3001"),
        (meant.routes, [], A_ROUTE),
        (meant.routes, "a b", A_ROUTE),
        (meant.routes, "https://a", "write routes: {/: https://a}"),
        (meant.routes, "/x => wss://a", "write   /x: wss://a"),
        (meant.route, [], "write a URL such as http://localhost:3001"),
        (meant.route, ["http://a", "http://b"], "write one URL: http://a"),
        (meant.cors, "disabled", "remove it; a route can say cors: passthrough"),
        (meant.cors, "enabled", "remove it: pages on this machine are allowed without it"),
        (meant.cors, "true", "remove it: pages on this machine are allowed without it"),
        (meant.cors, "*", 'write cors: {allow_origins: ["*"]}'),
        (meant.cors, ["http://a"], "write cors: {allow_origins: [http://a]}"),
        (meant.route_cors, "none", "to leave the target's own CORS untouched, write cors: passthrough"),
        (meant.route_cors, "http://a, http://b", "write cors: {allow_origins: [http://a, http://b]}"),
        (meant.listen, "3000", "write listen: {port: 3000}"),
        (meant.listen, "[::1]:3000", 'write listen: {host: "::1", port: 3000}'),
        (meant.listen, "localhost", "write listen: {host: localhost}"),
        (meant.listen, "0.0.0.0", "write listen: {host: 0.0.0.0}"),
        (meant.listen, [], "write listen: {port: 8484}"),
        (meant.headers, [], "write headers: {request: {set: {X-Name: value}}}"),
        (meant.header_changes, [], "write set: {X-Name: value}"),
        (meant.log, "off", "remove it; log: {level: error} is the least"),
        (meant.log, "JSON", "write log: {format: json}"),
        (meant.log, "warn", "write log: {level: warning}"),
        (meant.log, [], "write log: {level: debug}"),
    ],
)
def test_sections(guess, value, line):
    """What stands where a section is meant is told as the line that it stands for."""
    assert guess(value) == line
