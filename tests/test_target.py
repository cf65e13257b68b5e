"""Targets as people write them: taken as meant, or refused with the URL to write instead."""

from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from devproxy.errors import ConfigError
from devproxy.target import Target, is_local_name, is_loopback, is_this_machine
from tests.law import patient


def refusal(text):
    with pytest.raises(ConfigError) as caught:
        Target.parse(text)
    (problem,) = caught.value.problems
    return problem


TAKEN = [
    # realistic
    ("http://localhost:3001", Target("http", "localhost", 3001)),
    ("http://127.0.0.1:8000", Target("http", "127.0.0.1", 8000)),
    ("http://api:3001", Target("http", "api", 3001)),
    ("https://api.example.com", Target("https", "api.example.com", 443)),
    ("https://api.example.com/v1", Target("https", "api.example.com", 443, "/v1")),
    ("http://host.docker.internal:5173", Target("http", "host.docker.internal", 5173)),
    ("http://[::1]:3001", Target("http", "::1", 3001)),
    ("ws://localhost:3002", Target("http", "localhost", 3002)),
    ("wss://live.example.com/socket", Target("https", "live.example.com", 443, "/socket")),
    ("http://my_service:8000", Target("http", "my_service", 8000)),
    # synthetic
    ("http://localhost", Target("http", "localhost", 80)),
    ("http://localhost:", Target("http", "localhost", 80)),
    ("http://localhost/", Target("http", "localhost", 80, "/")),
    ("HTTP://LocalHost:3001/Api", Target("http", "localhost", 3001, "/Api")),
    ("http://localhost:65535", Target("http", "localhost", 65535)),
    ("http://app.test.:3001", Target("http", "app.test.", 3001)),
    ("http://xn--mnchen-3ya.de", Target("http", "xn--mnchen-3ya.de", 80)),
    ("http://localhost/a%20b/caf%C3%A9", Target("http", "localhost", 80, "/a%20b/caf%C3%A9")),
    ("http://localhost//x", Target("http", "localhost", 80, "//x")),
]


@pytest.mark.parametrize(("text", "expected"), TAKEN)
def test_taken(text, expected):
    """A URL of a server is read part by part; ws and wss mean the same server as http and https."""
    assert Target.parse(text) == expected


PORT = "name the port that the target listens on, from 1 to 65535, as in http://localhost:3001"

EXAMPLE = "write a URL such as http://localhost:3001"
IPV4 = "spells an IPv4 address in another way than 127.0.0.1"

