"""The module socket."""
import errno
import socket
import struct
import time
from contextlib import ExitStack

LOCAL = "127.0.0.1"


def _pair(stack, family=socket.AF_INET, address=LOCAL):
    """A listener, its client, and what it accepted."""
    listener = stack.enter_context(socket.create_server((address, 0), family=family))
    client = stack.enter_context(socket.create_connection(listener.getsockname()[:2], 5))
    accepted, _ = listener.accept()
    stack.enter_context(accepted)
    for s in (listener, client, accepted):
        s.settimeout(5)
    return listener, client, accepted


def _error(call, *args):
    try:
        return call(*args)
    except OSError as error:
        return [type(error).__name__, errno.errorcode.get(error.errno)]


def _refused_port():
    with socket.create_server((LOCAL, 0)) as s:
        return s.getsockname()[1]


def sends_and_receives():
    with ExitStack() as stack:
        _, client, accepted = _pair(stack)
        client.sendall(b"hello")
        return accepted.recv(100)


def receives_nothing_at_the_end():
    with ExitStack() as stack:
        _, client, accepted = _pair(stack)
        client.close()
        return [accepted.recv(100), accepted.recv(100)]


def half_close_keeps_the_other_half():
    with ExitStack() as stack:
        _, client, accepted = _pair(stack)
        client.sendall(b"question")
        client.shutdown(socket.SHUT_WR)
        received = accepted.recv(100), accepted.recv(100)
        accepted.sendall(b"answer")
        return [*received, client.recv(100)]


def receives_part():
    with ExitStack() as stack:
        _, client, accepted = _pair(stack)
        client.sendall(b"abcdef")
        return [accepted.recv(2), accepted.recv(3), accepted.recv(100)]


def peeks():
    with ExitStack() as stack:
        _, client, accepted = _pair(stack)
        client.sendall(b"peek")
        return [accepted.recv(2, socket.MSG_PEEK), accepted.recv(100)]


def receives_into():
    with ExitStack() as stack:
        _, client, accepted = _pair(stack)
        client.sendall(b"into")
        buffer = bytearray(8)
        return [accepted.recv_into(buffer), buffer]


def receives_into_a_part_of_a_buffer():
    with ExitStack() as stack:
        _, client, accepted = _pair(stack)
        client.sendall(b"abcdef")
        buffer = bytearray(8)
        return [accepted.recv_into(memoryview(buffer)[2:], 3), buffer]


def receives_with_an_address_from_tcp():
    with ExitStack() as stack:
        _, client, accepted = _pair(stack)
        client.sendall(b"x")
        return accepted.recvfrom(10)[0]


def sends_much():
    with ExitStack() as stack:
        _, client, accepted = _pair(stack)
        client.setblocking(False)
        sent = client.send(b"x" * 65536)
        return len(accepted.recv(sent, socket.MSG_WAITALL)) if sent else 0


def would_block_on_receiving():
    with ExitStack() as stack:
        _, client, _ = _pair(stack)
        client.setblocking(False)
        return client.recv(1)


def would_block_on_accepting():
    with socket.create_server((LOCAL, 0)) as listener:
        listener.setblocking(False)
        return listener.accept()


def would_block_on_sending_at_last():
    with ExitStack() as stack:
        _, client, _ = _pair(stack)
        client.setblocking(False)
        while True:
            client.send(b"x" * 65536)


def times_out_on_receiving():
    with ExitStack() as stack:
        _, client, _ = _pair(stack)
        client.settimeout(0.1)
        start = time.monotonic()
        try:
            client.recv(1)
        except TimeoutError as error:
            return [str(error), 0.09 < time.monotonic() - start < 2]


def times_out_on_accepting():
    with socket.create_server((LOCAL, 0)) as listener:
        listener.settimeout(0.05)
        return listener.accept()


def is_refused():
    return _error(socket.create_connection, (LOCAL, _refused_port()), 5)


