"""Two servers against each other: the same client, in turns, on freshly started servers a pair.

In each of the modes a pair is measured A B B A, so that a machine that gets slower or faster in the course of it favours
neither. Its ratio is that of the two sums. The result of all pairs is the median of their ratios; the
spread is the smallest and the largest.
"""

import itertools
import statistics
from dataclasses import dataclass

from . import machine
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
    value = programs.sample(mode.name, server.port, next(sources), ms, CLIENT_CPU[mode.shares_core])["value"]
    server.check_alive()
    return value


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
    return [row(comparison, mode, values) for mode, values in pairs.items()]


def row(comparison, mode, values):
    ratios = [subject / reference for subject, reference in values]
    target = comparison.targets.get(mode.name)
    ratio = statistics.median(ratios)
    return {
        "comparison": comparison.title,
        "measure": mode.title,
        "unit": mode.unit,
        "subject": statistics.median(subject for subject, _ in values),
        "reference": statistics.median(reference for _, reference in values),
        "ratio": ratio,
        "ratio_min": min(ratios),
        "ratio_max": max(ratios),
        "pairs": [(round(subject, 3), round(reference, 3)) for subject, reference in values],
        "target": target,
        "target_is_upper": mode.less_is_better,
        "met": None if target is None else (ratio <= target if mode.less_is_better else ratio >= target),
    }
