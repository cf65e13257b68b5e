"""May this request talk to us? Rebound names, open-proxy tricks, and pages of other sites."""

import pytest
from hypothesis import given, strategies as st

from devproxy.answers import OwnAnswer
from devproxy.cors.policy import CorsPolicy
from devproxy.framing import CHUNKED, NO_BODY, Framing, Kind, request_framing
from devproxy.guard import (
    Admitted,
    Authority,
    admit,
    is_near,
    is_own_page,
    parse_authority,
    refuse_method,
    refuse_upgrade,
    refuse_write,
    wanted_upgrade,
)
from devproxy.message import RequestHead
from devproxy.problems import Place
from tests.law import (
    ANYBODY,
    NAMED,
    VIA,
    hosts,
    origins,
    patient,
    raw,
    request,
    strange_heads,
)


def judged(head, *allowed_hosts):
    return admit(head, frozenset(allowed_hosts), via=VIA)


def code(head, *allowed_hosts):
    answer = judged(head, *allowed_hosts)
    return answer.code if isinstance(answer, OwnAnswer) else "admitted"


# --- Host ------------------------------------------------------------------------------------------------------------

HOSTS = [
    # realistic
    ("localhost:8484", "admitted"),
    ("localhost", "admitted"),
    ("shop.localhost:8484", "admitted"),
    ("127.0.0.1:8484", "admitted"),
    ("[::1]:8484", "admitted"),
    ("192.168.178.20:8484", "admitted"),
    ("0.0.0.0:8484", "admitted"),
    ("devproxy:8484", "host_not_allowed"),
    ("evil.com", "host_not_allowed"),
    ("evil.com:8484", "host_not_allowed"),
    # synthetic
    ("LOCALHOST:8484", "admitted"),
    ("localhost.", "admitted"),
    ("localhost.:8484", "admitted"),
    ("a.b.c.localhost", "admitted"),
    ("[::1]", "admitted"),
    ("[2001:DB8::1]:8484", "admitted"),
    ("[::ffff:127.0.0.1]:8484", "admitted"),
    ("127.0.0.1.", "admitted"),
    (" localhost\t", "admitted"),
    ("localhost:1", "admitted"),
    ("localhost:65535", "admitted"),
    # pathological: look-alikes
    ("localhost.evil.com", "host_not_allowed"),
    ("evil.localhost.com", "host_not_allowed"),
    ("evillocalhost", "host_not_allowed"),
    ("localhost-evil.com", "host_not_allowed"),
    ("127.0.0.1.nip.io", "host_not_allowed"),
    ("127.0.0.1.evil.com:8484", "host_not_allowed"),
    ("2130706433", "host_not_allowed"),
    ("0x7f000001", "host_not_allowed"),
    ("0177.0.0.1", "host_not_allowed"),
    ("127.1", "host_not_allowed"),
    ("127.0.0.256", "host_not_allowed"),
    ("xn--localhost-xyz", "host_not_allowed"),
    # pathological: no authorities
    ("", "bad_host"),
    (" ", "bad_host"),
    ("local host", "bad_host"),
    ("localhost evil.com", "bad_host"),
    ("localhost,evil.com", "bad_host"),
    ("localhost/evil", "bad_host"),
    ("localhost\\evil", "bad_host"),
    ("localhost?x", "bad_host"),
    ("localhost#x", "bad_host"),
    ("me@localhost", "bad_host"),
    ("localhost@evil.com", "bad_host"),
    ("http://localhost", "bad_host"),
    ("l\xf6calhost", "bad_host"),
    ("localhost\x00", "bad_host"),
    ("localhost\n", "bad_host"),
    ("%6cocalhost", "bad_host"),
    (".", "bad_host"),
    ("..", "bad_host"),
    (".localhost", "bad_host"),
    ("localhost..", "bad_host"),
    ("a..localhost", "bad_host"),
    ("*", "bad_host"),
    ("*.localhost", "bad_host"),
    ("localhost:", "bad_host"),
    (":8484", "bad_host"),
    ("localhost:0", "bad_host"),
    ("localhost:65536", "bad_host"),
    ("localhost:99999999999999999999", "bad_host"),
    ("localhost:-1", "bad_host"),
    ("localhost:+80", "bad_host"),
    ("localhost:80:80", "bad_host"),
    ("localhost:\xb2", "bad_host"),
    ("::1", "bad_host"),
    ("[]", "bad_host"),
    ("[::", "bad_host"),
    ("[::1", "bad_host"),
    ("[::1]x", "bad_host"),
    ("[:::]", "bad_host"),
    ("[127.0.0.1]:8484", "bad_host"),
    ("[::1%lo]", "bad_host"),
    ("[v1.x]", "bad_host"),
    ("[localhost]", "bad_host"),
    ("a" * 256, "bad_host"),
    ("a" * 31 * 1024, "bad_host"),
]


