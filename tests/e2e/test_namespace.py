"""Each process has namespaces of its own, and the host's network is not in them."""

import os
import subprocess

import pytest

from harness import leftovers, net

UNROUTED = "192.0.2.1"  # TEST-NET-1: nobody has it


def enter(pid, namespaces, *command):
    done = subprocess.run(["nsenter", f"--target={pid}", *namespaces, *command], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture
def unisolated(user, folder):
    config = user.write(folder / "unisolated.toml", "[network]\nisolation = false\n")
    return ["--config", config]


@pytest.mark.parametrize("echo", ["p2/echo", "c/echo"])
def test_two_servers_on_one_port_do_not_meet(start, echo):
    first = start(echo, ports=[8080]).ready()
    second = start(echo, ports=[8080]).ready()

    assert net.echo_once(first.port, b"to the first") == b"to the first"
    assert net.echo_once(second.port, b"to the second") == b"to the second"
    assert leftovers.net_namespace(first.engine()) != leftovers.net_namespace(second.engine())


@pytest.mark.parametrize("kind", ["user", "net", "mnt", "pid", "ipc", "uts", "cgroup"])
def test_the_guest_has_its_own_namespace(start, kind):
    run = start("c/remote")
    run.must("what")
    pid = run.engine()

    assert os.readlink(f"/proc/{pid}/ns/{kind}") != os.readlink(f"/proc/self/ns/{kind}")


def test_the_engine_holds_no_capability_and_cannot_gain_any(start):
    run = start("c/remote")
    run.must("what")
    status = dict(line.split(":\t", 1) for line in open(f"/proc/{run.engine()}/status").read().splitlines())

    assert {status[f"Cap{s}"].strip() for s in ("Inh", "Prm", "Eff", "Bnd", "Amb")} == {"0" * 16}
    assert status["NoNewPrivs"].strip() == "1"
    assert status["Seccomp"].strip() == "2"


def test_the_name_is_the_hostname(start, name):
    run = start("c/remote", "--name", name)
    run.must("what")

    assert enter(run.engine(), ["--user", "--preserve-credentials", "--uts"], "hostname") == name


@pytest.mark.parametrize("user", ["root"], indirect=True)
def test_ip_netns_finds_the_namespace_by_its_name(start, name):
    run = start("c/remote", "--name", name, ports=[8080])
    run.must("serve 127.0.0.1 8080")

    shown = subprocess.run(["ip", "netns", "exec", f"wasmrun-{name}", "ss", "-Hltn"], capture_output=True, text=True)
    assert "127.0.0.1:8080" in shown.stdout, shown.stderr
    run.stop()
    assert f"wasmrun-{name}" not in leftovers.pins()


@pytest.mark.parametrize("user", ["root"], indirect=True)
def test_the_namespace_prefix_can_be_chosen(start, name, user, folder):
    config = user.write(folder / "prefix.toml", '[network]\nnamespace_prefix = "acme"\n')
    run = start("c/remote", "--config", config, "--name", name)
    run.must("what")

    assert f"acme-{name}" in leftovers.pins()


def test_loopback_can_be_switched_off(start, user, folder):
    config = user.write(folder / "down.toml", "[network]\nloopback_enabled = false\n")
    down = start("c/remote", "--config", config)
    up = start("c/remote")

    for run in (down, up):
        run.must("serve 0.0.0.0 8080")
    assert down.ask("connect 127.0.0.1 8080") == "error NetworkUnreachable"
    up.must("connect 127.0.0.1 8080")


@pytest.mark.parametrize("remote", ["c/remote", "p2/remote"])
def test_the_hosts_loopback_is_out_of_reach(start, remote, unisolated):
    with net.host_listener() as port:
        isolated = start(remote)
        assert isolated.ask(f"connect 127.0.0.1 {port}") == "error ConnectionRefused"

        open_run = start(remote, *unisolated)
        open_run.must(f"connect 127.0.0.1 {port}")
        assert open_run.must("recv") == "host"


def test_the_hosts_loopback_is_out_of_reach_without_blocking(start, unisolated):
    with net.host_listener() as port:
        assert start("c/remote").ask(f"connect-nonblocking 127.0.0.1 {port}") == "error ConnectionRefused"
        start("c/remote", *unisolated).must(f"connect-nonblocking 127.0.0.1 {port}")


@pytest.mark.parametrize("remote", ["c/remote", "p2/remote"])
def test_an_address_beyond_the_machine_is_refused_at_once(start, remote):
    run = start(remote)

    refusal = run.ask(f"connect {UNROUTED} 80")  # an unanswered SYN would take longer than the limit of ask()
    assert refusal in ("error PermissionDenied", "error ConnectionRefused", "error NetworkUnreachable")


@pytest.mark.parametrize("command", ["connect", "connect-nonblocking"])
def test_a_forwarded_listener_is_no_way_to_the_host(start, command):
    """Its socket is of the host's namespace; a connection from it would be too."""
    with net.host_listener() as port:
        run = start("c/remote", ports=[8080])
        run.must("serve 127.0.0.1 8080")
        with net.connect(run.port):
            run.must("accept")
        assert run.ask(f"{command} 127.0.0.1 {port}") == "error ConnectionRefused"


def test_a_guests_port_is_not_the_hosts(start):
    port = net.free_port()
    run = start("c/remote")
    run.must(f"serve 0.0.0.0 {port}")

    assert net.is_refused(port)


def test_isolation_false_says_so_and_shares_the_hosts_network(start, unisolated):
    port = net.free_port()
    run = start("c/remote", *unisolated)
    run.must(f"serve 127.0.0.1 {port}")

    with net.connect(port) as client:
        run.must("accept")
        run.must("send hello")
        assert client.recv(100) == b"hello"
    assert "isolat" in run.stop().err


def test_an_isolated_run_does_not_claim_to_be_without_isolation(start):
    run = start("c/remote")
    run.must("what")

    assert "isolat" not in run.stop().err


def test_forwards_work_without_isolation_too(start, unisolated):
    guest_port = net.free_port()
    run = start("c/remote", *unisolated, ports=[guest_port])
    run.must(f"serve 127.0.0.1 {guest_port}")

    with net.connect(run.port) as client:
        run.must("accept")
        run.must("send hello")
        assert client.recv(100) == b"hello"
