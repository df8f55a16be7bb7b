"""Programs of others, unmodified: the examples and tests of their packages, driven from the host.

Every dialect is spoken here by the library that it was made for."""

import os
import shutil
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from harness import net
from harness import thirdparty  # noqa: F401  (adds the guests)

# Who runs wasmrun makes no difference to what is tested here.
pytestmark = pytest.mark.parametrize("user", ["user"], indirect=True)

GO_BUILDS = ["othersgo/net", "othersgo/net-getaddrinfo"]
MIB = 1 << 20


@contextmanager
def listening(address="127.0.0.1"):
    """A listener of the host's whose accept() has a time limit."""
    with socket.create_server((address, 0), family=net.family(address)) as server:
        server.settimeout(net.TIME_LIMIT_S)
        yield server, server.getsockname()[1]


class Page(BaseHTTPRequestHandler):
    def do_GET(self):
        body = f"the host's {self.path}\n".encode()
        self.send_response(200)
        self.send_header("Content-Length", len(body))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Web(ThreadingHTTPServer):
    def __init__(self, address):
        self.address_family = net.family(address)
        super().__init__((address, 0), Page)


@contextmanager
def web(address="127.0.0.1"):
    """A web server of the host's. Gives its port."""
    with Web(address) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join(net.TIME_LIMIT_S)


@contextmanager
def name_server(address):
    """Answers one question over TCP with that IPv4 address, whatever the name is."""
    with listening() as (server, port):

        def answer():
            connection, _ = server.accept()
            with connection, connection.makefile("rb") as stream:
                question = stream.read(int.from_bytes(stream.read(2), "big"))
                head = question[:2] + bytes.fromhex("8180 0001 0001 0000 0000")
                record = bytes.fromhex("c00c 0001 0001 0000003c 0004") + socket.inet_aton(address)
                reply = head + question[12:] + record
                connection.sendall(len(reply).to_bytes(2, "big") + reply)

        thread = threading.Thread(target=answer)
        thread.start()
        yield port
        thread.join(net.TIME_LIMIT_S)
        assert not thread.is_alive()


@pytest.fixture
def hosts(folder, user):
    """hosts(LINE...): a command prefix that puts these lines into /etc/hosts, for wasmrun alone."""
    if os.geteuid() != 0:
        pytest.skip("mounting over /etc/hosts takes root")

    def prefix(*lines):
        path = user.write(folder / "hosts", "".join(f"{line}\n" for line in lines))
        path.chmod(0o644)
        mount = f"{shutil.which('mount')} --bind '{path}' /etc/hosts && exec \"$@\""
        return [shutil.which("unshare"), "--mount", "/bin/sh", "-c", mount, "sh"]

    return prefix


def within(pid, program):
    """What a program prints that runs in the network namespace of that process."""
    enter = ["nsenter", f"--target={pid}", "--user", "--preserve-credentials", "--net"]
    done = subprocess.run([*enter, sys.executable, "-c", program], capture_output=True, text=True,
                          timeout=net.TIME_LIMIT_S)
    assert done.returncode == 0, done.stderr
    return done.stdout


def output_of(run):
    result = run.finish()
    assert result.code == 0, result.err
    return result.out


# The examples of wasmedge_wasi_socket: WasmEdge's first form (0.4), and both of its forms in one module (0.5).


@pytest.mark.parametrize("guest", ["others1/v1_tcp_listener", "others1/tcp_listener"])
def test_tcp_listener_answers_with_the_message_reversed_and_knows_both_ends(start, guest):
    run = start(guest, ports=[1234]).ready()
    with net.connect(run.port) as client:
        source = client.getsockname()[1]
        assert net.echo(client, b"stressed") == b"desserts"

    assert f"127.0.0.1:{source} <-> 127.0.0.1:1234\nget message: stressed\n" in output_of(run)


@pytest.mark.parametrize("guest, tells", [("others1/v1_tcp_stream", False), ("others1/tcp_stream", True)])
def test_tcp_stream_says_hello_to_a_granted_server_and_knows_both_ends(start, guest, tells):
    with listening() as (server, port):
        run = start(guest, f"--allow-net=127.0.0.1:{port}", "--env", f"PORT={port}")
        connection, (_, source) = server.accept()
        with connection:
            assert net.read_all(connection) == b"hello"

        out = output_of(run)
        assert (f"local address 127.0.0.1:{source}\npeer address 127.0.0.1:{port}\n" in out) == tells


