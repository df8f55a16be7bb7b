#include "wasi/sock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/own.h"

static struct desc sock_desc(int fd, int family, int type)
{
	return (struct desc){
		.kind = DESC_SOCKET,
		.fd = fd,
		.type = S_IFSOCK,
		.readable = true,
		.writable = true,
		.family = family,
		.sock_type = type,
	};
}

int sock_open(int family, int type, struct desc *ret)
{
	int fd;

	if (family != AF_INET && family != AF_INET6)
		return -EAFNOSUPPORT;
	fd = socket(family, type | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return neg_errno();
	*ret = sock_desc(fd, family, type);
	return 0;
}

int sock_bind(const struct desc *d, const struct addr *a)
{
	return bind(d->fd, &a->sa, a->len) < 0 ? neg_errno() : 0;
}

static int kernel_name(int fd, int (*ask)(int, struct sockaddr *, socklen_t *), struct addr *ret)
{
	struct sockaddr_storage ss = { 0 };
	socklen_t len = sizeof ss;

	if (ask(fd, (struct sockaddr *)&ss, &len) < 0)
		return neg_errno();
	return addr_from_sockaddr(&ss, len, ret);
}

static int local_name(int fd, struct sockaddr *sa, socklen_t *len)
{
	return getsockname(fd, sa, len);
}

static int peer_name(int fd, struct sockaddr *sa, socklen_t *len)
{
	return getpeername(fd, sa, len);
}

static struct addr addr_any(int family)
{
	struct addr a = { .len = family == AF_INET6 ? sizeof a.in6 : sizeof a.in4 };

	a.sa.sa_family = (sa_family_t)family;
	return a;
}

/* The address that the guest will be told from now on. */
static int record_local(const struct desc *d, struct addr *ret)
{
	struct addr any = addr_any(d->family);
	int r = kernel_name(d->fd, local_name, ret);

	if (r < 0 || addr_port(ret))
		return r;
	r = sock_bind(d, &any);
	return r < 0 ? r : kernel_name(d->fd, local_name, ret);
}

/* The supervisor decides meanwhile, so the call can be interrupted; doing it twice is harmless. */
static int sock_start_listening(const struct desc *d, int backlog)
{
	int r;

	do
		r = listen(d->fd, backlog);
	while (r < 0 && errno == EINTR);
	return r < 0 ? neg_errno() : 0;
}

int sock_listen(struct desc *d, int backlog)
{
	bool has_addr =
		(d->family == AF_INET || d->family == AF_INET6) && d->sock_type == SOCK_STREAM;
	struct addr local;
	int r;

	/* A second listen() only changes the backlog, and the kernel may by now tell the host's
	 * name. */
	if (d->listening || !has_addr)
		return sock_start_listening(d, backlog);
	r = record_local(d, &local);
	if (r < 0)
		return r;
	r = sock_start_listening(d, backlog);
	if (r < 0)
		return r;
	d->local = local;
	d->local_known = LOCAL_ALL;
	d->listening = true;
	return 0;
}

/* A connect() that was interrupted goes on by itself and must not be repeated (connect(2)),
 * unless it never began: the supervisor may have been about to decide. -ENOTCONN then. */
static int wait_connected(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	struct sockaddr_storage peer;
	socklen_t peer_len = sizeof peer;
	int error = 0;
	socklen_t len = sizeof error;
	int r;

	do
		r = poll(&p, 1, -1);
	while (r < 0 && errno == EINTR);
	if (r < 0 || getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
		return neg_errno();
	if (error)
		return -error;
	return getpeername(fd, (struct sockaddr *)&peer, &peer_len) < 0 ? neg_errno() : 0;
}

int sock_connect(const struct desc *d, const struct addr *a)
{
	for (;;) {
		int r;

		if (connect(d->fd, &a->sa, a->len) == 0)
			return 0;
		if (errno != EINTR)
			return neg_errno();
		r = wait_connected(d->fd);
		if (r != -ENOTCONN)
			return r;
	}
}

int sock_accept(const struct desc *listener, bool nonblock, struct desc *ret)
{
	int more = nonblock ? SOCK_NONBLOCK : 0;
	struct desc d;
	int fd;

	if (io_would_block(listener, POLLIN))
		return -EAGAIN;
	do
		fd = accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC | more);
	while (fd < 0 && errno == EINTR);
	if (fd < 0)
		return neg_errno();
	d = sock_desc(fd, listener->family, listener->sock_type);
	if (listener->local_known != LOCAL_NONE) {
		d.local = listener->local;
		d.local_known = addr_is_wildcard(&listener->local) ? LOCAL_PORT : LOCAL_ALL;
	}
	*ret = d;
	return 0;
}

int sock_shutdown(const struct desc *d, int how)
{
	return shutdown(d->fd, how) < 0 ? neg_errno() : 0;
}

static int message_flags(const struct desc *d)
{
	return MSG_NOSIGNAL | (d->shared && d->nonblock ? MSG_DONTWAIT : 0);
}

int sock_recv(const struct desc *d, const struct io_bufs *bufs, int flags, size_t *ret_n,
	      bool *ret_truncated, struct addr *ret_from)
{
	struct sockaddr_storage from;
	struct msghdr msg = {
		.msg_iov = (struct iovec *)bufs->iov,
		.msg_iovlen = (size_t)bufs->n,
	};
	ssize_t n;

	if (ret_from) {
		msg.msg_name = &from;
		msg.msg_namelen = sizeof from;
	}
	if (bufs->len == 0 && d->sock_type == SOCK_STREAM) {
		n = 0; /* recvmsg() would wait for a byte and then not take it */
		msg.msg_namelen = 0;
	} else {
		do
			n = recvmsg(d->fd, &msg, flags | message_flags(d));
		while (n < 0 && errno == EINTR);
	}
	if (n < 0)
		return neg_errno();
	if (ret_truncated)
		*ret_truncated = msg.msg_flags & MSG_TRUNC;
	if (ret_from && addr_from_sockaddr(&from, msg.msg_namelen, ret_from) < 0 &&
	    sock_peer(d, ret_from) < 0)
		*ret_from = (struct addr){ 0 }; /* the bytes are here all the same */
	*ret_n = (size_t)n;
	return 0;
}

int sock_send(const struct desc *d, const struct io_bufs *bufs, const struct addr *to,
	      size_t *ret_n)
{
	struct msghdr msg = {
		.msg_iov = (struct iovec *)bufs->iov,
		.msg_iovlen = (size_t)bufs->n,
		.msg_name = to ? (void *)&to->sa : NULL,
		.msg_namelen = to ? to->len : 0,
	};
	ssize_t n;

	do
		n = sendmsg(d->fd, &msg, message_flags(d));
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return neg_errno();
	*ret_n = (size_t)n;
	return 0;
}

/* As the kernel tells an IPv4 address on an IPv6 socket. */
static struct addr addr_for_family(const struct addr *a, int family)
{
	struct addr mapped = addr_any(AF_INET6);

	if (family != AF_INET6 || a->sa.sa_family != AF_INET)
		return *a;
	mapped.in6.sin6_port = a->in4.sin_port;
	mapped.in6.sin6_addr.s6_addr[10] = 0xff;
	mapped.in6.sin6_addr.s6_addr[11] = 0xff;
	memcpy(&mapped.in6.sin6_addr.s6_addr[12], &a->in4.sin_addr, 4);
	return mapped;
}

int sock_local(const struct desc *d, struct addr *ret)
{
	struct addr a = { 0 };
	int r;

	if (d->local_known == LOCAL_ALL) {
		*ret = d->local;
		return 0;
	}
	r = kernel_name(d->fd, local_name, &a);
	if (r < 0)
		return r;
	if (d->local_known == LOCAL_PORT)
		addr_set_port(&a, addr_port(&d->local));
	*ret = addr_for_family(&a, d->family);
	return 0;
}

int sock_peer(const struct desc *d, struct addr *ret)
{
	struct addr a = { 0 };
	int r = kernel_name(d->fd, peer_name, &a);

	if (r < 0)
		return r;
	*ret = addr_for_family(&a, d->family);
	return 0;
}

int sock_get_option(const struct desc *d, int level, int name, void *value, socklen_t *len)
{
	return getsockopt(d->fd, level, name, value, len) < 0 ? neg_errno() : 0;
}

int sock_set_option(const struct desc *d, int level, int name, const void *value, socklen_t len)
{
	return setsockopt(d->fd, level, name, value, len) < 0 ? neg_errno() : 0;
}
