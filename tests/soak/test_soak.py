"""Mixed load for SOAK_SECONDS: servers of three kinds, clients that behave and clients that do not, connections out, granted
and refused, and processes that come and go. At the end the long-lived ones hold what they held after the first minute.

`make soak` runs it for an hour; `make test` for some seconds, to see that all of it works."""

import os
import random
import secrets
import signal
import socket
import struct
import threading
import time
from pathlib import Path

import pytest

from harness import leftovers, net
from harness.datagrams import ask, client, free_udp_port

SOAK_S = float(os.environ.get("SOAK_SECONDS", "8"))
WARM_UP_S = min(60, SOAK_S / 4)
SETTLE_S = 10
# What an allocator may keep of what it once had.
RSS_GROWTH_MAX = 1.10
RSS_SLACK_KB = 2048
# As many clients as c/echo serves at once: what it takes for them, which it keeps, is there before it is measured.
CROWD = 512


@pytest.fixture(params=["user"])
def user(all_users, request):
    """One user does: what differs between users is not what grows."""
    return all_users[request.param]


def proc_status(pid, name):
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1])
    return 0


class Usage:
    """What a run's processes hold: the supervisor's, pid 1's, the engine's."""

    def __init__(self, run):
        self.pids = [run.pid, *sorted(leftovers.descendants(run.pid))]
        self.descriptors = [len(os.listdir(f"/proc/{pid}/fd")) for pid in self.pids]
        self.rss_kb = [proc_status(pid, "VmRSS") for pid in self.pids]
        self.threads = [proc_status(pid, "Threads") for pid in self.pids]

    def same_descriptors(self, other):
        return self.pids == other.pids and self.descriptors == other.descriptors and self.threads == other.threads

    def has_grown(self, before):
        return any(now > RSS_GROWTH_MAX * then + RSS_SLACK_KB for now, then in zip(self.rss_kb, before.rss_kb))

    def __repr__(self):
        return f"pids {self.pids}, descriptors {self.descriptors}, threads {self.threads}, RSS {self.rss_kb} KiB"


def n_namespaces(world):
    """Of our processes."""
    return len({leftovers.net_namespace(pid) for pid in leftovers.processes_of(world.programs)})


class Load:
    """Threads that each repeat one kind of work, and can be told to rest."""

    def __init__(self, works):
        self.over = threading.Event()
        self.may_run = threading.Event()
        self.may_run.set()
        self.resting = threading.Semaphore(0)
        self.done = dict.fromkeys((name for name, _ in works), 0)
        self.errors = []
        self.threads = [threading.Thread(target=self.repeat, args=work, daemon=True) for work in works]
        for thread in self.threads:
            thread.start()

    def repeat(self, name, work):
        while not self.over.is_set():
            if not self.may_run.is_set():
                self.resting.release()
                self.may_run.wait()
            try:
                work()
                self.done[name] += 1
            except Exception as e:  # noqa: BLE001: whatever it is, the test shall show it
                self.errors.append(f"{name}: {e!r}")
                self.over.set()

    def rest(self):
        self.may_run.clear()
        for _ in self.threads:
            assert self.resting.acquire(timeout=2 * net.TIME_LIMIT_S), f"work does not end; {self.errors}"

    def go_on(self):
        self.may_run.set()

    def run_for(self, seconds):
        self.over.wait(seconds)
        assert not self.errors, self.errors

    def end(self):
        self.over.set()
        self.may_run.set()
        for thread in self.threads:
            thread.join(2 * net.TIME_LIMIT_S)


def reset(sock):
    """Ends a connection with a reset."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def visit_at_once(port):
    """All have a chunk of the server's under way at the same time."""
    socks = [net.connect(port) for _ in range(CROWD)]
    for sock in socks:
        sock.sendall(b"x" * (1 << 16))
    for sock in socks:
        with sock:
            assert len(sock.recv(1 << 16, socket.MSG_WAITALL)) == 1 << 16


def clients_of(port):
    """Work for an echo server that serves many at once."""

    def short_connections():
        for _ in range(20):
            payload = secrets.token_bytes(random.randrange(1, 2000))
            assert net.echo_once(port, payload) == payload

    def bulk():
        payload = net.random_bytes(1 << 20)
        assert net.echo_once(port, payload) == payload

    def rude_clients():
        socks = [net.connect(port) for _ in range(20)]
        for i, sock in enumerate(socks):
            if i % 2:
                sock.sendall(b"x" * 100)
            reset(sock)

    return {"short connections": short_connections, "bulk": bulk, "rude clients": rude_clients}


def settled(runs, expected=None):
    """What the runs hold once the last connections are gone."""
    end = time.monotonic() + SETTLE_S
    while True:
        time.sleep(0.5)
        usages = {name: Usage(run) for name, run in runs.items()}
        stable = expected is None or all(usages[n].same_descriptors(expected[n]) for n in runs)
        if (stable and expected is not None) or time.monotonic() > end:
            return usages
        if expected is None:
            again = {name: Usage(run) for name, run in runs.items()}
            if all(again[n].same_descriptors(usages[n]) for n in runs):
                return again


def test_nothing_grows(start, world):
    udp_port = free_udp_port()
    with net.host_listener() as host_port:
        runs = {
            "core": start("c/echo", ports=[8080], args=["0.0.0.0", "8080"]).ready(),
            "component": start("p2/echo", ports=[8080], args=["0.0.0.0:8080"]).ready(),
            "datagrams": start("posix/datagrams", "--forward", f"{udp_port}:53/udp", args=["0.0.0.0", "53"]).ready(),
            "caller": start("c/remote", f"--allow-net=127.0.0.1:{host_port}"),
        }

        # The same client all the time: the relay remembers each for a minute, which would look like growth.
        udp_client = client(udp_port)

        def datagrams():
            for _ in range(20):
                payload = secrets.token_bytes(random.randrange(5, 1200))
                assert ask(udp_client, payload) == payload

        def connects_out():
            for _ in range(20):
                runs["caller"].must(f"connect 127.0.0.1 {host_port}")
                assert runs["caller"].must("recv") == "host"
                runs["caller"].must("hangup")
                assert runs["caller"].ask("connect 192.0.2.1 80").startswith("error ")
                runs["caller"].must("hangup")

        def processes_that_come_and_go():
            run = start("c/remote", ports=[3000])
            run.must("serve 0.0.0.0 3000")
            run.ready()
            # 0: the end of its stdin was faster than the signal.
            assert run.stop(random.choice([signal.SIGTERM, signal.SIGINT, signal.SIGKILL])).code in (0, 143, 130, 137)
            run.baseline.forget_gone()

        visit_at_once(runs["core"].port)
        works = [(f"{kind}, {name}", work) for kind in ("core", "component")
                 for name, work in clients_of(runs[kind].port).items()]
        works += [("datagrams", datagrams), ("connections out", connects_out), ("processes", processes_that_come_and_go)]
        load = Load(works)
        try:
            load.run_for(WARM_UP_S)
            load.rest()
            before, namespaces = settled(runs), n_namespaces(world)
            load.go_on()
            load.run_for(SOAK_S - WARM_UP_S)
            load.rest()
            after = settled(runs, before)
        finally:
            load.end()

        print(f"\nafter {SOAK_S:.0f} s: {load.done}\nbefore: {before}\nafter: {after}")
        assert all(load.done.values()), load.done
        for name in runs:
            assert after[name].same_descriptors(before[name]), f"{name}: {before[name]} became {after[name]}"
            assert not after[name].has_grown(before[name]), f"{name}: {before[name]} became {after[name]}"
        assert n_namespaces(world) <= namespaces
