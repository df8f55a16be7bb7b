#include "wasi/linux_sock.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/err.h"
#include "wasi/errno.h"
#include "wasi/io.h"
#include "wasi/linux_wait.h"
#include "wasi/raw_option.h"
#include "wasi/sock.h"
#include "wasi/state.h"

enum { UNIX_RETRY_US = 10000 };

/* What may accompany the bytes of a call. MSG_DONTWAIT is always there, and who has to wait does so
 * himself. */
static const uint32_t receive_flags =
	MSG_PEEK | MSG_WAITALL | MSG_TRUNC | MSG_OOB | MSG_DONTWAIT | MSG_NOSIGNAL;
static const uint32_t send_flags =
	MSG_OOB | MSG_DONTROUTE | MSG_EOR | MSG_MORE | MSG_CONFIRM | MSG_DONTWAIT | MSG_NOSIGNAL;

static int socket_of(struct sys *s, uint32_t number, struct desc **ret)
{
	struct desc *d = linux_desc(s, number);

	if (!d)
		return -EBADF;
	if (d->kind != DESC_SOCKET)
		return -ENOTSOCK;
	*ret = d;
	return 0;
}

static bool protocol_fits(uint32_t family, uint32_t type, uint32_t protocol)
{
	if (protocol == 0 || family == AF_UNIX)
		return protocol == 0;
	return protocol == (type == SOCK_STREAM ? IPPROTO_TCP : IPPROTO_UDP);
}

int32_t linux_open(struct sys *s, uint32_t family, uint32_t type, uint32_t protocol)
{
	bool has_type = type == SOCK_STREAM || type == SOCK_DGRAM ||
			(type == SOCK_SEQPACKET && family == AF_UNIX);
	struct desc d;
	int r;

	if (family != AF_INET && family != AF_INET6 && family != AF_UNIX)
		return linux_answer(-EAFNOSUPPORT);
	if (type > SOCK_PACKET)
		return linux_answer(-EINVAL);
	if (!has_type || !protocol_fits(family, type, protocol))
		return linux_answer(-EPROTONOSUPPORT);
	r = sock_open((int)family, (int)type | SOCK_NONBLOCK, &d);
	return r < 0 ? linux_answer(r) : linux_add(s, &d);
}

static int32_t add_both(struct sys *s, struct desc pair[2], int32_t *ret_second)
{
	int32_t first = linux_add(s, &pair[0]);

	if (first < 0) {
		desc_close(&pair[1]);
		return first;
	}
	*ret_second = linux_add(s, &pair[1]);
	if (*ret_second >= 0)
		return first;
	(void)linux_close(s, (uint32_t)first); /* it was opened just now */
	return *ret_second;
}

int32_t linux_pair(struct sys *s, uint32_t family, uint32_t type, int32_t *ret_second)
{
	struct desc pair[2];
	int r;

	if (family != AF_UNIX)
		return linux_answer(-EOPNOTSUPP);
	if (type != SOCK_STREAM && type != SOCK_DGRAM && type != SOCK_SEQPACKET)
		return linux_answer(-EPROTONOSUPPORT);
	r = sock_pair((int)type | SOCK_NONBLOCK, pair);
	return r < 0 ? linux_answer(r) : add_both(s, pair, ret_second);
}

int32_t linux_pipe(struct sys *s, int32_t *ret_second)
{
	struct desc ends[2];
	int fds[2];

	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) < 0)
		return linux_answer(neg_errno());
	for (int i = 0; i < 2; i++)
		ends[i] = (struct desc){ .kind = DESC_FILE,
					 .fd = fds[i],
					 .type = S_IFIFO,
					 .readable = i == 0,
					 .writable = i == 1 };
	return add_both(s, ends, ret_second);
}

int32_t linux_close(struct sys *s, uint32_t number)
{
	return linux_answer(
		number < LINUX_FD_FIRST ? -EBADF : table_close(&s->table, number - LINUX_FD_FIRST));
}

/* Both numbers then stand for one socket, whose state the kernel keeps; what we know of it is
 * its name. */
