#include "broker/sockopt.h"

#include "base/own.h"

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
};

static void copy_option(size_t i, int from, int pristine, int to)
{
	/* Large enough for an int, a struct linger and a struct timeval. */
	char value[32] = { 0 }, untouched[32] = { 0 };
	socklen_t len = sizeof value, untouched_len = sizeof untouched;
	int level = options[i].level, name = options[i].name, number;

	if (getsockopt(from, level, name, value, &len) < 0 ||
	    getsockopt(pristine, level, name, untouched, &untouched_len) < 0)
		return; /* not an option of this family, or of this kernel */
	if (len == untouched_len && memcmp(value, untouched, len) == 0)
		return;
	if (options[i].divisor > 1) {
		memcpy(&number, value, sizeof number);
		number /= options[i].divisor;
		memcpy(value, &number, sizeof number);
	}
	(void)setsockopt(to, level, name, value, len); /* as good as the host allows */
}

static void copy_congestion(int from, int pristine, int to)
{
	char value[16] = "", untouched[16] = "";
	socklen_t len = sizeof value - 1, untouched_len = sizeof untouched - 1;

	if (getsockopt(from, IPPROTO_TCP, TCP_CONGESTION, value, &len) == 0 &&
	    getsockopt(pristine, IPPROTO_TCP, TCP_CONGESTION, untouched, &untouched_len) == 0 &&
	    strcmp(value, untouched) != 0)
		(void)setsockopt(to, IPPROTO_TCP, TCP_CONGESTION, value, len);
}

void sockopt_copy(int from, int pristine, int to)
{
	int flags = fcntl(from, F_GETFL);

	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		copy_option(i, from, pristine, to);
	copy_congestion(from, pristine, to);
	if (flags >= 0 && (flags & O_NONBLOCK))
		(void)fcntl(to, F_SETFL, O_NONBLOCK);
}
