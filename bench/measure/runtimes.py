"""Programs in a language's runtime against the same programs on the host's own interpreter: requests a second and a
second of CPU time, memory, start to the first answer.

The servers have one core, the client has another one. In a pair the samples come A B B A, as in `pairs`.
"""

import os
import statistics
import sys
from dataclasses import dataclass
from pathlib import Path

from . import memory, pairs, ratio, start
from .programs import HTTP_QUESTION, REPO, run_tool, servers

TICKS = os.sysconf("SC_CLK_TCK")
SAMPLE_FACTOR = 5  # CPU time is counted in ticks of 10 ms
COUNTS = (1, 8)


@dataclass(frozen=True)
class Program:
    """Something that is served by guest and host alike. `target` is what the guest is to reach of the host's rates,
    `cpu_target` (else the same) of those a CPU second, `memory_target` what it may take of the host's memory."""

    title: str
    folder: Path
    words: tuple = ()  # that follow the port
    mode: str = "requests"  # as `load` calls it
    unit: str = "requests"
    target: float | None = None
    cpu_target: float | None = None
    memory: str = "pss"  # or rss, where other copies of the host's interpreter may run and share its pages
    memory_target: float | None = None
    counts: tuple = COUNTS


@dataclass(frozen=True)
class Served:
    """A program on one of the two sides; `interpreter` is None for the guest. To be given to programs.Server."""

    program: Program
    interpreter: tuple | None = None

    @property
    def name(self):
        return f"{self.program.title}, {'host' if self.interpreter else 'guest'}"

    @property
    def question(self):
        return HTTP_QUESTION if self.program.mode == "requests" else b"?"

    def command(self, programs, port):
        words = [str(port), *self.program.words]
        if self.interpreter:
            return [*self.interpreter, *words]
        return [str(programs.wasmrun), "os", str(self.program.folder), "--forward", f"127.0.0.1:{port}:{port}", "--",
                *words]

    def environment(self, programs):
        return programs.environment()


def processes(pid):
    yield pid
    for child in memory.children(pid):
        yield from processes(child)


def cpu_s(pid):
    """Of a process and what it has started, threads that have ended included."""
    ticks = 0
    for each in processes(pid):
        after_name = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
        ticks += int(after_name[11]) + int(after_name[12])  # user, system
    return ticks / TICKS


def memory_mib(pid, field):
    return sum(memory.read_kib(each)[field] for each in processes(pid)) / 1024


def sample(programs, server, n_connections, ms):
    """(answers a second, answers a second of CPU time)"""
    program = server.kind.program
    before = cpu_s(server.process.pid)
    found = server.sample(programs, program.mode, next(pairs.sources), ms, pairs.OTHER_CPU, n_connections)
    used = max(cpu_s(server.process.pid) - before, 1 / TICKS)
    return found["value"], found["n"] / used


def sample_pair(programs, subject, reference, n_connections, ms):
    """[(subject's, reference's)] of each figure."""
    taken = {subject: [], reference: []}
    for server in (subject, reference):
        sample(programs, server, n_connections, ms // 2)  # warms up
    for server in (subject, reference, reference, subject):
        taken[server].append(sample(programs, server, n_connections, ms))
    return [tuple(statistics.mean(figures[i] for figures in taken[server]) for server in (subject, reference))
            for i in range(2)]


def compare(program, interpreter, n_pairs, ms, programs):
    """The rows of one program: a rate and a rate of CPU time for each number of connections, and the memory
    after all that."""
    rates = {n: ([], []) for n in program.counts}
    resident = []
    kinds = [Served(program), Served(program, interpreter)]
    for i in range(n_pairs):
        turn = 1 if i % 2 == 0 else -1
        with servers(kinds[::turn], programs, pairs.SERVER_CPU) as running:
            for n, lists in rates.items():
                for figures, pair in zip(lists, sample_pair(programs, *running, n, ms * SAMPLE_FACTOR)):
                    figures.append(pair[::turn])
            resident.append(tuple(memory_mib(server.process.pid, program.memory) for server in running[::turn]))
    title = f"{program.title}: guest / host"
    rows = []
    for n, (wall, cpu) in rates.items():
        at = f"{n} connection{'s' if n > 1 else ''}"
        rows.append(ratio.row(title, f"{program.unit}, {at}", "/s", wall, program.target, False))
        cpu_target = program.cpu_target or program.target
        if cpu_target:
            rows.append(ratio.row(title, f"{program.unit} a CPU second, {at}", "/s", cpu, cpu_target, False))
    return [*rows, ratio.row(title, f"memory ({program.memory.upper()})", "MiB", resident, program.memory_target, True)]


def compare_start(program, interpreter, n, programs, target):
    sides = [Served(program), Served(program, interpreter)]
    starters = [start.Starter(f"{side.name}", lambda port, side=side: side.command(programs, port), target)
                for side in sides]
    row = start.run_in_turns(programs, *starters, n)
    return row | {"comparison": f"{program.title}: guest / host"}


def virtual_environment(folder, requirements):
    """The host's Python with these packages. The distribution's own, if there is one: it is optimised by profile, as
    others that come first on PATH may not be."""
    if not (folder / "bin/python").exists():
        system = Path("/usr/bin/python3")
        run_tool(system if system.exists() else sys.executable, "-m", "venv", folder)
    run_tool(folder / "bin/pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements)
    return folder / "bin/python"


PYTHON = REPO / "bench/python"
HTTP_SERVER = Program("http.server", PYTHON / "http_server", target=0.8)
PYTHON_PROGRAMS = (
    HTTP_SERVER,
    Program("http.server, as it comes", PYTHON / "http_server", ("nagle",), counts=(1,)),
    Program("Flask", PYTHON / "flask", target=0.8),
    Program("Flask, as it comes", PYTHON / "flask", ("nagle",), counts=(1,)),
    Program("asyncio", PYTHON / "echo", mode="messages", unit="echoes", target=0.5),
)
PYTHON_START_TARGET = 0.6


def python(programs, n_pairs, ms, say):
    """All rows about Python, and the two versions that they compare."""
    if not programs.python.exists():
        say("no Python: it was built with -Dpython=disabled")
        return [], None
    interpreter = virtual_environment(programs.folder / "host-python", PYTHON / "flask/requirements.txt")
    version = ("-c", "import platform; print(platform.python_version())")
    versions = [run_tool(*words, env=programs.environment()).strip()
                for words in ((programs.wasmrun, "os", HTTP_SERVER.folder, "--", *version), (interpreter, *version))]
    rows = []
    for program in PYTHON_PROGRAMS:
        say(f"{program.title} in Python: {n_pairs} pairs")
        rows += compare(program, (interpreter, program.folder / "app.py"), n_pairs, ms, programs)
    say("starts of http.server")
    rows.append(compare_start(HTTP_SERVER, (interpreter, HTTP_SERVER.folder / "app.py"), n_pairs * 2, programs,
                              PYTHON_START_TARGET))
    return rows, versions
