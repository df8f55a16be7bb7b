"""Real databases on the host, from Debian's packages, for guests that reach them through a grant.

Each runs in a folder of its own, on a free port of 127.0.0.1, asks for a password, and ends with the tests."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

from harness import guests, net
from harness.run import Lines

USER = "app"
PASSWORD = "secret"
START_LIMIT_S = 60


def find_program(name, *folders):
    path = os.pathsep.join([*map(str, folders), os.environ["PATH"], "/usr/sbin"])
    return shutil.which(name, path=path) or guests.lack(f"{name}, which tools/setup test installs")


def account():
    """Who runs the servers: PostgreSQL refuses to be root's, and wants one that has a name."""
    return pwd.getpwnam("postgres") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())


def as_account():
    """What to put before a command so that the account runs it, and so that it ends with the tests, even killed ones."""
    ids = [f"--reuid={account().pw_uid}", f"--regid={account().pw_gid}", "--clear-groups"] if os.geteuid() == 0 else []
    return [find_program("setpriv"), *ids, "--pdeathsig=KILL", "--"]


@contextmanager
def own_folder():
    with tempfile.TemporaryDirectory(prefix="wasmrun-database-") as folder:
        os.chown(folder, account().pw_uid, account().pw_gid)
        yield Path(folder)


@contextmanager
def running(name, command, folder, ready):
    """Runs the server from when it has said that it is ready."""
    server = subprocess.Popen([*as_account(), *map(str, command)], cwd=folder, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    said = Lines(server.stdout)
    try:
        if not said.wait_for(ready, limit_s=START_LIMIT_S):
            guests.lack(f"{name} that starts: {said.text()}")
        yield
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(START_LIMIT_S)
        said.thread.join(START_LIMIT_S)
        server.stdout.close()


@contextmanager
def postgresql():
    """Gives its port."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    initdb, postgres = (find_program(name, *programs) for name in ("initdb", "postgres"))
    port = net.free_port()
    with own_folder() as folder:
        password = folder / "password"
        password.write_text(PASSWORD)
        guests.run_tool(*as_account(), initdb, "--pgdata=data", f"--username={USER}", f"--pwfile={password}",
                        "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", cwd=folder)
        command = [postgres, "-D", folder / "data", "-p", port, "-k", folder, "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"]
        with running("PostgreSQL", command, folder, "ready to accept connections"):
            yield port


@contextmanager
def redis():
    """Gives its port."""
    port = net.free_port()
    with own_folder() as folder:
        command = [find_program("redis-server"), "--port", port, "--bind", "127.0.0.1", "--requirepass", PASSWORD,
                   "--dir", folder, "--save", "", "--appendonly", "no"]
        with running("Redis", command, folder, "Ready to accept connections"):
            yield port
