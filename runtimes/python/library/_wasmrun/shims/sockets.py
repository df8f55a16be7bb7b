"""Sockets as on Linux, where wasi-libc differs and Python can put it right.

receiving   A socket may have bytes that were read ahead of the program's own reads. So MSG_PEEK, MSG_WAITALL
            and recvfrom() on a connection work, and select() and poll() tell the truth: wasi-libc calls a
            connection readable until a read has found nothing, so what it says is tried.
errors      What the other side does to a connection is EIO here: it is ConnectionResetError when receiving
            and BrokenPipeError when sending.
names       An unbound socket has the address 0.0.0.0. wasi-libc aborts the whole program when it is asked for
            the address of a socket whose connection is not made yet: that is ENOTCONN, and repr() does not ask.
options     An IPv6 socket never takes IPv4, so asking for IPV6_V6ONLY succeeds; asking for both fails as before.
calls       socketpair() is a connection over loopback, as on Windows. sendmsg() and recvmsg() carry no ancillary
            data. getnameinfo() gives numbers. getaddrinfo() knows AI_PASSIVE. gethostname() is $HOSTNAME, else
            "localhost".
"""
import asyncio.selector_events
import errno
import os
import select
import selectors
import socket
import time
import weakref

import _socket

BASE = _socket.socket
PEEK, WAIT_ALL = socket.MSG_PEEK, socket.MSG_WAITALL
READ_AHEAD = 65536
READABLE = select.POLLIN

known = weakref.WeakValueDictionary()  # sockets by descriptor
ahead = {}  # bytes read ahead, by descriptor; never empty
connecting = set()  # descriptors
was_send_blocked = False  # the last send()

base_select = select.select
base_poll = select.poll
base_getaddrinfo = _socket.getaddrinfo


def failed(error, error_class, number):
    """The error, unless it is how wasi-libc says that the other side is gone."""
    if error.errno == errno.EIO:
        return error_class(number, os.strerror(number))
    return error


def is_stream(s):
    return s.type == socket.SOCK_STREAM


def init(self, family=-1, type=-1, proto=-1, fileno=None):
    base_init(self, family, type, proto, fileno)
    forget(self.fileno())  # an earlier socket of that number
    known[self.fileno()] = self


def forget(fd):
    ahead.pop(fd, None)
    connecting.discard(fd)


def real_close(self, _ss=BASE):
    forget(self.fileno())
    _ss.close(self)


def detach(self):
    forget(self.fileno())
    return base_detach(self)


# Receiving.

def read(s, size):
    """From the connection itself."""
    try:
        return BASE.recv(s, size)
    except OSError as error:
        raise failed(error, ConnectionResetError, errno.ECONNRESET) from None


def take(fd, size):
    """Of what was read ahead."""
    found = ahead.pop(fd)
    if len(found) > size:
        ahead[fd] = found[size:]
    return found[:size]


def peek(s, size):
    fd = s.fileno()
    if fd not in ahead:
        found = read(s, READ_AHEAD)
        if not found:
            return b""
        ahead[fd] = found
    return ahead[fd][:size]


def recv(self, bufsize, flags=0):
    if flags & PEEK and is_stream(self):
        return peek(self, bufsize)
    found = take(self.fileno(), bufsize) if self.fileno() in ahead else None
    if found is None:
        found = read(self, bufsize) if not flags & ~WAIT_ALL else BASE.recv(self, bufsize, flags)
    while flags & WAIT_ALL and len(found) < bufsize:
        more = read(self, bufsize - len(found))
        if not more:
            break
        found += more
    return found


def recv_into(self, buffer, nbytes=0, flags=0):
    if not flags and self.fileno() not in ahead:
        try:
            return BASE.recv_into(self, buffer, nbytes)
        except OSError as error:
            raise failed(error, ConnectionResetError, errno.ECONNRESET) from None
    view = memoryview(buffer).cast("B")
    found = recv(self, nbytes or len(view), flags)
    view[:len(found)] = found
    return len(found)


def recvfrom(self, bufsize, flags=0):
    if is_stream(self):
        return recv(self, bufsize, flags), None
    return BASE.recvfrom(self, bufsize, flags)


