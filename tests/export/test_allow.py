"""What a backend must allow, as a value."""

import pytest

from devproxy.export.allow import Allow

PAGE = "http://localhost:5173"


def test_one_origin_is_answered_to_everybody() -> None:
    """Where one origin is allowed, nothing depends on who asks."""
    allow = Allow((PAGE,), ("PUT",), ("x-key", "authorization"), credentials=True, expose=("x-total",))
    assert list(allow.fields()) == [
        ("Access-Control-Allow-Origin", PAGE),
        ("Access-Control-Allow-Credentials", "true"),
        ("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT"),
        ("Access-Control-Allow-Headers", "x-key, authorization"),
        ("Access-Control-Expose-Headers", "x-total"),
    ]


def test_the_smallest_policy() -> None:
    """Reading alone takes an origin: browsers ask nobody about GET, HEAD and POST."""
    assert list(Allow((PAGE,)).fields()) == [("Access-Control-Allow-Origin", PAGE)]


def test_any_origin_is_the_same_for_everybody() -> None:
    """A star needs no look at the Origin."""
    assert Allow(("*",)).any_origin
    assert next(Allow(("*",)).fields()) == ("Access-Control-Allow-Origin", "*")


def test_several_origins_depend_on_the_request() -> None:
    """What is the same whoever asks then names no origin."""
    allow = Allow((PAGE, "http://[::1]:5173"))
    assert not allow.any_origin
    assert list(allow.fields()) == []


def test_methods_are_named_once() -> None:
    """GET, HEAD and POST are there anyway, and the case of others counts."""
    assert Allow((PAGE,), ("POST", "patch", "PATCH")).all_methods == (
        "GET",
        "HEAD",
        "POST",
        "patch",
        "PATCH",
    )


@pytest.mark.parametrize(
    "origins",
    [
        (),
        (PAGE, PAGE),
        (PAGE, "*"),
        (f"{PAGE}/",),
        ("https://*.example.com",),
        ("HTTP://localhost",),
        ('http://a"; return 200',),
        ("http://a'b",),
        ("http://a\n",),
        ("http://{env.HOME}",),
        ("http://$host",),
        ("",),
    ],
)
def test_what_is_no_list_of_origins_is_refused(origins: tuple[str, ...]) -> None:
    """Only serialised origins, each once, or a star alone: no path, no pattern, nothing that could end a string."""
    with pytest.raises(ValueError, match="origin"):
        Allow(origins)


@pytest.mark.parametrize("name", ["", "*", "a b", 'a"', "a\\", "a\r\nSet-Cookie", "a;", "a{b}", "a,b", "ä"])
@pytest.mark.parametrize("field", ["methods", "headers", "expose"])
def test_what_is_no_name_is_refused(field: str, name: str) -> None:
    """Methods and headers are tokens, and a star is none: browsers would take it for all of them."""
    with pytest.raises(ValueError, match="no name"):
        Allow((PAGE,), **{field: (name,)})


@pytest.mark.parametrize("origin", ["*", "null"])
def test_credentials_are_for_pages_with_a_name(origin: str) -> None:
    """Any page could act as the user otherwise; without credentials both are policies."""
    assert Allow((origin,)).origins == (origin,)
    with pytest.raises(ValueError, match="credentials"):
        Allow((origin,), credentials=True)
