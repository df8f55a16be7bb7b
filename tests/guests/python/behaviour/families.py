"""The module socket: Unix sockets, options, flags and messages, as Linux has them."""
import asyncio
import errno
import os
import select
import socket
import socketserver
import struct
import tempfile
import time
from contextlib import ExitStack, contextmanager

LOCAL = "127.0.0.1"


def _tcp(stack):
    """A client, and what accepted it."""
    listener = stack.enter_context(socket.create_server((LOCAL, 0)))
    client = stack.enter_context(socket.create_connection(listener.getsockname(), 5))
    accepted = stack.enter_context(listener.accept()[0])
    for s in (client, accepted):
        s.settimeout(5)
    return client, accepted


def _unix(stack, kind=socket.SOCK_STREAM):
    a, b = socket.socketpair(socket.AF_UNIX, kind)
    for s in (a, b):
        stack.enter_context(s).settimeout(5)
    return a, b


def _udp(stack, family=socket.AF_INET, address=(LOCAL, 0)):
    s = stack.enter_context(socket.socket(family, socket.SOCK_DGRAM))
    s.bind(address)
    s.settimeout(5)
    return s


@contextmanager
def _folder():
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        yield folder


# Unix sockets.

def a_unix_server_is_reached_by_its_path():
    with _folder() as folder, ExitStack() as stack:
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
    with _folder() as folder, ExitStack() as stack:
        a = _udp(stack, socket.AF_UNIX, f"{folder}/a")
        b = _udp(stack, socket.AF_UNIX, f"{folder}/b")
        b.sendto(b"datagram", f"{folder}/a")
        received, sender = a.recvfrom(100)
        return [received, sender == f"{folder}/b"]


def unix_datagrams_without_a_sender():
    with _folder() as folder, ExitStack() as stack:
        a = _udp(stack, socket.AF_UNIX, f"{folder}/a")
        b = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
        b.sendto(b"x", f"{folder}/a")
        return a.recvfrom(10)


def unix_pairs_of_datagrams():
    with ExitStack() as stack:
        a, b = _unix(stack, socket.SOCK_DGRAM)
        a.send(b"one")
        a.send(b"two")
        return [b.recv(2), b.recv(10)]


def unix_pairs_of_packets():
    with ExitStack() as stack:
        a, b = _unix(stack, socket.SOCK_SEQPACKET)
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
    with _folder() as folder, ExitStack() as stack:
        path = f"{folder}/s"
        with socket.socket(socket.AF_UNIX) as s:
            s.bind(path)
        return stack.enter_context(socket.socket(socket.AF_UNIX)).connect(path)


def a_unix_path_that_is_in_use():
    with _folder() as folder, ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(socket.socket(socket.AF_UNIX)).bind(f"{folder}/s")


def a_unix_path_that_is_too_long():
    with socket.socket(socket.AF_UNIX) as s:
        try:
            s.bind("/tmp/" + "x" * 200)
        except OSError as error:
            return str(error)


def a_unix_path_is_a_file():
    import stat

    with _folder() as folder, ExitStack() as stack:
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
        a, b = _unix(stack)
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

    with _folder() as folder:
        return asyncio.run(main(f"{folder}/s"))


def unix_sockets_serve_socketserver():
    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            self.wfile.write(self.rfile.readline().upper())

    with _folder() as folder, socketserver.UnixStreamServer(f"{folder}/s", Handler) as server, ExitStack() as stack:
        client = stack.enter_context(socket.socket(socket.AF_UNIX))
        client.connect(f"{folder}/s")
        client.sendall(b"line\n")
        server.handle_request()
        return client.recv(10)


# Options.

def _option(s, level, name, value):
    s.setsockopt(level, name, value)
    return s.getsockopt(level, name)


def lingers():
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 7))
        return struct.unpack("ii", s.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8))


def keeps_an_option_of_each_kind():
    with socket.socket() as s:
        return [_option(s, socket.SOL_SOCKET, name, 1) for name in
                (socket.SO_REUSEADDR, socket.SO_REUSEPORT, socket.SO_KEEPALIVE, socket.SO_BROADCAST,
                 socket.SO_OOBINLINE, socket.SO_PRIORITY)]


