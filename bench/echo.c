/* An echo server: one connection after the other, blocking, 64 KiB at a time.
 * echo PORT (of 127.0.0.1)
 *
 * One source, compiled twice: natively, and to WebAssembly on the socket functions of WasmEdge. The
 * two differ in how they make the listener and in the call that accepts, and in nothing else.
 */
#include "base/num.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { CHUNK = 1 << 16, BACKLOG = 128 };

#ifdef __wasi__

#define IMPORT(name) __attribute__((import_module("wasi_snapshot_preview1"), import_name(name)))

enum { FAMILY_INET = 1, TYPE_STREAM = 2 };

struct octets {
	const uint8_t *bytes;
	uint32_t len;
};

int sock_open(int family, int type, int *ret_fd) IMPORT("sock_open");
int sock_bind(int fd, const struct octets *address, int port) IMPORT("sock_bind");
int sock_listen(int fd, int backlog) IMPORT("sock_listen");
int sock_accept(int fd, int flags, int *ret_fd) IMPORT("sock_accept");

static int listen_on(uint16_t port)
{
	static const uint8_t loopback[] = { 127, 0, 0, 1 };
	int fd;

	errno = sock_open(FAMILY_INET, TYPE_STREAM, &fd);
	if (!errno)
		errno = sock_bind(fd, &(struct octets){ loopback, sizeof loopback }, port);
	if (!errno)
		errno = sock_listen(fd, BACKLOG);
	return errno ? -1 : fd;
}

static int accept_on(int listener)
{
	int fd;

	errno = sock_accept(listener, 0, &fd);
	return errno ? -1 : fd;
}

#else

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

static int listen_on(uint16_t port)
{
	const struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof address) < 0)
		return -1;
	return listen(fd, BACKLOG) < 0 ? -1 : fd;
}

static int accept_on(int listener)
{
	return accept(listener, NULL, NULL);
}

#endif

/* Until the peer ends the connection or breaks it, which is its own affair. */
static void echo(int fd)
{
	static uint8_t chunk[CHUNK];

	for (;;) {
		ssize_t len = read(fd, chunk, sizeof chunk), at = 0;

		if (len <= 0)
			return;
		while (at < len) {
			ssize_t n = write(fd, chunk + at, (size_t)(len - at));

			if (n < 0)
				return;
			at += n;
		}
	}
}

static int fail(const char *what)
{
	(void)fprintf(stderr, "echo: %s: %s\n", what, strerror(errno));
	return 1;
}

int main(int argc, char **argv)
{
	uint16_t port;
	int listener;

	if (argc != 2 || !num_parse_u16(argv[1], &port)) {
		(void)fputs("usage: echo PORT\n", stderr);
		return 2;
	}
	listener = listen_on(port);
	if (listener < 0)
		return fail("listen");
	for (;;) {
		int fd = accept_on(listener);

		if (fd < 0)
			return fail("accept");
		echo(fd);
		(void)close(fd);
	}
}