REFUSED = [
    # realistic
    ("localhost:3001", "is not a URL", "add the scheme: http://localhost:3001"),
    ("4000", "is not a URL", "write the whole URL: http://localhost:4000"),
    ("localhost", "is not a URL", "add the scheme: http://localhost"),
    ("api/v1", "is not a URL", "add the scheme: http://api/v1"),
    ("//localhost:3001", "is not a URL", "add the scheme: http://localhost:3001"),
    ("/api", "is not a URL", "add the scheme: http://api"),
    ("ftp://localhost", "has the scheme 'ftp'", "targets are http or https: http://localhost"),
    ("unix:run/app.sock", "has no absolute path", "write unix: and the whole path, as in unix:/run/app.sock"),
    ("unix:", "has no absolute path", "write unix: and the whole path, as in unix:/run/app.sock"),
    ("unix:/a\x07b", "has no absolute path", "write unix: and the whole path, as in unix:/run/app.sock"),
    ("http://localhost:3001?x=1", "has a query or a fragment", "write http://localhost:3001"),
    ("http://localhost:3001/#/home", "has a query or a fragment", "write http://localhost:3001/"),
    ("http://localhost:3001?", "has a query or a fragment", "write http://localhost:3001"),
    ("http://localhost:3001#", "has a query or a fragment", "write http://localhost:3001"),
    ("http://localhost:0", "has no valid port", PORT),
    ("http://localhost:3001,", "has no valid port", "write http://localhost:3001"),
    ("http://localhost:70000;", "has no valid port", PORT),
    (":3001", "is not a URL", "write the whole URL: http://localhost:3001"),
    ("http:/localhost:3001", "is not a URL", "write http://localhost:3001"),
    ("https//localhost:3001", "is not a URL", "write https://localhost:3001"),
    ("-> http://localhost:3001", "has blanks or control characters", "write http://localhost:3001"),
    # synthetic
    ("http://localhost:99999", "has no valid port", None),
    ("http://localhost:abc", "has no valid port", None),
    ("http://[fe80::1%eth0]:3001", "has no valid host", None),
    ("http://[::1", "is not a URL", "write a URL such as http://localhost:3001"),
    ("http://[::g]:1", "is not a URL", "write a URL such as http://localhost:3001"),
    ("http://m\xfcnchen.de", "has no valid host", "write a URL such as http://localhost:3001"),
    ("http://" + "a." * 128 + "a", "has no valid host", None),
    ("http://-api", "has no valid host", "write a URL such as http://localhost:3001"),
    ("http://a..b", "has no valid host", "write a URL such as http://localhost:3001"),
    ("http://*.example.com", "has no valid host", "write a URL such as http://localhost:3001"),
    ("http://:3001", "has no valid host", "write a URL such as http://localhost:3001"),
    (
        "http://local host",
        "has blanks or control characters",
        "percent-encode them in a path, leave them out elsewhere",
    ),
    ("http://localhost/a b", "has blanks or control characters", None),
    ("http://lo\ncalhost", "has blanks or control characters", None),
    ("http://localhost/caf\xe9", "has a path that cannot be sent as it stands", "percent-encode it"),
    ("http://localhost/a\\b", "has a path that cannot be sent as it stands", "percent-encode it"),
    ("http://localhost/\x7f", "has blanks or control characters", None),
    # pathological
    ("", "is not a URL", "write a URL such as http://localhost:3001"),
    ("http://", "has no host", "write a URL such as http://localhost:3001"),
    ("http:///api", "has no host", None),
    ("http:localhost:3001", "is not a URL", "write http://localhost:3001"),
    # another reader's IPv4 addresses
    ("http://127.1:3001", IPV4, "write http://127.0.0.1:3001"),
    ("http://2130706433:8484/v1", IPV4, "write http://127.0.0.1:8484/v1"),
    ("http://0x7f.1", IPV4, "write http://127.0.0.1"),
    ("http://010.0.0.1", IPV4, "write http://8.0.0.1"),
    ("http://127.0.0.1.", IPV4, "write http://127.0.0.1"),
    ("http://4000/v1", IPV4, "write http://localhost:4000/v1"),
    ("http://127.1:99999", IPV4, "write http://127.0.0.1"),
    ("http://1.2.3.256", IPV4, EXAMPLE),
    ("http://1.2.3.4.5", IPV4, EXAMPLE),
    ("http://256.1", IPV4, EXAMPLE),
    ("http://api.08", IPV4, EXAMPLE),
    ("http://08", IPV4, "write http://localhost:8"),
    # hints that would not be taken either
    ("file:///x", "has the scheme 'file'", EXAMPLE),
    ("::1", "is not a URL", "add the scheme: http://[::1]"),
    ("-1", "is not a URL", EXAMPLE),
    ("http:?", "is not a URL", EXAMPLE),
    ("http://localhost:3001 ", "has blanks or control characters", "write http://localhost:3001"),
    ("http://local*host ", "has blanks or control characters", EXAMPLE),
    ("://localhost", "has the scheme ''", "targets are http or https: http://localhost"),
    ("http://\u2100.com", "is not a URL", "write a URL such as http://localhost:3001"),
]


@pytest.mark.parametrize(("text", "what", "hint"), REFUSED)
def test_refused(text, what, hint):
    """What is no URL of a server is refused with the reason, and with what to write instead."""
    problem = refusal(text)
    assert problem.code == "target"
    assert problem.message == f"target {text!r} {what}"
    if hint is not None:
        assert problem.hint == hint


SECRETS = [
    ("http://me:hunter2@localhost:3001", "http://…@localhost:3001"),
    ("http://me:hunter2@localhost:3001/api?x", "http://…@localhost:3001/api?x"),
    ("http://hunter2@localhost", "http://…@localhost"),
    ("http://me:p@hunter2@localhost", "http://…@localhost"),
]


@pytest.mark.parametrize(("text", "shown"), SECRETS)
def test_user_names_are_refused_unseen(text, shown):
    """A URL with a user name or password is refused without repeating it, and told where it belongs."""
    problem = refusal(text)
    assert problem.message == f"target {shown!r} carries a user name or password"
    assert problem.hint == "set an Authorization header in headers.request.set"


@pytest.mark.parametrize(
    "text",
    [
        "ftp://me:hunter2@localhost",
        "http://me:hunter2@localhost:99999",
        "http://me:hunter2@[::1",
        "me:hunter2@localhost:3001",
        "//me:hunter2@localhost",
    ],
)
def test_passwords_are_never_repeated(text):
    """Whatever else is wrong with a target, no message and no hint repeats its password."""
    problem = refusal(text)
    assert "hunter2" not in problem.message + problem.hint


AUTHORITIES = [
    # realistic
    ("http://localhost:3001", "localhost:3001", "http://localhost:3001"),
    ("https://api.example.com/v1", "api.example.com", "https://api.example.com"),
    ("http://[::1]:3001", "[::1]:3001", "http://[::1]:3001"),
    # synthetic
    ("http://localhost:80", "localhost", "http://localhost"),
    ("https://localhost:443", "localhost", "https://localhost"),
    ("http://localhost:443", "localhost:443", "http://localhost:443"),
    ("https://localhost:80", "localhost:80", "https://localhost:80"),
    ("http://[2001:db8::1]", "[2001:db8::1]", "http://[2001:db8::1]"),
]


