"""Changes in packages from outside of Python's library, made when a program imports them.

* werkzeug: the reloader and the debugger's shared counter need processes, so the reloader is off and the
  counter is a plain number. Its server waits for what is left of a request only if that had a body, since
  everybody waits with it.
* anyio: worker threads run in line, as executors do.
* waitress: its loop serves the requests, one after the other, that its threads would.
* urllib3: does not warn at each start that there is no OpenSSL.
* multidict, yarl, frozenlist, propcache, aiohttp: told to do without their compiled parts.
"""
import collections
import importlib.abc
import os
import select
import selectors
import socket
import sys
import types
import warnings

WITHOUT_COMPILED_PARTS = ("MULTIDICT", "YARL", "FROZENLIST", "PROPCACHE", "AIOHTTP")


def interface_ip(family):
    """What werkzeug says it runs on. It would connect a datagram socket to a private address, to see where from: nothing
    is sent, but wasmrun would report it as refused."""
    return "::1" if family == socket.AF_INET6 else "127.0.0.1"


def change_werkzeug_serving(module):
    run_simple = module.run_simple

    def without_reloader(*args, use_reloader=False, **kwargs):
        if len(args) > 3:  # it was given by position
            args = (*args[:3], False, *args[4:])
        if use_reloader:
            print("wasmrun: python: werkzeug's reloader is off: there are no processes", file=sys.stderr)
        return run_simple(*args, use_reloader=False, **kwargs)

    module.run_simple = without_reloader
    module.get_interface_ip = interface_ip
    change_ends_of_requests(module)


def change_ends_of_requests(module):
    """With each answer, werkzeug waits for more of the request, up to 10 ms: who is not awaited while he sends a body
    sees a reset connection instead of the answer."""
    make_environ = module.WSGIRequestHandler.make_environ
    environ = {}

    def noted(self):
        nonlocal environ
        environ = make_environ(self)
        return environ

    class Rest:
        """What werkzeug uses of a selector."""

        def register(self, connection, events):
            self.connection = connection

        def select(self, timeout):
            has_body = environ.get("CONTENT_LENGTH") or environ.get("HTTP_TRANSFER_ENCODING")
            return select.select([self.connection], [], [], timeout if has_body else 0)[0]

        def close(self):
            pass

    module.WSGIRequestHandler.make_environ = noted
    module.selectors = types.SimpleNamespace(DefaultSelector=Rest, EVENT_READ=selectors.EVENT_READ)


class Counter:
    """What the debugger uses of multiprocessing.Value."""

    def __init__(self, typecode, value=0):
        self.value = value

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass

    def get_lock(self):
        return self


def change_werkzeug_debug(module):
    module.Value = Counter


def change_anyio(module):
    async def run_sync_in_worker_thread(cls, func, args, abandon_on_cancel=False, limiter=None):
        await cls.checkpoint()
        return func(*args)

    module.AsyncIOBackend.run_sync_in_worker_thread = classmethod(run_sync_in_worker_thread)


waitress_tasks = collections.deque()


def change_waitress_task(module):
    """Its threads are told to wait for tasks; without them, the server's loop does each when it comes by."""
    module.ThreadedTaskDispatcher.set_thread_count = lambda self, count: None
    module.ThreadedTaskDispatcher.add_task = lambda self, task: waitress_tasks.append(task)


def do_waitress_tasks(module):
    while waitress_tasks:
        task = waitress_tasks.popleft()
        try:
            task.service()
        except Exception:
            module.logger.exception("Exception when servicing %r", task)


def change_waitress_loop(module):
    def with_tasks(poll):
        def poll_and_work(timeout=0.0, map=None):
            poll(timeout, map)
            do_waitress_tasks(module)

        return poll_and_work

    module.poll, module.poll2 = with_tasks(module.poll), with_tasks(module.poll2)


def change_waitress_channel(module):
    """A task that has written much waits for the server's loop to send it: now it sends it itself."""

    def flush(self):
        while self.connected and self.total_outbufs_len > self.adj.outbuf_high_watermark:
            select.select([], [self.socket], [])
            if self._flush_exception(self._flush_some, do_close=False)[1]:
                return

    module.HTTPChannel._flush_outbufs_below_high_watermark = flush


CHANGES = {
    "werkzeug.serving": change_werkzeug_serving,
    "werkzeug.debug": change_werkzeug_debug,
    "anyio._backends._asyncio": change_anyio,
    "waitress.task": change_waitress_task,
    "waitress.channel": change_waitress_channel,
    "waitress.wasyncore": change_waitress_loop,
}


REFUSED = {
    "gunicorn.util": "gunicorn needs processes: take waitress, or have wasmrun serve the application with --app MODULE:APP",
}


class Loader(importlib.abc.Loader):
    """Another loader, and a change of the module afterwards."""

    def __init__(self, loader, change):
        self.loader = loader
        self.change = change

    def __getattr__(self, name):
        return getattr(self.loader, name)

    def create_module(self, spec):
        return self.loader.create_module(spec)

    def exec_module(self, module):
        self.loader.exec_module(module)
        self.change(module)


class Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name in REFUSED:
            raise ImportError(REFUSED[name])
        if name not in CHANGES:
            return None
        for finder in sys.meta_path:
            spec = None if finder is self else finder.find_spec(name, path, target)
            if spec:
                spec.loader = Loader(spec.loader, CHANGES[name])
                return spec
        return None


def apply():
    warnings.filterwarnings("ignore", "urllib3 v2 only supports OpenSSL")
    for name in WITHOUT_COMPILED_PARTS:
        os.environ.setdefault(f"{name}_NO_EXTENSIONS", "1")
    sys.meta_path.insert(0, Finder())
