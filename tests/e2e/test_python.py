"""Python projects: what runs, and how it ends.

Packages are installed once, into a cache that survives the session."""

import asyncio
import concurrent.futures
import http.server
import json
import os
import re
import signal
import threading
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from harness import guests, net

INSTALL_LIMIT_S = 180  # pip, from a cold cache
CACHE = guests.BUILD / "python-cache"


@pytest.fixture(params=["root" if os.geteuid() == 0 else "user"])
def user(request, all_users):
    """Most of this does not depend on who runs it: only tests that say so take every user."""
    return all_users[request.param]


every_user = pytest.mark.parametrize("user", ["root", "user"] if os.geteuid() == 0 else ["user"], indirect=True)


@pytest.fixture
def app(python):
    """As python, with packages from the cache. `ready` when it listens."""
    CACHE.mkdir(parents=True, exist_ok=True, mode=0o700)

    def run(project, port, *words, **how):
        return python(project, *words, ports=[port], env={"WASMRUN_CACHE_DIR": str(CACHE)}, **how)

    def run_ready(*words, **how):
        started = run(*words, **how)
        started.wait_err(r"is listening on ", INSTALL_LIMIT_S)
        return started

    return run_ready


def fetch(run, path="/", body=None, headers={}):
    """The status and the body, whatever the status is."""
    request = urllib.request.Request(f"http://127.0.0.1:{run.port}{path}", body, headers)
    try:
        with urllib.request.urlopen(request, timeout=net.TIME_LIMIT_S) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


# How a program starts and ends.


@every_user
def test_a_program_has_its_arguments_environment_and_folder(python):
    code = "import os, sys; print(sys.argv, os.environ['NAME'], os.getcwd(), __file__, __name__)"
    result = python(code, "--env", "NAME=value", args=["one", "two words"]).finish()

    assert result.out == "['/app.py', 'one', 'two words'] value / /app.py __main__\n"
    assert result.code == 0


@pytest.mark.parametrize("code, expected", [
    ("", 0),
    ("import sys; sys.exit()", 0),
    ("import sys; sys.exit(37)", 37),
    ("import sys; sys.exit(256 + 3)", 3),
    ("import sys; sys.exit(True)", 1),
    ("import os; os._exit(9)", 9),
    ("raise SystemExit(4)", 4),
    ("raise ValueError", 1),
    ("raise KeyboardInterrupt", 130),
    ("this is no Python", 1),
])
def test_the_exit_code_is_pythons(python, code, expected):
    assert python(code).finish().code == expected


def test_a_message_to_exit_with_goes_to_stderr(python):
    result = python("import sys; sys.exit('said')").finish()

    assert (result.code, result.out) == (1, "")
    assert result.err.endswith("said\n")


def test_a_traceback_is_pythons_own(python, folder):
    python("").finish()  # compiles the interpreter
    code = "def divide(n):\n    return 1 / n\n\ndivide(0)\n"
    (folder / "project" / "app.py").write_text(code)
    error = python("").finish().err

    assert re.sub(r"\n +[~^]+", "", error) == ('Traceback (most recent call last):\n  File "/app.py", line 4, in <module>\n'
                                              '    divide(0)\n  File "/app.py", line 2, in divide\n    return 1 / n\n'
                                              'ZeroDivisionError: division by zero\n')


def test_what_runs_at_exit_runs(python):
    result = python("import atexit, sys; atexit.register(print, 'at exit'); print('end'); sys.exit(5)").finish()

    assert (result.code, result.out) == (5, "end\nat exit\n")


def test_standard_input_is_the_programs(python):
    assert python("import sys; print(sys.stdin.read().upper())").finish(b"typed").out == "TYPED\n"


@pytest.mark.parametrize("name", ["app.py", "main.py", "server.py", "__main__.py", "manage.py"])
def test_a_program_is_found_by_its_name(python, folder, user, name):
    def named(copy):
        copy.mkdir()
        (copy / name).write_text("print(__file__)")
        user.own(copy)

    named(folder / "project")
    assert python("").finish().out == f"/{name}\n"


