"""What a run of wasmrun may not leave behind: processes, namespaces, mounts, pins, listeners, files.

Others may use wasmrun on this machine at the same time. Theirs is told apart by the session's tag, which
is in the name of every process that the tests start, and in the path of every file that they use."""

import os
from pathlib import Path

from harness import waiting

PINS = Path("/run/netns")

# The list of names (src/process/name_claim.h), one for all processes of a user.
STAYS = ("wasmrun", "wasmrun/names")


def proc_ids():
    return [int(p.name) for p in Path("/proc").iterdir() if p.name.isdigit()]


def running_ids():
    """Without those that have ended, and wait for a parent to ask."""

    def runs(pid):
        try:
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
        except OSError:
            return False

    return [pid for pid in proc_ids() if runs(pid)]


def identity(path):
    """Device and inode, or None if it is gone or not ours to see."""
    try:
        st = os.stat(path)
    except OSError:
        return None
    return st.st_dev, st.st_ino


def processes_of(programs):
    """Processes that run one of these files. Zombies have none and do not count."""
    wanted = {identity(p) for p in programs} - {None}
    return [pid for pid in proc_ids() if identity(f"/proc/{pid}/exe") in wanted]


def parent(pid):
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    return int(stat.rpartition(")")[2].split()[1])


def descendants(pid):
    children = {}
    for other in proc_ids():
        children.setdefault(parent(other), []).append(other)
    found, todo = [], [pid]
    while todo:
        below = children.get(todo.pop(), [])
        found += below
        todo += below
    return found


def net_namespace(pid):
    return identity(f"/proc/{pid}/ns/net")


def mounts():
    return {line.split(" - ")[0].split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()}


def pins():
    return {p.name for p in PINS.iterdir()} if PINS.is_dir() else set()


def listening_ports():
    ports = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            words = line.split()
            if words[3] == "0A":
                ports.add(int(words[1].rpartition(":")[2], 16))
    return ports


class Baseline:
    """The machine before a test; later it tells what is new."""

    def __init__(self, tag, programs, folders):
        self.tag = tag
        self.programs = programs
        self.folders = folders  # where a run may keep files only while it lives
        self.files = self.list_files()
        self.namespaces = set()
        self.ports = set()

    def list_files(self):
        return {str(p) for folder in self.folders for p in folder.rglob("*") if p not in (folder / n for n in STAYS)}

    def expect_gone(self, pid, ports):
        """Remembers what belongs to a run while it lives."""
        self.ports |= set(ports)
        own = net_namespace("self")
        for child in descendants(pid):
            namespace = net_namespace(child)
            if namespace and namespace != own:
                self.namespaces.add(namespace)

    def forget_gone(self):
        """For tests with very many runs: the kernel gives the numbers of what is gone to others."""
        self.namespaces &= {net_namespace(pid) for pid in proc_ids()}
        self.ports &= listening_ports()

    def new(self):
        left = [f"process {pid}" for pid in processes_of(self.programs)]
        if self.namespaces:
            left += [f"namespace of {p}" for p in proc_ids() if net_namespace(p) in self.namespaces]
        left += [f"mount {m}" for m in mounts() if self.tag in m]
        left += [f"/run/netns/{n}" for n in pins() if self.tag in n]
        left += [f"port {p}" for p in listening_ports() & self.ports]
        left += [f"file {f}" for f in self.list_files() - self.files]
        return left

    def wait_until_clean(self, limit_s=5):
        """What is left: the kernel tells nobody when it has taken a namespace apart."""
        return [] if waiting.until(lambda: not self.new(), limit_s) else self.new()
