"""UDP clients of the host, on loopback. Every call has a time limit."""

import socket
from contextlib import closing

from harness import net


def free_udp_port(address="127.0.0.1"):
    with closing(socket.socket(net.family(address), socket.SOCK_DGRAM)) as s:
        s.bind((address, 0))
        return s.getsockname()[1]


def client(port, address="127.0.0.1", source=None):
    """Connected, so that only answers from that very address and port are heard."""
    s = socket.socket(net.family(address), socket.SOCK_DGRAM)
    s.settimeout(net.TIME_LIMIT_S)
    if source:
        s.bind((source, 0))
    s.connect((address, port))
    return s


def ask(s, datagram):
    s.send(datagram)
    return s.recv(1 << 16)


def is_silent(s, datagram, limit_s=0.3):
    s.settimeout(limit_s)
    try:
        ask(s, datagram)
    except TimeoutError:
        return True
    finally:
        s.settimeout(net.TIME_LIMIT_S)
    return False
