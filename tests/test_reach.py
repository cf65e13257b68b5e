"""What a container changes about who reaches whom."""

import pytest

from devproxy.reach import listener_hint, loopback_target_hint, unreachable_hint
from devproxy.target import Target


@pytest.mark.parametrize(
    "url", ["http://localhost:3001", "http://127.0.0.1:3001/v1", "ws://[::1]:3001", "http://0.0.0.0:3001"]
)
def test_a_loopback_target_is_the_container_itself(url):
    """Where it is probably meant to be can be copied; outside of a container localhost is localhost."""
    target = Target.parse(url)
    hint = unreachable_hint("refused", target, in_container=True)
    assert hint == loopback_target_hint(target)
    assert hint.startswith(f"{target.host} is this container: ")
    assert "http://host.docker.internal:3001" in hint and "http://api:3001" in hint
    assert unreachable_hint("refused", target, in_container=False) == ""
    assert unreachable_hint("timeout", target, in_container=True) == ""


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("refused", "listen on 0.0.0.0"),
        ("dns", 'extra_hosts: ["host.docker.internal:host-gateway"]'),
        ("timeout", "firewall"),
    ],
)
@pytest.mark.parametrize("in_container", [True, False])
def test_the_way_out_of_a_container_has_traps_on_linux(code, words, in_container):
    """Elsewhere Docker forwards that name to the loopback of the machine; on Linux it is an address of a bridge."""
    target = Target.parse("http://host.docker.internal:3001")
    assert words in unreachable_hint(code, target, in_container=in_container)


def test_a_name_without_a_dot_is_a_service():
    """Compose knows those that run, on networks that both sides are on."""
    hint = unreachable_hint("dns", Target.parse("http://api:3001"), in_container=True)
    assert hint.startswith("Is api a service ")
    assert unreachable_hint("dns", Target.parse("http://api:3001"), in_container=False) == ""
    assert unreachable_hint("dns", Target.parse("http://api.example.com"), in_container=True) == ""


def test_a_target_that_may_not_be_shown_is_not():
    """Its URL came out of a secret."""
    assert (
        unreachable_hint("refused", Target.parse("http://localhost:3001", "${TOKEN_URL}"), in_container=True)
        == ""
    )


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1"])
def test_nobody_gets_to_a_containers_loopback(host):
    """What to set instead."""
    assert "DEVPROXY_HOST=0.0.0.0" in listener_hint(host, 8484)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "172.17.0.2"])
def test_how_a_port_is_published_says_who_gets_there(host):
    """The line that keeps it to this machine can be copied."""
    assert '"127.0.0.1:9000:9000"' in listener_hint(host, 9000)
