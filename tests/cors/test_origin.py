import pytest
from hypothesis import example, given, strategies as st

from devproxy.cors.origin import (
    LOCAL_ORIGINS,
    NULL,
    Fault,
    Origin,
    OriginPattern,
    _parsed,
    fault,
    shown,
    without_userinfo,
)
from devproxy.cors.spelling import TOO_LONG, WILDCARDS
from devproxy.problems import Place, Problem


def pattern(text: str) -> OriginPattern:
    read = OriginPattern.parse(text)
    assert isinstance(read, OriginPattern), read
    return read


# What browsers send. Read back, each is spelled as before.
SERIALISED = [
    # realistic
    ("http://localhost", ("http", "localhost", None), True),
    ("http://localhost:5173", ("http", "localhost", 5173), True),
    ("https://app.example.com", ("https", "app.example.com", None), False),
    ("http://app.localhost:3000", ("http", "app.localhost", 3000), True),
    ("http://127.0.0.1:8080", ("http", "127.0.0.1", 8080), True),
    ("http://[::1]:5173", ("http", "[::1]", 5173), True),
    ("http://192.168.178.20:3000", ("http", "192.168.178.20", 3000), False),
    ("https://xn--mnchen-3ya.de", ("https", "xn--mnchen-3ya.de", None), False),
    ("http://my_service:8000", ("http", "my_service", 8000), False),
    ("chrome-extension://aapbdbdomjkkjkaonfhkkikfgjllcleb", None, False),
    ("vscode-webview://1kdq5t4v", None, False),
    ("capacitor://localhost", ("capacitor", "localhost", None), True),
    # synthetic
    ("https://localhost:80", ("https", "localhost", 80), True),
    ("http://localhost:443", ("http", "localhost", 443), True),
    ("http://localhost:1", ("http", "localhost", 1), True),
    ("http://localhost:65535", ("http", "localhost", 65535), True),
    ("http://localhost.", ("http", "localhost.", None), True),
    ("http://app.localhost.:81", ("http", "app.localhost.", 81), True),
    ("http://127.255.0.9", ("http", "127.255.0.9", None), True),
    ("http://128.0.0.1", ("http", "128.0.0.1", None), False),
    ("http://[2001:db8::1]", ("http", "[2001:db8::1]", None), False),
    ("http://[::]", ("http", "[::]", None), False),
    ("http://3dprinter", ("http", "3dprinter", None), False),
    ("http://127.example", ("http", "127.example", None), False),
    ("http://-a-.test", ("http", "-a-.test", None), False),
    ("http://" + "a" * 63 + ".test", None, False),
    # pathological
    ("http://localhost.evil.com", ("http", "localhost.evil.com", None), False),
    ("http://evillocalhost", ("http", "evillocalhost", None), False),
    ("http://127.0.0.1.nip.io", ("http", "127.0.0.1.nip.io", None), False),
    ("s" + "x" * 63 + "://a", None, False),
    ("http://" + ".".join(["a" * 60] * 4) + ".test", None, False),
]


@pytest.mark.parametrize(("text", "parts", "loopback"), SERIALISED, ids=lambda value: str(value)[:40])
def test_serialised(text, parts, loopback):
    """What a browser sends as an Origin is read part by part, and says whether it is this machine."""
    origin = Origin.parse(text)
    assert origin is not None
    assert str(origin) == text
    assert origin.is_loopback is loopback
    if parts:
        assert (origin.scheme, origin.host, origin.port) == parts
    assert fault(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("http://localhost:5173/", Fault("an origin has no path", "http://localhost:5173")),
        ("http://*.Test", Fault(WILDCARDS, "http://*.test")),
        ("http://a..test", Fault("a host has no empty labels", None)),
        ("http://localhost", None),
        ("http://LOCALHOST" + ":" * 600, Fault(TOO_LONG, None)),
    ],
)
def test_fault(text, expected):
    """A fault is the first broken rule, with the origin or pattern that was meant if it can be guessed."""
    assert fault(text) == expected
    assert (Origin.parse(text) is None) == (expected is not None)


def test_hints():
    """A hint is what to write instead, or where there is no guess, what an origin looks like."""
    assert Fault("", "http://a").hint == "write http://a"
    assert Fault("", "null").hint == "write null, with allow_credentials: false"
    assert Fault("", None).hint == "write scheme://host or scheme://host:port, as in http://localhost:5173"


