"""No signal ever reaches a guest, and the module signal lacks what the event loop asks of it.

add_signal_handler() raises NotImplementedError, as on Windows, and servers expect that. Its own would raise
AttributeError.
"""
import asyncio.unix_events


def add_signal_handler(self, sig, callback, *args):
    raise NotImplementedError("there are no signals on WebAssembly")


def apply():
    asyncio.unix_events._UnixSelectorEventLoop.add_signal_handler = add_signal_handler
