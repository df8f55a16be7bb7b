"""Python's library in a guest answers as the host's does, and its sockets reach as far as Linux's would."""

import json
import os
import socket
import subprocess
import sys

import pytest

from harness import net, python as python_guests
from harness.python import every_user

TIME_LIMIT_S = 120
EQUAL_MIN = 0.95

# Answers that differ, and why. docs/python.md has the same list for readers.
DIFFERENCES = {
    "loops.executors_do_not_block_the_loop": "no threads",
    "loops.runs_processes": "no processes",
    "web.a_forking_server_handles": "no processes",
    "content.has_bz2": "no bz2",
    "content.has_lzma": "no lzma",
    "system.changes_modes": "files have no modes",
    "system.has_linux_errno_numbers": "WASI's numbers",
    "system.runs_programs": "no processes",
    "system.forks": "no processes",
    "system.imports_ctypes": "no ctypes",
    "system.tells_platform": "sys.platform is wasi",
    "system.has_big_words": "32-bit pointers",
}


@pytest.fixture(params=["root" if os.geteuid() == 0 else "user"])
def user(request, all_users):
    return all_users[request.param]


def answers(lines):
    return dict(json.loads(line) for line in lines.splitlines())


def test_the_library_answers_as_the_hosts_does(python):
    host = subprocess.run([sys.executable, "-B", "app.py"], cwd=python_guests.SOURCES / "behaviour",
                          capture_output=True, text=True, timeout=TIME_LIMIT_S)
    assert host.returncode == 0, host.stderr
    run = python("behaviour")
    run.process.wait(TIME_LIMIT_S)
    result = run.finish()
    assert result.code == 0, result.err
    ours, theirs = answers(result.out), answers(host.stdout)

    assert list(ours) == list(theirs)
    different = {name for name in ours if ours[name] != theirs[name]}
    for name in sorted(different ^ set(DIFFERENCES)):
        print(f"{name}\n  host    {theirs[name]}\n  wasmrun {ours[name]}")
    assert len(ours) >= 350
    assert different == set(DIFFERENCES)
    assert len(different) <= len(ours) * (1 - EQUAL_MIN)


ECHO_ON_A_PATH = """
import socket
with socket.socket(socket.AF_UNIX) as server:
    server.bind("/run/app/echo")
    server.listen()
    print("listening")
    connection, _ = server.accept()
    with connection:
        connection.sendall(connection.recv(100).upper())
"""


@every_user
def test_the_host_reaches_a_unix_server_through_a_folder(python, user, folder):
    shared = user.make_folder(folder / "shared")
    run = python(ECHO_ON_A_PATH, "--dir", f"{shared}:/run/app")
    assert run.out.wait_for("listening\n", limit_s=TIME_LIMIT_S), run.err.text()

    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(net.TIME_LIMIT_S)
        client.connect(str(shared / "echo"))
        client.sendall(b"from the host")
        assert client.recv(100) == b"FROM THE HOST"
    assert run.finish().code == 0


def test_a_guest_reaches_a_unix_server_of_the_hosts_through_a_folder(python, user, folder):
    shared = user.make_folder(folder / "shared")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(shared / "s"))
        server.listen()
        run = python("import socket\ns = socket.socket(socket.AF_UNIX)\ns.connect('/run/app/s')\nprint(s.recv(10))",
                     "--dir", f"{shared}:/run/app")
        server.settimeout(net.TIME_LIMIT_S)
        connection, _ = server.accept()
        with connection:
            connection.sendall(b"host")
        assert run.finish().out == "b'host'\n"


CONNECT = """
import signal, socket
signal.signal(signal.SIGTERM, lambda *args: print("signal"))
with socket.socket(socket.AF_UNIX) as s:
    print("connecting")
    s.connect("/run/app/s")
    print("connected")
"""


def test_a_unix_server_whose_queue_is_full_is_waited_for(python, user, folder):
    shared = user.make_folder(folder / "shared")
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as first:
        server.bind(str(shared / "s"))
        server.listen(0)
        first.connect(str(shared / "s"))
        run = python(CONNECT, "--dir", f"{shared}:/run/app")
        assert run.out.wait_for("connecting\n", limit_s=TIME_LIMIT_S), run.err.text()
        run.process.terminate()
        assert run.out.wait_for("signal\n", limit_s=TIME_LIMIT_S), run.err.text()
        server.accept()[0].close()
        assert run.finish().out == "connecting\nsignal\nconnected\n"


