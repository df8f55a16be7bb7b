"""Fixtures: who runs wasmrun, with which guests; and that nothing is left behind, after every test."""

import os
import secrets
import shutil
import tempfile
from pathlib import Path

import pytest

from harness import guests, net
from harness.leftovers import Baseline
from harness.run import Run
from harness.users import User

def find_programs():
    wasmrun = guests.WASMRUN
    beside = [wasmrun.parent / "wasmrun-engine", wasmrun.parent / "engine" / "wasmrun-engine"]
    engines = [Path(p) for p in [os.environ.get("WASMRUN_ENGINE"), *beside] if p]
    engine = next((p for p in engines if p.exists()), None)
    if not wasmrun.exists() or not engine:
        pytest.exit(f"build first: no {wasmrun} with a wasmrun-engine beside it (WASMRUN_BIN names another)", 2)
    return wasmrun, engine


def find_compiled_runtimes():
    """What the build has compiled of the language runtimes, so that no test waits for that."""
    return sorted(guests.WASMRUN.parents[1].glob("runtimes/*.cwasm"))


class World:
    """A folder that every user can read, with copies of the programs and guests: the checkout may be private."""

    def __init__(self, folder, tag):
        self.folder = folder
        self.tag = tag
        (folder / "bin").mkdir()
        (folder / "guests").mkdir()
        self.programs = [Path(shutil.copy(p, folder / "bin")) for p in find_programs()]
        self.wasmrun = self.programs[0]
        for compiled in find_compiled_runtimes():
            shutil.copy(compiled, folder / "bin")

    def guest(self, name):
        copy = self.folder / "guests" / f"{name.replace('/', '-')}-{self.tag}.wasm"
        if not copy.exists():
            shutil.copy(guests.built(name), copy)
            copy.chmod(0o644)
        return copy


@pytest.fixture(scope="session")
def world():
    tag = secrets.token_hex(4)
    with tempfile.TemporaryDirectory(prefix=f"wasmrun-{tag}-") as folder:
        os.chmod(folder, 0o755)
        yield World(Path(folder), tag)


@pytest.fixture(scope="session")
def all_users(world):
    names = ["root", "user"] if os.geteuid() == 0 else ["user"]
    return {name: User(name, world.folder) for name in names}


@pytest.fixture(params=["root", "user"])
def user(request, all_users):
    if request.param not in all_users:
        pytest.skip("pytest does not run as root")
    return all_users[request.param]


@pytest.fixture
def folder(world, user):
    """An empty folder of the user's own, gone after the test."""
    path = Path(tempfile.mkdtemp(prefix=f"{world.tag}-", dir=user.home / "work"))
    user.own(path)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def baseline(world, user):
    return Baseline(world.tag, world.programs, [user.runtime, user.home / "tmp"])


@pytest.fixture
def name(world):
    """A name for a process that nobody else uses."""
    return f"web-{world.tag}"


@pytest.fixture
def start(world, user, baseline, folder):
    """start("c/echo", "--verbose", ports=[8080]): runs `wasmrun os` on a guest or a path.

    `ports` are guest ports; each is published on a free port of the host's. Other words go to
    the command line. `prefix` is a command that runs ours before it becomes the user's, `wrap` one that
    the user runs. After the test every run must have ended without a trace."""
    runs = []

    def start_run(project, *words, ports=(), args=(), env=None, cwd=None, prefix=(), wrap=(), **popen):
        path = str(world.guest(project)) if "/" in str(project) and not str(project).startswith("/") else str(project)
        hosts = [net.free_port() for _ in ports]
        forwards = [w for host, guest in zip(hosts, ports) for w in ("--forward", f"{host}:{guest}")]
        command = [*prefix, *user.prefix(), *wrap, str(world.wasmrun), "os", path, *forwards, *map(str, words)]
        if args:
            command += ["--", *map(str, args)]
        run = Run(command, user.env(os.environ["PATH"]) | (env or {}), cwd or folder, hosts, baseline, **popen)
        runs.append(run)
        return run

    yield start_run
    for run in runs:
        run.end()
    left = baseline.wait_until_clean()
    assert not left, f"left behind: {', '.join(left)}"
