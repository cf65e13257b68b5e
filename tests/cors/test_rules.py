"""What a policy may not say, and its legal neighbours."""

import pytest
from hypothesis import given, strategies as st

from devproxy.cors.policy import CorsPolicy
from devproxy.errors import ConfigError, PolicyError
from devproxy.problems import Place

PAGE = "http://localhost:5173"
SHOP = "https://shop.example.com"


def problems(**settings: object) -> list[tuple[str, str, tuple[object, ...]]]:
    """What is wrong with a policy, or what it warns of: severity, code, path."""
    try:
        found = CorsPolicy.build(**settings).warnings  # type: ignore[arg-type]
    except PolicyError as error:
        found = error.problems
    for problem in found:
        assert problem.message
        assert problem.hint
    return [(problem.severity, problem.code, problem.path) for problem in found]


WITH, WITHOUT = {"allow_credentials": True}, {"allow_credentials": False}
FORBIDDEN_REQUEST_HEADERS = """
    Accept-Charset Accept-Encoding Access-Control-Request-Headers Access-Control-Request-Method Connection Content-Length
    Cookie Cookie2 Date DNT Expect Host Keep-Alive Origin Referer Set-Cookie TE Trailer Transfer-Encoding Upgrade Via
    Proxy-Authorization proxy-x Sec-Fetch-Mode sec-x Access-Control-Request-Private-Network
"""

ORIGIN_RULES = [
    # realistic
    (None, {}, []),
    ([PAGE, "http://127.0.0.1:5173"], {}, []),
    (["*"], {}, []),
    (["*"], WITHOUT, []),
    (["*"], WITH, [("error", "any_credentials", 0)]),
    ([SHOP, "*"], WITH, [("warning", "any_beside_others", 1), ("error", "any_credentials", 1)]),
    ([SHOP, "*"], {}, [("warning", "any_beside_others", 1)]),
    ([SHOP], WITH, []),
    (["https://*.example.com"], WITH, []),
    (["https://192.168.1.5:3000"], WITH, []),
    (["http://192.168.1.5:3000"], {}, [("warning", "insecure_origin", 0)]),
    (["http://shop.test:3000"], WITH, [("warning", "insecure_origin", 0)]),
    (["http://shop.test:3000"], WITHOUT, []),
    (["http://*.shop.test"], WITH, [("warning", "insecure_origin", 0)]),
    (["http://*.localhost:*"], WITH, []),
    (["http://127.0.0.2:5173", "http://[::1]:5173"], WITH, []),
    ([PAGE], {}, [("warning", "loopback_twin", 0)]),
    (["http://127.0.0.1:*"], {}, [("warning", "loopback_twin", 0)]),
    (["http://localhost:*", "http://127.0.0.1"], {}, [("warning", "loopback_twin", 0)]),
    (["http://127.0.0.1", "http://localhost:*"], {}, [("warning", "loopback_twin", 1)]),
    (["http://localhost:*", "http://127.0.0.1:*"], {}, []),
    ([PAGE], {"local": True}, []),
    ([PAGE, "*"], {}, [("warning", "any_beside_others", 1)]),
    (["null"], {}, [("error", "null_credentials", 0)]),
    (["null"], WITH, [("error", "null_credentials", 0)]),
    (["null"], WITHOUT, [("warning", "null", 0)]),
    # synthetic
    (["https://*.com"], WITH, [("error", "public_suffix", 0)]),
    (["https://*.com."], WITH, [("error", "public_suffix", 0)]),
    (["https://*.com"], WITHOUT, []),
    (["http://*.test:*"], WITH, [("error", "public_suffix", 0), ("warning", "insecure_origin", 0)]),
    (["capacitor://localhost", "chrome-extension://abc"], WITH, []),
    ([SHOP, SHOP], {}, [("warning", "duplicate", 1)]),
    ([PAGE, PAGE], {}, [("warning", "duplicate", 1), ("warning", "loopback_twin", 0)]),
    ([SHOP, "https://shop.example.com/", "localhost"], {}, [("error", "origin", 1), ("error", "origin", 2)]),
    # pathological
    ([], {}, [("error", "no_origin", None)]),
    ((), {}, [("error", "no_origin", None)]),
    ([], {"local": True}, []),
    (None, {"local": False}, [("error", "no_origin", None)]),
    (PAGE, {}, [("error", "type", None)]),
    ("*", {}, [("error", "type", None)]),
    ({"a": "b"}, {}, [("error", "type", None)]),
    (b"http://a", {}, [("error", "type", None)]),
    ([SHOP, 3000, None], {}, [("error", "type", 1), ("error", "type", 2)]),
    ([["http://a"]], {}, [("error", "type", 0)]),
]


