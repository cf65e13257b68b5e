from urllib.parse import quote

import pytest
from hypothesis import given, strategies as st

from devproxy.config.rules import (
    fields_problems,
    host_patterns_problems,
    hosts_problems,
    listen_problem,
    methods_problems,
    normal_prefix,
    prefix_problem,
    renaming_problems,
    skip_problems,
    trust_problems,
    via_problem,
)
from devproxy.routing import Match, Route, Router
from devproxy.target import Target


@pytest.mark.parametrize(
    "prefix", ["/", "/api", "/api/", "/a/b-c_d.e~f", "/@vite", "/caf%C3%A9", "/café", "/.well-known", "/a;b"]
)
def test_prefixes(prefix):
    """A prefix is a path, with or without a slash at the end."""
    assert prefix_problem(prefix) is None


PATTERN = "is a pattern: a prefix is compared letter by letter, and takes everything below it"


@pytest.mark.parametrize(
    ("prefix", "fault", "hint"),
    [
        ("api", "must start with '/'", "write /api"),
        ("/users/:id", PATTERN, "write /users"),
        ("/api/{id}", PATTERN, "write /api"),
        ("/api/<id>", PATTERN, "write /api"),
        ("/[...slug]", PATTERN, "write /"),
        ("/api/.+", PATTERN, "write /api"),
        ("/api$", PATTERN, "write /api"),
        ("/api,/auth", PATTERN, "write /api"),
        ("(/api|/auth)", "must start with '/'", "write /api"),
        ("^/(api|auth)/", "must start with '/'", "write /api"),
        ("~ ^/api/", "must start with '/'", "write /api"),
        ("PathPrefix(`/api`)", "must start with '/'", "write /api"),
        ("localhost:8484/api", "must start with '/'", "write /api"),
        ("shop.test/api", "must start with '/'", "write /api"),
        ("", "must start with '/'", "write /"),
        ("^/api/.*", "must start with '/'", "write /api"),
        ("http://localhost:8484/api", "must start with '/'", "write /api"),
        ("/api?x=1", "has a query or a fragment: a route is chosen by path alone", "write /api"),
        ("/api#x", "has a query or a fragment: a route is chosen by path alone", "write /api"),
        ("/api/*", "has a '*': a prefix takes everything below it without one", "write /api"),
        ("/api/../x", "has an empty or a dot segment", "write /api/x"),
        ("/api/%2e%2E/x", "has an empty or a dot segment", "write /api/x"),
        ("/api//x", "has an empty or a dot segment", "write /api/x"),
        ("//", "has an empty or a dot segment", "write /"),
        ("/a b", "has characters that no path has", "write /a%20b"),
        ("/a\\b", "has characters that no path has", "write /a/b"),
        ("/a%2Fb", "has characters that no path has", "write /a/b"),
        ("/a%00b", "has characters that no path has", "write /ab"),
        ("/a\x1b", "has characters that no path has", "write /a"),
    ],
)
def test_no_prefixes(prefix, fault, hint):
    """What is no prefix is told with the prefix to write."""
    problem = prefix_problem(prefix)
    assert (problem.message, problem.hint) == (f"route {prefix!r} {fault}", hint)


def test_normal_prefix():
    """A slash at the end of a prefix makes no difference."""
    assert [normal_prefix(prefix) for prefix in ("/", "/a", "/a/")] == ["/", "/a", "/a"]


@pytest.mark.parametrize(
    ("side", "name", "value", "message"),
    [
        ("request", "X-A", "b c\té", None),
        ("request", "Authorization", "Bearer x", None),
        ("request", "Proxy-Authorization", "Basic x", None),
        ("request", "Cookie", "a=b", None),
        ("request", "X-A", "", None),
        ("response", "Set-Cookie", "a=b", None),
        ("response", "Host", "x", None),
        ("request", "X A", "b", "'X A' is not a header name"),
        ("request", "X-Ä", "b", "'X-Ä' is not a header name"),
        ("request", "", "b", "'' is not a header name"),
        ("request", "X-A", "b\r\nX-B: c", "header 'X-A' has a value that cannot be sent"),
        ("request", "X-A", "\0", "header 'X-A' has a value that cannot be sent"),
        ("request", "X-A", "\x7f", "header 'X-A' has a value that cannot be sent"),
        ("request", "X-A", "€", "header 'X-A' has a value that cannot be sent"),
        ("request", "HOST", "x", "header 'HOST' cannot be set"),
        ("request", "Origin", "x", "header 'Origin' cannot be set"),
        ("request", "Content-Length", "5", "header 'Content-Length' cannot be set"),
        ("request", "transfer-encoding", "chunked", "header 'transfer-encoding' cannot be set"),
        ("request", "Upgrade", "h2c", "header 'Upgrade' cannot be set"),
        ("request", "Expect", "100-continue", "header 'Expect' cannot be set"),
        ("response", "Connection", "close", "header 'Connection' cannot be set"),
        ("response", "Content-Length", "5", "header 'Content-Length' cannot be set"),
        (
            "response",
            "access-control-allow-origin",
            "*",
            "header 'access-control-allow-origin' cannot be set here",
        ),
    ],
)
def test_set_fields(side, name, value, message):
    """Header fields are set to what can be sent, and never where devproxy decides itself."""
    problems = list(fields_problems(side, {name: value}, []))
    assert [(problem.message, problem.path) for problem in problems] == (
        [(message, ("set", name))] if message else []
    )


