from contextlib import nullcontext, suppress
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from devproxy.config.build import Config, Listen, Log, from_targets, load, parse
from devproxy.config.files import source_lines
from devproxy.config.given import Given
from devproxy.config.load import read
from devproxy.config.report import render
from devproxy.cors.policy import CorsPolicy
from devproxy.errors import ConfigError
from devproxy.problems import Place
from devproxy.target import Target

EXAMPLE = Path(__file__).parents[2] / "config.example.yaml"
ROUTES = "routes: {/api: http://localhost:3001}\n"


def test_cors_mistake_is_told_once():
    """A mistake in the site's cors is one error, at its place, though every route takes the key over."""
    text = "cors:\n  allow_origins: [http://x/]\nroutes:\n  /a: {target: http://b, cors: {max_age: 5}}\n  /c: http://d\n"
    with pytest.raises(ConfigError) as caught:
        parse(text)
    (problem,) = caught.value.problems
    assert (problem.path, problem.place) == (("cors", "allow_origins", 0), Place("proxy.yaml", 2, 19))


def test_cors_mistake_of_one_route():
    """What only a route's own keys make wrong is told at the route's cors."""
    text = 'cors: {allow_origins: ["*"]}\nroutes:\n  /a:\n    target: http://b\n    cors: {allow_credentials: true}\n'
    with pytest.raises(ConfigError) as caught:
        parse(text)
    assert [problem.place for problem in caught.value.problems] == [Place("proxy.yaml", 5, 11)]


def test_warnings():
    """What is legal but surely not meant is a warning with a place, and the configuration is used."""
    config = parse("cors: {allow_origins: [http://shop.test:3000]}\n" + ROUTES)
    assert [(w.severity, w.place) for w in config.warnings] == [("warning", Place("proxy.yaml", 1, 24))]


def test_everything_at_once_in_the_order_of_the_file():
    """Mistakes of YAML's, of shape and of meaning come together, from top to bottom."""
    text = "routes:\n  api: 3001\n  /b: {}\n  /b: http://c\nlisten: {host: 'a:1', port: x}\ncors: {allow_origins: [x]}\n"
    with pytest.raises(ConfigError) as caught:
        parse(text)
    assert [p.place.line for p in caught.value.problems] == [2, 2, 3, 4, 5, 5, 6]


# --- legal files


def test_defaults():
    """A file with one route listens on localhost:8484 and serves the pages of this machine."""
    config = parse(ROUTES)
    assert config.listen == Listen("localhost", 8484, ())
    assert config.site_policy == CorsPolicy.build()
    assert (config.warnings, config.file) == ((), "proxy.yaml")
    (route,) = config.routes
    assert (route.prefix, route.target) == ("/api", Target("http", "localhost", 3001))
    assert (route.policy, route.place) == (config.site_policy, Place("proxy.yaml", 1, 10))
    assert (route.strip_prefix, route.change_origin, route.target_origin) == (False, None, "auto")
    assert route.block_cross_site is True
    assert (route.timeout, route.only_methods, config.log) == (300, None, Log("text", "info", ()))


def test_long_route():
    """Every key of a route reaches the Route; header names to remove are in lower case."""
    text = """
routes:
  /auth/:
    target: https://Auth.test/v1
    strip_prefix: True
    change_origin: false
    target_origin: keep
    block_cross_site: FALSE
    timeout: 250ms
    only_methods: [GET, PUT]
    headers:
      request: {set: {X-User: " ann "}, remove: [X-Debug]}
      response: {set: {X-By: devproxy, Cache-Control: no-store}, remove: [Server]}
"""
    (route,) = parse(text).routes
    assert route.prefix == "/auth"
    assert route.target == Target("https", "auth.test", 443, "/v1")
    assert (route.strip_prefix, route.change_origin, route.target_origin) == (True, False, "keep")
    assert route.block_cross_site is False
    assert (route.timeout, route.only_methods) == (0.25, ("GET", "PUT"))
    assert (route.request_set, route.request_remove) == ((("X-User", "ann"),), {"x-debug"})
    assert route.response_set == (("X-By", "devproxy"), ("Cache-Control", "no-store"))
    assert route.response_remove == {"server"}