@pytest.mark.parametrize(("host", "expected"), HOSTS, ids=[host[:30] for host, _ in HOSTS])
def test_host(host, expected):
    """Localhost names and addresses are taken, other names are refused, and what is no authority is malformed."""
    assert code(request("GET /", host=host)) == expected


CONFIGURED = [
    ("app.test", "admitted"),
    ("APP.test:8484", "admitted"),
    ("app.test.", "admitted"),
    ("localhost", "admitted"),
    ("x.app.test", "host_not_allowed"),
    ("app.test.evil.com", "host_not_allowed"),
    ("evilapp.test", "host_not_allowed"),
]


@pytest.mark.parametrize(("host", "expected"), CONFIGURED)
def test_allowed_hosts(host, expected):
    """Names from the configuration are taken besides the local ones: they, and nothing around them."""
    assert code(request("GET /", host=host), "app.test") == expected


def test_refused_host_tells_the_way_in():
    """A refused Host is told by name, with the line that would allow it."""
    answer = judged(request("GET /", host="Dev.Example.com:8484"))
    assert answer.status == 403
    assert "'dev.example.com'" in answer.detail
    assert answer.hint.endswith("listen: {allowed_hosts: [dev.example.com]}")


def test_exactly_one_host():
    """HTTP/1.1 has exactly one Host; HTTP/1.0 may have none, but never two."""
    assert code(request("GET /", host=None)) == "bad_host"
    assert code(request("GET /", "Host: localhost")) == "bad_host"
    assert code(request("GET /", "Host: localhost:8484", host="localhost:8484")) == "bad_host"
    assert code(request("GET /", "Host: localhost", version=(1, 0))) == "bad_host"
    assert code(request("GET /", host="evil.com", version=(1, 0))) == "host_not_allowed"
    assert judged(request("GET /x?y", host=None, version=(1, 0))) == Admitted(None, None, "/x", "?y", NO_BODY)


AUTHORITIES = [
    # realistic
    ("localhost:8484", Authority("localhost", 8484, is_ip=False)),
    ("127.0.0.1", Authority("127.0.0.1", None, is_ip=True)),
    ("[::1]:8484", Authority("::1", 8484, is_ip=True)),
    # synthetic
    ("App.TEST.", Authority("app.test", None, is_ip=False)),
    ("[FE80::1]", Authority("fe80::1", None, is_ip=True)),
    ("my_service", Authority("my_service", None, is_ip=False)),
    # pathological
    ("a b", None),
    ("a:0", None),
    ("[::1]:", None),
]


@pytest.mark.parametrize(("text", "expected"), AUTHORITIES)
def test_parse_authority(text, expected):
    """An authority is read into its host, lower case and without brackets or trailing dot, and its port."""
    assert parse_authority(text) == expected


LOCAL_AUTHORITIES = [
    ("localhost", True),
    ("x.localhost:1", True),
    ("10.0.0.7", True),
    ("[::1]", True),
    ("api", False),
    ("app.test", False),
]


@pytest.mark.parametrize(("text", "expected"), LOCAL_AUTHORITIES)
def test_local_authority(text, expected):
    """Local are loopback names and addresses: what local frameworks take as Host."""
    assert parse_authority(text).is_local is expected


# --- the request target ----------------------------------------------------------------------------------------------

TARGETS = [
    # realistic
    ("/", ("/", "")),
    ("/api/users?page=2", ("/api/users", "?page=2")),
    ("/api?", ("/api", "?")),
    ("/a?b?c", ("/a", "?b?c")),
    ("/%61/..%2f?x=%20#".removesuffix("#"), ("/%61/..%2f", "?x=%20")),
    # synthetic: absolute-form of ourselves
    ("http://localhost:8484/api?x", ("/api", "?x")),
    ("HTTP://LOCALHOST:8484/Api", ("/Api", "")),
    ("https://127.0.0.1/api", ("/api", "")),
    ("http://localhost:8484", ("/", "")),
    ("http://localhost:8484?x=/y", ("/", "?x=/y")),
    ("http://localhost//evil.com", ("//evil.com", "")),
    # pathological
    ("//evil.com/x", ("//evil.com/x", "")),
    ("/http://evil.com/", ("/http://evil.com/", "")),
    ("/@evil.com", ("/@evil.com", "")),
    ("/%ff%01%20x", ("/%ff%01%20x", "")),
]


