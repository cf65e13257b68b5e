"""Paths there and back."""

import pytest
from hypothesis import given, strategies as st

from devproxy.rewrite.paths import is_below, to_client, to_client_scope, to_target
from devproxy.routing import Match, Router
from tests.law import patient, route

HOME = "http://localhost:3001"

V2 = (("/partner/v1", "/v2"), ("/partner/v1/old", "/new"))

# The route, the path that a client asks for, the path that the target is asked for.
WAYS = [
    # realistic
    (route("/api"), "/api/users", "/api/users"),
    (route("/api", strip_prefix=True), "/api/users", "/users"),
    (route("/api", f"{HOME}/v1", strip_prefix=True), "/api/users", "/v1/users"),
    (route("/api", f"{HOME}/v1"), "/api/users", "/v1/api/users"),
    (route("/"), "/users", "/users"),
    # slashes
    (route("/api", strip_prefix=True), "/api", "/"),
    (route("/api", strip_prefix=True), "/api/", "/"),
    (route("/api", strip_prefix=True), "/api//users", "//users"),
    (route("/api", strip_prefix=True), "/api/users/", "/users/"),
    (route("/api", f"{HOME}/v1", strip_prefix=True), "/api", "/v1"),
    (route("/api", f"{HOME}/v1/", strip_prefix=True), "/api", "/v1/"),
    (route("/api", f"{HOME}/v1/", strip_prefix=True), "/api/", "/v1/"),
    (route("/api", f"{HOME}/v1/", strip_prefix=True), "/api/users", "/v1/users"),
    (route("/", f"{HOME}/v1"), "/", "/v1/"),
    (route("/", strip_prefix=True), "/a", "/a"),
    # renamed
    (route("/partner", rewrite_path=V2), "/partner/v1/a", "/v2/a"),
    (route("/partner", rewrite_path=V2), "/partner/v1", "/v2"),
    (route("/partner", rewrite_path=V2), "/partner/v1/", "/v2/"),
    (route("/partner", rewrite_path=V2), "/partner/v10/a", "/partner/v10/a"),
    (route("/partner", rewrite_path=V2), "/partner/v1/old/a", "/new/a"),
    (route("/api", f"{HOME}/x", strip_prefix=True, rewrite_path=(("/v1", "/v2"),)), "/api/v1/a", "/x/v2/a"),
    (route("/", rewrite_path=(("/", "/app"),)), "/a", "/app/a"),
    (route("/", rewrite_path=(("/app", "/"),)), "/app/a", "/a"),
]


@pytest.mark.parametrize(("by", "here", "there"), WAYS)
def test_to_target(by, here, there):
    """Prefix stripped or kept, the target's own path in front, every other slash as it came."""
    match = Router([by]).find(here)
    assert isinstance(match, Match)
    assert to_target(match, here) == there


@pytest.mark.parametrize(("by", "here", "there"), WAYS)
def test_to_client(by, here, there):
    """The way back leads to the same place, if not always to the same spelling."""
    back = to_client(by, there)
    match = Router([by]).find(back)
    assert isinstance(match, Match)
    assert to_target(match, back).rstrip("/") == there.rstrip("/")


@pytest.mark.parametrize(
    ("by", "there"),
    [
        (route("/api", f"{HOME}/v1", strip_prefix=True), "/v2/users"),
        (route("/api", f"{HOME}/v1", strip_prefix=True), "/v10"),
        (route("/api", f"{HOME}/v1"), "/"),
    ],
)
def test_no_way_back(by, there):
    """What stands beside the target's own path is out of reach."""
    assert to_client(by, there) is None


@pytest.mark.parametrize(
    ("by", "there", "here"),
    [
        # realistic
        (route("/api"), "/", "/"),
        (route("/api"), "/api", "/api"),
        (route("/auth", strip_prefix=True), "/", "/auth"),
        (route("/auth", strip_prefix=True), "/admin", "/auth/admin"),
        (route("/auth", strip_prefix=True), "/admin/", "/auth/admin/"),
        (route("/", strip_prefix=True), "/", "/"),
        (route("/api", f"{HOME}/v1", strip_prefix=True), "/v1/users", "/api/users"),
        (route("/api", f"{HOME}/v1", strip_prefix=True), "/v1", "/api"),
        (route("/api", f"{HOME}/v1/", strip_prefix=True), "/v1/", "/api"),
        (route("/api", f"{HOME}/v1/x", strip_prefix=True), "/v1", "/api"),
        (route("/api", f"{HOME}/v1"), "/", "/"),
        (route("/api", f"{HOME}/v1"), "/v1/api", "/api"),
        # pathological
        (route("/api", f"{HOME}/v1", strip_prefix=True), "/v2", None),
        (route("/api", f"{HOME}/v1", strip_prefix=True), "/v", None),
    ],
)
def test_to_client_scope(by, there, here):
    """What covers the whole target covers the whole route, and nothing beside it."""
    assert to_client_scope(by, there) == here


@pytest.mark.parametrize(
    ("prefix", "path", "below"),
    [("/api", "/api", True), ("/api", "/api/x", True), ("/api", "/apiary", False), ("/", "/x", True)],
)
def test_is_below(prefix, path, below):
    """On segment borders."""
    assert is_below(prefix, path) is below


SEGMENTS = st.lists(st.text("ab", min_size=1, max_size=2), max_size=3).map("/".join)


@patient
@given(SEGMENTS, SEGMENTS, SEGMENTS, st.booleans())
def test_there_and_back(prefix, base, rest, strip):
    """Whatever a target is asked for by a route, the same route leads back there."""
    by = route(f"/{prefix}", f"{HOME}/{base}" if base else HOME, strip_prefix=strip)
    here = f"/{prefix}/{rest}" if prefix else f"/{rest}"
    match = Router([by]).find(here)
    there = to_target(match, here)
    back = to_client(by, there)
    assert back is not None
    assert to_target(Router([by]).find(back), back).rstrip("/") == there.rstrip("/")
