"""Ways out over the network, from the engine's place. Each is also taken by the twin, which gets through."""

import os
import secrets
import socket
import threading
from contextlib import closing, contextmanager

import pytest

from harness import net

ADDRESSES = ["127.0.0.1", "::1", "::ffff:127.0.0.1"]
HOWS = ["sendto", "sendmsg", "sendmmsg"]
IPPROTO_IP, IP_TRANSPARENT, SOL_SOCKET, SO_MARK, SO_BINDTODEVICE = 0, 19, 1, 36, 25
TCP, TCP_REPAIR = 6, 19


class Listener:
    """Of the host's. It says "host" to everybody who comes, and counts them."""

    def __init__(self, sock):
        self.sock = sock
        self.seen = self.own = 0
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while True:
            try:
                connection, _ = self.sock.accept()
            except OSError:
                return
            self.seen += 1
            with closing(connection):
                try:
                    connection.sendall(b"host")
                except OSError:
                    pass

    @property
    def port(self):
        return self.sock.getsockname()[1]

    def came(self):
        """How many have come by now, all that wait in the queue among them: one of our own ends the queue."""
        self.own += 1
        with net.connect(self.port) as last:
            assert last.recv(4) == b"host"
        return self.seen - self.own


@contextmanager
def listening(sock):
    with closing(sock):
        sock.listen(512)
        listener = Listener(sock)
        yield listener
        sock.shutdown(socket.SHUT_RDWR)
        listener.thread.join(10)


@pytest.fixture
def host():
    """A dual-stack listener: all loopback addresses lead to it."""
    sock = socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True)
    with listening(sock) as listener:
        yield listener


@pytest.fixture
def other():
    with listening(socket.create_server(("127.0.0.1", 0))) as listener:
        yield listener


@pytest.fixture
def server(escaped):
    """Publishes port 3000 and has accepted one connection: it holds two sockets of the host's."""
    run = escaped(ports=[3000])
    run.must("serve 3000")
    run.ready()
    with net.connect(run.port) as client:
        run.must("accept")
        run.client = client
        yield run


@pytest.mark.parametrize("address", ADDRESSES)
def test_connecting_to_the_host(escaped, bare, host, address):
    assert escaped().ask(f"connect {address} {host.port}").startswith("error ")
    assert host.came() == 0
    assert bare().ask(f"connect {address} {host.port}") == "ok 0"


def test_a_grant_lets_the_same_through(escaped, host):
    assert escaped(f"--allow-net=127.0.0.1:{host.port}").ask(f"connect 127.0.0.1 {host.port}") == "ok 0"
    assert host.came() == 1


@pytest.mark.parametrize("claims_granted", [True, False])
def test_telling_the_supervisor_of_another_address(escaped, bare, host, other, claims_granted):
    """What the supervisor judges is where it connects."""
    to, claimed = (other.port, host.port) if claims_granted else (host.port, other.port)
    run = escaped(f"--allow-net=127.0.0.1:{host.port}")

    assert run.ask(f"claim 127.0.0.1 {to} 127.0.0.1 {claimed}") == ("ok 0" if claims_granted else "error ECONNREFUSED")
    assert (host.came(), other.came()) == (int(claims_granted), 0)
    assert bare().ask(f"claim 127.0.0.1 {to} 127.0.0.1 {claimed}") == "ok 0"
    assert (host.came(), other.came()) == (1, int(claims_granted))


@pytest.mark.parametrize("kind", ["abstract", "path"])
def test_unix_sockets_of_the_host(escaped, bare, folder, user, kind):
    name = f"wasmrun-{secrets.token_hex(8)}"
    path = name if kind == "abstract" else str(folder / name)
    sock = socket.socket(socket.AF_UNIX)
    sock.bind("\0" + name if kind == "abstract" else path)
    if kind == "path":
        os.chmod(path, 0o777)
    with listening(sock) as listener:
        word = f"abstract:{name}" if kind == "abstract" else path
        assert escaped().ask(f"connect {word} 0").startswith("error ")
        assert listener.seen == 0
        assert bare().ask(f"connect {word} 0") == "ok 0"


@pytest.mark.parametrize("how", HOWS)
def test_connecting_by_sending(escaped, bare, host, how):
    command = f"fastopen 127.0.0.1 {host.port} {how}"
    assert escaped().ask(command) == "error ENOSYS"
    assert host.came() == 0
    if (outside := bare().ask(command)) != "ok 0":
        pytest.skip(f"TCP Fast Open is off on this machine: {outside}")


def test_connecting_later(escaped, bare, host):
    command = f"defer 127.0.0.1 {host.port}"
    assert escaped().ask(command).startswith("error ")
    assert host.came() == 0
    assert bare().ask(command) == "ok 0"


def test_datagrams_to_the_host(escaped, bare):
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.settimeout(0.5)
        command = f"datagram 127.0.0.1 {sock.getsockname()[1]}"
        escaped().ask(command)  # it may be sent: on its own loopback
        with pytest.raises(TimeoutError):
            sock.recv(16)
        assert bare().ask(command) == "ok 0"
        assert sock.recv(16) == b"out"