@pytest.mark.parametrize(("origins", "others", "expected"), ORIGIN_RULES, ids=repr)
def test_origins(origins, others, expected):
    """Origins that never match, or that trust strangers with credentials, are named with their place in the list."""
    paths = [
        (severity, code, ("allow_origins",) if at is None else ("allow_origins", at))
        for severity, code, at in expected
    ]
    assert problems(allow_origins=origins, **others) == paths


LIST_RULES = [
    # methods, realistic
    ("allow_methods", [], ("GET", "HEAD", "POST"), []),
    ("allow_methods", ["*"], ("*",), []),
    ("allow_methods", ["PUT", "*"], ("*",), []),
    ("allow_methods", ["GET", "POST"], ("GET", "HEAD", "POST"), []),
    ("allow_methods", ["PUT", "DELETE", "PUT", "OPTIONS"], ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"), []),
    ("allow_methods", ["delete", "Put", "oPTIONS", "get", "Head", "post"], ("GET", "HEAD", "POST", "DELETE", "PUT", "OPTIONS"), []),
    ("allow_methods", ["PATCH", "PROPFIND", "M-SEARCH", "QUERY"], ("GET", "HEAD", "POST", "PATCH", "PROPFIND", "M-SEARCH", "QUERY"), []),
    ("allow_methods", ["patch"], ("GET", "HEAD", "POST"), [("warning", "method_case", 0)]),
    ("allow_methods", ["PUT", "Patch"], ("GET", "HEAD", "POST", "PUT"), [("warning", "method_case", 1)]),
    ("allow_methods", ["GET, PUT"], None, [("error", "method", 0)]),
    ("allow_methods", "GET, PUT", None, [("error", "type", None)]),
    # methods, synthetic
    ("allow_methods", ["CONNECT", "trace", "Track"], None, [("error", "method_forbidden", at) for at in range(3)]),
    ("allow_methods", ["*", "TRACE"], None, [("error", "method_forbidden", 1)]),
    ("allow_methods", ["FOO", "propfind", "PUTT"], None, [("error", "method_unknown", at) for at in range(3)]),
    ("allow_methods", ["", " ", "PUT ", "P\xdcT", "PUT\r\n"], None, [("error", "method", at) for at in range(5)]),
    ("allow_methods", [1], None, [("error", "type", 0)]),
    ("allow_methods", None, None, [("error", "type", None)]),
    # request headers, realistic
    ("allow_headers", [], (), []),
    ("allow_headers", ["*"], ("*",), []),
    ("allow_headers", ["*", "Authorization"], ("*",), []),
    ("allow_headers", ["Content-Type", "X-Api-Key", "x-api-key"], ("content-type", "x-api-key"), []),
    ("allow_headers", ["accept", "accept-language", "content-language", "content-type", "range"], ("accept", "accept-language", "content-language", "content-type", "range"), []),
    ("allow_headers", ["Authorization", "User-Agent", "Security", "Proxy", "Dated"], ("authorization", "user-agent", "security", "proxy", "dated"), []),
    ("allow_headers", ["X-A, X-B"], None, [("error", "header", 0)]),
    ("allow_headers", "X-A", None, [("error", "type", None)]),
    # request headers, synthetic
    ("allow_headers", FORBIDDEN_REQUEST_HEADERS.split(), None, [("error", "header_forbidden", at) for at in range(26)]),
    ("allow_headers", ["Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Access-Control-Allow-Methods", "Access-Control-Allow-Headers", "Access-Control-Max-Age", "Access-Control-Expose-Headers"], None, [("error", "header_forbidden", at) for at in range(6)]),
    ("allow_headers", ["", "X A", "X:A", "\xe9", "X-A\n"], None, [("error", "header", at) for at in range(5)]),
    # exposed headers, realistic
    ("expose_headers", [], (), []),
    ("expose_headers", ["*"], ("*",), []),
    ("expose_headers", ["X-Total", "*"], ("*",), []),
    ("expose_headers", ["X-Total", "ETag", "x-total"], ("X-Total", "ETag"), []),
    ("expose_headers", ["Content-Type", "Access-Control-Allow-Origin"], ("Content-Type", "Access-Control-Allow-Origin"), []),
    # exposed headers, synthetic
    ("expose_headers", ["Set-Cookie", "set-cookie2", "Origin", "Access-Control-Request-Method", "Access-Control-Request-Headers", "Access-Control-Allow-Methods", "Access-Control-Allow-Headers", "Access-Control-Max-Age"], None, [("error", "header_forbidden", at) for at in range(8)]),
    ("expose_headers", ["", "X-A,X-B"], None, [("error", "header", 0), ("error", "header", 1)]),
    ("expose_headers", [True], None, [("error", "type", 0)]),
    # max age
    ("max_age", 0, 0, []),
    ("max_age", 600, 600, []),
    ("max_age", 86400, 86400, []),
    ("max_age", 86401, None, [("error", "max_age", None)]),
    ("max_age", -1, None, [("error", "max_age", None)]),
    ("max_age", True, None, [("error", "max_age", None)]),
    ("max_age", 1.5, None, [("error", "max_age", None)]),
    ("max_age", "10m", None, [("error", "max_age", None)]),
    ("max_age", None, None, [("error", "max_age", None)]),
    # credentials
    ("allow_credentials", True, True, []),
    ("allow_credentials", False, False, []),
    ("allow_credentials", None, True, []),
    ("allow_credentials", "yes", None, [("error", "type", None)]),
    ("allow_credentials", 1, None, [("error", "type", None)]),
]  # fmt: skip


@pytest.mark.parametrize(("key", "value", "kept", "expected"), LIST_RULES, ids=lambda value: repr(value)[:50])
def test_settings(key, value, kept, expected):
    """Methods, header names and ages that browsers or the listener refuse are named; what is kept is as browsers spell it."""
    paths = [(severity, code, (key,) if at is None else (key, at)) for severity, code, at in expected]
    assert problems(**{key: value}) == paths
    if kept is not None:
        assert getattr(CorsPolicy.build(**{key: value}), key) == kept


# One message and hint for each kind of mistake.
WORDS = [
    ({"allow_origins": ["*"], **WITH}, "'*' together with allow_credentials: true is refused by every browser", "list the origins, as in http://localhost:5173, or remove allow_credentials"),
    ({"allow_origins": [PAGE + "/"]}, "an origin has no path: 'http://localhost:5173/' never matches the browser's Origin header", "write http://localhost:5173"),
    ({"allow_origins": "http://a.test, http://b.test"}, "allow_origins is a list, found 'http://a.test, http://b.test'", 'write allow_origins: ["http://a.test", "http://b.test"]'),
    ({"allow_origins": 1}, "allow_origins is a list, found 1", "write a list of texts"),
    ({"allow_origins": [3000]}, "allow_origins lists texts, found 3000", 'put it in quotes: "3000"'),
    ({"allow_origins": []}, "allow_origins is empty: no page could read any answer", 'write allow_origins: ["http://localhost:5173"], or leave it out for all local pages'),
    ({"allow_origins": [PAGE]}, "'http://localhost:5173' is listed and 'http://127.0.0.1:5173' is not: to browsers they are two origins", "add http://127.0.0.1:5173"),
    ({"allow_origins": ["https://*.com"]}, "'https://*.com' with credentials trusts whoever registers a name below .com", "write https://*.example.com, with your own name"),
    ({"allow_methods": ["GET, PUT"]}, "'GET, PUT' is not a method", 'list them one by one: ["GET", "PUT"]'),
    ({"allow_methods": ["not a method"]}, "'not a method' is not a method", "write a single name such as PUT"),
    ({"allow_methods": ["TRACE"]}, "'TRACE' is a method that no page may use", "remove it"),
    ({"allow_methods": ["patch"]}, "'patch' is not PATCH: case counts in methods, and the listener takes no 'patch'", "did you mean PATCH? write it so here and in fetch()"),
    ({"allow_methods": ["DELTE"]}, "'DELTE' is a method that the listener does not take", "did you mean DELETE?"),
    ({"allow_methods": ["XYZZY"]}, "'XYZZY' is a method that the listener does not take", "use a registered method"),
    ({"allow_headers": ["X A"]}, "'X A' is not a header name", "write a single name such as X-Request-Id"),
    ({"allow_headers": ["Accept: */*"]}, "'Accept: */*' is not a header name", "write Accept"),
    ({"allow_headers": ["é"]}, "'é' is not a header name", "write a single name such as X-Request-Id"),
    ({"allow_headers": ["X-*"]}, "'X-*' is no pattern: a star stands alone, for every name", 'write "*", or whole names'),
    ({"allow_methods": ["ALL"]}, "'ALL' is no method", 'write "*"'),
    ({"allow_origins": ["any"]}, "an origin starts with its scheme: 'any' never matches the browser's Origin header", 'write "*" for every page, or name them, as in http://localhost:5173'),
    ({"allow_origins": ["http://*:3000"]}, "a wildcard is either *. in front of the host or :* as the whole port: 'http://*:3000' never matches the browser's Origin header", 'write "*" for every page, or name them, as in http://localhost:5173'),
    ({"allow_origins": ["https://a.test, https://b.test"]}, "an origin has no blanks and no control characters: 'https://a.test, https://b.test' never matches the browser's Origin header", 'list them one by one: ["https://a.test", "https://b.test"]'),
    ({"allow_headers": ["Cookie"]}, "'Cookie' is set by the browser, never by a page", "remove it; cookies travel with allow_credentials: true"),
    ({"allow_headers": ["Access-Control-Allow-Origin"]}, "'Access-Control-Allow-Origin' is a response header, and allow_headers lists what requests may carry", "remove it"),
    ({"expose_headers": ["Set-Cookie"]}, "'Set-Cookie' is never readable by a page", "remove it; the browser stores cookies itself"),
    ({"expose_headers": ["Origin"]}, "'Origin' is a request header, and expose_headers lists what pages may read of responses", "remove it"),
    ({"max_age": -1}, "max_age is a whole number of seconds from 0 to 86400, found -1", "write 0 in development: a kept answer outlives the policy"),
    ({"allow_credentials": "yes"}, "allow_credentials is true or false, found 'yes'", "write true or false"),
]  # fmt: skip


@pytest.mark.parametrize(("settings", "message", "hint"), WORDS, ids=lambda value: repr(value)[:50])
def test_words(settings, message, hint):
    """A problem names the value that is wrong, and its hint can be followed without a manual."""
    try:
        (problem,) = CorsPolicy.build(**settings).warnings
    except PolicyError as error:
        (problem,) = error.problems
    assert (problem.message, problem.hint) == (message, hint)


def test_all_problems_at_once():
    """A policy that cannot be built says everything that is wrong with it, warnings too, each with the policy's place."""
    place = Place("proxy.yaml", 14)
    with pytest.raises(ConfigError) as error:
        CorsPolicy.build(
            allow_origins=["*", "http://a.test/", "null"],
            allow_methods=["patch", "TRACE"],
            allow_headers=["cookie"],
            expose_headers=["set-cookie"],
            allow_credentials=True,
            max_age=-1,
            places={"allow_origins": place},
        )
    assert [problem.path for problem in error.value.problems] == [
        ("allow_origins", 1),
        ("allow_origins", 0),
        ("allow_origins", 0),
        ("allow_origins", 2),
        ("allow_methods", 0),
        ("allow_methods", 1),
        ("allow_headers", 0),
        ("expose_headers", 0),
        ("max_age",),
    ]
    assert {problem.place for problem in error.value.problems} == {place}


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.binary(max_size=4),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=6,
)


SETTINGS = [
    "allow_origins",
    "allow_methods",
    "allow_headers",
    "expose_headers",
    "allow_credentials",
    "max_age",
]


@given(st.dictionaries(st.sampled_from(SETTINGS), junk))
def test_total(settings):
    """Whatever stands in a configuration, it makes a policy with warnings at most, or a PolicyError with errors."""
    try:
        found, built = CorsPolicy.build(**settings).warnings, True
    except PolicyError as error:
        found, built = error.problems, False
    assert all(problem.severity == "warning" for problem in found) is built
