#include "policy/special.h"

#include "base/own.h"

#include <string.h>

struct range {
	uint8_t prefix[8];
	unsigned prefix_len;
	const char *kind;
};

/* The first that fits counts. */
static const struct range ranges4[] = {
	{ { 0 }, 8, "unspecified" },
	{ { 10 }, 8, "private" },
	{ { 100, 64 }, 10, "private" }, /* shared by a provider's customers (RFC 6598) */
	{ { 127 }, 8, "loopback" },
	{ { 169, 254 }, 16, "link-local" }, /* among them clouds' metadata services */
	{ { 172, 16 }, 12, "private" },
	{ { 192, 0, 0 }, 24, "reserved" },
	{ { 192, 168 }, 16, "private" },
	{ { 198, 18 }, 15, "private" }, /* benchmarks (RFC 2544) */
	{ { 224 }, 4, "multicast" },
	{ { 255, 255, 255, 255 }, 32, "broadcast" },
	{ { 240 }, 4, "reserved" },
};

static const struct range ranges6[] = {
	{ { 0x00, 0x64, 0xff, 0x9b, 0x00, 0x01 }, 48, "private" }, /* local NAT64 (RFC 8215) */
	{ { 0x01, 0x00 }, 64, "reserved" },			   /* discarded (RFC 6666) */
	{ { 0x20, 0x01, 0x00, 0x00 }, 32, "tunnelled" },	   /* Teredo hides IPv4 */
	{ { 0xfc }, 7, "private" },
	{ { 0xfe, 0x80 }, 10, "link-local" },
	{ { 0xfe, 0xc0 }, 10, "private" }, /* site-local (RFC 3879) */
	{ { 0xff }, 8, "multicast" },
};

static const struct {
	uint8_t prefix[12];
	unsigned prefix_bytes, ip4_at;
} carriers[] = {
	{ { [10] = 0xff, 0xff }, 12, 12 },
	{ { 0 }, 12, 12 },
	{ { 0x00, 0x64, 0xff, 0x9b }, 12, 12 },
	{ { 0x20, 0x02 }, 2, 2 },
};

static bool is_in(const uint8_t *ip, const struct range *r)
{
	unsigned whole = r->prefix_len / 8, rest = r->prefix_len % 8;

	if (memcmp(ip, r->prefix, whole) != 0)
		return false;
	return rest == 0 || ((ip[whole] ^ r->prefix[whole]) >> (8 - rest)) == 0;
}

static const char *find(const uint8_t *ip, const struct range *ranges, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (is_in(ip, &ranges[i]))
			return ranges[i].kind;
	return NULL;
}

static const char *kind4(const struct addr *a)
{
	return find((const uint8_t *)&a->in4.sin_addr, ranges4, ARRAY_LEN(ranges4));
}

const char *special_kind(const struct addr *a)
{
	struct addr ip4;

	if (a->sa.sa_family == AF_INET)
		return kind4(a);
	if (IN6_IS_ADDR_LOOPBACK(&a->in6.sin6_addr))
		return "loopback";
	if (special_ip4(a, &ip4))
		return kind4(&ip4);
	return find(a->in6.sin6_addr.s6_addr, ranges6, ARRAY_LEN(ranges6));
}

static struct addr ip4_at(const struct addr *a, unsigned offset)
{
	struct addr out = { .in4 = { .sin_family = AF_INET }, .len = sizeof out.in4 };

	out.in4.sin_port = a->in6.sin6_port;
	memcpy(&out.in4.sin_addr, a->in6.sin6_addr.s6_addr + offset, sizeof out.in4.sin_addr);
	return out;
}

bool special_ip4(const struct addr *a, struct addr *ret)
{
	if (a->sa.sa_family != AF_INET6)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(carriers); i++) {
		if (memcmp(a->in6.sin6_addr.s6_addr, carriers[i].prefix,
			   carriers[i].prefix_bytes) != 0)
			continue;
		*ret = ip4_at(a, carriers[i].ip4_at);
		return true;
	}
	return false;
}

struct addr special_unmapped(const struct addr *a)
{
	if (a->sa.sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&a->in6.sin6_addr))
		return ip4_at(a, 12);
	return *a;
}
