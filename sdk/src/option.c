/* Socket options.
 *
 * The WasmEdge extension names fifteen options of the socket (level 0) and, as wasi-go has it,
 * TCP_NODELAY (level 6). All others go through the same call with Linux's own numbers, the level
 * raised by RAW_LEVEL: another host answers EINVAL, where an import of ours would keep the
 * program from starting.
 */
#include "host.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/time.h>

enum {
	RAW_LEVEL = 0x10000,
	LINUX_SOL_SOCKET = 1,
	LINUX_AF_UNIX = 1,
	LINUX_AF_INET = 2,
	VALUE_MAX = 128, /* the host takes larger lengths for pointers */
};

struct host_option {
	int level;
	int name;
	int host_level;
	int host_name;
};

static const struct host_option named[] = {
	{ SOL_SOCKET, SO_REUSEADDR, 0, 0 },	{ SOL_SOCKET, SO_TYPE, 0, 1 },
	{ SOL_SOCKET, SO_ERROR, 0, 2 },		{ SOL_SOCKET, SO_DONTROUTE, 0, 3 },
	{ SOL_SOCKET, SO_BROADCAST, 0, 4 },	{ SOL_SOCKET, SO_SNDBUF, 0, 5 },
	{ SOL_SOCKET, SO_RCVBUF, 0, 6 },	{ SOL_SOCKET, SO_KEEPALIVE, 0, 7 },
	{ SOL_SOCKET, SO_OOBINLINE, 0, 8 },	{ SOL_SOCKET, SO_LINGER, 0, 9 },
	{ SOL_SOCKET, SO_RCVLOWAT, 0, 10 },	{ SOL_SOCKET, SO_RCVTIMEO, 0, 11 },
	{ SOL_SOCKET, SO_SNDTIMEO, 0, 12 },	{ SOL_SOCKET, SO_ACCEPTCONN, 0, 13 },
	{ SOL_SOCKET, SO_BINDTODEVICE, 0, 14 }, { IPPROTO_TCP, TCP_NODELAY, 6, 15 },
};

static struct host_option option_for_host(int level, int name)
{
	int linux_level = level == SOL_SOCKET ? LINUX_SOL_SOCKET : level;

	for (size_t i = 0; i < sizeof named / sizeof named[0]; i++) {
		if (named[i].level == level && named[i].name == name)
			return named[i];
	}
	return (struct host_option){ level, name, RAW_LEVEL + linux_level, name };
}

static int family_from_linux(int family)
{
	return family == LINUX_AF_UNIX ? AF_UNIX : family == LINUX_AF_INET ? AF_INET : AF_INET6;
}

/* The host's number in this program's terms. */
static int number_from_host(int level, int name, int number)
{
	if (level != SOL_SOCKET)
		return number;
	switch (name) {
	case SO_TYPE:
		return number == HOST_STREAM ? SOCK_STREAM : SOCK_DGRAM;
	case SO_DOMAIN:
		return family_from_linux(number);
	case SO_SNDBUF:
	case SO_RCVBUF:
		return number * 2; /* as Linux tells them, with its own share (socket(7)) */
	default:
		return number;
	}
}

int getsockopt(int fd, int level, int name, void *restrict value, socklen_t *restrict len)
{
	struct host_option o = option_for_host(level, name);
	union {
		int number;
		struct timeval time; /* for the alignment */
		char bytes[VALUE_MAX];
	} v = { .bytes = { 0 } };
	uint32_t got = sizeof v;

	if (!value || !len) {
		errno = EFAULT;
		return -1;
	}
	if (host_result(host_getsockopt(fd, o.host_level, o.host_name, &v, &got)) < 0)
		return -1;
	if (got == sizeof v.number)
		v.number = number_from_host(level, name, v.number);
	if (got < *len)
		*len = got;
	memcpy(value, &v, *len);
	return 0;
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
	struct host_option o = option_for_host(level, name);

	if (!value && len) {
		errno = EFAULT;
		return -1;
	}
	if (len > VALUE_MAX) {
		errno = EINVAL;
		return -1;
	}
	return host_result(host_setsockopt(fd, o.host_level, o.host_name, value, len));
}
