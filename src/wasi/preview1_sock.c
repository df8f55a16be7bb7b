/* The four socket calls of preview1. WasmEdge and WAMR have the same ones under the same types, but
 * for WasmEdge's first sock_accept. */
#include "wasi/preview1_calls.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>

#include "base/own.h"
#include "wasi/codec.h"
#include "wasi/errno.h"
#include "wasi/preview1.h"
#include "wasi/preview1_stat.h"
#include "wasi/sock.h"

uint32_t p1_sock_accept(struct sys *s, struct gmem mem, const uint64_t *args)
{
	uint8_t *ret = gmem_view(mem, (uint32_t)args[2], 4);
	struct desc *listener;
	struct desc accepted;
	int flags;
	int r = codec_sock(s, (uint32_t)args[0], &listener);

	if (r == 0)
		r = preview1_fdflags_load((uint32_t)args[1], &flags);
	if (r == 0 && flags & ~O_NONBLOCK)
		r = -EINVAL;
	if (r == 0)
		r = ret ? sock_accept(NULL, listener, flags & O_NONBLOCK, &accepted, NULL)
			: -EFAULT;
	if (r == 0)
		r = codec_add(s, &accepted, ret);
	return errno_to_guest(r);
}

uint32_t p1_sock_recv(struct sys *s, struct gmem mem, const uint64_t *args)
{
	uint8_t *ret_n = gmem_view(mem, (uint32_t)args[4], 4);
	uint8_t *ret_flags = gmem_view(mem, (uint32_t)args[5], 2);
	struct io_bufs bufs;
	struct desc *d;
	size_t n;
	bool truncated;
	int flags;
	int r = codec_sock(s, (uint32_t)args[0], &d);

	if (r == 0)
		r = codec_riflags((uint32_t)args[3], &flags);
	if (r == 0)
		r = codec_bufs(mem, (uint32_t)args[1], (uint32_t)args[2], &bufs);
	if (r == 0)
		r = ret_n && ret_flags ? sock_recv(&s->table, d, &bufs, flags, &n, &truncated, NULL)
				       : -EFAULT;
	if (r == 0) {
		gmem_store32(ret_n, (uint32_t)n);
		gmem_store16(ret_flags, truncated ? P1_RECV_TRUNCATED : 0);
	}
	return errno_to_guest(r);
}

uint32_t p1_sock_send(struct sys *s, struct gmem mem, const uint64_t *args)
{
	uint8_t *ret_n = gmem_view(mem, (uint32_t)args[4], 4);
	struct io_bufs bufs;
	struct desc *d;
	size_t n;
	int r = codec_sock(s, (uint32_t)args[0], &d);

	if (r == 0 && (uint32_t)args[3] != 0)
		r = -EINVAL; /* no flag is defined */
	if (r == 0)
		r = codec_bufs(mem, (uint32_t)args[1], (uint32_t)args[2], &bufs);
	if (r == 0)
		r = ret_n ? sock_send(&s->table, d, &bufs, 0, NULL, &n) : -EFAULT;
	if (r == 0)
		gmem_store32(ret_n, (uint32_t)n);
	return errno_to_guest(r);
}

static uint32_t p1_sock_shutdown(struct sys *s, struct gmem mem, const uint64_t *args)
{
	static const int hows[] = {
		[P1_SHUT_RD] = SHUT_RD,
		[P1_SHUT_WR] = SHUT_WR,
		[P1_SHUT_RD | P1_SHUT_WR] = SHUT_RDWR,
	};
	uint32_t how = (uint32_t)args[1];
	struct desc *d;
	int r = codec_sock(s, (uint32_t)args[0], &d);

	if (r == 0 && (how == 0 || how >= ARRAY_LEN(hows)))
		r = -EINVAL;
	if (r == 0)
		r = sock_shutdown(d, hows[how]);
	return errno_to_guest(r);
}

enum {
	ALL = DIALECT_PREVIEW1 | DIALECT_UNSTABLE | DIALECT_WASMEDGE | DIALECT_WAMR,
	ACCEPT = DIALECT_PREVIEW1 | DIALECT_WASMEDGE2 | DIALECT_WAMR,
};

const struct import preview1_sock_imports[] = {
	{ "sock_accept", "iii", "i", "fd fdflags ret_fd", ACCEPT, p1_sock_accept },
	{ "sock_recv", "iiiiii", "i", "fd iovs n_iovs riflags ret_n ret_roflags", ALL,
	  p1_sock_recv },
	{ "sock_send", "iiiii", "i", "fd iovs n_iovs siflags ret_n", ALL, p1_sock_send },
	{ "sock_shutdown", "ii", "i", "fd how", ALL, p1_sock_shutdown },
	{ 0 },
};
