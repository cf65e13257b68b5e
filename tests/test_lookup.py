"""What `devproxy routes` tells."""

import pytest

from devproxy.config.build import from_targets, load, parse
from devproxy.lookup import Question, answer, routes

CONFIG = parse("""\
cors: {allow_origins: [http://localhost:5173], allow_methods: [GET, PUT]}
routes:
  /api: http://localhost:3001
  /api/v2: {target: http://localhost:3002/x, strip_prefix: true, only_methods: [GET, PUT]}
  /partner:
    target: https://api.partner.example
    headers: {request: {set: {Authorization: Bearer hunter2}, remove: [X-Debug]}}
  /legacy: {target: http://localhost:8081, cors: passthrough, target_origin: remove}
  /ws: ws://localhost:3003
""")


def told(method, url, origin=None, config=CONFIG):
    """The texts below each label."""
    rows = {}
    label = ""
    for name, text in answer(config, Question(method, url, origin)):
        label = name or label
        rows.setdefault(label, []).append(text)
    return rows


def test_every_route_is_listed():
    """With where it goes, where it stands, and what is particular about it."""
    rows = list(routes(CONFIG))
    assert rows[:3] == [
        ("/api", "→ http://localhost:3001   proxy.yaml:3"),
        ("/api/v2", "→ http://localhost:3002/x   proxy.yaml:4"),
        ("", "  prefix stripped, only GET, PUT"),
    ]
    assert ("", "  adds a secret: named pages only") in rows
    assert ("", "  cors: passthrough") in rows
    assert list(routes(from_targets(["3001"]))) == [("/", "→ http://localhost:3001")]


def test_a_request_is_followed_to_its_target():
    """Route and reason, method, URL, Host and Origin, and what the page may read."""
    rows = told("PUT", "/api/v2/users?x=1", "http://localhost:5173")
    assert rows["request"] == [
        "PUT /api/v2/users?x=1   Host: localhost:8484   from a page at http://localhost:5173"
    ]
    assert rows["route"] == [
        "/api/v2 → http://localhost:3002/x   proxy.yaml:4",
        "the longest prefix that fits; /api would too",
    ]
    assert rows["target"] == [
        "PUT http://localhost:3002/x/users?x=1",
        "Host: localhost:8484   (kept; change_origin: auto)",
        "Origin: http://localhost:8484   (made to fit Host; target_origin: auto)",
    ]
    assert rows["cors"][0].startswith("allowed: ")
    assert "Access-Control-Allow-Origin: http://localhost:5173" in rows["cors"]
    assert rows["preflight"][0].startswith("204 from devproxy: PUT is allowed")
    assert "Access-Control-Allow-Methods: GET, HEAD, POST, PUT" in rows["preflight"]


def test_a_public_target_and_its_secret():
    """Its own Host; the names of what is set, never a value."""
    rows = told("GET", "/partner/a", "http://localhost:5173")
    assert rows["target"] == [
        "GET https://api.partner.example/partner/a",
        "Host: api.partner.example   (replaced; change_origin: auto)",
        "Origin: http://localhost:5173   (as it came; target_origin: auto)",
        "sets Authorization",
        "removes x-debug",
    ]
    assert "hunter2" not in str(rows)


def test_a_page_that_is_not_allowed():
    """The answer reaches it not, and its preflight fails."""
    rows = told("GET", "/api", "https://evil.test")
    assert rows["cors"][0].startswith("BLOCKED: ")
    assert rows["preflight"][0].startswith("403 from devproxy: origin https://evil.test is not allowed")
    assert told("PUT", "/api", "https://evil.test")["answer"][0] == (
        "403 Cross-site request refused, from devproxy: nothing reaches a target"
    )


def test_a_method_that_the_policy_does_not_list():
    """The request would pass, but its preflight does not."""
    rows = told("DELETE", "/api", "http://localhost:5173")
    assert rows["preflight"][0].startswith("204 from devproxy: method DELETE is not allowed")


@pytest.mark.parametrize(
    ("method", "url", "answered"),
    [
        ("GET", "/nothing", "404 No route"),
        ("POST", "/api/v2/a", "405 Method not allowed"),
        ("GET", "http://evil.test/api", "403 Host not allowed"),
        ("GET", "/api/..%2fadmin", "400 Ambiguous path"),
    ],
)
def test_what_reaches_no_target(method, url, answered):
    """The answer is devproxy's own, with its reason."""
    rows = told(method, url)
    assert rows["answer"][0] == f"{answered}, from devproxy: nothing reaches a target"
    assert len(rows["answer"]) > 1
    assert "target" not in rows


