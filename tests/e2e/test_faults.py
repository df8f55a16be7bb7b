"""Whatever fails or is killed, whenever: no hang, nothing left (the fixture `start` looks), one clear sentence."""

import os
import re
import resource
import signal
import socket
import time

import pytest

from harness import leftovers, net

LIMIT_S = 5

# What --verbose says, in this order, as a process starts.
STAGES = ["stage namespaces", "engine is process", "stage engine-start", "stage module-loaded", "stage instantiated",
          "listening on"]


def victims(run):
    """The supervisor, and what it has by now of pid 1 and engine: pid 1's own child is the engine, before exec and after."""
    found = {"supervisor": run.pid}
    inside = leftovers.descendants(run.pid)
    if inside:
        found["pid 1"] = inside[0]
    if len(inside) > 1:
        found["engine"] = inside[1]
    return found


def finish_in_time(run):
    begun = time.monotonic()
    result = run.finish()
    assert time.monotonic() - begun < LIMIT_S, result.err
    return result


@pytest.mark.parametrize("guest", ["c/echo", "p2/echo"])
@pytest.mark.parametrize("who", ["supervisor", "pid 1", "engine"])
@pytest.mark.parametrize("stage", STAGES)
def test_kill_9_at_each_stage_of_the_start(start, name, guest, who, stage):
    run = start(guest, "--verbose", "--name", name, ports=[8080])
    assert run.err.wait_for(re.escape(stage)), run.err.text()
    victim = victims(run).get(who)
    assert victim or stage == STAGES[0], "it is there from the next stage on"
    if victim:
        os.kill(victim, signal.SIGKILL)
        assert finish_in_time(run).code != 0
    else:
        run.stop()
    assert net.is_refused(run.port)


@pytest.mark.parametrize("who", ["supervisor", "pid 1", "engine"])
@pytest.mark.parametrize("delay_ms", [0, 1, 3])
def test_kill_9_while_it_ends(start, name, who, delay_ms):
    run = start("c/echo", "--name", name, ports=[8080]).ready()
    victim = victims(run)[who]
    run.process.terminate()
    time.sleep(delay_ms / 1000)  # a moment of the end, whichever it is
    try:
        os.kill(victim, signal.SIGKILL)
    except ProcessLookupError:
        pass  # it was faster
    finish_in_time(run)
    assert net.is_refused(run.port)


def test_a_cache_that_cannot_be_written(start, user, folder):
    if user.is_root:
        pytest.skip("root may write everywhere")
    locked = user.make_folder(folder / "locked")
    locked.chmod(0o500)
    run = start("c/remote", env={"XDG_CACHE_HOME": str(locked)})

    run.refused(125, "cache folder", "Permission denied", "WASMRUN_CACHE_DIR")


def test_a_cache_on_a_full_disk(start, folder, user):
    """A disk of 1 MB, in a mount namespace of the test's own."""
    cache = user.make_folder(folder / "full", 0o700)
    shell = ["unshare", "--user", "--map-current-user", "--keep-caps", "--mount", "sh", "-c",
             'mount -t tmpfs -o size=1m,mode=0700 none "$0" && exec "$@"', str(cache)]
    run = start("go/http", env={"XDG_CACHE_HOME": str(cache)}, wrap=shell)

    run.refused(125, "No space left on device")


@pytest.mark.parametrize("n", [3, 8, 12, 16, 20, 24])
def test_without_descriptors_it_says_so(start, n):
    """At some number each step of the start is the one that fails."""

    def limit():
        resource.setrlimit(resource.RLIMIT_NOFILE, (n, n))

    run = start("c/remote", ports=[8080], preexec_fn=limit)
    result = run.finish(stdin=b"exit 0\n")

    assert result.code == 0 or len(re.findall("^wasmrun: error: |error while loading", result.err, re.M)) == 1, result.err


def test_without_a_process_to_be_had_it_says_so(start, user):
    if user.is_root:
        pytest.skip("root has as many as it wants")
    wrap = ["prlimit", "--nproc=1", "--"]
    run = start("c/remote", wrap=wrap)

    run.refused(125, "Resource temporarily unavailable")


def test_a_resolver_that_does_not_answer_does_not_hold_up_the_end(start, user, folder):
    conf = user.write(folder / "resolv.conf", "nameserver 127.0.0.9\noptions timeout:30 attempts:5\n")
    shell = ["unshare", "--user", "--map-current-user", "--keep-caps", "--mount", "sh", "-c",
             'mount --bind "$0" /etc/resolv.conf && exec "$@"', str(conf)]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        try:
            silent.bind(("127.0.0.9", 53))
        except PermissionError:
            pytest.skip("only root may listen where a resolver does")
        silent.settimeout(20)
        run = start("p2/remote", "--allow-net=slow.example.org", wrap=shell)
        run.process.stdin.write(b"connect slow.example.org 80\n")
        run.process.stdin.flush()
        silent.recv(512)  # asked, and not answered
        run.process.terminate()
        finish_in_time(run)
