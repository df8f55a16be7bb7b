"""Serves an application object that a module has: --app MODULE:ATTRIBUTE [PORT]

WSGI applications are served by the library's wsgiref, ASGI ones by uvicorn, which the project has to
require. What is awaited when it is called is ASGI.
"""
import importlib
import inspect
import operator
import socketserver
import sys
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from _wasmrun.command import Refused

PORT = 8000


class ThreadingWSGIServer(socketserver.ThreadingMixIn, WSGIServer):
    """Which the shim `servers` makes take turns."""


def load(words):
    module, colon, attribute = words.partition(":")
    if not colon or not attribute:
        raise Refused(f"--app takes MODULE:ATTRIBUTE, such as main:app, not '{words}'")
    try:
        return operator.attrgetter(attribute)(importlib.import_module(module))
    except AttributeError:
        raise Refused(f"the module '{module}' has no '{attribute}'") from None


def is_asgi(app):
    return inspect.iscoroutinefunction(app) or inspect.iscoroutinefunction(getattr(app, "__call__", None))


def serve_asgi(app, port):
    try:
        import uvicorn
    except ImportError:
        raise Refused("the application speaks ASGI: add uvicorn to what the project requires") from None
    uvicorn.run(app, host="127.0.0.1", port=port)


def serve_wsgi(app, port):
    with ThreadingWSGIServer(("127.0.0.1", port), WSGIRequestHandler) as server:
        server.set_app(app)
        server.serve_forever()


def serve(words):
    if not 1 <= len(words) <= 2 or (len(words) == 2 and not words[1].isdecimal()):
        raise Refused("usage: --app MODULE:ATTRIBUTE [PORT]")
    port = int(words[1]) if len(words) == 2 else PORT
    sys.argv[:] = [words[0]]
    app = load(words[0])
    (serve_asgi if is_asgi(app) else serve_wsgi)(app, port)
