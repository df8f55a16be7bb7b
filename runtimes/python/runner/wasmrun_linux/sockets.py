"""The module _socket: its class, and the functions that make sockets."""
import errno
import os
import time
import warnings

from . import selecting
from .addresses import pack, unpack
from .descriptors import close, dup
from .host import CLOSED, EAGAIN, EINPROGRESS, EINTR, again, check, error, is_ours, microseconds, signals_came
from .host import calls as host
from .numbers import SOCKET as N

AF_INET, AF_UNIX, SOCK_STREAM = N["AF_INET"], N["AF_UNIX"], N["SOCK_STREAM"]
SOL_SOCKET, SO_DOMAIN, SO_TYPE, SO_PROTOCOL = N["SOL_SOCKET"], N["SO_DOMAIN"], N["SO_TYPE"], N["SO_PROTOCOL"]
SOCK_CLOEXEC, SOCK_NONBLOCK = N["SOCK_CLOEXEC"], N["SOCK_NONBLOCK"]

# What a call takes at once; it is copied for the host, and a socket seldom takes more.
SEND_MAX = 256 << 10

default_timeout = None

# From CPython's own, since nothing in them depends on the system.
KEPT = ("getservbyname", "getservbyport", "getprotobyname", "htons", "htonl", "ntohs", "ntohl", "inet_aton",
        "inet_ntoa")


def contiguous(content):
    return content if type(content) is bytes else memoryview(content).cast("B")


def writable(buffer, nbytes, where):
    """The part of the buffer that may be filled."""
    view = memoryview(buffer)
    if view.format != "B" or view.ndim != 1:
        view = view.cast("B")
    if nbytes < 0:
        raise ValueError(f"negative buffersize in {where}")
    if nbytes > len(view):
        raise ValueError("buffer too small for requested bytes")
    return view[:nbytes] if nbytes else view


def option_number(fd, name):
    result, value = host.get_option(fd, SOL_SOCKET, name, 4)
    check(result)
    return int.from_bytes(value, "little")


def check_is_socket(fd):
    """Gives its family. Raises as getsockname() does."""
    result, value = host.get_option(fd, SOL_SOCKET, SO_DOMAIN, 4)
    if result == -errno.EBADF and not is_ours(fd):
        os.fstat(fd)
        raise error(errno.ENOTSOCK)
    check(result)
    return int.from_bytes(value, "little")


