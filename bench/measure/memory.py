"""What idle, isolated echo processes take: proportional set size (PSS) and private dirty memory of all their programs.

PSS divides what several programs share among them, so that it can be summed. Kernel memory is not in it.
"""

import contextlib
from pathlib import Path

from .programs import Broken, Kind, servers

TARGET_MIB = 4.0  # a process, at the largest number
FIELDS = {"Rss:": "rss", "Pss:": "pss", "SwapPss:": "pss", "Private_Dirty:": "private_dirty"}  # swapped out is still taken
ROLES = ("supervisor", "pid 1", "engine")


def children(pid):
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(FileNotFoundError):  # the thread has ended meanwhile
            found += map(int, (task / "children").read_text().split())
    return found


def read_kib(pid):
    found = dict.fromkeys(FIELDS.values(), 0)  # KiB
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        words = line.split()
        if words[0] in FIELDS:
            found[FIELDS[words[0]]] += int(words[1])
    return found


def roles(pid):
    """{role: process id} of one run of wasmrun: each is the only child of the one before."""
    found = {}
    for role in ROLES:
        found[role] = pid
        below = children(pid)
        if len(below) != (role != ROLES[-1]):
            raise Broken(f"the {role} (process {pid}) has {len(below)} children")
        pid = below[0] if below else None
    return found


def total(running):
    """{role: {field: MiB of all}}"""
    sums = {role: dict.fromkeys(FIELDS.values(), 0.0) for role in ROLES}
    for server in running:
        for role, pid in roles(server.process.pid).items():
            for field, kib in read_kib(pid).items():
                sums[role][field] += kib / 1024
    return sums


def measure(programs, guest, counts):
    """One row a count: MiB a process, by role."""
    kind = Kind(f"isolated {guest}", guest)
    rows = []
    for n in counts:
        with servers([kind] * n, programs) as running:
            sums = total(running)
        pss = sum(sums[role]["pss"] for role in ROLES)
        has_target = n == max(counts) and n >= 100
        rows.append({
            "guest": "core module" if guest == "core_echo" else "component",
            "n": n,
            "pss": pss / n,
            "pss_total": pss,
            "private_dirty": sum(sums[role]["private_dirty"] for role in ROLES) / n,
            "by_role": {role: {field: mib / n for field, mib in sums[role].items()} for role in ROLES},
            "target": TARGET_MIB if has_target else None,
            "met": pss / n <= TARGET_MIB if has_target else None,
        })
    for before, after in zip(rows, rows[1:]):
        after["growth"] = (after["pss_total"] - before["pss_total"]) / (after["n"] - before["n"])
    return rows