REACH = """
import errno, socket, sys
for path in sys.argv[1:]:
    with socket.socket(socket.AF_UNIX) as s:
        try:
            s.connect(path)
            print("reached")
        except OSError as error:
            print(errno.errorcode[error.errno])
"""


def test_a_unix_path_does_not_lead_out_of_the_folders(python, user, folder):
    """Each way out fails, and the way inside shows that the server is there."""
    shared = user.make_folder(folder / "shared")
    (shared / "link").symlink_to(folder / "secret")
    with socket.socket(socket.AF_UNIX) as inside, socket.socket(socket.AF_UNIX) as secret:
        for server, path in ((inside, shared / "s"), (secret, folder / "secret")):
            server.bind(str(path))
            server.listen()
        out = python(REACH, "--dir", f"{shared}:/run/app", "--dir", f"{shared}:/run/ro:ro",
                     args=["/run/app/s", "/run/app/../secret", str(folder / "secret"), "/run/app/link", "/run/ro/s"],
                     ).finish().out

    assert out.split() == ["reached", "EPERM", "ENOENT", "ELOOP", "EACCES"]


TELL_ADDRESSES = """
import socket
with socket.create_server(("127.0.0.1", 7000)) as server:
    print(server.getsockname())
    connection, address = server.accept()
    with connection:
        print(connection.getsockname(), address == connection.getpeername())
        connection.sendall(b"told")
"""


def test_a_server_sees_its_own_address_and_not_the_hosts(python):
    run = python(TELL_ADDRESSES, ports=[7000]).ready()
    with net.connect(run.port) as client:
        assert client.recv(10) == b"told"

    assert run.finish().out == "('127.0.0.1', 7000)\n('127.0.0.1', 7000) True\n"


REFUSED = """
import socket
for family, kind, protocol in ((16, 3, 0), (17, 3, 0), (2, 3, 1), (2, 3, 255), (38, 5, 0), (40, 1, 0), (1, 3, 0)):
    try:
        socket.socket(family, kind, protocol)
        print("opened", family)
    except OSError:
        pass
with socket.socket() as s:
    for level, name, size in ((1, 25, 16), (1, 26, 16), (1, 36, 4), (1, 17, 12), (6, 11, 32), (0, 35, 8), (41, 20, 20)):
        try:
            s.setsockopt(level, name, bytes(size))
            print("set", level, name)
        except OSError:
            pass
    s.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    try:
        s.send(b"x", 0x20000000)  # MSG_FASTOPEN
        print("sent")
    except OSError:
        pass
for fd in (3, 4, 5, 6, 7, 10, 65536, 65540, 70000, 2**32 - 1):
    try:
        socket.socket(fileno=fd).connect(("127.0.0.1", 1))
        print("connected", fd)
    except ConnectionRefusedError:
        print("a socket", fd)
    except OSError:
        pass
print("end")
"""


def test_families_options_and_numbers_that_are_not_the_guests_are_refused(python):
    """Netlink, packet and raw sockets, devices, filters, marks and credentials; and the engine's own descriptors."""
    assert python(REFUSED).finish().out == "end\n"


INTERNALS = """
from wit_world.imports import sockets
print([sockets.close(n) < 0 for n in (0, 1, 2, 3, 5, 65535, 65536 + 32768, 2**32 - 1)])
print([sockets.receive(n, 10, 0, 0)[0] < 0 for n in (3, 5, 100, 65535)])
print(sockets.connect(65536, b"", 0) < 0, sockets.open(1, 1, 0) > 0)
s = sockets.open(2, 1, 0)
print([sockets.bind(s, address) < 0 for address in (b"", b"\\2", b"\\2\\0", b"\\2\\0" + bytes(5), bytes(200), b"\\1\\0" + b"x" * 200)])
print(sockets.bind(s, b"\\2\\0" + bytes(14)))
print(sockets.poll(b"\\0" * 7, 0), sockets.poll(b"\\xff" * 8, -1)[0], sockets.epoll_wait(s, 10, 0)[0] < 0, sockets.epoll_wait(s, 0, 0)[0] < 0)
print(sockets.get_option(s, 1, 3, 0)[1], len(sockets.get_option(s, 1, 3, 2**32 - 1)[1]))
"""


def test_calls_with_nonsense_are_errors(python):
    """What no program writes, straight to the host's functions."""
    assert python(INTERNALS).finish().out.splitlines() == [
        "[True, True, True, True, True, True, True, True]",
        "[True, True, True, True]",
        "True True",
        "[True, True, True, True, True, True]",
        "0",
        "(0, b'') 1 True True",
        "b'' 4",
    ]