class socket:
    """socket(family=AF_INET, type=SOCK_STREAM, proto=0) -> socket object"""

    __slots__ = ("_fd", "_family", "_type", "proto", "_timeout", "_wait")

    def __init__(self, family=-1, type=-1, proto=-1, fileno=None):
        self._fd = CLOSED
        if fileno is None:
            self._family = AF_INET if family == -1 else int(family)
            self._type = SOCK_STREAM if type == -1 else type & ~(SOCK_CLOEXEC | SOCK_NONBLOCK)
            self.proto = 0 if proto == -1 else proto
            self._fd = check(host.open(self._family, self._type, self.proto))
        else:
            self._adopt(family, type, proto, fileno)
        is_nonblocking = type != -1 and type & SOCK_NONBLOCK
        self.settimeout(0.0 if is_nonblocking else default_timeout)

    def _adopt(self, family, type, proto, fd):
        if isinstance(fd, float):
            raise TypeError("integer argument expected, got float")
        if fd < 0:
            raise ValueError("negative file descriptor")
        domain = check_is_socket(fd)
        self._family = domain if family == -1 else int(family)
        self._type = option_number(fd, SO_TYPE) if type == -1 else type & ~(SOCK_CLOEXEC | SOCK_NONBLOCK)
        self.proto = option_number(fd, SO_PROTOCOL) if proto == -1 else proto
        self._fd = fd

    def __repr__(self):
        return f"<socket object, fd={self.fileno()}, family={int(self._family)}, type={int(self._type)}, proto={self.proto}>"

    def __del__(self):
        if self._fd != CLOSED:
            warnings.warn(f"unclosed {self!r}", ResourceWarning, source=self, stacklevel=2)
            self.close()

    # Its life.

    def fileno(self):
        return -1 if self._fd == CLOSED else self._fd

    def detach(self):
        fd, self._fd = self._fd, CLOSED
        return -1 if fd == CLOSED else fd

    def close(self):
        if self._fd != CLOSED:
            fd, self._fd = self._fd, CLOSED
            close(fd)

    def bind(self, address, /):
        check(host.bind(self._fd, pack(self._family, address, "bind")))

    def listen(self, backlog=128, /):
        with selecting.Exchange(self._fd):
            check(host.listen(self._fd, max(backlog, 0)))

    def _connect(self, address):
        packed = pack(self._family, address, "connect")
        with selecting.Exchange(self._fd):
            result = host.connect(self._fd, packed, self._wait)
            if self._family == AF_UNIX:
                result = again(result, host.connect, self._fd, packed)
        if result != -EINTR:
            return -result
        # It goes on by itself.
        if not selecting.ask({self._fd: selecting.POLLOUT}, signals_came()):
            return EINPROGRESS
        return self.getsockopt(SOL_SOCKET, N["SO_ERROR"])

    def connect(self, address, /):
        number = self._connect(address)
        if number == EINPROGRESS and self._timeout:
            raise TimeoutError("timed out")
        if number:
            raise error(number)

    def connect_ex(self, address, /):
        number = self._connect(address)
        return EAGAIN if number == EINPROGRESS and self._timeout else number

    def _accept(self):
        fd, peer = host.accept(self._fd, self._wait)
        if fd < 0:
            fd, peer = self._again((fd, peer), host.accept, self._fd)
        return fd, unpack(peer)

    def shutdown(self, how, /):
        check(host.shutdown(self._fd, how))

    # How long its calls wait.

    def _again(self, result, call, *args):
        """Goes on with a call that was not made, or raises."""
        result = again(result, call, *args)
        number = result if type(result) is int else result[0]
        if number == -EAGAIN and self._timeout:
            raise TimeoutError("timed out")
        check(number)
        return result

    def settimeout(self, value, /):
        if value is not None:
            value = float(value)
            if value < 0:
                raise ValueError("Timeout value out of range")
        self._timeout = value
        self._wait = microseconds(value)

    def gettimeout(self):
        return self._timeout

    timeout = property(gettimeout)
    family = property(lambda self: self._family)
    type = property(lambda self: self._type)

    def setblocking(self, flag, /):
        self.settimeout(None if flag else 0.0)

    def getblocking(self):
        return self._timeout != 0

    # Receiving.

    def recv(self, bufsize, flags=0, /):
        if bufsize < 0:
            raise ValueError("negative buffersize in recv")
        n, content = host.receive(self._fd, bufsize, flags, self._wait)
        if n < 0:
            n, content = self._again((n, content), host.receive, self._fd, bufsize, flags)
        return content

    def recv_into(self, buffer, nbytes=0, flags=0):
        if nbytes:
            buffer = writable(buffer, nbytes, "recv_into")
        n = host.receive_into(self._fd, buffer, flags, self._wait)
        return n if n >= 0 else self._again(n, host.receive_into, self._fd, buffer, flags)

    def _recv_from(self, size, flags):
        result = host.receive_from(self._fd, size, flags, self._wait)
        n, content, message_flags, sender = self._again(result, host.receive_from, self._fd, size, flags)
        is_told = self._type != SOCK_STREAM and len(sender) > 2
        return n, content, message_flags, unpack(sender) if is_told else None

    def recvfrom(self, bufsize, flags=0, /):
        if bufsize < 0:
            raise ValueError("negative buffersize in recvfrom")
        _, content, _, sender = self._recv_from(bufsize, flags)
        return content, sender

    def recvfrom_into(self, buffer, nbytes=0, flags=0):
        view = writable(buffer, nbytes, "recvfrom_into")
        n, content, _, sender = self._recv_from(len(view), flags)
        view[:len(content)] = content
        return n, sender

    def recvmsg(self, bufsize, ancbufsize=0, flags=0, /):
        """No ancillary data is ever there."""
        if bufsize < 0:
            raise ValueError("negative buffer size in recvmsg()")
        _, content, message_flags, sender = self._recv_from(bufsize, flags)
        return content, [], message_flags, sender

    def recvmsg_into(self, buffers, ancbufsize=0, flags=0, /):
        views = [writable(buffer, 0, "recvmsg_into") for buffer in buffers]
        n, content, message_flags, sender = self._recv_from(sum(map(len, views)), flags)
        for view in views:
            part, content = content[:len(view)], content[len(view):]
            view[:len(part)] = part
        return n, [], message_flags, sender

    # Sending.

    def send(self, content, flags=0, /):
        content = contiguous(content)
        if len(content) > SEND_MAX and self._type == SOCK_STREAM:
            if self._timeout is None:
                self.sendall(content, flags)
                return len(content)
            content = content[:SEND_MAX]
        n = host.send(self._fd, bytes(content), flags, self._wait)
        return n if n >= 0 else self._again(n, host.send, self._fd, bytes(content), flags)

    def sendall(self, content, flags=0, /):
        rest = contiguous(content)
        end = time.monotonic() + self._timeout if self._timeout else None
        wait = self._wait
        while True:
            part = bytes(rest[:SEND_MAX])
            n = host.send(self._fd, part, flags, wait)
            if n < 0:
                n = self._again(n, host.send, self._fd, part, flags)
            if n == len(rest):
                return
            rest = memoryview(rest)[n:]
            if end:
                wait = max(1, microseconds(end - time.monotonic()))

    def sendto(self, content, *rest):
        flags, address = rest if len(rest) == 2 else (0, *rest)
        args = self._fd, bytes(contiguous(content)), flags, pack(self._family, address, "sendto")
        return self._again(host.send_to(*args, self._wait), host.send_to, *args)

    def sendmsg(self, buffers, ancdata=(), flags=0, address=None, /):
        if any(True for _ in ancdata):
            raise error(errno.ENOTSUP)
        content = b"".join(buffers)
        return self.send(content, flags) if address is None else self.sendto(content, flags, address)

    # Names and options.

    def getsockname(self):
        result, name = host.own_name(self._fd)
        check(result)
        return unpack(name)

    def getpeername(self):
        result, name = host.peer_name(self._fd)
        check(result)
        return unpack(name)

    def getsockopt(self, level, option, buflen=0, /):
        if not 0 <= buflen <= 1024:
            raise OSError("getsockopt buflen out of range")
        result, value = host.get_option(self._fd, level, option, buflen or 4)
        check(result)
        return value if buflen else int.from_bytes(value, "little", signed=True)

    def setsockopt(self, level, option, value, optlen=None, /):
        if isinstance(value, int):
            value = value.to_bytes(4, "little", signed=value < 0 or value < 1 << 31)
        elif value is None:
            raise error(errno.EINVAL)  # no option that is here takes none
        check(host.set_option(self._fd, level, option, bytes(contiguous(value))))


SocketType = socket


def socketpair(family=AF_UNIX, type=SOCK_STREAM, proto=0):
    kind = type & ~(SOCK_CLOEXEC | SOCK_NONBLOCK)
    first, second = host.pair(int(family), kind)
    check(first)
    return socket(family, type, proto, first), socket(family, type, proto, second)


def getdefaulttimeout():
    return default_timeout


def setdefaulttimeout(timeout):
    global default_timeout
    if timeout is not None:
        timeout = float(timeout)
        if timeout < 0:
            raise ValueError("Timeout value out of range")
    default_timeout = timeout


def CMSG_LEN(length):
    return 16 + length


def CMSG_SPACE(length):
    return 16 + (length + 7 & ~7)


timeout = TimeoutError

NAMES = ("socket", "SocketType", "close", "dup", "socketpair", "getdefaulttimeout", "setdefaulttimeout", "timeout",
         "CMSG_LEN", "CMSG_SPACE")
