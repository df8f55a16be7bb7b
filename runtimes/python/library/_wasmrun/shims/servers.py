"""socketserver.ThreadingMixIn without threads: one request at a time, any number of connections.

A connection of an HTTP server is parked in the server's own selector until its client has sent
something: before the first request, and between two requests of one that is kept alive. So neither a
client that says nothing nor an idle one keeps others waiting. A handler that is slow does. Handlers of other
protocols, where either side may speak first, run from their connection's start to its end, one after the other.

    state     what may happen
    parked    the selector says that there is input: its handler goes on       -> handling
    handling  a request was handled, and nothing of a next one has been read   -> parked
              it was the last one                                              -> closed

The selector keeps a connection that has been parked until it is closed. It is not asked while a request is handled.
"""
import selectors
import socket
import socketserver


def is_served_here(handler):
    """In a server that was to have threads, whose loop is ours."""
    return getattr(handler.server, "_wasmrun_selector", None) and isinstance(handler.server, socketserver.ThreadingMixIn)


def has_input(handler):
    """Whether a request can be read without waiting. That the connection has ended is for the selector to find."""
    if not hasattr(handler.rfile, "peek"):
        return True
    timeout = handler.connection.gettimeout()
    handler.connection.settimeout(0)
    try:
        return bool(handler.rfile.peek(1))
    except OSError:
        return True  # the read that follows meets it again, and there it is handled
    finally:
        handler.connection.settimeout(timeout)


def has_read_ahead(handler):
    """Whether something of a next request came with the last one. Asks the buffer alone."""
    raw = getattr(handler.rfile, "raw", None)
    if not isinstance(raw, socket.SocketIO):
        return True
    raw.readinto = read_nothing
    try:
        return bool(handler.rfile.peek(1))
    finally:
        del raw.readinto


def read_nothing(buffer):
    """RawIOBase.readinto(), of what has no input now."""


def handle(self):
    """BaseHTTPRequestHandler.handle(). Called again when a parked connection has input."""
    is_served = is_served_here(self)
    can_read = self._wasmrun_is_parked or not is_served or has_input(self)
    self._wasmrun_is_parked = False
    self.close_connection = False
    while can_read and not self.close_connection:
        self.close_connection = True  # unless the request says otherwise
        self.handle_one_request()
        can_read = not is_served or has_read_ahead(self)
    self._wasmrun_is_parked = not self.close_connection


def adopt(handler_class):
    """Gives an HTTP handler our handle(). `python -m http.server` has a class of its own."""
    for each in handler_class.__mro__:
        # What the interpreter has learned about a class is lost when it changes.
        if each.__name__ == "BaseHTTPRequestHandler" and each.handle is not handle:
            each.handle = handle


def init_handler(self, request, client_address, server):
    """BaseRequestHandler.__init__()."""
    adopt(type(self))
    self.request = request
    self.client_address = client_address
    self.server = server
    self._wasmrun_is_parked = False
    self.setup()
    go_on(self)


def go_on(handler):
    """Has it handle what is there, and then either parks or finishes it."""
    try:
        handler.handle()
    finally:
        if handler._wasmrun_is_parked:
            park(handler)
        else:
            unpark(handler)
            handler.finish()


def park(handler):
    server = handler.server
    if handler.request not in server._wasmrun_parked:
        server._wasmrun_parked.add(handler.request)
        server._wasmrun_selector.register(handler.request, selectors.EVENT_READ, handler)


def unpark(handler):
    """Its handler may have closed the connection itself."""
    parked = getattr(handler.server, "_wasmrun_parked", ())
    if handler.request in parked:
        parked.remove(handler.request)
        handler.server._wasmrun_selector.unregister(handler.request)


def process(server, request, client_address, work):
    try:
        work()
    except Exception:
        server.handle_error(request, client_address)
    finally:
        if request not in getattr(server, "_wasmrun_parked", ()):
            server.shutdown_request(request)


def process_request(self, request, client_address):
    """ThreadingMixIn.process_request()."""
    self.process_request_thread(request, client_address)


def process_request_thread(self, request, client_address):
    """ThreadingMixIn.process_request_thread()."""
    process(self, request, client_address, lambda: self.finish_request(request, client_address))


def take_input(server, key):
    if key.data is server:
        server._handle_request_noblock()
    else:
        process(server, key.data.request, key.data.client_address, lambda: go_on(key.data))


def end_connections(server):
    for request in server._wasmrun_parked:
        server.shutdown_request(request)


def serve_forever(self, poll_interval=0.5):
    """BaseServer.serve_forever()."""
    self._BaseServer__is_shut_down.clear()
    try:
        with selectors.DefaultSelector() as selector:
            self._wasmrun_selector = selector
            self._wasmrun_parked = set()
            selector.register(self, selectors.EVENT_READ, self)
            while not self._BaseServer__shutdown_request:
                for key, _ in selector.select(poll_interval):
                    if not self._BaseServer__shutdown_request:
                        take_input(self, key)
                self.service_actions()
            end_connections(self)
    finally:
        self._wasmrun_selector = None
        self._wasmrun_parked = ()
        self._BaseServer__shutdown_request = False
        self._BaseServer__is_shut_down.set()


def apply():
    socketserver.BaseRequestHandler.__init__ = init_handler
    socketserver.ThreadingMixIn.process_request = process_request
    socketserver.ThreadingMixIn.process_request_thread = process_request_thread
    socketserver.BaseServer.serve_forever = serve_forever