int32_t linux_duplicate(struct sys *s, uint32_t number)
{
	const struct desc *d = linux_desc(s, number);
	struct desc copy;

	if (!d || number < LINUX_FD_FIRST)
		return linux_answer(-EBADF);
	copy = *d;
	copy.fd = fcntl(d->fd, F_DUPFD_CLOEXEC, 3);
	if (copy.fd < 0)
		return linux_answer(neg_errno());
	copy.unix_local = xstrdup(d->unix_local);
	copy.unix_peer = xstrdup(d->unix_peer);
	return linux_add(s, &copy);
}

static int decode_address(const uint8_t *bytes, size_t len, struct sock_addr *ret)
{
	struct sock_addr a = { .family = AF_UNSPEC };
	struct sockaddr_storage ss = { 0 };
	uint16_t family;

	if (len < sizeof family || len > sizeof ss)
		return -EINVAL;
	memcpy(&family, bytes, sizeof family);
	a.family = family;
	if (family == AF_UNIX) {
		a.name.len = len - sizeof family;
		if (a.name.len > UNIX_NAME_MAX)
			return -EINVAL;
		memcpy(a.name.bytes, bytes + sizeof family, a.name.len);
		a.name.bytes[a.name.len] = '\0';
	} else {
		int r;

		memcpy(&ss, bytes, len);
		r = addr_from_sockaddr(&ss, (socklen_t)len, &a.ip);
		if (r < 0)
			return r;
	}
	*ret = a;
	return 0;
}

static void bytes_add(struct linux_bytes *ret, const void *bytes, size_t len)
{
	size_t fits = len < ret->size - ret->len ? len : ret->size - ret->len;

	memcpy(ret->at + ret->len, bytes, fits);
	ret->len += fits;
}

static void encode_address(const struct sock_addr *a, struct linux_bytes *ret)
{
	uint16_t family = AF_UNIX;

	ret->len = 0;
	if (a->family == AF_UNIX) {
		bytes_add(ret, &family, sizeof family);
		bytes_add(ret, a->name.bytes, a->name.len);
	} else if (a->family != AF_UNSPEC) {
		bytes_add(ret, &a->ip.sa, a->ip.len);
	}
}

int32_t linux_bind(struct sys *s, uint32_t number, const uint8_t *address, size_t len)
{
	struct sock_addr a;
	struct desc *d;
	int r = socket_of(s, number, &d);

	if (r == 0)
		r = decode_address(address, len, &a);
	return linux_answer(r < 0 ? r : sock_bind(&s->table, d, &a));
}

int32_t linux_listen(struct sys *s, uint32_t number, int32_t backlog)
{
	struct desc *d;
	int r = socket_of(s, number, &d);

	return linux_answer(r < 0 ? r : sock_listen(d, backlog));
}

/* When the peer's queue is full, a Unix socket says EAGAIN, and no event tells when it no longer
 * is. A call with a time limit does not wait for that on Linux either: its socket does not. */
static int connect_unix(struct sys *s, struct desc *d, const struct sock_addr *a, int64_t wait_us)
{
	for (;;) {
		int r = sock_connect(&s->table, d, a);

		if (r != -EAGAIN || wait_us >= 0)
			return r;
		r = linux_wait(s, -1, 0, UNIX_RETRY_US);
		if (r == -EINTR) {
			s->wait_left_us = wait_us;
			return r;
		}
	}
}

static int finish_connecting(struct sys *s, const struct desc *d, int64_t wait_us)
{
	int error = 0;
	socklen_t len = sizeof error;
	int r = linux_wait(s, d->fd, POLLOUT, wait_us);

	if (r < 0)
		return r == -EAGAIN ? -EINPROGRESS : r;
	r = sock_get_option(d, SOL_SOCKET, SO_ERROR, &error, &len);
	return r < 0 ? r : -error;
}