# Pattern, origin, does it match?
MATCHES = [
    # realistic
    ("http://localhost:5173", "http://localhost:5173", True),
    ("http://localhost:5173", "http://localhost:5174", False),
    ("http://localhost:5173", "https://localhost:5173", False),
    ("http://localhost:5173", "http://127.0.0.1:5173", False),
    ("http://localhost", "http://localhost", True),
    ("http://localhost", "http://localhost:5173", False),
    ("http://localhost:*", "http://localhost:5173", True),
    ("http://localhost:*", "http://localhost", True),
    ("https://localhost:*", "http://localhost:5173", False),
    ("https://*.example.com", "https://app.example.com", True),
    ("https://*.example.com", "https://a.b.example.com", True),
    ("https://*.example.com", "https://example.com", False),
    ("https://*.example.com", "https://app.example.com:8443", False),
    ("https://*.example.com:8443", "https://app.example.com:8443", True),
    ("http://*.localhost:*", "http://app.localhost:3000", True),
    ("http://*.localhost:*", "http://app.localhost", True),
    ("http://*.localhost:*", "http://localhost:3000", False),
    ("http://127.0.0.1:*", "http://127.0.0.1:8000", True),
    ("http://[::1]:*", "http://[::1]:8000", True),
    ("http://[::1]:*", "http://[::1]", True),
    ("http://[::1]:5173", "http://[::1]:5173", True),
    ("chrome-extension://abc", "chrome-extension://abc", True),
    ("null", "null", True),
    ("null", "NULL", False),
    ("null", "http://null", False),
    ("http://localhost:*", "null", False),
    # synthetic
    ("http://localhost:*", "http://localhost:1", True),
    ("http://localhost:*", "http://localhost:65535", True),
    ("http://localhost:*", "http://localhost:65536", False),
    ("http://localhost:*", "http://localhost:0", False),
    ("http://localhost:*", "http://localhost:05173", False),
    ("http://localhost:*", "http://localhost:80", False),
    ("http://localhost:*", "http://localhost:443", True),
    ("http://localhost:*", "http://localhost:", False),
    ("http://localhost:*", "http://localhost:+80", False),
    ("http://localhost:*", "http://localhost:*", False),
    ("http://localhost:*", "http://localhost.", False),
    ("http://localhost:*", "http://LOCALHOST:5173", False),
    ("http://localhost:5173", "http://LOCALHOST:5173", False),
    ("http://localhost:5173", "HTTP://localhost:5173", False),
    ("http://[::1]:*", "http://[0:0:0:0:0:0:0:1]:8000", False),
    ("https://*.example.com", "https://.example.com", False),
    ("https://*.example.com", "https://app..example.com", False),
    ("https://*.example.com", "https://app.example.com.", False),
    ("https://*.example.com", "https://*.example.com", False),
    # pathological
    ("http://localhost:*", "http://localhost.evil.com", False),
    ("http://localhost:*", "http://evillocalhost", False),
    ("http://localhost:*", "http://localhost:8484.evil.com", False),
    ("http://localhost:*", "http://localhost:5173@evil.com", False),
    ("http://localhost:*", "http://localhost:5173/", False),
    ("http://localhost:*", "http://localhost:5173#@evil.com", False),
    ("http://localhost:*", "http://localhost:5173\t", False),
    ("http://localhost:*", "http://localhost:5173\0", False),
    ("http://localhost:*", "http://localhost:5173\r\n", False),
    ("http://localhost:*", "http://localhost:5173, http://localhost:5173", False),
    ("http://localhost:*", "http://localhost:٣", False),
    ("http://localhost:*", "http://localhost:" + "1" * 1_000_000, False),
    ("http://localhost:5173", "http://localhost:5173" + " " * 1_000_000, False),
    ("http://*.localhost:*", "http://evil.com/.localhost", False),
    ("http://*.localhost:*", "http://evil.com:80.localhost", False),
    ("http://*.localhost:*", "http://evil.com\\.localhost", False),
    ("http://*.localhost:*", "http://me@a.localhost", False),
    ("http://*.localhost:*", "http://evillocalhost:3000", False),
    ("http://*.localhost:*", "http://\xe9.localhost", False),
    ("http://*.localhost:*", "http://" + "a." * 500 + "localhost", False),
    ("http://127.0.0.1:*", "http://127.0.0.1.nip.io", False),
    ("http://127.0.0.1:*", "http://127.0.0.1.nip.io:8000", False),
    ("http://127.0.0.1:*", "http://127.1:8000", False),
    ("https://*.example.com", "https://evilexample.com", False),
    ("https://*.example.com", "https://app.example.com.evil.com", False),
    ("http://*.localhost:*", "", False),
]