def test_tcp_stream_fails_as_on_linux_where_nobody_listens(start):
    with listening() as (_, port):
        result = start("others1/tcp_stream", "--env", f"PORT={port}").finish()

    assert result.code == 1
    assert "ConnectionRefused" in result.err


def test_nonblock_tcp_stream_waits_without_blocking(start):
    with listening() as (server, port):
        run = start("others1/nonblock_tcp_stream", f"--allow-net=127.0.0.1:{port}", "--env", f"PORT={port}")
        connection, _ = server.accept()
        with connection:
            assert run.out.wait_for("no data available")
            connection.sendall(b"at last")
            assert run.out.wait_for("get response: at last")
            assert connection.recv(100) == b"Hello\n"
        output_of(run)


@pytest.mark.parametrize("guest", ["others1/v1_poll_tcp_listener", "others1/poll_tcp_listener"])
def test_poll_tcp_listener_serves_several_at_once(start, guest):
    run = start(guest, ports=[1234]).ready()
    clients = [net.connect(run.port) for _ in range(8)]

    for i, client in enumerate(clients):
        assert client.recv(100) == b"Hello world!\n"
        client.sendall(b"from %d" % i)
        assert run.out.wait_for(f"accept from 127.0.0.1:{client.getsockname()[1]}$")
        assert run.out.wait_for(f"Received data: from {i}$")
    for client in clients:
        client.close()
    for i in range(8):
        assert run.out.wait_for(rf"tcp_client\[{i + 1}\] is closed")


def test_socket_addr_finds_every_name_as_it_expects(start):
    output_of(start("others1/socket_addr"))


def test_try_sock_opt_reads_what_it_sets(start):
    result = start("others1/try_sock_opt").finish()

    assert result.code == 0, result.err
    assert result.out.endswith("recv_timeout Some(1s)\nsend_timeout Some(1s)\nstart connect 8.8.8.8:53\n")
    assert "refused to connect to 8.8.8.8:53; allow it with --allow-net=8.8.8.8:53" in result.err


@pytest.mark.parametrize("guest", ["others1/v1_get_addrinfo", "others1/get_addrinfo"])
def test_get_addrinfo_finds_a_granted_name_through_the_hosts_file(start, hosts, guest):
    prefix = hosts("192.0.2.7 google.com")

    assert output_of(start(guest, "--allow-net=google.com", prefix=prefix)) == "192.0.2.7:80\n"


def test_get_addrinfo_is_denied_a_name_that_no_rule_covers(start):
    result = start("others1/get_addrinfo").finish()

    assert "kind: PermissionDenied" in result.err
    assert "refused to look up 'google.com'; allow it with --allow-net=google.com" in result.err


def test_get_addrinfo_asks_a_granted_name_server_itself(start):
    """As the example try_dns does, which wants port 8000 of the host."""
    with name_server("192.0.2.7") as port:
        run = start("others1/get_addrinfo", f"--allow-net=127.0.0.1:{port}", "--env", f"DNS_SERVER=127.0.0.1:{port}")
        assert output_of(run) == "192.0.2.7:0\n"


def test_udp_socket_receives_what_it_sends_itself(start):
    assert output_of(start("others1/udp_socket")) == "hello 127.0.0.1:3000\n"


@pytest.mark.parametrize("guest, tells", [("others1/v1_udp_reverse", False), ("others1/udp_reverse", True)])
def test_udp_reverse_answers_a_datagram(start, guest, tells):
    run = start(guest, "--verbose")
    engine = run.wait_err(r"engine is process (\d+)").group(1).decode()
    client = """
import socket
with socket.socket(type=socket.SOCK_DGRAM) as s:
    s.settimeout(5)
    s.connect(("127.0.0.1", 3000))
    while True:
        try:
            s.send(b"stressed")
            print(s.recv(100).decode(), s.getsockname()[1])
            break
        except ConnectionRefusedError:  # the guest is not there yet
            pass
"""
    answer, source = within(engine, client).split()

    assert answer == "desserts"
    assert output_of(run) == (f"recv from 127.0.0.1:{source}\n" if tells else "")


# What is built on that crate, and what its likes are on other interfaces.


