"""The modules select and selectors."""
import select
import selectors
import socket
import tempfile
import time
from contextlib import ExitStack

import pairs
from pairs import LOCAL


def _names(sockets, **known):
    return sorted(name for name, s in known.items() if s in sockets)


def a_fresh_connection_is_not_readable():
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server((LOCAL, 0)))
        stack.enter_context(socket.create_connection(listener.getsockname(), 5))
        accepted = stack.enter_context(listener.accept()[0])
        return len(select.select([accepted], [], [], 0.05)[0])


def a_read_connection_is_not_readable():
    with ExitStack() as stack:
        client, accepted = pairs.tcp(stack, timeout=0)
        client.send(b"x")
        select.select([accepted], [], [], 5)
        accepted.recv(10)
        return len(select.select([accepted], [], [], 0.05)[0])


def an_idle_connection_is_writable_only():
    with ExitStack() as stack:
        client, accepted = pairs.tcp(stack, timeout=0)
        readable, writable, failed = select.select([accepted], [accepted], [accepted], 1)
        return [len(readable), len(writable), len(failed)]


def input_makes_readable():
    with ExitStack() as stack:
        client, accepted = pairs.tcp(stack, timeout=0)
        client.send(b"x")
        return len(select.select([accepted], [], [], 5)[0])


def the_end_makes_readable():
    with ExitStack() as stack:
        client, accepted = pairs.tcp(stack, timeout=0)
        client.close()
        return len(select.select([accepted], [], [], 5)[0])


def a_client_makes_a_listener_readable():
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server((LOCAL, 0)))
        before = len(select.select([listener], [], [], 0)[0])
        stack.enter_context(socket.create_connection(listener.getsockname(), 5))
        return [before, len(select.select([listener], [], [], 5)[0])]


def a_connection_that_is_made_is_writable():
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server((LOCAL, 0)))
        client = stack.enter_context(socket.socket())
        client.setblocking(False)
        client.connect_ex(listener.getsockname())
        writable = len(select.select([], [client], [], 5)[1])
        return [writable, client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)]


def a_connection_that_is_refused_is_writable():
    with ExitStack() as stack:
        with socket.create_server((LOCAL, 0)) as listener:
            address = listener.getsockname()
        client = stack.enter_context(socket.socket())
        client.setblocking(False)
        client.connect_ex(address)
        writable = len(select.select([], [client], [], 5)[1])
        return [writable, client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) != 0]


def a_full_connection_is_not_writable():
    with ExitStack() as stack:
        client, _ = pairs.tcp(stack, timeout=0)
        try:
            while True:
                client.send(b"x" * 65536)
        except BlockingIOError:
            return len(select.select([], [client], [], 0.05)[1])


def a_datagram_makes_readable():
    with socket.socket(type=socket.SOCK_DGRAM) as a:
        a.bind((LOCAL, 0))
        before = len(select.select([a], [], [], 0.02)[0])
        a.sendto(b"x", a.getsockname())
        return [before, len(select.select([a], [], [], 5)[0])]


def select_waits_no_longer_than_told():
    with ExitStack() as stack:
        client, _ = pairs.tcp(stack, timeout=0)
        start = time.monotonic()
        found = select.select([client], [], [], 0.1)
        return [len(found[0]), 0.09 < time.monotonic() - start < 2]


def select_of_nothing_waits():
    start = time.monotonic()
    select.select([], [], [], 0.05)
    return 0.04 < time.monotonic() - start < 2


def select_tells_which():
    with ExitStack() as stack:
        a, b = pairs.tcp(stack, timeout=0), pairs.tcp(stack, timeout=0)
        a[0].send(b"x")
        return _names(select.select([a[1], b[1]], [], [], 5)[0], a=a[1], b=b[1])


def select_refuses_closed_sockets():
    s = socket.socket()
    s.close()
    return select.select([s], [], [], 0)


def select_refuses_what_is_no_file():
    return select.select(["x"], [], [], 0)


def polls():
    with ExitStack() as stack:
        client, accepted = pairs.tcp(stack, timeout=0)
        poll = select.poll()
        poll.register(accepted, select.POLLIN)
        before = poll.poll(20)
        client.send(b"x")
        return [before, [bool(event & select.POLLIN) for _, event in poll.poll(5000)]]


def polls_what_was_changed():
    with ExitStack() as stack:
        _, accepted = pairs.tcp(stack, timeout=0)
        poll = select.poll()
        poll.register(accepted, select.POLLIN)
        poll.modify(accepted, select.POLLOUT)
        return [bool(event & select.POLLOUT) for _, event in poll.poll(5000)]


def polls_nothing_after_unregistering():
    with ExitStack() as stack:
        client, accepted = pairs.tcp(stack, timeout=0)
        poll = select.poll()
        poll.register(accepted, select.POLLIN)
        client.send(b"x")
        poll.unregister(accepted)
        return poll.poll(10)


def unregistering_twice_is_an_error():
    poll = select.poll()
    poll.register(0)
    poll.unregister(0)
    return poll.unregister(0)


