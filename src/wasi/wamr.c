/* WAMR's calls on sockets, but for options. */
#include "wasi/wamr.h"

#include <errno.h>
#include <netdb.h>
#include <sys/socket.h>

#include "wasi/codec.h"
#include "wasi/errno.h"
#include "wasi/lookup.h"
#include "wasi/preview1.h"

/* The first parameter is a pool that only WAMR's host knows, and is not looked at. */
static uint32_t wamr_sock_open(struct sys *s, struct gmem mem, const uint64_t *args)
{
	uint32_t family = (uint32_t)args[1];
	uint32_t type = (uint32_t)args[2];
	uint8_t *ret = gmem_view(mem, (uint32_t)args[3], 4);
	struct desc opened;
	int r = 0;

	if (family != WAMR_INET4 && family != WAMR_INET6)
		r = -EAFNOSUPPORT;
	else if (type != WAMR_DGRAM && type != WAMR_STREAM)
		r = -EINVAL;
	else if (!ret)
		r = -EFAULT;
	if (r == 0)
		r = sock_open(family == WAMR_INET4 ? AF_INET : AF_INET6,
			      type == WAMR_DGRAM ? SOCK_DGRAM : SOCK_STREAM, &opened);
	if (r == 0)
		r = codec_add(s, &opened, ret);
	return errno_to_guest(r);
}

static uint32_t wamr_sock_bind(struct sys *s, struct gmem mem, const uint64_t *args)
{
	struct sock_addr a;
	struct desc *d;
	int r = codec_sock(s, (uint32_t)args[0], &d);

	if (r == 0)
		r = wamr_addr_load(mem, (uint32_t)args[1], &a);
	return errno_to_guest(r < 0 ? r : sock_bind(&s->table, d, &a));
}

static uint32_t wamr_sock_connect(struct sys *s, struct gmem mem, const uint64_t *args)
{
	struct sock_addr a;
	struct desc *d;
	int r = codec_sock(s, (uint32_t)args[0], &d);

	if (r == 0)
		r = wamr_addr_load(mem, (uint32_t)args[1], &a);
	return errno_to_guest(r < 0 ? r : sock_connect(&s->table, d, &a));
}

static uint32_t addr_get(struct sys *s, struct gmem mem, const uint64_t *args,
			 int (*ask)(struct table *, const struct desc *, struct sock_addr *))
{
	uint8_t *ret = gmem_view(mem, (uint32_t)args[1], WAMR_ADDR_SIZE);
	struct sock_addr a;
	struct desc *d;
	int r = codec_sock(s, (uint32_t)args[0], &d);

	if (r == 0)
		r = ret ? ask(&s->table, d, &a) : -EFAULT;
	if (r == 0)
		r = wamr_addr_store(ret, &a);
	return errno_to_guest(r);
}

static uint32_t wamr_sock_addr_local(struct sys *s, struct gmem mem, const uint64_t *args)
{
	return addr_get(s, mem, args, sock_local);
}

static uint32_t wamr_sock_addr_remote(struct sys *s, struct gmem mem, const uint64_t *args)
{
	return addr_get(s, mem, args, sock_peer);
}

/* A crate of WasmEdge's before 0.4 imports the next two under the same types, with parameters that
 * mean something else; no host ever did those. Whoever opened a socket as WasmEdge does is such a
 * guest. */
static uint32_t wamr_sock_recv_from(struct sys *s, struct gmem mem, const uint64_t *args)
{
	uint8_t *ret_from = gmem_view(mem, (uint32_t)args[4], WAMR_ADDR_SIZE);
	uint8_t *ret_n = gmem_view(mem, (uint32_t)args[5], 4);
	struct sock_addr from;
	struct io_bufs bufs;
	struct desc *d;
	size_t n;
	int flags;
	int r = s->speaks_wasmedge ? -ENOSYS : codec_sock(s, (uint32_t)args[0], &d);

	if (r == 0)
		r = codec_riflags((uint32_t)args[3], &flags);
	if (r == 0)
		r = codec_bufs(mem, (uint32_t)args[1], (uint32_t)args[2], &bufs);
	if (r == 0)
		r = ret_from && ret_n ? sock_recv(&s->table, d, &bufs, flags, &n, NULL, &from)
				      : -EFAULT;
	if (r != 0)
		return errno_to_guest(r);
	(void)wamr_addr_store(ret_from, &from); /* the bytes are taken, whoever sent them */
	gmem_store32(ret_n, (uint32_t)n);
	return P1_SUCCESS;
}

static uint32_t wamr_sock_send_to(struct sys *s, struct gmem mem, const uint64_t *args)
{
	uint8_t *ret_n = gmem_view(mem, (uint32_t)args[5], 4);
	struct sock_addr to;
	struct io_bufs bufs;
	struct desc *d;
	size_t n;
	int r = s->speaks_wasmedge ? -ENOSYS : codec_sock(s, (uint32_t)args[0], &d);

	if (r == 0 && (uint32_t)args[3] != 0)
		r = -EINVAL; /* no flag is defined */
	if (r == 0)
		r = codec_bufs(mem, (uint32_t)args[1], (uint32_t)args[2], &bufs);
	if (r == 0)
		r = wamr_addr_load(mem, (uint32_t)args[4], &to);
	if (r == 0)
		r = ret_n ? sock_send(&s->table, d, &bufs, 0, &to, &n) : -EFAULT;
	if (r == 0)
		gmem_store32(ret_n, (uint32_t)n);
	return errno_to_guest(r);
}