@pytest.mark.parametrize("guest", ["others1/tokio_echo", "others2/tcp_echo_server"])
def test_an_asynchronous_echo_server_serves_many_at_once(start, guest):
    run = start(guest, ports=[8080]).ready()
    payload = net.random_bytes(MIB)
    together = threading.Barrier(20, timeout=net.TIME_LIMIT_S)

    def one(_):
        with net.connect(run.port) as client:
            together.wait()
            return net.echo(client, payload)

    with ThreadPoolExecutor(20) as pool:
        assert all(answer == payload for answer in pool.map(one, range(20)))


def test_mio_serves_a_listener_of_its_own(start):
    run = start("others1/mio_tcp_server", ports=[9000]).ready()
    with net.connect(run.port) as client:
        client.sendall(b"to mio")
        assert client.recv(100) == b"Hello world!\n"
        assert run.out.wait_for(f"Accepted connection from: 127.0.0.1:{client.getsockname()[1]}$")
        assert run.out.wait_for("Received data: to mio$")
    assert run.out.wait_for("Connection closed")


def test_hyper_serves(start):
    run = start("others1/hyper_echo", ports=[3000]).ready()

    assert "Try POSTing data to /echo" in net.http_get(run.port)
    assert net.http_get(run.port, "/echo", b"some words") == "some words"
    assert net.http_get(run.port, "/echo/reversed", b"stressed") == "desserts"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
@pytest.mark.parametrize("guest", ["others1/hyper_client", "others1/reqwest_simple"])
def test_an_http_client_fetches_from_a_granted_server(start, guest, host):
    with web() as port:
        url = f"http://{host}:{port}/page"
        assert "the host's /page" in output_of(start(guest, f"--allow-net={host}:{port}", args=[url]))


def test_reqwest_says_that_a_name_was_denied(start):
    result = start("others1/reqwest_simple", args=["http://example.com/"]).finish()

    assert result.code == 1
    assert "kind: PermissionDenied" in result.err
    assert "refused to look up 'example.com'; allow it with --allow-net=example.com" in result.err


def test_wstd_talks_to_a_granted_server(start):
    with listening() as (server, port):
        run = start("others2/tcp_stream_client", f"--allow-net=127.0.0.1:{port}", args=[f"127.0.0.1:{port}"])
        connection, _ = server.accept()
        with connection:
            assert connection.recv(100) == b"ping\n"
        output_of(run)


# Rust's own library.


def test_rusts_library_works_inside_one_guest(start):
    """Streams, datagrams, time limits and names on wasip2, over IPv4 and IPv6."""
    assert output_of(start("others2/within")) == "within: all is well\n"


@pytest.mark.parametrize("guest, port, words, args, answer", [
    ("others1/inherited", 8080, ",first", [], b"question"),
    ("others1/tcp_listenfd_server", 9000, ",first", [], b"Hello world!\n"),
    ("othersgo/net", 8080, ",first,nonblock", ["inherited"], b"question"),
], ids=["std", "mio", "go"])
def test_a_listener_that_is_open_at_the_start_is_served(start, guest, port, words, args, answer):
    """Go has one thread: a listener that blocks would stop all its goroutines."""
    run = start(guest, f"--tcplisten={port}{words}", ports=[port], args=args).ready()

    for _ in range(3):
        assert net.echo_once(run.port, b"question") == answer


# Go over stealthrocket/net, WasmEdge's second form: its own tests, then ours on top of it.


@pytest.mark.parametrize("guest", ["othersgo/wasip1-test", "othersgo/wasip1-test-getaddrinfo"])
def test_the_tests_of_stealthrocket_net_pass(start, folder, user, guest):
    """Its test of names wants another machine; see below."""
    run = start(guest, "--dir", f"{user.make_folder(folder / 'tmp')}:/tmp",
                args=["-test.v", "-test.skip=TestLookupAddr"])
    lines = output_of(run).splitlines()

    for network in ["tcp", "tcp4", "tcp6", "unix"]:
        for test in ["BasicIO", "PingPong", "RacyRead", "RacyWrite", "ReadTimeout", "WriteTimeout", "PastTimeout",
                     "PresentTimeout", "FutureTimeout", "CloseTimeout", "ConcurrentMethods"]:
            assert any(f"--- PASS: TestConn/{network}/{test} " in line for line in lines)
    for network in ["udp", "udp4", "udp6", "unixgram"]:
        assert any(f"--- PASS: TestPacketConn/{network} " in line for line in lines)
    assert lines[-1] == "PASS"


