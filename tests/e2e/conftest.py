"""Fixtures of projects in languages whose runtime is a guest itself."""

import shutil
from pathlib import Path

import pytest

from harness import guests, nodejs
from harness import python as python_guests


@pytest.fixture(scope="session")
def node_runtime(world):
    """A copy of the Node.js runtime that every user can read."""
    if not nodejs.RUNTIME.exists():
        guests.lack("Node.js runtime in its build folder (-Dnodejs=enabled says why)")
    copy = Path(shutil.copy(nodejs.RUNTIME, world.folder))
    copy.chmod(0o644)
    return copy


@pytest.fixture
def node(start, node_runtime, user, folder):
    """node({"index.js": "..."}, words...): runs a project of these files, or the folder of one."""

    def run(project, *words, **how):
        if isinstance(project, dict):
            for name, content in project.items():
                path = folder / name
                for parent in reversed(path.relative_to(folder).parents[:-1]):
                    user.make_folder(folder / parent)
                user.write(path, content)
            project = folder
        return start(project, *words, env={"WASMRUN_NODEJS": str(node_runtime)}, **how)

    return run


@pytest.fixture(scope="session")
def frameworks(world):
    """The project with the frameworks in it, which npm has installed."""
    return nodejs.copy_project(nodejs.SOURCES / "frameworks", world.folder)


@pytest.fixture
def framework(node, frameworks):
    """framework(SCRIPT, arguments...): starts that script of the project with the frameworks."""

    def run(script, *args, words=(), ports=(3000,)):
        return node(frameworks / script, *words, ports=ports, args=args)

    return run


@pytest.fixture(scope="session")
def runtimes(world):
    """The Python runtime, where every user can read it."""
    folder = world.folder / "runtimes"
    shutil.copytree(python_guests.runtime(), folder)
    return folder


@pytest.fixture
def python(start, user, folder, runtimes):
    """python(project, words...): runs that folder of tests/guests/python, or one with this app.py."""

    def run(project, *words, env=None, **how):
        copy = folder / "project"
        if not copy.exists():
            is_code = "\n" in str(project) or not project
            if not is_code and (python_guests.SOURCES / project).is_dir():
                shutil.copytree(python_guests.SOURCES / project, copy)
            else:
                copy.mkdir()
                (copy / "app.py").write_text(project)
            for path in [copy, *copy.rglob("*")]:
                user.own(path)
        settings = {"WASMRUN_RUNTIMES": str(runtimes)} | python_guests.pip_settings()
        return start(copy, *words, env=settings | (env or {}), **how)

    return run


@pytest.fixture
def app(python):
    """As python, with packages from the cache. `ready` when it listens."""
    python_guests.CACHE.mkdir(parents=True, exist_ok=True, mode=0o700)

    def run(project, port, *words, **how):
        return python(project, *words, ports=[port], env={"WASMRUN_CACHE_DIR": str(python_guests.CACHE)}, **how)

    def run_ready(*words, **how):
        started = run(*words, **how)
        started.wait_err(r"is listening on ", python_guests.INSTALL_LIMIT_S)
        return started

    return run_ready