def test_a_module_is_run_as_with_python(python):
    result = python("", args=["-m", "json.tool", "--compact"]).finish(b'{"a":  [1]}')

    assert (result.out, result.code) == ('{"a":[1]}\n', 0)


def test_code_is_run_as_with_python(python):
    assert python("", args=["-c", "import sys; print(sys.argv)", "x"]).finish().out == "['-c', 'x']\n"


def test_a_projects_script_is_run(python, folder):
    project = folder / "project"
    project.mkdir()
    (project / "pyproject.toml").write_text('[project]\nname = "x"\n[project.scripts]\nx = "package.run:main"\n')
    (project / "package").mkdir()
    (project / "package" / "__init__.py").touch()
    (project / "package" / "run.py").write_text("import sys\ndef main():\n    print(sys.argv)\n    return 3\n")
    result = python("", args=["word"]).finish()

    assert (result.out, result.code) == ("['x', 'word']\n", 3)


def test_a_missing_module_is_named(python):
    result = python("", args=["-m", "nothing_of_the_kind"]).finish()

    assert result.code == 1
    assert "No module named nothing_of_the_kind" in result.err


def test_a_folder_without_a_program_is_refused(python, folder):
    (folder / "project").mkdir()
    (folder / "project" / "requirements.txt").touch()
    python("").refused(126, "app.py, main.py, server.py", "'-- -m MODULE'")


def test_the_project_is_read_only(python):
    result = python("open('/new', 'w')").finish()

    assert "PermissionError" in result.err
    assert "'--dir .:/' makes it writable" in result.err
    assert result.code == 1


def test_a_project_that_is_made_writable_is_written_to(python, folder):
    code = "open('new', 'w').write('content'); print(open('/new').read())"
    result = python(code, "--dir", f"{folder}/project:/").finish()

    assert (result.out, result.err) == ("content\n", "")
    assert (folder / "project" / "new").read_text() == "content"


def test_a_virtual_environment_of_the_hosts_is_not_looked_into(python, folder):
    packages = folder / "project/.venv/lib/python3.14/site-packages"
    packages.mkdir(parents=True)
    (packages / "numpy.py").write_text("compiled = True")
    (folder / "project/app.py").write_text("import sys, importlib.util; print(importlib.util.find_spec('numpy'))")

    assert python("").finish().out == "None\n"


def test_a_program_asks_for_a_line(python):
    assert python("print('hello', input('name? '))").finish(b"Ada\n").out == "name? hello Ada\n"


def test_a_vendored_package_wins(python, folder):
    for path in ("project/site-packages/json",):
        (folder / path).mkdir(parents=True)
    (folder / "project/site-packages/json/__init__.py").write_text("vendored = True")
    (folder / "project/app.py").write_text("import sys; sys.modules.pop('json'); import json; print(json.vendored)")

    assert python("").finish().out == "True\n"


# What comes of a signal while the program waits: the program, the signal, its exit code and what it prints last.
WAITS = {
    "in sleep": ("import time\nprint('waits')\ntry:\n    time.sleep(60)\n"
                 "except KeyboardInterrupt:\n    print('interrupted')", signal.SIGINT, 0, "interrupted"),
    "in accept": ("import signal, socket, sys\ns = socket.create_server(('127.0.0.1', 0))\n"
                  "signal.signal(signal.SIGTERM, lambda *_: sys.exit(5))\nprint('waits')\ns.accept()",
                  signal.SIGTERM, 5, "waits"),
    "in select": ("import select, signal\nseen = []\nsignal.signal(signal.SIGHUP, lambda n, _: seen.append(n))\n"
                  "print('waits')\nselect.select([], [], [], 1)\nprint(*seen)", signal.SIGHUP, 0, "1"),
    "in an event loop": ("import asyncio, signal\nasync def main():\n    asked = asyncio.Event()\n"
                         "    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, asked.set)\n"
                         "    print('waits')\n    await asked.wait()\n    print('asked')\nasyncio.run(main())",
                         signal.SIGTERM, 0, "asked"),
    "and is cancelled": ("import asyncio\nasync def main():\n    print('waits')\n    try:\n"
                         "        await asyncio.sleep(60)\n    finally:\n        print('finally')\n"
                         "asyncio.run(main())", signal.SIGINT, 130, "finally"),
    "and ignores it": ("import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('waits')\n"
                       "time.sleep(1)\nprint('woke')", signal.SIGTERM, 0, "woke"),
    "and does not ask": ("import time\nprint('waits')\ntime.sleep(60)", signal.SIGTERM, 143, "waits"),
}


