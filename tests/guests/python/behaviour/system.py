"""Modules on the system: os, sys, time, threading and others."""
import errno
import os
import pathlib
import shutil
import signal
import sys
import tempfile
import threading
import time


def writes_files():
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "file")
        path.write_text("content")
        with path.open("a") as file:
            file.write(" more")
        return [path.read_text(), path.stat().st_size, sorted(os.listdir(folder))]


def renames_and_removes():
    with tempfile.TemporaryDirectory() as folder:
        a, b = pathlib.Path(folder, "a"), pathlib.Path(folder, "b")
        a.touch()
        a.rename(b)
        found = [a.exists(), b.exists()]
        b.unlink()
        return [*found, b.exists()]


def walks_folders():
    with tempfile.TemporaryDirectory() as folder:
        os.makedirs(f"{folder}/x/y")
        pathlib.Path(folder, "x/file").touch()
        return [[path[len(folder):], folders, files] for path, folders, files in os.walk(folder)]


def copies_folders():
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(f"{folder}/a")
        pathlib.Path(folder, "a/file").write_text("x")
        shutil.copytree(f"{folder}/a", f"{folder}/b")
        return pathlib.Path(folder, "b/file").read_text()


def seeks_and_truncates():
    with tempfile.TemporaryFile() as file:
        file.write(b"0123456789")
        file.seek(-3, os.SEEK_END)
        end = file.read()
        file.truncate(5)
        file.seek(0)
        return [end, file.read()]


def makes_links():
    with tempfile.TemporaryDirectory() as folder:
        os.symlink("target", f"{folder}/link")
        return os.readlink(f"{folder}/link")


def misses_files():
    return open("/no/such/file")


def refuses_folders_as_files():
    return open("/tmp")


def does_not_make_what_is_there():
    return os.mkdir("/tmp")


def changes_modes():
    with tempfile.NamedTemporaryFile() as file:
        os.chmod(file.name, 0o600)
        return oct(os.stat(file.name).st_mode & 0o777)


def changes_folders():
    before = os.getcwd()
    os.chdir("/tmp")
    try:
        return os.getcwd()
    finally:
        os.chdir(before)


def has_an_environment():
    os.environ["NEW"] = "value"
    return [os.environ["NEW"], os.environ.get("MISSING"), os.getenv("NEW")]


def has_random_bytes():
    return [len(os.urandom(16)), os.urandom(16) != os.urandom(16)]


def pipes():
    a, b = os.pipe()
    os.write(b, b"x")
    return os.read(a, 1)


def has_errno_names():
    return [name in vars(errno) for name in ("EAGAIN", "ECONNREFUSED", "EADDRINUSE", "EPIPE", "EINPROGRESS")]


def has_linux_errno_numbers():
    return [errno.EAGAIN, errno.ECONNREFUSED, errno.EADDRINUSE]


def sleeps():
    start = time.monotonic()
    time.sleep(0.05)
    return 0.04 < time.monotonic() - start < 2


def tells_the_time():
    return [time.time() > 1.6e9, time.strftime("%Y", time.gmtime(0)), time.time_ns() > 0]


def starts_threads():
    thread = threading.Thread(target=lambda: None)
    thread.start()
    thread.join(5)
    return "started"


def has_locks():
    lock = threading.Lock()
    with lock:
        return [lock.locked(), lock.acquire(blocking=False)]


def has_thread_locals():
    local = threading.local()
    local.x = 1
    return [local.x, threading.current_thread() is threading.main_thread()]


def has_executors():
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor() as executor:
        return [executor.submit(pow, 2, 3).result(), list(executor.map(abs, [-1, 2]))]


def executors_hand_on_errors():
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor() as executor:
        return executor.submit(int, "x").result()


def runs_programs():
    import subprocess

    return subprocess.run(["/bin/true"]).returncode


def forks():
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    return os.waitpid(pid, 0)[1]


def handles_signals():
    seen = []
    before = signal.signal(signal.SIGTERM, lambda *args: seen.append(1))
    try:
        signal.raise_signal(signal.SIGTERM)
        return seen
    finally:
        signal.signal(signal.SIGTERM, before)


def recurses_to_a_limit():
    def recurse():
        recurse()

    return recurse()


def raises_out_of_depth_in_c():
    deep = []
    for _ in range(100000):
        deep = [deep]
    return repr(deep)


def imports_ctypes():
    import ctypes

    return ctypes.sizeof(ctypes.c_int)


def imports_ssl():
    import ssl

    return isinstance(ssl.create_default_context(), ssl.SSLContext)


def has_a_user():
    import pwd

    return [isinstance(pwd.getpwuid(os.getuid()).pw_name, str), pwd.getpwuid(os.getuid())[2] == os.getuid()]


def tells_platform():
    return [sys.platform, os.name, os.sep, sys.byteorder]


def has_big_words():
    return sys.maxsize == 2**63 - 1