def recvfrom_into(self, buffer, nbytes=0, flags=0):
    if is_stream(self):
        return recv_into(self, buffer, nbytes, flags), None
    return BASE.recvfrom_into(self, buffer, nbytes, flags)


def recvmsg(self, bufsize, ancbufsize=0, flags=0):
    found, address = recvfrom(self, bufsize, flags)
    return found, [], 0, address


# Sending.

def is_writable(s):
    poll = base_poll()
    poll.register(s.fileno(), select.POLLOUT)
    return bool(poll.poll(0))


def send(self, content, flags=0):
    """A fresh connection says that it would block until somebody has asked whether it is writable."""
    global was_send_blocked
    try:
        try:
            return BASE.send(self, content, flags)
        except BlockingIOError:
            was_send_blocked = True
            if not is_writable(self):
                raise
            sent = BASE.send(self, content, flags)
            was_send_blocked = False
            return sent
    except OSError as error:
        raise failed(error, BrokenPipeError, errno.EPIPE) from None


def sendall(self, content, flags=0):
    try:
        return BASE.sendall(self, content, flags)
    except OSError as error:
        raise failed(error, BrokenPipeError, errno.EPIPE) from None


def sendmsg(self, buffers, ancdata=(), flags=0, address=None):
    if ancdata:
        raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP))
    content = b"".join(buffers)
    return send(self, content, flags) if address is None else self.sendto(content, flags, address)


# Connecting, and names.

def connect_ex(self, address):
    number = BASE.connect_ex(self, address)
    if number == errno.EINPROGRESS:
        connecting.add(self.fileno())
    return number


def connect(self, address):
    try:
        BASE.connect(self, address)
    except OSError:
        connecting.add(self.fileno())
        raise


def check_connected(s):
    """Raises while wasi-libc must not be asked for names."""
    fd = s.fileno()
    if fd not in connecting:
        return
    if not is_writable(s) or BASE.getsockopt(s, socket.SOL_SOCKET, socket.SO_ERROR):
        raise OSError(errno.ENOTCONN, os.strerror(errno.ENOTCONN))
    connecting.discard(fd)


def getpeername(self):
    check_connected(self)
    return BASE.getpeername(self)


def getsockname(self):
    check_connected(self)
    try:
        return BASE.getsockname(self)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
    return ("0.0.0.0", 0) if self.family == socket.AF_INET else ("::", 0, 0, 0)


def represent(self):
    closed = " [closed]" if self._closed else ""
    name = f"{type(self).__module__}.{type(self).__qualname__}"
    return f"<{name}{closed} fd={self.fileno()}, family={self.family}, type={self.type}, proto={self.proto}>"


def setsockopt(self, level, option, *value):
    if (level, option, *value) != (socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1):
        BASE.setsockopt(self, level, option, *value)


# Waiting.

