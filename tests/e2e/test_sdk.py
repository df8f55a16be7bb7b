"""sdk/: C programs that were written for POSIX say and do as guests what their native builds say and do."""

import os
import socket
import subprocess
import threading
from contextlib import closing, contextmanager

import pytest

from harness import guests, net

TIME_LIMIT_S = 30


def native(name, *args, cwd):
    """What the program's native build prints."""
    program = guests.built(name).with_suffix("")
    done = subprocess.run([program, *args], cwd=cwd, capture_output=True, text=True, timeout=TIME_LIMIT_S)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout
    return done.stdout


@contextmanager
def native_server(name, *args, cwd, **popen):
    program = guests.built(name).with_suffix("")
    with subprocess.Popen([program, *map(str, args)], cwd=cwd, text=True, stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, **popen) as process:
        try:
            yield process
        finally:
            process.kill()


def guest(start, name, *words, args=()):
    result = start(name, *words, args=args).finish()
    assert result.code == 0, result.out + result.err
    return result.out


@contextmanager
def host_server(answer):
    """A server of the host's: `answer` is called with each connection."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:

        def serve():
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    connection.settimeout(TIME_LIMIT_S)
                    answer(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(TIME_LIMIT_S)


def connect_when_ready(port):
    """A native server says nothing when it listens, so its port is asked again until it does."""
    for _ in range(100):
        try:
            return net.connect(port)
        except ConnectionRefusedError:
            threading.Event().wait(0.05)
    raise AssertionError(f"nothing listens on port {port}")


@pytest.mark.parametrize("name, args", [
    ("tcp", ["4"]), ("tcp", ["6"]), ("udp", ["4"]), ("udp", ["6"]), ("pair", []), ("multicast", ["4"]),
    ("multicast", ["6"]), ("options", []), ("lookup", [])])
def test_a_guest_prints_what_its_native_build_prints(start, folder, name, args):
    assert guest(start, f"posix/{name}", args=args) == native(f"posix/{name}", *args, cwd=folder)


def test_the_options_of_a_socket_are_those_of_its_granted_connection(start, folder):
    """In its place is a socket of the host's."""
    with host_server(lambda connection: None) as port:
        printed = guest(start, "posix/carried", f"--allow-net=127.0.0.1:{port}", args=["127.0.0.1", port])
        assert printed == native("posix/carried", "127.0.0.1", str(port), cwd=folder)


def test_errors_are_the_native_ones(start, folder):
    (folder / "file").write_text("")

    assert guest(start, "posix/errors", "--dir", f"{folder}:/") == native("posix/errors", cwd=folder)


def test_unix_sockets_have_the_names_that_the_program_gave_them(start, user, folder):
    ours = folder / "sockets"
    ours.mkdir()
    user.own(ours)
    theirs = folder / "native"
    theirs.mkdir()

    printed = guest(start, "posix/unix", "--dir", f"{ours}:/run/app", args=["/run/app"])
    assert printed == native("posix/unix", str(theirs), cwd=folder)
    assert "own name: FOLDER/stream.sock" in printed
    assert list(ours.iterdir()) == []


def test_the_hostname_is_the_processs_name(start, name):
    assert guest(start, "posix/hostname", "--name", name) == f"{name}\ntoo long\n"


@pytest.mark.parametrize("way", ["poll", "select"])
def test_a_server_echoes_many_clients_at_once(start, folder, way):
    n, size = 20, 300000
    payloads = [net.random_bytes(size + i) for i in range(n)]
    wanted = f"{n} clients, {sum(map(len, payloads))} bytes\n"

    def echo_all(port):
        answers = [None] * n

        def echo(i):
            answers[i] = net.echo_once(port, payloads[i])

        threads = [threading.Thread(target=echo, args=[i]) for i in range(n)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(TIME_LIMIT_S)
        assert answers == payloads

    run = start("posix/echo", ports=[7000], args=[way, 7000, n]).ready()
    echo_all(run.port)
    assert run.finish().out == wanted

    port = net.free_port()
    with native_server("posix/echo", way, port, n, cwd=folder) as process:
        assert process.stderr.readline() == "echo is ready\n"
        echo_all(port)
        assert process.communicate(timeout=TIME_LIMIT_S)[0] == wanted


def test_the_example_answers_http(start):
    run = start("posix/server", ports=[8080]).ready()

    assert net.http_get(run.port) == "Hello from C on wasmrun\n"


def imports_wasmrun_net(name):
    return b"\x0bwasmrun_net" in guests.built(name).read_bytes()


def test_only_a_program_that_uses_what_no_dialect_has_imports_our_module():
    assert imports_wasmrun_net("posix/pair")
    assert imports_wasmrun_net("posix/hostname")
    assert not any(imports_wasmrun_net(f"posix/{name}") for name in ["tcp", "udp", "unix", "options", "echo"])


def answer_ping(connection):
    assert connection.recv(100) == b"ping\n"
    connection.sendall(b"pong\n")
    assert connection.recv(100) == b""


def ping(s):
    s.sendall(b"ping\n")
    assert s.recv(100) == b"pong\n"
    s.shutdown(socket.SHUT_WR)
    assert s.recv(100) == b""


def test_debians_tcpbug_shows_a_connections_bytes(start, folder):
    """It accepts, connects out, and copies both ways with select()."""
    with host_server(answer_ping) as target:
        run = start("debian/tcpbug", f"--allow-net=127.0.0.1:{target}", ports=[7000],
                    args=["-x", 7000, "127.0.0.1", target]).ready()
        with net.connect(run.port) as s:
            ping(s)
        shown = run.finish().out

        port = net.free_port()
        with native_server("debian/tcpbug", "-x", port, "127.0.0.1", target, cwd=folder) as process:
            with connect_when_ready(port) as s:
                ping(s)
            assert process.communicate(timeout=TIME_LIMIT_S)[0] == shown
    assert shown.splitlines()[:2] == ["> 70 69 6e 67 0a ", "< 70 6f 6e 67 0a "]


def test_debians_tcplisten_joins_a_connection_to_its_streams(start):
    run = start("debian/tcplisten", ports=[7000], args=["-v", 7000]).ready()
    with net.connect(run.port) as s:
        s.sendall(b"from the client\n")
        run.process.stdin.write(b"from stdin\n")
        run.process.stdin.close()
        assert net.read_all(s) == b"from stdin\n"
        s.shutdown(socket.SHUT_WR)
        result = run.finish()
    assert result.code == 0
    assert result.out == "from the client\n"
    assert "[Connection from 127.0.0.1 port " in result.err


def test_debians_rinetd_redirects_connections(start, folder):
    with host_server(answer_ping) as target:
        (folder / "rinetd.conf").write_text(f"0.0.0.0 7000 127.0.0.1 {target}\n")
        os.chmod(folder / "rinetd.conf", 0o644)
        run = start("debian/rinetd", "--dir", f"{folder}:/etc:ro", f"--allow-net=127.0.0.1:{target}", ports=[7000],
                    args=["-f", "-c", "/etc/rinetd.conf"]).ready()
        for _ in range(20):
            with net.connect(run.port) as s:
                ping(s)
