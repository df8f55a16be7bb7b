/* System calls that the cage does not know. Their arguments are such that a kernel that knows
 * the call refuses them as well, for another reason: nothing here does harm where it comes
 * through. */
#include "escaped.h"

#include "process/filter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/perf_event.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static const long NOWHERE = 8; /* no address: EFAULT */

/* call NAME */
static const struct {
	const char *name;
	long nr;
	long args[6];
} calls[] = {
	{ "io_uring_setup", SYS_io_uring_setup, { 1, NOWHERE } },
	{ "io_uring_enter", SYS_io_uring_enter, { -1, 1, 1, 0, 0, 0 } },
	{ "io_uring_register", SYS_io_uring_register, { -1, 0, 0, 0 } },
	{ "io_setup", SYS_io_setup, { 1, NOWHERE } },
	{ "bpf", SYS_bpf, { BPF_MAP_CREATE, NOWHERE, sizeof(union bpf_attr) } },
	{ "perf_event_open", SYS_perf_event_open, { NOWHERE, 0, -1, -1, 0 } },
	{ "userfaultfd", SYS_userfaultfd, { -1 } },
	{ "keyctl", SYS_keyctl, { 0, -3, 0 } },
	{ "add_key", SYS_add_key, { NOWHERE, NOWHERE, 0, 0, -3 } },
	{ "request_key", SYS_request_key, { NOWHERE, NOWHERE, 0, -3 } },
	{ "ptrace", SYS_ptrace, { PTRACE_PEEKDATA, 1, 0, NOWHERE } },
	{ "process_vm_readv", SYS_process_vm_readv, { 1, NOWHERE, 1, NOWHERE, 1, 0 } },
	{ "process_vm_writev", SYS_process_vm_writev, { 1, NOWHERE, 1, NOWHERE, 1, 0 } },
	{ "process_madvise", SYS_process_madvise, { -1, NOWHERE, 1, 0, 0 } },
	{ "kcmp", SYS_kcmp, { 1, 1, 0, 0, 0 } },
	{ "pidfd_open", SYS_pidfd_open, { 1, 0 } },
	{ "pidfd_getfd", SYS_pidfd_getfd, { -1, 0, 0 } },
	{ "pidfd_send_signal", SYS_pidfd_send_signal, { -1, 0, 0, 0 } },
	{ "kill", SYS_kill, { 1, 0 } },
	{ "tkill", SYS_tkill, { 1, 0 } },
	{ "rt_sigqueueinfo", SYS_rt_sigqueueinfo, { 1, 0, NOWHERE } },
	{ "rt_tgsigqueueinfo", SYS_rt_tgsigqueueinfo, { 1, 1, 0, NOWHERE } },
	{ "setns", SYS_setns, { -1, 0 } },
	{ "unshare", SYS_unshare, { CLONE_FILES } },
	{ "clone3", SYS_clone3, { NOWHERE, 64 } },
	{ "clone_newuser", SYS_clone, { CLONE_NEWUSER | CLONE_FS } },
	{ "execve", SYS_execve, { NOWHERE, 0, 0 } },
	{ "mount", SYS_mount, { NOWHERE, NOWHERE, NOWHERE, 0, 0 } },
	{ "umount2", SYS_umount2, { NOWHERE, 0 } },
	{ "pivot_root", SYS_pivot_root, { NOWHERE, NOWHERE } },
	{ "chroot", SYS_chroot, { NOWHERE } },
	{ "fsopen", SYS_fsopen, { NOWHERE, 0 } },
	{ "fsmount", SYS_fsmount, { -1, 0, 0 } },
	{ "open_tree", SYS_open_tree, { -1, NOWHERE, 0 } },
	{ "move_mount", SYS_move_mount, { -1, NOWHERE, -1, NOWHERE, 0 } },
	{ "mount_setattr", SYS_mount_setattr, { -1, NOWHERE, 0, NOWHERE, 0 } },
	{ "name_to_handle_at", SYS_name_to_handle_at, { -1, NOWHERE, NOWHERE, NOWHERE, 0 } },
	{ "open_by_handle_at", SYS_open_by_handle_at, { -1, NOWHERE, 0 } },
	{ "mknod", SYS_mknodat, { -1, NOWHERE, S_IFCHR, 0 } },
	{ "fanotify_init", SYS_fanotify_init, { -1, 0 } },
	{ "inotify_init", SYS_inotify_init1, { -1 } },
	{ "swapon", SYS_swapon, { NOWHERE, 0 } },
	{ "init_module", SYS_init_module, { NOWHERE, 0, NOWHERE } },
	{ "finit_module", SYS_finit_module, { -1, NOWHERE, 0 } },
	{ "kexec_load", SYS_kexec_load, { 0, 17, NOWHERE, -1 } },
	{ "reboot", SYS_reboot, { 0, 0, 0, 0 } },
	{ "sethostname", SYS_sethostname, { NOWHERE, 1 } },
	{ "settimeofday", SYS_settimeofday, { NOWHERE, 0 } },
	{ "adjtimex", SYS_adjtimex, { NOWHERE } },
	{ "syslog", SYS_syslog, { 3, 0, -1 } },
	{ "acct", SYS_acct, { NOWHERE } },
	{ "quotactl", SYS_quotactl, { -1, NOWHERE, 0, 0 } },
	{ "iopl", SYS_iopl, { 4 } },
	{ "ioperm", SYS_ioperm, { -1, -1, 1 } },
	{ "personality", SYS_personality, { 0xffffffff } },
	{ "modify_ldt", SYS_modify_ldt, { 0, NOWHERE, 1 } },
	{ "setuid", SYS_setuid, { -1 } },
	{ "setgroups", SYS_setgroups, { 1, NOWHERE } },
	{ "capset", SYS_capset, { NOWHERE, NOWHERE } },
	{ "shmget", SYS_shmget, { 0, 0, 0 } },
	{ "mq_open", SYS_mq_open, { NOWHERE, 0, 0, 0 } },
	{ "sched_setscheduler", SYS_sched_setscheduler, { -1, 0, 0 } },
	{ "setpriority", SYS_setpriority, { -1, 0, 0 } },
	{ "sched_setaffinity", SYS_sched_setaffinity, { -1, 0, 0 } },
	{ "ioctl_TIOCSTI", SYS_ioctl, { -1, TIOCSTI, NOWHERE } },
	{ "ioctl_TIOCLINUX", SYS_ioctl, { -1, TIOCLINUX, NOWHERE } },
	{ "ioctl_TIOCSCTTY", SYS_ioctl, { -1, TIOCSCTTY, 0 } },
	{ "prctl_SET_DUMPABLE", SYS_prctl, { PR_SET_DUMPABLE, 77 } },
	{ "prctl_SET_MM", SYS_prctl, { PR_SET_MM, 77 } },
	{ "prctl_SET_PTRACER", SYS_prctl, { PR_SET_PTRACER, 77777777 } },
	{ "seccomp",
	  SYS_seccomp,
	  { SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, NOWHERE } },
	{ "execveat_other", SYS_execveat, { 0, NOWHERE, 0, 0, AT_EMPTY_PATH } },
};