@pytest.mark.parametrize("name", WAITS)
def test_a_signal_reaches_a_program_that_waits(python, name):
    program, number, code, last = WAITS[name]
    run = python(program)
    assert run.out.wait_for("waits\n", limit_s=INSTALL_LIMIT_S)
    result = run.stop(number)

    assert result.code == code, result.err
    assert result.out.splitlines()[-1] == last


def test_control_c_ends_http_server(python):
    run = python("", ports=[8000], args=["-m", "http.server", "8000"]).ready(INSTALL_LIMIT_S)
    result = run.stop(signal.SIGINT)

    assert result.code == 0
    assert "Keyboard interrupt received, exiting." in result.out


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_uvicorn_finishes_its_requests_before_it_ends(app, number):
    run = app("starlette", 8000, args=["-m", "uvicorn", "main:app"])
    assert fetch(run) == (200, "hello from starlette")
    with concurrent.futures.ThreadPoolExecutor() as pool:
        slow = pool.submit(fetch, run, "/slow?s=1.5")
        assert run.out.wait_for("slow begins")
        run.process.send_signal(number)
        assert slow.result() == (200, "slept")
    result = run.finish()

    assert "Finished server process" in result.err


# One thing that each changes: the program, what it prints, what stands on stderr without the shim, and which other
# shim would do in its place.
SHIMS = {
    "executors": ("from concurrent.futures import ThreadPoolExecutor as Pool\n"
                  "print(Pool().submit(pow, 2, 3).result())", "8", "can't start new thread", "threads"),
    "hashes": ("import hashlib\n"
               "print(hashlib.pbkdf2_hmac('sha1', b'password', b'salt', 2).hex())",
               "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957", "no attribute 'pbkdf2_hmac'"),
    "packages": ("import os\nprint(os.environ['AIOHTTP_NO_EXTENSIONS'])", "1", "KeyError"),
    "servers": ("import socket, socketserver, sys\n"
                "class Handler(socketserver.BaseRequestHandler):\n"
                "    def handle(self):\n"
                "        print('handled')\n"
                "with socketserver.ThreadingTCPServer(('127.0.0.1', 0), Handler) as server:\n"
                "    with socket.create_connection(server.server_address):\n"
                "        server.handle_request()\n", "handled", "can't start new thread", "threads"),
    "signals": ("import asyncio\n"
                "async def main():\n"
                "    asyncio.get_running_loop().add_signal_handler(15, print)\n"
                "    print('added')\n"
                "asyncio.run(main())", "added", "AttributeError"),
    "speed": ("import http.client\nprint(http.client._parse_header_lines.__module__)", "_wasmrun.shims.speed", ""),
    "ssl": ("import ssl\nprint(ssl.HAS_SNI)", "False", "No module named '_ssl'"),
    "threads": ("import threading\n"
                "thread = threading.Thread(target=print, args=['ran'])\n"
                "thread.start()", "ran", "can't start new thread"),
    "users": ("import os, pwd\nprint(pwd.getpwuid(os.getuid()).pw_name)", "user", "No module named 'pwd'"),
}


@pytest.mark.parametrize("name", SHIMS)
def test_a_shim_changes_what_it_says_and_can_be_turned_off(python, name):
    program, expected, without, *others = SHIMS[name]
    on = python(program).finish()
    off = python(program, "--env", f"WASMRUN_PYTHON_SHIMS={','.join(f'-{n}' for n in [name, *others])}").finish()

    assert on.out.startswith(expected), on.err
    assert not off.out.startswith(expected)
    assert without in off.err


def test_headers_are_parsed_as_by_python(python):
    """Each block by the shim `speed` and by what it replaces: the messages have the same attributes."""
    assert python("headers").finish().out == "21 blocks, 12 of them plain\n"