static uint32_t wamr_sock_close(struct sys *s, struct gmem mem, const uint64_t *args)
{
	struct desc *d;
	int r = codec_sock(s, (uint32_t)args[0], &d);

	return errno_to_guest(r < 0 ? r : table_close(&s->table, (uint32_t)args[0]));
}

enum {
	INFO_SIZE = 28,	 /* addr@0, socktype i32@24 */
	HINTS_SIZE = 12, /* socktype i32@0, family i32@4, enabled u8@8 */
};

static int hints_load(const uint8_t *hints, struct sys_lookup *l)
{
	uint32_t type = gmem_load32(hints);
	uint32_t family = gmem_load32(hints + 4);

	if (!hints[8])
		return 0;
	if (family > WAMR_UNSPEC)
		return -EAFNOSUPPORT;
	l->family = family == WAMR_INET4 ? AF_INET : family == WAMR_INET6 ? AF_INET6 : AF_UNSPEC;
	if (type == WAMR_DGRAM)
		l->socktype = SOCK_DGRAM;
	else if (type == WAMR_STREAM)
		l->socktype = SOCK_STREAM;
	else if (type != (uint32_t)WAMR_ANY)
		return -EINVAL;
	return 0;
}

/* The dialect has no results of its own for a lookup. */
static int error_of(const struct sys_lookup *l)
{
	switch (l->error) {
	case 0:
		return 0;
	case EAI_SYSTEM:
		return -l->sys_errno;
	case EAI_AGAIN:
		return -EAGAIN;
	case EAI_MEMORY:
		return -ENOMEM;
	case EAI_NONAME:
	case EAI_NODATA:
	case EAI_ADDRFAMILY:
		return -ENOENT;
	default:
		return -EINVAL;
	}
}

/* Stores as many as there is room for and tells how many there are: the guest asks again with
 * more room. */
static void results_store(const struct sys_lookup *l, uint8_t *infos, uint32_t room, uint8_t *ret_n)
{
	uint32_t n = 0;

	for (size_t i = 0; i < l->n; i++) {
		const struct sock_addr a = { .family = l->results[i].addr.sa.sa_family,
					     .ip = l->results[i].addr };
		int type = l->results[i].socktype;

		if (type != SOCK_STREAM && type != SOCK_DGRAM)
			continue;
		if (n < room && wamr_addr_store(infos + (size_t)n * INFO_SIZE, &a) == 0)
			gmem_store32(infos + (size_t)n * INFO_SIZE + WAMR_ADDR_SIZE,
				     type == SOCK_STREAM ? WAMR_STREAM : WAMR_DGRAM);
		n++;
	}
	gmem_store32(ret_n, n);
}

static uint32_t wamr_sock_addr_resolve(struct sys *s, struct gmem mem, const uint64_t *args)
{
	uint32_t room = (uint32_t)args[4];
	const uint8_t *hints = gmem_view(mem, (uint32_t)args[2], HINTS_SIZE);
	uint8_t *infos = gmem_view(mem, (uint32_t)args[3], (uint64_t)room * INFO_SIZE);
	uint8_t *ret_n = gmem_view(mem, (uint32_t)args[5], 4);
	struct lookup_text node;
	struct lookup_text service;
	struct sys_lookup l = { .node = node.bytes, .service = service.bytes };
	int r;

	if (!hints || !infos || !ret_n || !lookup_cstring_load(mem, (uint32_t)args[0], &node) ||
	    !lookup_cstring_load(mem, (uint32_t)args[1], &service))
		return P1_FAULT;
	r = hints_load(hints, &l);
	if (r < 0)
		return errno_to_guest(r);
	lookup_run(s, &l);
	r = error_of(&l);
	if (r < 0)
		return errno_to_guest(r);
	results_store(&l, infos, room, ret_n);
	return P1_SUCCESS;
}

#define ROW(name, params, args, note)                                                              \
	{                                                                                          \
#name, params, "i", args, DIALECT_WAMR, wamr_##name, note                          \
	}
#define NOT_WASMEDGES "ENOSYS to a guest that opened a socket as WasmEdge does: a dead form of it"

const struct import wamr_imports[] = {
	ROW(sock_open, "iiii", "pool family type ret_fd", NULL),
	ROW(sock_bind, "ii", "fd addr", NULL),
	ROW(sock_connect, "ii", "fd addr", NULL),
	ROW(sock_addr_local, "ii", "fd ret_addr", NULL),
	ROW(sock_addr_remote, "ii", "fd ret_addr", NULL),
	ROW(sock_addr_resolve, "iiiiii", "node service hints ret_infos n_infos ret_n", NULL),
	ROW(sock_recv_from, "iiiiii", "fd iovs n_iovs riflags ret_addr ret_n", NOT_WASMEDGES),
	ROW(sock_send_to, "iiiiii", "fd iovs n_iovs siflags addr ret_n", NOT_WASMEDGES),
	ROW(sock_close, "i", "fd", NULL),
	{ 0 },
};
