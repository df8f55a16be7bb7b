/* Sending and receiving.
 *
 * A broken connection is EPIPE and never a signal, so MSG_NOSIGNAL is always in force. The host's
 * calls do not know MSG_DONTWAIT; as a guest is one thread, making the socket non-blocking for
 * the length of a call is the same thing.
 */
#include "address.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <wasi/api.h>

/* What may be left undone: hints, and what is so anyway. */
enum { SEND_HINTS = MSG_NOSIGNAL | MSG_MORE | MSG_CONFIRM | MSG_EOR };

/* `ret` has the flags to restore afterwards, or -1 if nothing was changed. */
static int begin_call(int fd, int flags, int allowed, int *ret_restore)
{
	int before;

	*ret_restore = -1;
	if (flags & ~(allowed | MSG_DONTWAIT)) {
		errno = EOPNOTSUPP;
		return -1;
	}
	if (!(flags & MSG_DONTWAIT))
		return 0;
	before = fcntl(fd, F_GETFL);
	if (before < 0)
		return -1;
	if (before & O_NONBLOCK)
		return 0;
	*ret_restore = before;
	return fcntl(fd, F_SETFL, before | O_NONBLOCK);
}

static ssize_t end_call(int fd, int restore, int error, size_t n)
{
	if (restore >= 0)
		(void)fcntl(fd, F_SETFL, restore); /* it was possible the other way */
	return host_result(error) < 0 ? -1 : (ssize_t)n;
}

static ssize_t send_iovs(int fd, const struct iovec *iovs, int n_iovs, int flags,
			 const struct sockaddr *to, socklen_t to_len)
{
	struct record record;
	struct host_buf buf = { &record, sizeof record };
	uint32_t port;
	size_t n = 0;
	int restore;
	int error;

	if (to && record_from_sockaddr(to, to_len, &record, &port) < 0)
		return -1;
	if (begin_call(fd, flags, SEND_HINTS, &restore) < 0)
		return -1;
	if (to)
		error = host_send_to(fd, iovs, (uint32_t)n_iovs, &buf, port, 0, &n);
	else
		error = __wasi_sock_send(fd, (const __wasi_ciovec_t *)iovs, (size_t)n_iovs, 0, &n);
	return end_call(fd, restore, error, n);
}

ssize_t send(int fd, const void *buf, size_t len, int flags)
{
	struct iovec iov = { (void *)buf, len };

	return send_iovs(fd, &iov, 1, flags, NULL, 0);
}

ssize_t sendto(int fd, const void *buf, size_t len, int flags, const struct sockaddr *to,
	       socklen_t to_len)
{
	struct iovec iov = { (void *)buf, len };

	return send_iovs(fd, &iov, 1, flags, to, to_len);
}

static int check_message(const struct msghdr *m)
{
	if (m->msg_iovlen >= 0 && m->msg_iovlen <= IOV_MAX)
		return 0;
	errno = EMSGSIZE;
	return -1;
}

ssize_t sendmsg(int fd, const struct msghdr *m, int flags)
{
	bool named = m->msg_name && m->msg_namelen;

	if (check_message(m) < 0)
		return -1;
	if (m->msg_control && m->msg_controllen) {
		errno = EOPNOTSUPP;
		return -1;
	}
	return send_iovs(fd, m->msg_iov, m->msg_iovlen, flags, named ? m->msg_name : NULL,
			 m->msg_namelen);
}

static ssize_t recv_iovs(int fd, const struct iovec *iovs, int n_iovs, int flags,
			 struct sockaddr *from, socklen_t *from_len, bool *ret_truncated)
{
	int host_flags = flags & (MSG_PEEK | MSG_WAITALL);
	struct record record = { 0 };
	struct host_buf buf = { &record, sizeof record };
	uint32_t port = 0;
	uint16_t got_flags = 0;
	size_t n = 0;
	int restore;
	int error;

	if (begin_call(fd, flags, MSG_PEEK | MSG_WAITALL | MSG_NOSIGNAL, &restore) < 0)
		return -1;
	if (from)
		error = host_recv_from(fd, iovs, (uint32_t)n_iovs, &buf, host_flags, &port, &n,
				       &got_flags);
	else
		error = __wasi_sock_recv(fd, (const __wasi_iovec_t *)iovs, (size_t)n_iovs,
					 (__wasi_riflags_t)host_flags, &n, &got_flags);
	if (!error && from)
		record_to_sockaddr(&record, port, from, from_len);
	*ret_truncated = got_flags & __WASI_ROFLAGS_RECV_DATA_TRUNCATED;
	return end_call(fd, restore, error, n);
}

ssize_t recv(int fd, void *buf, size_t len, int flags)
{
	struct iovec iov = { buf, len };
	bool truncated;

	return recv_iovs(fd, &iov, 1, flags, NULL, NULL, &truncated);
}

ssize_t recvfrom(int fd, void *restrict buf, size_t len, int flags, struct sockaddr *restrict from,
		 socklen_t *restrict from_len)
{
	struct iovec iov = { buf, len };
	bool truncated;

	return recv_iovs(fd, &iov, 1, flags, from_len ? from : NULL, from_len, &truncated);
}

ssize_t recvmsg(int fd, struct msghdr *m, int flags)
{
	bool truncated;
	ssize_t n;

	if (check_message(m) < 0)
		return -1;
	n = recv_iovs(fd, m->msg_iov, m->msg_iovlen, flags, m->msg_name, &m->msg_namelen,
		      &truncated);
	if (n < 0)
		return -1;
	m->msg_flags = truncated ? MSG_TRUNC : 0;
	m->msg_controllen = 0;
	return n;
}