@pytest.mark.parametrize("held", ["listener", "accepted"])
class TestSocketsOfTheHost:
    """What the engine holds of the host's namespace cannot be turned into something else. The twin's own sockets can."""

    @pytest.fixture
    def twin(self, bare):
        run = bare()
        port = net.free_port()
        run.must(f"serve {port}")
        with net.connect(port):
            run.must("accept")
            yield run

    def test_disconnecting(self, server, twin, held):
        assert server.ask(f"disconnect {held}").startswith("error ")
        assert twin.ask(f"disconnect {held}") == "ok 0"

    def test_connecting_elsewhere(self, server, twin, host, held):
        server.ask(f"disconnect {held}")
        assert server.ask(f"reconnect {held} 127.0.0.1 {host.port}").startswith("error ")
        assert host.came() == 0
        twin.must(f"disconnect {held}")
        assert twin.ask(f"reconnect {held} 127.0.0.1 {host.port}") == "ok 0"

    def test_sending_elsewhere(self, server, twin, host, held):
        command = f"resend {held} 127.0.0.1 {host.port}"
        server.ask(f"disconnect {held}")
        assert server.ask(command) == "error ENOSYS"
        assert host.came() == 0
        twin.must(f"disconnect {held}")
        if (outside := twin.ask(command)) != "ok 0":
            pytest.skip(f"TCP Fast Open is off on this machine: {outside}")

    def test_binding_elsewhere(self, server, twin, held):
        port = net.free_port()
        assert server.ask(f"bind {held} 127.0.0.1 {port}") == "error EINVAL"
        twin.must(f"disconnect {held}")
        assert twin.ask(f"bind {held} 127.0.0.1 {port}") == ("error EINVAL" if held == "listener" else "ok 0")

    def test_asking_for_the_hosts_interfaces(self, server, twin, held):
        assert server.ask(f"interfaces {held}") == "error ENOSYS"
        assert twin.ask(f"interfaces {held}") in {f"ok {n}" for n in range(1, 17)}

    @pytest.mark.parametrize("option", [(IPPROTO_IP, IP_TRANSPARENT, 1), (SOL_SOCKET, SO_MARK, 7), (TCP, TCP_REPAIR, 1)])
    def test_privileged_options(self, server, held, option, twin, user):
        command = f"option {held} {option[0]} {option[1]} {option[2]}"
        assert server.ask(command) == "error EPERM"
        if user.is_root:  # nobody repairs a listener
            assert twin.ask(command) == ("error EPERM" if (option[0], held) == (TCP, "listener") else "ok 0")


def test_listening_with_an_accepted_connection(server):
    assert server.ask("listen accepted") == "error EINVAL"


def test_the_published_port_works_after_all_of_that(server, host):
    for held in ("listener", "accepted"):
        for command in (f"disconnect {held}", f"reconnect {held} 127.0.0.1 {host.port}", f"bind {held} 127.0.0.1 1"):
            server.ask(command)
    with net.connect(server.port):
        server.must("accept")


class TestRaces:
    """The broker decides on copies of its own: what a second thread changes meanwhile comes too late."""

    ROUNDS = 2000

    def test_another_address(self, escaped, bare, host, other):
        command = f"race-address 127.0.0.1 {host.port} {other.port} {self.ROUNDS}"
        run = escaped(f"--allow-net=127.0.0.1:{host.port}")
        assert int(run.must(command)) > 0
        assert host.came() > 0
        assert other.came() == 0

        assert int(bare().must(command)) > 0
        assert other.came() > 0

    def test_another_descriptor(self, escaped, host, bare):
        run = escaped("--allow-net=192.0.2.1:9", ports=[3000])
        run.must("serve 3000")
        run.ready()
        with net.connect(run.port):
            run.must("accept")
            run.ask(f"race-descriptor 127.0.0.1 {host.port} {self.ROUNDS}")
            assert host.came() == 0
        twin, port = bare(), net.free_port()
        twin.must(f"serve {port}")
        with net.connect(port):
            twin.must("accept")
            assert int(twin.must(f"race-descriptor 127.0.0.1 {host.port} {100 * self.ROUNDS}")) > 0
        assert host.came() > 0

    def test_another_listener(self, escaped):
        """Whatever the number is by then, the broker does not put the host's listener where it is of no use to clients."""
        run = escaped(ports=[3000])
        assert int(run.must(f"race-listen 3000 {self.ROUNDS}")) > 0
        run.must("serve 3000")
        with net.connect(run.port):
            run.must("accept")


class TestNeighbours:
    @pytest.fixture
    def neighbour(self, start):
        run = start("c/echo", ports=[8080], args=["0.0.0.0", "8080"]).ready()
        assert net.echo_once(run.port, b"before") == b"before"
        return run

    def test_a_neighbour_is_out_of_reach(self, escaped, bare, neighbour):
        run = escaped()
        assert run.ask(f"connect 127.0.0.1 {neighbour.port}").startswith("error ")
        assert run.ask("connect 127.0.0.1 8080").startswith("error ")
        assert run.ask("serve 8080") == "ok 0"  # the same port, and they do not meet
        assert net.echo_once(neighbour.port, b"after") == b"after"