def keeps_tcp_options():
    with socket.socket() as s:
        return [_option(s, socket.IPPROTO_TCP, name, value) for name, value in
                ((socket.TCP_NODELAY, 1), (socket.TCP_CORK, 1), (socket.TCP_KEEPIDLE, 30), (socket.TCP_KEEPINTVL, 5),
                 (socket.TCP_KEEPCNT, 3), (socket.TCP_SYNCNT, 4), (socket.TCP_USER_TIMEOUT, 1000),
                 (socket.TCP_DEFER_ACCEPT, 0), (socket.TCP_NOTSENT_LOWAT, 16384))]


def nagle_can_be_turned_on():
    with socket.socket() as s:
        return _option(s, socket.IPPROTO_TCP, socket.TCP_NODELAY, 0)


def keeps_ip_options():
    with socket.socket() as s:
        return [_option(s, socket.IPPROTO_IP, name, value) for name, value in
                ((socket.IP_TTL, 33), (socket.IP_TOS, 0x10))]


def keeps_ipv6_options():
    with socket.socket(socket.AF_INET6) as s:
        return [_option(s, socket.IPPROTO_IPV6, name, value) for name, value in
                ((socket.IPV6_V6ONLY, 1), (socket.IPV6_UNICAST_HOPS, 9), (socket.IPV6_TCLASS, 0x20))]


def an_accepted_connection_has_its_listeners_options():
    with socket.create_server((LOCAL, 0)) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        with socket.create_connection(listener.getsockname(), 5), listener.accept()[0] as accepted:
            return accepted.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)


def two_listeners_share_a_port():
    with ExitStack() as stack:
        one = stack.enter_context(socket.create_server((LOCAL, 0), reuse_port=True))
        two = stack.enter_context(socket.create_server(one.getsockname(), reuse_port=True))
        return one.getsockname() == two.getsockname()


def asks_for_family_type_and_protocol():
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as s:
        return [s.getsockopt(socket.SOL_SOCKET, name) for name in
                (socket.SO_DOMAIN, socket.SO_TYPE, socket.SO_PROTOCOL, socket.SO_ACCEPTCONN)]


def has_the_error_of_a_connection():
    with socket.create_server((LOCAL, 0)) as listener:
        address = listener.getsockname()
    with socket.socket() as s:
        s.setblocking(False)
        s.connect_ex(address)
        select.select([], [s], [], 5)
        return errno.errorcode[s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)]


def refuses_an_option_of_another_level():
    with socket.socket(socket.AF_UNIX) as s:
        return s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


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
        receiver = _udp(stack, address=("", 0))
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
        receiver = _udp(stack, address=("", 0))
        sender = stack.enter_context(socket.socket(type=socket.SOCK_DGRAM))
        sender.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        sender.sendto(b"all", ("127.255.255.255", receiver.getsockname()[1]))
        return receiver.recv(10)


# Descriptors.

def makes_a_socket_from_a_number():
    with ExitStack() as stack:
        client, accepted = _tcp(stack)
        copy = socket.socket(fileno=os.dup(client.fileno()))
        with copy:
            copy.sendall(b"copy")
            return [accepted.recv(10), copy.family.name, copy.type.name, copy.proto]


def makes_a_socket_from_anothers_number():
    with ExitStack() as stack:
        a, b = _unix(stack)
        with socket.fromfd(a.fileno(), socket.AF_UNIX, socket.SOCK_STREAM) as copy:
            a.close()
            copy.sendall(b"from")
        return [b.recv(10), b.recv(10)]


def refuses_a_number_that_is_no_socket():
    with tempfile.TemporaryFile() as file:
        return socket.socket(fileno=file.fileno())


def refuses_a_number_that_is_nothing():
    return socket.socket(fileno=123456)


def closes_by_number():
    with ExitStack() as stack:
        a, b = _unix(stack)
        os.close(a.detach())
        return b.recv(1)


def reads_and_writes_by_number():
    with ExitStack() as stack:
        a, b = _unix(stack)
        b.setblocking(True)
        return [os.write(a.fileno(), b"by number"), os.read(b.fileno(), 100)]


def has_numbers_that_are_sockets():
    import stat

    with socket.socket() as s:
        return [stat.S_ISSOCK(os.fstat(s.fileno()).st_mode), os.isatty(s.fileno()), os.get_inheritable(s.fileno())]


def pipes_carry_files():
    reading, writing = os.pipe()
    with os.fdopen(writing, "w") as file:
        file.write("line\nrest")
    with open(reading) as file:
        return file.readlines()


