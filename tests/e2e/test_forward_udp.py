"""Forwards of UDP: relayed, with a socket in the namespace for each client."""

import socket
import subprocess
from contextlib import ExitStack, closing

import pytest

from harness import net
from harness.datagrams import ask, client, free_udp_port, is_silent

LARGEST = 65507


@pytest.fixture(params=["posix", "p2"])
def serve(request, start):
    """serve("0.0.0.0:5353:53/udp", "127.0.0.1"): a guest that answers datagrams at port 53 of that address."""

    def run(forward, address="127.0.0.1", later=False, env=None):
        where = [f"[{address}]:53" if ":" in address else f"{address}:53"]
        if request.param == "posix":
            where = [address, "53"]
        run = start(f"{request.param}/datagrams", "--forward", forward, args=[*where, *(["later"] if later else [])],
                    env=env)
        return run if later else run.ready()

    return run


def test_a_datagram_reaches_the_guest_and_its_answer_the_client(serve):
    port = free_udp_port()
    run = serve(f"{port}:53/udp")

    assert f"udp://127.0.0.1:{port} (port 53 of the guest)" in run.err.text()
    with client(port) as c:
        assert ask(c, b"question") == b"question"
        assert ask(c, b"") == b""


def test_the_largest_datagram_passes_whole(serve):
    port = free_udp_port()
    serve(f"{port}:53/udp")
    payload = net.random_bytes(LARGEST)

    with client(port) as c:
        c.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        assert ask(c, payload) == payload


def test_each_client_gets_its_own_answers_and_is_a_peer_of_its_own(serve):
    port = free_udp_port()
    serve(f"{port}:53/udp")

    with ExitStack() as stack:
        clients = [stack.enter_context(client(port)) for _ in range(50)]
        for i, c in enumerate(clients):
            c.send(b"%d" % i)
        assert [c.recv(100) for c in clients] == [b"%d" % i for i in range(50)]
        peers = [ask(c, b"peer").decode() for c in clients]
        assert len(set(peers)) == 50
        assert all(p.startswith("127.0.0.1:") for p in peers)
        assert [ask(c, b"peer").decode() for c in clients] == peers  # and stays the same peer


def test_more_clients_than_the_table_holds_are_all_served(start):
    port = free_udp_port()
    start("posix/datagrams", "--forward", f"{port}:53/udp", args=["127.0.0.1", "53"]).ready()

    with client(port) as first:
        peer = ask(first, b"peer")
        for i in range(1100):
            with client(port) as c:
                assert ask(c, b"%d" % i) == b"%d" % i
        assert ask(first, b"peer") != peer  # it had idled longest, and made room


def is_free_for_tcp(port):
    try:
        with socket.create_server(("127.0.0.1", port)):
            return True
    except OSError:
        return False


def test_tcp_and_udp_of_one_port_number_are_both_published(start):
    port = next(p for p in (free_udp_port() for _ in range(100)) if is_free_for_tcp(p))
    run = start("p2/datagrams", "--forward", f"{port}:53/udp", "--forward", f"{port}:8080", args=["127.0.0.1:53"])
    run.ready()

    with client(port) as c:
        assert ask(c, b"hello") == b"hello"
    assert net.is_refused(port)  # reserved, and the guest does not listen
    with pytest.raises(OSError), socket.create_server(("127.0.0.1", port)):
        pass


@pytest.mark.parametrize("host, guest", [("[::1]", "127.0.0.1"), ("[::1]", "::1"), ("127.0.0.1", "::1"),
                                         ("127.0.0.1", "0.0.0.0"), ("127.0.0.1", "127.0.0.5"), ("127.0.0.1", "::")])
def test_host_and_guest_may_differ_in_their_address(serve, host, guest):
    address = host.strip("[]")
    port = free_udp_port(address)
    serve(f"{host}:{port}:53/udp", guest)

    with client(port, address) as c:
        assert ask(c, b"hello") == b"hello"


@pytest.mark.parametrize("host, address", [("0.0.0.0", "127.0.0.9"), ("[::]", "::1")])
def test_a_wildcard_port_answers_from_the_address_that_was_asked(serve, host, address):
    port = free_udp_port(host.strip("[]"))
    serve(f"{host}:{port}:53/udp")

    with client(port, address) as c:
        assert ask(c, b"hello") == b"hello"
    if host == "0.0.0.0":
        with client(port, "127.0.0.8", source="127.0.0.7") as c:
            assert ask(c, b"hello") == b"hello"


def test_before_the_guest_listens_datagrams_are_lost_and_later_ones_arrive(serve):
    port = free_udp_port()
    run = serve(f"{port}:53/udp", "::1", later=True)
    assert run.out.wait_for("waiting")

    with client(port) as c:
        assert is_silent(c, b"early")
        run.process.stdin.write(b"\n")
        run.process.stdin.flush()
        run.ready()
        assert ask(c, b"in time") == b"in time"


def test_a_udp_port_in_use_is_refused_before_the_guest_runs(start):
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
        start("p2/datagrams", "--forward", f"{port}:53/udp").refused(125, f"UDP port {port} of the host is in use")


def test_the_udp_port_is_free_when_the_guest_has_ended(serve):
    port = free_udp_port()
    run = serve(f"{port}:53/udp")
    with pytest.raises(OSError), closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as s:
        s.bind(("127.0.0.1", port))

    run.stop()
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as s:
        s.bind(("127.0.0.1", port))


def test_the_engine_never_holds_the_hosts_udp_socket(start):
    """It could send anywhere. The supervisor does hold it, so that this can fail."""
    port = free_udp_port()
    run = start("p2/datagrams", "--forward", f"{port}:53/udp", args=["127.0.0.1:53"]).ready()

    shown = subprocess.run(["ss", "-Hulnp", f"sport = :{port}"], capture_output=True, text=True, check=True).stdout
    holders = set(part.split(",")[0] for part in shown.split("pid=")[1:])
    assert str(run.engine()) not in holders
    assert len(holders) == 1


def test_udp_forwards_work_without_isolation_too(start, user, folder):
    config = user.write(folder / "unisolated.toml", "[network]\nisolation = false\n")
    port, guest_port = free_udp_port(), free_udp_port()
    run = start("p2/datagrams", "--config", config, "--forward", f"{port}:{guest_port}/udp",
                args=[f"127.0.0.1:{guest_port}"])
    assert run.out.wait_for("ok")

    with client(port) as c:
        assert ask(c, b"hello") == b"hello"
