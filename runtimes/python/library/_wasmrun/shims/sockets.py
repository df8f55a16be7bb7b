"""Sockets as on Linux, where wasi-libc differs and Python can put it right.

* What the other side does to a connection is reported as EIO: it is ConnectionResetError when
  receiving and BrokenPipeError when sending.
* wasi-libc aborts the whole program when it is asked for the address of a socket whose connection is not
  made yet, and repr() asks. repr() leaves addresses out.
* An IPv6 socket never takes IPv4, so asking for IPV6_V6ONLY succeeds; asking for both fails as before.
* gethostname() is $HOSTNAME, else "localhost".
"""
import errno
import functools
import os
import socket

BASE = socket.socket.__base__
SENDING = ("send", "sendall")
RECEIVING = ("recv", "recv_into", "recvfrom", "recvfrom_into")


def translated(name, error_class, number):
    """The method, with EIO as that error."""
    method = getattr(BASE, name)

    @functools.wraps(method)
    def call(self, *args):
        try:
            return method(self, *args)
        except OSError as error:
            if error.errno != errno.EIO:
                raise
        raise error_class(number, os.strerror(number))

    return call


def setsockopt(self, level, option, *value):
    if (level, option, *value) != (socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1):
        BASE.setsockopt(self, level, option, *value)


def represent(self):
    closed = " [closed]" if self._closed else ""
    name = f"{type(self).__module__}.{type(self).__qualname__}"
    return f"<{name}{closed} fd={self.fileno()}, family={self.family}, type={self.type}, proto={self.proto}>"


def gethostname():
    return os.environ.get("HOSTNAME") or "localhost"


def apply():
    for name in SENDING:
        setattr(socket.socket, name, translated(name, BrokenPipeError, errno.EPIPE))
    for name in RECEIVING:
        setattr(socket.socket, name, translated(name, ConnectionResetError, errno.ECONNRESET))
    socket.socket.setsockopt = setsockopt
    socket.socket.__repr__ = represent
    socket.gethostname = gethostname
