"""socketserver.ThreadingMixIn without threads: one request at a time, any number of connections.

A connection of an HTTP server waits in the server's own selector until its client has sent
something: a new one before its handler is made, and one that is kept alive between two requests. So
neither a client that says nothing nor an idle one keeps others waiting. A handler that is slow does.
Handlers of other protocols, where either side may speak first, run from their connection's start to its end,
one after the other.

    state        what may happen
    waiting        input: a handler is made and handles a request    -> parked or closed
    parked        input: its handler handles the next request    -> parked or closed
    closed        -
"""
import http.server
import selectors
import socketserver


class Waiting:
    """A connection whose client has not said anything yet."""

    def __init__(self, request, client_address):
        self.request = request
        self.client_address = client_address


def speaks_http(server):
    made_by = server.RequestHandlerClass
    made_by = getattr(made_by, "func", made_by)  # http.server's own program has a partial there
    return isinstance(made_by, type) and issubclass(made_by, http.server.BaseHTTPRequestHandler)


def has_input(handler):
    """Whether bytes of a next request are there, without waiting for any."""
    timeout = handler.connection.gettimeout()
    handler.connection.setblocking(False)
    try:
        return bool(handler.rfile.peek(1))
    except OSError:
        return True  # the read that follows meets it again, and there it is handled
    finally:
        handler.connection.settimeout(timeout)


def handle(self):
    """BaseHTTPRequestHandler.handle(). Called again when a parked connection has input."""
    selector = getattr(self.server, "_wasmrun_selector", None)
    self._wasmrun_is_parked = False
    self.close_connection = True
    self.handle_one_request()
    while not self.close_connection:
        if selector and isinstance(self.server, socketserver.ThreadingMixIn) and not has_input(self):
            self._wasmrun_is_parked = True
            return
        self.handle_one_request()


def init_handler(self, request, client_address, server):
    """BaseRequestHandler.__init__(): a parked one goes on later, so it is not finished yet."""
    self.request = request
    self.client_address = client_address
    self.server = server
    self.setup()
    try:
        self.handle()
    finally:
        if getattr(self, "_wasmrun_is_parked", False):
            server._wasmrun_selector.register(request, selectors.EVENT_READ, self)
        else:
            self.finish()


def is_parked(server, request):
    selector = getattr(server, "_wasmrun_selector", None)
    return selector is not None and request.fileno() in selector.get_map()


def process_request(self, request, client_address):
    """ThreadingMixIn.process_request()."""
    selector = getattr(self, "_wasmrun_selector", None)
    if selector and speaks_http(self):
        selector.register(request, selectors.EVENT_READ, Waiting(request, client_address))
    else:
        self.process_request_thread(request, client_address)


def process_request_thread(self, request, client_address):
    """ThreadingMixIn.process_request_thread()."""
    try:
        self.finish_request(request, client_address)
    except Exception:
        self.handle_error(request, client_address)
    finally:
        if not is_parked(self, request):
            self.shutdown_request(request)


def resume(server, handler):
    request = handler.request
    try:
        try:
            handler.handle()
        finally:
            if handler._wasmrun_is_parked:
                server._wasmrun_selector.register(request, selectors.EVENT_READ, handler)
            else:
                handler.finish()
    except Exception:
        server.handle_error(request, handler.client_address)
    finally:
        if not is_parked(server, request):
            server.shutdown_request(request)


def take_input(server, key):
    if key.data is server:
        server._handle_request_noblock()
        return
    server._wasmrun_selector.unregister(key.fileobj)
    if isinstance(key.data, Waiting):
        server.process_request_thread(key.data.request, key.data.client_address)
    else:
        resume(server, key.data)


def end_connections(server, selector):
    for key in list(selector.get_map().values()):
        if key.data is not server:
            server.shutdown_request(key.data.request)


def serve_forever(self, poll_interval=0.5):
    """BaseServer.serve_forever()."""
    self._BaseServer__is_shut_down.clear()
    try:
        with selectors.DefaultSelector() as selector:
            self._wasmrun_selector = selector
            selector.register(self, selectors.EVENT_READ, self)
            while not self._BaseServer__shutdown_request:
                ready = selector.select(poll_interval)
                for key, _ in ready:
                    if self._BaseServer__shutdown_request:
                        break
                    take_input(self, key)
                self.service_actions()
            end_connections(self, selector)
    finally:
        self._wasmrun_selector = None
        self._BaseServer__shutdown_request = False
        self._BaseServer__is_shut_down.set()


def apply():
    http.server.BaseHTTPRequestHandler.handle = handle
    socketserver.BaseRequestHandler.__init__ = init_handler
    socketserver.ThreadingMixIn.process_request = process_request
    socketserver.ThreadingMixIn.process_request_thread = process_request_thread
    socketserver.BaseServer.serve_forever = serve_forever
