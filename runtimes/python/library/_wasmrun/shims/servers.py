"""socketserver.ThreadingMixIn without threads: one request at a time, any number of connections.

A connection of an HTTP server is parked in the server's own selector until its client has sent
something: before the first request, and between two requests of one that is kept alive. So neither a
client that says nothing nor an idle one keeps others waiting. A handler that is slow does. Handlers of other
protocols, where either side may speak first, run from their connection's start to its end, one after the other.

    state     what may happen
    parked    the selector says that there is input: its handler goes on   -> handling
    handling  a request is handled, and there is no input of a next one    -> parked
              it was the last one                                          -> closed
"""
import selectors
import socketserver


def is_served_here(handler):
    """In a server that was to have threads, whose loop is ours."""
    return getattr(handler.server, "_wasmrun_selector", None) and isinstance(handler.server, socketserver.ThreadingMixIn)


def has_input(handler):
    """Whether a next request can be read without waiting. That the connection has ended is for the selector to find."""
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


def handle(self):
    """BaseHTTPRequestHandler.handle(). Called again when a parked connection has input."""
    can_read = self._wasmrun_is_parked
    self._wasmrun_is_parked = False
    self.close_connection = False
    while not self.close_connection:
        if is_served_here(self) and not can_read and not has_input(self):
            self._wasmrun_is_parked = True
            return
        can_read = False
        self.close_connection = True  # unless the request says otherwise
        self.handle_one_request()


def adopt(handler_class):
    """Gives an HTTP handler our handle(). `python -m http.server` has a class of its own."""
    for each in handler_class.__mro__:
        if each.__name__ == "BaseHTTPRequestHandler":
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
            handler.server._wasmrun_selector.register(handler.request, selectors.EVENT_READ, handler)
        else:
            handler.finish()


def is_parked(server, request):
    selector = getattr(server, "_wasmrun_selector", None)
    return selector is not None and request.fileno() in selector.get_map()


def process(server, request, client_address, work):
    try:
        work()
    except Exception:
        server.handle_error(request, client_address)
    finally:
        if not is_parked(server, request):
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
        return
    handler = key.data
    server._wasmrun_selector.unregister(handler.request)
    process(server, handler.request, handler.client_address, lambda: go_on(handler))


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
                for key, _ in selector.select(poll_interval):
                    if not self._BaseServer__shutdown_request:
                        take_input(self, key)
                self.service_actions()
            end_connections(self, selector)
    finally:
        self._wasmrun_selector = None
        self._BaseServer__shutdown_request = False
        self._BaseServer__is_shut_down.set()


def apply():
    socketserver.BaseRequestHandler.__init__ = init_handler
    socketserver.ThreadingMixIn.process_request = process_request
    socketserver.ThreadingMixIn.process_request_thread = process_request_thread
    socketserver.BaseServer.serve_forever = serve_forever
