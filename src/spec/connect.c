#include "spec/connect.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

/* Above the options; nothing else that a register may hold by chance looks like it. */
#define WORD_MARK (UINT64_C(0x77726d63) << 32)

const struct connect_option connect_options[CONNECT_OPTION_COUNT] = {
	{ SOL_SOCKET, SO_KEEPALIVE },
	{ SOL_SOCKET, SO_OOBINLINE },
	{ SOL_SOCKET, SO_RCVBUF },
	{ SOL_SOCKET, SO_SNDBUF },
	{ SOL_SOCKET, SO_RCVLOWAT },
	{ SOL_SOCKET, SO_PRIORITY },
	{ SOL_SOCKET, SO_LINGER },
	{ SOL_SOCKET, SO_RCVTIMEO },
	{ SOL_SOCKET, SO_SNDTIMEO },
	{ SOL_SOCKET, SO_DONTROUTE },
	{ IPPROTO_TCP, TCP_NODELAY },
	{ IPPROTO_TCP, TCP_CORK },
	{ IPPROTO_TCP, TCP_KEEPIDLE },
	{ IPPROTO_TCP, TCP_KEEPINTVL },
	{ IPPROTO_TCP, TCP_KEEPCNT },
	{ IPPROTO_TCP, TCP_SYNCNT },
	{ IPPROTO_TCP, TCP_DEFER_ACCEPT },
	{ IPPROTO_TCP, TCP_USER_TIMEOUT },
	{ IPPROTO_TCP, TCP_NOTSENT_LOWAT },
	{ IPPROTO_TCP, TCP_LINGER2 },
	{ IPPROTO_IP, IP_TOS },
	{ IPPROTO_IP, IP_TTL },
	{ IPPROTO_IPV6, IPV6_TCLASS },
	{ IPPROTO_IPV6, IPV6_UNICAST_HOPS },
	{ IPPROTO_TCP, TCP_CONGESTION },
};

uint32_t connect_option_bit(int level, int name)
{
	for (size_t i = 0; i < CONNECT_OPTION_COUNT; i++)
		if (connect_options[i].level == level && connect_options[i].name == name)
			return UINT32_C(1) << i;
	return 0;
}

uint64_t connect_word(uint32_t options)
{
	return WORD_MARK | (options & CONNECT_OPTIONS_ALL);
}

bool connect_is_word(uint64_t arg)
{
	return (arg & ~(uint64_t)CONNECT_OPTIONS_ALL) == WORD_MARK;
}

uint32_t connect_word_options(uint64_t arg)
{
	return connect_is_word(arg) ? (uint32_t)(arg & CONNECT_OPTIONS_ALL) : CONNECT_OPTIONS_ALL;
}
