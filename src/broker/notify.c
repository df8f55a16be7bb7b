#include "broker/notify.h"

#include "base/alloc.h"
#include "base/err.h"
#include "base/own.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>

/* Linux 6.6; older headers lack it. */
#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, __u64)
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP (1UL << 0)
#endif
/* Linux 5.14 */
#ifndef SECCOMP_ADDFD_FLAG_SEND
#define SECCOMP_ADDFD_FLAG_SEND (1UL << 1)
#endif

int notify_open(struct notify *n, int listener_fd, int engine_pidfd)
{
	struct seccomp_notif_sizes sizes;

	*n = (struct notify){ .fd = listener_fd, .engine_pidfd = engine_pidfd };
	if (syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes) < 0)
		return neg_errno();
	n->request_size = sizes.seccomp_notif;
	if (n->request_size < sizeof(struct seccomp_notif))
		n->request_size = sizeof(struct seccomp_notif);
	/* Caller and supervisor take turns: waking the other on this CPU spares waking another CPU.
	 * Without it the turns only take longer. */
	(void)ioctl(n->fd, SECCOMP_IOCTL_NOTIF_SET_FLAGS, SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP);
	return 0;
}

void notify_close(struct notify *n)
{
	n->fd = fd_close(n->fd);
	n->engine_pidfd = fd_close(n->engine_pidfd);
}

int notify_recv(struct notify *n, struct notify_call *ret)
{
	AUTO_FREE struct seccomp_notif *req = xalloc(n->request_size);

	if (ioctl(n->fd, SECCOMP_IOCTL_NOTIF_RECV, req) < 0)
		return neg_errno();
	*ret = (struct notify_call){ .id = req->id, .tid = (pid_t)req->pid, .nr = req->data.nr };
	memcpy(ret->args, req->data.args, sizeof ret->args);
	return 0;
}

bool notify_is_pending(struct notify *n, uint64_t id)
{
	return ioctl(n->fd, SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0;
}

int notify_get_fd(struct notify *n, const struct notify_call *call, int engine_fd, int *ret_fd)
{
	int fd = (int)syscall(SYS_pidfd_getfd, n->engine_pidfd, engine_fd, 0);

	if (fd < 0)
		return neg_errno();
	*ret_fd = fd;
	return 0;
}

int notify_read(struct notify *n, const struct notify_call *call, uint64_t ptr, void *ret,
		size_t len)
{
	struct iovec local = { .iov_base = ret, .iov_len = len };
	struct iovec remote = { .iov_base = (void *)(uintptr_t)ptr, .iov_len = len };
	ssize_t n_read = process_vm_readv(call->tid, &local, 1, &remote, 1, 0);

	if (n_read < 0 && errno != EFAULT)
		return neg_errno();
	if (n_read != (ssize_t)len)
		return -EFAULT;
	/* Only now is it sure that the thread id was not another process's. */
	return notify_is_pending(n, call->id) ? 0 : -ENOENT;
}

static int add_fd(struct notify *n, uint64_t id, int src_fd, int engine_fd, uint32_t flags)
{
	struct seccomp_notif_addfd add = {
		.id = id,
		.flags = SECCOMP_ADDFD_FLAG_SETFD | flags,
		.srcfd = (uint32_t)src_fd,
		.newfd = (uint32_t)engine_fd,
		.newfd_flags = O_CLOEXEC,
	};

	return ioctl(n->fd, SECCOMP_IOCTL_NOTIF_ADDFD, &add) < 0 ? neg_errno() : 0;
}

int notify_swap(struct notify *n, uint64_t id, int src_fd, int engine_fd)
{
	return add_fd(n, id, src_fd, engine_fd, 0);
}

int notify_swap_and_reply(struct notify *n, uint64_t id, int src_fd, int engine_fd)
{
	sigset_t all, before;
	int r;

	/* A signal that came while the caller installs the descriptor would take that back, but not
	 * the answer (seccomp_notify_addfd() in kernel/seccomp.c). */
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	r = add_fd(n, id, src_fd, engine_fd, SECCOMP_ADDFD_FLAG_SEND);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return r;
}

void notify_reply(struct notify *n, uint64_t id, int result)
{
	struct seccomp_notif_resp resp = { .id = id };

	if (result < 0)
		resp.error = result;
	else
		resp.val = result;
	(void)ioctl(n->fd, SECCOMP_IOCTL_NOTIF_SEND, &resp); /* ENOENT: the caller is gone */
}

void notify_continue(struct notify *n, uint64_t id)
{
	struct seccomp_notif_resp resp = { .id = id, .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE };

	(void)ioctl(n->fd, SECCOMP_IOCTL_NOTIF_SEND, &resp);
}