int32_t linux_connect(struct sys *s, uint32_t number, const uint8_t *address, size_t len,
		      int64_t wait_us)
{
	struct sock_addr a;
	struct desc *d;
	int r = socket_of(s, number, &d);

	if (r == 0)
		r = decode_address(address, len, &a);
	if (r < 0)
		return linux_answer(r);
	if (a.family == AF_UNIX)
		return linux_answer(connect_unix(s, d, &a, wait_us));
	r = sock_connect(&s->table, d, &a);
	return linux_answer(r == -EINPROGRESS && wait_us ? finish_connecting(s, d, wait_us) : r);
}

int32_t linux_accept(struct sys *s, uint32_t number, int64_t wait_us, struct linux_bytes *ret_peer)
{
	struct sock_addr peer;
	struct desc accepted;
	struct desc *d;
	int r = socket_of(s, number, &d);

	if (r < 0)
		return linux_answer(r);
	for (;;) {
		r = sock_accept(&s->table, d, true, &accepted, &peer);
		if (r != -EAGAIN || wait_us == 0)
			break;
		r = linux_wait(s, d->fd, POLLIN, wait_us);
		if (r < 0)
			break;
	}
	if (r < 0)
		return linux_answer(r);
	encode_address(&peer, ret_peer);
	return linux_add(s, &accepted);
}

int32_t linux_shutdown(struct sys *s, uint32_t number, uint32_t how)
{
	struct desc *d;
	int r = socket_of(s, number, &d);

	return linux_answer(r < 0 ? r : sock_shutdown(d, (int)how));
}

static struct io_bufs *one_buffer(struct io_bufs *bufs, const void *bytes, size_t len)
{
	bufs->n = 1;
	bufs->len = len;
	bufs->iov[0] = (struct iovec){ (void *)bytes, len };
	return bufs;
}

static int receive_once(struct sys *s, const struct desc *d, uint32_t flags,
			struct linux_bytes *ret, uint32_t *ret_flags, struct sock_addr *ret_from,
			size_t *ret_n)
{
	struct io_bufs bufs;
	bool truncated = false;
	int r;

	(void)one_buffer(&bufs, ret->at, ret->size);
	if (d->kind != DESC_SOCKET)
		return flags ? -ENOTSOCK : io_read(d, &bufs, ret_n);
	r = sock_recv(&s->table, d, &bufs, (int)(flags & ~(uint32_t)MSG_WAITALL), ret_n, &truncated,
		      ret_from);
	*ret_flags = truncated ? MSG_TRUNC : 0;
	return r;
}

/* With MSG_WAITALL the kernel would give what is there and not wait, as the socket is non-
 * blocking. */
static int receive_all(struct sys *s, const struct desc *d, int64_t wait_us,
		       struct linux_bytes *ret, size_t *n)
{
	while (*n < ret->size) {
		struct linux_bytes rest = { ret->at + *n, ret->size - *n, 0 };
		struct sock_addr from;
		uint32_t flags;
		size_t more = 0;
		int r = linux_wait(s, d->fd, POLLIN, wait_us);

		if (r == 0)
			r = receive_once(s, d, 0, &rest, &flags, &from, &more);
		if (r == -EAGAIN && wait_us < 0)
			continue;
		if (r < 0 || more == 0)
			return 0; /* the next call meets the error again; what is here is here */
		*n += more;
	}
	return 0;
}

int32_t linux_receive(struct sys *s, uint32_t number, uint32_t flags, int64_t wait_us,
		      struct linux_bytes *ret, uint32_t *ret_flags, struct linux_bytes *ret_from)
{
	struct desc *d = linux_desc(s, number);
	struct sock_addr from = { .family = AF_UNSPEC };
	size_t n = 0;
	int r;