@pytest.mark.parametrize(("target", "expected"), TARGETS)
def test_request_target(target, expected):
    """A path, or a URL of ourselves, is taken apart at its first question mark, byte for byte."""
    asked = judged(request(f"GET {target}"))
    assert (asked.path, asked.query) == expected


BAD_TARGETS = [
    # realistic
    ("*", "bad_target"),
    ("example.com:443", "bad_target"),
    ("http://evil.com/api", "host_not_allowed"),
    ("https://evil.com", "host_not_allowed"),
    ("/api#users", "bad_target"),
    # synthetic
    ("ws://localhost/api", "bad_target"),
    ("ftp://localhost/x", "bad_target"),
    ("file:///etc/passwd", "bad_target"),
    ("http:/localhost", "bad_target"),
    ("localhost/api", "bad_target"),
    ("?x", "bad_target"),
    ("#", "bad_target"),
    ("http://localhost/#x", "bad_target"),
    # pathological
    ("", "bad_target"),
    ("/caf\xc3\xa9", "bad_target"),
    ("/x?q=\xff", "bad_target"),
    ("http://localhost/\xff", "bad_target"),
    ("\\\\evil.com\\x", "bad_target"),
    ("http://", "bad_host"),
    ("http:///api", "bad_host"),
    ("http://?x", "bad_host"),
    ("http://me:pw@localhost/", "bad_host"),
    ("http://localhost@evil.com/", "bad_host"),
    ("http://localhost\\@evil.com/", "bad_host"),
    ("http://localhost.evil.com?localhost/", "host_not_allowed"),
    ("http:// localhost/", "bad_target"),
    ("http://localhost:0/", "bad_host"),
]


@pytest.mark.parametrize(("target", "expected"), BAD_TARGETS)
def test_refused_request_target(target, expected):
    """Asterisk-form, authority-form, other schemes, fragments, raw bytes and URLs of others are refused: no open proxy."""
    assert code(request(f"GET {target}")) == expected


def test_absolute_form_replaces_host():
    """The authority of an absolute-form target takes the place of Host (RFC 9112, section 3.2.2), in both directions."""
    asked = judged(request("GET http://127.0.0.1:8484/x", host="evil.com"))
    assert (asked.host, asked.authority) == ("127.0.0.1:8484", Authority("127.0.0.1", 8484, is_ip=True))
    assert code(request("GET http://evil.com/x", host="localhost:8484")) == "host_not_allowed"
    assert code(request("GET http://localhost/x", host=None)) == "bad_host"


def test_admitted_request_in_full():
    """An admitted request says by which Host it came, what it asks for, and how its body is framed."""
    asked = judged(request("POST /api/users?x", "Content-Length: 7", host=" localhost:8484 "))
    authority = Authority("localhost", 8484, is_ip=False)
    assert asked == Admitted("localhost:8484", authority, "/api/users", "?x", Framing(Kind.LENGTH, 7))


# --- version, method, framing, Expect, loops -------------------------------------------------------------------------

