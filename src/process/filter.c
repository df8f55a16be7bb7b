#include "process/filter.h"

#include "base/own.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <sched.h>
#include <seccomp.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

/* Linux 5.19; older headers lack it. */
#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

/* The kernel reads these arguments as int: only the lower half counts, whatever the upper half
 * holds. */
#define LOW32(arg, mask, value) SCMP_CMP64(arg, SCMP_CMP_MASKED_EQ, (mask)&UINT32_MAX, value)

/* What Wasmtime, tokio, Rust's and C's libraries and src/wasi call, whatever the arguments.
 * Everything else does not exist (ENOSYS): io_uring, which no filter sees into; ptrace, pidfd_getfd
 * and process_vm_*, with pid 1 within sight; setns, unshare and mounts; bpf, perf, keys,
 * userfaultfd; a second filter, which could take over the notifications; and whatever a later
 * kernel brings. */
static const int allowed[] = {
	/* Memory. */
	SCMP_SYS(mmap),
	SCMP_SYS(munmap),
	SCMP_SYS(mprotect),
	SCMP_SYS(mremap),
	SCMP_SYS(madvise),
	SCMP_SYS(brk),
	SCMP_SYS(memfd_create),
	SCMP_SYS(membarrier),
	/* Threads, signals among them, and the end. */
	SCMP_SYS(futex),
	SCMP_SYS(set_tid_address),
	SCMP_SYS(set_robust_list),
	SCMP_SYS(rseq),
	SCMP_SYS(arch_prctl),
	SCMP_SYS(sched_yield),
	SCMP_SYS(sched_getaffinity),
	SCMP_SYS(getcpu),
	SCMP_SYS(getpid),
	SCMP_SYS(gettid),
	SCMP_SYS(tgkill),
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(sigaltstack),
	SCMP_SYS(restart_syscall),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
	/* What there is. */
	SCMP_SYS(prlimit64),
	SCMP_SYS(getrlimit),
	SCMP_SYS(getrusage),
	SCMP_SYS(uname),
	SCMP_SYS(sysinfo),
	SCMP_SYS(getuid),
	SCMP_SYS(geteuid),
	SCMP_SYS(getgid),
	SCMP_SYS(getegid),
	/* Time and chance. */
	SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_getres),
	SCMP_SYS(clock_nanosleep),
	SCMP_SYS(nanosleep),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(time),
	SCMP_SYS(getrandom),
	/* Descriptors. */
	SCMP_SYS(read),
	SCMP_SYS(write),
	SCMP_SYS(readv),
	SCMP_SYS(writev),
	SCMP_SYS(pread64),
	SCMP_SYS(pwrite64),
	SCMP_SYS(preadv),
	SCMP_SYS(pwritev),
	SCMP_SYS(preadv2),
	SCMP_SYS(pwritev2),
	SCMP_SYS(lseek),
	SCMP_SYS(close),
	SCMP_SYS(dup),
	SCMP_SYS(dup2),
	SCMP_SYS(dup3),
	SCMP_SYS(fcntl),
	SCMP_SYS(pipe2),
	SCMP_SYS(poll),
	SCMP_SYS(ppoll),
	SCMP_SYS(epoll_create1),
	SCMP_SYS(epoll_ctl),
	SCMP_SYS(epoll_wait),
	SCMP_SYS(epoll_pwait),
	SCMP_SYS(eventfd2),
	/* Files, all of them in the private root. */
	SCMP_SYS(open),
	SCMP_SYS(openat),
	SCMP_SYS(openat2),
	SCMP_SYS(fstat),
	SCMP_SYS(newfstatat),
	SCMP_SYS(statx),
	SCMP_SYS(fstatfs),
	SCMP_SYS(getdents64),
	SCMP_SYS(readlink),
	SCMP_SYS(readlinkat),
	SCMP_SYS(ftruncate),
	SCMP_SYS(fallocate),
	SCMP_SYS(fadvise64),
	SCMP_SYS(fsync),
	SCMP_SYS(fdatasync),
	SCMP_SYS(utimensat),
	SCMP_SYS(mkdirat),
	SCMP_SYS(unlinkat),
	SCMP_SYS(renameat),
	SCMP_SYS(renameat2),
	SCMP_SYS(linkat),
	SCMP_SYS(symlinkat),
	SCMP_SYS(faccessat),
	SCMP_SYS(faccessat2),
	SCMP_SYS(fchdir),
	SCMP_SYS(getcwd),
	/* Sockets that are open already; what opens and connects them is below. */
	SCMP_SYS(socketpair),
	SCMP_SYS(accept),
	SCMP_SYS(accept4),
	SCMP_SYS(getsockname),
	SCMP_SYS(getpeername),
	SCMP_SYS(getsockopt),
	SCMP_SYS(setsockopt),
	SCMP_SYS(shutdown),
	SCMP_SYS(recvfrom),
	SCMP_SYS(recvmsg),
	SCMP_SYS(recvmmsg),
};