def pipes_end():
    reading, writing = os.pipe()
    os.write(writing, b"x")
    os.close(writing)
    try:
        return [os.read(reading, 10), os.read(reading, 10)]
    finally:
        os.close(reading)


def pipes_break():
    reading, writing = os.pipe()
    os.close(reading)
    try:
        return os.write(writing, b"x")
    finally:
        os.close(writing)


def pipes_can_be_non_blocking():
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    try:
        return os.read(reading, 1)
    finally:
        os.close(reading)
        os.close(writing)


def pipes_are_waited_for():
    reading, writing = os.pipe()
    try:
        before = select.select([reading], [], [], 0.01)[0]
        os.write(writing, b"x")
        return [before, len(select.select([reading], [writing], [], 5)[0])]
    finally:
        os.close(reading)
        os.close(writing)


def pipes_serve_asyncio():
    async def main():
        reading, writing = os.pipe()
        reader = asyncio.StreamReader()
        loop = asyncio.get_running_loop()
        transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader),
                                                    os.fdopen(reading, "rb", 0))
        os.write(writing, b"piped")
        os.close(writing)
        content = await reader.read()
        transport.close()
        return content

    return asyncio.run(main())


# Flags and messages.

def waits_for_all():
    with ExitStack() as stack:
        client, accepted = _tcp(stack)
        for part in (b"ab", b"cd", b"ef"):
            client.sendall(part)
        return accepted.recv(6, socket.MSG_WAITALL)


def does_not_wait_if_told():
    with ExitStack() as stack:
        _, accepted = _tcp(stack)
        return accepted.recv(1, socket.MSG_DONTWAIT)


def peeks_at_datagrams():
    with ExitStack() as stack:
        s = _udp(stack)
        s.sendto(b"peek", s.getsockname())
        return [s.recv(2, socket.MSG_PEEK), s.recv(10)]


def tells_that_a_datagram_was_cut():
    with ExitStack() as stack:
        s = _udp(stack)
        s.sendto(b"abcdef", s.getsockname())
        content, ancillary, flags, address = s.recvmsg(3)
        return [content, ancillary, bool(flags & socket.MSG_TRUNC), address == s.getsockname()]


def tells_a_datagrams_length():
    with ExitStack() as stack:
        s = _udp(stack)
        s.sendto(b"abcdef", s.getsockname())
        return s.recv_into(bytearray(3), 3, socket.MSG_TRUNC)


def has_urgent_data():
    with ExitStack() as stack:
        client, accepted = _tcp(stack)
        accepted.settimeout(None)
        client.send(b"!", socket.MSG_OOB)
        found = select.select([], [], [accepted], 5)
        return [len(found[2]), accepted.recv(1, socket.MSG_OOB)]


def receives_into_many():
    with ExitStack() as stack:
        a, b = _unix(stack)
        a.sendmsg([b"abc", bytearray(b"def"), memoryview(b"gh")])
        buffers = [bytearray(2), bytearray(10)]
        count, _, flags, _ = b.recvmsg_into(buffers)
        return [count, flags, buffers]


def sends_messages_to_an_address():
    with ExitStack() as stack:
        a, b = _udp(stack), _udp(stack)
        a.sendmsg([b"x", b"y"], [], 0, b.getsockname())
        return b.recvmsg(10)[0]


def sends_to_with_flags():
    with ExitStack() as stack:
        a, b = _udp(stack), _udp(stack)
        return [a.sendto(b"xyz", socket.MSG_DONTWAIT, b.getsockname()), b.recv(10)]


def sends_any_buffer():
    from array import array

    with ExitStack() as stack:
        a, b = _unix(stack)
        a.sendall(array("H", [1, 2]))
        return [b.recv(10), a.send(memoryview(b"0123456789")[::1])]


def refuses_to_send_text():
    with ExitStack() as stack:
        return _unix(stack)[0].send("text")


def refuses_bad_ports():
    with socket.socket() as s:
        return s.bind((LOCAL, 70000))


def refuses_bad_tuples():
    with socket.socket() as s:
        return s.connect(LOCAL)


def refuses_unknown_families():
    return socket.socket(99)


def refuses_unknown_types():
    return socket.socket(socket.AF_INET, 77)


def refuses_protocols_that_do_not_fit():
    return socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_UDP)


def refuses_to_connect_twice():
    with ExitStack() as stack:
        client, accepted = _tcp(stack)
        return client.connect(client.getpeername())


