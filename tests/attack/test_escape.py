"""A guest that wants out of its directories, by the system interface itself. Each attempt has a twin that works."""

import collections
import ctypes
import os
import threading

import pytest

AT_FDCWD = -100
RENAME_EXCHANGE = 2
ROUNDS_MAX = 100  # of the race; a busy machine needs more than an idle one


@pytest.fixture
def tree(user, folder):
    """place/ is given to the guest, outside/ beside it is not."""
    place, outside = user.make_folder(folder / "place"), user.make_folder(folder / "outside")
    user.make_folder(place / "sub")
    user.write(place / "sub" / "file", "inside")
    user.write(outside / "secret", "outside")
    return folder


@pytest.fixture
def guest(start, tree):
    run = start("c/fs", "--dir", f"{tree}/place:/place")
    run.fd = run.directories()["/place"]
    return run


def link(user, path, target):
    path.symlink_to(target)
    if user.changes_id:
        os.lchown(path, *(os.stat(path.parent).st_uid,) * 2)


def untouched(tree):
    return [p.name for p in (tree / "outside").iterdir()] == ["secret"] and (
        (tree / "outside" / "secret").read_text() == "outside")


OUT = "../outside/secret"
IN = "sub/../sub/file"


@pytest.mark.parametrize("command, out, within", [
    ("read", OUT, IN),
    ("size", OUT, IN),
    ("write", f"{OUT} changed", f"{IN} changed"),
    ("unlink", OUT, IN),
    ("mkdir", "../outside/new", "sub/../sub/new"),
    ("opendir", "../outside", "sub/../sub"),
    ("opendir", "..", "."),
    ("rename", f"sub/file {OUT}", "sub/file sub/moved"),
    ("rename", f"{OUT} sub/taken", "sub/file sub/moved"),
    ("link", f"{OUT} sub/linked", "sub/file sub/linked"),
    ("link", "sub/file ../outside/linked", "sub/file sub/linked"),
    ("symlink", "../outside/link target", "sub/link target"),
    ("rmdir", "../outside", "sub/../sub/../sub/empty"),
])
def test_dots_do_not_lead_out(guest, user, tree, command, out, within):
    user.make_folder(tree / "place" / "sub" / "empty")

    assert guest.ask(f"{command} {guest.fd} {out}").startswith("error ")
    assert untouched(tree)
    guest.must(f"{command} {guest.fd} {within}")


@pytest.mark.parametrize("path", ["/etc/passwd", "/", "/module", "/place/sub/file", "//etc/passwd", "/proc/self/exe"])
def test_an_absolute_path_is_refused(guest, path):
    assert guest.ask(f"read {guest.fd} {path}").startswith("error ")
    assert guest.ask(f"opendir {guest.fd} {path}").startswith("error ")
    assert guest.must(f"read {guest.fd} sub/file") == "inside"


@pytest.mark.parametrize("target", ["../outside/secret", "/etc/passwd", "sub/../../outside/secret", "/proc/self/root",
                                    "/proc/self/fd/0"])
def test_a_symlink_does_not_lead_out(guest, user, tree, target):
    link(user, tree / "place" / "out", target)
    link(user, tree / "place" / "in", "sub/file")

    assert guest.ask(f"read {guest.fd} out").startswith("error ")
    assert guest.ask(f"write {guest.fd} out changed").startswith("error ")
    assert guest.ask(f"size {guest.fd} out").startswith("error ")
    assert untouched(tree)
    assert guest.must(f"read {guest.fd} in") == "inside"


def test_a_symlink_on_the_way_does_not_lead_out(guest, user, tree):
    link(user, tree / "place" / "way-out", "../outside")
    link(user, tree / "place" / "way-in", "sub")

    for attempt in ("read {} way-out/secret", "opendir {} way-out", "unlink {} way-out/secret",
                    "mkdir {} way-out/new", "rename {} way-out/secret sub/taken", "write {} way-out/new text"):
        assert guest.ask(attempt.format(guest.fd)).startswith("error "), attempt
    assert untouched(tree)
    assert guest.must(f"read {guest.fd} way-in/file") == "inside"


@pytest.mark.parametrize("target", ["../outside/secret", "/etc/passwd"])
def test_a_symlink_of_the_guests_own_does_not_lead_out(guest, target):
    guest.ask(f"symlink {guest.fd} mine {target}")
    assert guest.ask(f"read {guest.fd} mine").startswith("error ")

    guest.must(f"symlink {guest.fd} fine sub/file")
    assert guest.must(f"read {guest.fd} fine") == "inside"


def test_a_directory_that_the_host_moves_away_is_no_way_out(guest, tree):
    sub = guest.must(f"opendir {guest.fd} sub")
    assert guest.must(f"read {sub} file") == "inside"
    (tree / "place" / "sub").rename(tree / "outside" / "sub")

    assert guest.ask(f"read {sub} ../secret").startswith("error ")
    assert guest.must(f"read {sub} file") == "inside"


def test_other_descriptors_are_no_directories(guest):
    for fd in [0, 1, 2, *range(guest.fd + 2, 64), 1 << 20, 0x7FFFFFFF]:
        assert guest.ask(f"read {fd} etc/passwd").startswith("error "), fd


def exchange(a, b):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.renameat2(AT_FDCWD, os.fsencode(a), AT_FDCWD, os.fsencode(b), RENAME_EXCHANGE):
        raise OSError(ctypes.get_errno(), "renameat2")


@pytest.mark.parametrize("last", [True, False], ids=["last part", "on the way"])
def test_a_symlink_swapped_in_at_any_moment_does_not_lead_out(guest, user, tree, last):
    """The host swaps a file of the guest's with a symlink to outside, while the guest reads it over and over."""
    place = tree / "place"
    changing, other = place / "changing", tree / "other"
    if last:
        user.write(changing, "inside")
        link(user, other, "../outside/secret")
    else:
        user.make_folder(changing)
        user.write(changing / "secret", "inside")
        link(user, other, "../outside")
    stop = threading.Event()
    swaps = 0

    def swap():
        nonlocal swaps
        while not stop.is_set():
            exchange(changing, other)
            swaps += 1

    swapper = threading.Thread(target=swap)
    swapper.start()
    path = "changing" if last else "changing/secret"
    counts = collections.Counter()
    try:
        for _ in range(ROUNDS_MAX):
            answer = guest.must(f"race {guest.fd} {path} 5000")
            counts.update({letter: int(n) for letter, _, n in (w.partition(":") for w in answer.split())})
            if min(counts["i"], counts["-"]) > 1000 and swaps > 1000:
                break
    finally:
        stop.set()
        swapper.join()

    assert counts["o"] == 0, counts  # of "outside"
    assert counts["i"] > 0, "never read the file in its place"
    assert counts["-"] > 0 and swaps > 100, "never met the symlink"
