#include "broker/sockopt.h"

#include "base/own.h"

#include <assert.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

static const struct {
	int level, name;
	int divisor; /* of what getsockopt gives: the kernel doubles buffer sizes (socket(7)) */
} options[] = {
	{ SOL_SOCKET, SO_KEEPALIVE, 1 },
	{ SOL_SOCKET, SO_OOBINLINE, 1 },
	{ SOL_SOCKET, SO_RCVBUF, 2 },
	{ SOL_SOCKET, SO_SNDBUF, 2 },
	{ SOL_SOCKET, SO_RCVLOWAT, 1 },
	{ SOL_SOCKET, SO_PRIORITY, 1 },
	{ SOL_SOCKET, SO_LINGER, 1 },
	{ SOL_SOCKET, SO_RCVTIMEO, 1 },
	{ SOL_SOCKET, SO_SNDTIMEO, 1 },
	{ SOL_SOCKET, SO_DONTROUTE, 1 },
	{ IPPROTO_TCP, TCP_NODELAY, 1 },
	{ IPPROTO_TCP, TCP_CORK, 1 },
	{ IPPROTO_TCP, TCP_KEEPIDLE, 1 },
	{ IPPROTO_TCP, TCP_KEEPINTVL, 1 },
	{ IPPROTO_TCP, TCP_KEEPCNT, 1 },
	{ IPPROTO_TCP, TCP_SYNCNT, 1 },
	{ IPPROTO_TCP, TCP_DEFER_ACCEPT, 1 },
	{ IPPROTO_TCP, TCP_USER_TIMEOUT, 1 },
	{ IPPROTO_TCP, TCP_NOTSENT_LOWAT, 1 },
	{ IPPROTO_TCP, TCP_LINGER2, 1 },
	{ IPPROTO_IP, IP_TOS, 1 },
	{ IPPROTO_IP, IP_TTL, 1 },
	{ IPPROTO_IPV6, IPV6_TCLASS, 1 },
	{ IPPROTO_IPV6, IPV6_UNICAST_HOPS, 1 },
	{ IPPROTO_TCP, TCP_CONGESTION, 1 },
};
static_assert(ARRAY_LEN(options) == SOCKOPT_COUNT, "a row for each option");

static void get(int fd, size_t i, struct sockopt_value *ret)
{
	*ret = (struct sockopt_value){ .len = sizeof ret->bytes };
	if (getsockopt(fd, options[i].level, options[i].name, ret->bytes, &ret->len) < 0)
		ret->len = 0;
}

void sockopt_read(int fd, struct sockopt_baseline *ret)
{
	for (size_t i = 0; i < SOCKOPT_COUNT; i++)
		get(fd, i, &ret->values[i]);
}

static void copy_option(size_t i, int from, const struct sockopt_value *untouched, int to)
{
	struct sockopt_value value;
	int number;

	if (untouched->len == 0)
		return;
	get(from, i, &value);
	if (value.len == 0 || memcmp(&value, untouched, sizeof value) == 0)
		return;
	if (options[i].divisor > 1) {
		memcpy(&number, value.bytes, sizeof number);
		number /= options[i].divisor;
		memcpy(value.bytes, &number, sizeof number);
	}
	/* As good as the host allows. */
	(void)setsockopt(to, options[i].level, options[i].name, value.bytes, value.len);
}

void sockopt_copy(int from, const struct sockopt_baseline *untouched, int to)
{
	int flags = fcntl(from, F_GETFL);

	for (size_t i = 0; i < SOCKOPT_COUNT; i++)
		copy_option(i, from, &untouched->values[i], to);
	if (flags >= 0 && (flags & O_NONBLOCK))
		(void)fcntl(to, F_SETFL, O_NONBLOCK);
}
