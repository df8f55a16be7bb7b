/* WAMR's socket options: a function to set and one to get for each.
 *
 * A getter writes exactly as many bytes as the guest's variable has: libraries
 * pass the address of a bool or of a byte.
 */
#include "wasi/wamr.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "wasi/codec.h"
#include "wasi/errno.h"

enum form {
	FORM_BOOL, /* set as i32, told as one byte */
	FORM_BYTE, /* likewise, a number */
	FORM_INT,
	FORM_BUF_SIZE, /* Linux tells twice what was set, guests expect what they set */
};

struct option {
	enum form form;
	int level;
	int name;
	int level6; /* of an IPv6 socket, if that has another one; else 0 */
	int name6;
};

static void option_place(const struct option *o, const struct desc *d, int *ret_level,
			 int *ret_name)
{
	bool is_6 = o->level6 && d->family == AF_INET6;

	*ret_level = is_6 ? o->level6 : o->level;
	*ret_name = is_6 ? o->name6 : o->name;
}

static uint32_t option_set(struct sys *s, const uint64_t *args, const struct option *o)
{
	int value = (int32_t)args[1];
	struct desc *d;
	int level, name;
	int r = codec_sock(s, (uint32_t)args[0], &d);

	if (r < 0)
		return errno_to_guest(r);
	if (o->form == FORM_BOOL)
		value = value != 0;
	option_place(o, d, &level, &name);
	return errno_to_guest(sock_set_option(d, level, name, &value, sizeof value));
}

static void value_store(uint8_t *p, enum form form, int value)
{
	switch (form) {
	case FORM_BOOL:
		*p = value != 0;
		break;
	case FORM_BYTE:
		*p = (uint8_t)value;
		break;
	case FORM_BUF_SIZE:
		gmem_store32(p, (uint32_t)value / 2);
		break;
	case FORM_INT:
		gmem_store32(p, (uint32_t)value);
		break;
	}
}

static uint32_t option_get(struct sys *s, struct gmem mem, const uint64_t *args,
			   const struct option *o)
{
	bool is_byte = o->form == FORM_BOOL || o->form == FORM_BYTE;
	uint8_t *ret = gmem_view(mem, (uint32_t)args[1], is_byte ? 1 : 4);
	struct desc *d;
	int value = 0;
	socklen_t len = sizeof value;
	int level, name;
	int r = codec_sock(s, (uint32_t)args[0], &d);

	if (r < 0)
		return errno_to_guest(r);
	if (!ret)
		return errno_to_guest(-EFAULT);
	option_place(o, d, &level, &name);
	r = sock_get_option(d, level, name, &value, &len);
	if (r == 0)
		value_store(ret, o->form, value);
	return errno_to_guest(r);
}

