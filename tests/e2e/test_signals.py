"""Signals to wasmrun reach a guest that catches them, and end one that does not."""

import fcntl
import os
import pty
import signal
import termios
import time

import pytest

from harness import net

GRACE_S = 10  # of supervise.c
CAUGHT = [signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM]
KILLED = 128 + signal.SIGKILL


@pytest.mark.parametrize("number", CAUGHT)
def test_a_guest_reads_the_signals_that_it_catches(start, number):
    run = start("sdk/signals", ports=[8080], args=[str(int(n)) for n in CAUGHT]).ready()
    result = run.stop(number)

    assert result.out == f"listening\nsignal {number}\n"
    assert result.code == 7
    assert net.is_refused(run.port)


def test_a_signal_that_is_not_caught_ends_a_guest_that_catches_others(start):
    run = start("sdk/signals", ports=[8080], args=[str(int(signal.SIGINT))]).ready()
    assert run.out.wait_for("listening")
    result = run.stop(signal.SIGTERM)

    assert result.code == 128 + signal.SIGTERM
    assert result.out == "listening\n"


def test_connections_through_a_forward_go_on_while_the_guest_takes_its_leave(start):
    run = start("sdk/signals", ports=[8080], args=["15"]).ready()
    with net.connect(run.port) as client:
        client.sendall(b"before")
        assert client.recv(6) == b"before"
        run.process.send_signal(signal.SIGTERM)
        assert run.out.wait_for("signal 15")
        client.sendall(b"after")
        assert client.recv(5) == b"after"
        assert net.is_refused(run.port)
    assert run.finish().code == 7


def test_different_signals_all_come(start):
    run = start("sdk/signals", ports=[8080], args=["stay", "2", "15"]).ready()
    run.process.send_signal(signal.SIGINT)
    assert run.out.wait_for("signal 2\n")
    run.process.send_signal(signal.SIGTERM)
    assert run.out.wait_for("signal 15\n")
    with net.connect(run.port) as client:
        client.sendall(b"here")
        assert client.recv(4) == b"here"


def test_a_second_signal_of_a_kind_ends_the_guest_at_once(start):
    run = start("sdk/signals", ports=[8080], args=["stay", "15"]).ready()
    run.process.send_signal(signal.SIGTERM)
    assert run.out.wait_for("signal 15\n")
    begin = time.monotonic()

    assert run.stop(signal.SIGTERM).code == 128 + signal.SIGTERM
    assert time.monotonic() - begin < GRACE_S / 2


def test_a_guest_that_stays_too_long_is_killed(start):
    run = start("sdk/signals", ports=[8080], args=["stay", "15"]).ready()
    begin = time.monotonic()
    result = run.stop(signal.SIGTERM)

    assert GRACE_S - 1 < time.monotonic() - begin
    assert result.code == KILLED
    assert "did not end within 10 s of the signal" in result.err


def test_control_c_on_a_terminal_is_one_signal(start):
    """The terminal sends it to the engine, too."""
    ours, theirs = pty.openpty()

    def take_terminal():
        os.setsid()
        fcntl.ioctl(theirs, termios.TIOCSCTTY, 0)

    run = start("sdk/signals", ports=[8080], args=["stay", "2", "15"], preexec_fn=take_terminal).ready()
    os.write(ours, b"\x03")
    assert run.out.wait_for("signal 2\n")
    run.process.send_signal(signal.SIGTERM)
    assert run.out.wait_for("signal 15\n")
    assert run.out.text().count("signal 2") == 1
    os.close(ours)
    os.close(theirs)


def test_a_guest_without_isolation_catches_signals(start, folder, user):
    config = user.write(folder / "bare.toml", "[network]\nisolation = false\n")
    run = start("sdk/signals", "--config", config, "--env", f"PORT={net.free_port()}", args=["15"])
    assert run.out.wait_for("listening")
    result = run.stop(signal.SIGTERM)

    assert result.out == "listening\nsignal 15\n"
    assert result.code == 7