DOORS = [
    # realistic
    (request("GET /"), "admitted"),
    (request("PROPFIND /"), "admitted"),
    (request("OPTIONS /"), "admitted"),
    (request("POST /", "Transfer-Encoding: chunked"), "admitted"),
    (request("POST /", "Expect: 100-continue"), "admitted"),
    (request("GET /", "Via: 1.1 varnish", "Via: 1.1 nginx"), "admitted"),
    (request("CONNECT example.com:443"), "method_not_allowed"),
    (request("TRACE /"), "method_not_allowed"),
    (request("GET /", f"Via: 1.1 {VIA}"), "loop"),
    # synthetic
    (request("GET /", version=(1, 0)), "admitted"),
    (request("GET /", version=(2, 0)), "version_not_supported"),
    (request("GET /", version=(0, 9)), "version_not_supported"),
    (request("GET /", version=(1, 2)), "version_not_supported"),
    (request("POST /", "Expect: 100-Continue"), "admitted"),
    (request("POST /", "Expect: 200-ok"), "expectation_failed"),
    (request("POST /", "Expect: 200-ok", version=(1, 0)), "admitted"),
    (request("POST /", "Expect: 100-continue, 200-ok"), "expectation_failed"),
    (request("POST /", "Expect: 100-continue", "Expect: 200-ok"), "expectation_failed"),
    (request("GET /", "Via: 1.1 a, 1.1 b", f"Via: 1.1 c, 1.0 {VIA} (comment)"), "loop"),
    (request("OPTIONS *"), "bad_target"),
    # pathological
    (request("POST /", "Content-Length: 1", "Content-Length: 1"), "bad_framing"),
    (request("POST /", "Content-Length: 1", "Transfer-Encoding: chunked"), "bad_framing"),
    (request("POST /", "Transfer-Encoding: chunked", version=(1, 0)), "bad_framing"),
    (request("POST /", "Transfer-Encoding: identity"), "bad_framing"),
    (request("GET /", "Content-Length: +1"), "bad_framing"),
    # the first door that is closed answers
    (request("TRACE *", "Expect: x", host="evil.com", version=(2, 0)), "version_not_supported"),
    (request("TRACE *", "Content-Length: x", "Expect: x", host="evil.com"), "method_not_allowed"),
    (request("GET *", "Content-Length: x", "Expect: x", host="evil.com"), "bad_framing"),
    (request("GET *", "Expect: x", host="evil.com"), "expectation_failed"),
    (request("GET /", f"Via: 1.1 {VIA}", host="evil.com"), "host_not_allowed"),
]


@pytest.mark.parametrize(("head", "expected"), DOORS)
def test_doors(head, expected):
    """HTTP version, method, framing, expectation, target, Host and loops are judged in this order."""
    assert code(head) == expected


def test_framing_is_explained():
    """An ambiguous body is refused with what is ambiguous about it."""
    answer = judged(request("POST /", "Content-Length: 1", "Transfer-Encoding: chunked"))
    assert answer.status == 400
    assert "both Content-Length and Transfer-Encoding" in answer.detail


def test_body_is_framed_once():
    """The framing that was judged is the one that is carried."""
    assert judged(request("POST /", "Transfer-Encoding: chunked")).body is CHUNKED


@patient
@given(strange_heads, st.lists(hosts))
def test_admit_never_raises(head, allowed_hosts):
    """Whatever arrives is admitted or answered, and only paths are admitted."""
    answer = judged(head, *allowed_hosts)
    if isinstance(answer, Admitted):
        assert answer.path.startswith("/")
        assert "?" not in answer.path
        assert answer.query[:1] in {"", "?"}
        assert head.target.endswith(answer.path.removeprefix("/") + answer.query)
    else:
        assert 400 <= answer.status <= 508


@patient
@given(hosts | raw)
def test_every_admitted_host_is_local(host):
    """Without configuration, every Host that is let in is a localhost name or an address."""
    answer = judged(request("GET /", host=host))
    if isinstance(answer, Admitted):
        name = (
            host.strip(" \t").lower().rpartition(":")[0]
            if ":" in host.rpartition("]")[2]
            else host.strip(" \t").lower()
        )
        assert (
            name.removesuffix(".").endswith("localhost")
            or name[0] == "["
            or name.removesuffix(".")[-1].isdigit()
        )


# --- whose page ------------------------------------------------------------------------------------------------------

OWN = [
    # realistic
    ("http://localhost:8484", "localhost:8484", True),
    ("https://localhost:8484", "localhost:8484", True),
    ("http://app.test", "app.test", True),
    ("http://[::1]:8484", "[::1]:8484", True),
    ("http://localhost:5173", "localhost:8484", False),
    ("http://127.0.0.1:8484", "localhost:8484", False),
    # synthetic
    ("http://localhost:8484", "LOCALHOST:8484", True),
    ("http://localhost", "localhost:8484", False),
    ("http://localhost:8484", "localhost", False),
    # pathological
    ("null", "null", False),
    ("", "", False),
    ("localhost:8484", "localhost:8484", False),
    ("ws://localhost:8484", "localhost:8484", False),
    ("http://localhost:8484/", "localhost:8484", False),
    ("http://localhost:8484\n", "localhost:8484", False),
    ("http://localhost:8484", None, False),
    ("http://localhost:8484.evil.com", "localhost:8484", False),
    ("http://xlocalhost:8484", "localhost:8484", False),
    ("http://localhost:8484, http://localhost:8484", "localhost:8484", False),
    ("http://LOCALHOST:8484", "localhost:8484", False),
]


