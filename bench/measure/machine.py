"""Where the measurement runs: what is said about it beside the figures."""

import os
from pathlib import Path

BUSY_LOAD = 0.5  # runnable processes besides ours, from which on the figures deserve a warning


def describe():
    cpu = next((line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                if line.startswith("model name")), "unknown CPU")
    return {"cpu": cpu, "cores": os.cpu_count(), "kernel": os.uname().release.partition("-")[0],
            "load_before": round(os.getloadavg()[0], 2)}


def two_cpus():
    """Of the server, and another one for a client that does not share it: the scheduler's choice is no part of the
    figures. The same one twice on a machine that has only one."""
    usable = sorted(os.sched_getaffinity(0))
    return usable[-1], usable[0]
