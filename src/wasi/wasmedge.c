/* WasmEdge's calls on sockets, under the types of its second form. */
#include "wasi/wasmedge.h"

#include <errno.h>
#include <sys/socket.h>

#include "wasi/codec.h"
#include "wasi/errno.h"
#include "wasi/preview1.h"
#include "wasi/sock.h"

static int family_load(uint32_t family)
{
	switch (family) {
	case WASMEDGE_INET4:
		return AF_INET;
	case WASMEDGE_INET6:
		return AF_INET6;
	case WASMEDGE_UNIX:
		return AF_UNIX;
	default:
		return -EAFNOSUPPORT;
	}
}

static int type_load(uint32_t type)
{
	switch (type) {
	case WASMEDGE_DGRAM:
		return SOCK_DGRAM;
	case WASMEDGE_STREAM:
		return SOCK_STREAM;
	default:
		return -EINVAL;
	}
}

uint32_t wasmedge_sock_open(struct sys *s, struct gmem mem, const uint64_t *args)
{
	int family = family_load((uint32_t)args[0]);
	int type = type_load((uint32_t)args[1]);
	uint8_t *ret = gmem_view(mem, (uint32_t)args[2], 4);
	struct desc opened;
	int r;

	s->speaks_wasmedge = true;
	if (family < 0 || type < 0)
		return errno_to_guest(family < 0 ? family : type);
	r = ret ? sock_open(family, type, &opened) : -EFAULT;
	if (r == 0)
		r = codec_add(s, &opened, ret);
	return errno_to_guest(r);
}

uint32_t wasmedge_sock_bind(struct sys *s, struct gmem mem, const uint64_t *args)
{
	struct desc *d;
	struct sock_addr a;
	int r = codec_sock(s, (uint32_t)args[0], &d);

	if (r == 0)
		r = wasmedge_addr_load(mem, (uint32_t)args[1], (uint32_t)args[2], &a);
	return errno_to_guest(r < 0 ? r : sock_bind(&s->table, d, &a));
}

uint32_t wasmedge_sock_connect(struct sys *s, struct gmem mem, const uint64_t *args)
{
	struct desc *d;
	struct sock_addr a;
	int r = codec_sock(s, (uint32_t)args[0], &d);

	if (r == 0)
		r = wasmedge_addr_load(mem, (uint32_t)args[1], (uint32_t)args[2], &a);
	return errno_to_guest(r < 0 ? r : sock_connect(&s->table, d, &a));
}

uint32_t wasmedge_sock_listen(struct sys *s, struct gmem mem, const uint64_t *args)
{
	struct desc *d;
	int r = codec_sock(s, (uint32_t)args[0], &d);

	return errno_to_guest(r < 0 ? r : sock_listen(d, (int32_t)args[1]));
}

static uint32_t addr_get(struct sys *s, struct gmem mem, const uint64_t *args,
			 int (*ask)(struct table *, const struct desc *, struct sock_addr *))
{
	struct wasmedge_place place;
	struct desc *d;
	struct sock_addr a;
	int r = codec_sock(s, (uint32_t)args[0], &d);

	if (r == 0)
		r = wasmedge_place_view(mem, (uint32_t)args[1], (uint32_t)args[2], &place);
	if (r == 0)
		r = ask(&s->table, d, &a);
	if (r == 0)
		r = wasmedge_place_store(&place, &a);
	return errno_to_guest(r);
}

uint32_t wasmedge_sock_getlocaladdr(struct sys *s, struct gmem mem, const uint64_t *args)
{
	return addr_get(s, mem, args, sock_local);
}

uint32_t wasmedge_sock_getpeeraddr(struct sys *s, struct gmem mem, const uint64_t *args)
{
	return addr_get(s, mem, args, sock_peer);
}

