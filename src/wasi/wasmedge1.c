/* The first form of WasmEdge's calls where it differs from the second, the dead form before it, and
 * the names that end in _v2. */
#include "wasi/wasmedge.h"

#include <errno.h>
#include <sys/socket.h>

#include "wasi/codec.h"
#include "wasi/errno.h"
#include "wasi/preview1.h"
#include "wasi/preview1_calls.h"

static uint32_t wasmedge1_sock_accept(struct sys *s, struct gmem mem, const uint64_t *args)
{
	return p1_sock_accept(s, mem, (const uint64_t[]){ args[0], 0, args[1] });
}

enum {
	TYPE_INET4 = 4, /* what these calls tell as type: the version of IP, not a family */
	TYPE_INET6 = 6,
	BARE_MAX = 16, /* addresses here have no family, so no longer place makes sense */
};

static uint32_t addr_get(struct sys *s, struct gmem mem, const uint64_t *args,
			 int (*ask)(struct table *, const struct desc *, struct sock_addr *))
{
	uint8_t *ret_type = gmem_view(mem, (uint32_t)args[2], 4);
	struct wasmedge_place place;
	struct sock_addr a;
	struct desc *d;
	int r = codec_sock(s, (uint32_t)args[0], &d);

	if (r == 0)
		r = wasmedge_place_view(mem, (uint32_t)args[1], (uint32_t)args[3], &place);
	if (r == 0 && place.len > BARE_MAX)
		r = -EINVAL;
	if (r == 0)
		r = ret_type ? ask(&s->table, d, &a) : -EFAULT;
	if (r == 0)
		r = wasmedge_place_store(&place, &a);
	if (r == 0)
		gmem_store32(ret_type, a.family == AF_INET ? TYPE_INET4 : TYPE_INET6);
	return errno_to_guest(r);
}

static uint32_t wasmedge1_sock_getlocaladdr(struct sys *s, struct gmem mem, const uint64_t *args)
{
	return addr_get(s, mem, args, sock_local);
}

static uint32_t wasmedge1_sock_getpeeraddr(struct sys *s, struct gmem mem, const uint64_t *args)
{
	return addr_get(s, mem, args, sock_peer);
}

/* The crate reads 16 bytes as the head of Linux's sockaddr_in, family u16@0 with Linux's number,
 * port u16@2 (little-endian here), address@4, though its own host writes a bare address there. An
 * IPv6 source has no reader, and stays bare. */
static void source_store(const struct wasmedge_place *place, const struct sock_addr *from)
{
	if (place->len != BARE_MAX || from->family != AF_INET) {
		(void)wasmedge_place_store(place, from); /* what does not fit is left out */
		return;
	}
	memset(place->buf, 0, place->len);
	gmem_store16(place->buf, AF_INET);
	gmem_store16(place->buf + 2, addr_port(&from->ip));
	memcpy(place->buf + 4, codec_inet_octets(&from->ip), 4);
}

static uint32_t wasmedge1_sock_recv_from(struct sys *s, struct gmem mem, const uint64_t *args)
{
	uint8_t port[4]; /* this form has no place for it */
	struct wasmedge_place place;
	struct sock_addr from;
	int r = wasmedge_recv_from(s, mem, args, 0, &args[5], &place, &from);

	place.port = port;
	if (r == 0 && from.family != AF_UNSPEC)
		source_store(&place, &from);
	return errno_to_guest(r);
}

/* The crate before 0.4 closes sockets so, and cannot hear of a failure. */
static uint32_t wasmedge1_sock_close(struct sys *s, struct gmem mem, const uint64_t *args)
{
	(void)table_close(&s->table, (uint32_t)args[0]);
	return 0;
}

#define ROW(name, params, results, args)                                                           \
	{                                                                                          \
#name, params, results, args, DIALECT_WASMEDGE1, wasmedge1_##name                  \
	}
/* WasmEdge gives the second form these names as well. */
#define ROW_V2(name, params, args, call)                                                           \
	{                                                                                          \
#name "_v2", params, "i", args, DIALECT_WASMEDGE2, call                            \
	}

const struct import wasmedge1_imports[] = {
	{ "sock_accept", "ii", "i", "fd ret_fd", DIALECT_WASMEDGE1, wasmedge1_sock_accept,
	  "for WAMR's guests from before September 2022 as well" },
	ROW(sock_getlocaladdr, "iiii", "i", "fd addr ret_type ret_port"),
	ROW(sock_getpeeraddr, "iiii", "i", "fd addr ret_type ret_port"),
	ROW(sock_recv_from, "iiiiiii", "i", "fd iovs n_iovs addr riflags ret_n ret_roflags"),
	ROW(sock_close, "i", "", "fd"),
	ROW_V2(sock_open, "iii", "family type ret_fd", wasmedge_sock_open),
	ROW_V2(sock_bind, "iii", "fd addr port", wasmedge_sock_bind),
	ROW_V2(sock_connect, "iii", "fd addr port", wasmedge_sock_connect),
	ROW_V2(sock_listen, "ii", "fd backlog", wasmedge_sock_listen),
	ROW_V2(sock_accept, "iii", "fd fdflags ret_fd", p1_sock_accept),
	ROW_V2(sock_recv, "iiiiii", "fd iovs n_iovs riflags ret_n ret_roflags", p1_sock_recv),
	ROW_V2(sock_recv_from, "iiiiiiii", "fd iovs n_iovs addr riflags ret_port ret_n ret_roflags",
	       wasmedge_sock_recv_from),
	ROW_V2(sock_send, "iiiii", "fd iovs n_iovs siflags ret_n", p1_sock_send),
	ROW_V2(sock_send_to, "iiiiiii", "fd iovs n_iovs addr port siflags ret_n",
	       wasmedge_sock_send_to),
	ROW_V2(sock_getlocaladdr, "iii", "fd addr ret_port", wasmedge_sock_getlocaladdr),
	ROW_V2(sock_getpeeraddr, "iii", "fd addr ret_port", wasmedge_sock_getpeeraddr),
	{ "epoll_oneoff", "iiii", "i", "subscriptions ret_events n ret_n", DIALECT_WASMEDGE,
	  p1_poll_oneoff, "waits as poll_oneoff does" },
	{ 0 },
};