def test_log():
    """What is logged, and which paths get no line: * stands for anything."""
    text = "log: {format: json, level: warning, skip: [/favicon.ico, '/@vite/*']}\n" + ROUTES
    log = parse(text).log
    assert log == Log("json", "warning", ("/favicon.ico", "/@vite/*"))
    paths = ["/favicon.ico", "/@vite/client/x", "/@vite", "/favicon.icons", "/Favicon.ico"]
    assert [log.skips(path) for path in paths] == [True, True, False, False, False]


def test_listen():
    """Host names are compared in lower case, without the root's dot."""
    text = "listen: {host: 0.0.0.0, port: 80, allowed_hosts: [App.test, shop.test.]}\n" + ROUTES
    assert parse(text).listen == Listen("0.0.0.0", 80, ("app.test", "shop.test"))


def test_given_host_and_port_win():
    """A host and port from outside go before the file's, also when loops are looked for."""
    assert parse(ROUTES, given=Given("::1", 9000)).listen == Listen("::1", 9000)
    loop = "routes: {/api: http://localhost:8484}\n"
    assert parse(loop, given=Given(port=9000)).routes
    with pytest.raises(ConfigError, match="targets devproxy itself"):
        parse(ROUTES, given=Given(port=3001))


@pytest.mark.parametrize(
    ("host", "target", "loops"),
    [
        ("localhost", "http://app.localhost:8484", True),
        ("localhost", "http://[::1]:8484", True),
        ("localhost", "http://[::ffff:127.0.0.1]:8484", True),
        ("0.0.0.0", "http://127.0.0.1:8484", True),
        ("192.168.0.7", "http://192.168.0.7:8484", True),
        ("192.168.0.7", "http://localhost:8484", False),
        ("localhost", "http://localhost:8485", False),
        ("localhost", "http://backend:8484", False),
    ],
)
def test_loops(host, target, loops):
    """A target is devproxy itself where its host is the listener's, or both are this machine, on the same port."""
    with nullcontext() if not loops else pytest.raises(ConfigError, match="this loops"):
        assert parse(f"listen: {{host: '{host}'}}\nroutes: {{/api: '{target}'}}\n").routes


def test_route_policy_replaces_single_keys():
    """A route's cors replaces the keys it names, and keeps the site's for the rest."""
    text = "cors: {allow_origins: [https://a.test], max_age: 5}\nroutes: {/: {target: http://x, cors: {max_age: 7}}}"
    (route,) = parse(text).routes
    assert route.policy == CorsPolicy.build(allow_origins=["https://a.test"], max_age=7)
    assert parse(text).site_policy == CorsPolicy.build(allow_origins=["https://a.test"], max_age=5)


def test_passthrough():
    """A passthrough route has no policy."""
    (route,) = parse("routes: {/: {target: http://x, cors: passthrough}}").routes
    assert route.policy is None


def test_secret_of_its_own():
    """A route that adds a secret of its own serves named pages only, be the site's policy ever so wide."""
    secret = "routes: {/: {target: http://x, headers: {request: {set: {Authorization: Bearer y}}}}}"
    (route,) = parse(secret).routes
    assert route.policy == CorsPolicy.build().named_only()
    assert not route.policy.allows("http://localhost:5173")


# --- files


def test_load(tmp_path):
    """A file is read from disk, and places carry the name it was asked for by."""
    file = tmp_path / "proxy.yaml"
    file.write_bytes(b"\xef\xbb\xbf" + ROUTES.replace("\n", "\r\n").encode())
    config = load(file)
    assert (config.file, config.routes[0].place) == (str(file), Place(str(file), 1, 10))


@pytest.mark.parametrize("name", ["missing.yaml", ".", "nul\0.yaml"])
def test_load_unreadable(tmp_path, name):
    """A file that cannot be read is a ConfigError that says why."""
    with pytest.raises(ConfigError, match="cannot read"):
        load(f"{tmp_path}/{name}")


def test_example():
    """The example file is legal and gives no warning."""
    config = load(EXAMPLE)
    names = ["/api", "/auth", "/ws", "admin.localhost/admin", "/legacy", "/partner", "/"]
    assert [route.name for route in config.routes] == names
    assert config.problems == ()


