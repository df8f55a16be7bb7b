"""A network other than loopback: a namespace with addresses of its own and servers on them."""

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager

import pytest

ADDRESSES = ["203.0.113.5", "203.0.113.6", "10.0.0.5", "2001:db8::5"]
PORT = 7000
SILENT_PORT = 7001  # nothing listens there

# Answers "ADDRESS:" before what it is sent, over TCP and UDP, from every address.
SERVER = f"""
import selectors, socket, subprocess, sys
addresses = {ADDRESSES!r}
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
selector = selectors.DefaultSelector()
for address in addresses + ["127.0.0.1", "::1"]:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    bits = 128 if ":" in address else 32
    if address in addresses:
        nodad = ["nodad"] if ":" in address else []
        subprocess.run(["ip", "address", "add", f"{{address}}/{{bits}}", "dev", "lo", *nodad], check=True)
    tcp = socket.create_server((address, {PORT}), family=family)
    udp = socket.socket(family, socket.SOCK_DGRAM)
    udp.bind((address, {PORT}))
    selector.register(tcp, selectors.EVENT_READ, (address, "listener"))
    selector.register(udp, selectors.EVENT_READ, (address, "datagrams"))
selector.register(sys.stdin, selectors.EVENT_READ, ("", "end"))
print("ready", flush=True)
while True:
    for key, _ in selector.select():
        address, kind = key.data
        if kind == "end":
            sys.exit()
        if kind == "listener":
            connection, _ = key.fileobj.accept()
            selector.register(connection, selectors.EVENT_READ, (address, "connection"))
            continue
        if kind == "datagrams":
            received, peer = key.fileobj.recvfrom(1 << 16)
            answer = address.encode() + b":" + received
            key.fileobj.sendto(received if len(received) > 1000 else answer, peer)
            continue
        received = key.fileobj.recv(1 << 16)
        if received:
            key.fileobj.sendall(address.encode() + b":" + received)
        else:
            selector.unregister(key.fileobj)
            key.fileobj.close()
"""


@contextmanager
def network():
    """Gives the command prefix that runs wasmrun there instead of on the host."""
    if os.geteuid() != 0:
        pytest.skip("a network with addresses of its own takes root")
    # The interpreter itself, not a launcher of some version manager's: its process is what is entered.
    command = [shutil.which("unshare"), "--net", os.path.realpath(sys.executable), "-c", SERVER]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdout.readline() == b"ready\n"
        yield [shutil.which("nsenter"), f"--target={server.pid}", "--net", "--"]
        server.stdin.close()


def hosts(path, lines):
    """A command prefix that puts these lines into /etc/hosts, for what it runs alone. `path` is a file to use."""
    if os.geteuid() != 0:
        pytest.skip("mounting over /etc/hosts takes root")
    path.write_text("".join(f"{line}\n" for line in lines))
    path.chmod(0o644)
    mount = f"{shutil.which('mount')} --bind '{path}' /etc/hosts && exec \"$@\""
    return [shutil.which("unshare"), "--mount", "/bin/sh", "-c", mount, "sh"]
