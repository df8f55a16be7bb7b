/* WasmEdge's addresses. The length of the buffer tells the form, and the port is never in it. */
#include "wasi/wasmedge.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>

#include "wasi/codec.h"

enum {
	LEN_INET4 = 4,
	LEN_INET6 = 16,
	LEN_STORAGE = 128,
	STORAGE_ADDR = 2, /* offset of the address behind the family */
	/* Our own addition for IPv6, in bytes that the dialect leaves unused: u16 = 1 if there is a
	 * scope id, and that as u32. */
	STORAGE_HAS_SCOPE = 18,
	STORAGE_SCOPE = 20,
};
static_assert(LEN_STORAGE - STORAGE_ADDR == UNIX_NAME_MAX, "the longest name");

static bool len_is_valid(uint32_t len)
{
	return len == LEN_INET4 || len == LEN_INET6 || len == LEN_STORAGE;
}

static int inet_load(int family, const uint8_t *octets, uint32_t port, struct sock_addr *ret)
{
	if (port > UINT16_MAX)
		return -EINVAL;
	*ret = codec_inet(family, octets, (uint16_t)port);
	return 0;
}

/* A path; or an abstract name, which starts with a NUL, or with the '@' that Go and the C library
 * write for it; or nothing. All end at a NUL or with the buffer. */
static struct sock_addr unix_load(const char *bytes)
{
	struct sock_addr a = { .family = AF_UNIX };
	bool is_abstract = bytes[0] == '@' || bytes[0] == '\0';
	size_t skip = is_abstract ? 1 : 0;
	size_t len = strnlen(bytes + skip, UNIX_NAME_MAX - skip);

	if (is_abstract && len == 0)
		return a;
	a.name.len = skip + len;
	memcpy(a.name.bytes + skip, bytes + skip, len);
	return a;
}

static int inet6_load(const uint8_t *buf, uint32_t port, struct sock_addr *ret)
{
	int r = inet_load(AF_INET6, buf + STORAGE_ADDR, port, ret);

	if (r == 0 && gmem_load16(buf + STORAGE_HAS_SCOPE) == 1)
		ret->ip.in6.sin6_scope_id = gmem_load32(buf + STORAGE_SCOPE);
	return r;
}

static int storage_load(const uint8_t *buf, uint32_t port, struct sock_addr *ret)
{
	switch (gmem_load16(buf)) {
	case WASMEDGE_INET4:
		return inet_load(AF_INET, buf + STORAGE_ADDR, port, ret);
	case WASMEDGE_INET6:
		return inet6_load(buf, port, ret);
	case WASMEDGE_UNIX:
		*ret = unix_load((const char *)buf + STORAGE_ADDR);
		return 0;
	default:
		return -EAFNOSUPPORT;
	}
}

int wasmedge_addr_load(struct gmem mem, uint32_t addr, uint32_t port, struct sock_addr *ret)
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
	switch (len) {
	case LEN_INET4:
		return inet_load(AF_INET, buf, port, ret);
	case LEN_INET6:
		return inet_load(AF_INET6, buf, port, ret);
	case LEN_STORAGE:
		return storage_load(buf, port, ret);
	default:
		return -EINVAL;
	}
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

static int unix_store(const struct wasmedge_place *p, const struct unix_name *name)
{
	if (p->len != LEN_STORAGE)
		return -EAFNOSUPPORT;
	memset(p->buf, 0, p->len);
	gmem_store16(p->buf, WASMEDGE_UNIX);
	memcpy(p->buf + STORAGE_ADDR, name->bytes, name->len);
	if (name->len > 0 && name->bytes[0] == '\0')
		p->buf[STORAGE_ADDR] = '@';
	gmem_store32(p->port, 0);
	return 0;
}

int wasmedge_place_store(const struct wasmedge_place *p, const struct sock_addr *a)
{
	bool is_inet4 = a->family == AF_INET;
	uint32_t len = is_inet4 ? LEN_INET4 : LEN_INET6;
	uint8_t *at = p->buf;

	if (a->family == AF_UNIX)
		return unix_store(p, &a->name);
	if (p->len < len)
		return -EINVAL;
	memset(p->buf, 0, p->len);
	if (p->len == LEN_STORAGE) {
		gmem_store16(p->buf, is_inet4 ? WASMEDGE_INET4 : WASMEDGE_INET6);
		at += STORAGE_ADDR;
	}
	if (p->len == LEN_STORAGE && !is_inet4 && a->ip.in6.sin6_scope_id) {
		gmem_store16(p->buf + STORAGE_HAS_SCOPE, 1);
		gmem_store32(p->buf + STORAGE_SCOPE, a->ip.in6.sin6_scope_id);
	}
	memcpy(at, codec_inet_octets(&a->ip), len);
	gmem_store32(p->port, addr_port(&a->ip));
	return 0;
}
