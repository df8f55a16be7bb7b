"""Filling the supervisor from the engine's place, and what it is afterwards: no larger, and still at work."""

import os
import socket
from contextlib import closing

import pytest

from harness import net, waiting
from harness.load import resident_kib

GROWTH_MAX_KIB = 2048


def n_descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


class Supervisor:
    """What a run's supervisor uses now, against later."""

    def __init__(self, run):
        self.pid = run.pid
        self.resident = resident_kib(self.pid)
        self.descriptors = n_descriptors(self.pid)

    def assert_no_larger(self):
        """It has answered before it closes the last socket that it has answered about."""
        assert waiting.until(lambda: n_descriptors(self.pid) <= self.descriptors, net.TIME_LIMIT_S), n_descriptors(self.pid)
        assert resident_kib(self.pid) <= self.resident + GROWTH_MAX_KIB


@pytest.fixture
def flooding(escaped):
    """An engine that publishes a port, after a first round of everything, so that what is made once is made."""
    run = escaped(ports=[3000])
    run.must("serve 3000")
    run.ready()
    run.must("flood-connect 192.0.2.1 9 1 100")
    return run, Supervisor(run)


def works(run):
    with net.connect(run.port):
        run.must("accept")
    return run.ask("connect 192.0.2.1 9").startswith("error ")


def test_refused_connects_are_bounded_in_the_log(flooding):
    """Every refusal is a sentence, but the same one a thousand times is not a thousand sentences."""
    run, before = flooding
    assert run.must("flood-connect 192.0.2.1 9 1 5000") == "5000"
    before.assert_no_larger()
    assert len(run.err.text().splitlines()) < 200
    assert works(run)


def test_many_threads_that_connect_do_not_starve_a_neighbour(flooding, start):
    run, before = flooding
    neighbour = start("c/echo", ports=[8080], args=["0.0.0.0", "8080"]).ready()
    assert run.must("flood-connect 192.0.2.1 9 32 300") == str(32 * 300)
    assert net.echo_once(neighbour.port, b"still here") == b"still here"
    before.assert_no_larger()
    assert works(run)


@pytest.mark.parametrize("size", [1, 100, 328, 4096, 65536])
def test_junk_in_place_of_lookups(flooding, size):
    run, before = flooding
    assert int(run.must(f"flood-lookups 5000 {size}")) > 0
    before.assert_no_larger()
    assert works(run)


def test_descriptors_sent_along_are_not_kept(flooding):
    run, before = flooding
    assert int(run.must("flood-descriptors 1000")) > 0
    assert works(run)
    before.assert_no_larger()


def test_junk_in_place_of_stages(flooding):
    run, before = flooding
    assert int(run.must("flood-status 5000")) > 0
    assert works(run)
    before.assert_no_larger()


def test_connects_under_way_are_bounded(escaped):
    """To a granted listener that never accepts: its queue is full soon, and every further connect hangs."""
    with closing(socket.socket()) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen(0)
        port = sock.getsockname()[1]
        run = escaped(f"--allow-net=127.0.0.1:{port}")
        before = Supervisor(run)
        assert int(run.must(f"hold-connects 127.0.0.1 {port} 900")) > 0
        before.assert_no_larger()  # the sockets are the engine's own, and so are their bounds
        assert run.finish().code == 0


def test_an_engine_that_gives_up_its_channels_can_be_ended(escaped):
    run = escaped()
    run.must("close-all")
    assert run.ask("up") == "error ENOENT"
    run.process.terminate()
    run.process.wait(net.TIME_LIMIT_S)  # while its stdin is still open
    assert run.finish().code == 128 + 15