@st.composite
def damaged(draw):
    """The example file with some characters and lines deleted, doubled, swapped or replaced."""
    parts = EXAMPLE.read_text(encoding="utf-8")
    for _ in range(draw(st.integers(1, 4))):
        pieces = parts.splitlines(keepends=True) if draw(st.booleans()) else list(parts)
        here, there = (draw(st.integers(0, len(pieces) - 1)) for _ in range(2))
        match draw(st.sampled_from(["delete", "double", "swap", "replace"])):
            case "delete":
                del pieces[here]
            case "double":
                pieces.insert(there, pieces[here])
            case "swap":
                pieces[here], pieces[there] = pieces[there], pieces[here]
            case "replace":
                pieces[here] = draw(
                    st.sampled_from([*"\t\n\r\0*&!%@{}[]'\":#-?|>,<é\ufeff\u2028", "<<: ", "- ", "\ud800"])
                )
        parts = "".join(pieces) or " "
    return parts


@settings(max_examples=1000, deadline=None)
@given(damaged())
def test_damaged_files(text):
    """Whatever is typed, it is a Config, or problems of which each has a place and can be shown."""
    try:
        problems = parse(text).warnings
    except ConfigError as error:
        problems = error.problems
        assert any(problem.severity == "error" for problem in problems)
    lines = source_lines(text)
    for problem in problems:
        assert problem.place is not None
        assert 1 <= problem.place.line <= len(lines) + 1
        assert render(problem, lines).replace("\n", "").isprintable()


def flow(data):
    """Some data as YAML in one line."""
    if isinstance(data, dict):
        return "{" + ", ".join(f"'{key}': {flow(value)}" for key, value in data.items()) + "}"
    if isinstance(data, list):
        return "[" + ", ".join(map(flow, data)) + "]"
    return "" if data is None else f"'{data}'"


def replaced(data, value):
    """The same data with `value` in the place of each of its parts, one at a time."""
    yield value
    pairs = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, part in pairs:
        for new in replaced(part, value):
            copy = data.copy()
            copy[key] = new
            yield copy


@pytest.mark.parametrize(
    "value", [None, "", "x", "*", [], {}, ["x"], {"x": "y"}, [[]], [None], {"": None}, {"x": {"x": []}}]
)
def test_any_kind_of_value(value):
    """Whatever kind of value stands at a key, it is a Config, or problems with places."""
    for data in replaced(read(EXAMPLE.read_text(encoding="utf-8"), "f").data, value):
        try:
            config = parse(flow(data))
            assert config.routes or config.source.model.include
        except ConfigError as error:
            problems = error.problems
            assert all(problem.place for problem in problems)
            assert any(problem.severity == "error" for problem in problems)


# --- command line


def test_from_targets():
    """Targets on a command line are routes, judged like those of a file."""
    config = from_targets(["api=3001,strip", "/=http://localhost:5173"])
    assert [(r.prefix, str(r.target), r.strip_prefix, r.place) for r in config.routes] == [
        ("/api", "http://localhost:3001", True, None),
        ("/", "http://localhost:5173", False, None),
    ]
    assert config == Config(Listen("localhost", 8484), CorsPolicy.build(), config.routes)


def test_from_targets_with_origins():
    """Origins on the command line are added to the pages of this machine."""
    policy = from_targets(["3001"], Given(allow_origins=("https://a.test",))).site_policy
    assert policy.allows("https://a.test")
    assert policy.allows("http://localhost:5173")


@pytest.mark.parametrize(
    ("targets", "message", "hint"),
    [
        (["3001", "3002"], "duplicate route '/'", "give each target a prefix of its own, as in api=3001"),
        (["api=3001", "api/=3002"], "duplicate route '/api'", "'/api' is the same prefix: remove one"),
        (
            ["8484"],
            "route / targets devproxy itself (port 8484): this loops",
            "name the port of the server behind it, as in http://localhost:3001",
        ),
        (
            ["api*=3001"],
            "route '/api*' has a '*': a prefix takes everything below it without one",
            "write /api",
        ),
        ([], "there are no routes", "write routes: and below it   /api: http://localhost:3001"),
    ],
)
def test_from_targets_mistakes(targets, message, hint):
    """Mistakes on a command line are problems without a file."""
    with pytest.raises(ConfigError) as caught:
        from_targets(targets)
    assert [(p.message, p.hint, p.place) for p in caught.value.problems] == [(message, hint, None)]


