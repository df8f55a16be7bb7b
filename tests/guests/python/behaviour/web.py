"""The packages http and urllib, and the module socketserver. One thread: clients send before the server serves."""
import http.client
import http.cookies
import http.server
import io
import socket
import socketserver
import urllib.error
import urllib.parse
import urllib.request
from contextlib import contextmanager

LOCAL = "127.0.0.1"


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = self.path.encode()
        self.send_response(200 if self.path != "/missing" else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))[::-1]
        self.send_response(201)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@contextmanager
def _server(handler=_Handler, kind=http.server.HTTPServer):
    with kind((LOCAL, 0), handler) as server:
        server.timeout = 5
        yield server


def _exchange(sent, handler=_Handler):
    """What a server answers to these bytes, without what changes from run to run."""
    with _server(handler) as server, socket.create_connection(server.server_address, 5) as client:
        client.sendall(sent)
        client.shutdown(socket.SHUT_WR)
        server.handle_request()
        answer = b""
        while chunk := client.recv(65536):
            answer += chunk
    return [line for line in answer.decode().split("\r\n") if not line.startswith(("Date:", "Server:"))]


def answers_a_request():
    return _exchange(b"GET /path HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")


def answers_two_requests():
    return _exchange(b"GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\n")


def answers_a_post():
    return _exchange(b"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc")


