#include "process/filter.h"

#include "base/own.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>

/* Linux 5.19; older headers lack it. */
#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

/* The kernel reads these arguments as int: only the lower half counts, whatever the upper half
 * holds. */
#define LOW32(arg, mask, value) SCMP_CMP64(arg, SCMP_CMP_MASKED_EQ, (mask)&UINT32_MAX, value)

/* Calls that no guest needs, and that reach past a namespace, a filter or another process. */
static const int refused[] = {
	/* io_uring runs system calls that no filter sees. */
	SCMP_SYS(io_uring_setup),
	SCMP_SYS(io_uring_enter),
	SCMP_SYS(io_uring_register),
	/* Other processes: pid 1 is within sight. */
	SCMP_SYS(ptrace),
	SCMP_SYS(process_vm_readv),
	SCMP_SYS(process_vm_writev),
	SCMP_SYS(pidfd_getfd),
	SCMP_SYS(kcmp),
	SCMP_SYS(process_madvise),
	/* Namespaces and mounts. */
	SCMP_SYS(setns),
	SCMP_SYS(unshare),
	SCMP_SYS(mount),
	SCMP_SYS(umount2),
	SCMP_SYS(pivot_root),
	SCMP_SYS(chroot),
	SCMP_SYS(open_tree),
	SCMP_SYS(move_mount),
	SCMP_SYS(fsopen),
	SCMP_SYS(fsconfig),
	SCMP_SYS(fsmount),
	SCMP_SYS(fspick),
	SCMP_SYS(mount_setattr),
	SCMP_SYS(open_by_handle_at),
	SCMP_SYS(name_to_handle_at),
	/* Wide kernel interfaces that are not about files or sockets. */
	SCMP_SYS(bpf),
	SCMP_SYS(perf_event_open),
	SCMP_SYS(userfaultfd),
	SCMP_SYS(keyctl),
	SCMP_SYS(add_key),
	SCMP_SYS(request_key),
	SCMP_SYS(kexec_load),
	SCMP_SYS(kexec_file_load),
	SCMP_SYS(init_module),
	SCMP_SYS(finit_module),
	SCMP_SYS(delete_module),
	SCMP_SYS(swapon),
	SCMP_SYS(swapoff),
	SCMP_SYS(reboot),
	SCMP_SYS(acct),
	SCMP_SYS(quotactl),
	SCMP_SYS(syslog),
	SCMP_SYS(fanotify_init),
	SCMP_SYS(lookup_dcookie),
	SCMP_SYS(personality),
	SCMP_SYS(iopl),
	SCMP_SYS(ioperm),
	SCMP_SYS(modify_ldt),
	SCMP_SYS(vhangup),
	/* A second filter could take over notifications; a second program has no business here. */
	SCMP_SYS(seccomp),
	SCMP_SYS(execve),
};

static const int notified[] = { SCMP_SYS(listen), SCMP_SYS(connect), SCMP_SYS(bind) };

static int add_refused(scmp_filter_ctx ctx)
{
	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		int r = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), refused[i], 0);

		if (r < 0 && r != -EDOM) /* EDOM: this architecture has no such call */
			return r;
	}
	return 0;
}

/* Namespaces can also be asked for in clone's flags. clone3 passes them in memory, out of a
 * filter's reach: ENOSYS makes every libc fall back to clone. */
static int add_clone(scmp_filter_ctx ctx)
{
	static const uint64_t flags[] = { 0x02000000, 0x04000000, 0x08000000, 0x10000000,
					  0x20000000, 0x40000000, 0x00020000, 0x00000080 };
	int r = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);

	for (size_t i = 0; r == 0 && i < ARRAY_LEN(flags); i++)
		r = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1,
				     SCMP_CMP64(0, SCMP_CMP_MASKED_EQ, flags[i], flags[i]));
	return r;
}

/* Refuses the call if any bit outside `ones` is set in the argument's lower half. */
static int refuse_bits(scmp_filter_ctx ctx, int nr, unsigned arg, uint32_t allowed, int error)
{
	for (int bit = 0; bit < 32; bit++) {
		uint64_t mask = UINT64_C(1) << bit;
		int r;

		if (allowed & mask)
			continue;
		r = seccomp_rule_add(ctx, SCMP_ACT_ERRNO((uint32_t)error), nr, 1,
				     LOW32(arg, mask, mask));
		if (r < 0)
			return r;
	}
	return 0;
}

/* Only UNIX, INET and INET6 (1, 2 and 10), only STREAM and DGRAM (1 and 2 of the lowest four bits),
 * only TCP and UDP (0, 6 and 17). Raw, packet, netlink, vsock, ping, MPTCP and SCTP sockets are
 * ways past the broker or into wider kernel code. */