def test_same_field_twice():
    """Two spellings of one header name are one header."""
    (problem,) = fields_problems("request", {"X-A": "1", "x-a": "2"}, [])
    assert problem.message == "headers 'X-A' and 'x-a' are the same"


@pytest.mark.parametrize(
    ("side", "name", "hint"),
    [
        ("request", "Origin", "remove it: target_origin decides which Origin the target sees"),
        (
            "response",
            "Access-Control-Max-Age",
            "remove it: devproxy replaces the target's CORS headers by what the keys of cors say",
        ),
        ("response", "Transfer-Encoding", "remove it: devproxy frames messages itself"),
        ("request", "X:", "write X"),
    ],
)
def test_removed_fields(side, name, hint):
    """What cannot be set cannot be removed either, and the hint names the key that does it."""
    (problem,) = fields_problems(side, {}, ["X-A", name])
    assert (problem.path, problem.hint) == (("remove", 1), hint)


@pytest.mark.parametrize(
    "host", ["app.test", "App.Test.", "a", "a_b.test", "192.168.0.7", "xn--caf-dma.test"]
)
def test_hosts(host):
    """A host name has no scheme and no port."""
    assert list(hosts_problems([host])) == []


@pytest.mark.parametrize(
    ("host", "hint"),
    [
        ("http://app.test", "write app.test"),
        ("app.test:8484", "write app.test"),
        ("https://u@app.test:1/x?y#z", "write app.test"),
        ("*.app.test", "write app.test"),
        (".app.test", "write app.test"),
        ("*", "name each host, as in app.test"),
        ("", "name each host, as in app.test"),
        ("café.test", "write xn--caf-dma.test"),
        ("a..b", "name each host, as in app.test"),
        ("-a.test", "name each host, as in app.test"),
        ("a" * 64, "name each host, as in app.test"),
    ],
)
def test_no_hosts(host, hint):
    """What is no host name is told with the name to write."""
    (problem,) = hosts_problems(["ok.test", host])
    assert (problem.path, problem.hint) == ((1,), hint)


@pytest.mark.parametrize(
    "host", ["shop.localhost", "*.Shop.localhost", "*.localhost", "*.test", "app.test.", "::1"]
)
def test_host_patterns(host):
    """A name, an address, or everything below a name that strangers cannot have."""
    assert list(host_patterns_problems([host])) == []


@pytest.mark.parametrize(
    ("host", "hint"),
    [
        ("*", "remove it: without hosts a route answers under every name that no other one lists"),
        ("*.com", 'write "*.app.com", with a name of your own'),
        ("*.127.0.0.1", None),
        ("shop.*.localhost", "name each host, as in app.test"),
        ("*shop.localhost", "write shop.localhost"),
        ("[::1]:80", "name each host, as in app.test"),
        ("http://shop.localhost:8484", "write shop.localhost"),
    ],
)
def test_no_host_patterns(host, hint):
    """What is neither is told with what to write."""
    problems = list(host_patterns_problems(["ok.test", host]))
    assert [(problem.path, problem.hint) for problem in problems] == ([((1,), hint)] if hint else [])


@pytest.mark.parametrize("host", ["localhost", "0.0.0.0", "::", "::1", "192.168.0.7", "dev.test"])
def test_listen(host):
    """devproxy listens on host names and addresses."""
    assert listen_problem(host) is None


@pytest.mark.parametrize(
    ("host", "hint"),
    [
        ("http://localhost:8484", "write localhost"),
        ("localhost:8484", "write localhost"),
        ("*", "write localhost, or 0.0.0.0 to let the whole network in"),
        ("all", "write localhost, or 0.0.0.0 to let the whole network in"),
        ("", "a host name or an IP address, as in localhost"),
    ],
)
def test_no_listen(host, hint):
    """A host to listen on has no scheme and no port."""
    assert listen_problem(host).hint == hint


