#include "base/addr.h"

#include "base/num.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* The kernel also takes a sockaddr_in6 that ends before its scope (RFC 2133's). */
enum { IN6_LEN_MIN = offsetof(struct sockaddr_in6, sin6_scope_id) };

static bool parse_ip4(const char *text, struct addr *ret)
{
	struct sockaddr_in in4 = { .sin_family = AF_INET };

	if (inet_pton(AF_INET, text, &in4.sin_addr) != 1)
		return false;
	*ret = (struct addr){ .in4 = in4, .len = sizeof in4 };
	return true;
}

/* "::1" or "fe80::1%2". An interface's name would take a system call, so the scope is a number. */
static bool parse_ip6(const char *text, struct addr *ret)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	const char *percent = strchrnul(text, '%');
	char ip[INET6_ADDRSTRLEN];
	uint64_t scope = 0;

	if ((size_t)(percent - text) >= sizeof ip)
		return false;
	memcpy(ip, text, (size_t)(percent - text));
	ip[percent - text] = 0;
	if (inet_pton(AF_INET6, ip, &in6.sin6_addr) != 1)
		return false;
	if (*percent && !num_parse_u64(percent + 1, UINT32_MAX, &scope))
		return false;
	in6.sin6_scope_id = (uint32_t)scope;
	*ret = (struct addr){ .in6 = in6, .len = sizeof in6 };
	return true;
}

int addr_parse_ip(const char *text, struct addr *ret, struct err *e)
{
	size_t len = strlen(text);
	char inner[ADDR_TEXT_MAX];

	if (parse_ip4(text, ret) || parse_ip6(text, ret))
		return 0;
	if (len > 2 && len < sizeof inner && text[0] == '[' && text[len - 1] == ']') {
		memcpy(inner, text + 1, len - 2);
		inner[len - 2] = 0;
		if (parse_ip6(inner, ret))
			return 0;
	}
	return err_set(e, 0, "not an IPv4 or IPv6 address");
}

int addr_from_sockaddr(const void *sockaddr, socklen_t len, struct addr *ret)
{
	struct addr a = { 0 };
	sa_family_t family;

	if (len < sizeof family)
		return -EINVAL;
	memcpy(&family, sockaddr, sizeof family);
	if (family == AF_INET) {
		if (len < sizeof a.in4)
			return -EINVAL;
		a.len = sizeof a.in4;
		memcpy(&a.in4, sockaddr, a.len);
	} else if (family == AF_INET6) {
		if (len < IN6_LEN_MIN)
			return -EINVAL;
		a.len = sizeof a.in6;
		memcpy(&a.in6, sockaddr, len < a.len ? len : a.len);
	} else {
		return -EAFNOSUPPORT;
	}
	*ret = a;
	return 0;
}

uint16_t addr_port(const struct addr *a)
{
	return ntohs(a->sa.sa_family == AF_INET6 ? a->in6.sin6_port : a->in4.sin_port);
}

void addr_set_port(struct addr *a, uint16_t port)
{
	if (a->sa.sa_family == AF_INET6)
		a->in6.sin6_port = htons(port);
	else
		a->in4.sin_port = htons(port);
}

/* The IPv4 address in host order, of an IPv4 or an IPv4-mapped IPv6 address. */
static bool get_ip4(const struct addr *a, uint32_t *ret)
{
	uint32_t ip;

	if (a->sa.sa_family == AF_INET)
		ip = a->in4.sin_addr.s_addr;
	else if (a->sa.sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&a->in6.sin6_addr))
		memcpy(&ip, a->in6.sin6_addr.s6_addr + 12, sizeof ip);
	else
		return false;
	*ret = ntohl(ip);
	return true;
}

bool addr_is_loopback(const struct addr *a)
{
	uint32_t ip4;

	if (get_ip4(a, &ip4))
		return ip4 >> 24 == IN_LOOPBACKNET;
	return a->sa.sa_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&a->in6.sin6_addr);
}

