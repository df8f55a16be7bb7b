/* WasmEdge's calls on sockets; their types are those of its second form. */
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

static uint32_t wasmedge_sock_open(struct sys *s, struct gmem mem, const uint64_t *args)
{
	int family = family_load((uint32_t)args[0]);
	int type = type_load((uint32_t)args[1]);
	uint8_t *ret = gmem_view(mem, (uint32_t)args[2], 4);
	struct desc opened;
	int r;

	if (family < 0 || type < 0)
		return errno_to_guest(family < 0 ? family : type);
	r = ret ? sock_open(family, type, &opened) : -EFAULT;
	if (r == 0)
		r = codec_add(s, &opened, ret);
	return errno_to_guest(r);
}

static uint32_t wasmedge_sock_bind(struct sys *s, struct gmem mem, const uint64_t *args)
{
	struct desc *d;
	struct addr a;
	int r = codec_sock(s, (uint32_t)args[0], &d);

	if (r == 0)
		r = wasmedge_addr_load(mem, (uint32_t)args[1], (uint32_t)args[2], &a);
	return errno_to_guest(r < 0 ? r : sock_bind(d, &a));
}

static uint32_t wasmedge_sock_connect(struct sys *s, struct gmem mem, const uint64_t *args)
{
	struct desc *d;
	struct addr a;
	int r = codec_sock(s, (uint32_t)args[0], &d);

	if (r == 0)
		r = wasmedge_addr_load(mem, (uint32_t)args[1], (uint32_t)args[2], &a);
	return errno_to_guest(r < 0 ? r : sock_connect(d, &a));
}

static uint32_t wasmedge_sock_listen(struct sys *s, struct gmem mem, const uint64_t *args)
{
	struct desc *d;
	int r = codec_sock(s, (uint32_t)args[0], &d);

	return errno_to_guest(r < 0 ? r : sock_listen(d, (int32_t)args[1]));
}

static uint32_t addr_get(struct sys *s, struct gmem mem, const uint64_t *args,
			 int (*ask)(const struct desc *, struct addr *))
{
	struct wasmedge_place place;
	struct desc *d;
	struct addr a;
	int r = codec_sock(s, (uint32_t)args[0], &d);

	if (r == 0)
		r = wasmedge_place_view(mem, (uint32_t)args[1], (uint32_t)args[2], &place);
	if (r == 0)
		r = ask(d, &a);
	if (r == 0)
		r = wasmedge_place_store(&place, &a);
	return errno_to_guest(r);
}

static uint32_t wasmedge_sock_getlocaladdr(struct sys *s, struct gmem mem, const uint64_t *args)
{
	return addr_get(s, mem, args, sock_local);
}

static uint32_t wasmedge_sock_getpeeraddr(struct sys *s, struct gmem mem, const uint64_t *args)
{
	return addr_get(s, mem, args, sock_peer);
}

static uint32_t wasmedge_sock_recv_from(struct sys *s, struct gmem mem, const uint64_t *args)
{
	uint8_t *ret_n = gmem_view(mem, (uint32_t)args[6], 4);
	uint8_t *ret_flags = gmem_view(mem, (uint32_t)args[7], 2);
	struct wasmedge_place place;
	struct io_bufs bufs;
	struct desc *d;
	struct addr from;
	bool truncated;
	size_t n;
	int flags;
	int r = codec_sock(s, (uint32_t)args[0], &d);

	if (r == 0)
		r = codec_riflags((uint32_t)args[4], &flags);
	if (r == 0)
		r = codec_bufs(mem, (uint32_t)args[1], (uint32_t)args[2], &bufs);
	if (r == 0)
		r = wasmedge_place_view(mem, (uint32_t)args[3], (uint32_t)args[5], &place);
	if (r == 0)
		r = ret_n && ret_flags ? sock_recv(d, &bufs, flags, &n, &truncated, &from)
				       : -EFAULT;
	if (r != 0)
		return errno_to_guest(r);
	/* The bytes are taken; an address that is unknown or does not fit leaves its place as it
	 * is. */
	if (from.len)
		(void)wasmedge_place_store(&place, &from);
	gmem_store32(ret_n, (uint32_t)n);
	gmem_store16(ret_flags, truncated ? P1_RECV_TRUNCATED : 0);
	return P1_SUCCESS;
}

static uint32_t wasmedge_sock_send_to(struct sys *s, struct gmem mem, const uint64_t *args)
{
	uint8_t *ret_n = gmem_view(mem, (uint32_t)args[6], 4);
	struct io_bufs bufs;
	struct desc *d;
	struct addr to;
	size_t n;
	int r = codec_sock(s, (uint32_t)args[0], &d);

	if (r == 0 && (uint32_t)args[5] != 0)
		r = -EINVAL; /* no flag is defined */
	if (r == 0)
		r = codec_bufs(mem, (uint32_t)args[1], (uint32_t)args[2], &bufs);
	if (r == 0)
		r = wasmedge_addr_load(mem, (uint32_t)args[3], (uint32_t)args[4], &to);
	if (r == 0)
		r = ret_n ? sock_send(d, &bufs, &to, &n) : -EFAULT;
	if (r == 0)
		gmem_store32(ret_n, (uint32_t)n);
	return errno_to_guest(r);
}

#define ROW(name, params, args)                                                                    \
	{                                                                                          \
		"wasi_snapshot_preview1", #name, params, "i", args, "wasmedge", wasmedge_##name    \
	}

const struct import wasmedge_imports[] = {
	ROW(sock_open, "iii", "family type ret_fd"),
	ROW(sock_bind, "iii", "fd addr port"),
	ROW(sock_connect, "iii", "fd addr port"),
	ROW(sock_listen, "ii", "fd backlog"),
	ROW(sock_getlocaladdr, "iii", "fd addr ret_port"),
	ROW(sock_getpeeraddr, "iii", "fd addr ret_port"),
	ROW(sock_recv_from, "iiiiiiii", "fd iovs n_iovs addr riflags ret_port ret_n ret_roflags"),
	ROW(sock_send_to, "iiiiiii", "fd iovs n_iovs addr port siflags ret_n"),
	ROW(sock_getsockopt, "iiiii", "fd level name value len_or_ptr"),
	ROW(sock_setsockopt, "iiiii", "fd level name value len"),
	ROW(sock_getaddrinfo, "iiiiiiii", "node node_len service service_len hints res max ret_n"),
	{ 0 },
};