def test_a_method_that_the_listener_does_not_take():
    """It is refused before anything else."""
    assert told("FOO", "/api")["answer"] == [
        "400 from devproxy: FOO is no registered method, and case counts"
    ]


@pytest.mark.parametrize(
    ("url", "request_line"),
    [
        ("/api/users#top", "GET /api/users   Host: localhost:8484"),
        ("api/users", "GET /api/users   Host: localhost:8484"),
        ("localhost:9000/api", "GET /api   Host: localhost:9000"),
        ("localhost/api", "GET /api   Host: localhost"),
        ("http://127.0.0.1:8484/api?a=b", "GET /api?a=b   Host: 127.0.0.1:8484"),
        ("http://localhost:8484", "GET /   Host: localhost:8484"),
        ("/", "GET /   Host: localhost:8484"),
    ],
)
def test_forms_of_a_url(url, request_line):
    """A path, with or without the host in front."""
    assert told("GET", url)["request"] == [request_line]


def test_a_listener_with_a_name_of_its_own():
    """Its name is what browsers send; an address is called localhost by the developer's own."""
    assert told("GET", "/", config=parse("listen: {host: dev.test}\nroutes: {/: http://a}"))["request"] == [
        "GET /   Host: dev.test:8484"
    ]
    assert told("GET", "/", config=parse("listen: {host: 0.0.0.0}\nroutes: {/: http://a}"))["request"] == [
        "GET /   Host: localhost:8484"
    ]


def test_a_websocket():
    """By its scheme."""
    rows = told("GET", "ws://localhost:8484/ws", "http://localhost:5173")
    assert rows["target"][0] == "opens a WebSocket at http://localhost:3003/ws"
    assert "preflight" not in rows
    assert told("GET", "wss://localhost:8484/ws", "https://evil.test")["answer"][0].startswith("403")


@pytest.mark.parametrize(
    ("url", "origin", "word"),
    [
        ("/api", None, "not CORS"),
        ("/api", "http://localhost:8484", "same origin"),
        ("/legacy/a", "http://localhost:5173", "passthrough"),
    ],
)
def test_where_the_policy_says_nothing(url, origin, word):
    """No page, the proxy's own, or the target's own CORS."""
    rows = told("GET", url, origin)
    assert rows["cors"] == [rows["cors"][0]]
    assert rows["cors"][0].startswith(f"{word}: ")
    assert "preflight" not in rows


def test_an_origin_that_is_kept_from_the_target():
    """target_origin: remove."""
    rows = told("GET", "/legacy", "http://localhost:5173")
    assert "Origin: none   (removed; target_origin: remove)" in rows["target"]


def test_a_secret_target_stays_one():
    """Where the variable that it came from looks like a secret."""
    config = parse("routes: {/: '${API_KEY_URL}'}", environ={"API_KEY_URL": "https://s3cr3t.example.com/k3y"})
    shown = f"{list(routes(config))} {told('GET', '/a', 'http://localhost:5173', config)}"
    assert "${API_KEY_URL}" in shown
    assert "s3cr3t" not in shown
    assert "k3y" not in shown


NAMED = parse("""\
routes:
  /: http://localhost:5173
  /api: {target: http://localhost:3001, hosts: [app.test, "*.app.test"]}
  /api/v2: {target: http://localhost:3002, hosts: [app.test]}
""")


def test_a_name_has_its_own_routes():
    """It is listed with them, and a URL is looked up under its name, with or without a scheme."""
    rows = list(routes(NAMED))
    assert rows[0] == ("/", "→ http://localhost:5173   proxy.yaml:2")
    assert rows[1:3] == [
        ("app.test/api", "→ http://localhost:3001   proxy.yaml:3"),
        ("", "  also under *.app.test"),
    ]
    for url in ("http://app.test:8484/api/v2", "app.test/api/v2"):
        assert told("GET", url, config=NAMED)["route"] == [
            "app.test/api/v2 → http://localhost:3002   proxy.yaml:4",
            "the longest prefix of app.test that fits; /api would too",
        ]
    assert told("GET", "/api/v2", config=NAMED)["route"][1] == "the only prefix that fits"
    assert told("GET", "http://app.test/", config=NAMED)["answer"][0].startswith("404 ")


def test_a_project_is_named(tmp_path):
    """Whose route it is."""
    (tmp_path / "proxy.yaml").write_text("include: [shop.yaml]\n")
    (tmp_path / "shop.yaml").write_text("hosts: [shop.localhost]\nroutes: {/: http://localhost:2}\n")
    config = load(tmp_path / "proxy.yaml")
    assert list(routes(config))[1] == ("", "  project shop")
    assert told("GET", "shop.localhost", config=config)["route"][1] == "project shop"