def test_the_test_of_stealthrocket_nets_http_passes(start):
    assert "--- PASS: TestHTTP " in output_of(start("othersgo/http-test", args=["-test.v"]))


def test_the_tests_of_stealthrocket_nets_names_pass(start, hosts):
    """Skipped is one that wants a single address to listen on where getaddrinfo() gives both families'."""
    prefix = hosts("fe80::ec34:70ff:fe53:470e example.com", "10.0.0.1 example.com", "10.0.0.2 example.com")
    run = start("othersgo/wasip1-test-getaddrinfo", "--allow-net=example.com", "--allow-net=10.0.0.0/8",
                "--allow-net=fe80::/10", prefix=prefix,
                args=["-test.v", "-test.run=TestLookupAddr", "-test.skip=TestLookupAddr/listen_tcp_:443"])

    assert output_of(run).count("--- PASS: TestLookupAddr/") == 9


@pytest.mark.parametrize("guest", GO_BUILDS)
@pytest.mark.parametrize("host, address", [("127.0.0.1", "127.0.0.1"), ("[::1]", "::1"), ("localhost", "127.0.0.1")])
def test_go_fetches_from_a_granted_server(start, folder, user, guest, host, address):
    etc = user.make_folder(folder / "etc")  # where Go looks names up when it does so itself
    user.write(etc / "hosts", "127.0.0.1 localhost\n")
    with web(address) as port:
        run = start(guest, f"--allow-net={host}:{port}", "--dir", f"{etc}:/etc:ro",
                    args=["get", f"http://{host}:{port}/page"])
        assert output_of(run) == "the host's /page\n"


@pytest.mark.parametrize("guest", GO_BUILDS)
def test_go_says_that_a_connection_was_denied(start, guest):
    result = start(guest, args=["get", "http://192.0.2.1/"]).finish()

    assert result.code == 1
    assert "connect: Permission denied" in result.err
    assert "refused to connect to 192.0.2.1:80; allow it with --allow-net=192.0.2.1:80" in result.err


def test_go_says_that_a_name_was_denied(start):
    result = start("othersgo/net-getaddrinfo", args=["get", "http://example.com/"]).finish()

    assert result.code == 1
    assert "getaddrinfo: Permission denied" in result.err
    assert "refused to look up 'example.com'; allow it with --allow-net=example.com" in result.err


def test_go_sends_datagrams_to_itself_on_both_families(start):
    assert output_of(start("othersgo/net", args=["udp"])) == "127.0.0.1 question\n::1 question\n"


def test_gos_stream_socket_in_a_shared_folder_is_reached_from_the_host(start, folder, user):
    place = user.make_folder(folder / "place")
    run = start("othersgo/net", "--dir", f"{place}:/run", args=["unix", "/run/s.sock"])
    assert run.out.wait_for("listening on /run/s.sock$"), run.err.text()
    run.note()

    for _ in range(3):
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(net.TIME_LIMIT_S)
            client.connect(str(place / "s.sock"))
            assert net.echo(client, b"question") == b"question"


def test_gos_datagram_socket_in_a_shared_folder_is_reached_from_the_host(start, folder, user):
    """Both sides call the folder by one name, since the kernel passes on the sender's name for itself."""
    place = user.make_folder(folder / "place")
    run = start("othersgo/net", "--dir", place, args=["unixgram", place / "s.sock"])
    assert run.out.wait_for(f"listening on {place}/s.sock$"), run.err.text()
    run.note()

    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as client:
        client.settimeout(net.TIME_LIMIT_S)
        client.bind(str(place / "c.sock"))
        user.own(place / "c.sock")
        for length in [1, 100, 10000]:
            client.sendto(b"x" * length, str(place / "s.sock"))
            assert client.recv(1 << 16) == b"x" * length
            assert run.out.wait_for(f"{length} bytes from '{place}/c.sock'$")


# Many.


@pytest.mark.parametrize("guest", ["examples/go-server", "examples/rust-server"])
def test_none_of_ten_thousand_connections_is_lost(start, guest):
    run = start(guest, "--env", "NAME=me", ports=[8080]).ready()

    def one(_):
        return net.http_get(run.port).startswith("hello from me, you are 127.0.0.1:")

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(one, range(10000))) == 10000