@pytest.mark.parametrize(("origin", "host", "expected"), OWN)
def test_own_page(origin, host, expected):
    """A page is ours when its host and port are those of the Host that it asks by; TLS in front does not matter."""
    assert is_own_page(request("GET /", f"Origin: {origin}"), host) is expected


def test_a_page_without_tls_is_not_ours_where_we_speak_it():
    """Nothing in front takes TLS away, and whoever is on the way could be that page."""
    assert is_own_page(request("GET /", "Origin: https://app.test", secure=True), "app.test")
    assert not is_own_page(request("GET /", "Origin: http://app.test", secure=True), "app.test")


def test_who_names_no_page_is_no_page_of_ours():
    """Without an Origin there is nothing to compare."""
    assert not is_own_page(request("GET /"), "localhost:8484")


UPGRADES = [
    # realistic
    (request("GET /ws", "Connection: Upgrade", "Upgrade: websocket"), "websocket"),
    (request("GET /ws", "Connection: keep-alive, Upgrade", "Upgrade: websocket"), "websocket"),
    (request("POST /attach", "Connection: Upgrade", "Upgrade: tcp"), "tcp"),
    (request("GET /"), ""),
    (request("GET /", "Connection: keep-alive"), ""),
    (request("GET /", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c"), ""),
    # synthetic
    (request("GET /ws", "connection: uPGRADE", "upgrade:  WebSocket "), "WebSocket"),
    (request("GET /ws", "Connection: keep-alive", "Connection: upgrade", "Upgrade: websocket"), "websocket"),
    (request("GET /ws", "Connection: Upgrade", "Upgrade: websocket", "Content-Length: 0"), "websocket"),
    (request("GET /", "Connection: Upgrade", "Upgrade: foo/2, bar", "Upgrade: baz"), "foo/2, bar, baz"),
    (request("GET /", "Connection: Upgrade", "Upgrade: h2c, websocket, HTTP/2.0, TLS/1.0"), "websocket"),
    # pathological
    (request("GET /ws", "Upgrade: websocket"), ""),
    (request("GET /ws", "Connection: Upgrade"), ""),
    (request("GET /ws", "Connection: Upgrade", "Upgrade: "), ""),
    (request("GET /ws", "Connection: Upgrade", "Upgrade: H2C, , a b, /1, foo/, f\xf6o"), ""),
    (request("GET /ws", "Connection: upgraded", "Upgrade: websocket"), ""),
    (request("GET /ws", "Connection: Upgrade", "Upgrade: websocket", version=(1, 0)), ""),
    (request("POST /ws", "Connection: Upgrade", "Upgrade: websocket", "Content-Length: 1"), ""),
    (request("POST /ws", "Connection: Upgrade", "Upgrade: foo", "Transfer-Encoding: chunked"), ""),
]


@pytest.mark.parametrize(("head", "expected"), UPGRADES)
def test_wanted_upgrade(head, expected):
    """Any protocol may be asked for, but for HTTP itself, in which further requests would pass unseen."""
    assert wanted_upgrade(head, request_framing(head)) == expected


MANY = CorsPolicy.build(
    allow_origins=["http://shop.test", "https://*.example.com", "http://pages.test:*"], local=True
)
NULLS = CorsPolicy.build(allow_origins=["null"], allow_credentials=False)

HOSTILE = [
    "https://evil.example",
    "http://localhost.evil.com",
    "http://127.0.0.1.nip.io",
    "http://evil.com:8484",
    "http://203.0.113.9",
    "https://example.com.evil.com",
    "https://evilexample.com",
    "http://shop.test.evil.com",
    "http://shop.test:81",
    "https://shop.test",
    "http://SHOP.test",
    "http://shop.test/",
    "http://me@shop.test",
    "http://shop.test\x00",
    "http://shop.test, http://shop.test",
    "https://*.example.com",
    "http://localhost:8484@evil.com",
    "http://localhost:99999",
    "file://",
    "null",
    "",
    "*",
    "http://" + "a." * 200 + "shop.test",
]


@pytest.mark.parametrize("origin", HOSTILE)
def test_hostile_pages(origin):
    """A page that the policy does not know opens no WebSocket and writes nothing."""
    asked = judged(request("GET /"))
    for refuse, line in (
        (refuse_upgrade, "GET /ws"),
        (refuse_write, "POST /api"),
        (refuse_write, "DELETE /api"),
    ):
        answer = refuse(request(line, f"Origin: {origin}"), asked, MANY)
        assert (answer.code, answer.status) == ("cross_site", 403)
        assert "Nothing reached the backend" in answer.detail


FRIENDS = [
    "http://localhost:8484",
    "https://localhost:8484",
    "http://localhost:5173",
    "https://shop.localhost",
    "http://127.0.0.1:3000",
    "http://[::1]:3000",
    "http://shop.test",
    "https://a.example.com",
    "https://a.b.example.com",
    "http://pages.test:1234",
]


@pytest.mark.parametrize("origin", FRIENDS)
def test_known_pages(origin):
    """Our own page and those that are named, matched or local may open WebSockets and write."""
    asked = judged(request("GET /"))
    assert refuse_upgrade(request("GET /ws", f"Origin: {origin}"), asked, MANY) is None
    assert refuse_write(request("PUT /api", f"Origin: {origin}"), asked, MANY) is None


def test_several_origin_lines_are_refused():
    """Two Origin lines are refused even where each alone would do."""
    asked = judged(request("GET /"))
    head = request("POST /", "Origin: http://shop.test", "Origin: http://shop.test")
    assert refuse_upgrade(head, asked, MANY)
    assert refuse_write(head, asked, MANY)
    assert refuse_write(head, asked, ANYBODY)


def test_star_may_write_but_opens_no_socket():
    """`*` lets every page write, null included, but counts for no WebSocket: cookies would ride along."""
    asked = judged(request("GET /"))
    for origin in ("https://evil.example", "null"):
        assert refuse_upgrade(request("GET /ws", f"Origin: {origin}"), asked, ANYBODY)
        assert refuse_write(request("POST /", f"Origin: {origin}"), asked, ANYBODY) is None
    assert refuse_write(request("POST /", "Origin: not an origin"), asked, ANYBODY)


def test_null_needs_its_name():
    """A sandboxed frame may do what the policy gives to null by name, and nothing otherwise."""
    asked = judged(request("GET /"))
    head = request("POST /", "Origin: null")
    assert refuse_write(head, asked, NULLS) is None
    assert refuse_upgrade(head, asked, NULLS) is None
    assert refuse_write(head, asked, NAMED)


def test_unlisted_local_pages_are_strangers():
    """A policy that names its pages knows no others, local or not, except our own."""
    asked = judged(request("GET /"))
    assert refuse_write(request("POST /", "Origin: http://localhost:5173"), asked, NAMED)
    assert refuse_upgrade(request("GET /ws", "Origin: http://localhost:5173"), asked, NAMED)
    assert refuse_upgrade(request("GET /ws", "Origin: http://localhost:8484"), asked, NAMED) is None


def test_rebound_name_is_not_our_own_page():
    """A page under a rebound name has a matching Host and Origin, but its Host is refused before anyone compares."""
    assert code(request("POST /", "Origin: http://evil.com:8484", host="evil.com:8484")) == "host_not_allowed"


PROGRAMS = [
    # Sec-Fetch-Site, passes
    (None, True),
    ("none", True),
    ("same-origin", True),
    ("same-site", True),
    ("cross-site", False),
]


@pytest.mark.parametrize(("value", "passes"), PROGRAMS)
def test_writes_without_origin(value, passes):
    """Without an Origin, only what a browser calls cross-site is refused: curl and old forms of our own pass."""
    fields = [] if value is None else [f"Sec-Fetch-Site: {value}"]
    answer = refuse_write(request("POST /", *fields), judged(request("GET /")), ANYBODY)
    assert (answer is None) is passes
    if answer:
        assert "a page of another site" in answer.detail
        assert "block_cross_site: false" in answer.hint


def test_known_origin_outweighs_fetch_metadata():
    """A page that is allowed by its Origin may write although the browser calls it cross-site."""
    head = request("POST /", "Origin: https://a.example.com", "Sec-Fetch-Site: cross-site")
    assert refuse_write(head, judged(head), NAMED) is None


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_reads_are_never_refused(method):
    """Requests that change nothing pass from everywhere: reading is what CORS guards."""
    head = request(f"{method} /", "Origin: https://evil.example", "Sec-Fetch-Site: cross-site")
    assert refuse_write(head, judged(head), NAMED) is None


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "PROPFIND", "get", "QUERY"])
def test_all_other_methods_are_writes(method):
    """A method that is not known to be safe counts as a write."""
    head = request(f"{method} /", "Origin: https://evil.example")
    assert refuse_write(head, judged(request("GET /")), NAMED)


