import pytest

from devproxy.config.build import load, parse
from devproxy.config.files import MAX_BYTES
from devproxy.config.values import Values, filled_in, is_secret_name
from devproxy.errors import ConfigError
from devproxy.problems import Problem

ENVIRON = {
    "HOST": "app.test", "PORT": "3001", "API_URL": "https://api.example.com", "WORD": "evil", "TOKEN": "s3cr3t-value",
    "PIN_KEY": "7x", "EMPTY": "", "ODD_TOKEN": "caf\u00e9\tx\u2603",
}  # fmt: skip


def problems(text, **environ):
    with pytest.raises(ConfigError) as caught:
        parse(text, environ={**ENVIRON, **environ})
    return [(problem.message, problem.place.line) for problem in caught.value.problems]


def routes(text):
    return [str(route.target) for route in parse(text, environ=ENVIRON).routes]


def test_values_only():
    """Values are filled in before their types are read, keys are not, and quotes make no difference."""
    config = parse(
        "listen:\n  port: ${PORT}\n  allowed_hosts: ['${HOST}', b.test]\nroutes: {/$HOST: 'http://${EMPTY:-x}:${PORT}/$$'}\n",
        environ=ENVIRON,
    )
    assert (config.listen.port, config.listen.allowed_hosts) == (3001, ("app.test", "b.test"))
    assert [(route.prefix, str(route.target)) for route in config.routes] == [("/$HOST", "http://x:3001/$")]


def test_load(tmp_path, monkeypatch):
    """A file is read with the variables of this process, unless others are given."""
    file = tmp_path / "proxy.yaml"
    file.write_text("routes: {/: 'http://localhost:${TEST_PORT}'}")
    monkeypatch.setenv("TEST_PORT", "1")
    assert load(file).routes[0].target.port == 1
    assert load(file, environ={"TEST_PORT": "2"}).routes[0].target.port == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("routes: {/: '${NONE}'}", [("environment variable NONE is not set", 1)]),
        ("routes: {/: {target: '${NONE}', timeot: 1s}}", [("environment variable NONE is not set", 1), ("unknown key 'timeot' in routes['/']", 1)]),
        ("routes:\n  /a: ${NONE}\n  /b: http://${NONE}\n  /c: ${NONE:-x}\n", [("environment variable NONE is not set", 2), ("target 'x' is not a URL", 4)]),
        ("listen: {port: '${NONE}'}\nroutes: {/: http://localhost:8484}", [("environment variable NONE is not set", 1)]),
        ("cors: {allow_origins: [a, '${NONE}']}\nroutes: {/: http://a}", [("environment variable NONE is not set", 1)]),
        ("routes: ${NONE}", [("environment variable NONE is not set", 1)]),
        ("${NONE}", [("environment variable NONE is not set", 1)]),
        ("routes: {/: '${'}", [("${ begins no variable: '${'", 1)]),
    ],
)  # fmt: skip
def test_one_error_per_root_cause(text, expected):
    """A value that cannot be filled in is one mistake and no other, and the rest is still judged."""
    assert problems(text) == expected


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("${NONE}", "${NONE:-http://localhost:3001}"),
        ("http://localhost:${NONE}", "${NONE:-3001}"),
        ("http://localhost/${NONE}", "${NONE:-default}"),
    ],
)
def test_default_to_suggest(text, hint):
    """The default that is suggested for a target can be pasted."""
    with pytest.raises(ConfigError) as caught:
        parse(f"routes: {{/: '{text}'}}")
    assert caught.value.problems[0].hint == f"set it, or give a default: {hint}"


@pytest.mark.parametrize(
    "target",
    [
        "https://${WORD}.example.com",
        "https://x.${WORD}.example.com:8443/v1",
        "https://${HOST}",
        "https://${HOST}/v1?",
        "${API_URL}.example.com",
        "${API_URL}/v1",
        "${NONE:-https://${WORD}.example.com}",
        "https:${EMPTY}//a.${WORD}.test",
    ],
)
def test_host_of_a_public_target(target):
    """A file must not make a public host of a variable: a cloned repository could read secrets in its DNS."""
    with pytest.raises(ConfigError) as caught:
        parse(f"routes: {{/: '{target}'}}", environ=ENVIRON)
    assert len(caught.value.problems) == 1
    assert caught.value.problems[0].code in {"variable_host", "target"}


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("${API_URL}", "https://api.example.com"),
        ("http://${WORD}:${PORT}/v1", "http://evil:3001/v1"),
        ("http://127.0.0.${EMPTY:-1}:${PORT}", "http://127.0.0.1:3001"),
        ("http://${WORD}.localhost", "http://evil.localhost"),
        ("https://api.example.com:${PORT}/${WORD}", "https://api.example.com:3001/evil"),
        ("http://[::1]:${PORT}", "http://[::1]:3001"),
        ("${NONE:-https://api.example.com}", "https://api.example.com"),
    ],
)
def test_variables_in_targets(target, expected):
    """A variable may be a whole target, and stand in local hosts, ports and paths."""
    assert routes(f"routes: {{/: '{target}'}}") == [expected]


