"""Guests that look for others, from inside WebAssembly: the host's ports, a neighbour's, and everybody's."""

import pytest

from harness import elsewhere, net
from harness.leftovers import listening_ports

SCANNED_MAX = 64


@pytest.fixture
def neighbour(start):
    run = start("c/echo", ports=[8080], args=["0.0.0.0", "8080"]).ready()
    assert net.echo_once(run.port, b"before") == b"before"
    return run


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "::ffff:127.0.0.1", "0.0.0.0"])
def test_a_scan_finds_no_port_of_the_host(start, neighbour, address):
    guest = start("c/remote")
    with net.host_listener() as port:
        found = [port, neighbour.port, *sorted(listening_ports())[:SCANNED_MAX]]
        answers = {guest.ask(f"connect {address} {p}") for p in found}
    assert answers == {"error ConnectionRefused"}


def test_a_scan_with_a_grant_finds_that_port(start):
    """The twin: the same way of looking finds what may be found."""
    with net.host_listener() as port:
        guest = start("c/remote", f"--allow-net=127.0.0.1:{port}")
        assert guest.ask(f"connect 127.0.0.1 {port}") == "ok"
        assert guest.ask("recv") == "ok host"


def test_two_guests_with_the_same_port_do_not_meet(start, neighbour):
    guest = start("c/remote")
    assert guest.ask("connect 127.0.0.1 8080") == "error ConnectionRefused"
    guest.must("serve 127.0.0.1 8080")
    assert guest.ask("connect 127.0.0.1 8080") == "ok"  # its own
    assert net.echo_once(neighbour.port, b"after") == b"after"


@pytest.mark.parametrize("address", ["10.0.0.1", "169.254.169.254", "192.168.0.1", "224.0.0.1", "fe80::1", "2001:db8::1"])
def test_no_other_network_is_there(start, address):
    """Cloud metadata, private networks, the link, everything: there is no route, and no grant."""
    assert start("c/remote").ask(f"connect {address} 80").startswith("error ")


@pytest.mark.parametrize("address", elsewhere.ADDRESSES)
def test_a_network_that_the_host_has_is_not_the_guests(start, address):
    """The twin, in the same place: with a grant for it, the address answers."""
    with elsewhere.network() as prefix:
        assert start("c/remote", prefix=prefix).ask(f"connect {address} {elsewhere.PORT}").startswith("error ")
        granted = start("c/remote", "--allow-net", prefix=prefix)
        assert granted.ask(f"connect {address} {elsewhere.PORT}") == "ok"
