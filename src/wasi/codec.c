#include "wasi/codec.h"

#include <errno.h>
#include <sys/socket.h>

#include "wasi/path.h"
#include "wasi/preview1.h"

int codec_desc(struct sys *s, uint32_t number, struct desc **ret)
{
	struct desc *d = table_get(&s->table, number);

	if (!d)
		return -EBADF;
	*ret = d;
	return 0;
}

int codec_dir(struct sys *s, uint32_t number, struct desc **ret)
{
	struct desc *d = table_get(&s->table, number);

	if (!d)
		return -EBADF;
	if (d->kind != DESC_DIR)
		return -ENOTDIR;
	*ret = d;
	return 0;
}

int codec_sock(struct sys *s, uint32_t number, struct desc **ret)
{
	struct desc *d = table_get(&s->table, number);

	if (!d)
		return -EBADF;
	if (d->kind != DESC_SOCKET)
		return -ENOTSOCK;
	*ret = d;
	return 0;
}

int codec_bufs(struct gmem mem, uint32_t iovs, uint32_t n, struct io_bufs *ret)
{
	uint32_t n_used = n < IOV_MAX ? n : IOV_MAX;
	const uint8_t *p = gmem_view(mem, iovs, (uint64_t)n * 8);

	if (!p)
		return -EFAULT;
	ret->n = (int)n_used;
	ret->len = 0;
	for (uint32_t i = 0; i < n_used; i++, p += 8) {
		uint32_t len = gmem_load32(p + 4);
		uint8_t *buf = gmem_view(mem, gmem_load32(p), len);

		if (!buf)
			return -EFAULT;
		ret->iov[i] = (struct iovec){ buf, len };
		ret->len += len;
	}
	return 0;
}

int codec_path(struct gmem mem, uint32_t ptr, uint32_t len, char ret[PATH_MAX])
{
	const uint8_t *p = gmem_view(mem, ptr, len);

	return p ? path_copy(p, len, ret) : -EFAULT;
}

uint8_t codec_filetype(mode_t type, int sock_type)
{
	switch (type & S_IFMT) {
	case S_IFBLK:
		return P1_TYPE_BLOCK;
	case S_IFCHR:
		return P1_TYPE_CHAR;
	case S_IFDIR:
		return P1_TYPE_DIR;
	case S_IFREG:
		return P1_TYPE_FILE;
	case S_IFLNK:
		return P1_TYPE_SYMLINK;
	case S_IFSOCK:
		return sock_type == SOCK_DGRAM ? P1_TYPE_SOCKET_DGRAM : P1_TYPE_SOCKET_STREAM;
	default:
		return P1_TYPE_UNKNOWN;
	}
}

int codec_clock(uint32_t id, clockid_t *ret)
{
	switch (id) {
	case P1_CLOCK_REALTIME:
		*ret = CLOCK_REALTIME;
		return 0;
	case P1_CLOCK_MONOTONIC:
		*ret = CLOCK_MONOTONIC;
		return 0;
	case P1_CLOCK_PROCESS_CPU:
		*ret = CLOCK_PROCESS_CPUTIME_ID;
		return 0;
	case P1_CLOCK_THREAD_CPU:
		*ret = CLOCK_THREAD_CPUTIME_ID;
		return 0;
	default:
		return -EINVAL;
	}
}

int codec_add(struct sys *s, struct desc *d, uint8_t *ret_number)
{
	uint32_t number;
	int r = table_add(&s->table, d, &number);

	if (r < 0) {
		desc_close(d);
		return r;
	}
	gmem_store32(ret_number, number);
	return 0;
}

struct sock_addr codec_inet(int family, const uint8_t *octets, uint16_t port)
{
	struct sock_addr a = { .family = family };

	a.ip.sa.sa_family = (sa_family_t)family;
	if (family == AF_INET) {
		a.ip.len = sizeof a.ip.in4;
		memcpy(&a.ip.in4.sin_addr, octets, 4);
	} else {
		a.ip.len = sizeof a.ip.in6;
		memcpy(&a.ip.in6.sin6_addr, octets, 16);
	}
	addr_set_port(&a.ip, port);
	return a;
}

const uint8_t *codec_inet_octets(const struct addr *a)
{
	return a->sa.sa_family == AF_INET ? (const uint8_t *)&a->in4.sin_addr
					  : a->in6.sin6_addr.s6_addr;
}

int codec_riflags(uint32_t riflags, int *ret_flags)
{
	if (riflags & ~(uint32_t)(P1_RECV_PEEK | P1_RECV_WAITALL))
		return -EINVAL;
	*ret_flags = (riflags & P1_RECV_PEEK ? MSG_PEEK : 0) |
		     (riflags & P1_RECV_WAITALL ? MSG_WAITALL : 0);
	return 0;
}
