"""What the questions about sockets are asked of. No question itself."""
import socket
import tempfile
from contextlib import contextmanager

LOCAL = "127.0.0.1"


def tcp(stack, timeout=5):
    """A client, and what accepted it."""
    listener = stack.enter_context(socket.create_server((LOCAL, 0)))
    client = stack.enter_context(socket.create_connection(listener.getsockname(), 5))
    accepted = stack.enter_context(listener.accept()[0])
    for s in (client, accepted):
        s.settimeout(timeout)
    return client, accepted


def unix(stack, kind=socket.SOCK_STREAM):
    a, b = socket.socketpair(socket.AF_UNIX, kind)
    for s in (a, b):
        stack.enter_context(s).settimeout(5)
    return a, b


def udp(stack, family=socket.AF_INET, address=(LOCAL, 0)):
    s = stack.enter_context(socket.socket(family, socket.SOCK_DGRAM))
    s.bind(address)
    s.settimeout(5)
    return s


@contextmanager
def folder():
    with tempfile.TemporaryDirectory(dir="/tmp") as made:
        yield made


def error_of(call):
    try:
        return call()
    except Exception as error:
        return type(error).__name__
