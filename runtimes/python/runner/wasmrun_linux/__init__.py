"""Linux's sockets for Python: the modules _socket and select, and what of the module os takes descriptors.

Those of CPython stand on wasi-libc and wasi:sockets, which know no Unix sockets, few options, no epoll, and hide
what the kernel says. These stand on wasmrun:net (wit/deps/net.wit), whose calls are the kernel's own. They are
put in place of the others before anything imports them, when the snapshot is taken; nothing here may call the
host before the program runs.

Descriptors of sockets, pipes and epolls are numbers from 65536 up, and belong to these modules alone.
"""
import sys
import types

from . import descriptors, lookup, numbers, selecting, sockets


def module(name, doc, *sources):
    made = types.ModuleType(name, doc)
    for names in sources:
        vars(made).update(names)
    return made


def public(of):
    return {name: getattr(of, name) for name in of.NAMES}


def install():
    if "socket" in sys.modules:
        raise ImportError("socket was imported before it could be given Linux's sockets")
    base = sys.modules.pop("_socket", None) or __import__("_socket")
    kept = {name: getattr(base, name) for name in sockets.KEPT} | {"error": OSError}
    sockets.socket.__module__ = "_socket"
    sys.modules["_socket"] = module("_socket", base.__doc__, kept, numbers.SOCKET, public(sockets), public(lookup))
    sys.modules["select"] = module("select", "Waiting for descriptors.", numbers.SELECT, public(selecting))
    descriptors.install()
