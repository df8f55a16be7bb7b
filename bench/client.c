#include "client.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>

void die(const char *fmt, ...)
{
	va_list args;

	(void)fputs("load: ", stderr);
	va_start(args, fmt);
	(void)vfprintf(stderr, fmt, args);
	va_end(args);
	(void)fputc('\n', stderr);
	exit(1);
}

int64_t now_ns(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts); /* cannot fail for this clock */
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static void set_option(int fd, int level, int name, const void *value, socklen_t len)
{
	if (setsockopt(fd, level, name, value, len) < 0)
		die("socket option %d: %s", name, strerror(errno));
}

int open_socket(const struct target *t)
{
	static const struct timeval silence = { .tv_sec = SILENCE_S };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	if (fd < 0)
		die("socket: %s", strerror(errno));
	set_option(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	set_option(fd, SOL_SOCKET, SO_RCVTIMEO, &silence, sizeof silence);
	set_option(fd, SOL_SOCKET, SO_SNDTIMEO, &silence, sizeof silence);
	/* The kernel then chooses the port in connect(), where it has more of them. */
	set_option(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
	if (bind(fd, (const struct sockaddr *)&t->source, sizeof t->source) < 0)
		die("bind: %s", strerror(errno));
	return fd;
}

int must_connect(const struct target *t)
{
	int fd = open_socket(t);

	if (connect(fd, (const struct sockaddr *)&t->server, sizeof t->server) < 0)
		die("connect: %s", strerror(errno));
	return fd;
}