int wasmedge_recv_from(struct sys *s, struct gmem mem, const uint64_t *args, uint32_t port,
		       const uint64_t *rets, struct wasmedge_place *place, struct sock_addr *from)
{
	uint8_t *ret_n = gmem_view(mem, (uint32_t)rets[0], 4);
	uint8_t *ret_flags = gmem_view(mem, (uint32_t)rets[1], 2);
	struct io_bufs bufs;
	struct desc *d;
	bool truncated;
	size_t n;
	int flags;
	int r = codec_sock(s, (uint32_t)args[0], &d);

	if (r == 0)
		r = codec_riflags((uint32_t)args[4], &flags);
	if (r == 0)
		r = codec_bufs(mem, (uint32_t)args[1], (uint32_t)args[2], &bufs);
	if (r == 0)
		r = wasmedge_place_view(mem, (uint32_t)args[3], port, place);
	if (r == 0)
		r = ret_n && ret_flags ? sock_recv(&s->table, d, &bufs, flags, &n, &truncated, from)
				       : -EFAULT;
	if (r != 0)
		return r;
	gmem_store32(ret_n, (uint32_t)n);
	gmem_store16(ret_flags, truncated ? P1_RECV_TRUNCATED : 0);
	return 0;
}

uint32_t wasmedge_sock_recv_from(struct sys *s, struct gmem mem, const uint64_t *args)
{
	struct wasmedge_place place;
	struct sock_addr from;
	int r = wasmedge_recv_from(s, mem, args, (uint32_t)args[5], &args[6], &place, &from);

	/* The bytes are taken; an address that is unknown or does not fit leaves its place as it
	 * is. */
	if (r == 0 && from.family != AF_UNSPEC)
		(void)wasmedge_place_store(&place, &from);
	return errno_to_guest(r);
}

uint32_t wasmedge_sock_send_to(struct sys *s, struct gmem mem, const uint64_t *args)
{
	uint8_t *ret_n = gmem_view(mem, (uint32_t)args[6], 4);
	struct io_bufs bufs;
	struct desc *d;
	struct sock_addr to;
	size_t n;
	int r = codec_sock(s, (uint32_t)args[0], &d);

	if (r == 0 && (uint32_t)args[5] != 0)
		r = -EINVAL; /* no flag is defined */
	if (r == 0)
		r = codec_bufs(mem, (uint32_t)args[1], (uint32_t)args[2], &bufs);
	if (r == 0)
		r = wasmedge_addr_load(mem, (uint32_t)args[3], (uint32_t)args[4], &to);
	if (r == 0)
		r = ret_n ? sock_send(&s->table, d, &bufs, 0, &to, &n) : -EFAULT;
	if (r == 0)
		gmem_store32(ret_n, (uint32_t)n);
	return errno_to_guest(r);
}

#define ROW(name, params, args, dialects)                                                          \
	{                                                                                          \
#name, params, "i", args, dialects, wasmedge_##name                                \
	}

const struct import wasmedge_imports[] = {
	ROW(sock_open, "iii", "family type ret_fd", DIALECT_WASMEDGE),
	ROW(sock_bind, "iii", "fd addr port", DIALECT_WASMEDGE),
	ROW(sock_connect, "iii", "fd addr port", DIALECT_WASMEDGE),
	ROW(sock_listen, "ii", "fd backlog", DIALECT_WASMEDGE | DIALECT_WAMR),
	ROW(sock_getlocaladdr, "iii", "fd addr ret_port", DIALECT_WASMEDGE2),
	ROW(sock_getpeeraddr, "iii", "fd addr ret_port", DIALECT_WASMEDGE2),
	ROW(sock_recv_from, "iiiiiiii", "fd iovs n_iovs addr riflags ret_port ret_n ret_roflags",
	    DIALECT_WASMEDGE2),
	ROW(sock_send_to, "iiiiiii", "fd iovs n_iovs addr port siflags ret_n", DIALECT_WASMEDGE),
	ROW(sock_getsockopt, "iiiii", "fd level name value len_or_ptr", DIALECT_WASMEDGE),
	ROW(sock_setsockopt, "iiiii", "fd level name value len", DIALECT_WASMEDGE),
	ROW(sock_getaddrinfo, "iiiiiiii", "node node_len service service_len hints res max ret_n",
	    DIALECT_WASMEDGE),
	{ 0 },
};
