"""Directories: what the guest was given, and as it was given. Attempts to leave them are in tests/attack."""

import pytest


@pytest.fixture
def place(user, folder):
    path = user.make_folder(folder / "place")
    user.write(path / "file", "content")
    return path


def test_a_directory_is_writable_unless_said_otherwise(start, place):
    run = start("c/fs", "--dir", f"{place}:/place")
    fd = run.directories()["/place"]

    assert run.must(f"read {fd} file") == "content"
    run.must(f"write {fd} new text")
    assert (place / "new").read_text() == "text"


def test_a_read_only_directory_can_be_read_and_not_changed(start, place):
    run = start("c/fs", "--dir", f"{place}:/place:ro")
    fd = run.directories()["/place"]

    assert run.must(f"read {fd} file") == "content"
    for change in (f"write {fd} new text", f"write {fd} file text", f"unlink {fd} file", f"mkdir {fd} new",
                   f"rename {fd} file moved", f"link {fd} file linked", f"symlink {fd} link file"):
        assert run.ask(change) in ("error ReadOnlyFilesystem", "error 76"), change  # 76: NOTCAPABLE
    assert [p.name for p in place.iterdir()] == ["file"]
    assert (place / "file").read_text() == "content"


def test_without_a_guest_name_a_directory_keeps_its_own(start, place):
    assert str(place) in start("c/fs", "--dir", place).directories()


def test_every_function_of_preview1_does_what_it_should(start, user, folder):
    place = user.make_folder(folder / "place")
    result = start("c/preview1", "--env", "COLOUR=green", "--dir", f"{place}:/place", args=["3"]).finish()

    assert (result.code, result.out) == (0, "all is well\n"), result.out + result.err
    assert list(place.iterdir()) == []


def test_directories_come_in_the_order_given(start, user, folder):
    names = ["b", "a", "c"]
    words = [w for n in names for w in ("--dir", f"{user.make_folder(folder / n)}:/{n}")]
    found = start("c/fs", *words).directories()

    assert [n for n in found if n in ("/a", "/b", "/c")] == ["/b", "/a", "/c"]


def test_the_project_is_the_root_and_read_only(start, world, user, folder):
    user.write(folder / f"fs-{world.tag}.wasm", world.guest("c/fs").read_bytes())
    user.write(folder / "beside", "content")
    run = start(folder)
    fd = run.directories()["/"]

    assert run.must(f"read {fd} beside") == "content"
    assert run.ask(f"write {fd} new text") in ("error ReadOnlyFilesystem", "error 76")
    assert not (folder / "new").exists()


def test_tmp_is_private_writable_and_gone_afterwards(start):
    first = start("c/fs")
    second = start("c/fs")
    first_tmp, second_tmp = first.directories()["/tmp"], second.directories()["/tmp"]

    first.must(f"write {first_tmp} note mine")
    assert first.must(f"read {first_tmp} note") == "mine"
    assert second.ask(f"read {second_tmp} note") == "error NotFound"
    assert first.finish().code == 0
    third = start("c/fs")
    assert third.ask(f"read {third.directories()['/tmp']} note") == "error NotFound"


def test_what_the_guest_writes_belongs_to_the_user(start, user, place):
    run = start("c/fs", "--dir", f"{place}:/place")
    run.must(f"write {run.directories()['/place']} new text")

    assert (place / "new").stat().st_uid == place.stat().st_uid