/* What compiling a module calls, in threads (found by tracing, with modules good and bad). No file
 * can be opened, no socket, pipe or memory file made, and nothing asked of another process: what it
 * needs is open. That files cannot be found it is used to, as they never are in its empty root. */
static const int compiler_allowed[] = {
	/* Code and data in the making; Cranelift maps none of it executable. */
	SCMP_SYS(mmap),
	SCMP_SYS(munmap),
	SCMP_SYS(mprotect),
	SCMP_SYS(mremap),
	SCMP_SYS(madvise),
	SCMP_SYS(brk),
	/* The threads of rayon, one a CPU, and what libc does in each. */
	SCMP_SYS(futex),
	SCMP_SYS(set_tid_address),
	SCMP_SYS(set_robust_list),
	SCMP_SYS(rseq),
	SCMP_SYS(arch_prctl),
	SCMP_SYS(sched_yield),
	SCMP_SYS(sched_getaffinity),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
	/* Signals: libc blocks them around making a thread, Wasmtime catches its traps, abort()
	 * ends in one. */
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(sigaltstack),
	SCMP_SYS(restart_syscall),
	SCMP_SYS(getpid),
	SCMP_SYS(gettid),
	SCMP_SYS(tgkill),
	/* The seeds of hash tables; the clock where the vDSO has none. */
	SCMP_SYS(getrandom),
	SCMP_SYS(clock_gettime),
	/* The module comes in, the compiled one or words of failure go out. */
	SCMP_SYS(read),
	SCMP_SYS(write),
	SCMP_SYS(writev),
	SCMP_SYS(lseek),
	SCMP_SYS(close),
	SCMP_SYS(fstat),
	SCMP_SYS(statx),
};

/* The broker's; without notifications the kernel judges them, within the namespace. */
static const int judged[] = { SCMP_SYS(listen), SCMP_SYS(connect), SCMP_SYS(bind) };

static int add_calls(scmp_filter_ctx ctx, uint32_t action, const int *calls, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int r = seccomp_rule_add(ctx, action, calls[i], 0);

		if (r < 0 && r != -EDOM) /* EDOM: this architecture has no such call */
			return r;
	}
	return 0;
}

/* Threads, but no namespaces. clone3 passes its flags in memory, out of a filter's reach: without
 * it every libc falls back to clone. */
static int add_clone(scmp_filter_ctx ctx)
{
	const uint64_t namespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC |
				    CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;

	return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
				SCMP_CMP64(0, SCMP_CMP_MASKED_EQ, namespaces, 0));
}

/* Only UNIX, INET and INET6, only STREAM and DGRAM, only TCP and UDP. Raw, packet, netlink, vsock,
 * ping, MPTCP and SCTP sockets are ways past the broker or into wider kernel code. */
static int add_socket(scmp_filter_ctx ctx)
{
	static const uint8_t families[] = { AF_UNIX, AF_INET, AF_INET6 };
	static const uint8_t types[] = { SOCK_STREAM, SOCK_DGRAM };
	static const uint8_t protocols[] = { 0, IPPROTO_TCP, IPPROTO_UDP };
	const uint32_t type_mask = ~(uint32_t)(SOCK_NONBLOCK | SOCK_CLOEXEC);
	int r = 0;

	for (size_t f = 0; f < ARRAY_LEN(families); f++)
		for (size_t t = 0; t < ARRAY_LEN(types); t++)
			for (size_t p = 0; r == 0 && p < ARRAY_LEN(protocols); p++)
				r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(socket), 3,
						     LOW32(0, UINT32_MAX, families[f]),
						     LOW32(1, type_mask, types[t]),
						     LOW32(2, UINT32_MAX, protocols[p]));
	return r;
}

/* MSG_FASTOPEN would make a send connect. */
static int add_sends(scmp_filter_ctx ctx)
{
	int r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(sendto), 1,
				 LOW32(3, MSG_FASTOPEN, 0));

	if (r == 0)
		r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(sendmsg), 1,
				     LOW32(2, MSG_FASTOPEN, 0));
	if (r == 0)
		r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(sendmmsg), 1,
				     LOW32(3, MSG_FASTOPEN, 0));
	return r;
}

/* Of ioctl the harmless requests: others type into the user's terminal (TIOCSTI, TIOCLINUX), or
 * tell through a socket of the host's about its interfaces (SIOC...). Of prctl a thread's name. */
static int add_requests(scmp_filter_ctx ctx)
{
	static const uint32_t requests[] = { FIONREAD, FIONBIO, FIOCLEX, TCGETS, TIOCGWINSZ };
	int r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(prctl), 1,
				 LOW32(0, UINT32_MAX, PR_SET_NAME));

	for (size_t i = 0; r == 0 && i < ARRAY_LEN(requests); i++)
		r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1,
				     LOW32(1, UINT32_MAX, requests[i]));
	return r;
}

