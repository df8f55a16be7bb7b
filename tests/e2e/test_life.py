"""However a process ends, everything of it ends: the fixture `start` looks for what is left after each test."""

import fcntl
import os
import pty
import select
import signal
import termios
import time

import pytest

from harness import leftovers, net, waiting


def wait_gone(pidfds):
    for fd in pidfds:
        assert select.select([fd], [], [], 5)[0], "a process outlived its supervisor"
        os.close(fd)


@pytest.mark.parametrize("guest", ["c/echo", "p2/echo"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_everything_and_is_the_exit_code(start, guest, number):
    run = start(guest, ports=[8080]).ready()

    assert run.stop(number).code == 128 + number
    assert net.is_refused(run.port)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
@pytest.mark.parametrize("delay_us", [0, 300, 1000, 3000])
def test_a_signal_during_the_start_ends_everything_in_order(start, folder, number, delay_us):
    """From the moment on that there is something to leave behind: the name of a published socket."""
    path = folder / "early.sock"
    run = start("c/echo", "--forward", f"unix:{path}:8080")
    assert waiting.until(lambda: os.path.lexists(path), 20, pause_s=0)
    time.sleep(delay_us / 1e6)  # a moment of the start, whichever it is
    run.process.send_signal(number)

    run.finish()
    assert run.process.returncode == 128 + number, "its own exit, and not the signal's doing"
    assert not os.path.lexists(path)


def test_control_c_on_a_terminal_ends_everything(start):
    ours, theirs = pty.openpty()

    def take_terminal():
        os.setsid()
        fcntl.ioctl(theirs, termios.TIOCSCTTY, 0)

    run = start("c/echo", ports=[8080], preexec_fn=take_terminal).ready()
    os.write(ours, b"\x03")

    assert run.finish().code == 128 + signal.SIGINT
    os.close(ours)
    os.close(theirs)


def test_a_signal_ends_a_guest_that_computes(start):
    """It makes no call in which it could notice."""
    run = start("c/spin")
    assert run.out.wait_for("spinning")

    assert run.stop(signal.SIGTERM).code == 128 + signal.SIGTERM


@pytest.mark.parametrize("guest", ["c/echo", "p2/echo"])
def test_kill_9_of_the_supervisor_leaves_nothing(start, name, guest):
    run = start(guest, "--name", name, ports=[8080]).ready()
    with net.connect(run.port) as client:
        client.sendall(b"open")
        assert client.recv(4) == b"open"
        run.note()
        pidfds = [os.pidfd_open(pid) for pid in leftovers.descendants(run.pid)]
        assert len(pidfds) >= 2, "pid 1 and the engine"
        run.process.kill()
        wait_gone(pidfds)

        assert run.finish().code == 128 + signal.SIGKILL
        assert net.is_refused(run.port)


def test_after_kill_9_the_name_can_be_used_again(start, name, baseline):
    for _ in range(2):
        run = start("c/echo", "--name", name, ports=[8080]).ready()
        run.note()
        run.process.kill()
        run.finish()
        assert not baseline.wait_until_clean()


def test_kill_9_while_compiling_leaves_no_process(start, user, folder):
    run = start("go/http", env={"XDG_CACHE_HOME": str(user.make_folder(folder / "empty", 0o700))})
    run.wait_for_engine()
    pidfds = [os.pidfd_open(pid) for pid in leftovers.descendants(run.pid)]
    run.process.kill()

    wait_gone(pidfds)


def test_a_signal_while_compiling_leaves_no_process(start, user, folder):
    run = start("go/http", env={"XDG_CACHE_HOME": str(user.make_folder(folder / "empty", 0o700))})
    run.wait_for_engine()

    assert run.stop(signal.SIGTERM).code == 128 + signal.SIGTERM


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGABRT])
def test_a_signal_that_ends_the_engine_is_the_exit_code(start, number):
    run = start("c/echo", ports=[8080]).ready()
    os.kill(run.engine(), number)

    assert run.finish().code == 128 + number
    assert net.is_refused(run.port)


def test_when_pid_1_dies_the_rest_ends_too(start):
    run = start("c/echo", ports=[8080]).ready()
    first = leftovers.parent(run.engine())
    run.note()
    os.kill(first, signal.SIGKILL)

    assert run.finish().code != 0
    assert net.is_refused(run.port)


def test_the_supervisor_rests_while_nothing_happens(start):
    """bypass4netns, on the same mechanism, spins here."""
    run = start("c/echo", ports=[8080]).ready()
    net.echo_once(run.port, b"warm")

    def ticks():
        words = open(f"/proc/{run.pid}/stat").read().rpartition(")")[2].split()
        return int(words[11]) + int(words[12])

    before = ticks()
    select.select([], [], [], 0.5)  # nothing to wait for: the absence of work is what is measured
    assert ticks() - before <= 2


def test_a_guest_that_ends_at_once_ends_the_run(start):
    for _ in range(20):
        assert start("c/remote").finish().code == 0