def has_input(fd):
    """Tries what was said of a connection. Others are taken at their word."""
    if fd in ahead:
        return True
    s = known.get(fd)
    if s is None or not is_stream(s) or fd in connecting:
        return True
    timeout = BASE.gettimeout(s)
    BASE.settimeout(s, 0)
    try:
        if BASE.getsockopt(s, socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            return True
        return bool(peek(s, 1)) or True  # the end counts, too
    except BlockingIOError:
        return False
    except OSError:
        return True  # the program's own read meets it again
    finally:
        BASE.settimeout(s, timeout)


def descriptor(file):
    return file if isinstance(file, int) else file.fileno()


def rest_of(timeout, start):
    return timeout if timeout is None else max(0, timeout - (time.monotonic() - start))


def wait_select(rlist, wlist, xlist, timeout=None):
    """select.select()."""
    rlist, start = list(rlist), time.monotonic()
    at_hand = [file for file in rlist if not isinstance(file, str) and descriptor(file) in ahead]
    while True:
        found = base_select(rlist, wlist, xlist, 0 if at_hand else rest_of(timeout, start))
        readable = [file for file in rlist if file in at_hand or file in found[0] and has_input(descriptor(file))]
        if readable or found[1] or found[2] or not found[0]:
            return readable, found[1], found[2]
        if timeout is not None and not rest_of(timeout, start):
            return [], [], []


class Poll:
    """select.poll()."""

    def __init__(self):
        self._poll = base_poll()
        self._wanted = {}

    def register(self, fd, eventmask=select.POLLIN | select.POLLOUT):
        self._poll.register(fd, eventmask)
        self._wanted[descriptor(fd)] = eventmask

    def modify(self, fd, eventmask):
        self._poll.modify(fd, eventmask)
        self._wanted[descriptor(fd)] = eventmask

    def unregister(self, fd):
        self._poll.unregister(fd)
        self._wanted.pop(descriptor(fd), None)

    def poll(self, timeout=None):
        timeout = None if timeout is None or timeout < 0 else timeout / 1000
        start = time.monotonic()
        while True:
            at_hand = {fd for fd, wanted in self._wanted.items() if wanted & READABLE and fd in ahead}
            rest = 0 if at_hand else rest_of(timeout, start)
            found = dict(self._poll.poll(rest if rest is None else rest * 1000))
            for fd in at_hand:
                found[fd] = found.get(fd, 0) | READABLE
            events = []
            for fd, event in found.items():
                if event & READABLE and not has_input(fd):
                    event &= ~READABLE
                if event:
                    events.append((fd, event))
            if events or not found or (timeout is not None and not rest_of(timeout, start)):
                return events


class PlainPollSelector(selectors.PollSelector):
    """For asyncio, which takes it well when there is nothing to read after all."""

    _selector_cls = base_poll


def init_loop(self, selector=None):
    base_init_loop(self, selector or PlainPollSelector())


def write_send(self):
    """_SelectorSocketTransport._write_send(): Python 3.14.0's own drops the bytes when they cannot be sent after
    all, which happens here right after connecting."""
    global was_send_blocked
    first = self._buffer[0]
    was_send_blocked = False
    base_write_send(self)
    if was_send_blocked:
        self._buffer.appendleft(first)


# Functions of the module.

def socketpair(family=socket.AF_INET, type=socket.SOCK_STREAM, proto=0):
    if family not in (socket.AF_INET, socket.AF_INET6) or type != socket.SOCK_STREAM:
        raise ValueError("only connections over IP can be paired")
    with socket.create_server(("127.0.0.1" if family == socket.AF_INET else "::1", 0), family=family) as listener:
        one = socket.socket(family)
        try:
            one.connect(listener.getsockname()[:2])
            other, _ = listener.accept()
        except BaseException:
            one.close()
            raise
    return other, one


def getaddrinfo(host, port, family=0, type=0, proto=0, flags=0):
    if host is None and flags & socket.AI_PASSIVE:
        host = "::" if family == socket.AF_INET6 else "0.0.0.0"
    return base_getaddrinfo(host, port, family, type, proto, flags)


def getnameinfo(sockaddr, flags):
    host, port = sockaddr[:2]
    if not flags & socket.NI_NUMERICSERV:
        try:
            return host, socket.getservbyport(port)
        except OSError:
            pass
    return host, str(port)


def gethostname():
    return os.environ.get("HOSTNAME") or "localhost"


def has_dualstack_ipv6():
    return False


METHODS = (recv, recv_into, recvfrom, recvfrom_into, recvmsg, send, sendall, sendmsg, connect, connect_ex,
           getpeername, getsockname, setsockopt, detach)
FUNCTIONS = (socketpair, getnameinfo, gethostname, has_dualstack_ipv6)


def apply():
    global base_init, base_init_loop, base_detach, base_write_send
    transport = asyncio.selector_events._SelectorSocketTransport
    base_write_send, transport._write_send = transport._write_send, write_send
    base_init, base_detach = socket.socket.__init__, socket.socket.detach
    base_init_loop = asyncio.selector_events.BaseSelectorEventLoop.__init__
    for method in METHODS:
        setattr(socket.socket, method.__name__, method)
    socket.socket.__init__ = init
    socket.socket.__repr__ = represent
    socket.socket._real_close = real_close
    for function in FUNCTIONS:
        setattr(socket, function.__name__, function)
    _socket.getaddrinfo = getaddrinfo
    select.select = wait_select
    select.poll = selectors.PollSelector._selector_cls = Poll
    selectors.SelectSelector._select = staticmethod(wait_select)
    asyncio.selector_events.BaseSelectorEventLoop.__init__ = init_loop
