"""[limits] and their options: what is asked for is held, and said when it strikes; what cannot be held here is said.

Whether a cgroup can be made is the machine's and the user's business. Where it can, the kernel is what is tested."""

import os
import re
import signal
import time
from pathlib import Path

import pytest

from harness import leftovers, net, waiting

# A core module, and a component.
CONSUMERS = ["c/consume", "p2/consume"]
NOT_HELD = "needs a cgroup"


@pytest.fixture(params=CONSUMERS)
def consume(request):
    return request.param


def cgroups(tag):
    """The cgroups that runs of these tests have made."""
    return [p for p in Path("/sys/fs/cgroup").rglob("wasmrun-*") if tag in p.name]


def number(run, command):
    return int(run.must(command))


def test_without_limits_the_guest_takes_what_there_is(start, consume):
    """The twin of all below."""
    run = start(consume, ports=[8080])

    assert number(run, "memory 100") == 100
    assert number(run, "disk 3000") == 3000
    assert number(run, "descriptors 200") == 200
    assert "limit" not in run.stop().err


def test_memory_is_refused_beyond_the_limit(start, consume):
    run = start(consume, "--memory", "64m")

    assert 32 <= number(run, "memory 200") <= 64
    run.wait_err("has reached its limit of 64 MiB of memory; --memory raises it")


def test_a_guest_that_begins_with_more_memory_than_the_limit_is_not_run(start):
    start("c/big", "--memory", "16m").refused(126, "memory")


def test_disk_is_full_at_the_limit(start, consume):
    run = start(consume, "--disk", "1m")

    assert 900 <= number(run, "disk 3000") <= 1024
    run.wait_err("has reached its limit of 1 MiB of disk; --disk raises it")


def test_descriptors_run_out_at_the_limit(start, consume):
    run = start(consume, "--ulimit", "nofile=64")

    assert 30 <= number(run, "descriptors 200") < 64
    run.wait_err("has reached its limit of 64 descriptors; --ulimit nofile raises it")


def test_connections_beyond_the_limit_are_closed_and_others_come_when_one_goes(start, consume):
    run = start(consume, "--connections", "2", ports=[8080])
    run.must("serve 8080")
    with net.connect(run.port), net.connect(run.port):
        assert run.must("accept") == "1"
        assert run.must("accept") == "2"
        with net.connect(run.port) as third:
            run.process.stdin.write(b"accept\n")
            run.process.stdin.flush()
            assert third.recv(1) == b""
        run.wait_err("has reached its limit of 2 connections; --connections raises it")
    run.end()


def test_a_closed_connection_makes_room_for_another(start, consume):
    run = start(consume, "--connections", "1", ports=[8080])
    run.must("serve 8080")
    for _ in range(5):
        with net.connect(run.port):
            assert run.must("accept") == "1"
            assert run.must("hangup") == "0"
    assert "limit" not in run.stop().err


@pytest.mark.parametrize("guest", ["c/spin", "p2/consume"])
def test_the_time_limit_ends_the_guest_with_exit_code_124(start, guest):
    before = time.monotonic()
    run = start(guest, "--timeout", "700ms")

    if guest == "p2/consume":
        run.must("spin")
    run.process.wait(20)
    result = run.finish()

    assert result.code == 124
    assert "ending the guest after its time limit of 0.7 s; --timeout raises it" in result.err
    assert time.monotonic() - before >= 0.7


def test_a_guest_that_ends_in_time_has_its_own_exit_code(start):
    run = start("c/remote", "--timeout", "60s")
    run.process.stdin.write(b"exit 3\n")

    assert run.finish().code == 3


def test_the_configuration_limits_and_the_command_line_wins(start, user, folder):
    config = folder / "limits.toml"
    user.write(config, '[limits]\nmemory = "64m"\ndescriptors = 32\ntimeout = "60s"\n')
    run = start("c/consume", "--config", config, "--ulimit", "nofile=128")

    assert number(run, "memory 200") < 64
    assert 64 < number(run, "descriptors 200") < 128


@pytest.mark.parametrize("line, said", [
    ('memory = "lots"', "2:10: limit 'lots' of memory: expected a size"),
    ("memory = true", "2:10: 'memory' is a boolean, expected a size"),
    ("cpus = -1", "2:8: limit '-1' of cpus: expected a number of CPUs"),
    ("memmory = 1", "did you mean 'memory'?"),
])
def test_a_wrong_limit_in_the_configuration(start, user, folder, line, said):
    config = folder / "limits.toml"
    user.write(config, f"[limits]\n{line}\n")

    start("c/remote", "--config", config).refused(125, said)


@pytest.mark.parametrize("words", [["--memory", "1m"], ["--cpus", "none"], ["--ulimit", "core=1"], ["--timeout", "1d"],
                                   ["--memory", "8m", "--memory", "9m"]])
