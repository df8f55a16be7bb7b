"""Compiled modules are kept, checked before use, and trusted only where nobody else can write."""

import os
import shutil
import stat

import pytest

from harness import guests, python


@pytest.fixture
def cache(user, folder):
    return user.make_folder(folder / "cache", 0o700)


@pytest.fixture
def run_it(start, cache):
    def run_once():
        return start("c/remote", "--verbose", env={"XDG_CACHE_HOME": str(cache)})

    return run_once


def compiled(result):
    """What --verbose says of the module: compiled in this run, or found."""
    assert result.code == 0, result.err
    lines = [line for line in result.err.splitlines() if "compiled" in line]
    assert lines, result.err
    return "found the compiled" not in lines[0]


def files(cache):
    return [p for p in cache.rglob("*") if p.is_file() and p.stat().st_size > 1000]


def test_the_second_run_finds_what_the_first_compiled(run_it):
    assert compiled(run_it().finish())
    assert not compiled(run_it().finish())


def test_nobody_else_can_enter_the_cache(run_it, cache):
    run_it().finish()

    assert files(cache)
    for path in [p for p in cache.rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


@pytest.mark.parametrize("damage", [lambda content: content[: len(content) // 2],
                                    lambda content: b"",
                                    lambda content: content[:-1] + bytes([content[-1] ^ 1]),
                                    lambda content: content[:5000] + b"\xff" * 64 + content[5064:]],
                         ids=["cut", "emptied", "last bit", "middle"])
def test_a_damaged_file_is_compiled_again(run_it, cache, damage):
    assert compiled(run_it().finish())
    (path,) = files(cache)
    path.chmod(0o600)
    path.write_bytes(damage(path.read_bytes()))

    assert compiled(run_it().finish())
    assert not compiled(run_it().finish())


def test_a_file_that_others_may_write_is_not_trusted(run_it, cache):
    run_it().finish()
    (path,) = files(cache)
    path.chmod(0o666)

    assert compiled(run_it().finish())


def test_a_cache_that_others_may_write_is_refused(run_it, cache):
    run_it().finish()
    (path,) = files(cache)
    path.parent.chmod(0o777)

    run_it().refused(125, str(path.parent))


# What comes compiled with wasmrun.


@pytest.fixture
def compiled_runtime():
    if not python.COMPILED.exists():
        guests.lack("compiled Python runtime in its build folder")
    return python.COMPILED


@pytest.fixture
def run_python(start, user, folder, cache, runtimes, compiled_runtime):
    """run_python(wrap): the first run of a Python project by a user whose cache is empty, until it tells of the runtime."""
    project = user.make_folder(folder / "project")
    user.write(project / "app.py", "print('ran')")

    def run(*wrap):
        env = {"XDG_CACHE_HOME": str(cache), "WASMRUN_RUNTIMES": str(runtimes)}
        return start(project, "--verbose", env=env, wrap=wrap)

    return run


def test_the_first_run_of_a_python_project_compiles_nothing(run_python, cache):
    result = run_python().finish()

    assert (result.code, result.out) == (0, "ran\n"), result.err
    assert "which came with wasmrun" in result.err
    assert "compiling" not in result.err
    assert not [p for p in cache.rglob("*.cwasm")]


def change_middle(path):
    with open(path, "r+b") as file:
        file.seek(path.stat().st_size // 2)
        byte = file.read(1)
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte[0] ^ 1]))


@pytest.mark.parametrize("spoil, why", [
    (lambda path: path.chmod(0o666), "others may write"),
    (lambda path: path.parent.chmod(0o777), "others may write"),
    (change_middle, "damaged"),
    (lambda path: os.truncate(path, 100), "it is for another"),
], ids=["file", "folder", "damaged", "cut"])
def test_a_compiled_runtime_that_is_not_to_be_trusted_is_not_used(run_python, world, user, folder, compiled_runtime,
                                                                  spoil, why):
    place = user.make_folder(folder / "programs")
    for path in [*world.programs, compiled_runtime]:
        user.own(shutil.copy(path, place))
    spoil(place / compiled_runtime.name)
    # The program finds what lies beside it.
    run = run_python("/bin/sh", "-c", f'shift; exec {place}/wasmrun "$@"', "sh")

    assert why in run.wait_err(r"not using '.*python.cwasm', which came with wasmrun: .*").group(0).decode()
    run.wait_err("compiling a large module")
