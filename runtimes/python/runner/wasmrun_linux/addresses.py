"""Addresses: Python's tuples and names, and the kernel's `struct sockaddr`."""
import os
import struct

from . import lookup
from .inet import inet_ntop, inet_pton
from .numbers import SOCKET as N

AF_UNIX, AF_INET, AF_INET6 = N["AF_UNIX"], N["AF_INET"], N["AF_INET6"]

UNIX_MAX = 108  # of a name's bytes; a path has a NUL behind it
# In the order of the wire but for the family and the scope.
PORT = struct.Struct(">H")
FLOW = struct.Struct(">I")


def pack(family, address, call):
    """The bytes for the kernel. `call` is for the words of errors."""
    if family == AF_UNIX:
        return struct.pack("=H", AF_UNIX) + unix_name(address, call)
    if family not in (AF_INET, AF_INET6):
        raise OSError(f"{call}(): bad family")
    word = "AF_INET" if family == AF_INET else "AF_INET6"
    if not isinstance(address, tuple):
        raise TypeError(f"{call}(): {word} address must be tuple, not {type(address).__name__}")
    if family == AF_INET:
        if len(address) != 2:
            raise TypeError(f"{word} address must be a pair (host, port)")
        return struct.pack("=H", family) + port_of(address, call) + host_of(family, address) + bytes(8)
    if not 2 <= len(address) <= 4:
        raise TypeError(f"{word} address must be a tuple (host, port[, flowinfo[, scopeid]])")
    flow, scope = (*address[2:], 0, 0)[:2]
    if not 0 <= flow <= 0xFFFFF:
        raise OverflowError(f"{call}(): flowinfo must be 0-1048575.")
    host, name_scope = scoped_host_of(address)
    return (struct.pack("=H", family) + port_of(address, call) + FLOW.pack(flow) + host
            + struct.pack("=I", scope or name_scope))


def port_of(address, call):
    port = address[1]
    if not hasattr(port, "__index__"):
        raise TypeError(f"'{type(port).__name__}' object cannot be interpreted as an integer")
    if not 0 <= port <= 0xFFFF:
        raise OverflowError(f"{call}(): port must be 0-65535.")
    return PORT.pack(port)


def host_of(family, address):
    """As bytes. A name is looked up, and its first address taken."""
    host = address[0]
    if host == "":
        return bytes(4 if family == AF_INET else 16)
    if host == "<broadcast>" and family == AF_INET:
        return b"\xff" * 4
    try:
        return inet_pton(family, host)
    except (OSError, TypeError):
        found = lookup.getaddrinfo(host, None, family, N["SOCK_DGRAM"])
    return inet_pton(family, found[0][4][0].partition("%")[0])


def scoped_host_of(address):
    """fe80::1%lo has its interface in the host."""
    host = address[0]
    if not isinstance(host, str) or "%" not in host:
        return host_of(AF_INET6, address), 0
    host, _, interface = host.partition("%")
    return host_of(AF_INET6, (host,)), int(interface) if interface.isdigit() else lookup.if_nametoindex(interface)


def unix_name(address, call):
    if isinstance(address, str):
        name = os.fsencode(address)
    else:
        try:
            name = bytes(memoryview(address))
        except TypeError:
            raise TypeError(f"a bytes-like object is required, not '{type(address).__name__}'") from None
    if len(name) > (UNIX_MAX if name[:1] == b"\0" else UNIX_MAX - 1):
        raise OSError("AF_UNIX path too long")
    return name


def unpack(address):
    """What Python tells of the kernel's. None if there is none."""
    if not address:
        return None
    family, = struct.unpack_from("=H", address)
    if family == AF_UNIX:
        return address[2:] if address[2:3] == b"\0" else os.fsdecode(address[2:])
    port, = PORT.unpack_from(address, 2)
    if family == AF_INET:
        return inet_ntop(AF_INET, address[4:8]), port
    flow, = FLOW.unpack_from(address, 4)
    scope, = struct.unpack_from("=I", address, 24)
    host = inet_ntop(AF_INET6, address[8:24])
    if scope and host.startswith("fe80:"):
        host += f"%{lookup.if_indextoname(scope)}"
    return host, port, flow, scope
