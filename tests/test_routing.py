"""Which route a path takes; and the paths that two servers could read differently, which take none."""

from itertools import chain
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import assume, example, given, strategies as st

from devproxy.routing import Ambiguous, Match, Router
from tests.law import levels, paths, patient, raw, route


def router(*prefixes):
    return Router([route(prefix) for prefix in prefixes])


def found(path, *prefixes):
    """The prefix of the route, and the raw rest behind it."""
    match = router(*prefixes).find(path)
    assert not isinstance(match, Ambiguous), match
    return match and (match.route.prefix, match.rest)


PREFIXES = [
    # realistic
    ("/api", ("/api", "")),
    ("/api/", ("/api", "/")),
    ("/api/users/7", ("/api", "/users/7")),
    ("/api/v2/users", ("/api/v2", "/users")),
    ("/api/v2", ("/api/v2", "")),
    ("/", ("/", "/")),
    ("/index.html", ("/", "/index.html")),
    ("/apiary", ("/", "/apiary")),
    ("/api/v20", ("/api", "/v20")),
    ("/api/v", ("/api", "/v")),
    # synthetic
    ("/API", ("/", "/API")),
    ("/api;v=1/users", ("/", "/api;v=1/users")),
    ("/api/users/", ("/api", "/users/")),
    ("/x/api/users", ("/", "/x/api/users")),
    ("/api/a:b@c!$&'()*+,;=~", ("/api", "/a:b@c!$&'()*+,;=~")),
    # pathological
    ("//api/users", ("/", "//api/users")),
    ("/api//v2", ("/api", "//v2")),
    ("/api//", ("/api", "//")),
    ("//", ("/", "//")),
    ("//evil.com/api", ("/", "//evil.com/api")),
    ("/@evil.com", ("/", "/@evil.com")),
]


@pytest.mark.parametrize(("path", "expected"), PREFIXES)
def test_longest_prefix(path, expected):
    """The longest prefix wins, and ends where a segment ends; the rest is what stands behind it, byte for byte."""
    assert found(path, "/", "/api", "/api/v2") == expected


@pytest.mark.parametrize(
    "prefixes", [("/", "/api", "/api/v2"), ("/api/v2", "/api", "/"), ("/api", "/api/v2", "/")]
)
def test_order_does_not_matter(prefixes):
    """Routes are found alike in whatever order they are listed."""
    assert found("/api/v2/x", *prefixes) == ("/api/v2", "/x")
    assert found("/x", *prefixes) == ("/", "/x")


def test_no_route():
    """Without a catch-all, a path that no prefix covers has no route."""
    assert found("/", "/api") is None
    assert found("/apiary", "/api") is None
    assert found("/ap", "/api") is None
    assert found("/x", "/api/v2") is None
    assert found("/api", "/api/v2") is None


def test_no_routes():
    """A router without routes finds none, not even for paths that are hard to read."""
    assert Router([]).find("/api") is None
    assert Router([]).find("/api/../x") is None


SPELLINGS = [
    # prefix, path, rest
    ("/api/", "/api/users", "/users"),
    ("/api/", "/api", ""),
    ("/caf\xe9", "/caf%C3%A9/menu", "/menu"),
    ("/caf\xe9", "/caf%c3%a9", ""),
    ("/caf\xe9", "/caf\xc3\xa9/menu", "/menu"),
    ("/caf%C3%A9", "/caf%C3%A9/menu", "/menu"),
    ("/caf%C3%A9", "/caf\xc3\xa9/menu", "/menu"),
    ("/a%20b", "/a%20b/c", "/c"),
    ("/a b", "/a%20b/c", "/c"),
    ("/%61pi", "/api/x", "/x"),
    ("/api", "/%61pi/x", "/x"),
    ("/api", "/%61%70%69", ""),
    ("/api", "/%61pi/%61?", "/%61?"),
    ("/日本", "/%E6%97%A5%E6%9C%AC/x", "/x"),
]


@pytest.mark.parametrize(("prefix", "path", "rest"), SPELLINGS)
def test_spellings_of_a_prefix(prefix, path, rest):
    """A prefix is compared decoded, so that all spellings of it are one; the rest stays as the client spelled it."""
    assert found(path, prefix) == (prefix, rest)


