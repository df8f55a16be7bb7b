"""The module socket: Unix sockets, IPv6, multicast, and names of interfaces and addresses."""
import asyncio
import os
import select
import socket
import socketserver
import time
from contextlib import ExitStack

import pairs
from pairs import LOCAL


# Unix sockets.

def a_unix_server_is_reached_by_its_path():
    with pairs.folder() as folder, ExitStack() as stack:
        server = stack.enter_context(socket.socket(socket.AF_UNIX))
        server.bind(f"{folder}/s")
        server.listen()
        client = stack.enter_context(socket.socket(socket.AF_UNIX))
        client.connect(f"{folder}/s")
        accepted, address = server.accept()
        stack.enter_context(accepted)
        client.sendall(b"unix")
        names = [s.getsockname() == f"{folder}/s" for s in (server, accepted)]
        return [accepted.recv(10), address, names, client.getpeername() == f"{folder}/s", client.getsockname()]


def a_unix_server_is_reached_by_its_abstract_name():
    name = f"\0wasmrun-{os.getpid()}-{time.time()}"
    with ExitStack() as stack:
        server = stack.enter_context(socket.socket(socket.AF_UNIX))
        server.bind(name)
        server.listen()
        client = stack.enter_context(socket.socket(socket.AF_UNIX))
        client.connect(name)
        accepted, _ = server.accept()
        stack.enter_context(accepted)
        accepted.sendall(b"abstract")
        return [client.recv(10), server.getsockname() == name.encode()]


def unix_datagrams_have_senders():
    with pairs.folder() as folder, ExitStack() as stack:
        a = pairs.udp(stack, socket.AF_UNIX, f"{folder}/a")
        b = pairs.udp(stack, socket.AF_UNIX, f"{folder}/b")
        b.sendto(b"datagram", f"{folder}/a")
        received, sender = a.recvfrom(100)
        return [received, sender == f"{folder}/b"]


def unix_datagrams_without_a_sender():
    with pairs.folder() as folder, ExitStack() as stack:
        a = pairs.udp(stack, socket.AF_UNIX, f"{folder}/a")
        b = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
        b.sendto(b"x", f"{folder}/a")
        return a.recvfrom(10)


def unix_pairs_of_datagrams():
    with ExitStack() as stack:
        a, b = pairs.unix(stack, socket.SOCK_DGRAM)
        a.send(b"one")
        a.send(b"two")
        return [b.recv(2), b.recv(10)]


def unix_pairs_of_packets():
    with ExitStack() as stack:
        a, b = pairs.unix(stack, socket.SOCK_SEQPACKET)
        a.send(b"one")
        a.send(b"two")
        first = b.recv(10)
        second = b.recv(10)
        a.close()
        return [first, second, b.recv(10)]


def a_unix_path_that_is_missing():
    with socket.socket(socket.AF_UNIX) as s:
        return s.connect("/tmp/no/such/socket")


def a_unix_path_that_nobody_listens_on():
    with pairs.folder() as folder, ExitStack() as stack:
        path = f"{folder}/s"
        with socket.socket(socket.AF_UNIX) as s:
            s.bind(path)
        return stack.enter_context(socket.socket(socket.AF_UNIX)).connect(path)


def a_unix_path_that_is_in_use():
    with pairs.folder() as folder, ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(socket.socket(socket.AF_UNIX)).bind(f"{folder}/s")


def a_unix_path_that_is_too_long():
    with socket.socket(socket.AF_UNIX) as s:
        try:
            s.bind("/tmp/" + "x" * 200)
        except OSError as error:
            return str(error)


def a_full_unix_queue_is_not_waited_for_with_a_time_limit():
    with pairs.folder() as folder, ExitStack() as stack:
        server = stack.enter_context(socket.socket(socket.AF_UNIX))
        server.bind(f"{folder}/s")
        server.listen(0)
        stack.enter_context(socket.socket(socket.AF_UNIX)).connect(f"{folder}/s")
        client = stack.enter_context(socket.socket(socket.AF_UNIX))
        client.settimeout(30)
        client.connect(f"{folder}/s")


def a_unix_path_is_a_file():
    import stat

    with pairs.folder() as folder, ExitStack() as stack:
        stack.enter_context(socket.socket(socket.AF_UNIX)).bind(f"{folder}/s")
        found = os.listdir(folder)
        os.unlink(f"{folder}/s")
        return [found, os.listdir(folder)]


def a_unix_socket_has_no_name():
    with socket.socket(socket.AF_UNIX) as s:
        return s.getsockname()


def a_unix_address_must_be_a_string():
    with socket.socket(socket.AF_UNIX) as s:
        return s.bind((LOCAL, 1))


