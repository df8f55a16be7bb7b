"""Executors in line: ThreadPoolExecutor runs each job at once, in the caller, for there are no threads.

So do asyncio's run_in_executor() and to_thread(), which use it: name lookups among others.
A job blocks its caller, and whatever else the event loop has to do.
"""
import asyncio.base_events
import concurrent.futures.thread
from concurrent.futures import Future


def submit(self, fn, /, *args, **kwargs):
    with self._shutdown_lock:
        if self._shutdown:
            raise RuntimeError("cannot schedule new futures after shutdown")
    future = Future()
    future.set_running_or_notify_cancel()
    try:
        result = fn(*args, **kwargs)
    except BaseException as error:
        if not isinstance(error, Exception):
            raise
        future.set_exception(error)
    else:
        future.set_result(result)
    return future


async def shutdown_default_executor(self, timeout=None):
    """BaseEventLoop.shutdown_default_executor(), which would wait for the threads in a thread."""
    self._executor_shutdown_called = True
    if self._default_executor is not None:
        self._default_executor.shutdown(wait=False)


def apply():
    asyncio.base_events.BaseEventLoop.shutdown_default_executor = shutdown_default_executor
    concurrent.futures.thread.ThreadPoolExecutor.submit = submit
