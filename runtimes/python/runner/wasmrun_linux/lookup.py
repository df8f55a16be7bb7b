"""Names: of hosts, services, interfaces and this machine."""
import errno
import struct

from . import inet
from .host import calls as host
from .host import error
from .numbers import SOCKET as N

AF_UNSPEC, AF_INET, AF_INET6 = N["AF_UNSPEC"], N["AF_INET"], N["AF_INET6"]
STREAM, DGRAM, RAW = N["SOCK_STREAM"], N["SOCK_DGRAM"], N["SOCK_RAW"]
TCP, UDP = N["IPPROTO_TCP"], N["IPPROTO_UDP"]
PROTOCOLS = {STREAM: TCP, DGRAM: UDP, RAW: 0}
TYPES = {TCP: STREAM, UDP: DGRAM}

WORDS = {
    N["EAI_ADDRFAMILY"]: "Address family for hostname not supported",
    N["EAI_AGAIN"]: "Temporary failure in name resolution",
    N["EAI_BADFLAGS"]: "Bad value for ai_flags",
    N["EAI_FAIL"]: "Non-recoverable failure in name resolution",
    N["EAI_FAMILY"]: "ai_family not supported",
    N["EAI_MEMORY"]: "Memory allocation failure",
    N["EAI_NODATA"]: "No address associated with hostname",
    N["EAI_NONAME"]: "Name or service not known",
    N["EAI_SERVICE"]: "Servname not supported for ai_socktype",
    N["EAI_SOCKTYPE"]: "ai_socktype not supported",
}


class gaierror(OSError):
    pass


class herror(OSError):
    pass


gaierror.__module__ = herror.__module__ = "socket"


def failed(number):
    return gaierror(number, WORDS.get(number, "Unknown error"))


def text_of(name, what):
    if name is None:
        return ""
    if isinstance(name, str):
        return name if name.isascii() else name.encode("idna").decode()
    if isinstance(name, (bytes, bytearray)):
        return name.decode("latin-1")
    if isinstance(name, int) and what == "port":
        return str(name)
    raise TypeError("getaddrinfo() argument 1 must be string or None" if what == "host" else
                    "Int or String expected")


def results(content):
    """(type, packed address) of each."""
    at = 0
    while at < len(content):
        kind, length = struct.unpack_from("=HH", content, at)
        yield kind, content[at + 4:at + 4 + length]
        at += 4 + length


def getaddrinfo(host_name, port, family=0, type=0, proto=0, flags=0):
    from .addresses import unpack

    node, service = text_of(host_name, "host"), text_of(port, "port")
    if not type and proto in TYPES:
        type = TYPES[proto]
    number, system, content, canonical = host.look_up(node, service, int(family), int(type), int(flags))
    if number == N["EAI_SYSTEM"] and system == errno.EACCES:
        number = N["EAI_FAIL"]  # no grant covers the name; stderr says so, and programs expect a gaierror
    if number == N["EAI_SYSTEM"]:
        raise error(system)
    if number:
        raise failed(number)
    answers = []
    for kind, packed in results(content):
        address = unpack(packed)
        answers.append((AF_INET if len(address) == 2 else AF_INET6, kind, proto or PROTOCOLS.get(kind, 0), canonical,
                        address))
        canonical = ""  # stands with the first alone
    return answers


def gethostbyname_ex(name, /):
    found = getaddrinfo(name, None, AF_INET, STREAM, 0, N["AI_CANONNAME"])
    return found[0][3] or name, [], [answer[4][0] for answer in found]


def gethostbyname(name, /):
    return "0.0.0.0" if name == "" else gethostbyname_ex(name)[2][0]


def known_name(host_name):
    """Only this machine's own: there is no way to ask for the name of an address."""
    return "localhost" if host_name == "::1" or host_name.startswith("127.") else None


def gethostbyaddr(address, /):
    number = getaddrinfo(address, None)[0][4][0]
    name = known_name(number)
    if name is None:
        raise herror(1, "Unknown host")
    return name, [], [number]


def getnameinfo(sockaddr, flags, /):
    if not isinstance(sockaddr, tuple):
        raise TypeError("getnameinfo() argument 1 must be a tuple")
    host_name, port = sockaddr[:2]
    kind = DGRAM if flags & N["NI_DGRAM"] else STREAM
    found = getaddrinfo(host_name, port, AF_UNSPEC, kind, 0, N["AI_NUMERICHOST"])
    if len(found) > 1:
        raise OSError("sockaddr resolved to multiple addresses")
    number = found[0][4][0]
    name = None if flags & N["NI_NUMERICHOST"] else known_name(number)
    if name is None and flags & N["NI_NAMEREQD"]:
        raise failed(N["EAI_NONAME"])
    return name or number, str(port) if flags & N["NI_NUMERICSERV"] else service_name(port, kind)


def service_name(port, kind):
    try:
        return inet.base.getservbyport(port, "udp" if kind == DGRAM else "tcp")
    except OSError:
        return str(port)


def gethostname():
    return host.host_name()


def sethostname(name, /):
    raise error(errno.EPERM)


def if_nameindex():
    found = []
    index, name = host.interface_after(0)
    while index:
        found.append((index, name))
        index, name = host.interface_after(index)
    return found


def if_nametoindex(name, /):
    name = name.decode() if isinstance(name, bytes) else name
    for index, each in if_nameindex():
        if each == name:
            return index
    raise OSError("no interface with this name")


def if_indextoname(index, /):
    for each, name in if_nameindex():
        if each == index:
            return name
    raise error(errno.ENXIO)


inet_pton, inet_ntop = inet.inet_pton, inet.inet_ntop

NAMES = ("gaierror", "herror", "getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr", "getnameinfo",
         "gethostname", "sethostname", "if_nameindex", "if_nametoindex", "if_indextoname", "inet_pton", "inet_ntop")
