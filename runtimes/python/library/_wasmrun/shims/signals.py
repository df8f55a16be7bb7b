"""SIGHUP, SIGINT, SIGQUIT and SIGTERM reach the program, and the module signal has what event loops ask of it.

WASI has no signals. wasmrun tells of those that the program catches when a call waits: so a handler runs, and
Ctrl-C is KeyboardInterrupt, when the program waits for a socket, in select() and its relatives, in an event loop or
in sleep(), or enters one of them; not in between. What the program does not catch ends it at once.
"""
import os
import select
import signal
import time

import wasmrun_linux.host
import wit_world.imports.signals as host

CATCHABLE = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM)

wakeup_fd = -1


def deliver(number):
    """Runs the handler, which may raise."""
    if wakeup_fd >= 0:
        os.write(wakeup_fd, bytes((number,)))
    signal.raise_signal(number)


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
    wasmrun_linux.host.pause()


def sleep(seconds):
    """time.sleep()"""
    if seconds > 0:
        select.select([], [], [], seconds)
    else:
        base_sleep(seconds)


def apply():
    global base_signal, base_sleep
    for function in (set_wakeup_fd, siginterrupt, valid_signals, pause):
        setattr(signal, function.__name__, function)
    base_signal, signal.signal = signal.signal, set_handler
    base_sleep, time.sleep = time.sleep, sleep
    wasmrun_linux.host.deliver = deliver
    signal.signal(signal.SIGINT, signal.default_int_handler)
