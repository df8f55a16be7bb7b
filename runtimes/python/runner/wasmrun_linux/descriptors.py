"""What of the module os takes descriptors, for ours; and pipes."""
import io
import os
import stat

from . import selecting
from .host import FOR_EVER, again, calls, check, is_ours
from .numbers import SOCKET as N

nonblocking = set()  # descriptors; a socket's own timeout is not in it
pipes = set()


def wait_of(fd):
    return 0 if fd in nonblocking else FOR_EVER


def pipe():
    first, second = calls.pipe()
    check(first)
    pipes.update((first, second))
    return first, second


def pipe2(flags, /):
    ends = pipe()
    if flags & os.O_NONBLOCK:
        nonblocking.update(ends)
    return ends


def close(fd):
    nonblocking.discard(fd)
    pipes.discard(fd)
    selecting.forget(fd)
    check(calls.close(fd))


def read(fd, length, /):
    n, content = again(calls.receive(fd, length, 0, wait_of(fd)), calls.receive, fd, length, 0)
    check(n)
    return content


def write(fd, content, /):
    content = bytes(content)
    sent = 0
    while True:
        rest = content[sent:]
        n = check(again(calls.send(fd, rest, 0, wait_of(fd)), calls.send, fd, rest, 0))
        sent += n
        if sent == len(content) or fd in nonblocking:
            return sent


def dup(fd, /):
    copy = check(calls.duplicate(fd))
    for known in (nonblocking, pipes):
        if fd in known:
            known.add(copy)
    return copy


def fstat(fd):
    if fd not in pipes:
        check(calls.get_option(fd, N["SOL_SOCKET"], N["SO_TYPE"], 4)[0])  # is there
    mode = stat.S_IFIFO | 0o600 if fd in pipes else stat.S_IFSOCK | 0o777
    return os.stat_result((mode, fd, 0, 1, os.getuid() if hasattr(os, "getuid") else 0, 0, 0, 0, 0, 0))


def isatty(fd, /):
    return False


def get_blocking(fd, /):
    return fd not in nonblocking


def set_blocking(fd, blocking, /):
    (nonblocking.discard if blocking else nonblocking.add)(fd)


def get_inheritable(fd, /):
    fstat(fd)  # is there
    return False


def set_inheritable(fd, inheritable, /):
    """There are no programs that could inherit it."""
    fstat(fd)


class File(io.RawIOBase):
    """One of ours as an unbuffered file."""

    def __init__(self, fd, mode, closefd):
        self._fd, self._closefd = fd, closefd
        self.name, self.mode = fd, mode
        self._can_read, self._can_write = "r" in mode or "+" in mode, "w" in mode or "a" in mode or "+" in mode

    def fileno(self):
        if self.closed:
            raise ValueError("I/O operation on closed file")
        return self._fd

    def readable(self):
        return self._can_read

    def writable(self):
        return self._can_write

    def readinto(self, buffer):
        try:
            content = read(self._fd, len(buffer))
        except BlockingIOError:
            return None
        buffer[:len(content)] = content
        return len(content)

    def write(self, content):
        try:
            return write(self._fd, content)
        except BlockingIOError:
            return None

    def close(self):
        if not self.closed:
            super().close()
            if self._closefd:
                close(self._fd)


def open_file(fd, mode="r", buffering=-1, encoding=None, errors=None, newline=None, closefd=True, opener=None):
    """open() of a descriptor of ours."""
    raw = File(fd, mode.replace("b", "").replace("t", ""), closefd)
    if buffering == 0:
        if "b" not in mode:
            raise ValueError("can't have unbuffered text I/O")
        return raw
    size = io.DEFAULT_BUFFER_SIZE if buffering <= 1 else buffering
    if "+" in mode:
        buffered = io.BufferedRWPair(raw, raw, size)
    else:
        buffered = (io.BufferedReader if raw.readable() else io.BufferedWriter)(raw, size)
    if "b" in mode:
        return buffered
    text = io.TextIOWrapper(buffered, encoding, errors, newline, line_buffering=buffering == 1)
    text.mode = mode
    return text


def choose(ours, base):
    """A function that asks whose the descriptor is."""
    def call(fd, *args, **named):
        return (ours if isinstance(fd, int) and is_ours(fd) else base)(fd, *args, **named)

    call.__name__ = call.__qualname__ = base.__name__
    call.__doc__ = base.__doc__
    return call


def install():
    import builtins

    for function in (close, read, write, dup, fstat, isatty, get_blocking, set_blocking, get_inheritable, set_inheritable):
        base = getattr(os, function.__name__, None)
        if base:
            setattr(os, function.__name__, choose(function, base))
        else:
            setattr(os, function.__name__, function)
    os.pipe, os.pipe2 = pipe, pipe2
    builtins.open = io.open = choose(open_file, io.open)
