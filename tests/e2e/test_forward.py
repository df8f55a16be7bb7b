"""Published ports: what DESIGN section 5 says must hold."""

import re
import socket
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness import net

MIB = 1 << 20

# Each steered guest speaks another dialect over the same socket layer.
REMOTES = ["c/remote", "p2/remote"]
ECHOES = ["c/echo", "p2/echo", "p3/p3"]


@pytest.fixture(params=REMOTES)
def remote(request):
    return request.param


@pytest.fixture(params=["swap", "relay"])
def mode(request):
    """How the host's listener reaches the guest: in its descriptor's place, or by copying bytes."""
    return {} if request.param == "swap" else {"WASMRUN_FORWARD": "relay"}


@pytest.fixture
def turned_away(mode):
    """Whether a client of a port without a listener is told so at once, in the best way that the mode knows."""
    return net.is_turned_away if mode else net.is_refused


def backlog(port):
    """The backlog of the listener on the host's port, as the kernel has it."""
    line = subprocess.run(["ss", "-Hltn", f"sport = :{port}"], capture_output=True, text=True, check=True).stdout
    return int(line.split()[2])


def test_a_client_of_the_published_port_talks_to_the_guest(start, remote, mode):
    run = start(remote, ports=[8080], env=mode)
    run.must("serve 127.0.0.1 8080")

    with net.connect(run.port) as client:
        run.must("accept")
        client.sendall(b"question")
        assert run.must("recv") == "question"
        run.must("send answer")
        assert client.recv(100) == b"answer"


def test_verbose_says_which_way_a_forward_went(start):
    swapped = start("c/remote", "--verbose", ports=[8080])
    swapped.must("serve 127.0.0.1 8080")
    relayed = start("c/remote", "--verbose", ports=[8080], env={"WASMRUN_FORWARD": "relay"})
    relayed.must("serve 127.0.0.1 8080")

    assert "relay" not in swapped.stop().err
    assert "relay" in relayed.stop().err


@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0"])
def test_any_local_address_of_the_guest_is_published(start, remote, mode, address):
    run = start(remote, ports=[8080], env=mode)
    run.must(f"serve {address} 8080")

    with net.connect(run.port) as client:
        run.must("accept")
        run.must("send hello")
        assert client.recv(100) == b"hello"


@pytest.mark.parametrize("echo", ECHOES)
def test_16_mib_go_through_both_ways_unchanged(start, mode, echo):
    run = start(echo, ports=[8080], env=mode).ready()
    payload = net.random_bytes(16 * MIB)

    assert net.checksum(net.echo_once(run.port, payload)) == net.checksum(payload)


@pytest.mark.parametrize("echo", ECHOES)
def test_none_of_200_connections_after_each_other_is_lost(start, mode, echo):
    run = start(echo, ports=[8080], env=mode).ready()

    for i in range(200):
        assert net.echo_once(run.port, b"%d" % i) == b"%d" % i


@pytest.mark.parametrize("echo", ECHOES)
def test_none_of_50_connections_at_once_is_lost(start, mode, echo):
    run = start(echo, ports=[8080], env=mode).ready()
    together = threading.Barrier(50, timeout=net.TIME_LIMIT_S)

    def one(i):
        with net.connect(run.port) as s:
            together.wait()
            return net.echo(s, b"%d" % i)

    with ThreadPoolExecutor(50) as pool:
        assert list(pool.map(one, range(50))) == [b"%d" % i for i in range(50)]


def test_the_guest_may_finish_sending_and_still_receive(start, remote, mode):
    run = start(remote, ports=[8080], env=mode)
    run.must("serve 127.0.0.1 8080")

    with net.connect(run.port) as client:
        run.must("accept")
        run.must("send last")
        run.must("finish")
        assert net.read_all(client) == b"last"
        client.sendall(b"after")
        assert run.must("recv") == "after"


