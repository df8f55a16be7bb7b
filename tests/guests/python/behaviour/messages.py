"""The module socket: options, flags and messages, and what becomes of calls that do not fit."""
import errno
import select
import socket
import struct
from contextlib import ExitStack

import pairs
from pairs import LOCAL


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


# Flags and messages.

def waits_for_all():
    with ExitStack() as stack:
        client, accepted = pairs.tcp(stack)
        for part in (b"ab", b"cd", b"ef"):
            client.sendall(part)
        return accepted.recv(6, socket.MSG_WAITALL)


def does_not_wait_if_told():
    with ExitStack() as stack:
        _, accepted = pairs.tcp(stack)
        return accepted.recv(1, socket.MSG_DONTWAIT)


def peeks_at_datagrams():
    with ExitStack() as stack:
        s = pairs.udp(stack)
        s.sendto(b"peek", s.getsockname())
        return [s.recv(2, socket.MSG_PEEK), s.recv(10)]


def tells_that_a_datagram_was_cut():
    with ExitStack() as stack:
        s = pairs.udp(stack)
        s.sendto(b"abcdef", s.getsockname())
        content, ancillary, flags, address = s.recvmsg(3)
        return [content, ancillary, bool(flags & socket.MSG_TRUNC), address == s.getsockname()]


def tells_a_datagrams_length():
    with ExitStack() as stack:
        s = pairs.udp(stack)
        s.sendto(b"abcdef", s.getsockname())
        return s.recv_into(bytearray(3), 3, socket.MSG_TRUNC)


def has_urgent_data():
    with ExitStack() as stack:
        client, accepted = pairs.tcp(stack)
        accepted.settimeout(None)
        client.send(b"!", socket.MSG_OOB)
        found = select.select([], [], [accepted], 5)
        return [len(found[2]), accepted.recv(1, socket.MSG_OOB)]


def receives_into_many():
    with ExitStack() as stack:
        a, b = pairs.unix(stack)
        a.sendmsg([b"abc", bytearray(b"def"), memoryview(b"gh")])
        buffers = [bytearray(2), bytearray(10)]
        count, _, flags, _ = b.recvmsg_into(buffers)
        return [count, flags, buffers]


def sends_messages_to_an_address():
    with ExitStack() as stack:
        a, b = pairs.udp(stack), pairs.udp(stack)
        a.sendmsg([b"x", b"y"], [], 0, b.getsockname())
        return b.recvmsg(10)[0]


def sends_to_with_flags():
    with ExitStack() as stack:
        a, b = pairs.udp(stack), pairs.udp(stack)
        return [a.sendto(b"xyz", socket.MSG_DONTWAIT, b.getsockname()), b.recv(10)]


def sends_any_buffer():
    from array import array

    with ExitStack() as stack:
        a, b = pairs.unix(stack)
        a.sendall(array("H", [1, 2]))
        return [b.recv(10), a.send(memoryview(b"0123456789")[::1])]


def refuses_to_send_text():
    with ExitStack() as stack:
        return pairs.unix(stack)[0].send("text")


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
        client, accepted = pairs.tcp(stack)
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
        client, accepted = pairs.tcp(stack)
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
    return _gone_client(lambda accepted, is_known: [is_known, pairs.error_of(lambda: accepted.recv(1))])


def a_client_that_has_gone_is_no_peer():
    def ask(accepted, is_known):
        select.select([accepted], [], [], 5)  # until the reset has come
        return pairs.error_of(accepted.getpeername)

    return _gone_client(ask)
