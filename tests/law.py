"""What the tests of the law ask about: requests as they stand on the wire, routes, sites, and hostile strangers."""

import string
from itertools import accumulate

from hypothesis import settings, strategies as st

from devproxy.cors.policy import CorsPolicy
from devproxy.decide import Site
from devproxy.headers import Headers
from devproxy.message import RequestHead, ResponseHead
from devproxy.routing import Route
from devproxy.target import Target

VIA = "devproxy-7f3a"

LOCAL = CorsPolicy.build()
NAMED = CorsPolicy.build(allow_origins=["http://shop.test", "https://*.example.com"])
ANYBODY = CorsPolicy.build(allow_origins=["*"])

# A busy machine is no failure.
patient = settings(deadline=None)


def headers(*lines):
    """Fields as they stand on the wire: `headers("Host: localhost", "Cookie: a=1")`."""
    return Headers([(name, value) for name, _, value in (line.partition(": ") for line in lines)])


def request(line, *fields, host="localhost:8484", version=(1, 1), **rest):
    """`request("POST /api/users", "Origin: http://localhost:5173")`, with a Host unless it is None."""
    method, _, target = line.partition(" ")
    own = [] if host is None else [f"Host: {host}"]
    return RequestHead(method, target, headers(*own, *fields), version, **rest)


def response(status, *fields, reason=""):
    return ResponseHead(status, reason, headers(*fields))


def route(prefix, target="http://localhost:3001", policy=LOCAL, **rest):
    return Route(prefix, Target.parse(target), policy, **rest)


def site(*routes, policy=LOCAL, policies=None, allowed_hosts=()):
    return Site.of(
        routes or [route("/api")], policy, policies=policies or {}, allowed_hosts=allowed_hosts, via=VIA
    )


def is_well_formed(head):
    """Whether every field could stand on the wire: RFC 9110, sections 5.1 and 5.5."""
    return all(
        name
        and set(name) <= set(string.ascii_letters + string.digits + "!#$%&'*+-.^_`|~")
        and all(c == "\t" or " " <= c <= "~" or "\x80" <= c <= "\xff" for c in value)
        for name, value in head.headers
    )


# --- strangers -------------------------------------------------------------------------------------------------------

# One character is one byte, so nothing above U+00FF can arrive.
raw = st.text(st.characters(max_codepoint=0xFF), max_size=40)
# What a parser lets through: no line ends, no NUL.
field_values = st.text(st.characters(max_codepoint=0xFF, exclude_categories=["Cc"]), max_size=40)
field_names = st.text(string.ascii_letters + string.digits + "-_", min_size=1, max_size=12)

origins = (
    st.sampled_from(
        [
            "null",
            "",
            "http://localhost:5173",
            "http://localhost:8484",
            "https://evil.example",
            "http://localhost.evil.com",
            "http://127.0.0.1:1",
            "http://shop.test",
            "https://a.example.com",
            "http://[::1]:3000",
            "file://",
            "http://localhost:5173, http://localhost:5173",
        ]
    )
    | field_values
)
hosts = (
    st.sampled_from(
        ["localhost:8484", "127.0.0.1", "[::1]:8484", "evil.com", "shop.localhost", "", "a b", "[::"]
    )
    | field_values
)

_SEGMENTS = """
    . .. %2e%2e %2E. ..; ..;x=1 .;a api %61pi apiary a b%2fc ..%2f %5c \\..\\ %2f..%2f %252e%252e %zz % a;b x\\y caf%C3%A9 %00 v1
    x%2f..%2f..%2fy
"""


def _paths(segment, text):
    of_segments = st.lists(st.sampled_from(["", *segment]), max_size=8)
    return of_segments.map(lambda segments: "/" + "/".join(segments)) | text.map("/".__add__)


_printable = st.text(
    st.characters(min_codepoint=0x20, max_codepoint=0x7E, exclude_characters="#"), max_size=40
)
paths = _paths([*_SEGMENTS.split(), "caf\xc3\xa9"], raw)
_ascii_paths = _paths(_SEGMENTS.split(), _printable)

_targets = paths | st.builds("{}?{}".format, paths, raw) | st.builds("http://{}{}".format, hosts, paths) | raw

_known_fields = st.one_of(
    st.tuples(st.sampled_from(["Host", "host"]), hosts),
    st.tuples(st.sampled_from(["Origin", "origin"]), origins),
    st.tuples(
        st.just("Access-Control-Request-Method"), st.sampled_from(["PUT", "patch", "", "FOO"]) | field_values
    ),
    st.tuples(
        st.just("Access-Control-Request-Headers"),
        st.sampled_from(["x-a,content-type", ",,,", "*"]) | field_values,
    ),
    st.tuples(
        st.just("Connection"), st.sampled_from(["keep-alive", "Upgrade", "x-secret, upgrade", "origin"])
    ),
    st.tuples(st.just("Upgrade"), st.sampled_from(["websocket", "h2c"]) | field_values),
    st.tuples(st.just("Content-Length"), st.sampled_from(["0", "5", "5, 5", "+5"]) | field_values),
    st.tuples(st.just("Transfer-Encoding"), st.sampled_from(["chunked", "gzip, chunked"]) | field_values),
    st.tuples(st.just("Expect"), st.sampled_from(["100-continue"]) | field_values),
    st.tuples(st.just("Via"), st.sampled_from([f"1.1 {VIA}", "1.1 other"]) | field_values),
    st.tuples(
        st.just("Accept"),
        st.sampled_from(["text/html", "application/json", "text/plain", "*/*"]) | field_values,
    ),
    st.tuples(
        st.just("Sec-Fetch-Site"), st.sampled_from(["cross-site", "same-origin", "none"]) | field_values
    ),
)

strange_heads = st.builds(
    lambda method, target, fields, version: RequestHead(method, target, Headers(fields), version),
    st.sampled_from(["GET", "HEAD", "POST", "OPTIONS", "PUT", "CONNECT", "TRACE", "patch", ""]) | raw,
    _targets,
    st.lists(_known_fields | st.tuples(field_names, field_values), max_size=8),
    st.sampled_from([(1, 1), (1, 0), (2, 0), (0, 9)]),
)

# Most strangers fail at the first door; these pass the Host check and get further.
heads_inside = st.builds(
    lambda method, target, fields: RequestHead(
        method, target, Headers([("Host", "localhost:8484"), *fields])
    ),
    st.sampled_from(["GET", "HEAD", "POST", "OPTIONS", "PUT"]),
    _ascii_paths | st.builds("/api{}?{}".format, _ascii_paths, _printable),
    st.lists(
        (_known_fields | st.tuples(field_names, field_values)).filter(
            lambda field: (
                field[0].lower() not in {"host", "content-length", "transfer-encoding", "expect", "via"}
            )
        ),
        max_size=6,
    ),
)


# --- other readers of a path -----------------------------------------------------------------------------------------


def levels(segments, *, empty_counts):
    """How deep each segment leads, below where the segments begin."""
    steps = ((-1 if s == ".." else 0 if s == "." or (not s and not empty_counts) else 1) for s in segments)
    return list(accumulate(steps))
