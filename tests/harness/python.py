"""Python's side of the tests: the runtime and the projects that it runs."""

import functools
import os

from harness import guests

SOURCES = guests.SOURCES / "python"
RUNTIMES = guests.BUILD.parent / "runtimes" / "python"
COMPILED = guests.BUILD.parent / "runtimes" / "python.cwasm"


@functools.cache
def runtime():
    if not (RUNTIMES / "python" / "runner.wasm").exists():
        guests.lack("Python runtime (it was built with -Dpython=disabled)")
    return RUNTIMES


def pip_settings():
    """The caller's."""
    return {name: value for name, value in os.environ.items() if name.startswith("PIP_") or name.endswith("_proxy")}
