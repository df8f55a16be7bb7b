"""A program for each socket dialect, built for it and run unmodified; and listeners that a guest finds open."""

import os
import re
import socket

import pytest

from harness import net

SELF_TESTED = ["dialects/wamr", "dialects/mixed", "edge/edge", "go/net"]


@pytest.mark.parametrize("program", SELF_TESTED)
def test_a_dialects_own_program_finds_all_well(start, program):
    result = start(program).finish()
    assert (result.code, result.out) == (0, "all is well\n"), result.out + result.err


def test_wasi_unstables_own_program_finds_all_well(start, user, folder):
    place = user.make_folder(folder / "place")
    user.write(place / "six", "123456")
    result = start("dialects/unstable", "--dir", f"{place}:/place:ro", args=["/place/six"]).finish()
    assert (result.code, result.out) == (0, "all is well\n"), result.out + result.err


def test_unix_sockets_lie_in_the_directories_that_were_granted(start, user, folder):
    writable, read_only = user.make_folder(folder / "rw"), user.make_folder(folder / "ro")
    words = ["--dir", f"{writable}:/rw", "--dir", f"{read_only}:/ro:ro"]
    result = start("dialects/unix", *words, args=["/rw", "/ro"]).finish()

    assert (result.code, result.out) == (0, "all is well\n"), result.out + result.err
    assert sorted(p.name for p in writable.iterdir()) == ["file", "from", "one", "to"]
    assert (writable / "one").is_socket()
    assert list(read_only.iterdir()) == []


# What a path of the guest's leads to, and how connecting and sending there end; 67 is EPROTOTYPE.
REACHED = [
    ("/rw/stream", 0, 67), ("/rw/datagram", 67, 0),
    ("/rw/link-to-stream", 32, 32), ("/rw/link-to-datagram", 32, 32), ("/rw/link-out", 32, 32),
    ("/rw/folder-out/stream", 63, 63), ("/rw/../out/stream", 63, 63), ("/out/stream", 44, 44),
    ("/ro/stream", 2, 2),
]


@pytest.mark.parametrize("path, connected, sent", REACHED, ids=[r[0] for r in REACHED])
def test_the_hosts_unix_sockets_are_reached_in_writable_directories_alone(start, user, folder, path, connected, sent):
    rw, ro, out = (user.make_folder(folder / n) for n in ("rw", "ro", "out"))
    held = []
    for place in rw, ro, out:
        for name, kind in ("stream", socket.SOCK_STREAM), ("datagram", socket.SOCK_DGRAM):
            held.append(socket.socket(socket.AF_UNIX, kind))
            held[-1].bind(str(place / name))
            (place / name).chmod(0o777)
    for s in held[::2]:
        s.listen()
    for name, target in (("link-to-stream", "stream"), ("link-to-datagram", "datagram"), ("link-out", "../out/stream"),
                         ("folder-out", "../out")):
        os.symlink(target, rw / name)
    result = start("dialects/unix", "--dir", f"{rw}:/rw", "--dir", f"{ro}:/ro:ro", args=["reach", path]).finish()
    for s in held:
        s.close()

    assert result.out == f"connect {connected}\nsend {sent}\n", result.err


@pytest.mark.parametrize("flags, listener, first_lines", [
    ("", 5, ["3: type 3, flags 0, prestat tag 0", "4: type 3, flags 0, prestat tag 0",
             "5: type 6, flags 0, prestat error 8"]),
    (",first", 3, ["3: type 6, flags 0, prestat tag 1", "4: type 3, flags 0, prestat tag 0",
                   "5: type 3, flags 0, prestat tag 0"]),
], ids=["behind the directories", "before the directories"])
def test_a_guest_finds_its_listener_open_and_published(start, user, folder, flags, listener, first_lines):
    place = user.make_folder(folder / "place")
    run = start("dialects/listener", f"--tcplisten=3000{flags}", "--dir", f"{place}:/place", ports=[3000],
                args=[str(listener)])
    assert run.out.wait_for(r"^accepting$"), run.err.text()

    assert run.out.text().splitlines()[:4] == ["LISTEN_FDS=1 LISTEN_FDNAMES=tcp-3000", *first_lines]
    with net.connect(run.port) as client:
        client.sendall(b"ping")
        assert client.recv(100) == b"ping"
    assert run.finish().code == 0


def test_a_listener_blocks_unless_said_otherwise(start):
    run = start("dialects/listener", "--tcplisten=3000,nonblock", "--tcplisten=[::1]:3001", args=["4"])
    result = run.finish()

    assert "LISTEN_FDS=2 LISTEN_FDNAMES=tcp-3000:tcp-3001" in result.out
    assert "4: type 6, flags 4," in result.out  # NONBLOCK
    assert "5: type 6, flags 0," in result.out
    assert "accept: error 6" in result.out  # AGAIN


def test_an_address_that_cannot_be_listened_on_is_told(start):
    result = start("dialects/listener", "--tcplisten=203.0.113.1:80").finish()
    assert result.code == 125
    assert re.search(r"listen on '203\.0\.113\.1:80': Cannot assign requested address", result.err), result.err


def test_a_component_is_not_given_listeners(start):
    result = start("p2/cat", "--tcplisten=3000").finish()
    assert result.code == 125
    assert "--tcplisten is for WASI 0.1 modules" in result.err


def test_a_function_of_another_type_is_told_with_the_types_that_there_are(start):
    start("dialects/wrong_type").refused(126, "'sock_open' of 'wasi_snapshot_preview1' as (i64, i32) -> i32",
                                         "wasmrun has it as (i32, i32, i32) -> i32 or (i32, i32, i32, i32) -> i32")


def test_a_function_that_no_dialect_has_is_told(start):
    start("dialects/wrong_name").refused(126, "'sock_teleport' of 'wasi_snapshot_preview1' as (i32) -> i32",
                                         "which wasmrun does not have")
