"""Connecting out: --allow-net and allow_net. Every refusal has a twin that gets through."""

import contextlib
import os
import socket

import pytest

from harness import net

CONNECTS = [("c/remote", "connect"), ("c/remote", "connect-nonblocking"), ("p2/remote", "connect")]
ADDRESSES = ["127.0.0.1", "::1"]


@pytest.fixture(params=CONNECTS, ids=lambda c: f"{c[0]}-{c[1]}")
def guest(request):
    return request.param


@contextlib.contextmanager
def listening(address="127.0.0.1"):
    """A listener on the host, outside of every namespace of ours."""
    with socket.create_server((address, 0), family=net.family(address)) as server:
        server.settimeout(10)
        yield server, server.getsockname()[1]


def rule(address, ports):
    return f"--allow-net=[{address}]:{ports}" if ":" in address else f"--allow-net={address}:{ports}"


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_granted_destination_is_reached_and_carries_bytes_both_ways(start, guest, address):
    program, connect = guest
    with listening(address) as (server, port):
        run = start(program, rule(address, port))
        run.must(f"{connect} {address} {port}")
        peer, _ = server.accept()
        with peer:
            run.must("send ping")
            assert peer.recv(100) == b"ping"
            if connect == "connect":
                peer.sendall(b"pong")
                assert run.must("recv") == "pong"
            run.must("hangup")
            assert peer.recv(100) == b""


@pytest.mark.parametrize("address", ADDRESSES)
def test_who_misses_the_hosts_loopback_is_told_the_rule_once(start, guest, address):
    program, connect = guest
    with listening(address) as (_, port):
        missed, granted = start(program), start(program, rule(address, port))
        for _ in range(2):
            assert missed.ask(f"{connect} {address} {port}").startswith("error")
        granted.must(f"{connect} {address} {port}")
    hint = f"allow it with {rule(address, port)}"

    assert missed.finish().err.count(hint) == 1
    assert "nobody listens" not in granted.finish().err


@pytest.mark.parametrize("words", [[], ["--allow-net"], ["--allow-net=127.0.0.1:1"], ["--allow-net=0.0.0.0/0"]],
                         ids=lambda w: " ".join(w) or "no rule")
def test_the_hosts_loopback_is_not_reached_unless_a_rule_names_it(start, guest, words):
    program, connect = guest
    with listening() as (server, port):
        run = start(program, *words)
        assert run.ask(f"{connect} 127.0.0.1 {port}").startswith("error")
        server.settimeout(0)
        with pytest.raises(BlockingIOError):
            server.accept()


def test_a_connection_that_no_rule_covers_fails_with_permission_denied_and_the_rule_that_would(start, guest):
    program, connect = guest
    run = start(program, "--allow-net=192.0.2.1:80")

    assert run.ask(f"{connect} 192.0.2.1 81") in ("error Access", "error Acces", "error PermissionDenied")
    run.wait_err(r"refused to connect to 192\.0\.2\.1:81; allow it with --allow-net=192\.0\.2\.1:81")


def test_a_refusing_destination_gives_the_kernels_own_error(start, guest):
    program, connect = guest
    port = net.free_port()
    run = start(program, rule("127.0.0.1", port))

    assert run.ask(f"{connect} 127.0.0.1 {port}") in ("error ConnRefused", "error ConnectionRefused")


def test_a_range_of_ports_ends_where_it_says(start, guest):
    program, connect = guest
    with listening() as (_, port):
        inside, outside = f"{port - 1}-{port}", f"{port - 2}-{port - 1}"
        run = start(program, f"--allow-net=127.0.0.1:{inside}")
        run.must(f"{connect} 127.0.0.1 {port}")
        run = start(program, f"--allow-net=127.0.0.1:{outside}")
        assert run.ask(f"{connect} 127.0.0.1 {port}").startswith("error")


def test_a_granted_name_is_looked_up_and_reached(start):
    with listening() as (server, port):
        run = start("p2/remote", f"--allow-net=localhost:{port}")
        run.must(f"connect localhost {port}")
        server.accept()[0].close()


def test_a_name_that_no_rule_covers_is_not_looked_up(start):
    run = start("p2/remote", "--allow-net=example.org:443")

    assert run.ask("connect example.com 443").startswith("error")
    run.wait_err(r"refused to look up 'example\.com'; allow it with --allow-net=example\.com")


def test_the_configuration_grants_as_the_command_line_does(start, folder, user):
    with listening() as (server, port):
        config = folder / "some.toml"
        user.write(config, f'[network]\nallow_net = ["127.0.0.1:{port}"]\n')
        run = start("c/remote", "--config", config)
        run.must(f"connect 127.0.0.1 {port}")
        server.accept()[0].close()


def test_a_guest_still_reaches_itself_beside_its_grants(start):
    run = start("c/remote", "--allow-net", ports=[8080])
    run.must("serve 127.0.0.1 8080")
    run.must("connect 127.0.0.1 8080")


def test_a_thousand_connections_out_leak_nothing(start):
    with listening() as (server, port):
        server.listen(64)
        run = start("c/remote", rule("127.0.0.1", port), "--verbose")
        for _ in range(1000):
            run.must(f"connect 127.0.0.1 {port}")
            server.accept()[0].close()
            run.must("hangup")
        engine, supervisor = run.engine(), run.pid
        assert len(list_descriptors(engine)) < 32
        assert len(list_descriptors(supervisor)) < 64


def list_descriptors(pid):
    return os.listdir(f"/proc/{pid}/fd")