static int call(char **words)
{
	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
		const long *a = calls[i].args;

		if (strcmp(calls[i].name, words[1]) != 0)
			continue;
		/* Any answer of the kernel's own is "came through". */
		if (syscall(calls[i].nr, a[0], a[1], a[2], a[3], a[4], a[5]) < 0 && errno == ENOSYS)
			return -ENOSYS;
		return 0;
	}
	return -EBADRQC;
}

/* The 32-bit calls have other numbers: getpid is 20, which is writev here. */
static int call_32bit(char **words)
{
	long r;

	(void)words;
	__asm__ volatile("int $0x80" : "=a"(r) : "a"(20) : "memory", "r8", "r9", "r10", "r11");
	return r > 0 ? 0 : (int)r;
}

/* x32's calls have a bit set: getpid. */
static int call_x32(char **words)
{
	(void)words;
	return syscall(SYS_getpid | 0x40000000) > 0 ? 0 : -errno;
}

/* signal PID NUMBER */
static int send_signal(char **words)
{
	int pid = attempt_number(words[1]);

	return syscall(SYS_tgkill, pid, pid, attempt_number(words[2])) < 0 ? -errno : 0;
}

/* owner FD PID: has the kernel send SIGIO about a descriptor */
static int own_descriptor(char **words)
{
	return fcntl(attempt_fd(words[1]), F_SETOWN, attempt_number(words[2])) < 0 ? -errno : 0;
}

/* open PATH */
static int open_path(char **words)
{
	int fd = open(words[1], O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	(void)close(fd);
	return 0;
}

/* create PATH */
static int create_path(char **words)
{
	int fd = open(words[1], O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		return -errno;
	(void)close(fd);
	return 0;
}

/* up: how many levels `..` leads to a folder that has an etc */
static int open_up(char **words)
{
	int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC), above;

	(void)words;
	for (int i = 0; i < 16 && fd >= 0; i++) {
		above = openat(fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
		(void)close(fd);
		fd = above;
	}
	above = openat(fd, "etc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	(void)close(fd);
	if (above < 0)
		return -errno;
	(void)close(above);
	return 0;
}

/* descriptors: how many there are beyond stdio */
static int count_descriptors(char **words)
{
	int n = 0;

	(void)words;
	for (int fd = STDERR_FILENO + 1; fd < 4096; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

/* Without stdio, whose end nobody is to wait for. */
static void __attribute__((noreturn)) outlive(void)
{
	enum { LIFE_S = 60 };

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		(void)close(fd);
	(void)sleep(LIFE_S);
	_exit(0);
}

/* fork N: the children outlive this process if they can */
static int fork_many(char **words)
{
	int n = attempt_number(words[1]), made = 0;

	for (; made < n; made++) {
		pid_t pid = fork();

		if (pid < 0)
			return -errno;
		if (pid == 0)
			outlive();
	}
	return made;
}

/* run: another program, from memory, at the descriptor that exec is allowed for. It is this one
 * again. */
static int run_from_memory(char **words)
{
	static char *const argv[] = { "escaped", "again", NULL };
	static char *const env[] = { NULL };
	int from = open(words[1], O_RDONLY | O_CLOEXEC), to = memfd_create("other", MFD_CLOEXEC);
	char bytes[65536];
	ssize_t len;

	if (from < 0 || to < 0)
		return -errno;
	while ((len = read(from, bytes, sizeof bytes)) > 0)
		if (write(to, bytes, (size_t)len) != len)
			return -EIO;
	if (dup2(to, FILTER_EXEC_FD) < 0)
		return -errno;
	(void)fflush(stdout);
	(void)syscall(SYS_execveat, FILTER_EXEC_FD, "", argv, env, AT_EMPTY_PATH);
	return -errno;
}

const struct attempt call_attempts[] = {
	{ "call", call },
	{ "call-32bit", call_32bit },
	{ "call-x32", call_x32 },
	{ "signal", send_signal },
	{ "owner", own_descriptor },
	{ "open", open_path },
	{ "create", create_path },
	{ "up", open_up },
	{ "descriptors", count_descriptors },
	{ "fork", fork_many },
	{ "run", run_from_memory },
	{ 0 },
};
