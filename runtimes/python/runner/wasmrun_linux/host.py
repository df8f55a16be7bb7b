"""What the calls of wasmrun:net have in common: errors, time limits, and signals that end them."""
import errno
import math
import os
import types

from wit_world.imports import signals, sockets

try:
    import wasmrun_calls
except ImportError:  # there was no compiler for it
    wasmrun_calls = None

FIRST = 65536  # of the numbers that are ours
CLOSED = 0xFFFFFFFF  # a number that nothing has
FOR_EVER = -1


def receive_into(fd, buffer, options, wait):
    """calls.receive(), into a buffer."""
    view = memoryview(buffer).cast("B")
    if view.readonly:
        raise TypeError("a read-write bytes-like object is required")
    n, content = sockets.receive(fd, len(view), options, wait)
    view[:len(content)] = content
    return n


# wasmrun:net/sockets, by the faster way where there is one.
calls = types.ModuleType("calls")
vars(calls).update(vars(sockets), receive_into=receive_into)
vars(calls).update(vars(wasmrun_calls) if wasmrun_calls else {})


def error(number):
    return OSError(number, os.strerror(number))


def check(result):
    if result < 0:
        raise error(-result)
    return result


def microseconds(seconds):
    """A time limit for the host. It is never over too early."""
    return FOR_EVER if seconds is None else math.ceil(seconds * 1e6)


def deliver(number):
    """What is done with a signal. The shim of that name has its own."""


def signals_came():
    """Delivers them, which may raise. Gives what was left of the wait that they have ended."""
    number, left = signals.take()
    while number:
        deliver(number)
        number, _ = signals.take()
    return left


def pause():
    calls.poll(b"", FOR_EVER)
    signals_came()


def again(result, call, *args):
    """Goes on with a call that has given this result, if only a signal has ended it (PEP 475). The last argument
    of a call is its time limit."""
    while (result if type(result) is int else result[0]) == -errno.EINTR:
        result = call(*args, signals_came())
    return result


def is_ours(fd):
    return fd >= FIRST


def descriptor(file):
    """The number of what select() and its relatives take."""
    if isinstance(file, int):
        fd = file
    else:
        try:
            fileno = file.fileno
        except AttributeError:
            raise TypeError("argument must be an int, or have a fileno() method.") from None
        fd = fileno()
        if not isinstance(fd, int):
            raise TypeError("fileno() returned a non-integer")
    if fd < 0:
        raise ValueError(f"file descriptor cannot be a negative integer ({fd})")
    return fd


def check_file(fd):
    """A file of wasi-libc's, which is always ready. Raises if it is not open."""
    base_fstat(fd)


base_fstat = os.fstat
EAGAIN, EINPROGRESS, EINTR = errno.EAGAIN, errno.EINPROGRESS, errno.EINTR
