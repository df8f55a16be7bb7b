/* WasmEdge's addresses. The length of the buffer tells the form, and the port is never in it. */
#include "wasi/wasmedge.h"

#include <arpa/inet.h>
#include <errno.h>

enum {
	LEN_INET4 = 4,
	LEN_INET6 = 16,
	LEN_STORAGE = 128,
	STORAGE_ADDR = 2, /* offset of the address behind the family */
};

static bool len_is_valid(uint32_t len)
{
	return len == LEN_INET4 || len == LEN_INET6 || len == LEN_STORAGE;
}

static struct addr addr_inet4(const uint8_t *octets, uint16_t port)
{
	struct addr a = { .in4 = { .sin_family = AF_INET, .sin_port = htons(port) },
			  .len = sizeof a.in4 };

	memcpy(&a.in4.sin_addr, octets, LEN_INET4);
	return a;
}

static struct addr addr_inet6(const uint8_t *octets, uint16_t port)
{
	struct addr a = { .in6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) },
			  .len = sizeof a.in6 };

	memcpy(&a.in6.sin6_addr, octets, LEN_INET6);
	return a;
}

int wasmedge_addr_load(struct gmem mem, uint32_t addr, uint32_t port, struct addr *ret)
{
	const uint8_t *head = gmem_view(mem, addr, 8);
	const uint8_t *buf;
	uint32_t len;

	if (!head)
		return -EFAULT;
	len = gmem_load32(head + 4);
	buf = gmem_view(mem, gmem_load32(head), len);
	if (!buf)
		return -EFAULT;
	if (!len_is_valid(len) || port > UINT16_MAX)
		return -EINVAL;
	if (len == LEN_INET4) {
		*ret = addr_inet4(buf, (uint16_t)port);
	} else if (len == LEN_INET6) {
		*ret = addr_inet6(buf, (uint16_t)port);
	} else {
		switch (gmem_load16(buf)) {
		case WASMEDGE_INET4:
			*ret = addr_inet4(buf + STORAGE_ADDR, (uint16_t)port);
			break;
		case WASMEDGE_INET6:
			*ret = addr_inet6(buf + STORAGE_ADDR, (uint16_t)port);
			break;
		default:
			return -EAFNOSUPPORT;
		}
	}
	return 0;
}

int wasmedge_place_view(struct gmem mem, uint32_t addr, uint32_t port, struct wasmedge_place *ret)
{
	const uint8_t *head = gmem_view(mem, addr, 8);
	struct wasmedge_place p = { .port = gmem_view(mem, port, 4) };

	if (!head || !p.port)
		return -EFAULT;
	p.len = gmem_load32(head + 4);
	p.buf = gmem_view(mem, gmem_load32(head), p.len);
	if (!p.buf)
		return -EFAULT;
	if (!len_is_valid(p.len))
		return -EINVAL;
	*ret = p;
	return 0;
}

int wasmedge_place_store(const struct wasmedge_place *p, const struct addr *a)
{
	bool is_inet4 = a->sa.sa_family == AF_INET;
	const void *octets =
		is_inet4 ? (const void *)&a->in4.sin_addr : (const void *)&a->in6.sin6_addr;
	uint32_t len = is_inet4 ? LEN_INET4 : LEN_INET6;
	uint8_t *at = p->buf;

	if (p->len < len)
		return -EINVAL;
	memset(p->buf, 0, p->len);
	if (p->len == LEN_STORAGE) {
		gmem_store16(p->buf, is_inet4 ? WASMEDGE_INET4 : WASMEDGE_INET6);
		at += STORAGE_ADDR;
	}
	memcpy(at, octets, len);
	gmem_store32(p->port, addr_port(a));
	return 0;
}