static int add_socket(scmp_filter_ctx ctx)
{
	static const uint8_t bad_families[] = { 0, 3, 8, 9, 11 };
	static const uint8_t bad_types[] = { 0, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };
	static const uint8_t bad_protocols[] = { 1, 2, 3, 4, 5, 7, 16, 18, 19, 20, 21, 22, 23 };
	int nr = SCMP_SYS(socket);
	int r = refuse_bits(ctx, nr, 0, 0x0b, EAFNOSUPPORT);

	for (size_t i = 0; r == 0 && i < ARRAY_LEN(bad_families); i++)
		r = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EAFNOSUPPORT), nr, 1,
				     LOW32(0, UINT32_MAX, bad_families[i]));
	for (size_t i = 0; r == 0 && i < ARRAY_LEN(bad_types); i++)
		r = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), nr, 1,
				     LOW32(1, 0x0f, bad_types[i]));
	if (r == 0)
		r = refuse_bits(ctx, nr, 2, 0x17, EPROTONOSUPPORT);
	for (size_t i = 0; r == 0 && i < ARRAY_LEN(bad_protocols); i++)
		r = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPROTONOSUPPORT), nr, 1,
				     LOW32(2, UINT32_MAX, bad_protocols[i]));
	return r;
}

/* MSG_FASTOPEN makes a send connect; TIOCSTI types into the user's terminal, TIOCLINUX pastes
 * there; and with the requests of type 0x89 (SIOC...) a socket of the host's would tell about the
 * host's interfaces. */
static int add_flags(scmp_filter_ctx ctx)
{
	static const uint32_t ioctls[] = { 0x5412 /* TIOCSTI */, 0x541c /* TIOCLINUX */,
					   0x5423 /* TIOCSETD */ };
	const uint64_t fastopen = MSG_FASTOPEN;
	uint32_t error = SCMP_ACT_ERRNO(EOPNOTSUPP);
	int r = seccomp_rule_add(ctx, error, SCMP_SYS(sendto), 1, LOW32(3, fastopen, fastopen));

	if (r == 0)
		r = seccomp_rule_add(ctx, error, SCMP_SYS(sendmsg), 1,
				     LOW32(2, fastopen, fastopen));
	if (r == 0)
		r = seccomp_rule_add(ctx, error, SCMP_SYS(sendmmsg), 1,
				     LOW32(3, fastopen, fastopen));
	for (size_t i = 0; r == 0 && i < ARRAY_LEN(ioctls); i++)
		r = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(ioctl), 1,
				     LOW32(1, UINT32_MAX, ioctls[i]));
	if (r == 0)
		r = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(ioctl), 1,
				     LOW32(1, 0xff00, 0x8900));
	return r;
}

/* The engine is executed from one descriptor, which exec then closes; from any other it is refused.
 */
static int add_exec(scmp_filter_ctx ctx)
{
	int r = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(execveat), 1,
				 SCMP_A0_64(SCMP_CMP_LT, FILTER_EXEC_FD));

	if (r == 0)
		r = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(execveat), 1,
				     SCMP_A0_64(SCMP_CMP_GT, FILTER_EXEC_FD));
	return r;
}

/* Checks on a call's arguments keep it out of the kernel's cache of always-allowed calls, so the
 * filter runs each time: put those that carry traffic first. */
static int order_calls(scmp_filter_ctx ctx)
{
	int r = seccomp_syscall_priority(ctx, SCMP_SYS(sendmsg), 255);

	return r < 0 ? r : seccomp_syscall_priority(ctx, SCMP_SYS(sendto), 254);
}

static int add_notified(scmp_filter_ctx ctx)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_LEN(notified); i++)
		r = seccomp_rule_add(ctx, SCMP_ACT_NOTIFY, notified[i], 0);
	return r;
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

int filter_build(struct filter *f, bool notify, struct err *e)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
	int r;

	*f = (struct filter){ .notify = notify };
	if (!ctx)
		return err_set(e, ENOMEM, "making the seccomp filter");
	r = add_refused(ctx);
	if (r == 0)
		r = add_clone(ctx);
	if (r == 0)
		r = add_socket(ctx);
	if (r == 0)
		r = add_flags(ctx);
	if (r == 0)
		r = add_exec(ctx);
	if (r == 0 && notify)
		r = add_notified(ctx);
	if (r == 0)
		r = order_calls(ctx);
	if (r < 0)
		r = err_set(e, -r, "adding a rule to the seccomp filter");
	else
		r = export_program(ctx, f, e);
	seccomp_release(ctx);
	return r;
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