def test_the_client_may_finish_sending_and_still_receive(start, remote, mode):
    run = start(remote, ports=[8080], env=mode)
    run.must("serve 127.0.0.1 8080")

    with net.connect(run.port) as client:
        run.must("accept")
        client.sendall(b"last")
        client.shutdown(socket.SHUT_WR)
        assert run.must("recv") == "last"
        assert run.must("recv") == ""
        run.must("send after")
        assert client.recv(100) == b"after"


def test_the_guest_sees_the_clients_real_address(start, remote):
    run = start(remote, ports=[8080])
    run.must("serve 127.0.0.1 8080")

    with net.connect(run.port, source=("127.0.0.7", 0)) as client:
        run.must("accept")
        assert run.must("peer") == f"127.0.0.7:{client.getsockname()[1]}"


def test_the_guest_sees_its_own_address_not_the_hosts(start):
    run = start("c/remote", ports=[8080])
    run.must("serve 127.0.0.1 8080")
    assert run.must("address") == "127.0.0.1:8080"

    with net.connect(run.port):
        run.must("accept")
        assert run.must("local") == "127.0.0.1:8080"


def test_before_the_guest_listens_clients_are_refused(start, remote, mode, turned_away):
    run = start(remote, ports=[8080], env=mode)
    assert run.must("what") == "what?"  # it runs

    assert turned_away(run.port)
    run.must("serve 127.0.0.1 8080")
    with net.connect(run.port):
        run.must("accept")


def test_a_forward_to_a_port_that_the_guest_never_listens_on_refuses(start, remote, mode, turned_away):
    run = start(remote, ports=[8080, 9090], env=mode)
    run.must("serve 127.0.0.1 8080")

    served, unserved = run.forwards
    with net.connect(served):
        run.must("accept")
    assert turned_away(unserved)


def test_a_closed_listener_refuses_and_a_new_one_serves_again(start, remote, mode, turned_away):
    run = start(remote, ports=[8080], env=mode)

    for _ in range(3):
        run.must("serve 127.0.0.1 8080")
        with net.connect(run.port) as client:
            run.must("accept")
            run.must("send hello")
            assert client.recv(100) == b"hello"
            run.must("hangup")
        run.must("unserve")
        assert turned_away(run.port)


def test_the_port_is_free_when_the_guest_has_ended(start, remote, mode):
    run = start(remote, ports=[8080], env=mode)
    run.must("serve 127.0.0.1 8080")
    assert not net.is_refused(run.port)

    assert run.finish().code == 0
    assert net.is_refused(run.port)
    socket.create_server(("127.0.0.1", run.port)).close()


def test_the_port_is_taken_before_the_guest_runs(start):
    """So that nobody else can get it in between."""
    run = start("c/remote", ports=[8080])
    assert run.must("what") == "what?"

    with pytest.raises(OSError), socket.create_server(("127.0.0.1", run.port)):
        pass


def test_connecting_within_the_namespace_reaches_the_guests_own_listener(start, remote, mode):
    run = start(remote, ports=[8080], env=mode)
    run.must("serve 127.0.0.1 8080")

    run.must("connect 127.0.0.1 8080")
    run.must("send inside")
    run.must("accept")
    assert run.must("recv") == "inside"


def test_clients_from_within_and_without_are_served_by_one_listener(start, remote):
    run = start(remote, ports=[8080])
    run.must("serve 127.0.0.1 8080")

    for _ in range(5):
        with net.connect(run.port) as client:
            run.must("accept")
            run.must("send outside")
            assert client.recv(100) == b"outside"
        run.must("connect 127.0.0.1 8080")
        run.must("send inside")
        run.must("accept")
        assert run.must("recv") == "inside"


def test_a_nonblocking_connect_within_the_namespace_arrives(start):
    run = start("c/remote", ports=[8080])
    run.must("serve 127.0.0.1 8080")

    run.must("connect-nonblocking 127.0.0.1 8080")
    run.must("send inside")
    run.must("accept")
    assert run.must("recv") == "inside"


def test_two_forwards_to_one_guest_port_both_serve(start, remote, mode):
    run = start(remote, ports=[8080, 8080], env=mode)
    run.must("serve 127.0.0.1 8080")

    for port in run.forwards:
        with net.connect(port) as client:
            run.must("accept")
            run.must("send hello")
            assert client.recv(100) == b"hello"