HARMLESS = [
    # realistic
    ("/api/.well-known/x", "/.well-known/x"),
    ("/api/a..b", "/a..b"),
    ("/api/...", "/..."),
    ("/api/..a/x", "/..a/x"),
    ("/api/users%2F7", "/users%2F7"),
    ("/api/a%20b", "/a%20b"),
    ("/api/100%25", "/100%25"),
    # synthetic: dots that stay inside
    ("/api/./x", "/./x"),
    ("/api/.", "/."),
    ("/api/a/../b", "/a/../b"),
    ("/api/a/..", "/a/.."),
    ("/api/a/%2e%2e/b", "/a/%2e%2e/b"),
    ("/api/a/b/../../c", "/a/b/../../c"),
    ("/api/a/..;x=1/b", "/a/..;x=1/b"),
    ("/api/a\\b", "/a\\b"),
    # pathological
    ("/api/%zz", "/%zz"),
    ("/api/%", "/%"),
    ("/api/%2", "/%2"),
    ("/api/%00", "/%00"),
    ("/api/%ff%fe", "/%ff%fe"),
    ("/api/\xff", "/\xff"),
    ("/api/%252e%252e/x", "/%252e%252e/x"),
    ("/api/%252f..%252fx", "/%252f..%252fx"),
    ("/api/..%c0%af", "/..%c0%af"),
]


@pytest.mark.parametrize(("path", "rest"), HARMLESS)
def test_harmless(path, rest):
    """Dots, escapes and backslashes that cannot lead out of the route are forwarded as they came; decoding is once."""
    assert found(path, "/", "/api") == ("/api", rest)


AMBIGUOUS = [
    # realistic: what attackers try
    ("/api/../admin", "/api"),
    ("/api/%2e%2e/admin", "/api"),
    ("/api/%2E./admin", "/api"),
    ("/api/..%2fadmin", "/api"),
    ("/api/..%2Fadmin", "/api"),
    ("/api/..%5cadmin", "/api"),
    ("/api/..\\admin", "/api"),
    ("/api/..;/admin", "/api"),
    ("/api/..;a=b/admin", "/api"),
    ("/api/%2e%2e;/admin", "/api"),
    ("/api/..", "/api"),
    ("/api/v1/../../admin", "/api"),
    ("/api/v1/..;/..;/admin", "/api"),
    ("/api/./../admin", "/api"),
    # synthetic: another route than it says
    ("/api%2fusers", "/"),
    ("/api%2Fusers", "/"),
    ("/api%5cusers", "/"),
    ("/api\\users", "/"),
    ("/x/../api/users", "/"),
    ("/./api/users", "/"),
    ("/x%2f..%2fapi/users", "/"),
    ("/../x", "/"),
    ("/..", "/"),
    ("/%2e%2e", "/"),
    ("/..;/x", "/"),
    ("/a/../../x", "/"),
    # synthetic: out of the route and back again
    ("/api/../api/users", "/api"),
    ("/api/a/../../api/users", "/api"),
    # pathological: depth that only some servers see
    ("/api//../admin", "/api"),
    ("/api/a/..//../admin", "/api"),
    ("/api/%2f../admin", "/api"),
    ("/api/;/../admin", "/api"),
    ("/api/.;x/../admin", "/api"),
    ("/api/a%2fb/../../admin", "/api"),
    ("/api/a%2Fb%2Fc/../../admin", "/api"),
    ("/api/a%5cb/../../admin", "/api"),
    ("/api/a\\b/../../admin", "/api"),
    # pathological: out for one kind of server only
    ("/api/a%2fb\\c/../../admin", "/api"),
    ("/api/a%2fb/..\\..\\admin", "/api"),
    ("/api/a\\b/..%2f..%2fadmin", "/api"),
    ("/api/a/..%5c..%5cadmin", "/api"),
    ("/api/..%2f..%2fa%2fb/../x", "/api"),
    ("//../x", "/"),
    ("//api/../x/../../y", "/"),
]