def test_a_wrong_limit_on_the_command_line(start, words):
    start("c/remote", *words).refused(125, words[0].lstrip("-") if "--ulimit" in words or words[0] == "--memory"
                                      else words[1])


# With a cgroup


CONTROLLERS = {"--cpus": "cpu", "--memory": "memory"}


def place_for_cgroups(controller):
    """A directory below which cgroups can have the controller: this process's own of version 1, the root of version 2, for
    there a cgroup with processes has none below it."""
    trees = {}
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        fields, _, tail = line.partition(" - ")
        kind, _, options = tail.split(" ", 2)
        point = Path(fields.split()[4])
        trees |= {"": point} if kind == "cgroup2" else {o: point for o in options.split(",")} if kind == "cgroup" else {}
    if controller not in trees:
        return trees.get("")
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, names, path = line.split(":", 2)
        if controller in names.split(","):
            return trees[controller] / path.strip("/")
    return None


@pytest.fixture
def delegated(user, world):
    """delegated("cpu"): a command that puts what it runs into a cgroup of the user's own, as systemd can give it one."""
    made = []

    def delegate(controller):
        parent = place_for_cgroups(controller)
        if not parent or not os.access(parent, os.W_OK):
            pytest.skip(f"no cgroup with the controller {controller} can be made here")
        handed_down = parent / "cgroup.subtree_control"  # of version 2
        if handed_down.exists():
            handed_down.write_text(f"+{controller}")
        for path in (parent / f"delegated-{world.tag}", parent / f"delegated-{world.tag}" / "leaf"):
            path.mkdir()
            made.insert(0, path)
            for file in (path, *path.glob("cgroup.*")):
                user.own(file)
        return ["sh", "-c", f'echo $$ >{path}/cgroup.procs && exec "$@"', "sh"]

    def remove(path):
        """It is busy for as long as a process is in it."""
        try:
            path.rmdir()
        except OSError:
            return False
        return True

    yield delegate
    for path in made:
        assert waiting.until(lambda: remove(path), 5), f"{path} is still in use"


@pytest.fixture
def held(delegated, start, name, user):
    """held("--cpus=0.5", guest): the run, in a place where the kernel can hold that limit for this user."""

    def start_held(option, guest):
        prefix = () if user.is_root else delegated(CONTROLLERS[option.split("=")[0]])
        run = start(guest, "--name", name, option, prefix=prefix)
        if guest.endswith("consume"):
            assert number(run, "memory 1") == 1
        if NOT_HELD in run.err.text():
            pytest.skip(f"no cgroup can be made here: {run.err.text().strip()}")
        return run

    return start_held


def test_a_limit_that_cannot_be_held_is_said_and_one_that_can_is_not(start, name, world):
    run = start("c/consume", "--name", name, "--cpus", "0.5")
    assert number(run, "memory 1") == 1

    assert (NOT_HELD in run.err.text()) != bool(cgroups(world.tag))


def test_cpu_time_is_held(held):
    run = held("--cpus=0.2", "p2/consume")
    run.must("spin")
    engine = run.engine()

    def ticks():
        words = Path(f"/proc/{engine}/stat").read_text().rpartition(")")[2].split()
        return int(words[11]) + int(words[12])

    before, begun = ticks(), time.monotonic()
    time.sleep(2)  # what is measured is what is used in a time
    used = (ticks() - before) / os.sysconf("SC_CLK_TCK") / (time.monotonic() - begun)
    assert used < 0.35


def test_the_kernel_kills_a_guest_that_takes_more_memory_than_the_limit(held):
    """Its private folder's files count as its memory, which the engine does not see."""
    run = held("--memory=32m", "p2/consume")
    run.process.stdin.write(b"disk 100000\n")
    run.process.stdin.flush()
    run.process.wait(20)
    result = run.finish()

    assert result.code == 128 + signal.SIGKILL
    assert "the kernel killed the guest at its limit of 32 MiB of memory; --memory raises it" in result.err


def test_the_cgroup_is_gone_when_the_guest_has_ended(held, world):
    run = held("--cpus=0.5", "c/consume")
    assert cgroups(world.tag)
    run.stop()

    assert not cgroups(world.tag)


@pytest.mark.parametrize("who", ["supervisor", "pid 1", "engine"])
def test_the_cgroup_is_gone_after_kill_9(held, world, baseline, who):
    run = held("--cpus=0.5", "c/consume")
    engine = run.engine()
    run.note()
    os.kill({"supervisor": run.pid, "pid 1": leftovers.parent(engine), "engine": engine}[who], signal.SIGKILL)
    run.finish()

    assert waiting.until(lambda: not cgroups(world.tag), 5)


def test_processes_are_bounded(start, name):
    """Read from the host: a guest has no way to make one."""
    run = start("c/consume", "--name", name, "--pids-limit", "64")
    assert number(run, "memory 1") == 1
    engine = run.engine()
    limit = re.search(r"Max processes +(\d+)", Path(f"/proc/{engine}/limits").read_text())[1]

    assert limit == "64"
