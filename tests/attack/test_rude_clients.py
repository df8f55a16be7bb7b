"""Clients that reset their connections, before and after the server has accepted them: nobody else notices."""

import socket
import struct

import pytest

from harness import net

ROUNDS, CLIENTS = 25, 20


def reset(sock):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


@pytest.mark.parametrize("guest", ["c/echo", "p2/echo"])
def test_a_server_outlives_clients_that_reset(start, guest):
    address = ["0.0.0.0", "8080"] if guest == "c/echo" else ["0.0.0.0:8080"]
    run = start(guest, ports=[8080], args=address).ready()

    for _ in range(ROUNDS):
        socks = [net.connect(run.port) for _ in range(CLIENTS)]
        for i, sock in enumerate(socks):
            if i % 2:
                sock.sendall(b"x" * 100)
            reset(sock)
        assert net.echo_once(run.port, b"still here") == b"still here"
