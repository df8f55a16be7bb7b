"""System calls from the engine's place: what the cage does not know does not exist. The twin without a cage shows
that the kernel has the call, and would have looked at it."""

import os
import signal

import pytest

from harness.leftovers import descendants, processes_of
from harness.users import OWN_NAMESPACES

CALLS = """
io_uring_setup io_uring_enter io_uring_register io_setup bpf perf_event_open userfaultfd keyctl add_key request_key
ptrace process_vm_readv process_vm_writev process_madvise kcmp pidfd_open pidfd_getfd pidfd_send_signal kill tkill
rt_sigqueueinfo rt_tgsigqueueinfo setns unshare clone3 clone_newuser execve execveat_other mount umount2 pivot_root
chroot fsopen fsmount open_tree move_mount mount_setattr name_to_handle_at open_by_handle_at mknod fanotify_init
inotify_init swapon init_module finit_module kexec_load reboot sethostname settimeofday adjtimex syslog acct quotactl
iopl ioperm personality modify_ldt setuid setgroups capset shmget mq_open sched_setscheduler setpriority
sched_setaffinity ioctl_TIOCSTI ioctl_TIOCLINUX ioctl_TIOCSCTTY prctl_SET_DUMPABLE prctl_SET_MM prctl_SET_PTRACER
seccomp
""".split()

AF_INET, AF_AX25, AF_INET6, AF_KEY, AF_NETLINK, AF_PACKET, AF_TIPC, AF_BLUETOOTH, AF_ALG, AF_VSOCK, AF_KCM, AF_XDP = (
    2, 3, 10, 15, 16, 17, 30, 31, 38, 40, 41, 44)
STREAM, DGRAM, RAW, SEQPACKET = 1, 2, 3, 5

SOCKETS = {
    "raw": (AF_INET, RAW, 1),
    "raw IPv6": (AF_INET6, RAW, 58),
    "ping": (AF_INET, DGRAM, 1),
    "packet": (AF_PACKET, RAW, 0x0300),
    "netlink route": (AF_NETLINK, RAW, 0),
    "netlink audit": (AF_NETLINK, RAW, 9),
    "netlink netfilter": (AF_NETLINK, RAW, 12),
    "vsock": (AF_VSOCK, STREAM, 0),
    "crypto": (AF_ALG, SEQPACKET, 0),
    "MPTCP": (AF_INET, STREAM, 262),
    "SCTP": (AF_INET, STREAM, 132),
    "UDP-Lite": (AF_INET, DGRAM, 136),
    "XDP": (AF_XDP, RAW, 0),
    "key": (AF_KEY, RAW, 2),
    "KCM": (AF_KCM, DGRAM, 0),
    "TIPC": (AF_TIPC, STREAM, 0),
    "Bluetooth": (AF_BLUETOOTH, RAW, 1),
}


GIVEN = "ok 4"  # descriptors beyond stdio: specification, status, lookups, signals


@pytest.mark.parametrize("call", CALLS)
def test_a_call_that_the_engine_does_not_need_does_not_exist(escaped, bare, call):
    outside = bare().ask(f"call {call}")

    assert escaped().ask(f"call {call}") == "error ENOSYS"
    if outside == "error ENOSYS":
        pytest.skip(f"this kernel has no {call}")
    assert outside == "ok 0"


@pytest.mark.parametrize("kind", SOCKETS)
def test_a_socket_of_another_kind_cannot_be_opened(escaped, bare, kind):
    command = "socket {} {} {}".format(*SOCKETS[kind])
    outside = bare(OWN_NAMESPACES).ask(command)

    # Where the kernel has been built without that family, it says so in other words.
    assert outside in ("ok 0", "error EAFNOSUPPORT", "error EPROTONOSUPPORT", "error EACCES")
    assert escaped().ask(command) == "error ENOSYS"


@pytest.mark.parametrize("kind", [(AF_INET, STREAM, 0), (AF_INET6, STREAM, 6), (AF_INET, DGRAM, 17), (1, STREAM, 0)])
def test_the_sockets_that_guests_need_can_be_opened(escaped, kind):
    """The twin of the one above: the cage does not refuse every socket."""
    assert escaped().ask("socket {} {} {}".format(*kind)) == "ok 0"


