"""Servers and clients of Python's own library."""

import asyncio
import http.server
import os
import signal
import threading

import pytest

from harness import net
from harness.load import resident_kib
from harness.python import CACHE, INSTALL_LIMIT_S, every_user, fetch


@pytest.fixture(params=["root" if os.geteuid() == 0 else "user"])
def user(request, all_users):
    """Most of this does not depend on who runs it: only tests that say so take every user."""
    return all_users[request.param]


@every_user
def test_http_server_serves_the_project(python):
    run = python("print('content')", ports=[8000], args=["-m", "http.server", "8000"]).ready()

    assert fetch(run, "/app.py") == (200, "print('content')")
    assert fetch(run, "/missing")[0] == 404


HELLO = """
import http.server

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"hello")

http.server.ThreadingHTTPServer(("127.0.0.1", 8000), Handler).serve_forever()
"""


def ask_hello(s):
    s.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    read_hello(s)


def read_hello(s):
    answer = b""
    while not answer.endswith(b"hello"):
        received = s.recv(1000)
        assert received, answer
        answer += received
    assert answer.startswith(b"HTTP/1.1 200")


def test_silent_and_idle_clients_keep_nobody_waiting(python):
    """There are no threads, so one of these would block the server for ever."""
    run = python(HELLO, ports=[8000]).ready()
    silent = [net.connect(run.port) for _ in range(5)]
    idle = [net.connect(run.port) for _ in range(5)]
    for s in idle:
        ask_hello(s)

    assert fetch(run) == (200, "hello")
    for s in silent + idle:
        ask_hello(s)
        s.close()


def test_requests_that_came_together_are_answered_in_turn(python):
    run = python(HELLO, ports=[8000]).ready()
    with net.connect(run.port) as s:
        s.sendall(3 * b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        answers = b""
        while answers.count(b"hello") < 3:
            answers += s.recv(1000)

    assert answers.count(b"HTTP/1.1 200") == 3


CLOSING = HELLO.replace('b"hello")', '''b"hello")
        if self.path == "/close":
            self.close_connection = True
            self.rfile.close()
            self.connection.close()''')


def test_a_handler_may_close_its_connection(python):
    """One that has been idle before."""
    run = python(CLOSING, ports=[8000]).ready()
    with net.connect(run.port) as s:
        ask_hello(s)
        s.sendall(b"GET /close HTTP/1.1\r\nHost: x\r\n\r\n")
        read_hello(s)
        assert s.recv(1) == b""

    assert fetch(run) == (200, "hello")


SLOW = HELLO.replace("    def do_GET(self):\n", "    def do_GET(self):\n        time.sleep(self.path == '/slow' and 1)\n")


def test_while_a_handler_is_slow_nobody_is_lost(python):
    """Idle connections, connections that are new, and one that went away: all are served in turn when it is done."""
    run = python("import time\n" + SLOW, ports=[8000]).ready()
    idle = [net.connect(run.port) for _ in range(20)]
    for s in idle:
        ask_hello(s)
    slow = net.connect(run.port)
    slow.sendall(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
    with net.connect(run.port) as gone:
        gone.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    new = [net.connect(run.port) for _ in range(20)]

    for s in idle + new:
        ask_hello(s)
        s.close()
    read_hello(slow)
    slow.close()


def test_head_and_body_do_not_wait_for_each_other(python):
    """With Nagle's algorithm on, each of these would take 40 ms."""
    run = python(HELLO, ports=[8000]).ready()
    with net.connect(run.port) as s:
        s.settimeout(3)
        for _ in range(200):
            ask_hello(s)


def test_asyncio_serves_many_connections_at_once(python):
    run = python("echo", ports=[7000]).ready()
    clients = [net.connect(run.port) for _ in range(200)]
    for i, s in enumerate(clients):
        s.sendall(b"%d" % i)
    assert [int(s.recv(100)) for s in clients] == list(range(200))
    clients[0].sendall(b"?")

    assert clients[0].recv(100) == b"200"
    payload = net.random_bytes(4 << 20)
    assert net.checksum(net.echo(clients[1], payload)) == net.checksum(payload)
    for s in clients:
        s.close()


async def echo_in_parallel(port, n_connections, n_messages):
    """The number of messages that came back."""

    async def client():
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(n_messages):
            writer.write(b"x" * 32)
            await reader.readexactly(32)
        writer.close()
        return n_messages

    return sum(await asyncio.gather(*(client() for _ in range(n_connections))))


def test_asyncio_serves_much_in_little_memory(python):
    run = python("echo", ports=[7000]).ready()

    assert asyncio.run(asyncio.wait_for(echo_in_parallel(run.port, 500, 50), 60)) == 25000
    before = resident_kib(run.engine())
    assert asyncio.run(asyncio.wait_for(echo_in_parallel(run.port, 500, 50), 60)) == 25000
    assert resident_kib(run.engine()) - before < 2048


@pytest.fixture
def host_server():
    """An HTTP server of the host's. Gives its port."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", "4")
            self.end_headers()
            self.wfile.write(b"host")

        def log_message(self, *args):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def test_clients_reach_what_is_granted(python, host_server):
    run = python("clients", f"--allow-net=127.0.0.1:{host_server}", env={"WASMRUN_CACHE_DIR": str(CACHE)},
                 args=[f"http://127.0.0.1:{host_server}/"])

    assert run.out.wait_for("(host\n){5}", limit_s=INSTALL_LIMIT_S), run.err.text()
    assert run.finish().code == 0


def test_clients_reach_nothing_without_a_grant(python, host_server):
    code = f"import urllib.request; urllib.request.urlopen('http://127.0.0.1:{host_server}/')"
    result = python(code).finish()

    assert result.code == 1
    assert "Connection refused" in result.err


def test_control_c_ends_http_server(python):
    run = python("", ports=[8000], args=["-m", "http.server", "8000"]).ready(INSTALL_LIMIT_S)
    result = run.stop(signal.SIGINT)

    assert result.code == 0
    assert "Keyboard interrupt received, exiting." in result.out
