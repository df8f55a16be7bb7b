"""A name is one process's among those of its user, for as long as that process lives and no longer."""

import os
import signal
import stat

import pytest

from harness import leftovers, waiting
from harness.users import UNPRIVILEGED_ID


@pytest.fixture
def unisolated(user, folder):
    return user.write(folder / "unisolated.toml", "[network]\nisolation = false\n")


def test_a_name_that_runs_already_is_refused(start, name):
    first = start("c/remote", "--name", name)
    first.must("what")

    start("c/remote", "--name", name).refused(125, f"'{name}'", "--name")
    first.must("what")
    first.stop()
    assert start("c/remote", "--name", name).finish().code == 0


def test_without_isolation_too(start, name, unisolated):
    first = start("c/remote", "--config", unisolated, "--name", name)
    first.must("what")

    start("c/remote", "--name", name).refused(125, "--name")


def test_a_name_is_refused_before_the_project_is_built(start, name, user, folder):
    start("c/remote", "--name", name).must("what")
    project = user.make_folder(folder / "project")
    user.write(project / "Cargo.toml", "this builds nothing")

    start(project, "--name", name).refused(125, "--name")


def test_another_prefix_makes_another_name(start, name, user, folder):
    config = user.write(folder / "prefix.toml", '[network]\nnamespace_prefix = "acme"\n')
    start("c/remote", "--name", name).must("what")

    start("c/remote", "--config", config, "--name", name).must("what")


def test_a_default_name_gives_way(start, user, world):
    for _ in range(3):
        start("c/remote").must("what")

    if user.is_root:
        base = f"wasmrun-c-remote-{world.tag}"
        assert {base, f"{base}-2", f"{base}-3"} <= leftovers.pins()


@pytest.mark.parametrize("user", ["root"], indirect=True)
def test_another_users_name_is_another(start, name, all_users):
    other = all_users["user"]
    start("c/remote", "--name", name).must("what")
    theirs = {"prefix": other.prefix(), "env": other.env(os.environ["PATH"]), "cwd": "/"}
    start("c/remote", "--name", name, **theirs).must("what")

    start("c/remote", "--name", name, **theirs).refused(125, "--name")


def test_after_kill_9_of_everything_nothing_blocks_the_name(start, name, user, baseline):
    for _ in range(2):
        run = start("c/echo", "--name", name, ports=[8080]).ready()
        os.kill(run.pid, signal.SIGSTOP)  # or it cleans up after pid 1
        for pid in (leftovers.descendants(run.pid)[0], run.pid):
            os.kill(pid, signal.SIGKILL)
        run.finish()
        assert waiting.until(lambda: not leftovers.processes_of(baseline.programs), 5)
        assert f"wasmrun-{name}" in leftovers.pins() or not user.is_root
    assert start("c/remote", "--name", name).finish().code == 0


def test_a_name_is_kept_between_two_runs(start, name):
    first = start("c/remote", "--restart", "always", "--name", name)
    first.must("what")
    for _ in range(4):  # the pause before the next grows
        os.kill(first.engine(), signal.SIGKILL)
        first.wait_err("starting again in")
        start("c/remote", "--name", name).refused(125, "--name")
        first.must("what")


def test_names_that_start_together_are_told_apart(start, name):
    """One of them has it, and the others say so."""
    runs = [start("c/spin", "--name", name) for _ in range(6)]
    winners = [run for run in runs if run.out.wait_for("spinning")]

    assert len(winners) == 1
    for run in set(runs) - set(winners):
        run.refused(125, "--name")


def test_the_list_of_names_is_the_users_alone(start, user, name):
    if user.is_root:
        pytest.skip("root's is in /run/wasmrun, and may be older")
    start("c/remote", "--name", name).must("what")
    place = user.runtime / "wasmrun"

    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    assert stat.S_IMODE((place / "names").stat().st_mode) == 0o1600


@pytest.mark.parametrize("user", ["user"], indirect=True)
def test_root_of_a_user_namespace_has_names_as_anybody(start, name):
    """It is not the machine's root: /run is not its own."""
    wrap = ["unshare", "--user", "--map-root-user"]
    run = start("c/remote", "--name", name, wrap=wrap)
    run.must("what")

    start("c/remote", "--name", name, wrap=wrap).refused(125, "--name")
    assert f"wasmrun-{name}" not in leftovers.pins()


@pytest.mark.parametrize("user", ["user"], indirect=True)
class TestPlantedFolder:
    """What others may have put where the list of names goes."""

    @pytest.fixture
    def runtime(self, user, folder):
        return user.make_folder(folder / "runtime", 0o700)

    def test_one_that_others_may_write_to_is_refused(self, start, user, runtime, name):
        place = user.make_folder(runtime / "wasmrun", 0o770)

        start("c/remote", env={"XDG_RUNTIME_DIR": str(runtime)}).refused(125, str(place), "chmod 700")
        place.chmod(0o700)
        assert start("c/remote", env={"XDG_RUNTIME_DIR": str(runtime)}).finish().code == 0

    def test_a_link_is_not_followed(self, start, user, runtime, folder):
        user.make_folder(folder / "elsewhere", 0o700)
        (runtime / "wasmrun").symlink_to(folder / "elsewhere")

        start("c/remote", env={"XDG_RUNTIME_DIR": str(runtime)}).refused(125, str(runtime / "wasmrun"), "XDG_RUNTIME_DIR")
        assert not list((folder / "elsewhere").iterdir())

    def test_a_runtime_folder_of_somebody_else_is_not_used(self, start, user, folder, world):
        """As after su, which keeps the variable."""
        if not user.changes_id:
            pytest.skip("only root can give a folder away")
        theirs = folder / "theirs"
        theirs.mkdir(mode=0o777)
        theirs.chmod(0o777)

        assert in_own_tmp(start, world, "true", theirs).finish().code == 0
        assert not list(theirs.iterdir())

    @pytest.mark.parametrize("plant, word", [("mkdir", None), ("mkdir -m 0777", "belongs to another user"),
                                             ("ln -s /proc/self/cwd", "Not a directory")])
    def test_in_tmp(self, start, user, world, plant, word):
        if not user.changes_id:
            pytest.skip("only root can be somebody else")
        place = f"/tmp/wasmrun-{UNPRIVILEGED_ID}"
        if word:
            in_own_tmp(start, world, f"{plant} {place}").refused(125, place, word, "XDG_RUNTIME_DIR")
        else:
            assert in_own_tmp(start, world, "true").finish().code == 0


def in_own_tmp(start, world, plant, runtime=""):
    """A run with a /tmp of its own in which root does `plant` first, and with that runtime folder."""
    shell = ('mount --bind "$0" /mnt && mount -t tmpfs -o mode=1777 none /tmp && mkdir -p "$0" && mount --move /mnt "$0" && '
             f'{plant} && exec "$@"')
    return start("c/remote", env={"XDG_RUNTIME_DIR": str(runtime)}, cwd="/",
                 prefix=["unshare", "--mount", "sh", "-c", shell, str(world.folder)])