def is_refused_by_number():
    with socket.socket() as s:
        s.settimeout(5)
        return errno.errorcode.get(s.connect_ex((LOCAL, _refused_port())))


def connects_later():
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server((LOCAL, 0)))
        client = stack.enter_context(socket.socket())
        client.setblocking(False)
        number = client.connect_ex(listener.getsockname())
        accepted, _ = listener.accept()
        accepted.close()
        return errno.errorcode.get(number)


def is_reset():
    with ExitStack() as stack:
        _, client, accepted = _pair(stack)
        accepted.sendall(b"unread")
        client.recv(1)
        client.close()
        return accepted.recv(100)


def resets_on_lingering_close():
    with ExitStack() as stack:
        _, client, accepted = _pair(stack)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
        return accepted.recv(100)


def has_a_broken_pipe():
    with ExitStack() as stack:
        _, client, accepted = _pair(stack)
        accepted.close()
        client.settimeout(5)
        while True:
            client.sendall(b"x" * 65536)


def cannot_send_after_shutdown():
    with ExitStack() as stack:
        _, client, _ = _pair(stack)
        client.shutdown(socket.SHUT_WR)
        client.sendall(b"x")


def address_in_use():
    with socket.create_server((LOCAL, 0)) as listener:
        return _error(socket.create_server, listener.getsockname())


def address_not_available():
    with socket.socket() as s:
        return _error(s.bind, ("192.0.2.1", 0))


def binds_again_after_close():
    with socket.create_server((LOCAL, 0)) as listener:
        address = listener.getsockname()
    with socket.create_server(address) as listener:
        return listener.getsockname() == address


def tells_its_name():
    with ExitStack() as stack:
        listener, client, accepted = _pair(stack)
        return [client.getpeername() == listener.getsockname(), accepted.getpeername() == client.getsockname()]


def has_no_peer():
    with socket.socket() as s:
        return s.getpeername()


def has_no_name_yet():
    with socket.socket() as s:
        return s.getsockname()


def receives_unconnected():
    with socket.socket() as s:
        return s.recv(1)


def accepts_without_listening():
    with socket.socket() as s:
        s.bind((LOCAL, 0))
        s.settimeout(0.1)
        return s.accept()


def binds_twice():
    with socket.socket() as s:
        s.bind((LOCAL, 0))
        return _error(s.bind, (LOCAL, 0))


def is_closed():
    s = socket.socket()
    s.close()
    return [s.fileno(), _error(s.getsockname)]


def closes_twice():
    s = socket.socket()
    s.close()
    return s.close()


def detaches():
    with socket.socket() as s:
        number = s.detach()
        again = socket.socket(fileno=number)
        again.close()
        return [number >= 0, s.fileno()]


def duplicates():
    with ExitStack() as stack:
        _, client, accepted = _pair(stack)
        with client.dup() as other:
            other.sendall(b"dup")
        return accepted.recv(10)


def has_a_context():
    with socket.socket() as s:
        pass
    return s.fileno()


def makes_a_file():
    with ExitStack() as stack:
        _, client, accepted = _pair(stack)
        with client.makefile("w", newline="\n") as file:
            file.write("one\ntwo\n")
        client.shutdown(socket.SHUT_WR)
        with accepted.makefile("r") as file:
            return file.readlines()


def makes_an_unbuffered_file():
    with ExitStack() as stack:
        _, client, accepted = _pair(stack)
        with client.makefile("wb", buffering=0) as file:
            count = file.write(b"raw")
        return [count, accepted.recv(10)]


def a_file_outlives_its_socket():
    with ExitStack() as stack:
        _, client, accepted = _pair(stack)
        file = accepted.makefile("rb")
        accepted.close()
        client.sendall(b"late")
        client.close()
        return file.read()


def makes_a_pair():
    a, b = socket.socketpair()
    with a, b:
        a.sendall(b"ping")
        received = b.recv(10)
        b.sendall(b"pong")
        return [received, a.recv(10)]