	if (!d)
		return linux_answer(-EBADF);
	if (flags & ~receive_flags)
		return linux_answer(-EOPNOTSUPP);
	if (flags & MSG_DONTWAIT)
		wait_us = 0;
	for (;;) {
		r = receive_once(s, d, flags, ret, ret_flags, ret_from ? &from : NULL, &n);
		if (r != -EAGAIN || wait_us == 0)
			break;
		r = linux_wait(s, d->fd, flags & MSG_OOB ? POLLPRI : POLLIN, wait_us);
		if (r < 0)
			break;
	}
	if (r < 0)
		return linux_answer(r);
	if (n && flags & MSG_WAITALL && d->sock_type == SOCK_STREAM && !(flags & MSG_PEEK) &&
	    wait_us)
		r = receive_all(s, d, wait_us, ret, &n);
	ret->len = n < ret->size ? n : ret->size;
	if (ret_from)
		encode_address(&from, ret_from);
	return r < 0 ? linux_answer(r) : (int32_t)n;
}

static int send_once(struct sys *s, const struct desc *d, struct io_bufs *bufs, uint32_t flags,
		     const struct sock_addr *to, size_t *ret_n)
{
	if (d->kind != DESC_SOCKET)
		return flags || to ? -ENOTSOCK : io_write(d, bufs, ret_n);
	return sock_send(&s->table, d, bufs, (int)flags, to, ret_n);
}

int32_t linux_send(struct sys *s, uint32_t number, const uint8_t *bytes, size_t len, uint32_t flags,
		   const uint8_t *address, size_t address_len, int64_t wait_us)
{
	struct desc *d = linux_desc(s, number);
	struct sock_addr to;
	struct io_bufs bufs;
	size_t n = 0;
	int r = d ? 0 : -EBADF;

	if (r == 0 && flags & ~send_flags)
		r = -EOPNOTSUPP;
	if (r == 0 && address_len)
		r = decode_address(address, address_len, &to);
	if (r < 0)
		return linux_answer(r);
	if (flags & MSG_DONTWAIT)
		wait_us = 0;
	for (;;) {
		r = send_once(s, d, one_buffer(&bufs, bytes, len), flags, address_len ? &to : NULL,
			      &n);
		if (r != -EAGAIN || wait_us == 0)
			break;
		r = linux_wait(s, d->fd, POLLOUT, wait_us);
		if (r < 0)
			break;
	}
	return r < 0 ? linux_answer(r) : (int32_t)n;
}

static int32_t name_of(struct sys *s, uint32_t number, struct linux_bytes *ret,
		       int (*ask)(struct table *t, const struct desc *d, struct sock_addr *ret))
{
	struct sock_addr a;
	struct desc *d;
	int r = socket_of(s, number, &d);

	if (r == 0)
		r = ask(&s->table, d, &a);
	if (r == 0)
		encode_address(&a, ret);
	return linux_answer(r);
}

int32_t linux_own_name(struct sys *s, uint32_t number, struct linux_bytes *ret)
{
	return name_of(s, number, ret, sock_local);
}

int32_t linux_peer_name(struct sys *s, uint32_t number, struct linux_bytes *ret)
{
	return name_of(s, number, ret, sock_peer);
}

int32_t linux_get_option(struct sys *s, uint32_t number, int32_t level, int32_t name,
			 struct linux_bytes *ret)
{
	socklen_t len = (socklen_t)ret->size;
	struct desc *d;
	int error;
	int r = socket_of(s, number, &d);

	if (r == 0 && !raw_option_is_allowed(level, name, d->sock_type))
		r = -ENOPROTOOPT;
	if (r == 0)
		r = sock_get_option(d, level, name, ret->at, &len);
	if (r < 0)
		return linux_answer(r);
	ret->len = len;
	if (level == SOL_SOCKET && name == SO_ERROR && len == sizeof error) {
		memcpy(&error, ret->at, sizeof error);
		error = (int)errno_to_guest(-error);
		memcpy(ret->at, &error, sizeof error);
	}
	return 0;
}

int32_t linux_set_option(struct sys *s, uint32_t number, int32_t level, int32_t name,
			 const uint8_t *value, size_t len)
{
	struct desc *d;
	int r = socket_of(s, number, &d);

	if (r == 0 && (len > RAW_VALUE_MAX || !raw_option_is_allowed(level, name, d->sock_type)))
		r = -ENOPROTOOPT;
	return linux_answer(r < 0 ? r : sock_set_option(d, level, name, value, (socklen_t)len));
}
