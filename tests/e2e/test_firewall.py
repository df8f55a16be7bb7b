"""[[network.firewall]]: one rule set for published ports, relays, connections out, and the namespace."""

import os
import signal
import socket
import subprocess

import pytest

from harness import net
from harness.datagrams import ask, client, free_udp_port, is_silent


def rules(*tables):
    """"in tcp 127.0.0.7 8080 drop": '-' leaves a key out; a sixth word is the rule's name, with a counter."""
    text = "[network]\n"
    for table in tables:
        direction, protocol, address, port, action, *name = table.split()
        text += f'[[network.firewall]]\ndirection = "{direction}"\nprotocol = "{protocol}"\naction = "{action}"\n'
        text += f'address = "{address}"\n' if address != "-" else ""
        text += f"port = {port}\n" if port.isdigit() else f'port = "{port}"\n' if port != "-" else ""
        text += f'counter = true\nname = "{name[0]}"\n' if name else ""
    return text


@pytest.fixture
def guarded(start, user, folder):
    def run(guest, *words, firewall=(), **more):
        config = user.write(folder / "firewall.toml", rules(*firewall))
        return start(guest, "--config", config, *words, **more)

    return run


def reaches(port, source, address="127.0.0.1"):
    """Whether a client of that address gets a byte from the guest. What is dropped gets no answer at all."""
    s = socket.socket(net.family(address))
    s.settimeout(1)
    try:
        s.bind((source, 0))
        s.connect((address, port))
        s.sendall(b"x")
        return s.recv(1) == b"x"
    except OSError:
        return False
    finally:
        s.close()


@pytest.fixture(params=["swap", "relay"])
def mode(request):
    return {} if request.param == "swap" else {"WASMRUN_FORWARD": "relay"}


@pytest.fixture(params=["c/echo", "p2/echo"])
def echo(request):
    return request.param


ONLY_7 = ["in tcp 127.0.0.7 8080 accept", "in tcp - 8080 drop"]


def test_rules_choose_who_reaches_a_published_port(guarded, echo, mode):
    run = guarded(echo, ports=[8080], firewall=ONLY_7, env=mode).ready()

    assert reaches(run.port, "127.0.0.7")
    assert not reaches(run.port, "127.0.0.8")
    assert reaches(run.port, "127.0.0.7")


def test_without_rules_everybody_reaches_it(guarded, echo):
    run = guarded(echo, ports=[8080]).ready()

    assert reaches(run.port, "127.0.0.7") and reaches(run.port, "127.0.0.8")


def test_the_port_of_a_rule_is_the_guests(guarded, mode):
    run = guarded("p2/echo", ports=[8080], firewall=["in tcp 127.0.0.7 8000-8100 drop", "in any - 3000 drop"],
                  env=mode).ready()

    assert not reaches(run.port, "127.0.0.7")
    assert reaches(run.port, "127.0.0.8")


def test_several_forwards_of_one_port_are_judged_by_the_clients_own_address(guarded):
    run = guarded("p2/echo", ports=[8080, 8080], firewall=ONLY_7).ready()

    for port in run.forwards:
        assert reaches(port, "127.0.0.7")
        assert not reaches(port, "127.0.0.8")


def test_a_client_of_a_unix_socket_has_no_address(guarded, folder):
    path = str(folder / "app.sock")
    guarded("p2/echo", "--forward", f"unix:{path}:8080", firewall=["in tcp 0.0.0.0/0 8080 drop"]).ready()
    with net.connect_unix(path) as s:
        assert net.echo(s, b"hello") == b"hello"


def test_a_rule_without_an_address_holds_for_unix_sockets(guarded, folder):
    path = str(folder / "app.sock")
    guarded("p2/echo", "--forward", f"unix:{path}:8080", firewall=["in tcp - 8080 drop"]).ready()
    with net.connect_unix(path) as s:
        s.settimeout(net.TIME_LIMIT_S)
        try:
            s.sendall(b"hello")
            assert s.recv(1) == b""
        except (BrokenPipeError, ConnectionResetError):
            pass


def test_rules_hold_for_datagrams(guarded):
    port = free_udp_port()
    guarded("p2/datagrams", "--forward", f"{port}:53/udp", args=["127.0.0.1:53"],
            firewall=["in udp 127.0.0.7 53 accept", "in udp - 53 drop"]).ready()

    with client(port, source="127.0.0.7") as c:
        assert ask(c, b"hello") == b"hello"
    with client(port, source="127.0.0.8") as c:
        assert is_silent(c, b"hello")


@pytest.mark.parametrize("action, error", [("drop", "PermissionDenied"), ("reject", "ConnectionRefused")])
def test_a_granted_connection_is_judged_by_the_rules(guarded, action, error):
    with net.host_listener() as port, net.host_listener() as other:
        run = guarded("p2/remote", f"--allow-net=127.0.0.1:{port}", f"--allow-net=127.0.0.1:{other}",
                      firewall=[f"out tcp 127.0.0.1 {port} {action}"])
        assert run.ask(f"connect 127.0.0.1 {port}") == f"error {error}"
        run.must(f"connect 127.0.0.1 {other}")
        assert run.must("recv") == "host"
        assert "a firewall rule forbids it" in run.stop().err


def test_a_rule_opens_nothing(guarded):
    with net.host_listener() as port:
        run = guarded("c/remote", firewall=[f"out tcp 127.0.0.1 {port} accept"])
        assert run.ask(f"connect 127.0.0.1 {port}") == "error ConnectionRefused"


