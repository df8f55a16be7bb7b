"""--watch and --restart: the program is started again, and clients of its published ports do not notice."""

import os
import shutil
import signal
import threading

import pytest

from harness import net, waiting

ECHOES = ["c/echo", "p2/echo"]


@pytest.fixture(params=["swap", "relay"])
def mode(request):
    return {} if request.param == "swap" else {"WASMRUN_FORWARD": "relay"}


@pytest.fixture
def program(user, folder, world):
    """program("c/echo"): a .wasm file of the user's that a test can write anew."""

    def put(guest):
        path = folder / "program.wasm"
        fresh = folder / "fresh"
        shutil.copy(world.guest(guest), fresh)
        os.rename(user.own(fresh), path)  # as compilers and editors do it
        return path

    return put


class Clients:
    """One client after the other, each with a question and its answer, until it is told to stop."""

    def __init__(self, port):
        self.served = 0
        self.failures = []
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self._run, args=(port,))
        self.thread.start()

    def _run(self, port):
        while not self.stopped.is_set():
            try:
                assert net.echo_once(port, b"%d" % self.served) == b"%d" % self.served
                self.served += 1
            except (OSError, AssertionError) as e:
                self.failures.append(repr(e))

    def stop(self):
        self.stopped.set()
        self.thread.join(net.TIME_LIMIT_S)
        assert not self.thread.is_alive()


def restarts(run):
    return run.err.text().count("listening on") - 1


def wait_for_restarts(run, n):
    waiting.until(lambda: restarts(run) >= n or run.process.poll() is not None, 20)
    assert restarts(run) >= n, run.err.text()
    run.baseline.namespaces.clear()  # earlier runs' are gone, and their numbers may be others'


@pytest.mark.parametrize("guest", ECHOES)
def test_no_client_is_refused_or_reset_across_20_restarts(start, mode, program, guest):
    run = start(program(guest), "--watch", ports=[8080], env=mode).ready()
    clients = Clients(run.port)
    for n in range(1, 21):
        program(guest)
        wait_for_restarts(run, n)
    clients.stop()

    assert clients.failures == []
    assert clients.served > 100
    assert run.stop().code == 128 + signal.SIGTERM
    assert net.is_refused(run.port)


def test_without_watch_a_client_notices_the_end(start, program):
    """The twin of the test above: its client can fail."""
    run = start(program("c/echo"), ports=[8080]).ready()
    clients = Clients(run.port)
    run.stop()
    clients.stop()

    assert clients.failures


def test_clients_wait_while_a_build_fails_and_are_served_after_the_next(start, program, user, folder):
    run = start(program("c/echo"), "--watch", ports=[8080]).ready()
    user.write(folder / "program.wasm", b"\0asm broken")
    run.wait_err("waiting for a file of the project to change")
    assert "wasmrun: error: " in run.err.text()

    client = net.connect(run.port)
    program("c/echo")
    wait_for_restarts(run, 1)
    with client:
        assert net.echo(client, b"patient") == b"patient"


def test_a_build_that_fails_at_the_start_is_tried_again_at_a_change(start, program, user, folder):
    path = user.write(folder / "program.wasm", b"\0asm broken")
    run = start(path, "--watch", ports=[8080])
    run.wait_err("waiting for a file of the project to change")
    program("c/echo")
    run.ready()

    assert net.echo_once(run.port, b"now") == b"now"


def test_a_program_that_has_ended_is_started_again_at_a_change(start, program):
    run = start(program("c/fail"), "--watch", ports=[8080])
    run.wait_err("waiting for a file of the project to change")
    assert net.is_refused(run.port)
    program("c/echo")
    run.ready()

    assert net.echo_once(run.port, b"back") == b"back"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_waiting_for_a_change(start, program, number):
    run = start(program("c/fail"), "--watch")
    run.wait_err("waiting for a file of the project to change")

    assert run.stop(number).code == 128 + number


def test_a_listener_that_the_guest_closed_refuses_under_watch_too(start, program):
    run = start(program("c/remote"), "--watch", ports=[8080])
    run.must("serve 127.0.0.1 8080")
    run.must("unserve")

    assert net.is_refused(run.port)


def test_a_guest_that_fails_is_started_again_as_often_as_said(start):
    result = start("c/fail", "--restart", "on-failure:3").finish()

    assert result.code == 7
    assert result.out.count("failing") == 4
    assert "starting again in 0.1 s" in result.err
    assert "starting again in 0.2 s" in result.err
    assert "starting again in 0.4 s" in result.err


@pytest.mark.parametrize("policy, guest, runs", [("no", "c/fail", 1), ("on-failure", "c/succeed", 1)])
def test_what_need_not_be_started_again_is_not(start, policy, guest, runs):
    result = start(guest, "--restart", policy).finish()

    assert result.out.count("ing\n") == runs
    assert "starting again" not in result.err


def test_always_starts_again_what_has_ended_well(start):
    run = start("c/succeed", "--restart", "always")
    assert run.out.wait_for(r"(succeeding\n){3}")

    # Its own, if the signal came when it was ending.
    assert run.stop().code in (0, 128 + signal.SIGTERM)


@pytest.mark.parametrize("guest", ECHOES)
def test_after_kill_9_of_the_engine_the_port_serves_again(start, mode, guest):
    run = start(guest, "--restart", "on-failure", ports=[8080], env=mode).ready()
    for n in range(1, 4):
        os.kill(run.engine(), signal.SIGKILL)
        wait_for_restarts(run, n)
        assert net.echo_once(run.port, b"again") == b"again"


def test_the_time_limit_is_the_last_word(start):
    result = start("c/spin", "--restart", "always", "--timeout", "500ms").finish()

    assert result.code == 124
    assert "starting again" not in result.err


def test_a_restart_policy_that_is_not_there(start):
    start("c/remote", "--restart", "sometimes").refused(125, "sometimes", "on-failure")
