"""Two servers against each other: the same client, in turns, on freshly started servers a pair.

In each of the modes a pair is measured A B B A, so that a machine that gets slower or faster in the
course of it favours neither. Its ratio is that of the two sums. The result is the median of all pairs'.
"""

import itertools
import statistics
from dataclasses import dataclass

from . import machine, ratio
from .programs import servers


@dataclass(frozen=True)
class Mode:
    name: str  # as `load` calls it
    title: str
    unit: str
    less_is_better: bool
    shares_core: bool  # client and server on one core, or on a core each


MODES = (
    Mode("round-trip", "round trip, one core", "us", True, True),
    Mode("round-trip", "round trip, two cores", "us", True, False),
    Mode("connections", "connections, one core", "/s", False, True),
    Mode("connections", "connections, two cores", "/s", False, False),
    Mode("bulk", "bulk, one core", "MB/s", False, True),
    Mode("bulk", "bulk, two cores", "MB/s", False, False),
)


@dataclass(frozen=True)
class Comparison:
    title: str
    subject: object  # Kind
    reference: object  # Kind
    targets: dict  # mode name -> the ratio that is allowed; {} for information


SERVER_CPU, OTHER_CPU = machine.two_cpus()
CLIENT_CPU = {True: SERVER_CPU, False: OTHER_CPU}
WARM_UP_SHARE, WARM_UP_MIN_MS = 4, 20

# Which of 127/8 the client comes from; see load.c. Not the server's own address.
sources = (f"127.{a}.{b}.{c}" for a, b, c in itertools.product(range(9, 250), range(1, 250), range(1, 250)))


def sample(programs, server, mode, ms):
    return server.sample(programs, mode.name, next(sources), ms, CLIENT_CPU[mode.shares_core])["value"]


def measure_pair(subject, reference, mode, ms, programs):
    """(value of the subject, value of the reference)"""
    values = {subject: [], reference: []}
    for server in (subject, reference):
        sample(programs, server, mode, max(ms // WARM_UP_SHARE, WARM_UP_MIN_MS))
    for server in (subject, reference, reference, subject):
        values[server].append(sample(programs, server, mode, ms))
    return statistics.mean(values[subject]), statistics.mean(values[reference])


def compare(comparison, n_pairs, ms, programs):
    """One row a mode. Which of the two is started and measured first changes from pair to pair."""
    pairs = {mode: [] for mode in MODES}
    for i in range(n_pairs):
        turn = 1 if i % 2 == 0 else -1
        with servers([comparison.subject, comparison.reference][::turn], programs, SERVER_CPU) as running:
            for mode in MODES:
                first, second = measure_pair(*running, mode, ms, programs)
                pairs[mode].append((first, second)[::turn])
    return [ratio.row(comparison.title, mode.title, mode.unit, values, comparison.targets.get(mode.name),
                      mode.less_is_better) for mode, values in pairs.items()]