@pytest.mark.parametrize("method", ["FOO", "patch", "get", "", "G T", "GET:"])
def test_only_registered_methods_are_taken(method):
    """What the listener cannot read is refused in the same words, by whoever asks what would become of it."""
    assert code(RequestHead(method, "/", request("GET /").headers)) == "bad_request"


def test_sockets_of_programs_pass():
    """No browser opens a WebSocket without an Origin, so whoever has none is a program."""
    head = request("GET /ws", "Sec-Fetch-Site: cross-site")
    assert refuse_upgrade(head, judged(head), NAMED) is None


def test_refused_page_tells_how_to_allow_it():
    """A refusal names the page and the line or the flag that would let it in; null and nonsense get no such line."""
    asked = judged(request("GET /"))
    post, socket = (request(line, "Origin: https://shop.example") for line in ("POST /", "GET /ws"))
    placed = CorsPolicy.build(
        allow_origins=["http://shop.test"], places={"allow_origins": Place("proxy.yaml", 14)}
    )
    for answer in (refuse_write(post, asked, placed), refuse_upgrade(socket, asked, placed)):
        assert "'https://shop.example'" in answer.detail
        assert "add https://shop.example to allow_origins at proxy.yaml:14" in answer.advice
    assert "--allow-origin https://shop.example" in refuse_write(post, asked, NAMED).advice
    assert "block_cross_site: false" in refuse_write(post, asked, NAMED).hint
    assert refuse_upgrade(request("GET /", "Origin: null"), asked, NAMED).advice == ""
    assert "allow_origins" not in refuse_write(request("POST /", "Origin: <nonsense>"), asked, placed).advice


