/* Opening sockets, and putting them into their states. */
#include "address.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <unistd.h>
#include <wasi/api.h>

enum { TYPE_FLAGS = SOCK_NONBLOCK | SOCK_CLOEXEC };

int host_result(int error)
{
	if (!error)
		return 0;
	errno = error;
	return -1;
}

int host_type(int family, int type, int protocol)
{
	int base = type & ~TYPE_FLAGS;
	bool is_stream = base == SOCK_STREAM;
	int own = family == AF_UNIX ? 0 : is_stream ? IPPROTO_TCP : IPPROTO_UDP;

	if (family != AF_INET && family != AF_INET6 && family != AF_UNIX) {
		errno = EAFNOSUPPORT;
		return -1;
	}
	if ((!is_stream && base != SOCK_DGRAM) || (protocol && protocol != own)) {
		errno = EPROTONOSUPPORT;
		return -1;
	}
	return is_stream ? HOST_STREAM : HOST_DGRAM;
}

int apply_type_flags(int fd, int type)
{
	int error;

	if (!(type & SOCK_NONBLOCK) || fcntl(fd, F_SETFL, O_NONBLOCK) == 0)
		return 0;
	error = errno;
	(void)close(fd);
	errno = error;
	return -1;
}

int socket(int family, int type, int protocol)
{
	int kind = host_type(family, type, protocol);
	int fd;

	if (kind < 0 || host_result(host_open(family, kind, &fd)) < 0 ||
	    apply_type_flags(fd, type) < 0)
		return -1;
	return fd;
}

int bind(int fd, const struct sockaddr *address, socklen_t len)
{
	struct record record;
	struct host_buf buf = { &record, sizeof record };
	uint32_t port;

	if (record_from_sockaddr(address, len, &record, &port) < 0)
		return -1;
	return host_result(host_bind(fd, &buf, port));
}

int connect(int fd, const struct sockaddr *address, socklen_t len)
{
	struct record record;
	struct host_buf buf = { &record, sizeof record };
	uint32_t port;

	if (record_from_sockaddr(address, len, &record, &port) < 0)
		return -1;
	return host_result(host_connect(fd, &buf, port));
}

int listen(int fd, int backlog)
{
	return host_result(host_listen(fd, backlog));
}

static int name_of(int fd, struct sockaddr *address, socklen_t *len,
		   int (*ask)(int, struct host_buf *, uint32_t *))
{
	struct record record = { 0 };
	struct host_buf buf = { &record, sizeof record };
	uint32_t port = 0;

	if (!address || !len) {
		errno = EFAULT;
		return -1;
	}
	if (host_result(ask(fd, &buf, &port)) < 0)
		return -1;
	record_to_sockaddr(&record, port, address, len);
	return 0;
}

int getsockname(int fd, struct sockaddr *restrict address, socklen_t *restrict len)
{
	return name_of(fd, address, len, host_local);
}

int getpeername(int fd, struct sockaddr *restrict address, socklen_t *restrict len)
{
	return name_of(fd, address, len, host_peer);
}

int accept4(int fd, struct sockaddr *restrict address, socklen_t *restrict len, int flags)
{
	__wasi_fdflags_t fdflags = flags & SOCK_NONBLOCK ? __WASI_FDFLAGS_NONBLOCK : 0;
	int accepted;

	if (flags & ~TYPE_FLAGS) {
		errno = EINVAL;
		return -1;
	}
	if (host_result(__wasi_sock_accept(fd, fdflags, &accepted)) < 0)
		return -1;
	/* A client that has gone again has no name; the connection is accepted all the same. */
	if (address && len && getpeername(accepted, address, len) < 0)
		*len = 0;
	return accepted;
}

int accept(int fd, struct sockaddr *restrict address, socklen_t *restrict len)
{
	return accept4(fd, address, len, 0);
}

int shutdown(int fd, int how)
{
	static const __wasi_sdflags_t ways[] = {
		[SHUT_RD] = __WASI_SDFLAGS_RD,
		[SHUT_WR] = __WASI_SDFLAGS_WR,
		[SHUT_RDWR] = __WASI_SDFLAGS_RD | __WASI_SDFLAGS_WR,
	};

	/* To the host, no way at all is wrong too, but it looks at the descriptor first. */
	return host_result(__wasi_sock_shutdown(fd, how >= 0 && how <= SHUT_RDWR ? ways[how] : 0));
}
