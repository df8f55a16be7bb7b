#include "wasi/sock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/err.h"

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

	if (family != AF_INET && family != AF_INET6 && family != AF_UNIX)
		return -EAFNOSUPPORT;
	fd = socket(family, type | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return neg_errno();
	*ret = sock_desc(fd, family, type & ~SOCK_NONBLOCK);
	return 0;
}

int sock_pair(int type, struct desc ret[2])
{
	int fds[2];

	if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, fds) < 0)
		return neg_errno();
	for (int i = 0; i < 2; i++)
		ret[i] = sock_desc(fds[i], AF_UNIX, type & ~SOCK_NONBLOCK);
	return 0;
}

static int bind_ip(const struct desc *d, const struct addr *a)
{
	return bind(d->fd, &a->sa, a->len) < 0 ? neg_errno() : 0;
}

static int bind_unix(struct table *t, struct desc *d, const struct unix_name *name)
{
	struct unix_place p;
	int r = unix_enter(t, name, UNIX_BIND, &p);

	if (r < 0)
		return r;
	r = bind(d->fd, (struct sockaddr *)&p.sun, p.len) < 0 ? neg_errno() : 0;
	unix_leave(&p);
	if (r == 0)
		d->unix_local = unix_name_keep(name);
	return r;
}

int sock_bind(struct table *t, struct desc *d, const struct sock_addr *a)
{
	/* A name of another family would be sought where this process happens to be. */
	if ((a->family == AF_UNIX) != (d->family == AF_UNIX))
		return d->family == AF_UNIX ? -EINVAL : -EAFNOSUPPORT;
	return a->family == AF_UNIX ? bind_unix(t, d, &a->name) : bind_ip(d, &a->ip);
}

static int kernel_name(int fd, struct addr *ret)
{
	struct sockaddr_storage ss = { 0 };
	socklen_t len = sizeof ss;

	if (getsockname(fd, (struct sockaddr *)&ss, &len) < 0)
		return neg_errno();
	return addr_from_sockaddr(&ss, len, ret);
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
	int r = kernel_name(d->fd, ret);

	if (r < 0 || addr_port(ret))
		return r;
	r = bind_ip(d, &any);
	return r < 0 ? r : kernel_name(d->fd, ret);
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

static int connect_sockaddr(const struct desc *d, const struct sockaddr *sa, socklen_t len)
{
	for (;;) {
		int r;

		if (connect(d->fd, sa, len) == 0)
			return 0;
		if (errno != EINTR)
			return neg_errno();
		r = wait_connected(d->fd);
		if (r != -ENOTCONN)
			return r;
	}
}

static int connect_unix(struct table *t, struct desc *d, const struct unix_name *name)
{
	struct unix_place p;
	int r = unix_enter(t, name, UNIX_REACH, &p);

	if (r < 0)
		return r;
	r = connect_sockaddr(d, (struct sockaddr *)&p.sun, p.len);
	unix_leave(&p);
	if (r == 0) {
		free(d->unix_peer);
		d->unix_peer = unix_name_keep(name);
	}
	return r;
}

int sock_connect(struct table *t, struct desc *d, const struct sock_addr *a)
{
	if ((a->family == AF_UNIX) != (d->family == AF_UNIX))
		return d->family == AF_UNIX ? -EINVAL : -EAFNOSUPPORT;
	if (a->family == AF_UNIX)
		return connect_unix(t, d, &a->name);
	return connect_sockaddr(d, &a->ip.sa, a->ip.len);
}

int sock_shutdown(const struct desc *d, int how)
{
	return shutdown(d->fd, how) < 0 ? neg_errno() : 0;
}

static int message_flags(const struct desc *d)
{
	return MSG_NOSIGNAL | (d->shared && d->nonblock ? MSG_DONTWAIT : 0);
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

/* AF_UNSPEC, and a length of 0, stand for no name at all. */
static void addr_for_guest(struct table *t, const struct desc *d, const struct sockaddr_storage *ss,
			   socklen_t len, struct sock_addr *ret)
{
	struct addr a;

	*ret = (struct sock_addr){ .family = AF_UNSPEC };
	if (d->family == AF_UNIX) {
		ret->family = AF_UNIX;
		unix_name_from_kernel(t, (const struct sockaddr_un *)ss, len, &ret->name);
	} else if (addr_from_sockaddr(ss, len, &a) == 0) {
		ret->ip = addr_for_family(&a, d->family);
		ret->family = ret->ip.sa.sa_family;
	}
}

int sock_accept(struct table *t, const struct desc *listener, bool nonblock, struct desc *ret,
		struct sock_addr *ret_peer)
{
	int more = nonblock ? SOCK_NONBLOCK : 0;
	struct sockaddr_storage ss;
	socklen_t len;
	struct desc d;
	int fd;

	if (io_would_block(listener, POLLIN))
		return -EAGAIN;
	do {
		len = sizeof ss;
		fd = accept4(listener->fd, (struct sockaddr *)&ss, &len, SOCK_CLOEXEC | more);
	} while (fd < 0 && errno == EINTR);
	if (fd < 0)
		return neg_errno();
	d = sock_desc(fd, listener->family, listener->sock_type);
	if (listener->local_known != LOCAL_NONE) {
		d.local = listener->local;
		d.local_known = addr_is_wildcard(&listener->local) ? LOCAL_PORT : LOCAL_ALL;
	}
	d.unix_local = xstrdup(listener->unix_local);
	if (ret_peer)
		addr_for_guest(t, &d, &ss, len, ret_peer);
	*ret = d;
	return 0;
}

int sock_local(struct table *t, const struct desc *d, struct sock_addr *ret)
{
	struct sockaddr_storage ss = { 0 };
	socklen_t len = sizeof ss;

	if (d->local_known == LOCAL_ALL) {
		*ret = (struct sock_addr){ .family = d->local.sa.sa_family, .ip = d->local };
		return 0;
	}
	if (d->unix_local) {
		*ret = (struct sock_addr){ .family = AF_UNIX };
		unix_name_from_path(d->unix_local, &ret->name);
		return 0;
	}
	if (getsockname(d->fd, (struct sockaddr *)&ss, &len) < 0)
		return neg_errno();
	addr_for_guest(t, d, &ss, len, ret);
	if (ret->family == AF_UNSPEC)
		return -EAFNOSUPPORT;
	if (d->local_known == LOCAL_PORT)
		addr_set_port(&ret->ip, addr_port(&d->local));
	return 0;
}

int sock_peer(struct table *t, const struct desc *d, struct sock_addr *ret)
{
	struct sockaddr_storage ss = { 0 };
	socklen_t len = sizeof ss;

	if (getpeername(d->fd, (struct sockaddr *)&ss, &len) < 0)
		return neg_errno();
	addr_for_guest(t, d, &ss, len, ret);
	if (d->unix_peer)
		unix_name_from_path(d->unix_peer, &ret->name);
	return ret->family == AF_UNSPEC ? -EAFNOSUPPORT : 0;
}

int sock_recv(struct table *t, const struct desc *d, const struct io_bufs *bufs, int flags,
	      size_t *ret_n, bool *ret_truncated, struct sock_addr *ret_from)
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
	} else {
		do
			n = recvmsg(d->fd, &msg, flags | message_flags(d));
		while (n < 0 && errno == EINTR);
	}
	if (n < 0)
		return neg_errno();
	if (ret_truncated)
		*ret_truncated = msg.msg_flags & MSG_TRUNC;
	/* A stream's peer is asked for. Not to know it is no failure: the bytes are here. */
	if (ret_from && d->sock_type != SOCK_STREAM)
		addr_for_guest(t, d, &from, msg.msg_namelen, ret_from);
	else if (ret_from && sock_peer(t, d, ret_from) < 0)
		*ret_from = (struct sock_addr){ .family = AF_UNSPEC };
	*ret_n = (size_t)n;
	return 0;
}

