import pytest

from devproxy.config.build import from_targets, parse

SECRET = "headers: {request: {set: {X-Api-Key: k}}}"


def warned(text):
    return [(problem.code, problem.place.line, problem.hint) for problem in parse(text).warnings]


@pytest.mark.parametrize(
    ("target", "hint"),
    [
        ("http://api.example.com", "write https://api.example.com if it speaks TLS"),
        ("ws://api.example.com:8080/v1", "write https://api.example.com:8080/v1 if it speaks TLS"),
    ],
)
def test_plain_http(target, hint):
    """A public target over http is doubted."""
    assert warned(f"routes:\n  /: {{target: {target}}}\n") == [("plain_http", 2, hint)]
    assert warned(f"routes:\n  /: {target}\n") == [("plain_http", 2, hint)]


@pytest.mark.parametrize(
    "target",
    ["https://api.example.com", "http://localhost:1", "http://backend", "http://10.0.0.1", "http://app.test", "http://nas.local."],
)  # fmt: skip
def test_no_plain_http(target):
    """TLS, and targets that are not public, are not."""
    assert warned(f"routes:\n  /: {target}\n") == []


@pytest.mark.parametrize(
    ("path", "meant"),
    [("/*", ""), ("/v1/$1", "/v1"), ("/${path}", ""), ("/users/:id", "/users"), ("/{path}", "")],
)
def test_placeholders(path, meant):
    """A target's path fills nothing in, so what looks like a placeholder is doubted."""
    assert warned(f"routes:\n  /: 'http://localhost:1{path.replace('$', '$$')}'\n") == [
        ("placeholder", 2, f"write http://localhost:1{meant}")
    ]


def test_strip_root():
    """Nothing can be stripped off /."""
    text = "routes:\n  /:\n    target: http://a\n    strip_prefix: true\n  /b: {target: http://a, strip_prefix: true}\n"
    assert warned(text) == [("strip_root", 4, "remove it")]


@pytest.mark.parametrize(
    ("rest", "doubted"),
    [
        ("", True),
        ("    cors: {max_age: 5}\n", True),
        ("    cors: {allow_origins: [https://app.example.com]}\n", False),
        ("  /: http://b\n", False),
        ("  /b: http://b\n", True),
    ],
)
def test_secret_that_nobody_uses(rest, doubted):
    """A route with a secret of its own needs a page that is named, or pages of the proxy itself."""
    codes = [code for code, *_ in warned(f"routes:\n  /a:\n    target: http://a\n    {SECRET}\n{rest}")]
    assert codes == ["secret_unused"] * doubted


def test_secret_of_all_paths():
    """Pages behind the same secret are no pages of the proxy's own."""
    assert [code for code, *_ in warned(f"routes:\n  /:\n    target: http://a\n    {SECRET}\n")] == [
        "secret_unused"
    ]


@pytest.mark.parametrize(
    ("host", "codes"), [("localhost", ["loopback_twin"]), ("127.0.0.1", []), ("'::1'", []), ("0.0.0.0", [])]
)
def test_loopback_twin(host, codes):
    """localhost without 127.0.0.1 is doubted where devproxy has both names itself."""
    text = f"listen: {{host: {host}}}\ncors: {{allow_origins: [http://localhost:5173]}}\nroutes: {{/: http://b}}\n"
    assert [code for code, *_ in warned(text)] == codes


def test_command_line():
    """Targets on a command line are doubted, too, without a place."""
    (problem,) = from_targets(["/=http://api.example.com,strip"]).warnings[:1]
    assert (problem.severity, problem.place) == ("warning", None)


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("https://api.partner.example", True),
        ("https://localhost:3001", False),
        ("https://api.test", False),
        ("https://10.0.0.1", False),
    ],
)
def test_unverified(target, told):
    """Certificates of one's own making are for servers of one's own."""
    warnings = parse(f"routes: {{/a: {{target: '{target}', verify_tls: false}}}}").warnings
    assert ([problem.code for problem in warnings] == ["unverified"]) is told
