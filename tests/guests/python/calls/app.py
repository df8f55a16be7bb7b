"""Makes calls of wasmrun:net through componentize-py's bindings and through the module wasmrun_calls, and compares."""
import errno

import wasmrun_calls
from wasmrun_linux import host
from wit_world.imports import sockets as bindings

IN, UNIX, STREAM, SOL_SOCKET, SO_TYPE, SO_RCVBUF = 1, 1, 1, 1, 3, 8
FOR_EVER, TRUNC = -1, 0x20
# What is wrong with the arguments of each.
WRONG = [("close", (-1,)), ("close", ("1",)), ("close", (1 << 32,)), ("close", ()), ("receive", (1, 2, 3, 1 << 63)),
         ("send", (1, "text", 0, 0)), ("send", (1, None, 0, 0)), ("epoll_wait", (1, 2)), ("get_option", (1, 1 << 31, 1, 1)),
         ("set_option", (1, 1, 1, 5)), ("poll", (b"", 1.5))]


def number_of(fd):
    """The rest depends on how many are open."""
    return fd >= host.FIRST


def results(calls):
    first, second = bindings.pair(UNIX, STREAM)
    yield "send", calls.send(first, b"some bytes", 0, FOR_EVER)
    yield "part", calls.receive(second, 4, 0, FOR_EVER)
    yield "rest", calls.receive(second, 1 << 20, 0, FOR_EVER)
    yield "nothing", calls.receive(second, 10, 0, 0)
    yield "none wanted", calls.receive(second, 0, 0, 0)
    yield "empty", calls.send(first, b"", 0, 0)
    yield "option", calls.get_option(first, SOL_SOCKET, SO_TYPE, 4)
    yield "set", calls.set_option(first, SOL_SOCKET, SO_RCVBUF, b"\0\x20\0\0")
    yield "set to", calls.get_option(first, SOL_SOCKET, SO_RCVBUF, 4)
    yield "no option", calls.get_option(first, SOL_SOCKET, 4711, 4)
    calls.send(first, b"x", 0, 0)
    polled, events = calls.poll(second.to_bytes(4, "little") + bytes([IN, 0, 0, 0]), FOR_EVER)
    yield "poll", (polled, events[4:])
    epoll = bindings.epoll_open()
    yield "epoll", calls.epoll_control(epoll, 1, second, IN)
    yield "epoll again", calls.epoll_control(epoll, 1, second, IN)
    waited, events = calls.epoll_wait(epoll, 10, FOR_EVER)
    yield "epoll wait", (waited, events[4:])
    yield "shutdown", calls.shutdown(first, 1)
    yield "shutdown as", calls.shutdown(first, 99)
    yield "last", calls.receive(second, 10, 0, FOR_EVER)
    yield "end", calls.receive(second, 10, 0, FOR_EVER)
    yield "close", [calls.close(fd) for fd in (first, second, epoll, epoll)]
    listener = bindings.open(2, STREAM, 0)
    bindings.bind(listener, b"\2\0\0\0\x7f\0\0\1" + bytes(8))
    yield "no listener", calls.accept(listener, 0)
    bindings.listen(listener, 5)
    yield "nobody", calls.accept(listener, 0)
    client = bindings.open(2, STREAM, 0)
    bindings.connect(client, bindings.own_name(listener)[1], FOR_EVER)
    accepted, peer = calls.accept(listener, FOR_EVER)
    yield "accept", (number_of(accepted), peer == bindings.own_name(client)[1])
    for fd in (listener, client, accepted):
        calls.close(fd)


def into(buffer, flags=0):
    first, second = bindings.pair(UNIX, 2)
    bindings.send(first, b"some bytes", 0, 0)
    result = wasmrun_calls.receive_into(second, buffer, flags, 0)
    none = wasmrun_calls.receive_into(second, buffer, 0, 0)
    for fd in (first, second):
        bindings.close(fd)
    assert none == -errno.EAGAIN, none
    return result, bytes(buffer)


def is_refused(call, args):
    try:
        call(*args)
    except (TypeError, OverflowError):
        return True
    return False


ours, theirs = dict(results(wasmrun_calls)), dict(results(bindings))
for name, result in ours.items():
    assert result == theirs[name], (name, result, theirs[name])
assert len(ours) == len(theirs)
assert into(bytearray(12)) == (10, b"some bytes\0\0")
assert into(bytearray(4)) == (4, b"some")
assert into(bytearray(4), TRUNC) == (10, b"some")
assert into(bytearray()) == (0, b"")
for name, args in WRONG:
    assert is_refused(getattr(wasmrun_calls, name), args), (name, args)
for buffer in (b"constant", "text", 1):
    assert is_refused(wasmrun_calls.receive_into, (1, buffer, 0, 0)), buffer
assert host.calls.receive is wasmrun_calls.receive
print(len(ours), "results are the same")
