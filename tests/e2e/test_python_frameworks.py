"""Frameworks and packages of Python: installed once, into a cache that survives the session, and asked for pages."""

import concurrent.futures
import json
import os
import signal
import socket
import time

import pytest

from harness import guests, net
from harness.python import CACHE, INSTALL_LIMIT_S, every_user, fetch


@pytest.fixture(params=["root" if os.geteuid() == 0 else "user"])
def user(request, all_users):
    """Most of this does not depend on who runs it: only tests that say so take every user."""
    return all_users[request.param]


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
    assert run.err.wait_for("ZeroDivisionError")
    assert fetch(run, "/stream")[1] == "".join(f"{i}\n" for i in range(1000))
    form = b'--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n' + b"x" * 100000 + b"\r\n--b--\r\n"
    assert fetch(run, "/upload", form, {"Content-Type": "multipart/form-data; boundary=b"})[1] == "x 100000"
    assert not list((user.cache / "wasmrun" / "python").glob("*/new"))
    assert list((user.cache / "wasmrun" / "python").glob("*/packages/flask/__pycache__/*.cpython-314.pyc"))


def test_flask_keeps_a_session(app):
    run = app("flask", 5000)
    cookie = net.http_ask(run.port, path="/count").header("Set-Cookie").split(";")[0]

    assert fetch(run, "/count", headers={"Cookie": cookie})[1] == "2"


def test_flask_waits_for_nobody_who_has_been_answered(app):
    """For up to 10 ms each, if it waited until they close, as werkzeug does."""
    run = app("flask", 5000)
    assert fetch(run)[0] == 200
    start = time.monotonic()
    answered = []
    for _ in range(200):
        s = net.connect(run.port)
        answered.append(s)
        s.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        while s.recv(1000):
            pass
    took = time.monotonic() - start
    for s in answered:
        s.close()

    assert took < 200 * 0.010


def test_flask_refuses_a_long_body_with_words(app):
    """It has to read what is still sent, or the client meets a reset connection instead of the answer."""
    run = app("flask", 5000)
    with net.connect(run.port) as s:
        s.sendall(b"POST /short HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\n\r\n")
        for _ in range(3):
            s.sendall(b"x" * 1000000)
        s.shutdown(socket.SHUT_WR)

        assert s.recv(1000).startswith(b"HTTP/1.1 413 ")


def test_the_example_serves(app):
    run = app(guests.REPO / "examples" / "python-server", 8080)

    assert fetch(run)[1].startswith("hello from python-server, you are 127.0.0.1:")


def test_bottle_serves(app):
    assert fetch(app("bottle", 8080)) == (200, "hello from bottle")


def test_waitress_serves_without_its_threads(app):
    run = app("waitress", 8080)

    assert fetch(run, body=b"you") == (200, "hello from waitress, you")
    assert fetch(run, "/boom")[0] == 500
    assert len(fetch(run, "/much")[1]) == 40 << 20  # more than it keeps in memory before it waits
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        assert set(pool.map(lambda _: fetch(run), range(100))) == {(200, "hello from waitress, ")}
    with net.connect(run.port) as s:
        s.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 3 + b"GET / HTTP/1.0\r\n\r\n")
        assert net.read_all(s).count(b"hello from waitress") == 4


def test_gunicorn_says_what_to_take_instead(python):
    result = python("waitress", args=["-m", "gunicorn", "app:app"]).finish()

    assert result.code == 1
    assert "gunicorn needs processes: take waitress" in result.err.splitlines()[-1]


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


def test_an_asgi_application_in_a_module_is_served(app):
    run = app("starlette", 9000, args=["--app", "main:app", "9000"])

    assert fetch(run) == (200, "hello from starlette")


def test_popular_packages_can_be_imported(python):
    run = python("packages", env={"WASMRUN_CACHE_DIR": str(CACHE)})

    assert run.out.wait_for("imported", limit_s=INSTALL_LIMIT_S), run.err.text()
    assert run.finish().out == "54 imported\n"