@pytest.mark.parametrize(("text", "authority", "origin"), AUTHORITIES)
def test_authority_and_origin(text, authority, origin):
    """The authority is spelled as in a Host field, the origin as browsers serialise it: default ports are left out."""
    target = Target.parse(text)
    assert (target.authority, target.origin) == (authority, origin)


@pytest.mark.parametrize(
    "text", ["http://localhost:3001", "https://api.example.com/v1", "http://[::1]:3001/"]
)
def test_target_is_written_as_it_was_read(text):
    """A target's text is its URL."""
    assert str(Target.parse(text)) == text
    assert Target.parse(str(Target.parse(text))) == Target.parse(text)


LOCAL_TARGETS = [
    # realistic
    ("http://localhost:3001", True),
    ("http://shop.localhost", True),
    ("http://127.0.0.1:8000", True),
    ("http://192.168.178.20", True),
    ("http://[::1]:3001", True),
    ("http://api:3001", True),
    ("http://host.docker.internal", True),
    ("https://api.example.com", False),
    ("http://app.test", False),
    # synthetic
    ("http://localhost.", True),
    ("http://[2001:db8::1]", True),
    # pathological
    ("http://localhost.evil.com", False),
    ("http://evillocalhost.com", False),
    ("http://127.0.0.1.nip.io", False),
    ("http://x.host.docker.internal", False),
]


@pytest.mark.parametrize(("text", "expected"), LOCAL_TARGETS)
def test_is_local(text, expected):
    """Local are localhost, addresses, one-label names such as a compose service's, and Docker's name of the host."""
    assert Target.parse(text).is_local is expected


@pytest.mark.parametrize("text", ["unix:/run/app.sock", "unix:///run/app.sock", "UNIX:/run/app.sock"])
def test_unix_domain_socket(text):
    """A path instead of host and port; Host is localhost."""
    target = Target.parse(text)
    assert (target.socket, target.authority, target.is_local) == ("/run/app.sock", "localhost", True)
    assert (str(target), target.name) == ("unix:/run/app.sock", "unix:/run/app.sock")


def test_server():
    """All that makes one connection another's: not the path, not the label."""
    api = Target.parse("https://api.test/v1")
    assert api.server == Target.parse("https://api.test/v2", "${X}").server
    others = [
        Target.parse("http://api.test:443"),
        Target.parse("unix:/a"),
        replace(api, verify_tls=False),
        replace(api, ca_file="a.pem"),
        replace(api, via=Target.parse("http://proxy.test")),
    ]
    assert len({target.server for target in (api, *others)}) == 6


def test_label():
    """What may not be shown is shown by its label, and is the same target."""
    plain, secret = Target.parse("http://a.test/k3y"), Target.parse("http://a.test/k3y", "${API_KEY_URL}")
    assert (str(secret), secret.name) == ("${API_KEY_URL}", "${API_KEY_URL}")
    assert (str(plain), plain.name) == ("http://a.test/k3y", "http://a.test")
    assert secret == plain


NAMES = [
    ("localhost", True),
    ("localhost.", True),
    ("shop.localhost", True),
    ("a.b.localhost.", True),
    ("", False),
    ("evillocalhost", False),
    ("localhost.com", False),
    ("localhost..", False),
    ("127.0.0.1", False),
]


@pytest.mark.parametrize(("name", "expected"), NAMES)
def test_local_names(name, expected):
    """Localhost and what is below it never leaves the machine (RFC 6761, section 6.3)."""
    assert is_local_name(name) is expected


@patient
@given(st.text() | st.text().map("http://".__add__) | st.text().map("https://localhost".__add__))
def test_any_text_is_a_target_or_one_problem(text):
    """Parsing ends in a target that can be sent, or in exactly one located problem with a hint."""
    try:
        target = Target.parse(text)
    except ConfigError as error:
        (problem,) = error.problems
        assert problem.hint
    else:
        assert target.scheme in {"http", "https"}
        assert 1 <= target.port <= 65535
        assert (target.authority + target.path).isascii()
        assert (target.authority + target.path).isprintable()
        assert " " not in target.authority + target.path
        assert Target.parse(str(target)) == target


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("localhost", True),
        ("a.localhost", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("::ffff:10.0.0.1", False),
        ("10.0.0.1", False),
        ("a.test", False),
    ],
)
def test_loopback(host, loopback):
    """Names and addresses that never leave the machine."""
    assert is_loopback(host) is loopback


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True), ("localhost.", True), ("app.localhost", True), ("127.0.0.1", True), ("127.9.9.9", True), ("::1", True),
        ("0.0.0.0", True), ("::", True), ("::ffff:127.0.0.1", True), ("notlocalhost", False), ("localhost.test", False), ("10.0.0.1", False), ("::2", False),
    ],
)  # fmt: skip
def test_is_this_machine(host, expected):
    """Loopback names and addresses lead back to this machine, and so do the unspecified addresses."""
    assert is_this_machine(host) is expected
