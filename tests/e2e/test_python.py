"""Python projects: what runs, and how it ends."""

import os
import re
import signal

import pytest

from harness import guests
from harness.python import INSTALL_LIMIT_S, every_user, fetch, runtime


@pytest.fixture(params=["root" if os.geteuid() == 0 else "user"])
def user(request, all_users):
    """Most of this does not depend on who runs it: only tests that say so take every user."""
    return all_users[request.param]


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


@pytest.fixture
def shop(folder):
    """A project that says what to run: shop(ENTRY). All that it could run tell who they are."""

    def make(entry):
        package = folder / "project" / "src" / "shop"
        package.mkdir(parents=True)
        (folder / "project" / ".wasmrun.toml").write_text(f'[project]\nentry = "{entry}"\n')
        (folder / "project" / "app.py").write_text("print('app.py')")
        tell = "import sys; print(__name__, __file__, sys.argv[1:])"
        (package / "main.py").write_text(tell)
        (folder / "project" / "tell.py").write_text(tell)

    return make


@pytest.mark.parametrize("entry, expected", [
    ("src/shop/main.py", "__main__ /src/shop/main.py ['word']\n"),
    ("tell", "__main__ /tell.py ['word']\n"),
])
def test_the_configuration_says_what_is_run(python, shop, entry, expected):
    shop(entry)

    assert python("", args=["word"]).finish().out == expected


def test_the_command_line_wins_over_the_configuration(python, shop):
    shop("tell")

    assert python("", args=["-c", "print('given')"]).finish().out == "given\n"


@pytest.mark.parametrize("entry, why", [
    ("src/main", "a MODULE or MODULE:ATTRIBUTE"),
    ("../tell.py", "a MODULE or MODULE:ATTRIBUTE"),
    ("src/missing.py", "a file that is there"),
])
def test_an_entry_that_cannot_be_run_is_refused(python, shop, entry, why):
    shop(entry)
    python("").refused(126, f"entry is '{entry}'", why)


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
                  "print('waits')\nwhile not seen:\n    select.select([], [], [], 1)\nprint(*seen)", signal.SIGHUP, 0, "1"),
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
    result = python("headers").finish()

    assert result.out == "21 blocks, 12 of them plain\nstreams are the same\n", result.err


DATES = """
import http.server
from _wasmrun.shims import speed

handler = object.__new__(http.server.BaseHTTPRequestHandler)
for ours, theirs in ((handler.date_time_string, speed.base_date_time_string),
                     (handler.log_date_time_string, speed.base_log_date_time_string)):
    # A second may be over in between, but not each time.
    assert any(ours() == theirs(handler) for _ in range(3)), (ours(), theirs(handler))
    print(ours.__func__.__module__, ours() is ours() or ours() is ours())
"""


def test_dates_are_those_of_python(python):
    assert python(DATES).finish().out == "_wasmrun.shims.speed True\n" * 2


def test_the_faster_calls_are_those_of_the_bindings(python):
    component = runtime() / "python" / "runner.wasm"
    if b"wasmrun_calls.cpython-314" not in component.read_bytes():
        guests.lack("faster calls in Python's runtime (it was built without clang-19)")

    assert python("calls").finish().out == "22 results are the same\n"


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


def test_an_application_in_a_module_is_served(python, folder):
    (folder / "project").mkdir()
    (folder / "project" / "web.py").write_text(
        "def app(environ, start_response):\n    start_response('200 OK', [('Content-Type', 'text/plain')])\n"
        "    return [environ['PATH_INFO'].encode()]\n")
    run = python("", "--language", "python", ports=[8000], args=["--app", "web:app"]).ready()

    assert fetch(run, "/path") == (200, "/path")


def test_the_configuration_names_an_application(python, folder):
    (folder / "project").mkdir()
    (folder / "project" / ".wasmrun.toml").write_text('[project]\nentry = "web:app"\n')
    (folder / "project" / "web.py").write_text(
        "def app(environ, start_response):\n    start_response('200 OK', [])\n    return [b'from the entry']\n")
    run = python("", "--language", "python", ports=[9000], args=["9000"]).ready()

    assert fetch(run) == (200, "from the entry")


@pytest.mark.parametrize("words, said", [
    (["web"], "--app takes MODULE:ATTRIBUTE"),
    (["os:nothing"], "the module 'os' has no 'nothing'"),
    (["os:getcwd", "x"], "usage: --app"),
])
def test_an_application_that_is_not_there_is_told(python, words, said):
    result = python("", args=["--app", *words]).finish()

    assert result.code == 126
    assert said in result.err


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
