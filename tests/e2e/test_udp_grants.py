"""UDP through grants. What no grant covers fails as it does without any."""

import socket
import subprocess
import sys
import threading

import pytest

from harness import elsewhere, net

GUESTS = ["c/datagram", "p2/datagram"]
PORT, SILENT_PORT = elsewhere.PORT, elsewhere.SILENT_PORT
REFUSED = ("error Access", "error Acces", "error PermissionDenied")
UNREACHABLE = ("error NetworkUnreachable", "error HostUnreachable", "error NetUnreach")


@pytest.fixture(params=GUESTS)
def guest(request):
    return request.param


@pytest.fixture
def network():
    with elsewhere.network() as prefix:
        yield prefix


@pytest.fixture(params=["127.0.0.1", "::1"])
def host_echo(request):
    """A UDP socket of the host's that answers what it receives. Gives its address and port."""
    with socket.socket(net.family(request.param), socket.SOCK_DGRAM) as server:
        server.bind((request.param, 0))
        server.settimeout(0.2)
        ended = threading.Event()

        def serve():
            while not ended.is_set():
                try:
                    received, peer = server.recvfrom(1 << 16)
                except TimeoutError:
                    continue
                server.sendto(received, peer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield request.param, server.getsockname()[1]
        ended.set()
        thread.join(net.TIME_LIMIT_S)


def text_of(address, port):
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def rule(address, port):
    return f"--allow-net=udp/{text_of(address, port)}"


def test_the_hosts_loopback_is_reached_under_a_rule_that_names_it(start, guest, host_echo):
    address, port = host_echo
    run = start(guest, rule(address, port))
    run.must(f"open {address}")
    run.must(f"sendto {address} {port} ping")
    assert run.must("recv") == f"{text_of(address, port)} ping"


def test_without_a_rule_the_hosts_loopback_is_the_guests_own(start, host_echo):
    address, port = host_echo
    run = start("c/datagram", "--allow-net")
    run.must(f"open {address}")
    run.must(f"bind {address} {port}")
    run.must("use 1")
    run.must(f"open {address}")
    run.must(f"sendto {address} {port} ping")
    run.must("use 0")
    assert run.must("recv").endswith(" ping")


def test_a_connected_socket_sends_and_receives(start, guest, host_echo):
    address, port = host_echo
    run = start(guest, rule(address, port))
    run.must(f"open {address}")
    run.must(f"connect {address} {port}")
    for word in ("one", "two", "three"):
        run.must(f"send {word}")
        assert run.must("recv") == f"{text_of(address, port)} {word}"


@pytest.mark.parametrize("address", ["203.0.113.5", "2001:db8::5"])
@pytest.mark.parametrize("words", [[rule("203.0.113.5", PORT), rule("2001:db8::5", PORT)],
                                   ["--allow-net=udp/203.0.113.0/24", "--allow-net=udp/2001:db8::/32"],
                                   [f"--allow-net=udp/*:{PORT}"], ["--allow-net=udp/*"], ["--allow-net"]],
                         ids=["addresses", "networks", "port", "udp", "everything"])
def test_another_machine_answers_from_its_own_address(start, network, guest, address, words):
    run = start(guest, *words, prefix=network)
    run.must(f"open {address}")
    run.must(f"sendto {address} {PORT} ping")
    assert run.must("recv") == f"{text_of(address, PORT)} {address}:ping"


def test_a_name_covers_the_addresses_that_it_was_looked_up_as(start, network, folder):
    names = elsewhere.hosts(folder / "hosts", ["203.0.113.5 good.example", "203.0.113.6 other.example"])
    run = start("p2/datagram", f"--allow-net=udp/good.example:{PORT}", prefix=[*network, *names])
    run.must("open 0.0.0.0")
    run.must(f"sendto 203.0.113.5 {PORT} early")  # not looked up yet
    run.wait_err(rf"refused to send to 203\.0\.113\.5:{PORT}; allow it with --allow-net=udp/203\.0\.113\.5:{PORT}$")
    run.must(f"sendto good.example {PORT} ping")
    assert run.must("recv") == f"203.0.113.5:{PORT} 203.0.113.5:ping"
    assert run.ask(f"sendto other.example {PORT} ping").startswith("error")


def test_what_no_rule_covers_fails_at_the_send_as_without_any_rule(start, network):
    for words in ([], [rule("203.0.113.5", PORT), "--allow-net=udp/10.0.0.0/8:53"]):
        run = start("c/datagram", *words, prefix=network)
        run.must("open 0.0.0.0")
        for elsewhere_to in (f"203.0.113.5 {SILENT_PORT}", f"203.0.113.6 {PORT}", f"10.0.0.5 {PORT}"):
            assert run.ask(f"sendto {elsewhere_to} ping") in UNREACHABLE
        assert run.ask(f"connect 203.0.113.6 {PORT}") in REFUSED
        run.wait_err(rf"refused to send to 203\.0\.113\.6:{PORT}; allow it with --allow-net=udp/203\.0\.113\.6:{PORT}$")


def test_a_tcp_rule_opens_no_udp_and_a_udp_rule_no_tcp(start, network):
    run = start("c/datagram", f"--allow-net=203.0.113.5:{PORT}", prefix=network)
    run.must("open 0.0.0.0")
    assert run.ask(f"sendto 203.0.113.5 {PORT} ping") in UNREACHABLE
    run = start("c/remote", rule("203.0.113.5", PORT), prefix=network)
    assert run.ask(f"connect 203.0.113.5 {PORT}") in REFUSED


def test_a_rule_that_denies_wins(start, network):
    run = start("c/datagram", "--allow-net=udp/*", "--deny-net=203.0.113.6", prefix=network)
    run.must("open 0.0.0.0")
    run.must(f"sendto 203.0.113.6 {PORT} lost")
    run.wait_err(rf"refused to send to 203\.0\.113\.6:{PORT}: the rule '203\.0\.113\.6' denies it")
    run.must(f"sendto 203.0.113.5 {PORT} ping")
    assert run.must("recv") == f"203.0.113.5:{PORT} 203.0.113.5:ping"  # and nothing of the other came before it


def test_two_sockets_and_two_destinations_are_kept_apart(start, network):
    run = start("c/datagram", "--allow-net=udp/203.0.113.0/24", prefix=network)
    for i in (0, 1):
        run.must(f"use {i}")
        run.must("open 0.0.0.0")
        for last in (5, 6):
            run.must(f"sendto 203.0.113.{last} {PORT} from{i}")
    for i in (0, 1):
        run.must(f"use {i}")
        answers = {run.must("recv") for _ in range(2)}
        assert answers == {f"203.0.113.{last}:{PORT} 203.0.113.{last}:from{i}" for last in (5, 6)}


def test_nobody_but_the_destination_can_answer(start, network, guest):
    """The host's socket is connected: a datagram from elsewhere does not reach it."""
    run = start(guest, "--allow-net=udp/203.0.113.5", prefix=network)
    run.must("open 0.0.0.0")
    run.must(f"sendto 203.0.113.5 {PORT} ping")
    assert run.must("recv").endswith("ping")
    flows = f"""
import re, socket
for line in open("/proc/net/udp"):
    local, remote = re.match(r"\\s*\\d+: (\\S+) (\\S+)", line + " : 0:0 0:0").groups() if ":" in line[:8] else ("", "")
    if remote.startswith("057100CB"):
        port = int(local.split(":")[1], 16)
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.bind(("203.0.113.6", {PORT + 50}))
        s.sendto(b"forged", ("203.0.113.5", port))
        print("sent")
"""
    done = subprocess.run([*network, sys.executable, "-c", flows], capture_output=True, text=True)
    assert "sent" in done.stdout, done.stderr
    run.must(f"sendto 203.0.113.5 {PORT} again")
    assert run.must("recv").endswith(":again")


def test_a_port_that_nobody_listens_on_is_told_to_a_connected_socket(start, guest):
    port = net.free_port()
    run = start(guest, rule("127.0.0.1", port))
    run.must("open 127.0.0.1")
    run.must(f"connect 127.0.0.1 {port}")
    run.must("send ping")
    assert run.ask("recv") in ("error ConnectionRefused", "error ConnRefused")


@pytest.mark.parametrize("size", [1473, 9000, 65000, 65507])
def test_large_datagrams_pass_whole(start, host_echo, size):
    address, port = host_echo
    if ":" in address and size > 65487:
        pytest.skip("with IPv6's header it does not fit into one packet")
    run = start("c/datagram", rule(address, port))
    run.must(f"open {address}")
    run.must(f"sendlarge {address} {port} {size}")
    assert run.must("recv") == f"{text_of(address, port)} {size} whole"


def test_a_thousand_datagrams_arrive_in_their_order(start, host_echo):
    address, port = host_echo
    run = start("c/datagram", rule(address, port))
    run.must(f"open {address}")
    for i in range(1000):
        run.must(f"sendto {address} {port} word{i}")
        assert run.must("recv") == f"{text_of(address, port)} word{i}"


def test_more_destinations_than_the_table_holds_give_way_to_each_other(start, network):
    """Ports from 20000 on of a machine where nothing listens: 1100 flows, then the first answers again."""
    run = start("c/datagram", "--allow-net=udp/203.0.113.0/24", prefix=network)
    run.must("open 0.0.0.0")
    run.must(f"sendto 203.0.113.5 {PORT} first")
    assert run.must("recv").endswith("first")
    for port in range(20000, 21100):
        run.must(f"sendto 203.0.113.6 {port} x")
    run.must(f"sendto 203.0.113.5 {PORT} again")
    assert run.must("recv").endswith("again")


def test_a_guests_own_server_on_the_granted_port_hears_nothing_of_what_leaves(start, network):
    """A resolver in the guest that asks one outside must not ask itself."""
    run = start("c/datagram", rule("203.0.113.5", PORT), prefix=network)
    run.must("open 0.0.0.0")
    run.must(f"bind 0.0.0.0 {PORT}")
    run.must("use 1")
    run.must("open 0.0.0.0")
    run.must(f"sendto 203.0.113.5 {PORT} ping")
    assert run.must("recv") == f"203.0.113.5:{PORT} 203.0.113.5:ping"
    run.must("use 0")
    assert run.ask("recv") == "error 73"  # ETIMEDOUT
    run.must("use 1")
    run.must(f"sendto 127.0.0.1 {PORT} own")
    run.must("use 0")
    assert run.must("recv").endswith(" own")


def test_multicast_does_not_leave(start, network):
    run = start("c/datagram", "--allow-net", prefix=network)
    run.must("open 0.0.0.0")
    assert run.ask(f"sendto 224.0.0.251 {PORT} ping") in UNREACHABLE
    assert run.ask(f"sendto 255.255.255.255 {PORT} ping").startswith("error")


def test_rules_of_udp_need_loopback(start, folder, user):
    config = folder / "some.toml"
    user.write(config, '[network]\nloopback_enabled = false\nallow_net = ["udp/192.0.2.1:53"]\n')
    start("c/datagram", "--config", config).refused(125, "'udp/' rules need loopback_enabled = true")


def test_no_more_destinations_are_begun_than_the_rate_allows(start, network):
    run = start("c/datagram", "--allow-net=udp/203.0.113.0/24", "--connect-rate=1/m", prefix=network)
    run.must("open 0.0.0.0")
    for _ in range(3):
        run.must(f"sendto 203.0.113.5 {PORT} ping")
        assert run.must("recv").endswith("ping")
    run.must(f"sendto 203.0.113.6 {PORT} lost")
    run.wait_err(r"refused to send to 203\.0\.113\.6:\d+: more than \S+ connects a second; raise it with --connect-rate$")