def test_the_backlog_is_the_guests(start):
    run = start("c/remote", ports=[8080])
    run.must("open 127.0.0.1")
    run.must("bind 127.0.0.1 8080")
    run.must("listen 7")

    assert backlog(run.port) == 7


# level, name, value that the guest sets, value that an accepted connection then has
OPTIONS = {
    "TCP_NODELAY": (6, 15, 1),
    "SO_KEEPALIVE": (0, 7, 1),
    "SO_RCVBUF": (0, 6, 70000),
    "SO_SNDBUF": (0, 5, 80000),
}


@pytest.mark.parametrize("option", OPTIONS)
def test_an_option_set_before_listen_holds_for_accepted_connections(start, option):
    level, name, value = OPTIONS[option]

    def accepted(set_it):
        run = start("c/remote", ports=[8080])
        run.must("open 127.0.0.1")
        if set_it:
            run.must(f"option {level} {name} {value}")
        run.must("bind 127.0.0.1 8080")
        run.must("listen 16")
        with net.connect(run.port):
            run.must("accept")
            return int(run.must(f"connection-option {level} {name}"))

    assert accepted(set_it=True) == value
    assert accepted(set_it=False) != value


def test_a_nonblocking_listener_stays_nonblocking(start):
    run = start("c/remote", ports=[8080])
    run.must("open 127.0.0.1")
    run.must("nonblock")
    run.must("bind 127.0.0.1 8080")
    run.must("listen 16")

    assert run.ask("accept") == "error WouldBlock"
    with net.connect(run.port):
        run.must("accept")


@pytest.mark.parametrize("host, guest", [("[::1]", "127.0.0.1"), ("[::1]", "::1"), ("127.0.0.1", "::1")])
def test_host_and_guest_may_differ_in_their_family(start, remote, host, guest):
    address = host.strip("[]")
    port = net.free_port(address)
    run = start(remote, "--forward", f"{host}:{port}:8080")
    run.must(f"serve {guest} 8080")

    with net.connect(port, address) as client:
        run.must("accept")
        run.must("send hello")
        assert client.recv(100) == b"hello"


def test_a_forward_without_an_address_is_on_loopback_only(start):
    run = start("c/remote", ports=[8080])
    run.must("serve 0.0.0.0 8080")

    line = subprocess.run(["ss", "-Hltn", f"sport = :{run.port}"], capture_output=True, text=True, check=True).stdout
    assert re.findall(r"\S+:%d\b" % run.port, line) == [f"127.0.0.1:{run.port}"]


def test_a_forward_on_the_wildcard_address_serves_every_local_address(start):
    port = net.free_port("0.0.0.0")
    run = start("c/remote", "--forward", f"0.0.0.0:{port}:8080")
    run.must("serve 127.0.0.1 8080")

    assert not net.is_refused(port, "127.0.0.1")
    assert not net.is_refused(port, "127.0.0.2")


def test_ready_line_says_where_the_server_is(start):
    run = start("p2/echo", ports=[8080])

    assert run.wait_err(r"listening on http://(\S+) ").group(1).decode() == f"127.0.0.1:{run.port}"
    assert net.echo_once(run.port, b"there") == b"there"


def test_go_net_http_answers_many_clients_at_once(start, mode):
    run = start("go/http", ports=[8080], env=mode).ready()

    with ThreadPoolExecutor(50) as pool:
        bodies = [f"body {i}".encode() for i in range(50)]
        answers = list(pool.map(lambda b: net.http_get(run.port, body=b), bodies))
    assert answers == [b.decode() for b in bodies]


def test_go_net_http_sees_the_clients_real_address(start):
    run = start("go/http", ports=[8080]).ready()

    assert net.http_get(run.port, "/me", source=("127.0.0.9", 0)).startswith("127.0.0.9:")


def test_go_net_http_fetches_from_its_own_published_port_within(start):
    run = start("go/http", ports=[8080]).ready()

    assert net.http_get(run.port, "/get?127.0.0.1:8080").startswith("127.0.0.1:")
