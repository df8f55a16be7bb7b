"""What the engine is left with, read from the host. The twin without isolation shows that each reading can fail."""

import os
from pathlib import Path

import pytest


def status(pid):
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


@pytest.fixture(params=["isolated", "bare"])
def caged(request, start, folder, user):
    """(whether it is isolated, the process id of an engine that runs a guest)"""
    words = []
    if request.param == "bare":
        config = folder / "bare.toml"
        user.write(config, "[network]\nisolation = false\n")
        words = ["--config", config]
    run = start("c/remote", *words)
    assert run.must("what") == "what?"  # the guest runs
    return request.param == "isolated", run.engine()


def test_no_capability_is_left_and_none_can_be_gained(caged):
    isolated, engine = caged
    now = status(engine)

    assert now["NoNewPrivs"] == "1"
    if isolated:
        assert {int(now[name], 16) for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {0}
    else:
        assert int(now["CapBnd"], 16) != 0


def test_the_seccomp_filter_is_on(caged):
    isolated, engine = caged
    assert (status(engine)["Seccomp"] == "2") == isolated


def test_the_root_holds_the_module_and_the_directories_only(caged):
    isolated, engine = caged
    assert (set(os.listdir(f"/proc/{engine}/root")) == {"module", "dir"}) == isolated


def test_the_root_cannot_be_written(caged):
    isolated, engine = caged
    options = {line.split()[4]: line.split()[5].split(",") for line in
               Path(f"/proc/{engine}/mountinfo").read_text().splitlines()}

    assert ("ro" in options["/"] and "ro" in options.get("/module", [])) == isolated


@pytest.mark.parametrize("kind", ["user", "net", "mnt", "pid", "ipc", "uts", "cgroup"])
def test_every_namespace_is_its_own(caged, kind):
    isolated, engine = caged
    own = os.readlink(f"/proc/{engine}/ns/{kind}") != os.readlink(f"/proc/self/ns/{kind}")
    assert own == isolated


def test_no_descriptor_of_the_hosts_files_is_left(caged):
    """Paths are those of its own root: the compiled module and the guest's directories."""
    isolated, engine = caged
    targets = [os.readlink(f"/proc/{engine}/fd/{fd}") for fd in os.listdir(f"/proc/{engine}/fd") if int(fd) > 2]
    foreign = [t for t in targets if not t.startswith(("socket:", "anon_inode:", "pipe:", "/dir/")) and t != "/module"]

    assert (foreign == []) == isolated


@pytest.fixture
def compiler(start, user, folder):
    """The process id of an engine that compiles. The twin is the bare engine above."""
    run = start("go/http", env={"XDG_CACHE_HOME": str(user.make_folder(folder / "empty", 0o700))})
    return run.wait_for_engine()


def test_the_compile_step_is_in_the_same_cage(compiler):
    now = status(compiler)
    assert now["Seccomp"] == "2"
    assert now["NoNewPrivs"] == "1"
    assert {int(now[name], 16) for name in ("CapInh", "CapPrm", "CapEff", "CapAmb")} == {0}
    assert os.listdir(f"/proc/{compiler}/root") == []
    for kind in ("user", "net", "mnt", "pid", "ipc"):
        assert os.readlink(f"/proc/{compiler}/ns/{kind}") != os.readlink(f"/proc/self/ns/{kind}")


def test_the_compile_step_holds_the_module_and_its_output_only(compiler):
    targets = {int(fd): os.readlink(f"/proc/{compiler}/fd/{fd}") for fd in os.listdir(f"/proc/{compiler}/fd")}

    assert set(targets) <= {0, 1, 2, 3, 4}
    assert targets[0] == targets[1] == "/dev/null"
    assert targets[3].startswith("/memfd:wasmrun-module")