bool addr_is_wildcard(const struct addr *a)
{
	uint32_t ip4;

	if (get_ip4(a, &ip4))
		return ip4 == INADDR_ANY;
	return a->sa.sa_family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&a->in6.sin6_addr);
}

bool addr_equal(const struct addr *a, const struct addr *b)
{
	if (a->sa.sa_family != b->sa.sa_family || addr_port(a) != addr_port(b))
		return false;
	if (a->sa.sa_family == AF_INET)
		return a->in4.sin_addr.s_addr == b->in4.sin_addr.s_addr;
	return IN6_ARE_ADDR_EQUAL(&a->in6.sin6_addr, &b->in6.sin6_addr) &&
	       a->in6.sin6_scope_id == b->in6.sin6_scope_id;
}

static size_t get_ip_bytes(const struct addr *a, const uint8_t **ret)
{
	bool is_ip4 = a->sa.sa_family == AF_INET;

	*ret = is_ip4 ? (const uint8_t *)&a->in4.sin_addr : a->in6.sin6_addr.s6_addr;
	return is_ip4 ? sizeof a->in4.sin_addr : sizeof a->in6.sin6_addr;
}

bool addr_is_in(const struct addr *a, const struct addr *network, unsigned prefix_len)
{
	unsigned whole = prefix_len / 8, rest = prefix_len % 8;
	const uint8_t *x, *y;

	(void)get_ip_bytes(a, &x);
	(void)get_ip_bytes(network, &y);
	if (a->sa.sa_family != network->sa.sa_family || memcmp(x, y, whole) != 0)
		return false;
	return rest == 0 || ((x[whole] ^ y[whole]) >> (8 - rest)) == 0;
}

struct addr addr_masked(const struct addr *a, unsigned prefix_len)
{
	struct addr out = *a;
	const uint8_t *bytes;
	size_t n = get_ip_bytes(&out, &bytes);

	for (size_t i = 0; i < n; i++) {
		unsigned kept = prefix_len > i * 8 ? prefix_len - (unsigned)i * 8 : 0;

		if (kept < 8)
			((uint8_t *)bytes)[i] &= (uint8_t) ~(0xff >> kept);
	}
	return out;
}

const char *addr_format_ip(const struct addr *a, char out[ADDR_TEXT_MAX])
{
	size_t len;

	if (a->sa.sa_family == AF_INET) {
		(void)inet_ntop(AF_INET, &a->in4.sin_addr, out, ADDR_TEXT_MAX); /* it fits */
		return out;
	}
	(void)inet_ntop(AF_INET6, &a->in6.sin6_addr, out, ADDR_TEXT_MAX); /* it fits */
	len = strlen(out);
	if (a->in6.sin6_scope_id)
		(void)snprintf(out + len, ADDR_TEXT_MAX - len, "%%%" PRIu32, a->in6.sin6_scope_id);
	return out;
}

const char *addr_format(const struct addr *a, char out[ADDR_TEXT_MAX])
{
	char ip[ADDR_TEXT_MAX];
	bool brackets = a->sa.sa_family == AF_INET6;

	/* ip is at most INET6_ADDRSTRLEN + 10 bytes, which leaves room for brackets and port. */
	(void)snprintf(out, ADDR_TEXT_MAX, "%s%.56s%s:%u", brackets ? "[" : "",
		       addr_format_ip(a, ip), brackets ? "]" : "", addr_port(a));
	return out;
}

struct addr addr_reachable(const struct addr *a)
{
	struct addr to = *a;

	if (!addr_is_wildcard(a))
		return to;
	if (a->sa.sa_family == AF_INET)
		to.in4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	else if (IN6_IS_ADDR_V4MAPPED(&a->in6.sin6_addr))
		to.in6.sin6_addr = (struct in6_addr){ { { [10] = 0xff, 0xff, 127, 0, 0, 1 } } };
	else
		to.in6.sin6_addr = in6addr_loopback;
	return to;
}
