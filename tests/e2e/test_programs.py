"""A guest is an ordinary program: its arguments, environment, streams and exit code are its own."""

import shutil

import pytest

from harness import net


def report(start, *words, guest="p2/report", **how):
    result = start(guest, *words, **how).finish()
    assert result.code == 0, result.err
    return result.out.splitlines()


@pytest.mark.parametrize("guest", ["p1/report", "p2/report"])
def test_arguments_arrive_as_they_are(start, guest):
    args = ["plain", "two words", "--forward", "-x", "", "ünï"]
    lines = report(start, guest=guest, args=args)

    shown = [line.removeprefix("arg ") for line in lines if line.startswith("arg ")]
    assert shown[1:] == ['"plain"', '"two words"', '"--forward"', '"-x"', '""', '"ünï"']


@pytest.mark.parametrize("guest", ["p1/report", "p2/report"])
def test_the_environment_is_what_was_given_and_nothing_else(start, guest):
    lines = report(start, "--env", "A=1", "--env", "B=two=2", "--env", "EMPTY=", guest=guest, env={"SECRET": "s"})

    assert {line for line in lines if line.startswith("env ")} >= {"env A=1", "env B=two=2", "env EMPTY="}
    assert not any("SECRET" in line or "HOME" in line for line in lines)


def test_a_variable_without_a_value_is_the_callers(start):
    lines = report(start, "--env", "GIVEN", "--env", "MISSING", env={"GIVEN": "by the caller"})

    assert "env GIVEN=by the caller" in lines
    assert not any("MISSING" in line for line in lines)


@pytest.mark.parametrize("guest", ["p1/cat", "p2/cat"])
def test_the_three_streams_are_the_guests(start, guest):
    content = "line\n" * 50000
    result = start(guest).finish(stdin=content.encode())

    assert result.code == 0
    assert result.out == content
    assert "cat: 250000 bytes\n" in result.err


@pytest.mark.parametrize("guest", ["p1/cat", "p2/cat"])
def test_bytes_of_any_value_pass_unchanged(start, guest):
    run = start(guest)
    content = bytes(range(256)) * 300
    assert run.finish(stdin=content).code == 0

    assert run.out.content == content


@pytest.mark.parametrize("guest, code", [("p1/report", 0), ("p1/report", 1), ("p1/report", 7), ("p1/report", 125),
                                         ("p2/report", 0), ("p2/report", 1)])
def test_the_exit_code_is_the_guests(start, guest, code):
    assert start(guest, args=[f"exit:{code}"]).finish().code == code


def test_a_component_knows_success_and_failure_only(start):
    """Rust's exit() on wasip2 passes no number on: wasi:cli/exit 0.2."""
    assert start("p2/report", args=["exit:7"]).finish().code == 1


@pytest.mark.parametrize("guest", ["p1/fail", "p2/fail"])
@pytest.mark.parametrize("way, function", [("trap", "trap_here"), ("panic", "panic_here"),
                                           ("recurse", "recurse_for_ever")])
def test_a_trap_exits_134_and_shows_where(start, guest, way, function):
    result = start(guest, args=[way]).finish()

    assert result.code == 134  # 128 + SIGABRT
    assert function in result.err
    assert len(result.err.splitlines()) < 120, "a deep backtrace is cut"


def test_a_panics_message_is_shown(start):
    result = start("p2/fail", args=["panic"]).finish()

    assert "on purpose" in result.err


@pytest.mark.parametrize("guest", ["p1/report", "p2/report", "p3/p3"])
def test_kinds_are_told_by_the_header_not_by_the_name(start, world, user, folder, guest):
    odd = folder / f"{world.tag}.txt"
    shutil.copy(world.guest(guest), odd)
    user.own(odd)
    run = start(odd, ports=[8080])

    if guest == "p3/p3":
        assert net.echo_once(run.ready().port, b"three") == b"three"
    else:
        assert run.finish().code == 0


@pytest.mark.parametrize("guest", ["p1/files", "p2/files"])
def test_rusts_file_library_works_whole(start, guest, folder, user):
    place = user.make_folder(folder / "place")
    result = start(guest, "--dir", f"{place}:/place", args=["/place"]).finish()

    assert result.out == "files: all is well\n", result.err
    assert list(place.iterdir()) == []


def test_an_option_after_the_separator_belongs_to_the_guest(start):
    lines = report(start, args=["--verbose", "--name"])

    assert 'arg "--verbose"' in lines


def test_without_a_terminal_nothing_is_added_to_stdout(start):
    result = start("p2/cat", "--verbose").finish(stdin=b"only this")

    assert result.out == "only this"


def test_verbose_tells_what_was_done(start):
    quiet = start("c/remote").finish()
    loud = start("c/remote", "--verbose").finish()

    assert quiet.err == ""
    assert len(loud.err.splitlines()) >= 2
    assert all(line.startswith("wasmrun: ") for line in loud.err.splitlines())