@pytest.mark.parametrize(
    ("methods", "told"),
    [
        (["GET", "PATCH", "PURGE"], []),
        (["*"], []),
        ([], [("only_methods is empty: nothing could reach the target", "list methods, as in [GET, HEAD], or leave it out for all of them")]),
        (["get"], [("'get' is no method that devproxy takes", "write GET")]),
        (["GET", "PSOT"], [("'PSOT' is no method that devproxy takes", "write POST")]),
        (["TRACE"], [("'TRACE' is no method that devproxy takes", "methods are GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS")]),
        (["zzzz"], [("'zzzz' is no method that devproxy takes", "methods are GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS")]),
    ],
)  # fmt: skip
def test_methods_problems(methods, told):
    """A route takes registered methods, and at least one."""
    assert [(problem.message, problem.hint) for problem in methods_problems(methods)] == told


@pytest.mark.parametrize(
    ("pattern", "hint"),
    [
        ("/favicon.ico", None),
        ("*.png", None),
        ("favicon.ico", "write /favicon.ico"),
        ("http://a/b/*", "write /b/*"),
        ("", "write /"),
    ],
)
def test_skip_problems(pattern, hint):
    """A pattern of paths begins with a slash or a star."""
    assert [problem.hint for problem in skip_problems([pattern])] == ([] if hint is None else [hint])


@given(
    st.lists(
        st.sampled_from(
            [
                "a",
                "..",
                ".",
                "..;x",
                "%2e%2e",
                "%252e",
                "caf\u00e9",
                "a%2Fb",
                "%5c",
                "\\",
                "b%20c",
                "%25",
                ";",
                "~@:()",
            ]
        ),
        max_size=4,
    )
)
def test_every_prefix_can_match(segments):
    """A prefix that is taken is found by its own path: none is never reached."""
    prefix = normal_prefix("/" + "/".join(segments))
    if prefix_problem(prefix) is None:
        route = Route(prefix, Target.parse("http://a"), None)
        found = Router([route]).find(quote(prefix, safe="/%;:@&=+$,!*'()~"))
        assert isinstance(found, Match)
        assert found.route is route


@pytest.mark.parametrize(
    ("names", "problems"),
    [
        ({"/v1": "/v2", "/": "/app"}, []),
        ({"v1": "/v2"}, [("'v1' must start with '/'", "write /v1", ("v1",))]),
        ({"/v1": "v2"}, [("'v2' must start with '/'", "write /v2", ("/v1",))]),
        (
            {"/v1/*": "/v2"},
            [("'/v1/*' has a '*': a prefix takes everything below it without one", "write /v1", ("/v1/*",))],
        ),
        (
            {"/v1": "/v2?x=1"},
            [("'/v2?x=1' has a query or a fragment: a route is chosen by path alone", "write /v2", ("/v1",))],
        ),
    ],
)
def test_renaming(names, problems):
    """Beginnings of paths on both sides."""
    assert [(p.message, p.hint, p.path) for p in renaming_problems(names)] == problems


@pytest.mark.parametrize(
    ("target", "verify", "ca_file", "told"),
    [
        ("https://a.test", True, "ca.pem", []),
        ("https://a.test", False, "", []),
        ("http://a.test", True, "", []),
        (
            "http://a.test",
            False,
            "",
            ["verify_tls has no effect: the target is http and shows no certificate"],
        ),
        (
            "http://a.test",
            True,
            "ca.pem",
            ["ca_file has no effect: the target is http and shows no certificate"],
        ),
        ("https://a.test", False, "ca.pem", ["ca_file has no effect beside verify_tls: false"]),
    ],
)
def test_trust(target, verify, ca_file, told):
    """Keys about certificates that change nothing are doubtful."""
    found = list(trust_problems(Target.parse(target), verify=verify, ca_file=ca_file))
    assert [problem.message for problem in found] == told
    assert {problem.severity for problem in found} <= {"warning"}


@pytest.mark.parametrize(
    ("via", "hint"),
    [
        ("http://proxy.test:3128", None),
        ("http://proxy.test:3128/", None),
        ("https://proxy.test", "write http://proxy.test:443"),
        ("http://proxy.test:3128/x", "write http://proxy.test:3128"),
    ],
)
def test_via(via, hint):
    """A proxy on the way is spoken to in plain http, and has no path."""
    problem = via_problem(Target.parse(via))
    assert (problem and problem.hint) == hint