@pytest.mark.parametrize(("named", "origin", "expected"), MATCHES, ids=lambda value: repr(value)[:40])
def test_matches(named, origin, expected):
    """A pattern matches the origins that it names, byte for byte and on label borders, and nothing that looks alike."""
    assert pattern(named).matches(origin) is expected


def test_longest():
    """An Origin of 256 characters is compared; one more character, and no pattern sees it."""
    longest = "http://" + "a." * 120 + "localhost"
    assert len(longest) == 256
    assert pattern("http://*.localhost").matches(longest)
    assert not pattern("http://*.localhost").matches("http://b" + longest.removeprefix("http://"))
    assert Origin.parse("http://b" + longest.removeprefix("http://")) is None


def test_long_origins_are_not_kept():
    """What a stranger sends beyond the limit is dropped before anything remembers it."""
    before = _parsed.cache_info()
    assert Origin.parse("http://" + "a" * 1_000_000) is None
    assert _parsed.cache_info() == before


# What may not stand in a list of origins, besides what is no origin.
PATTERN_FAULTS = [
    # realistic
    ("http://*.Example.com/", "an origin has no path", "write http://*.example.com"),
    (
        "https://*example.com",
        WILDCARDS,
        "write https://*.example.com",
    ),
    (
        "https://**.example.com",
        WILDCARDS,
        "write https://*.example.com",
    ),
    (
        "*.example.com",
        WILDCARDS,
        "write https://*.example.com",
    ),
    ("https://app-*.example.com", WILDCARDS, "write https://*.example.com"),
    ("http://localhost*", WILDCARDS, "write http://localhost:*"),
    (
        "http://localhost:*/",
        WILDCARDS,
        "write http://localhost:*",
    ),
    ("http://*.127.0.0.1", "an IP address has no subdomains", "write scheme://host"),
    ("http://*.[::1]", "an IP address has no subdomains", "write scheme://host"),
    (
        r"https://.*\.example\.com",
        "an origin is no regular expression",
        "write https://*.example.com",
    ),
    # synthetic
    (
        "http://*",
        WILDCARDS,
        "write scheme://host",
    ),
    (
        "http://*:*",
        WILDCARDS,
        "write scheme://host",
    ),
    (
        "http://a.*.test",
        WILDCARDS,
        "write scheme://host",
    ),
    (
        "http://a.test:8*",
        WILDCARDS,
        "write http://a.test:*",
    ),
    (
        "http://a.test:80*",
        WILDCARDS,
        "write http://a.test:*",
    ),
    (
        "http://a.test:81:*",
        WILDCARDS,
        "write scheme://host",
    ),
    (
        "*://a.test",
        WILDCARDS,
        "write http://a.test",
    ),
    ("http://*.", "an origin names a host", "write scheme://host"),
    (
        "http://*.*.a.test",
        WILDCARDS,
        "write http://*.a.test",
    ),
    # pathological
    ("https://*." + "a." * 120 + "example", "an origin has at most 256 characters", "write scheme://host"),
]


@pytest.mark.parametrize(("text", "rule", "hint"), PATTERN_FAULTS, ids=lambda value: repr(value)[:40])
def test_pattern_faults(text, rule, hint):
    """A wildcard elsewhere than in front of a name or for a whole port is refused, with what to write instead."""
    place = Place("proxy.yaml", 3)
    problem = OriginPattern.parse(text, path=("allow_origins", 1), place=place)
    assert isinstance(problem, Problem)
    assert problem.message.startswith(f"{rule}: ")
    assert problem.hint.startswith(hint)
    assert (problem.path, problem.place, problem.severity) == (("allow_origins", 1), place, "error")


def test_message():
    """The message about an origin says the rule, the value and the consequence; the hint can be pasted."""
    problem = OriginPattern.parse("http://localhost:5173/")
    assert isinstance(problem, Problem)
    assert (
        problem.message
        == "an origin has no path: 'http://localhost:5173/' never matches the browser's Origin header"
    )
    assert problem.hint == "write http://localhost:5173"