def test_refusals_are_bounded():
    """However long an Origin is, the refusal stays short."""
    head = request("POST /", "Origin: " + "x" * 30_000)
    answer = refuse_write(head, judged(head), NAMED)
    assert len(answer.detail + answer.advice) < 500


@patient
@given(strange_heads, hosts, origins)
def test_pages_are_judged_without_raising(head, host, origin):
    """Any Host and any Origin are judged, and whoever passes is known, our own, or no browser's page."""
    asked = Admitted(host, parse_authority(host), "/", "", NO_BODY)
    head = request(f"POST {head.target}", *([f"Origin: {origin}"] if origin else []), host=host)
    for refuse in (refuse_upgrade, refuse_write):
        answer = refuse(head, asked, NAMED)
        assert (answer is None) is (not origin or NAMED.knows(origin) or is_own_page(head, host))
    assert wanted_upgrade(head, NO_BODY) == ""


ASKS = "Access-Control-Request-Method: "


@pytest.mark.parametrize(
    ("head", "passes"),
    [
        (request("GET /"), True),
        (request("PUT /"), False),
        (request("get /"), False),
        (request("OPTIONS /"), False),
        (request("OPTIONS /", "Origin: http://a", ASKS + "GET"), True),
        (request("OPTIONS /", "Origin: http://a", ASKS + "PUT"), False),
        (request("OPTIONS /", ASKS + "GET"), False),
        (request("PUT /", "Origin: http://a", ASKS + "GET"), False),
    ],
)
def test_refuse_method(head, passes):
    """Only listed methods pass, as they are written; a preflight counts as the method that it asks for."""
    answer = refuse_method(head, ("GET", "HEAD"))
    assert (answer is None) is passes
    assert refuse_method(head, None) is None
    assert answer is None or answer.fields == (("Allow", "GET, HEAD"),)


# --- who asks --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "near"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("172.17.0.1", True),
        ("::ffff:172.17.0.1", True),
        ("172.17.0.2", False),
        ("192.168.1.7", False),
        ("10.0.0.1", False),
        ("fe80::1%eth0", False),
        ("2001:db8::1", False),
        ("::ffff:192.168.1.7", False),
        ("0.0.0.0", False),
        ("localhost", False),
        ("", False),
        ("unknown", False),
    ],
)
def test_who_is_near(address, near):
    """Loopback is this machine, and so is the gateway of the container that devproxy runs in; nobody else is known."""
    assert is_near(address, "172.17.0.1") is near
    if address.endswith("172.17.0.1"):
        assert not is_near(address, "")
