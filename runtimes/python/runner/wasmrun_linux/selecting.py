"""The module select: select(), poll() and epoll, on the kernel's poll() and epoll.

A file of wasi-libc's is always ready, as is a file on Linux; epoll takes none, as there.
"""
import errno
import math
import struct
import weakref

from .host import FIRST, FOR_EVER, again, calls, check, check_file, descriptor, error, microseconds, signals_came
from .numbers import SELECT as N

POLLIN, POLLPRI, POLLOUT, POLLNVAL = N["POLLIN"], N["POLLPRI"], N["POLLOUT"], N["POLLNVAL"]
GONE = N["POLLERR"] | N["POLLHUP"]
EPOLL_ADD, EPOLL_DELETE, EPOLL_MODIFY = 1, 2, 3
EPOLL_EVENTS_MAX = 1023  # of one call, unless the program says otherwise
EVENTS_LIMIT = 4096  # the host's

POLLFD = struct.Struct("=IHH")
EVENT = struct.Struct("=II")
SIGNAL = b"\xff" * 4  # the descriptor of the first event, if a signal has come

epolls = weakref.WeakSet()  # those that are open


def is_file(fd):
    return 3 <= fd < FIRST


def ask(wanted, wait):
    """The events that came, by descriptor. `wanted` has the events that are asked for."""
    files = {fd: events & (POLLIN | POLLOUT) for fd, events in wanted.items() if is_file(fd)}
    others = b"".join(POLLFD.pack(fd, events, 0) for fd, events in wanted.items() if fd not in files)
    for fd in list(files):
        try:
            check_file(fd)
        except OSError:
            files[fd] = POLLNVAL
    n, content = again(calls.poll(others, 0 if any(files.values()) else wait), calls.poll, others)
    check(n)
    found = {fd: events for fd, _, events in POLLFD.iter_unpack(content)}
    return {**found, **{fd: events for fd, events in files.items() if events}}


def select(rlist, wlist, xlist, timeout=None, /):
    if timeout is not None:
        if not hasattr(timeout, "__float__") and not hasattr(timeout, "__index__"):
            raise TypeError("timeout must be a float or None")
        if timeout < 0:
            raise ValueError("timeout must be non-negative")
    lists = [[(file, descriptor(file)) for file in files] for files in (rlist, wlist, xlist)]
    wanted = {}
    for pairs, events in zip(lists, (POLLIN, POLLOUT, POLLPRI)):
        for _, fd in pairs:
            wanted[fd] = wanted.get(fd, 0) | events
    found = ask(wanted, microseconds(timeout))
    if any(events & POLLNVAL for events in found.values()):
        raise error(errno.EBADF)
    ready = (POLLIN | GONE, POLLOUT | N["POLLERR"], POLLPRI)
    return tuple([file for file, fd in pairs if found.get(fd, 0) & events] for pairs, events in zip(lists, ready))


def milliseconds(timeout):
    """poll()'s time limit for the host."""
    if timeout is None:
        return FOR_EVER
    if not hasattr(timeout, "__float__") and not hasattr(timeout, "__index__"):
        raise TypeError("timeout must be an integer or None")
    return FOR_EVER if timeout < 0 else math.ceil(timeout) * 1000


class poll:
    """Returns a polling object."""

    def __init__(self):
        self._wanted = {}

    def register(self, fd, eventmask=POLLIN | POLLPRI | POLLOUT, /):
        self._wanted[descriptor(fd)] = eventmask

    def modify(self, fd, eventmask, /):
        fd = descriptor(fd)
        if fd not in self._wanted:
            raise error(errno.ENOENT)
        self._wanted[fd] = eventmask

    def unregister(self, fd, /):
        del self._wanted[descriptor(fd)]

    def poll(self, timeout=None, /):
        return list(ask(self._wanted, milliseconds(timeout)).items())


class epoll:
    """Returns an epolling object. It is opened when it is used first."""

    def __init__(self, sizehint=-1, flags=0):
        if sizehint != -1 and sizehint <= 0:
            raise ValueError("sizehint must be positive or -1")
        if flags & ~N["EPOLL_CLOEXEC"]:
            raise error(errno.EINVAL)
        self._fd = None
        self._wanted = {}
        self.closed = False

    @classmethod
    def fromfd(cls, fd, /):
        made = cls()
        made._fd = fd
        return made

    def _open(self):
        if self.closed:
            raise ValueError("I/O operation on closed epoll object")
        if self._fd is None:
            self._fd = check(calls.epoll_open())
            epolls.add(self)
        return self._fd

    def _control(self, operation, fd, events):
        number = self._open()
        if is_file(fd):
            check_file(fd)
            raise error(errno.EPERM)
        check(calls.epoll_control(number, operation, fd, events))

    def fileno(self):
        return self._open()

    def close(self):
        if not self.closed and self._fd is not None:
            check(calls.close(self._fd))
        self.closed = True
        self._wanted.clear()

    def __enter__(self):
        self._open()
        return self

    def __exit__(self, *exception):
        self.close()

    def __del__(self):
        self.close()

    def register(self, fd, eventmask=POLLIN | POLLPRI | POLLOUT):
        fd = descriptor(fd)
        self._control(EPOLL_ADD, fd, eventmask)
        self._wanted[fd] = eventmask

    def modify(self, fd, eventmask):
        fd = descriptor(fd)
        self._control(EPOLL_MODIFY, fd, eventmask)
        self._wanted[fd] = eventmask

    def unregister(self, fd):
        fd = descriptor(fd)
        self._wanted.pop(fd, None)
        self._control(EPOLL_DELETE, fd, 0)

    def poll(self, timeout=None, maxevents=-1):
        number = self._open()
        if maxevents == -1:
            maxevents = EPOLL_EVENTS_MAX
        elif maxevents <= 0:
            raise ValueError(f"maxevents must be greater than 0, got {maxevents}")
        wait = FOR_EVER if timeout is None or timeout < 0 else microseconds(timeout)
        while True:
            n, content = calls.epoll_wait(number, min(maxevents, EVENTS_LIMIT), wait)
            check(n)
            if content[:4] != SIGNAL:
                return list(EVENT.iter_unpack(content))
            wait = signals_came()
            if n > 1 or not wait:
                return list(EVENT.iter_unpack(content[EVENT.size:]))


class Exchange:
    """listen() and connect() may put another socket of the kernel's behind a number, and the epolls that
    wait for it have to be told."""

    def __init__(self, fd):
        self._fd = fd
        self._epolls = [each for each in epolls if fd in each._wanted] if epolls else ()

    def __enter__(self):
        for each in self._epolls:
            calls.epoll_control(each._fd, EPOLL_DELETE, self._fd, 0)

    def __exit__(self, *exception):
        for each in self._epolls:
            calls.epoll_control(each._fd, EPOLL_ADD, self._fd, each._wanted[self._fd])


def forget(fd):
    """It is about to be closed, and the kernel takes it out of its epolls."""
    for each in epolls:
        each._wanted.pop(fd, None)


NAMES = ("select", "poll", "epoll")