def test_the_guest_within_its_namespace_meets_the_rules(guarded):
    run = guarded("c/remote", firewall=["out tcp - 9000 reject"])
    run.must("serve 127.0.0.1 9000")
    assert run.ask("connect 127.0.0.1 9000") == "error ConnectionRefused"
    run.must("unserve")
    run.must("serve 127.0.0.1 9001")
    run.must("connect 127.0.0.1 9001")


def enter(run, *command):
    return subprocess.run(["nsenter", f"--target={run.engine()}", "--user", "--preserve-credentials", "--net", *command],
                          capture_output=True, text=True, timeout=net.TIME_LIMIT_S)


# What a client inside the namespace finds out about a port, from an address of its own.
INSIDE = """
import socket, sys
s = socket.socket(); s.settimeout(1); s.bind((sys.argv[1], 0))
try:
    s.connect(("127.0.0.1", int(sys.argv[2])))
    print("passes")
except OSError:
    print("does not")
"""


@pytest.mark.parametrize("user", ["root"], indirect=True)
def test_a_client_in_the_namespace_gets_the_verdict_that_one_of_the_host_gets(guarded):
    """nftables judges the one, the socket filter the other."""
    run = guarded("p2/echo", ports=[8080], firewall=["in tcp 127.0.0.0/30 8080 accept", *ONLY_7]).ready()

    for source, expected in ("127.0.0.7", True), ("127.0.0.8", False), ("127.0.0.2", True):
        inside = enter(run, "/usr/bin/python3", "-c", INSIDE, source, "8080")
        assert inside.stdout.strip() == ("passes" if expected else "does not"), inside.stderr
        assert reaches(run.port, source) == expected


def test_counters_are_told_on_request_and_at_the_end(guarded):
    run = guarded("c/remote", firewall=["out tcp - 9000 drop stopped", "in tcp - 9001 accept inside",
                                        "in tcp - 9002 accept unused", "out udp - - drop"])
    for port in 9000, 9001:
        run.must(f"serve 127.0.0.1 {port}")
        run.ask(f"connect 127.0.0.1 {port}")
        run.must("unserve")
    os.kill(run.pid, signal.SIGUSR1)
    assert run.wait_err(r"firewall rule 3 \(unused\): 0")
    err = run.stop().err

    for line in "rule 1 (stopped): 1", "rule 2 (inside): 1", "rule 3 (unused): 0":
        assert err.count(f"firewall {line}\n") == 2, err
    assert "rule 4" not in err


def host_rules():
    nft = "/usr/sbin/nft"
    if not os.path.exists(nft):
        pytest.skip("this machine has no nft to list the host's rules with")
    return subprocess.run([nft, "list", "ruleset"], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("user", ["root"], indirect=True)
def test_the_hosts_own_rules_are_not_touched(guarded):
    before = host_rules()
    run = guarded("p2/echo", ports=[8080], firewall=[*ONLY_7, "out any - - reject"]).ready()

    assert "wasmrun" not in before
    assert host_rules() == before
    shown = subprocess.run(["nsenter", f"--target={run.engine()}", "--net", "/usr/sbin/nft", "list", "ruleset"],
                           capture_output=True, text=True, check=True).stdout
    assert "table inet wasmrun" in shown  # they are where they belong
    run.stop()
    assert host_rules() == before


@pytest.mark.parametrize("text, place, words", [
    ("direction = 'sideways'\naction = 'drop'", "3:13", ["unknown direction 'sideways'"]),
    ("direction = 'in'\naction = 'dorp'", "4:10", ["unknown action 'dorp'", "did you mean 'drop'?"]),
    ("direction = 'in'\naction = 'drop'\nadress = '::1'", "5:1", ["unknown key 'adress'", "'address'"]),
    ("direction = 'in'\naction = 'drop'\naddress = '10.0.0.1/8'", "5:11", ["bits behind its prefix", "'10.0.0.0/8'"]),
    ("direction = 'in'\naction = 'drop'\nport = 0", "5:8", ["'0' is not a port"]),
    ("direction = 'in'\naction = 'drop'\nport = true", "5:8", ["'port' is a boolean"]),
    ("direction = 'in'", "2:1", ["needs an action"]),
    ("action = 'drop'", "2:1", ["needs a direction"]),
    ("direction = 'in'\naction = 'drop'\nprotocol = 'icmp'\nport = 1", "2:1", ["icmp has no ports"]),
])
def test_a_wrong_rule_is_an_error_with_its_place(start, user, folder, text, place, words):
    config = user.write(folder / "wrong.toml", f"[network]\n[[network.firewall]]\n{text}\n")

    start("c/remote", "--config", config).refused(125, f"wrong.toml:{place}: ", *words)


def test_rules_without_isolation_are_refused(start, user, folder):
    config = user.write(folder / "open.toml", rules(*ONLY_7).replace("[network]\n", "[network]\nisolation = false\n"))

    start("c/remote", "--config", config).refused(125, "firewall rules need a namespace")


@pytest.mark.parametrize("user", ["root"], indirect=True)
def test_a_filtered_port_is_still_lent_where_filters_may_be_attached(guarded):
    run = guarded("p2/echo", "--verbose", ports=[8080], firewall=ONLY_7).ready()

    assert reaches(run.port, "127.0.0.7")
    assert "the guest accepts from the host's listener itself" in run.stop().err