def has_epoll():
    return hasattr(select, "epoll")


def selectors_select():
    with ExitStack() as stack:
        client, accepted = pairs.tcp(stack, timeout=0)
        selector = stack.enter_context(selectors.DefaultSelector())
        selector.register(accepted, selectors.EVENT_READ, "accepted")
        before = selector.select(0.02)
        client.send(b"x")
        return [before, [(key.data, mask) for key, mask in selector.select(5)]]


def selectors_tell_both_directions():
    with ExitStack() as stack:
        client, accepted = pairs.tcp(stack, timeout=0)
        selector = stack.enter_context(selectors.DefaultSelector())
        selector.register(accepted, selectors.EVENT_READ | selectors.EVENT_WRITE)
        client.send(b"x")
        select.select([accepted], [], [], 5)
        return [mask for _, mask in selector.select(5)]


def selectors_modify():
    with ExitStack() as stack:
        _, accepted = pairs.tcp(stack, timeout=0)
        selector = stack.enter_context(selectors.DefaultSelector())
        selector.register(accepted, selectors.EVENT_READ, 1)
        selector.modify(accepted, selectors.EVENT_WRITE, 2)
        return [(key.data, mask) for key, mask in selector.select(5)]


def selectors_unregister():
    with ExitStack() as stack:
        _, accepted = pairs.tcp(stack, timeout=0)
        selector = stack.enter_context(selectors.DefaultSelector())
        selector.register(accepted, selectors.EVENT_WRITE)
        selector.unregister(accepted)
        return [selector.select(0), len(selector.get_map())]


def selectors_refuse_twice():
    with ExitStack() as stack:
        _, accepted = pairs.tcp(stack, timeout=0)
        selector = stack.enter_context(selectors.DefaultSelector())
        selector.register(accepted, selectors.EVENT_READ)
        return selector.register(accepted, selectors.EVENT_READ)


def selectors_find_keys():
    with ExitStack() as stack:
        _, accepted = pairs.tcp(stack, timeout=0)
        selector = stack.enter_context(selectors.SelectSelector())
        selector.register(accepted, selectors.EVENT_READ, "data")
        return [selector.get_key(accepted).data, accepted in selector.get_map()]


def selectors_serve_many():
    """A hundred clients on one thread."""
    with ExitStack() as stack:
        selector = stack.enter_context(selectors.DefaultSelector())
        connected = [pairs.tcp(stack, timeout=0) for _ in range(100)]
        for i, (client, accepted) in enumerate(connected):
            selector.register(accepted, selectors.EVENT_READ, i)
            client.send(b"%d" % i)
        found = {}
        while len(found) < 100:
            for key, _ in selector.select(5):
                found[key.data] = int(key.fileobj.recv(10))
                selector.unregister(key.fileobj)
        return all(i == value for i, value in found.items())


# epoll.

def epoll_tells_events():
    with ExitStack() as stack:
        a, b = pairs.unix(stack)
        epoll = stack.enter_context(select.epoll())
        epoll.register(b, select.EPOLLIN)
        before = epoll.poll(0.01)
        a.send(b"x")
        return [before, [(fd == b.fileno(), event) for fd, event in epoll.poll(5)]]


def epoll_can_be_edge_triggered():
    with ExitStack() as stack:
        a, b = pairs.unix(stack)
        epoll = stack.enter_context(select.epoll())
        epoll.register(b.fileno(), select.EPOLLIN | select.EPOLLET)
        a.send(b"x")
        return [len(epoll.poll(5)), len(epoll.poll(0.01))]


def epoll_can_be_changed():
    with ExitStack() as stack:
        _, b = pairs.unix(stack)
        epoll = stack.enter_context(select.epoll())
        epoll.register(b, 0)
        before = len(epoll.poll(0.01))
        epoll.modify(b, select.EPOLLOUT)
        found = len(epoll.poll(5))
        epoll.unregister(b)
        return [before, found, epoll.poll(0.01)]


def epoll_refuses_twice():
    with ExitStack() as stack:
        a, _ = pairs.unix(stack)
        epoll = stack.enter_context(select.epoll())
        epoll.register(a)
        return epoll.register(a)


def epoll_refuses_files():
    with tempfile.TemporaryFile() as file, select.epoll() as epoll:
        return epoll.register(file)


def epoll_refuses_what_it_does_not_know():
    with ExitStack() as stack:
        a, _ = pairs.unix(stack)
        return stack.enter_context(select.epoll()).modify(a, select.EPOLLIN)


def epoll_is_closed():
    epoll = select.epoll()
    epoll.close()
    return [epoll.closed, epoll.close(), pairs.error_of(epoll.fileno)]


def epoll_forgets_what_is_closed():
    with ExitStack() as stack:
        a, b = pairs.unix(stack)
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
            epoll.register(pairs.unix(stack)[0], select.EPOLLOUT)
        return [len(epoll.poll(5, 2)), len(epoll.poll(5))]
