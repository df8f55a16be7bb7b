"""Threads without threads: what most programs start them for still happens, at another time.

    Thread.start()      runs the thread to its end, in the caller.
    daemon, Timer       is set aside, for it would not end, or not soon. join() without a limit runs it; else it never
                        runs.
    Condition.wait()    and with it Event, Queue, Semaphore, Barrier and Future: waits in time.sleep(), where a
                        signal's handler can notify. Python's own returns at once, or ends the guest, since nobody
                        could ever release its lock.

The first of each kind is told on standard error. A lock that is taken twice still ends the guest.
"""
import contextvars
import sys
import threading
import time

STEP_S = 0.1  # how often a waiting program looks whether it has been notified

told = set()


def tell(kind, thread, what):
    if kind not in told:
        told.add(kind)
        print(f"wasmrun: python: there are no threads: {kind} such as '{thread.name}' {what}", file=sys.stderr)


class Handle:
    """Of a thread that was started; takes the place of the system's."""

    ident = None

    def __init__(self, thread):
        self.thread = thread
        self.is_set_aside = True
        self.is_over = False

    def is_done(self):
        return self.is_over

    def run(self):
        self.is_set_aside = False
        ident = threading.get_ident()
        caller = threading._active.get(ident)
        threading._limbo[self.thread] = self.thread
        try:
            self.thread._bootstrap_inner()
        finally:
            self.is_over = True
            if caller:
                threading._active[ident] = caller

    def join(self, timeout=None):
        if timeout is None and self.is_set_aside:
            self.run()


def start(self):
    """Thread.start()."""
    if not self._initialized:
        raise RuntimeError("thread.__init__() not called")
    if self._started.is_set():
        raise RuntimeError("threads can only be started once")
    if self._context is None:
        self._context = contextvars.Context()
    self._os_thread_handle = Handle(self)
    if self.daemon or isinstance(self, threading.Timer):
        tell("a daemon" if self.daemon else "a timer", self, "runs when it is joined, and else never")
        self._started.set()
    else:
        tell("one", self, "runs while the program that starts it waits")
        self._os_thread_handle.run()


def wait(self, timeout=None):
    """Condition.wait()."""
    if not self._is_owned():
        raise RuntimeError("cannot wait on un-acquired lock")
    waiter = threading.Lock()
    waiter.acquire()
    self._waiters.append(waiter)
    state = self._release_save()
    end = None if timeout is None else time.monotonic() + timeout
    try:
        while waiter.locked():
            rest = STEP_S if end is None else min(STEP_S, end - time.monotonic())
            if rest <= 0:
                break
            time.sleep(rest)
        return not waiter.locked()
    finally:
        self._acquire_restore(state)
        if waiter in self._waiters:
            self._waiters.remove(waiter)


def apply():
    threading.Thread.start = start
    threading.Condition.wait = wait