@pytest.mark.parametrize(("path", "prefix"), AMBIGUOUS)
def test_ambiguous(path, prefix):
    """A path that leads elsewhere for a server that decodes, collapses or cuts path parameters reaches no target."""
    assert router("/", "/api").find(path) == Ambiguous(prefix)


def test_ambiguous_without_a_route_of_its_own():
    """A path that only a decoding server would take to a route is ambiguous, too."""
    assert router("/api").find("/x/../api/users") == Ambiguous("")
    assert router("/api").find("/api%2fusers") == Ambiguous("")
    assert router("/api").find("/../x") is None


def test_a_catch_all_takes_what_no_reader_takes_elsewhere():
    """Under a catch-all, dots and backslashes are harmless as long as they lead neither above it nor to another route."""
    assert found("/x/../y", "/", "/api") == ("/", "/x/../y")
    assert found("/api\\..\\admin", "/", "/api") == ("/", "/api\\..\\admin")
    assert found("/x/../api/y", "/") == ("/", "/x/../api/y")


def test_ambiguity_between_a_route_and_its_child():
    """Dots that stay in the longer route are harmless; dots that lead to its parent or back are not."""
    both = router("/api", "/api/admin")
    assert both.find("/api/users/../admin/x") == Ambiguous("/api")
    assert both.find("/api/admin/../users") == Ambiguous("/api/admin")
    assert both.find("/api/admin/x/../y") == Match(both.routes[1], "/x/../y")


HUGE = 64 * 1024

LONG = [
    ("/" * HUGE, Match, "/" * HUGE),
    ("/api" + "/" * HUGE, Match, "/" * HUGE),
    ("/api" + "/a" * HUGE, Match, "/a" * HUGE),
    ("/api" + "/." * HUGE, Match, "/." * HUGE),
    ("/api" + "/a/.." * HUGE, Match, "/a/.." * HUGE),
    ("/api" + "/.." * HUGE, Ambiguous, None),
    ("/api" + "/a" * HUGE + "/.." * (HUGE + 1), Ambiguous, None),
    ("/api" + "%2f" * HUGE, Ambiguous, None),
    ("/" + "%" * HUGE, Match, "/" + "%" * HUGE),
    ("/" + "\\" * HUGE, Match, "/" + "\\" * HUGE),
    ("/api/" + ";" * HUGE + "/..", Ambiguous, None),
]


@pytest.mark.parametrize(("path", "kind", "rest"), LONG, ids=[path[:12] for path, _, _ in LONG])
def test_long_paths(path, kind, rest):
    """Paths of any length are judged as short ones are."""
    answer = router("/", "/api").find(path)
    assert isinstance(answer, kind)
    if rest is not None:
        assert answer.rest == rest


def test_repr():
    """A router shows where each prefix leads."""
    routes = Router([route("/api", "http://localhost:3001/v1"), route("/", "http://localhost:5173")])
    assert repr(routes) == "Router(/api → http://localhost:3001/v1, / → http://localhost:5173)"


# --- the secrets and the names of a route ----------------------------------------------------------------------------

SECRETS = [
    # realistic
    ("Authorization", True),
    ("Cookie", True),
    ("Proxy-Authorization", True),
    ("X-Api-Key", True),
    ("X-Auth-Token", True),
    ("Client-Secret", True),
    ("X-Dev-User", False),
    ("Accept-Language", False),
    # synthetic
    ("AUTHORIZATION", True),
    ("apikey", True),
    ("X-TOKENS", True),
    # pathological
    ("X-Authorization-Hint", False),
    ("Set-Cookies", False),
]


@pytest.mark.parametrize(("name", "expected"), SECRETS)
def test_own_secret(name, expected):
    """A route has a secret of its own if it sets Authorization, Cookie or a name with key, token or secret."""
    assert route("/api", request_set=((name, "x"),)).has_own_secret is expected


def test_own_secret_among_other_fields():
    """One secret among the fields is enough; removing or answering with such a field is none."""
    assert route("/", request_set=(("X-Dev-User", "7"), ("X-Key", "k"))).has_own_secret
    assert not route("/", request_remove=frozenset({"authorization"})).has_own_secret
    assert not route("/", response_set=(("X-Token", "t"),)).has_own_secret
    assert not route("/").has_own_secret