static int send_message(const struct desc *d, const struct io_bufs *bufs, int flags, const void *to,
			socklen_t to_len, size_t *ret_n)
{
	struct msghdr msg = {
		.msg_iov = (struct iovec *)bufs->iov,
		.msg_iovlen = (size_t)bufs->n,
		.msg_name = (void *)to,
		.msg_namelen = to_len,
	};
	ssize_t n;

	do
		n = sendmsg(d->fd, &msg, flags | message_flags(d));
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return neg_errno();
	*ret_n = (size_t)n;
	return 0;
}

static int send_unix(struct table *t, const struct desc *d, const struct io_bufs *bufs, int flags,
		     const struct unix_name *to, size_t *ret_n)
{
	struct unix_place p;
	int r = unix_enter(t, to, UNIX_REACH, &p);

	if (r < 0)
		return r;
	r = send_message(d, bufs, flags, &p.sun, p.len, ret_n);
	unix_leave(&p);
	return r;
}

int sock_send(struct table *t, const struct desc *d, const struct io_bufs *bufs, int flags,
	      const struct sock_addr *to, size_t *ret_n)
{
	if (!to)
		return send_message(d, bufs, flags, NULL, 0, ret_n);
	if ((to->family == AF_UNIX) != (d->family == AF_UNIX))
		return d->family == AF_UNIX ? -EINVAL : -EAFNOSUPPORT;
	if (to->family == AF_UNIX)
		return send_unix(t, d, bufs, flags, &to->name, ret_n);
	return send_message(d, bufs, flags, &to->ip.sa, to->ip.len, ret_n);
}

int sock_get_option(const struct desc *d, int level, int name, void *value, socklen_t *len)
{
	return getsockopt(d->fd, level, name, value, len) < 0 ? neg_errno() : 0;
}

int sock_set_option(const struct desc *d, int level, int name, const void *value, socklen_t len)
{
	return setsockopt(d->fd, level, name, value, len) < 0 ? neg_errno() : 0;
}