def test_threads_run_when_they_can(python):
    result = python("threads").finish()

    assert result.out.splitlines() == [
        "worker ran, alive: False, here: MainThread",
        "daemon before join: [], after: ['daemon']",
        "not notified after 0.5 s",
        "nothing in the queue",
        "logged",
        "all done",
    ]
    assert result.err.count("there are no threads: one such as") == 1
    assert result.err.count("there are no threads: a daemon such as") == 1
    assert "ValueError: in a thread" in result.err
    assert result.code == 0


def test_a_shim_that_does_not_exist_is_told(python):
    result = python("print('ran')", "--env", "WASMRUN_PYTHON_SHIMS=-no-such").finish()

    assert "'-no-such' is none of" in result.err
    assert result.out == "ran\n"


# Servers.


@every_user
def test_http_server_serves_the_project(python):
    run = python("print('content')", ports=[8000], args=["-m", "http.server", "8000"]).ready()

    assert fetch(run, "/app.py") == (200, "print('content')")
    assert fetch(run, "/missing")[0] == 404


HELLO = """
import http.server

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"hello")

http.server.ThreadingHTTPServer(("127.0.0.1", 8000), Handler).serve_forever()
"""


def ask_hello(s):
    s.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    read_hello(s)


def read_hello(s):
    answer = b""
    while not answer.endswith(b"hello"):
        received = s.recv(1000)
        assert received, answer
        answer += received
    assert answer.startswith(b"HTTP/1.1 200")


def test_silent_and_idle_clients_keep_nobody_waiting(python):
    """There are no threads, so one of these would block the server for ever."""
    run = python(HELLO, ports=[8000]).ready()
    silent = [net.connect(run.port) for _ in range(5)]
    idle = [net.connect(run.port) for _ in range(5)]
    for s in idle:
        ask_hello(s)

    assert fetch(run) == (200, "hello")
    for s in silent + idle:
        ask_hello(s)
        s.close()


SLOW = HELLO.replace("    def do_GET(self):\n", "    def do_GET(self):\n        time.sleep(self.path == '/slow' and 1)\n")


def test_while_a_handler_is_slow_nobody_is_lost(python):
    """Idle connections, connections that are new, and one that went away: all are served in turn when it is done."""
    run = python("import time\n" + SLOW, ports=[8000]).ready()
    idle = [net.connect(run.port) for _ in range(20)]
    for s in idle:
        ask_hello(s)
    slow = net.connect(run.port)
    slow.sendall(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
    with net.connect(run.port) as gone:
        gone.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    new = [net.connect(run.port) for _ in range(20)]

    for s in idle + new:
        ask_hello(s)
        s.close()
    read_hello(slow)
    slow.close()


def test_head_and_body_do_not_wait_for_each_other(python):
    """With Nagle's algorithm on, each of these would take 40 ms."""
    run = python(HELLO, ports=[8000]).ready()
    with net.connect(run.port) as s:
        s.settimeout(3)
        for _ in range(200):
            ask_hello(s)


def test_asyncio_serves_many_connections_at_once(python):
    run = python("echo", ports=[7000]).ready()
    clients = [net.connect(run.port) for _ in range(200)]
    for i, s in enumerate(clients):
        s.sendall(b"%d" % i)
    assert [int(s.recv(100)) for s in clients] == list(range(200))
    clients[0].sendall(b"?")

    assert clients[0].recv(100) == b"200"
    payload = net.random_bytes(4 << 20)
    assert net.checksum(net.echo(clients[1], payload)) == net.checksum(payload)
    for s in clients:
        s.close()


def resident_kib(pid):
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status).group(1))


async def echo_in_parallel(port, n_connections, n_messages):
    """The number of messages that came back."""

    async def client():
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(n_messages):
            writer.write(b"x" * 32)
            await reader.readexactly(32)
        writer.close()
        return n_messages

    return sum(await asyncio.gather(*(client() for _ in range(n_connections))))


def test_asyncio_serves_much_in_little_memory(python):
    run = python("echo", ports=[7000]).ready()

    assert asyncio.run(asyncio.wait_for(echo_in_parallel(run.port, 500, 50), 60)) == 25000
    before = resident_kib(run.engine())
    assert asyncio.run(asyncio.wait_for(echo_in_parallel(run.port, 500, 50), 60)) == 25000
    assert resident_kib(run.engine()) - before < 2048