def test_dropped_names():
    """A route drops what speaks about one connection, what is set or removed anew, and cookies where it has a secret."""
    plain = route("/", request_set=(("X-Dev-User", "7"),), request_remove=frozenset({"dnt"}))
    assert plain.dropped >= {"connection", "te", "upgrade", "host", "content-length", "expect", "forwarded"}
    assert plain.dropped >= {"x-dev-user", "dnt"}
    assert not plain.dropped & {"cookie", "origin", "accept", "via"}
    assert "cookie" in route("/", request_set=(("X-Api-Key", "k"),)).dropped


# --- for any path, and any server behind -----------------------------------------------------------------------------


def decoded(path):
    return unquote_to_bytes(path.encode("latin-1")).decode("latin-1")


def segments_decoded_last(path):
    return [decoded(segment) for segment in path.split("/")]


def segments_decoded_first(path):
    return decoded(path).split("/")


def segments_of_a_browser(path):
    """WHATWG URL, path state: backslashes are slashes, and only dots are recognised when encoded."""
    return [
        decoded(segment) if decoded(segment) in {".", ".."} else segment
        for segment in path.replace("\\", "/").split("/")
    ]


def segments_on_windows(path):
    return decoded(path).replace("\\", "/").split("/")


def segments_of_a_servlet(path):
    return [decoded(segment.partition(";")[0]) for segment in path.split("/")]


READERS = [
    segments_decoded_last,
    segments_decoded_first,
    segments_of_a_browser,
    segments_on_windows,
    segments_of_a_servlet,
    lambda path: [segment.partition(";")[0] for segment in segments_on_windows(path)],
]


@patient
@given(paths, st.booleans(), st.sampled_from(READERS))
@example(path="/api/a%2fb/../../x", empty_counts=True, read=segments_of_a_browser)
@example(path="/api/a\\b/../../x", empty_counts=True, read=segments_decoded_last)
@example(path="/api//../x", empty_counts=False, read=segments_decoded_last)
def test_no_reader_leaves_the_route(path, empty_counts, read):
    """Whoever splits, decodes, cuts and merges in whatever order: dots never lead out of the prefix of a match."""
    match = router("/", "/api", "/api/v1").find(path)
    assume(isinstance(match, Match))
    depth = 0 if match.route.prefix == "/" else match.route.prefix.count("/")
    behind = read(path)[depth + 1 :]
    assert min(chain([0], levels(behind, empty_counts=empty_counts))) >= 0


@patient
@given(paths)
def test_a_match_is_a_prefix_and_its_rest(path):
    """A match's prefix and rest together are the path, and no longer prefix would have fitted."""
    prefixes = ("/", "/api", "/api/v1")
    match = router(*prefixes).find(path)
    assume(isinstance(match, Match))
    assert path.endswith(match.rest)
    front = decoded(path[: len(path) - len(match.rest)])
    assert front == match.route.prefix.rstrip("/")
    longer = [prefix for prefix in prefixes if len(prefix) > len(match.route.prefix)]
    assert not any(f"{decoded(path)}/".startswith(f"{prefix}/") for prefix in longer)


@patient
@given(paths | raw, st.lists(paths, max_size=4))
def test_find_never_raises(path, prefixes):
    """Any bytes have an answer, whatever prefixes there are."""
    assert isinstance(router(*prefixes).find(path), Match | Ambiguous | None)


@patient
@given(st.lists(st.text("abc", min_size=1, max_size=3), min_size=1, max_size=4), st.integers(0, 4))
def test_plain_paths_take_the_longest_prefix(segments, count):
    """Of all prefixes that a path has, the longest that is a route is found."""
    prefixes = {"/" + "/".join(segments[:length]) for length in range(count + 1)}
    path = "/" + "/".join(segments)
    match = router(*prefixes).find(path)
    longest = max(prefixes, key=len)
    assert match is not None
    assert (match.route.prefix, match.rest) == (longest, path.removeprefix(longest.rstrip("/")))


def test_name():
    """A route is called by its prefix, behind its first name if it has any."""
    assert route("/api").name == "/api"
    assert route("/api", hosts=("shop.localhost", "app.test")).name == "shop.localhost/api"
