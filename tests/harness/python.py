"""Python's side of the tests: the runtime and the projects that it runs."""

import functools
import os
import urllib.error
import urllib.request

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


def fetch(run, path="/", body=None, headers={}):
    """The status and the body, whatever the status is."""
    request = urllib.request.Request(f"http://127.0.0.1:{run.port}{path}", body, headers)
    try:
        with urllib.request.urlopen(request, timeout=net.TIME_LIMIT_S) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