def makes_a_unix_pair():
    a, b = socket.socketpair(socket.AF_UNIX)
    a.close()
    b.close()
    return "made"


def has_unix_sockets():
    return hasattr(socket, "AF_UNIX")


def speaks_ipv6():
    with ExitStack() as stack:
        _, client, accepted = _pair(stack, socket.AF_INET6, "::1")
        client.sendall(b"six")
        return [accepted.recv(10), len(accepted.getpeername())]


def makes_an_ipv6_server():
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as s:
        return s.getsockname()[0]


def has_dual_stack():
    return socket.has_dualstack_ipv6()


def takes_ipv4_on_an_ipv6_listener():
    with socket.create_server(("", 0), family=socket.AF_INET6, dualstack_ipv6=True) as listener:
        with socket.create_connection((LOCAL, listener.getsockname()[1]), 5):
            return listener.accept()[1][0]


def sends_datagrams():
    with socket.socket(type=socket.SOCK_DGRAM) as a, socket.socket(type=socket.SOCK_DGRAM) as b:
        a.bind((LOCAL, 0))
        b.bind((LOCAL, 0))
        a.settimeout(5)
        count = b.sendto(b"datagram", a.getsockname())
        received, sender = a.recvfrom(100)
        return [count, received, sender == b.getsockname()]


def cuts_datagrams():
    with socket.socket(type=socket.SOCK_DGRAM) as a, socket.socket(type=socket.SOCK_DGRAM) as b:
        a.bind((LOCAL, 0))
        a.settimeout(5)
        b.sendto(b"abcdef", a.getsockname())
        b.sendto(b"next", a.getsockname())
        return [a.recv(3), a.recv(10)]


def sends_empty_datagrams():
    with socket.socket(type=socket.SOCK_DGRAM) as a, socket.socket(type=socket.SOCK_DGRAM) as b:
        a.bind((LOCAL, 0))
        a.settimeout(5)
        b.sendto(b"", a.getsockname())
        return a.recv(10)


def connects_datagrams():
    with socket.socket(type=socket.SOCK_DGRAM) as a, socket.socket(type=socket.SOCK_DGRAM) as b:
        a.bind((LOCAL, 0))
        a.settimeout(5)
        b.connect(a.getsockname())
        b.send(b"connected")
        return [a.recv(100), b.getpeername() == a.getsockname()]


def refuses_datagrams_that_are_too_long():
    with socket.socket(type=socket.SOCK_DGRAM) as a:
        return _error(a.sendto, b"x" * 70000, (LOCAL, 9))


def times_out_on_datagrams():
    with socket.socket(type=socket.SOCK_DGRAM) as a:
        a.bind((LOCAL, 0))
        a.settimeout(0.05)
        return a.recv(1)


def sends_ipv6_datagrams():
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as a:
        a.bind(("::1", 0))
        a.settimeout(5)
        a.sendto(b"six", a.getsockname())
        return a.recv(10)


def broadcasts():
    with socket.socket(type=socket.SOCK_DGRAM) as a:
        a.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        return a.getsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST)


def joins_a_multicast_group():
    with socket.socket(type=socket.SOCK_DGRAM) as a:
        a.bind(("", 0))
        group = socket.inet_aton("224.0.0.251") + socket.inet_aton(LOCAL)
        return a.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, group)


def scatters_and_gathers():
    with ExitStack() as stack:
        _, client, accepted = _pair(stack)
        client.sendmsg([b"a", b"b"])
        return accepted.recvmsg(10)[0]


def reuses_addresses():
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return s.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR)


def reuses_ports():
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        return s.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT)


def keeps_alive():
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        return s.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)


def keeps_alive_at_intervals():
    with socket.socket() as s:
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 33)
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 7)
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 4)
        return [s.getsockopt(socket.IPPROTO_TCP, o) for o in
                (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT)]


