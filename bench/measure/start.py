"""From exec to the first answer of a Rust server over HTTP, against the `wasmtime` command; and where the time goes."""

import json
import re
import shutil
import statistics
import subprocess
import time
from dataclasses import dataclass

from . import ratio
from .programs import Broken, free_port, run_tool

TARGET = 1.3
STAGE = re.compile(r"stage ([a-z-]+) at (\d+) us")
# What each of wasmrun's stages is the end of, in the order in which they come.
STAGES = (
    ("namespaces", "namespaces"),
    ("engine-start", "engine"),
    ("module-loaded", "module load"),
    ("instantiated", "instantiation"),
)


@dataclass(frozen=True)
class Starter:
    name: str
    command: object  # port -> list of words
    target: float | None = None  # the ratio that wasmrun is allowed against it


def first_answer(programs, command, port):
    """(milliseconds, [(when it came in ns, line of stderr)], when the command was started in ns)"""
    client = subprocess.Popen([str(programs.load), "first-answer", str(port), *command], env=programs.environment(),
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    with client:
        lines = [(time.monotonic_ns(), line.decode(errors="replace")) for line in client.stderr]
        out = client.stdout.read()
    if client.returncode:
        raise Broken(f"{' '.join(command)}:\n{''.join(line for _, line in lines)}")
    result = json.loads(out)
    return result["value"], lines, result["start_ns"]


def wasmtime_starters(programs, wasmtime):
    module = programs.folder / "http.cwasm"
    run_tool(wasmtime, "compile", "-o", module, programs.http)
    words = [wasmtime, "run", "-Sinherit-network", "-Stcp"]
    return [
        Starter("wasmtime run, compiled before (.cwasm)",
                lambda port: [*words, "--allow-precompiled", str(module), str(port)], TARGET),
        Starter("wasmtime run, with its cache",
                lambda port: [*words, "-Ccache=y", str(programs.http), str(port)], TARGET),
        Starter("wasmtime run, compiling each time",
                lambda port: [*words, "-Ccache=n", str(programs.http), str(port)]),
    ]


def measure(programs, wasmtime, n):
    """Rows of wasmrun against itself without isolation and, if it is there, each way to start wasmtime, in turns."""
    wasmrun = Starter("wasmrun os", lambda port: programs.wasmrun_command(programs.http, port))
    bare = Starter("wasmrun os, isolation = false", lambda port: programs.wasmrun_command(
        programs.http, port, "--config", str(programs.host_config)))
    others = [bare, *(wasmtime_starters(programs, wasmtime) if wasmtime else [])]
    return [run_in_turns(programs, wasmrun, other, n) for other in others]


def run_in_turns(programs, subject, reference, n):
    pairs = []
    for i in range(-1, n):  # the first is the warm-up: it fills the caches
        taken_ms = {}
        for starter in (subject, reference) if i % 2 else (reference, subject):
            port = free_port()
            taken_ms[starter], _, _ = first_answer(programs, starter.command(port), port)
        if i >= 0:
            pairs.append((taken_ms[subject], taken_ms[reference]))
    return ratio.row(f"{subject.name} / {reference.name}", "first answer", "ms", pairs, reference.target, True)


def stages(programs, n):
    """[(stage, median ms)] of wasmrun's start, from runs with --verbose of their own."""
    runs = [stages_of_one(programs) for _ in range(n + 1)][1:]
    return [(name, statistics.median(run[name] for run in runs)) for name in runs[0]]


def stages_of_one(programs):
    """wasmrun counts from where its supervisor begins; the earliest that a line can have been written tells when,
    on the client's clock, that was."""
    port = free_port()
    command = programs.wasmrun_command(programs.http, port, "--verbose")
    answer_ms, lines, start_ns = first_answer(programs, command, port)
    found = {match[1]: (at_ns, int(match[2]) * 1000) for at_ns, line in lines if (match := STAGE.search(line))}
    missing = [stage for stage, _ in STAGES if stage not in found]
    if missing:
        raise Broken(f"no stage {', '.join(missing)} in\n{''.join(line for _, line in lines)}")
    begin_ns = min(at_ns - after_ns for at_ns, after_ns in found.values())
    ends = [("supervisor, cached module", begin_ns)]
    ends += [(title, begin_ns + found[stage][1]) for stage, title in STAGES]
    ends += [("guest until the answer", start_ns + int(answer_ms * 1e6))]
    shares, before = {}, start_ns
    for name, end_ns in ends:
        shares[name] = (end_ns - before) / 1e6
        before = end_ns
    return shares


def find_wasmtime(given):
    found = given or shutil.which("wasmtime")
    return (found, run_tool(found, "--version").split()[1]) if found else (None, None)
