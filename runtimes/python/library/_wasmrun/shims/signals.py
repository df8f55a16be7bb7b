"""No signal ever reaches a guest, so the event loop does not pretend that it takes one.

add_signal_handler() raises NotImplementedError, which servers expect, as they do on Windows.
"""
import asyncio.unix_events


def add_signal_handler(self, sig, callback, *args):
    raise NotImplementedError("there are no signals on WebAssembly")


def apply():
    asyncio.unix_events._UnixSelectorEventLoop.add_signal_handler = add_signal_handler