@pytest.fixture
def host_server():
    """An HTTP server of the host's. Gives its port."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", "4")
            self.end_headers()
            self.wfile.write(b"host")

        def log_message(self, *args):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def test_clients_reach_what_is_granted(python, host_server):
    run = python("clients", f"--allow-net=127.0.0.1:{host_server}", env={"WASMRUN_CACHE_DIR": str(CACHE)},
                 args=[f"http://127.0.0.1:{host_server}/"])

    assert run.out.wait_for("(host\n){5}", limit_s=INSTALL_LIMIT_S), run.err.text()
    assert run.finish().code == 0


def test_clients_reach_nothing_without_a_grant(python, host_server):
    code = f"import urllib.request; urllib.request.urlopen('http://127.0.0.1:{host_server}/')"
    result = python(code).finish()

    assert result.code == 1
    assert "Connection refused" in result.err


@every_user
def test_flask_is_installed_and_serves(python, user):
    """From nothing: pip installs, what has a compiled part is built without it, bytecode is compiled."""
    run = python("flask", ports=[5000])
    run.wait_err("is listening on ", INSTALL_LIMIT_S)

    assert fetch(run)[1] == "hello from flask, you are 127.0.0.1"
    assert json.loads(fetch(run, "/json", b'{"a": [1]}', {"Content-Type": "application/json"})[1]) == {"got": {"a": [1]}}
    assert fetch(run, "/hello/%3Cyou%3E")[1] == "<b>&lt;you&gt;</b>"
    assert fetch(run, "/boom")[0] == 500
    assert fetch(run, "/missing")[0] == 404
    assert "ZeroDivisionError" in run.err.text()
    assert fetch(run, "/stream")[1] == "".join(f"{i}\n" for i in range(1000))
    form = b'--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n' + b"x" * 100000 + b"\r\n--b--\r\n"
    assert fetch(run, "/upload", form, {"Content-Type": "multipart/form-data; boundary=b"})[1] == "x 100000"
    assert not list((user.cache / "wasmrun" / "python").glob("*/new"))
    assert list((user.cache / "wasmrun" / "python").glob("*/packages/flask/__pycache__/*.cpython-314.pyc"))


def test_flask_keeps_a_session(app):
    run = app("flask", 5000)
    with urllib.request.urlopen(f"http://127.0.0.1:{run.port}/count", timeout=10) as first:
        cookie = first.headers["Set-Cookie"].split(";")[0]

    assert fetch(run, "/count", headers={"Cookie": cookie})[1] == "2"


def test_the_example_serves(app):
    run = app(guests.REPO / "examples" / "python-server", 8080)

    assert fetch(run)[1].startswith("hello from python-server, you are 127.0.0.1:")


def test_bottle_serves(app):
    assert fetch(app("bottle", 8080)) == (200, "hello from bottle")


def test_starlette_serves_on_uvicorn(app):
    run = app("starlette", 8000, args=["-m", "uvicorn", "main:app"])

    assert fetch(run) == (200, "hello from starlette")
    assert json.loads(fetch(run, "/in-line")[1]) == {"path": "/in-line"}
    assert fetch(run, "/stream")[1] == "".join(f"{i}\n" for i in range(1000))
    with concurrent.futures.ThreadPoolExecutor(10) as clients:
        # One after the other, they would take longer than a client waits.
        answers = list(clients.map(lambda _: fetch(run, "/slow?s=2"), range(10)))
    assert answers == [(200, "slept")] * 10


def test_a_websocket_is_served(app):
    run = app("starlette", 8000, args=["-m", "uvicorn", "main:app"])
    with net.connect(run.port) as s:
        s.sendall(b"GET /socket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                  b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += s.recv(1)
        assert head.startswith(b"HTTP/1.1 101")
        assert b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in head
        s.sendall(b"\x81\x85\0\0\0\0hello")  # text, masked with zeroes
        frame = s.recv(2)
        assert s.recv(frame[1]) == b'{"got": "hello"}'


def test_aiohttp_serves_and_asks(app):
    run = app("aiohttp", 8080)

    assert fetch(run) == (200, "hello from aiohttp")
    assert json.loads(fetch(run, "/ask")[1]) == {"status": 200, "text": "hello from aiohttp"}
    assert json.loads(fetch(run, "/echo", b'{"a": 1}')[1]) == {"a": 1}


def test_tornado_serves(app):
    assert fetch(app("tornado", 8888)) == (200, "hello from tornado")


def test_fastapi_serves_and_validates(app):
    run = app("fastapi", 8000, args=["-m", "uvicorn", "main:app"])
    as_json = {"Content-Type": "application/json"}

    assert json.loads(fetch(run, "/items", b'{"name": "x", "price": 1.5}', as_json)[1]) == {"name": "x", "total": 3.0}
    assert fetch(run, "/items", b'{"name": "x"}', as_json)[0] == 422


def test_django_serves_its_admin_pages(app):
    run = app("django", 8000)

    assert fetch(run) == (200, "hello from django")
    assert "Django administration" in fetch(run, "/admin/login/")[1]
    assert fetch(run, "/static/admin/css/base.css")[0] == 200


def test_django_keeps_users_in_sqlite(app, python):
    """Migrates, adds a user, and has the password checked, in one program."""
    code = ("import django, sys; sys.argv = ['manage.py']; from django.core.management import call_command; "
            "django.setup(); call_command('migrate', verbosity=0); "
            "from django.contrib.auth import authenticate, models; "
            "models.User.objects.create_superuser('root', password='secret'); "
            "print(authenticate(username='root', password='secret'), authenticate(username='root', password='x'))")
    run = python("django", "--env", "DJANGO_SETTINGS_MODULE=shop.settings", args=["-c", code],
                 env={"WASMRUN_CACHE_DIR": str(CACHE)})

    assert run.out.wait_for("root None\n", limit_s=INSTALL_LIMIT_S), run.err.text()
    assert run.finish().code == 0


def test_an_application_in_a_module_is_served(python, folder):
    (folder / "project").mkdir()
    (folder / "project" / "web.py").write_text(
        "def app(environ, start_response):\n    start_response('200 OK', [('Content-Type', 'text/plain')])\n"
        "    return [environ['PATH_INFO'].encode()]\n")
    run = python("", "--language", "python", ports=[8000], args=["--app", "web:app"]).ready()

    assert fetch(run, "/path") == (200, "/path")


def test_an_asgi_application_in_a_module_is_served(app):
    run = app("starlette", 9000, args=["--app", "main:app", "9000"])

    assert fetch(run) == (200, "hello from starlette")


@pytest.mark.parametrize("words, said", [
    (["web"], "--app takes MODULE:ATTRIBUTE"),
    (["os:nothing"], "the module 'os' has no 'nothing'"),
    (["os:getcwd", "x"], "usage: --app"),
])
def test_an_application_that_is_not_there_is_told(python, words, said):
    result = python("", args=["--app", *words]).finish()

    assert result.code == 126
    assert said in result.err


def test_popular_packages_can_be_imported(python):
    run = python("packages", env={"WASMRUN_CACHE_DIR": str(CACHE)})

    assert run.out.wait_for("imported", limit_s=INSTALL_LIMIT_S), run.err.text()
    assert run.finish().out == "54 imported\n"


# What cannot be installed.


@pytest.mark.parametrize("package, reason", [
    ("numpy", "there is no pure-Python version"),
    ("pydantic>=2", "ask for 'pydantic<2'"),
])
def test_a_package_that_cannot_work_is_named(python, folder, package, reason):
    (folder / "project").mkdir()
    (folder / "project" / "requirements.txt").write_text(package)
    (folder / "project" / "app.py").touch()
    run = python("")
    run.process.wait(INSTALL_LIMIT_S)

    assert reason in run.refused(126, "could not be installed")


def test_no_pip_is_told(python, folder):
    (folder / "project").mkdir()
    (folder / "project" / "requirements.txt").write_text("# nobody has asked for this before\nbottle")
    (folder / "project" / "app.py").touch()
    python("", env={"PATH": "/nonexistent"}).refused(126, "needs Python and pip")