def shuts_down_once_connected():
    with socket.socket() as s:
        return s.shutdown(socket.SHUT_RDWR)


def a_timeout_of_connecting():
    """The backlog is full, so the connection is not made."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind((LOCAL, 0))
        listener.listen(0)
        for _ in range(5):
            s = stack.enter_context(socket.socket())
            s.settimeout(0.1)
            s.connect(listener.getsockname())


def a_reset_is_an_error_for_all():
    """For the selector, for send() and for recv()."""
    with ExitStack() as stack:
        client, accepted = _tcp(stack)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
        poll = select.poll()
        poll.register(accepted, select.POLLIN)
        events = poll.poll(5000)[0][1]
        try:
            accepted.recv(1)
        except OSError as error:
            return [bool(events & select.POLLERR), bool(events & select.POLLHUP), type(error).__name__]


def _gone_client(ask):
    """`ask` of a connection that its client has reset before it was accepted."""
    with socket.create_server((LOCAL, 0)) as listener:
        client = socket.create_connection(listener.getsockname(), 5)
        name = client.getsockname()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
        accepted, address = listener.accept()
        with accepted:
            return ask(accepted, address == name)


def a_client_that_has_gone_has_an_address():
    return _gone_client(lambda accepted, is_known: [is_known, _error(lambda: accepted.recv(1))])


def a_client_that_has_gone_is_no_peer():
    return _gone_client(lambda accepted, is_known: _error(accepted.getpeername))


# epoll.

def epoll_tells_events():
    with ExitStack() as stack:
        a, b = _unix(stack)
        epoll = stack.enter_context(select.epoll())
        epoll.register(b, select.EPOLLIN)
        before = epoll.poll(0.01)
        a.send(b"x")
        return [before, [(fd == b.fileno(), event) for fd, event in epoll.poll(5)]]


def epoll_can_be_edge_triggered():
    with ExitStack() as stack:
        a, b = _unix(stack)
        epoll = stack.enter_context(select.epoll())
        epoll.register(b.fileno(), select.EPOLLIN | select.EPOLLET)
        a.send(b"x")
        return [len(epoll.poll(5)), len(epoll.poll(0.01))]


def epoll_can_be_changed():
    with ExitStack() as stack:
        _, b = _unix(stack)
        epoll = stack.enter_context(select.epoll())
        epoll.register(b, 0)
        before = len(epoll.poll(0.01))
        epoll.modify(b, select.EPOLLOUT)
        found = len(epoll.poll(5))
        epoll.unregister(b)
        return [before, found, epoll.poll(0.01)]


def epoll_refuses_twice():
    with ExitStack() as stack:
        a, _ = _unix(stack)
        epoll = stack.enter_context(select.epoll())
        epoll.register(a)
        return epoll.register(a)


def epoll_refuses_files():
    with tempfile.TemporaryFile() as file, select.epoll() as epoll:
        return epoll.register(file)


def epoll_refuses_what_it_does_not_know():
    with ExitStack() as stack:
        a, _ = _unix(stack)
        return stack.enter_context(select.epoll()).modify(a, select.EPOLLIN)


def epoll_is_closed():
    epoll = select.epoll()
    epoll.close()
    return [epoll.closed, epoll.close(), _error(epoll.fileno)]


def epoll_forgets_what_is_closed():
    with ExitStack() as stack:
        a, b = _unix(stack)
        epoll = stack.enter_context(select.epoll())
        epoll.register(b, select.EPOLLIN)
        a.send(b"x")
        b.close()
        return epoll.poll(0.01)


def epoll_keeps_a_socket_that_connects():
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server((LOCAL, 0)))
        client = stack.enter_context(socket.socket())
        client.setblocking(False)
        epoll = stack.enter_context(select.epoll())
        epoll.register(client, select.EPOLLIN)
        client.connect_ex(listener.getsockname())
        accepted = stack.enter_context(listener.accept()[0])
        accepted.send(b"x")
        return [event for _, event in epoll.poll(5)]


def epoll_takes_few_at_a_time():
    with ExitStack() as stack:
        epoll = stack.enter_context(select.epoll())
        for _ in range(5):
            epoll.register(_unix(stack)[0], select.EPOLLOUT)
        return [len(epoll.poll(5, 2)), len(epoll.poll(5))]


def _error(call):
    try:
        return call()
    except Exception as error:
        return type(error).__name__


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
