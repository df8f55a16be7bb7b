"""Clients and listeners of the host, on loopback. Every call has a time limit."""

import hashlib
import http.client
import json
import random
import socket
import threading
from contextlib import closing, contextmanager
from dataclasses import dataclass

from harness import waiting

TIME_LIMIT_S = 10


def family(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def free_port(address="127.0.0.1"):
    with closing(socket.socket(family(address))) as s:
        s.bind((address, 0))
        return s.getsockname()[1]


def connect(port, address="127.0.0.1", source=None):
    return socket.create_connection((address, port), TIME_LIMIT_S, source)


def connect_unix(path):
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(TIME_LIMIT_S)
    try:
        s.connect(path)
    except OSError:
        s.close()
        raise
    return s


def is_refused(port, address="127.0.0.1"):
    """A refusal comes at once; a connection that hangs is an error, not a refusal."""
    try:
        connect(port, address).close()
    except ConnectionRefusedError:
        return True
    return False


def wait_until_listening(port, limit_s=TIME_LIMIT_S):
    """For servers that do not say when they listen."""
    assert waiting.until(lambda: not is_refused(port), limit_s), f"nobody listens on port {port}"


def is_turned_away(port, address="127.0.0.1"):
    """Refused, or ended at once without a word: all that a relay can do that learns of a refusal too late."""
    try:
        with connect(port, address) as s:
            return s.recv(1) == b""
    except (ConnectionRefusedError, ConnectionResetError):
        return True


def read_all(s):
    chunks = []
    while chunk := s.recv(1 << 16):
        chunks.append(chunk)
    return b"".join(chunks)


def http_get(port, path="/", body=b"", address="127.0.0.1", source=None):
    """The answer's body. Raises unless it is a 200."""
    head = f"POST {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
    if not body:
        head = f"GET {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n"
    with connect(port, address, source) as s:
        s.sendall(head.encode() + body)
        answer = read_all(s)
    head, _, answer_body = answer.partition(b"\r\n\r\n")
    assert b" 200 " in head.split(b"\r\n")[0], answer
    return answer_body.decode()


@dataclass
class Answer:
    status: int
    headers: list  # of (name, value), as they came
    body: bytes

    def header(self, name):
        """The values under that name, or None."""
        return ", ".join(v for n, v in self.headers if n.lower() == name.lower()) or None

    def json(self):
        return json.loads(self.body)


def http_ask(port, method="GET", path="/", body=None, headers=None):
    """One request on a connection of its own, whatever the answer is."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=TIME_LIMIT_S)) as connection:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return Answer(answer.status, answer.getheaders(), answer.read())


def echo(s, payload):
    """Sends `payload`, ends the sending side, and gives back what came until the other side ended."""
    sender = threading.Thread(target=lambda: (s.sendall(payload), s.shutdown(socket.SHUT_WR)))
    sender.start()
    received = read_all(s)
    sender.join(TIME_LIMIT_S)
    assert not sender.is_alive()
    return received


def echo_once(port, payload, address="127.0.0.1"):
    with connect(port, address) as s:
        return echo(s, payload)


def random_bytes(size):
    return random.Random(size).randbytes(size)


def checksum(payload):
    return hashlib.sha256(payload).hexdigest()


@contextmanager
def host_listener(address="127.0.0.1"):
    """A listener of the host's that answers "host" to whoever gets through. Gives its port."""
    with closing(socket.create_server((address, 0), family=family(address))) as listener:

        def serve():
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with closing(connection):
                    connection.sendall(b"host")

        server = threading.Thread(target=serve, daemon=True)
        server.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
    server.join(TIME_LIMIT_S)
