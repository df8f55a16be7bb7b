"""An engine that a guest has taken over (tests/attack/escaped), and its twin without a cage."""

import shutil

import pytest

from harness.guests import WASMRUN
from harness.run import Run


@pytest.fixture(scope="session")
def escaped_program(world):
    """Where every user can run it. It is static: it has no library in the cage."""
    program = world.folder / "bin" / "escaped"
    if not program.exists():
        shutil.copy(WASMRUN.parents[1] / "tests" / "attack" / "escaped" / "escaped", program)
        world.programs.append(program)
    return program


@pytest.fixture
def escaped(start, escaped_program, user, folder):
    """escaped("--verbose", ports=[3000]): `wasmrun os` with that program in the engine's place, in the engine's cage."""

    def start_escaped(*words, **options):
        # With a cache of its own: what this program compiles is nothing that others could run.
        cache = {"XDG_CACHE_HOME": str(user.make_folder(folder / "escaped-cache", 0o700))}
        run = start("c/remote", *words, env={"WASMRUN_ENGINE": str(escaped_program)} | cache, **options)
        assert run.ask("descriptors").startswith("ok "), "it runs"
        return run

    return start_escaped


@pytest.fixture
def bare(user, world, folder, baseline, escaped_program):
    """bare(): the same program as a plain process of the user's; bare(OWN_NAMESPACES) with rights of its own."""
    runs = []

    def start_bare(wrap=()):
        run = Run([*user.prefix(), *wrap, str(escaped_program), "bare"], user.env("/usr/bin:/bin:/usr/sbin:/sbin"), folder, [], baseline)
        runs.append(run)
        return run

    yield start_bare
    for run in runs:
        run.end()
