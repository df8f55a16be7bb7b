"""SIGHUP, SIGINT, SIGQUIT and SIGTERM reach the program, and the module signal has what event loops ask of it.

WASI has no signals. wasmrun sends those that the program catches as datagrams to a socket of ours, which is
waited for beside the program's own. So a handler runs, and Ctrl-C is KeyboardInterrupt, when the program waits in
select(), poll(), a selector, an event loop, accept() or sleep(), or enters one of them; not in between.
What the program does not catch ends it at once.
"""
import asyncio.selector_events
import os
import select
import selectors
import signal
import socket
import time

import wit_world.imports.signals as host

CATCHABLE = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM)

inbox = None  # the socket
wakeup_fd = -1


def open_inbox():
    """False if there is no loopback interface to send over."""
    global inbox
    inbox = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        inbox.bind(("127.0.0.1", 0))
        inbox.connect(("127.0.0.1", host.open(inbox.getsockname()[1])))
    except Exception:
        inbox.close()
        return False
    inbox.setblocking(False)
    return True


def deliver():
    """Runs the handlers of what has come. They may raise."""
    while True:
        try:
            number, = inbox.recv(1)
        except BlockingIOError:
            return
        if wakeup_fd >= 0:
            os.write(wakeup_fd, bytes((number,)))
        signal.raise_signal(number)


# The module signal.

def set_handler(signalnum, handler):
    """signal.signal()"""
    before = base_signal(signalnum, handler)
    if signalnum in CATCHABLE:
        host.catch(signalnum, handler != signal.SIG_DFL)
    return before


def set_wakeup_fd(fd, *, warn_on_full_buffer=True):
    global wakeup_fd
    before, wakeup_fd = wakeup_fd, fd
    return before


def valid_signals():
    return set(signal.Signals)


def siginterrupt(signalnum, flag):
    """Calls are never interrupted."""


def pause():
    base_select([inbox], [], [])
    deliver()


# Waiting.

def rest_of(timeout, start):
    return None if timeout is None else max(0, timeout - (time.monotonic() - start))


def wait_select(rlist, wlist, xlist, timeout=None):
    """select.select(). A handler that returns does not end the wait (PEP 475)."""
    rlist, start = list(rlist), time.monotonic()
    while True:
        readable, writable, broken = base_select([inbox, *rlist], wlist, xlist, rest_of(timeout, start))
        is_signal = inbox in readable
        if is_signal:
            readable.remove(inbox)
            deliver()
        if readable or writable or broken or not is_signal:
            return readable, writable, broken


class Poll:
    """select.poll()."""

    def __init__(self):
        self._poll = base_poll()
        self._poll.register(inbox, select.POLLIN)
        self.register, self.modify, self.unregister = self._poll.register, self._poll.modify, self._poll.unregister

    def poll(self, timeout=None):
        start = time.monotonic()
        seconds = None if timeout is None or timeout < 0 else timeout / 1000
        while True:
            rest = rest_of(seconds, start)
            events = self._poll.poll(rest if rest is None else rest * 1000)
            own = [event for event in events if event[0] != inbox.fileno()]
            is_signal = len(own) < len(events)
            if is_signal:
                deliver()
            if own or not is_signal:
                return own


def sleep(seconds):
    """time.sleep()"""
    if seconds <= 0:
        base_sleep(seconds)
    else:
        wait_select([], [], [], seconds)


def accept(self):
    """socket.accept()"""
    timeout = self.gettimeout()
    if timeout != 0 and not wait_select([self], [], [], timeout)[0]:
        raise TimeoutError("timed out")
    return base_accept(self)


# Event loops have their own selector, and a descriptor of their own that wakes it.

def make_self_pipe(self):
    base_make_self_pipe(self)
    self._add_reader(inbox.fileno(), deliver)


def close_self_pipe(self):
    self._remove_reader(inbox.fileno())
    base_close_self_pipe(self)


def apply():
    global base_signal, base_select, base_poll, base_sleep, base_accept, base_make_self_pipe, base_close_self_pipe
    for function in (set_wakeup_fd, siginterrupt, valid_signals):
        setattr(signal, function.__name__, function)
    if not open_inbox():
        return
    loop = asyncio.selector_events.BaseSelectorEventLoop
    base_signal, signal.signal = signal.signal, set_handler
    base_select, select.select = select.select, wait_select
    base_poll, select.poll = select.poll, Poll
    base_sleep, time.sleep = time.sleep, sleep
    base_accept, socket.socket.accept = socket.socket.accept, accept
    base_make_self_pipe, loop._make_self_pipe = loop._make_self_pipe, make_self_pipe
    base_close_self_pipe, loop._close_self_pipe = loop._close_self_pipe, close_self_pipe
    signal.pause = pause
    selectors.SelectSelector._select = staticmethod(wait_select)
    selectors.PollSelector._selector_cls = Poll
    signal.signal(signal.SIGINT, signal.default_int_handler)
