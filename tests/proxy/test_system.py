"""What the operating system tells and grants."""

import ipaddress
import os
import socket
import sys

import pytest

from devproxy.proxy.system import (
    container_gateway,
    default_gateway,
    in_container,
    listening_inodes,
    own_addresses,
    owner_of,
    raise_open_files,
)

TABLE = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:2124 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4711 1 0000 100
   1: 0100007F:2124 0100007F:C001 01 00000000:00000000 00:00000000 00000000  1000        0 4712 1 0000 100
   2: 0100007F:2126 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4713 1 0000 100
"""


@pytest.mark.parametrize(("port", "inodes"), [(8484, ["4711"]), (8486, ["4713"]), (80, [])])
def test_only_a_listener_has_a_port(port, inodes):
    """A connection that goes through the port is not its owner."""
    assert list(listening_inodes(TABLE, port)) == inodes


@pytest.mark.skipif(sys.platform != "linux", reason="reads Linux's /proc")
@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
def test_the_owner_of_a_port_has_a_number_and_a_name(family):
    """What a developer needs to stop it, on either loopback."""
    address = "127.0.0.1" if family == socket.AF_INET else "::1"
    try:
        taken = socket.create_server((address, 0), family=family)
    except OSError:
        pytest.skip(f"this machine has no {address}")
    with taken:
        port = taken.getsockname()[1]
        own, other = (4, 6) if family == socket.AF_INET else (6, 4)
        for version in (None, own):
            assert owner_of(port, version).startswith(f"pid {os.getpid()} ")
        assert owner_of(port, other) == ""
    assert owner_of(port) == ""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_open_files_are_raised_and_never_lowered():
    """A hundred event streams are no reason to stop."""
    import resource  # noqa: PLC0415  # not on Windows

    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(256, before[0]), before[1]))
        raise_open_files()
        raised = resource.getrlimit(resource.RLIMIT_NOFILE)
        assert raised[0] > 256 and raised[1] == before[1]
        raise_open_files()
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == raised
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


ROUTES = """\
Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0
eth0\t00000000\t010011AC\t0003\t0\t0\t0\t00000000\t0\t0\t0
"""


@pytest.mark.skipif(sys.byteorder != "little", reason="the table is written as the machine writes numbers")
def test_the_gateway_is_that_of_the_default_route():
    """The first line without a destination; without one there is none."""
    assert default_gateway(ROUTES) == "172.17.0.1"
    assert default_gateway("\n".join(ROUTES.splitlines()[:2])) == ""


@pytest.mark.skipif(sys.byteorder != "little", reason="the table is written as the machine writes numbers")
@pytest.mark.parametrize("mark", [".dockerenv", "run/.containerenv"])
def test_only_a_container_has_a_gateway_that_counts(tmp_path, mark):
    """Elsewhere the gateway is somebody else's machine; and what cannot be read is no reason to fail."""
    table = tmp_path / "proc/net/route"
    table.parent.mkdir(parents=True)
    table.write_text(ROUTES)
    assert (container_gateway(tmp_path), in_container(tmp_path)) == ("", False)
    (tmp_path / mark).parent.mkdir(exist_ok=True)
    (tmp_path / mark).touch()
    assert (container_gateway(tmp_path), in_container(tmp_path)) == ("172.17.0.1", True)
    table.write_text("heading\nnonsense\n")
    assert container_gateway(tmp_path) == ""
    table.unlink()
    assert (container_gateway(tmp_path), in_container(tmp_path)) == ("", True)


def test_podman_hides_its_mark_below_a_read_only_root(tmp_path):
    """And leaves a variable, which others set to other words."""
    assert in_container(tmp_path, {"container": "podman"})
    assert not in_container(tmp_path, {"container": "flatpak"})
    assert not in_container(tmp_path, {})


def test_a_container_on_the_network_of_its_host_is_none_that_counts(tmp_path):
    """There localhost is the host's own, and the gateway is the way to the internet."""
    device = tmp_path / "sys/class/net/eth0/device"
    device.mkdir(parents=True)
    (tmp_path / ".dockerenv").touch()
    assert not in_container(tmp_path, {"container": "podman"})
    assert container_gateway(tmp_path) == ""


def test_the_addresses_of_this_machine_are_addresses():
    """None on a machine without a network; never a name, and nothing is sent to find them."""
    assert all(ipaddress.ip_address(address) for address in own_addresses())
