"""Forwards of a Unix socket of the host to a TCP port of the guest."""

import os
import signal
import socket
import stat
from contextlib import closing

import pytest

from harness import net


@pytest.fixture
def path(folder):
    return str(folder / "app.sock")


def is_refused(path):
    try:
        net.connect_unix(path).close()
    except ConnectionRefusedError:
        return True
    return False


@pytest.mark.parametrize("echo", ["c/echo", "p2/echo", "p3/p3"])
def test_a_client_of_the_path_talks_to_the_guest(start, path, echo):
    run = start(echo, "--forward", f"unix:{path}:8080").ready()
    payload = net.random_bytes(4 << 20)

    assert f"listening on unix:{path} (port 8080 of the guest)" in run.err.text()
    for _ in range(3):
        with net.connect_unix(path) as s:
            assert net.checksum(net.echo(s, payload)) == net.checksum(payload)


def test_a_path_and_a_port_may_lead_to_one_guest_port(start, path):
    run = start("c/remote", "--forward", f"unix:{path}:8080", ports=[8080])
    run.must("serve 127.0.0.1 8080")

    for connect in lambda: net.connect_unix(path), lambda: net.connect(run.port):
        with connect() as client:  # one at a time: of two, either may be the first in the queue
            run.must("accept")
            run.must("send hello")
            assert client.recv(100) == b"hello"


def test_the_guest_may_listen_on_ipv6_alone(start, path):
    run = start("c/remote", "--forward", f"unix:{path}:8080")
    run.must("serve ::1 8080")

    with net.connect_unix(path) as client:
        run.must("accept")
        run.must("send hello")
        assert client.recv(100) == b"hello"


def test_before_the_guest_listens_clients_are_refused(start, path):
    run = start("c/remote", "--forward", f"unix:{path}:8080")
    assert run.must("what") == "what?"

    assert is_refused(path)
    run.must("serve 127.0.0.1 8080")
    with net.connect_unix(path):
        run.must("accept")


def test_after_the_guest_has_closed_its_listener_clients_are_turned_away(start, path):
    run = start("c/remote", "--forward", f"unix:{path}:8080")
    run.must("serve 127.0.0.1 8080")
    run.must("unserve")

    with net.connect_unix(path) as client:
        assert client.recv(1) == b""
    run.must("serve 127.0.0.1 8080")
    with net.connect_unix(path):
        run.must("accept")


def test_only_its_owner_may_connect(start, user, path):
    start("c/remote", "--forward", f"unix:{path}:8080").must("what")
    there = os.lstat(path)

    assert stat.S_IMODE(there.st_mode) == 0o600
    assert there.st_uid == os.lstat(user.home).st_uid


def test_the_name_is_gone_with_the_process(start, path):
    run = start("c/remote", "--forward", f"unix:{path}:8080")
    run.must("serve 127.0.0.1 8080")
    assert os.path.exists(path)

    run.finish()
    assert not os.path.lexists(path)


def test_a_killed_supervisor_leaves_a_dead_name_which_the_next_replaces(start, path):
    first = start("c/remote", "--forward", f"unix:{path}:8080")
    first.must("serve 127.0.0.1 8080")
    first.stop(signal.SIGKILL)
    assert is_refused(path)

    second = start("c/remote", "--forward", f"unix:{path}:8080")
    second.must("serve 127.0.0.1 8080")
    with net.connect_unix(path):
        second.must("accept")
    second.finish()
    assert not os.path.lexists(path)


@pytest.mark.parametrize("listens", [False, True])
def test_a_name_in_use_is_refused_and_its_owner_undisturbed(start, path, listens):
    first = start("c/remote", "--forward", f"unix:{path}:8080")
    first.must("what")
    if listens:
        first.must("serve 127.0.0.1 8080")

    start("c/remote", "--forward", f"unix:{path}:8080").refused(125, path, "is in use")
    if not listens:
        first.must("serve 127.0.0.1 8080")
    with net.connect_unix(path):
        first.must("accept")


def test_a_file_that_is_no_socket_is_left_alone(start, user, folder, path):
    user.write(folder / "app.sock", "precious")

    start("c/remote", "--forward", f"unix:{path}:8080").refused(125, path, "is not a socket")
    assert (folder / "app.sock").read_text() == "precious"


def test_a_link_is_not_followed(start, user, folder, path):
    user.write(folder / "precious", "precious")
    os.symlink("precious", path)

    start("c/remote", "--forward", f"unix:{path}:8080").refused(125, path, "is not a socket")
    assert os.readlink(path) == "precious"


@pytest.mark.parametrize("user", ["user"], indirect=True)
def test_the_dead_socket_of_another_user_is_left_alone(start, folder, path):
    if os.geteuid() != 0:
        pytest.skip("making another user's socket needs root")
    with closing(socket.socket(socket.AF_UNIX)) as s:
        s.bind(path)

    start("c/remote", "--forward", f"unix:{path}:8080").refused(125, path, "another user's socket")
    assert os.path.exists(path)


def test_a_folder_that_is_not_there_is_an_error_with_the_path(start, folder):
    missing = folder / "missing" / "app.sock"

    start("c/remote", "--forward", f"unix:{missing}:8080").refused(125, str(missing), "No such file")


def test_unix_forwards_work_from_the_configuration_and_without_isolation(start, user, folder, path):
    guest_port = net.free_port()
    config = user.write(folder / "unix.toml",
                        f'[network]\nisolation = false\nforwards = ["unix:{path}:{guest_port}"]\n')
    run = start("c/remote", "--config", config)
    run.must(f"serve 127.0.0.1 {guest_port}")

    with net.connect_unix(path) as client:
        run.must("accept")
        run.must("send hello")
        assert client.recv(100) == b"hello"
