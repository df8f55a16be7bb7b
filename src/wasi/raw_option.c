#include "wasi/raw_option.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <sys/socket.h>

#include "base/own.h"

struct raw_option {
	int level;
	int name;
	/* A stream socket can be one of the host's (a published listener and what it accepts), and
	 * through it a guest could join groups on the host's links, and learn which links there
	 * are. */
	bool datagrams_only;
};

/* Values hold no address of the host's memory, no descriptor and no kernel structure of changing
 * size. */
static const struct raw_option allowed[] = {
	{ SOL_SOCKET, SO_ACCEPTCONN, false },
	{ SOL_SOCKET, SO_BROADCAST, false },
	{ SOL_SOCKET, SO_DOMAIN, false },
	{ SOL_SOCKET, SO_DONTROUTE, false },
	{ SOL_SOCKET, SO_ERROR, false },
	{ SOL_SOCKET, SO_KEEPALIVE, false },
	{ SOL_SOCKET, SO_LINGER, false },
	{ SOL_SOCKET, SO_OOBINLINE, false },
	{ SOL_SOCKET, SO_PRIORITY, false },
	{ SOL_SOCKET, SO_PROTOCOL, false },
	{ SOL_SOCKET, SO_RCVBUF, false },
	{ SOL_SOCKET, SO_RCVLOWAT, false },
	{ SOL_SOCKET, SO_REUSEADDR, false },
	{ SOL_SOCKET, SO_REUSEPORT, false },
	{ SOL_SOCKET, SO_SNDBUF, false },
	{ SOL_SOCKET, SO_TYPE, false },
	{ IPPROTO_TCP, TCP_CORK, false },
	{ IPPROTO_TCP, TCP_DEFER_ACCEPT, false },
	{ IPPROTO_TCP, TCP_KEEPCNT, false },
	{ IPPROTO_TCP, TCP_KEEPIDLE, false },
	{ IPPROTO_TCP, TCP_KEEPINTVL, false },
	{ IPPROTO_TCP, TCP_LINGER2, false },
	{ IPPROTO_TCP, TCP_MAXSEG, false },
	{ IPPROTO_TCP, TCP_NODELAY, false },
	{ IPPROTO_TCP, TCP_NOTSENT_LOWAT, false },
	{ IPPROTO_TCP, TCP_QUICKACK, false },
	{ IPPROTO_TCP, TCP_SYNCNT, false },
	{ IPPROTO_TCP, TCP_USER_TIMEOUT, false },
	{ IPPROTO_TCP, TCP_WINDOW_CLAMP, false },
	{ IPPROTO_IP, IP_MTU, false },
	{ IPPROTO_IP, IP_MTU_DISCOVER, false },
	{ IPPROTO_IP, IP_TOS, false },
	{ IPPROTO_IP, IP_TTL, false },
	{ IPPROTO_IP, IP_ADD_MEMBERSHIP, true },
	{ IPPROTO_IP, IP_ADD_SOURCE_MEMBERSHIP, true },
	{ IPPROTO_IP, IP_BLOCK_SOURCE, true },
	{ IPPROTO_IP, IP_DROP_MEMBERSHIP, true },
	{ IPPROTO_IP, IP_DROP_SOURCE_MEMBERSHIP, true },
	{ IPPROTO_IP, IP_MULTICAST_ALL, true },
	{ IPPROTO_IP, IP_MULTICAST_IF, true },
	{ IPPROTO_IP, IP_MULTICAST_LOOP, true },
	{ IPPROTO_IP, IP_MULTICAST_TTL, true },
	{ IPPROTO_IP, IP_UNBLOCK_SOURCE, true },
	{ IPPROTO_IPV6, IPV6_DONTFRAG, false },
	{ IPPROTO_IPV6, IPV6_MTU, false },
	{ IPPROTO_IPV6, IPV6_MTU_DISCOVER, false },
	{ IPPROTO_IPV6, IPV6_TCLASS, false },
	{ IPPROTO_IPV6, IPV6_UNICAST_HOPS, false },
	{ IPPROTO_IPV6, IPV6_V6ONLY, false },
	{ IPPROTO_IPV6, IPV6_JOIN_GROUP, true },
	{ IPPROTO_IPV6, IPV6_LEAVE_GROUP, true },
	{ IPPROTO_IPV6, IPV6_MULTICAST_ALL, true },
	{ IPPROTO_IPV6, IPV6_MULTICAST_HOPS, true },
	{ IPPROTO_IPV6, IPV6_MULTICAST_IF, true },
	{ IPPROTO_IPV6, IPV6_MULTICAST_LOOP, true },
};

bool raw_option_is_allowed(int level, int name, int sock_type)
{
	for (size_t i = 0; i < ARRAY_LEN(allowed); i++) {
		if (allowed[i].level == level && allowed[i].name == name)
			return sock_type == SOCK_DGRAM || !allowed[i].datagrams_only;
	}
	return false;
}