def expects_to_continue():
    return _exchange(b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc")


def refuses_unknown_methods():
    return _exchange(b"BREW / HTTP/1.1\r\n\r\n")[0]


def refuses_bad_requests():
    return _exchange(b"this is no request\r\n\r\n")[0][:12]


def refuses_long_lines():
    return _exchange(b"GET /" + b"x" * 70000 + b" HTTP/1.1\r\n\r\n")[0][:12]


def speaks_old_http():
    return _exchange(b"GET /old HTTP/1.0\r\n\r\n")[0]


def serves_files():
    class Files(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args):
            super().__init__(*args, directory=__file__.rpartition("/")[0] or "/")

        def log_message(self, *args):
            pass

    lines = _exchange(b"GET /web.py HTTP/1.0\r\n\r\n", Files)
    return [lines[0], [line for line in lines if line.startswith("Content-type")], "The packages" in "".join(lines)]


def does_not_leave_its_folder():
    class Files(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args):
            pass

    return _exchange(b"GET /../../etc/passwd HTTP/1.0\r\n\r\n", Files)[0]


class _Canned(http.client.HTTPConnection):
    """A client whose server has answered already."""

    def __init__(self, answer):
        super().__init__(LOCAL)
        self.answer = answer
        self.sent = b""

    def connect(self):
        canned = self

        class Socket:
            def sendall(self, sent):
                canned.sent += bytes(sent)

            def makefile(self, *args):
                return io.BytesIO(canned.answer)

            def close(self):
                pass

        self.sock = Socket()


def _answered(answer):
    connection = _Canned(answer)
    connection.request("GET", "/")
    return connection.getresponse()


def a_client_sends_a_request():
    connection = _Canned(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    connection.request("PUT", "/x", b"body", {"X-Test": "1"})
    return [connection.sent, connection.getresponse().read()]


def a_client_reads_chunks():
    return _answered(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n").read()


def a_client_reads_headers():
    response = _answered(b"HTTP/1.1 204 Nothing\r\nX-A: 1\r\nx-a: 2\r\n\r\n")
    return [response.status, response.reason, response.getheader("X-A"), response.headers.get_all("x-a")]


def a_client_misses_bytes():
    return _answered(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc").read()


def a_client_refuses_nonsense():
    return _answered(b"nonsense\r\n\r\n")


def a_client_is_refused():
    with socket.create_server((LOCAL, 0)) as s:
        port = s.getsockname()[1]
    return http.client.HTTPConnection(LOCAL, port, timeout=5).request("GET", "/")


def a_client_times_out():
    with socket.create_server((LOCAL, 0)) as s:
        connection = http.client.HTTPConnection(*s.getsockname(), timeout=0.05)
        connection.request("GET", "/")
        return connection.getresponse()


def opens_a_url_that_is_refused():
    with socket.create_server((LOCAL, 0)) as s:
        port = s.getsockname()[1]
    try:
        urllib.request.urlopen(f"http://{LOCAL}:{port}/", timeout=5)
    except urllib.error.URLError as error:
        return type(error.reason).__name__


def opens_data_urls():
    return urllib.request.urlopen("data:text/plain,hello%20there").read()


def opens_file_urls():
    return urllib.request.urlopen("file://" + __file__).read(10)


def refuses_unknown_urls():
    return urllib.request.urlopen("gopher://x/")


def has_https():
    return hasattr(urllib.request, "HTTPSHandler")


def parses_urls():
    parts = urllib.parse.urlsplit("http://user@host:80/path;x?q=1#f")
    return [*parts, parts.hostname, parts.port]


def joins_urls():
    return [urllib.parse.urljoin("http://a/b/c", p) for p in ("d", "../d", "/d", "//x/y", "?q")]


def quotes():
    return [urllib.parse.quote("a b/ü"), urllib.parse.unquote("%C3%BC+"), urllib.parse.urlencode({"a": [1, 2]}, True),
            urllib.parse.parse_qs("a=1&a=2&b=")]


def has_cookies():
    cookie = http.cookies.SimpleCookie("a=1; b=two")
    cookie["a"]["path"] = "/"
    return cookie.output()


def has_statuses():
    return [http.HTTPStatus(404).phrase, int(http.HTTPStatus.IM_A_TEAPOT)]


class _Lines(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            self.wfile.write(line.upper())


def _talk(kind, handler=_Lines, sent=b"one\ntwo\n"):
    with kind((LOCAL, 0), handler) as server:
        server.timeout = 5
        with socket.create_connection(server.server_address, 5) as client:
            client.sendall(sent)
            client.shutdown(socket.SHUT_WR)
            server.handle_request()
            answer = b""
            while chunk := client.recv(100):
                answer += chunk
            return answer


def a_tcp_server_handles():
    return _talk(socketserver.TCPServer)


def a_threading_server_handles():
    return _talk(socketserver.ThreadingTCPServer)


def a_forking_server_handles():
    return _talk(socketserver.ForkingTCPServer)


def a_udp_server_handles():
    class Handler(socketserver.DatagramRequestHandler):
        def handle(self):
            self.wfile.write(self.rfile.read()[::-1])

    with socketserver.UDPServer((LOCAL, 0), Handler) as server, socket.socket(type=socket.SOCK_DGRAM) as client:
        server.timeout = client_timeout = 5
        client.settimeout(client_timeout)
        client.sendto(b"abc", server.server_address)
        server.handle_request()
        return client.recv(10)


def a_server_times_out():
    class Server(socketserver.TCPServer):
        timed_out = False

        def handle_timeout(self):
            self.timed_out = True

    with Server((LOCAL, 0), _Lines) as server:
        server.timeout = 0.05
        server.handle_request()
        return server.timed_out


def a_server_turns_requests_away():
    class Server(socketserver.TCPServer):
        def verify_request(self, request, address):
            return False

    return _talk(Server, sent=b"")


def a_server_outlives_failing_handlers():
    failures = []

    class Handler(socketserver.BaseRequestHandler):
        def handle(self):
            raise ValueError

    class Server(socketserver.TCPServer):
        def handle_error(self, request, address):
            failures.append(1)

    return [_talk(Server, Handler, b""), len(failures)]


def a_server_can_be_stopped_by_its_handler():
    class Handler(socketserver.BaseRequestHandler):
        def handle(self):
            self.server._BaseServer__shutdown_request = True

    with socketserver.TCPServer((LOCAL, 0), Handler) as server:
        with socket.create_connection(server.server_address, 5):
            server.serve_forever(0.05)
    return "stopped"