@given(st.lists(st.text(), max_size=3), st.lists(st.text(), max_size=2))
def test_any_arguments(targets, origins):
    """Whatever stands on a command line, it is a Config or a ConfigError."""
    with suppress(ConfigError):
        assert from_targets(targets, Given(allow_origins=tuple(origins))).routes


def test_trust(tmp_path):
    """ca_file stands beside the file that names it; via and verify_tls go with the target."""
    (tmp_path / "ca.pem").write_text("-----BEGIN CERTIFICATE-----\n")
    file = tmp_path / "proxy.yaml"
    file.write_text(
        "routes:\n  /a: {target: 'https://a.test', ca_file: ca.pem, via: 'http://proxy.test:3128'}\n"
        "  /b: {target: 'https://b.test', verify_tls: false}\n  /c: https://c.test\n"
    )
    a, b, c = (route.target for route in load(file).routes)
    assert (a.ca_file, str(a.via), a.verify_tls) == (str(tmp_path / "ca.pem"), "http://proxy.test:3128", True)
    assert (b.ca_file, b.via, b.verify_tls) == ("", None, False)
    assert (c.ca_file, c.via, c.verify_tls) == ("", None, True)


@pytest.mark.parametrize(
    ("keys", "message", "line"),
    [
        ("ca_file: none.pem", "cannot read {folder}/none.pem: No such file or directory", 3),
        ("via: 'https://proxy.test'", "via: https://proxy.test is no proxy's address", 3),
        (
            "via: 'http://user:hunter2@proxy.test'",
            "via: target 'http://…@proxy.test' carries a user name or password",
            3,
        ),
    ],
)
def test_trust_that_cannot_be(tmp_path, keys, message, line):
    """Told at load time, with the place."""
    file = tmp_path / "proxy.yaml"
    file.write_text(f"routes:\n  /a:\n    {keys}\n    target: https://a.test\n")
    with pytest.raises(ConfigError) as caught:
        load(file)
    (problem,) = caught.value.problems
    assert (problem.message, problem.place.line) == (message.format(folder=tmp_path), line)


PEM = {"c.pem": "-----BEGIN CERTIFICATE-----", "k.pem": "-----BEGIN EC PRIVATE KEY-----"}


@pytest.mark.parametrize(
    ("tls", "told"),
    [
        ("{cert_file: c.pem, key_file: k.pem}", None),
        ("{}", None),
        ("{cert_file: c.pem}", "listen.tls has no key_file"),
        ("{key_file: k.pem}", "listen.tls has no cert_file"),
        ("{cert_file: k.pem, key_file: k.pem}", "{folder}/k.pem holds no certificate"),
        ("{cert_file: c.pem, key_file: c.pem}", "{folder}/c.pem holds no private key"),
        ("{cert_file: c.pem, key_file: no.pem}", "cannot read {folder}/no.pem: No such file or directory"),
    ],
)
def test_listen_tls(tmp_path, tls, told):
    """A certificate and its key, beside the file that names them."""
    for name, text in PEM.items():
        (tmp_path / name).write_text(text)
    file = tmp_path / "proxy.yaml"
    file.write_text(f"listen:\n  tls: {tls}\n{ROUTES}")
    if told is None:
        listen = load(file).listen
        pair = (str(tmp_path / "c.pem"), str(tmp_path / "k.pem")) if tls != "{}" else None
        assert (listen.tls, listen.scheme) == (pair, "https" if pair else "http")
        return
    with pytest.raises(ConfigError) as caught:
        load(file)
    (problem,) = caught.value.problems
    assert (problem.message, problem.place.line) == (told.format(folder=tmp_path), 2)


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("localhost", "http://localhost:8484"),
        ("127.0.0.1", "http://127.0.0.1:8484"),
        ("::1", "http://[::1]:8484"),
        ("0.0.0.0", "http://localhost:8484"),
        ("::", "http://localhost:8484"),
        ("dev.test", "http://dev.test:8484"),
    ],
)
def test_the_url_is_one_that_a_browser_takes(host, url):
    """An IPv6 address has brackets, and a wildcard is no address to call."""
    assert Listen(host, 8484).url(8484) == url
    assert Listen(host, 8484, tls=("a", "b")).url(8484) == url.replace("http:", "https:")