/* Defines the two functions of an option. */
#define OPTION(what, ...)                                                                          \
	static const struct option option_##what = { __VA_ARGS__ };                                \
	static uint32_t set_##what(struct sys *s, struct gmem mem, const uint64_t *args)           \
	{                                                                                          \
		return option_set(s, args, &option_##what);                                        \
	}                                                                                          \
	static uint32_t get_##what(struct sys *s, struct gmem mem, const uint64_t *args)           \
	{                                                                                          \
		return option_get(s, mem, args, &option_##what);                                   \
	}

OPTION(broadcast, FORM_BOOL, SOL_SOCKET, SO_BROADCAST, 0, 0)
OPTION(keep_alive, FORM_BOOL, SOL_SOCKET, SO_KEEPALIVE, 0, 0)
OPTION(reuse_addr, FORM_BOOL, SOL_SOCKET, SO_REUSEADDR, 0, 0)
OPTION(reuse_port, FORM_BOOL, SOL_SOCKET, SO_REUSEPORT, 0, 0)
OPTION(recv_buf_size, FORM_BUF_SIZE, SOL_SOCKET, SO_RCVBUF, 0, 0)
OPTION(send_buf_size, FORM_BUF_SIZE, SOL_SOCKET, SO_SNDBUF, 0, 0)
OPTION(tcp_no_delay, FORM_BOOL, IPPROTO_TCP, TCP_NODELAY, 0, 0)
OPTION(tcp_quick_ack, FORM_BOOL, IPPROTO_TCP, TCP_QUICKACK, 0, 0)
OPTION(tcp_keep_idle, FORM_INT, IPPROTO_TCP, TCP_KEEPIDLE, 0, 0)
OPTION(tcp_keep_intvl, FORM_INT, IPPROTO_TCP, TCP_KEEPINTVL, 0, 0)
OPTION(tcp_fastopen_connect, FORM_BOOL, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 0, 0)
OPTION(ipv6_only, FORM_BOOL, IPPROTO_IPV6, IPV6_V6ONLY, 0, 0)
OPTION(ip_ttl, FORM_BYTE, IPPROTO_IP, IP_TTL, IPPROTO_IPV6, IPV6_UNICAST_HOPS)
OPTION(ip_multicast_ttl, FORM_BYTE, IPPROTO_IP, IP_MULTICAST_TTL, IPPROTO_IPV6, IPV6_MULTICAST_HOPS)

static const struct option loop4 = { FORM_BOOL, IPPROTO_IP, IP_MULTICAST_LOOP, 0, 0 };
static const struct option loop6 = { FORM_BOOL, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0, 0 };

static uint32_t set_ip_multicast_loop(struct sys *s, struct gmem mem, const uint64_t *args)
{
	return option_set(s, (const uint64_t[]){ args[0], args[2] },
			  (uint32_t)args[1] ? &loop6 : &loop4);
}

static uint32_t get_ip_multicast_loop(struct sys *s, struct gmem mem, const uint64_t *args)
{
	return option_get(s, mem, (const uint64_t[]){ args[0], args[2] },
			  (uint32_t)args[1] ? &loop6 : &loop4);
}

/* The interface is an address, in the order of the wire, for IPv4 and a number for IPv6. */
static uint32_t membership_set(struct sys *s, struct gmem mem, const uint64_t *args, int name4,
			       int name6)
{
	struct sock_addr group;
	struct desc *d;
	int r = codec_sock(s, (uint32_t)args[0], &d);

	if (r == 0)
		r = wamr_ip_load(mem, (uint32_t)args[1], &group);
	if (r < 0)
		return errno_to_guest(r);
	if (group.family == AF_INET) {
		struct ip_mreq mreq = { .imr_multiaddr = group.ip.in4.sin_addr,
					.imr_interface.s_addr = htole32((uint32_t)args[2]) };

		r = sock_set_option(d, IPPROTO_IP, name4, &mreq, sizeof mreq);
	} else {
		struct ipv6_mreq mreq = { .ipv6mr_multiaddr = group.ip.in6.sin6_addr,
					  .ipv6mr_interface = (uint32_t)args[2] };

		r = sock_set_option(d, IPPROTO_IPV6, name6, &mreq, sizeof mreq);
	}
	return errno_to_guest(r);
}

static uint32_t set_ip_add_membership(struct sys *s, struct gmem mem, const uint64_t *args)
{
	return membership_set(s, mem, args, IP_ADD_MEMBERSHIP, IPV6_JOIN_GROUP);
}

static uint32_t set_ip_drop_membership(struct sys *s, struct gmem mem, const uint64_t *args)
{
	return membership_set(s, mem, args, IP_DROP_MEMBERSHIP, IPV6_LEAVE_GROUP);
}

/* Microseconds in 64 bits; 0 is without end. */
static uint32_t timeout_set(struct sys *s, const uint64_t *args, int name)
{
	struct timeval tv = { .tv_sec = (time_t)(args[1] / 1000000),
			      .tv_usec = (suseconds_t)(args[1] % 1000000) };
	struct desc *d;
	int r = codec_sock(s, (uint32_t)args[0], &d);

	return errno_to_guest(r < 0 ? r : sock_set_option(d, SOL_SOCKET, name, &tv, sizeof tv));
}

static uint32_t timeout_get(struct sys *s, struct gmem mem, const uint64_t *args, int name)
{
	uint8_t *ret = gmem_view(mem, (uint32_t)args[1], 8);
	struct timeval tv = { 0 };
	socklen_t len = sizeof tv;
	struct desc *d;
	int r = codec_sock(s, (uint32_t)args[0], &d);

	if (r == 0)
		r = ret ? sock_get_option(d, SOL_SOCKET, name, &tv, &len) : -EFAULT;
	if (r == 0)
		gmem_store64(ret, (uint64_t)tv.tv_sec * 1000000 + (uint64_t)tv.tv_usec);
	return errno_to_guest(r);
}

static uint32_t set_recv_timeout(struct sys *s, struct gmem mem, const uint64_t *args)
{
	return timeout_set(s, args, SO_RCVTIMEO);
}

static uint32_t get_recv_timeout(struct sys *s, struct gmem mem, const uint64_t *args)
{
	return timeout_get(s, mem, args, SO_RCVTIMEO);
}

static uint32_t set_send_timeout(struct sys *s, struct gmem mem, const uint64_t *args)
{
	return timeout_set(s, args, SO_SNDTIMEO);
}

static uint32_t get_send_timeout(struct sys *s, struct gmem mem, const uint64_t *args)
{
	return timeout_get(s, mem, args, SO_SNDTIMEO);
}

static uint32_t set_linger(struct sys *s, struct gmem mem, const uint64_t *args)
{
	const struct linger linger = { .l_onoff = (uint32_t)args[1] != 0,
				       .l_linger = (int32_t)args[2] };
	struct desc *d;
	int r = codec_sock(s, (uint32_t)args[0], &d);

	return errno_to_guest(
		r < 0 ? r : sock_set_option(d, SOL_SOCKET, SO_LINGER, &linger, sizeof linger));
}

static uint32_t get_linger(struct sys *s, struct gmem mem, const uint64_t *args)
{
	uint8_t *ret_enabled = gmem_view(mem, (uint32_t)args[1], 1);
	uint8_t *ret_seconds = gmem_view(mem, (uint32_t)args[2], 4);
	struct linger linger = { 0 };
	socklen_t len = sizeof linger;
	struct desc *d;
	int r = codec_sock(s, (uint32_t)args[0], &d);

	if (r == 0)
		r = ret_enabled && ret_seconds
			    ? sock_get_option(d, SOL_SOCKET, SO_LINGER, &linger, &len)
			    : -EFAULT;
	if (r == 0) {
		*ret_enabled = linger.l_onoff != 0;
		gmem_store32(ret_seconds, (uint32_t)linger.l_linger);
	}
	return errno_to_guest(r);
}

#define ROW(call, params, args)                                                                    \
	{                                                                                          \
		"sock_" #call, params, "i", args, DIALECT_WAMR, call                               \
	}
#define ROWS(what) ROW(set_##what, "ii", "fd value"), ROW(get_##what, "ii", "fd ret_value")

const struct import wamr_option_imports[] = {
	ROWS(broadcast),
	ROWS(keep_alive),
	ROWS(reuse_addr),
	ROWS(reuse_port),
	ROWS(recv_buf_size),
	ROWS(send_buf_size),
	ROWS(tcp_no_delay),
	ROWS(tcp_quick_ack),
	ROWS(tcp_keep_idle),
	ROWS(tcp_keep_intvl),
	ROWS(tcp_fastopen_connect),
	ROWS(ipv6_only),
	ROWS(ip_ttl),
	ROWS(ip_multicast_ttl),
	ROW(set_ip_multicast_loop, "iii", "fd is_ipv6 value"),
	ROW(get_ip_multicast_loop, "iii", "fd is_ipv6 ret_value"),
	ROW(set_ip_add_membership, "iii", "fd group interface"),
	ROW(set_ip_drop_membership, "iii", "fd group interface"),
	ROW(set_recv_timeout, "iI", "fd microseconds"),
	ROW(get_recv_timeout, "ii", "fd ret_microseconds"),
	ROW(set_send_timeout, "iI", "fd microseconds"),
	ROW(get_send_timeout, "ii", "fd ret_microseconds"),
	ROW(set_linger, "iii", "fd enabled seconds"),
	ROW(get_linger, "iii", "fd ret_enabled ret_seconds"),
	{ 0 },
};