def test_the_calls_of_32_bits_end_the_engine(escaped, bare):
    outside = bare()
    outside.process.stdin.write(b"call-32bit\n")
    outside.process.stdin.flush()
    if not outside.out.wait_for(r"^ok ", limit_s=5):
        pytest.skip("this kernel has no 32-bit calls")
    inside = escaped()
    assert inside.finish(b"call-32bit\nup\n").code == 128 + 31  # SIGSYS


def test_the_calls_of_x32_do_nothing(escaped, bare):
    outside = bare().ask("call-x32")
    inside = escaped()
    inside.process.stdin.write(b"call-x32\n")
    inside.process.stdin.flush()

    assert inside.out.wait_for(r"^error ENOSYS$", limit_s=5) or inside.finish().code == 128 + 31
    if outside == "error ENOSYS":
        pytest.skip("this kernel has no calls of x32")
    assert outside == "ok 0"


def test_another_program_is_in_the_same_cage(escaped, bare, escaped_program):
    """exec is allowed from one descriptor, and what is executed gains nothing."""
    (outside := bare()).process.stdin.write(f"run {escaped_program}\ncall io_uring_enter\n".encode())
    outside.process.stdin.flush()
    assert outside.out.wait_for("^ok 0$", limit_s=5)

    inside = escaped("--dir", f"{escaped_program.parent}:/bin:ro")
    inside.process.stdin.write(b"run /dir/0/escaped\n")
    assert inside.ask("descriptors") == "ok 5", "it runs, and holds the descriptor that it was executed from"
    assert inside.ask("call io_uring_enter") == "error ENOSYS"


@pytest.mark.parametrize("path", ["/etc/passwd", "/proc/self/status", "/proc/1/mem", "/dev/null", "/sys/kernel", "/bin/sh"])
def test_no_file_of_the_host_is_there(escaped, bare, path):
    # Some may be opened by root only: then nothing is shown, and nothing lost.
    if bare().ask(f"open {path}") not in ("ok 0", "error EACCES", "error EPERM"):
        pytest.skip(f"there is no {path} on this machine")
    assert escaped().ask(f"open {path}") == "error ENOENT"


def test_the_root_has_nothing_above_it(escaped, bare):
    assert bare().ask("up") == "ok 0"
    assert escaped().ask("up") == "error ENOENT"


@pytest.mark.parametrize("path", ["/module", "/new", "/dir/new"])
def test_the_cage_cannot_be_written(escaped, bare, path, folder):
    assert bare().ask(f"create {folder}/new") == "ok 0"
    inside = escaped()
    assert inside.ask(f"create {path}") in ("error EROFS", "error EACCES")


def test_nothing_is_open_but_what_the_engine_was_given(escaped):
    """The specification, the status pipe, the lookups, and the signals."""
    assert escaped().ask("descriptors") == GIVEN


def test_no_signal_leaves(escaped, bare, user):
    """Neither to pid 1, whose end would be everybody's, nor to the numbers that processes have outside."""
    run = escaped()
    victim = bare()
    assert victim.ask("up") == "ok 0"

    assert bare().ask(f"signal {victim.pid} 0") == "ok 0"
    assert run.ask(f"signal {victim.pid} 9") == "error ESRCH"
    assert run.ask(f"signal {run.pid} 9") == "error ESRCH"
    run.ask("signal 1 9")
    assert run.ask("descriptors") == GIVEN
    assert victim.ask("up") == "ok 0"
    assert bare().ask(f"owner 0 {victim.pid}") == "ok 0"
    assert run.ask(f"owner 0 {victim.pid}") == "error ESRCH"


def test_forks_end_with_the_guest(escaped, bare, escaped_program):
    run = escaped()
    assert run.must("fork 50") == "50"
    assert len(processes_of([escaped_program])) == 51
    assert run.finish().code == 0  # and the fixture looks for what is left

    outside = bare()
    assert outside.must("fork 2") == "2"
    children = descendants(outside.pid)
    outside.finish()
    assert set(processes_of([escaped_program])) == set(children)
    for pid in children:
        os.kill(pid, signal.SIGKILL)
