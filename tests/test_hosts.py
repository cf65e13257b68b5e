import pytest
from hypothesis import given, strategies as st

from devproxy.hosts import ends_in_a_number, fitting, ipv4

NAMES = {"shop.localhost", "*.shop.localhost", "*.localhost", "app.test", "::1"}


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("shop.localhost", "shop.localhost"),
        ("api.shop.localhost", "*.shop.localhost"),
        ("a.b.shop.localhost", "*.shop.localhost"),
        ("blog.localhost", "*.localhost"),
        ("xshop.localhost", "*.localhost"),
        ("app.test", "app.test"),
        ("::1", "::1"),
        # in front of a pattern stands one label or more
        ("localhost", None),
        ("evil.app.test", None),
        ("app.test.evil.com", None),
        ("127.0.0.1", None),
        ("", None),
    ],
)
def test_best_name(host, name):
    """The name itself goes before any pattern, and a long pattern before a short one."""
    assert fitting(host, NAMES) == name


@given(st.text("a.*", max_size=12), st.sets(st.text("a.*", max_size=6), max_size=4))
def test_nothing_else_fits(host, names):
    """What is found is among the names, and is the host or a pattern that ends it."""
    name = fitting(host, names)
    if name is not None:
        assert name in names
        assert name == host or host.endswith(name.removeprefix("*"))


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("127.1", "127.0.0.1"),
        ("127.0.0.1.", "127.0.0.1"),
        ("0X7F.0.0.0x1", "127.0.0.1"),
        ("0177.0.0.1", "127.0.0.1"),
        ("2130706433", "127.0.0.1"),
        ("0x", "0.0.0.0"),
        ("1.2.65535", "1.2.255.255"),
        # a number too many or too large, and none
        ("1.2.3.4.5", ""),
        ("256.1.1.1", ""),
        ("1.2.65536", ""),
        ("4294967296", ""),
        ("1.2.3.09", ""),
        ("1.2.3.x", ""),
        ("1..2", ""),
    ],
)
def test_addresses_in_odd_spellings(host, address):
    """As browsers and resolvers read them (URL, IPv4 parser)."""
    assert ipv4(host) == address
    assert ends_in_a_number(host) is (host != "1.2.3.x")
