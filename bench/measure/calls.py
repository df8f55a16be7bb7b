"""Single calls, timed by the program that makes them: a guest against its native twin, or against itself without
isolation.

A sample is a run of the program, which says what it measured; its start is no part of that. In a pair the samples come
A B B A, and its ratio is that of the two sums, as in `pairs`.
"""

import json
import resource
import statistics
from dataclasses import dataclass

from . import machine, ratio
from .programs import Kind, Server, run_tool

CONNECT_TARGET = 1.5
DATA_PATH = {"round-trip": 1.05, "bulk": 0.95}
ECHO = Kind("native echo server")
CPU, _ = machine.two_cpus()


@dataclass(frozen=True)
class Caller:
    guest: str | None = None  # None is the native program
    isolated: bool = True

    def command(self, programs, words, port):
        if self.guest is None:
            return [programs.native_calls, *words]
        options = ["--config", programs.host_config] if not self.isolated else []
        if self.isolated and port:
            options = [f"--allow-net=127.0.0.1:{port}"]
        return [programs.wasmrun, "os", getattr(programs, self.guest), *options, "--", *words]


NATIVE = Caller()
CORE, CORE_HOST = Caller("core_calls"), Caller("core_calls", isolated=False)
COMPONENT, COMPONENT_HOST = Caller("component_calls"), Caller("component_calls", isolated=False)


@dataclass(frozen=True)
class Comparison:
    title: str
    measure: str
    unit: str
    subject: Caller
    reference: Caller
    words: tuple  # what the programs are to measure
    with_server: bool = False  # an echo server whose port follows the words
    pinned: bool = True  # to one core, with the server; else the scheduler chooses, as it does for users
    target: float | None = None


def granted(kind, subject, reference):
    """What a guest does with a server of the host's, granted and without isolation."""
    title = f"{kind}: granted / host"

    def row(measure, unit, word, target, pinned=True):
        return Comparison(title, measure, unit, subject, reference, (word,), True, pinned, target)

    return [row("connect and close, one core", "us", "connect", CONNECT_TARGET),
            row("connect and close, not pinned", "us", "connect", CONNECT_TARGET, pinned=False),
            row("round trip, one core", "us", "round-trip", DATA_PATH["round-trip"]),
            row("bulk, one core", "MB/s", "bulk", DATA_PATH["bulk"])]


COMPARISONS = [
    *(Comparison("core module isolated / native", f"poll, {n:,} idle and 1 ready", "ns", CORE, NATIVE, ("wait", str(n)))
      for n in (1, 100, 1000, 5000)),
    Comparison("core module isolated / native", "datagrams, 64 bytes", "/s", CORE, NATIVE, ("datagrams",)),
    Comparison("core module: isolated / host", "datagrams, 64 bytes", "/s", CORE, CORE_HOST, ("datagrams",)),
    *granted("core module", CORE, CORE_HOST),
    *granted("component", COMPONENT, COMPONENT_HOST),
]


def run_once(comparison, caller, ms, programs, port=None):
    words = [*comparison.words, *([str(port)] if port else []), str(ms)]
    pin = ["taskset", "-c", CPU] if comparison.pinned else []
    out = run_tool(*pin, *caller.command(programs, words, port), env=programs.environment())
    return json.loads(out)["value"]


def sample(comparison, caller, ms, programs):
    """With a server, and so a port, of its own: the connections of the sample before, which wait a minute to be
    forgotten, are not in the way."""
    if not comparison.with_server:
        return run_once(comparison, caller, ms, programs)
    server = Server(ECHO, programs, CPU if comparison.pinned else None)
    try:
        return run_once(comparison, caller, ms, programs, server.port)
    finally:
        server.stop()


def allow_many_descriptors():
    """The native program takes over this limit; wasmrun raises it for its guests itself."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def compare(comparison, n_pairs, ms, programs):
    """One row. Which of the two comes first changes from pair to pair; the first pair warms up the caches."""
    allow_many_descriptors()
    pairs = []
    for i in range(n_pairs + 1):
        values = {comparison.subject: [], comparison.reference: []}
        order = [comparison.subject, comparison.reference][::1 if i % 2 else -1]
        for caller in [*order, *order[::-1]]:
            values[caller].append(sample(comparison, caller, ms, programs))
        pairs.append((statistics.mean(values[comparison.subject]), statistics.mean(values[comparison.reference])))
    return ratio.row(comparison.title, comparison.measure, comparison.unit, pairs[1:], comparison.target,
                     not comparison.unit.endswith("/s"))