def unix_sockets_are_waited_for():
    with ExitStack() as stack:
        a, b = pairs.unix(stack)
        before = select.select([b], [b], [], 0)
        a.send(b"x")
        return [len(before[0]), len(before[1]), len(select.select([b], [], [], 5)[0])]


def unix_sockets_serve_asyncio():
    async def main(path):
        async def echo(reader, writer):
            writer.write(await reader.readline())
            writer.close()

        async with await asyncio.start_unix_server(echo, path):
            reader, writer = await asyncio.open_unix_connection(path)
            writer.write(b"line\n")
            answer = await reader.readline()
            writer.close()
            return answer

    with pairs.folder() as folder:
        return asyncio.run(main(f"{folder}/s"))


def unix_sockets_serve_socketserver():
    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            self.wfile.write(self.rfile.readline().upper())

    with pairs.folder() as folder, socketserver.UnixStreamServer(f"{folder}/s", Handler) as server, ExitStack() as stack:
        client = stack.enter_context(socket.socket(socket.AF_UNIX))
        client.connect(f"{folder}/s")
        client.sendall(b"line\n")
        server.handle_request()
        return client.recv(10)


# IPv6 and IPv4 together.

def is_ipv6_only_if_told():
    with ExitStack() as stack:
        s = stack.enter_context(socket.socket(socket.AF_INET6))
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        s.bind(("::", 0))
        s.listen()
        return socket.create_connection((LOCAL, s.getsockname()[1]), 5)


def tells_mapped_addresses():
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("", 0), family=socket.AF_INET6, dualstack_ipv6=True))
        client = stack.enter_context(socket.create_connection((LOCAL, listener.getsockname()[1]), 5))
        accepted, address = listener.accept()
        stack.enter_context(accepted)
        return [address[0], accepted.getsockname()[0], address[1] == client.getsockname()[1]]


def has_scopes():
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as s:
        s.bind(("::1", 0, 0, 0))
        return [s.getsockname()[0], s.getsockname()[2:]]


# Multicast and broadcast.

def receives_from_a_multicast_group():
    group = "239.1.2.3"
    with ExitStack() as stack:
        receiver = pairs.udp(stack, address=("", 0))
        receiver.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                            socket.inet_aton(group) + socket.inet_aton(LOCAL))
        sender = stack.enter_context(socket.socket(type=socket.SOCK_DGRAM))
        sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(LOCAL))
        sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 3)
        sender.sendto(b"group", (group, receiver.getsockname()[1]))
        return [receiver.recv(10), sender.getsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL)]


def has_ipv6_multicast_options():
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as s:
        return [_option(s, socket.IPPROTO_IPV6, name, value) for name, value in
                ((socket.IPV6_MULTICAST_HOPS, 5), (socket.IPV6_MULTICAST_LOOP, 0))]


def needs_leave_to_broadcast():
    with socket.socket(type=socket.SOCK_DGRAM) as s:
        return s.sendto(b"x", ("127.255.255.255", 9))


def broadcasts_on_loopback():
    with ExitStack() as stack:
        receiver = pairs.udp(stack, address=("", 0))
        sender = stack.enter_context(socket.socket(type=socket.SOCK_DGRAM))
        sender.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        sender.sendto(b"all", ("127.255.255.255", receiver.getsockname()[1]))
        return receiver.recv(10)


# This machine.

def has_a_loopback_interface():
    names = dict((name, number) for number, name in socket.if_nameindex())
    return ["lo" in names, socket.if_nametoindex("lo") == names["lo"], socket.if_indextoname(names["lo"])]


def misses_an_interface():
    return socket.if_nametoindex("none-such")


def names_addresses():
    return [socket.getnameinfo((LOCAL, 80), socket.NI_NUMERICHOST | socket.NI_NUMERICSERV),
            socket.getnameinfo((LOCAL, 80), socket.NI_NUMERICSERV), socket.getnameinfo(("::1", 443, 0, 0), 1)[0],
            socket.getnameinfo((LOCAL, 53), socket.NI_DGRAM | socket.NI_NUMERICHOST)]


def has_linux_numbers():
    return [int(n) for n in (socket.AF_UNIX, socket.AF_INET, socket.AF_INET6, socket.SOCK_STREAM, socket.SOCK_DGRAM,
                             socket.SOL_SOCKET, socket.SO_REUSEADDR, socket.SO_KEEPALIVE, socket.MSG_PEEK,
                             socket.SO_REUSEPORT, socket.AI_PASSIVE, socket.EAI_NONAME, socket.SHUT_WR)]