def sends_without_delay():
    with ExitStack() as stack:
        _, client, _ = _pair(stack)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return client.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def has_buffers():
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 40000)
        return s.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) >= 40000


def has_no_error():
    with ExitStack() as stack:
        _, client, _ = _pair(stack)
        return client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)


def tells_its_type():
    with socket.socket() as s:
        return s.getsockopt(socket.SOL_SOCKET, socket.SO_TYPE) == socket.SOCK_STREAM


def tells_that_it_listens():
    with socket.create_server((LOCAL, 0)) as s:
        return s.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)


def refuses_unknown_options():
    with socket.socket() as s:
        return s.setsockopt(socket.SOL_SOCKET, 9999, 1)


def looks_up_numbers():
    return [entry[4] for entry in socket.getaddrinfo(LOCAL, 80, type=socket.SOCK_STREAM)]


def looks_up_localhost():
    return LOCAL in [entry[4][0] for entry in socket.getaddrinfo("localhost", 80, socket.AF_INET, socket.SOCK_STREAM)]


def looks_up_passively():
    entries = socket.getaddrinfo(None, 80, socket.AF_INET, socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    return [entry[4] for entry in entries]


def does_not_find_names():
    try:
        socket.getaddrinfo("nothing.invalid", 80)
    except socket.gaierror as error:
        return type(error).__name__


def looks_up_services():
    return socket.getaddrinfo(LOCAL, "http", type=socket.SOCK_STREAM)[0][4]


def looks_up_a_host():
    return socket.gethostbyname("127.0.0.1")


def looks_up_names_of_addresses():
    return socket.getnameinfo((LOCAL, 80), socket.NI_NUMERICHOST | socket.NI_NUMERICSERV)


def knows_services():
    return socket.getservbyname("http")


def has_a_host_name():
    return isinstance(socket.gethostname(), str) and socket.gethostname() != ""


def parses_addresses():
    return [socket.inet_aton("1.2.3.4"), socket.inet_ntoa(b"\x7f\0\0\1"), socket.inet_pton(socket.AF_INET6, "::1"),
            socket.inet_ntop(socket.AF_INET6, b"\0" * 15 + b"\1")]


def refuses_bad_addresses():
    return socket.inet_pton(socket.AF_INET, "1.2.3")


def orders_bytes():
    return [socket.htons(1), socket.ntohs(256), socket.htonl(1), socket.ntohl(16777216)]


def has_default_timeouts():
    socket.setdefaulttimeout(1.5)
    try:
        with socket.socket() as s:
            return s.gettimeout()
    finally:
        socket.setdefaulttimeout(None)


def has_timeouts_and_blocking():
    with socket.socket() as s:
        before = s.getblocking(), s.gettimeout()
        s.setblocking(False)
        return [*before, s.getblocking(), s.gettimeout()]


def refuses_negative_timeouts():
    with socket.socket() as s:
        return s.settimeout(-1)


def shows_itself():
    with socket.socket() as s:
        return repr(s).startswith("<socket.socket fd=")


def shows_itself_while_connecting():
    with socket.socket() as s:
        s.setblocking(False)
        s.connect_ex((LOCAL, _refused_port()))
        return repr(s).startswith("<socket.socket fd=")


def sends_a_file():
    with ExitStack() as stack:
        _, client, accepted = _pair(stack)
        with open(__file__, "rb") as file:
            count = client.sendfile(file, 0, 100)
        return [count, accepted.recv(100, socket.MSG_WAITALL)]


def has_many_at_once():
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server((LOCAL, 0), backlog=128))
        clients = [stack.enter_context(socket.create_connection(listener.getsockname(), 5)) for _ in range(100)]
        accepted = [stack.enter_context(listener.accept()[0]) for _ in clients]
        for i, client in enumerate(clients):
            client.sendall(b"%d" % i)
        return sorted(int(a.recv(10)) for a in accepted) == list(range(100))
