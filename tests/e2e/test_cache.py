"""Compiled modules are kept, checked before use, and trusted only where nobody else can write."""

import stat

import pytest



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
