"""What rules deny, where names may lead, and the audit log. Every refusal has a twin that gets through."""

import json
import os
import re

import pytest

from harness import elsewhere, net

CONNECTS = [("c/remote", "connect"), ("c/remote", "connect-nonblocking"), ("p2/remote", "connect")]
REFUSED = ("error Access", "error Acces", "error PermissionDenied")
PORT = elsewhere.PORT


@pytest.fixture(params=CONNECTS, ids=lambda c: f"{c[0]}-{c[1]}")
def guest(request):
    return request.param


@pytest.fixture
def network():
    with elsewhere.network() as prefix:
        yield prefix


def read_log(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_rule_that_denies_wins_over_one_that_allows(start, guest):
    program, connect = guest
    with net.host_listener() as open_port, net.host_listener() as closed_port:
        run = start(program, "--allow-net=127.0.0.1", f"--deny-net=127.0.0.1:{closed_port}")
        run.must(f"{connect} 127.0.0.1 {open_port}")
        assert run.ask(f"{connect} 127.0.0.1 {closed_port}") in REFUSED
        run.wait_err(rf"refused to connect to 127\.0\.0\.1:{closed_port}: "
                     rf"the rule '127\.0\.0\.1:{closed_port}' denies it")


def test_a_rule_that_denies_wins_over_everything(start, network, guest):
    program, connect = guest
    run = start(program, "--allow-net", "--deny-net=203.0.113.6", "--deny-net=2001:db8::/32", prefix=network)
    run.must(f"{connect} 203.0.113.5 {PORT}")
    assert run.ask(f"{connect} 203.0.113.6 {PORT}") in REFUSED
    assert run.ask(f"{connect} 2001:db8::5 {PORT}") in REFUSED


def test_a_denied_ipv4_address_is_denied_in_ipv6s_clothes(start, network):
    for denied in ([], ["--deny-net=203.0.113.0/24"]):
        run = start("c/remote", "--allow-net", *denied, prefix=network)
        answer = run.ask(f"connect ::ffff:203.0.113.5 {PORT}")
        assert answer in REFUSED if denied else answer == "ok"


def test_what_is_denied_of_the_hosts_loopback_leaves_the_guests_own_alone(start, guest):
    program, connect = guest
    run = start(program, "--allow-net", "--deny-net=*", ports=[8080])
    run.must("serve 127.0.0.1 8080")
    run.must(f"{connect} 127.0.0.1 8080")


def test_the_configuration_denies_as_the_command_line_does(start, folder, user):
    with net.host_listener() as port:
        config = folder / "some.toml"
        user.write(config, '[network]\nallow_net = ["127.0.0.1"]\ndeny_net = ["tcp/127.0.0.0/8"]\n')
        run = start("c/remote", "--config", config)
        assert run.ask(f"connect 127.0.0.1 {port}") in REFUSED
        user.write(config, '[network]\nallow_net = ["127.0.0.1"]\ndeny_net = ["udp/127.0.0.0/8"]\n')
        run = start("c/remote", "--config", config)
        run.must(f"connect 127.0.0.1 {port}")


def test_a_denied_name_is_not_looked_up(start, network, folder):
    names = elsewhere.hosts(folder / "hosts", ["203.0.113.5 good.example", "203.0.113.6 bad.example"])
    run = start("p2/remote", "--allow-net", "--deny-net=*.example", prefix=[*network, *names])
    assert run.ask(f"connect bad.example {PORT}").startswith("error")
    run.wait_err(r"refused to look up 'bad\.example': the rule '\*\.example' denies it")
    run = start("p2/remote", "--allow-net", "--deny-net=bad.example", prefix=[*network, *names])
    run.must(f"connect good.example {PORT}")


def test_what_could_not_be_kept_without_isolation_is_refused(start, folder, user):
    config = folder / "some.toml"
    user.write(config, "[network]\nisolation = false\n")
    start("c/remote", "--config", config, "--deny-net=10.0.0.0/8").refused(125, "--deny-net", "isolation = true")
    start("c/remote", "--config", config, "--outgoing=1").refused(125, "--outgoing", "isolation = true")
    start("c/remote", "--config", config, "--audit=log").refused(125, "audit log", "isolation = true")


REBOUND = [
    ("10.0.0.5", "private"), ("127.0.0.1", "loopback"), ("0.0.0.0", "unspecified"), ("::1", "loopback"),
    ("::ffff:10.0.0.5", "private"), ("64:ff9b::10.0.0.5", "private"), ("169.254.169.254", "link-local"),
    ("fd00::5", "private"), ("fe80::5", "link-local"), ("224.0.0.5", "multicast"),
]


@pytest.mark.parametrize("address, kind", REBOUND, ids=[a for a, _ in REBOUND])
def test_a_name_that_leads_to_a_special_address_is_refused(start, network, folder, address, kind):
    names = elsewhere.hosts(folder / "hosts", [f"{address} evil.example"])
    run = start("p2/remote", f"--allow-net=*.example:{PORT}", prefix=[*network, *names])
    assert run.ask(f"connect evil.example {PORT}").startswith("error")
    run.wait_err(rf"refused to let 'evil\.example' lead to \S+, a {kind} address that no rule names; "
                 rf"allow it with --allow-net=\S+:{PORT}$")


def test_the_rule_that_the_refusal_names_opens_the_address(start, network, folder):
    names = elsewhere.hosts(folder / "hosts", ["10.0.0.5 inner.example"])
    run = start("p2/remote", f"--allow-net=inner.example:{PORT}", prefix=[*network, *names])
    assert run.ask(f"connect inner.example {PORT}").startswith("error")
    rule = run.wait_err(r"allow it with (--allow-net=\S+)$").group(1).decode()
    run = start("p2/remote", f"--allow-net=inner.example:{PORT}", rule, prefix=[*network, *names])
    run.must(f"connect inner.example {PORT}")
    run.must("send ping")
    assert run.must("recv") == "10.0.0.5:ping"


def test_the_other_addresses_of_the_name_stay_usable(start, network, folder):
    names = elsewhere.hosts(folder / "hosts", ["10.0.0.5 mixed.example", "203.0.113.5 mixed.example"])
    run = start("p2/remote", f"--allow-net=mixed.example:{PORT}", prefix=[*network, *names])
    run.must(f"connect mixed.example {PORT}")
    run.must("send ping")
    assert run.must("recv") == "203.0.113.5:ping"
    run.wait_err(r"refused to let 'mixed\.example' lead to 10\.0\.0\.5")


def test_everything_includes_private_addresses_but_not_loopback(start, network, folder):
    names = elsewhere.hosts(folder / "hosts", ["10.0.0.5 inner.example", "127.0.0.1 own.example"])
    run = start("p2/remote", "--allow-net", prefix=[*network, *names])
    run.must(f"connect inner.example {PORT}")
    assert run.ask(f"connect own.example {PORT}").startswith("error")


def test_every_use_and_every_refusal_is_a_line_of_the_audit_log(start, network, folder, user, name):
    names = elsewhere.hosts(folder / "hosts", ["10.0.0.5 evil.example", "203.0.113.5 good.example"])
    log = folder / "log"
    run = start("p2/remote", f"--allow-net=*.example:{PORT}", "--deny-net=203.0.113.6", "--name", name,
                "--audit", log, prefix=[*network, *names])
    run.must(f"connect good.example {PORT}")
    for asked in (f"203.0.113.5 {PORT + 1}", f"203.0.113.6 {PORT}", f"192.0.2.1 {PORT}", f"evil.example {PORT}",
                  f"other.test {PORT}"):
        assert run.ask(f"connect {asked}").startswith("error")
    run.finish()
    lines = read_log(log)
    for line in lines:
        assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", line.pop("time"))
        assert line.pop("process") == name
    rule, denial = f"*.example:{PORT}", "203.0.113.6"
    assert lines == [
        {"event": "lookup", "verdict": "allowed", "name": "good.example", "addresses": ["203.0.113.5"], "rule": rule},
        {"event": "connect", "verdict": "allowed", "protocol": "tcp", "destination": f"203.0.113.5:{PORT}",
         "name": "good.example", "rule": rule},
        {"event": "connect", "verdict": "refused", "protocol": "tcp", "destination": f"203.0.113.5:{PORT + 1}",
         "reason": "no rule"},
        {"event": "connect", "verdict": "refused", "protocol": "tcp", "destination": f"203.0.113.6:{PORT}",
         "rule": denial, "reason": "denied"},
        {"event": "connect", "verdict": "refused", "protocol": "tcp", "destination": f"192.0.2.1:{PORT}",
         "reason": "no rule"},
        {"event": "lookup", "verdict": "refused", "name": "evil.example", "addresses": ["10.0.0.5"], "rule": rule,
         "reason": "special address"},
        {"event": "lookup", "verdict": "allowed", "name": "evil.example", "rule": rule, "reason": "no address is left"},
        {"event": "lookup", "verdict": "refused", "name": "other.test", "reason": "no rule"},
    ]
    assert log.stat().st_mode & 0o777 == 0o600


def test_the_configurations_audit_log_is_in_the_projects_folder(start, world, folder, user):
    project = user.make_folder(folder / "project")
    user.write(project / "guest.wasm", world.guest("c/remote").read_bytes())
    user.write(project / ".wasmrun.toml", '[network]\naudit = "audit.jsonl"\n')
    run = start(project)
    assert run.ask("connect 192.0.2.1 80").startswith("error")
    run.finish()
    assert [line["reason"] for line in read_log(project / "audit.jsonl")] == ["no rule"]


def test_an_audit_log_where_the_guest_can_write_is_refused(start, folder):
    start("c/remote", f"--dir={folder}:/data", f"--audit={folder}/log").refused(125, "where the guest can write")
    assert not (folder / "log").exists()
    run = start("c/remote", f"--dir={folder}:/data:ro", f"--audit={folder}/log")
    run.ask("connect 192.0.2.1 80")
    run.finish()
    assert len(read_log(folder / "log")) == 1


def test_an_audit_log_that_cannot_be_opened_is_an_error_before_the_guest_runs(start, folder):
    start("c/remote", f"--audit={folder}/missing/log").refused(125, "audit log", "No such file")
    start("c/remote", f"--audit={folder}").refused(125, "audit log", "directory")


def test_a_full_disk_under_the_audit_log_holds_nothing_up(start, guest):
    program, connect = guest
    with net.host_listener() as port:
        run = start(program, "--allow-net=127.0.0.1", "--audit=/dev/full")
        for _ in range(3):
            run.must(f"{connect} 127.0.0.1 {port}")
            assert run.ask(f"{connect} 192.0.2.1 80") in REFUSED
        result = run.finish()
    assert result.err.count("the audit log cannot be written (No space left on device)") == 1


def test_a_flood_of_refusals_is_bounded_in_the_log_and_counted(start, folder):
    log = folder / "log"
    run = start("c/remote", f"--audit={log}")
    for _ in range(30):
        assert run.ask("connect 192.0.2.1 80") in REFUSED
    result = run.finish()
    assert result.err.count("refused to connect") == 20
    assert result.err.count("further refusals are not logged here") == 1
    assert len(read_log(log)) == 30


def test_no_more_connections_are_open_at_once_than_allowed(start, guest):
    program, connect = guest
    if program == "p2/remote":
        pytest.skip("it closes a connection when it makes another")
    with net.host_listener() as port:
        run = start(program, f"--allow-net=127.0.0.1:{port}", "--outgoing=2")
        run.must(f"{connect} 127.0.0.1 {port}")
        run.must(f"{connect} 127.0.0.1 {port}")
        assert run.ask(f"{connect} 127.0.0.1 {port}") == "error ConnectionRefused"
        run.wait_err(r"refused to connect to \S+: 2 connections out are open; raise it with --outgoing$")
        run = start(program, f"--allow-net=127.0.0.1:{port}", "--outgoing=1")
        for _ in range(20):
            run.must(f"{connect} 127.0.0.1 {port}")
            run.must("hangup")


def test_no_more_connections_begin_than_the_rate_allows(start, guest, folder):
    program, connect = guest
    with net.host_listener() as port:
        log = folder / "log"
        run = start(program, f"--allow-net=127.0.0.1:{port}", "--connect-rate=1/m", f"--audit={log}")
        run.must(f"{connect} 127.0.0.1 {port}")
        assert run.ask(f"{connect} 127.0.0.1 {port}") in ("error ConnectionRefused", "error ConnRefused")
        run.wait_err(r"more than 0\.016 connects a second; raise it with --connect-rate")
        run.finish()
        assert [line["verdict"] for line in read_log(log)] == ["allowed", "refused"]
        run = start(program, f"--allow-net=127.0.0.1:{port}", "--connect-rate=100/s")
        for _ in range(10):
            run.must(f"{connect} 127.0.0.1 {port}")


def test_the_configuration_limits_connections_as_the_command_line_does(start, folder, user):
    with net.host_listener() as port:
        config = folder / "some.toml"
        user.write(config, f'[network]\nallow_net = ["127.0.0.1:{port}"]\n[limits]\noutgoing = 1\nconnect_rate = "50/s"\n')
        run = start("c/remote", "--config", config)
        run.must(f"connect 127.0.0.1 {port}")
        assert run.ask(f"connect 127.0.0.1 {port}") == "error ConnectionRefused"


def test_a_rate_that_is_none_is_refused_with_an_example(start):
    start("c/remote", "--connect-rate=often").refused(125, "expected a rate such as 100/s or 30/m")
    start("c/remote", "--connect-rate=0").refused(125, "connect_rate")
