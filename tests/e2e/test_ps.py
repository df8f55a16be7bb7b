"""wasmrun ps and wasmrun stop: a user's processes by their names."""

import os
import signal
import subprocess

import pytest

from harness import net


@pytest.fixture
def wasmrun(world, user):
    """wasmrun("ps"): any subcommand, run by the user."""

    def run(*words, by=user, env=None):
        return subprocess.run([*by.prefix(), world.wasmrun, *words], env=by.env(os.environ["PATH"]) | (env or {}), cwd="/",
                              capture_output=True, text=True, timeout=20)

    return run


@pytest.fixture
def listed(wasmrun, world):
    """What ps says of this session's processes: name -> pid."""

    def ps(**how):
        lines = wasmrun("ps", **how).stdout.splitlines()
        assert lines[0].split() == ["NAME", "PID", "AGE", "NAMESPACE"]
        rows = [line.split() for line in lines[1:]]
        return {row[0]: int(row[1]) for row in rows if world.tag in row[0]}

    return ps


def test_ps_lists_what_runs_and_no_longer(start, listed, name):
    assert not listed()
    first = start("c/remote", "--name", name)
    second = start("c/remote", "--name", f"{name}-b")
    first.must("what"), second.must("what")

    assert listed() == {name: first.pid, f"{name}-b": second.pid}
    first.stop()
    assert listed() == {f"{name}-b": second.pid}


def test_ps_shows_the_name_that_a_default_gave_way_to(start, listed, world):
    runs = [start("c/remote") for _ in range(2)]
    for run in runs:
        run.must("what")

    assert set(listed()) == {f"c-remote-{world.tag}", f"c-remote-{world.tag}-2"}


@pytest.mark.parametrize("guest", ["c/echo", "p2/echo"])
def test_stop_ends_a_process_and_comes_back_when_it_has(start, wasmrun, listed, name, guest):
    run = start(guest, "--name", name, ports=[8080]).ready()
    run.note()

    stopped = wasmrun("stop", name)
    assert (stopped.returncode, stopped.stderr) == (0, "")
    assert net.is_refused(run.port)
    assert not listed()
    assert run.finish().code == 128 + signal.SIGTERM


def test_stop_ends_several_and_what_would_be_started_again(start, wasmrun, name):
    runs = [start("c/remote", "--restart", "always", "--name", f"{name}-{i}") for i in range(3)]
    for run in runs:
        run.must("what")

    assert wasmrun("stop", f"{name}-0", f"wasmrun-{name}-1").returncode == 0
    assert [run.finish().code for run in runs[:2]] == [128 + signal.SIGTERM] * 2
    runs[2].must("what")


def test_a_name_that_is_two_processes_is_asked_for(start, wasmrun, name, user, folder):
    config = user.write(folder / "prefix.toml", '[network]\nnamespace_prefix = "acme"\n')
    ours = start("c/remote", "--name", name)
    other = start("c/remote", "--config", config, "--name", name)
    ours.must("what"), other.must("what")

    refused = wasmrun("stop", name)
    assert refused.returncode == 125
    assert f"'wasmrun-{name}'" in refused.stderr and f"'acme-{name}'" in refused.stderr
    assert wasmrun("stop", f"acme-{name}").returncode == 0
    ours.must("what")


def test_a_name_that_nobody_has(wasmrun, name):
    refused = wasmrun("stop", name)

    assert refused.returncode == 125
    assert f"'{name}'" in refused.stderr and "wasmrun ps" in refused.stderr


@pytest.mark.parametrize("user", ["root"], indirect=True)
def test_other_users_are_neither_listed_nor_stopped(start, wasmrun, listed, name, all_users):
    run = start("c/remote", "--name", name)
    run.must("what")

    assert listed() == {name: run.pid}
    assert not listed(by=all_users["user"])
    assert wasmrun("stop", name, by=all_users["user"]).returncode == 125
    run.must("what")


@pytest.mark.parametrize("words, said", [(["ps", "x"], "unexpected 'x'"), (["stop"], "no name is given")])
def test_words_that_are_not_understood(wasmrun, words, said):
    refused = wasmrun(*words)

    assert refused.returncode == 125
    assert said in refused.stderr and "--help" in refused.stderr


@pytest.mark.parametrize("words", [["help", "stop"], ["stop", "--help"], ["stop", "-h"]])
def test_help(wasmrun, words):
    shown = wasmrun(*words)

    assert shown.returncode == 0
    assert shown.stdout.startswith("Usage: wasmrun stop NAME...\n")