/* The engine is executed from one descriptor, which exec then closes. */
static int add_exec(scmp_filter_ctx ctx, int exec_fd)
{
	return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(execveat), 1,
				SCMP_A0_64(SCMP_CMP_EQ, (uint64_t)exec_fd));
}

/* Threads, and no process; its own limits to be read, and not set. */
static int add_compiler_requests(scmp_filter_ctx ctx)
{
	const uint64_t thread = CLONE_VM | CLONE_THREAD;
	int r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
				 SCMP_CMP64(0, SCMP_CMP_MASKED_EQ, thread, thread));

	return r < 0 ? r
		     : seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 2,
					SCMP_A0_64(SCMP_CMP_EQ, 0), SCMP_A2_64(SCMP_CMP_EQ, 0));
}

/* Checks on a call's arguments keep it out of the kernel's cache of always-allowed calls, so the
 * filter runs each time: put those that carry traffic first. */
static int order_calls(scmp_filter_ctx ctx)
{
	int r = seccomp_syscall_priority(ctx, SCMP_SYS(sendmsg), 255);

	return r < 0 ? r : seccomp_syscall_priority(ctx, SCMP_SYS(sendto), 254);
}

/* libseccomp 2.5 exports to a descriptor only. */
static int export_program(scmp_filter_ctx ctx, struct filter *f, struct err *e)
{
	AUTO_CLOSE int fd = memfd_create("filter", MFD_CLOEXEC);
	AUTO_FREE void *program = NULL;
	off_t len;
	int r;

	if (fd < 0)
		return err_set(e, errno, "making room for the seccomp filter");
	r = seccomp_export_bpf(ctx, fd);
	if (r < 0)
		return err_set(e, -r, "exporting the seccomp filter");
	len = lseek(fd, 0, SEEK_END);
	program = malloc((size_t)len);
	if (!program || pread(fd, program, (size_t)len, 0) != len)
		return err_set(e, EIO, "reading the seccomp filter back");
	f->prog.len = (unsigned short)((size_t)len / sizeof *f->prog.filter);
	f->prog.filter = TAKE_PTR(program);
	return 0;
}

/* What the engine may call. */
static int add_engine(scmp_filter_ctx ctx, uint32_t judged_action)
{
	int r = add_calls(ctx, SCMP_ACT_ALLOW, allowed, ARRAY_LEN(allowed));

	if (r == 0)
		r = add_calls(ctx, judged_action, judged, ARRAY_LEN(judged));
	if (r == 0)
		r = add_clone(ctx);
	if (r == 0)
		r = add_socket(ctx);
	if (r == 0)
		r = add_sends(ctx);
	if (r == 0)
		r = add_requests(ctx);
	if (r == 0)
		r = add_exec(ctx, FILTER_EXEC_FD);
	return r < 0 ? r : order_calls(ctx);
}

static int add_compiler(scmp_filter_ctx ctx, int exec_fd)
{
	int r = add_calls(ctx, SCMP_ACT_ALLOW, compiler_allowed, ARRAY_LEN(compiler_allowed));

	if (r == 0)
		r = add_compiler_requests(ctx);
	return r < 0 ? r : add_exec(ctx, exec_fd);
}

/* Makes the program of the rules that have been added with the result `r`, and releases them. */
static int finish(scmp_filter_ctx ctx, int r, struct filter *f, struct err *e)
{
	if (r < 0)
		r = err_set(e, -r, "adding a rule to the seccomp filter");
	else
		r = export_program(ctx, f, e);
	seccomp_release(ctx);
	return r;
}

int filter_build(struct filter *f, bool notify, struct err *e)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));

	*f = (struct filter){ .notify = notify };
	if (!ctx)
		return err_set(e, ENOMEM, "making the seccomp filter");
	return finish(ctx, add_engine(ctx, notify ? SCMP_ACT_NOTIFY : SCMP_ACT_ALLOW), f, e);
}

int filter_build_compiler(struct filter *f, int exec_fd, struct err *e)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));

	*f = (struct filter){ .notify = false };
	if (!ctx)
		return err_set(e, ENOMEM, "making the compiler's seccomp filter");
	return finish(ctx, add_compiler(ctx, exec_fd), f, e);
}

void filter_deinit(struct filter *f)
{
	free(f->prog.filter);
	*f = (struct filter){ .notify = false };
}

int filter_install(const struct filter *f)
{
	unsigned long flags = f->notify ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0;
	long r = -1;

	/* WAIT_KILLABLE_RECV keeps a signal from restarting a call that the broker is already
	 * doing. */
	if (f->notify)
		r = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
			    flags | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, &f->prog);
	if (r < 0)
		r = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &f->prog);
	return r < 0 ? neg_errno() : (int)r;
}

bool filter_can_notify(void)
{
	uint32_t action = SECCOMP_RET_USER_NOTIF;

	if (syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) < 0)
		return false;
	return !(syscall(SYS_pidfd_getfd, -1, -1, 0) < 0 && errno == ENOSYS);
}
