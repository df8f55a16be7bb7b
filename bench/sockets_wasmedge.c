#include "sockets.h"

#include <errno.h>
#include <unistd.h>
#include <wasi/api.h>

#define IMPORT(name) __attribute__((import_module("wasi_snapshot_preview1"), import_name(name)))

enum { FAMILY_INET = 1 };
enum { TYPE_DATAGRAM = 1, TYPE_STREAM = 2 };
enum { STORAGE_SIZE = 128 }; /* an address with its family, as the second form of the API has it */

struct address {
	uint8_t *bytes;
	uint32_t len;
};

int sock_open(int family, int type, int *ret_fd) IMPORT("sock_open");
int sock_bind(int fd, const struct address *a, int port) IMPORT("sock_bind");
int sock_connect(int fd, const struct address *a, int port) IMPORT("sock_connect");
int sock_getlocaladdr(int fd, struct address *a, uint32_t *ret_port) IMPORT("sock_getlocaladdr");
int sock_send_to(int fd, const __wasi_ciovec_t *bufs, int n_bufs, const struct address *a, int port,
		 int flags, uint32_t *ret_n) IMPORT("sock_send_to");
int sock_recv_from(int fd, const __wasi_iovec_t *bufs, int n_bufs, struct address *a, int flags,
		   uint32_t *ret_port, uint32_t *ret_n, uint16_t *ret_flags)
	IMPORT("sock_recv_from");

static uint8_t loopback_octets[] = { 127, 0, 0, 1 };
static const struct address loopback = { loopback_octets, sizeof loopback_octets };

static __wasi_subscription_t watched[WATCHED_MAX];
static __wasi_event_t events[WATCHED_MAX];
static size_t n_watched;

static int result(int error)
{
	if (!error)
		return 0;
	errno = error;
	return -1;
}

int datagram_open(void)
{
	int fd;

	return result(sock_open(FAMILY_INET, TYPE_DATAGRAM, &fd)) < 0 ? -1 : fd;
}

int datagram_bind(int fd, uint16_t *ret_port)
{
	uint8_t storage[STORAGE_SIZE];
	struct address local = { storage, sizeof storage };
	uint32_t port;

	if (result(sock_bind(fd, &loopback, 0)) < 0 ||
	    result(sock_getlocaladdr(fd, &local, &port)) < 0)
		return -1;
	*ret_port = (uint16_t)port;
	return 0;
}

ssize_t datagram_send(int fd, const void *bytes, size_t len, uint16_t port)
{
	const __wasi_ciovec_t buf = { bytes, len };
	uint32_t n;

	return result(sock_send_to(fd, &buf, 1, &loopback, port, 0, &n)) < 0 ? -1 : (ssize_t)n;
}

ssize_t datagram_receive(int fd, void *bytes, size_t len, uint16_t *ret_from)
{
	const __wasi_iovec_t buf = { bytes, len };
	uint8_t storage[STORAGE_SIZE];
	struct address from = { storage, sizeof storage };
	uint32_t port, n;
	uint16_t flags;

	if (result(sock_recv_from(fd, &buf, 1, &from, 0, &port, &n, &flags)) < 0)
		return -1;
	*ret_from = (uint16_t)port;
	return (ssize_t)n;
}

int watch_init(const int *fds, size_t n)
{
	if (n > WATCHED_MAX)
		return result(EINVAL);
	for (size_t i = 0; i < n; i++) {
		watched[i] = (__wasi_subscription_t){ .userdata = i };
		watched[i].u.tag = __WASI_EVENTTYPE_FD_READ;
		watched[i].u.u.fd_read.file_descriptor = fds[i];
	}
	n_watched = n;
	return 0;
}

int watch_wait(size_t *ret_index)
{
	size_t n;

	if (result(__wasi_poll_oneoff(watched, events, n_watched, &n)) < 0)
		return -1;
	if (n)
		*ret_index = (size_t)events[n - 1].userdata;
	return (int)n;
}

int stream_connect(uint16_t port)
{
	int fd;

	if (result(sock_open(FAMILY_INET, TYPE_STREAM, &fd)) < 0)
		return -1;
	if (result(sock_connect(fd, &loopback, port)) < 0) {
		(void)close(fd);
		return -1;
	}
	return fd;
}
