"""Python's side of the tests: the runtime and the projects that it runs."""

import functools
import os

import pytest

from harness import guests, net

SOURCES = guests.SOURCES / "python"
RUNTIMES = guests.BUILD.parent / "runtimes" / "python"
COMPILED = guests.BUILD.parent / "runtimes" / "python.cwasm"
INSTALL_LIMIT_S = 180  # pip, from a cold cache
CACHE = guests.BUILD / "python-cache"

# Most tests do not depend on who runs wasmrun, and take one user; those that say this take all.
every_user = pytest.mark.parametrize("user", ["root", "user"] if os.geteuid() == 0 else ["user"], indirect=True)


@functools.cache
def runtime():
    if not (RUNTIMES / "python" / "runner.wasm").exists():
        guests.lack("Python runtime (it was built with -Dpython=disabled)")
    return RUNTIMES


def pip_settings():
    """The caller's."""
    return {name: value for name, value in os.environ.items() if name.startswith("PIP_") or name.endswith("_proxy")}


def fetch(run, path="/", body=None, headers=None):
    """The status and the text."""
    answer = net.http_ask(run.port, "GET" if body is None else "POST", path, body, headers)
    return answer.status, answer.body.decode()