def test_hidden():
    """A value from the environment is hidden where its variable or its key looks like a secret."""
    config = parse(
        "routes:\n  /token: http://a:${PORT}\n  /b:\n    target: http://localhost:3001/${TOKEN}\n"
        "    headers: {request: {set: {Authorization: 'x ${WORD}', X-A: '${WORD}', X-Key: literal}}}\n",
        environ=ENVIRON,
    )
    headers = ("routes", "/b", "headers", "request", "set")
    assert config.hidden(("routes", "/b", "target"))
    assert config.hidden((*headers, "Authorization"))
    for path in [("routes", "/token", "target"), (*headers, "X-A"), (*headers, "X-Key"), ()]:
        assert not config.hidden(path)
    assert config.values.names((*headers, "Authorization")) == ("WORD",)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("${TOKEN}", "target '${TOKEN}' is not a URL"),
        ("ftp://${TOKEN}", "target 'ftp://${TOKEN}' has the scheme 'ftp'"),
        ("x ${PIN_KEY}", "target cannot be used with what PIN_KEY holds"),
        ("${TOKEN}${PIN_KEY}", "target cannot be used with what TOKEN and PIN_KEY holds"),
        ("http://a b/${ODD_TOKEN}", "target 'http://a b/${ODD_TOKEN}' has blanks or control characters"),
    ],
)
def test_secrets_in_problems(value, expected):
    """No message and no hint tells what a secret variable holds."""
    with pytest.raises(ConfigError) as caught:
        parse(f"routes: {{/: '{value}'}}", environ=ENVIRON)
    (problem,) = caught.value.problems
    assert problem.message == expected
    assert not any(secret in problem.message + problem.hint for secret in ("s3cr3t", "7x", "caf"))


def test_secrets_of_other_keys():
    """The mask names the key of a header or a list."""
    values = filled_in({"listen": {"allowed_hosts": ["${TOKEN}"]}}, ENVIRON)
    problem = values.masked(Problem("host", "found s3cr", path=("listen", "allowed_hosts", 0)))
    assert (problem.message, problem.hint) == (
        "allowed_hosts cannot be used with what TOKEN holds",
        "look at TOKEN in the environment",
    )
    assert Values({}).masked(problem) == problem


def test_no_guess_at_a_secret():
    """A hint is no guess at what a secret holds: it would be made of its letters."""
    with pytest.raises(ConfigError) as caught:
        parse(
            "listen: {port: '${DB_PASSWORD}'}\nroutes: {/: http://a}", environ={"DB_PASSWORD": "hunter2-4711"}
        )
    (problem,) = caught.value.problems
    assert problem.message == "port must be a whole number from 1 to 65535, found '${DB_PASSWORD}'"
    assert problem.hint == "look at DB_PASSWORD in the environment"


def test_a_secret_inside_of_another():
    """Of two secrets, the longer one is masked as a whole."""
    values = filled_in({"a_key": ["${A}", "${B}"]}, {"A": "s3cr", "B": "s3cr3t"})
    problem = values.masked(Problem("code", "found s3cr3t"))
    assert problem.message == "found ${B}"


def test_warnings_about_secrets():
    """A warning about a hidden value names its variable, or is left out where it would tell what that holds."""
    text = "cors: {allow_origins: ['${PAGE_TOKEN}']}\nroutes: {/: '${API_KEY_URL}'}"
    environ = {"PAGE_TOKEN": "http://localhost:9999", "API_KEY_URL": "http://api.example.com"}
    (warning,) = parse(text, environ=environ).warnings
    assert (warning.code, warning.hint) == ("plain_http", "look at API_KEY_URL in the environment")
    assert warning.message.startswith("target ${API_KEY_URL} is public and not encrypted")


def test_size():
    """Variables that make a file too large are refused before anything is made of them."""
    text = "a: ['" + "${BIG}" * 1000 + "', '" + "${BIG}" * 1000 + "']"
    with pytest.raises(ConfigError) as caught:
        parse(text, environ={"BIG": "x" * (MAX_BYTES // 100)})
    assert "with its variables filled in, the file is larger than 2 MB" in str(caught.value)


def test_alias():
    """What an alias repeats is filled in once and has all its places."""
    config = parse("routes: {/a: &x 'http://a:${PORT}', /b: *x}", environ=ENVIRON)
    assert (
        config.values.names(("routes", "/a", "target")) == config.values.names(("routes", "/b")) == ("PORT",)
    )


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("X-Api-Key", True),
        ("TOKEN", True),
        ("set-cookie", True),
        ("DB_PASSWORD", True),
        ("PORT", False),
        ("", False),
    ],
)
def test_is_secret_name(name, secret):
    """Names that speak of keys, tokens, secrets, passwords, authorization and cookies name secrets."""
    assert is_secret_name(name) is secret
