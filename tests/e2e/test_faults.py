"""Whatever fails or is killed, whenever: no hang, nothing left (the fixture `start` looks), one clear sentence."""

import contextlib
import os
import re
import resource
import signal
import socket
import time

import pytest

from harness import leftovers, net, waiting

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


def state_of(pid):
    """As ps shows it: T is stopped, Z has ended and waits for its parent. None: gone."""
    try:
        with open(f"/proc/{pid}/stat") as f:
            return f.read().rpartition(")")[2].split()[0]
    except OSError:
        return None


def wait_for_state(pid, *states):
    assert waiting.until(lambda: state_of(pid) in states, LIMIT_S, pause_s=0.001), f"{state_of(pid)}, not {states}"


# The end stands still where the one that goes on is stopped: who that is, and what shows that it has come so far.
END_STAGES = {
    "the engine has the signal": ("engine", lambda them: wait_for_state(them["engine"], "T")),
    "the engine has ended": ("pid 1", lambda them: wait_for_state(them["engine"], "Z")),
    "all inside has ended": ("supervisor", lambda them: wait_for_state(them["pid 1"], "Z")),
}


@pytest.mark.parametrize("guest", ["c/echo", "p2/echo"])
@pytest.mark.parametrize("stage, who", [(stage, who) for stage in END_STAGES for who in ("supervisor", "pid 1", "engine")
                                        if (stage, who) != ("all inside has ended", "engine")])
def test_kill_9_at_each_stage_of_the_end(start, name, guest, stage, who):
    run = start(guest, "--name", name, ports=[8080]).ready()
    run.note()
    them = victims(run)
    stopped, come_so_far = END_STAGES[stage]
    os.kill(them[stopped], signal.SIGSTOP)
    wait_for_state(them[stopped], "T")
    # A stopped supervisor passes no signal on.
    os.kill(them["engine" if stopped == "supervisor" else "supervisor"], signal.SIGTERM)
    come_so_far(them)

    os.kill(them[who], signal.SIGKILL)  # nothing happens to one that has ended
    if who != stopped:
        with contextlib.suppress(ProcessLookupError):  # it went with the other
            os.kill(them[stopped], signal.SIGCONT)
    assert finish_in_time(run).code != 0
    assert net.is_refused(run.port)


@pytest.mark.parametrize("who", ["supervisor", "pid 1"])
@pytest.mark.parametrize("delay_us", [0, 300, 1000, 3000])
def test_kill_9_before_the_namespaces_stand(start, folder, name, who, delay_us):
    """From the moment on that the supervisor has published a socket, which it does before it starts pid 1."""
    path = folder / "early.sock"
    run = start("c/echo", "--name", name, "--forward", f"unix:{path}:8080")
    assert waiting.until(lambda: os.path.lexists(path), 20, pause_s=0)
    if who == "pid 1":
        children = f"/proc/{run.pid}/task/{run.pid}/children"
        assert waiting.until(lambda: open(children).read(), LIMIT_S, pause_s=0)
    time.sleep(delay_us / 1e6)  # a moment of the start, whichever it is
    os.kill(run.pid if who == "supervisor" else int(open(children).read().split()[0]), signal.SIGKILL)

    assert finish_in_time(run).code != 0
    path.unlink(missing_ok=who == "pid 1")  # a dead name, which the next start would replace


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


def test_names_on_a_full_disk(start, folder, user):
    """A disk of one page, which something else has taken."""
    if user.is_root:
        pytest.skip("root's are in /run")
    runtime = user.make_folder(folder / "full", 0o700)
    shell = ["unshare", "--user", "--map-current-user", "--keep-caps", "--mount", "sh", "-c",
             'mount -t tmpfs -o size=4k,mode=0700 none "$0" && echo > "$0/taken" && exec "$@"', str(runtime)]
    run = start("c/remote", env={"XDG_RUNTIME_DIR": str(runtime)}, wrap=shell)

    run.refused(125, "names", "No space left on device")


@pytest.mark.parametrize("n", [3, 8, 12, 16, 20, 24])
def test_without_descriptors_it_says_so(start, n):
    """At some number each step of the start is the one that fails."""

    def limit():
        resource.setrlimit(resource.RLIMIT_NOFILE, (n, n))

    run = start("c/remote", ports=[8080], preexec_fn=limit)
    result = run.finish(stdin=b"exit 0\n")

    assert result.code == 0 or len(re.findall("^wasmrun: error: |error while loading", result.err, re.M)) == 1, result.err


@pytest.mark.parametrize("n", [1, 2, 3])
def test_without_a_process_to_be_had_it_says_so(start, user, n):
    """It is pid 1 that is not to be had, or the engine, or the guest's thread."""
    if user.is_root:
        pytest.skip("root has as many as it wants")
    start("c/remote").finish()  # compiles it
    run = start("c/remote", wrap=["prlimit", f"--nproc={n}", "--"])

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