def test_local_origins():
    """The default is every page on localhost, below localhost, on 127.0.0.1 and [::1], by http and https, on any port."""
    assert [str(one) for one in LOCAL_ORIGINS] == [
        "http://localhost:*",
        "http://*.localhost:*",
        "http://127.0.0.1:*",
        "http://[::1]:*",
        "https://localhost:*",
        "https://*.localhost:*",
        "https://127.0.0.1:*",
        "https://[::1]:*",
    ]


def test_null_covers_no_tuple_origin():
    """`null` is the serialisation of opaque origins, so it names no origin that has parts."""
    assert not NULL.covers(Origin("http", "null"))
    assert NULL.is_exact


def test_repr():
    """A value shows itself as the call that makes it."""
    assert repr(Origin("http", "localhost", 5173)) == "Origin.parse('http://localhost:5173')"
    assert repr(pattern("https://*.a.test:*")) == "OriginPattern.parse('https://*.a.test:*')"
    assert repr(NULL) == "OriginPattern.parse('null')"


def test_shown():
    """What is printed is bounded and steers no terminal."""
    assert shown("http://a\x1b[31m\r\n") == "http://a\\x1b[31m\\r\\n"
    assert len(shown("a" * 1_000_000)) == 256
    assert shown("caf\xe9 \x9b") == "caf\xe9 \\x9b"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("http://u:hunter2@a.test", "http://…@a.test"),
        ("http://u:hunter2@b@a.test:80", "http://…@a.test:80"),
        ("http://a.test, http://u:hunter2@a.test", "http://a.test, http://…@a.test"),
        ("http://a.test/@b", "http://a.test/@b"),
        ("http://localhost:5173", "http://localhost:5173"),
        ("null", "null"),
    ],
)
def test_a_password_is_not_told(text, told):
    """No browser's Origin has one; a URL that somebody took for an origin may."""
    assert without_userinfo(text) == shown(text) == told
    assert "hunter2" not in shown(f"http://{'u' * 300}:hunter2@a.test")


labels = st.from_regex(r"[a-z0-9_-]{1,12}", fullmatch=True)
hosts = st.lists(labels, min_size=1, max_size=4).map(".".join)
ports = st.sampled_from(["", ":*", ":1", ":80", ":443", ":5173", ":65535", ":65536", ":080"])
spellings = st.tuples(
    st.sampled_from(["http", "https", "tauri"]), st.sampled_from(["", "*."]), hosts, ports
).map(lambda parts: f"{parts[0]}://{parts[1]}{parts[2]}{parts[3]}")
texts = st.one_of(spellings, st.text(max_size=40), st.text(alphabet="htp:/.*[]01@ loca\t", max_size=30))


@given(texts)
@example("http://[::1]:*")
def test_patterns_read_back(text):
    """What a pattern shows of itself is read back as the same pattern."""
    read = OriginPattern.parse(text)
    if isinstance(read, OriginPattern):
        assert str(read) == text
        assert eval(repr(read)) == read


@given(texts)
def test_reading_is_total_and_exact(text):
    """Every text is an origin that is spelled just like it, or has a fault; its hint names a pattern."""
    origin, found = Origin.parse(text), fault(text)
    assert (origin is None) == (found is not None)
    assert origin is None or str(origin) == text
    if found and found.instead:
        assert isinstance(OriginPattern.parse(found.instead), OriginPattern)


@given(spellings, texts)
def test_exact_patterns_are_compared_byte_for_byte(named, origin):
    """An exact pattern matches its own spelling and nothing else; any pattern matches serialised origins only."""
    read = OriginPattern.parse(named)
    if isinstance(read, Problem):
        return
    if read.is_exact:
        assert read.matches(origin) == (origin == named)
        assert read.matches(named)
    assert not read.matches(origin) or Origin.parse(origin) is not None


@given(st.binary(max_size=30), st.sampled_from(LOCAL_ORIGINS))
def test_nothing_stands_behind_or_before_a_local_host(noise, local):
    """Whatever is added to a local origin, it stays local only if the host stays it."""
    text = noise.decode("latin-1")
    for origin in (f"http://localhost{text}", f"http://{text}localhost", f"http://localhost:1{text}"):
        if local.matches(origin):
            parsed = Origin.parse(origin)
            assert parsed is not None
            assert parsed.is_loopback
