/* WasmEdge's sock_getaddrinfo, for what needs no resolver: literal addresses and numeric ports.
 *
 * The engine cannot resolve names: no name server is reachable from the guest's namespace.
 *
 * The guest passes a list of nodes that it has allocated, to be filled in:
 * addrinfo: flags u16@0, family u8@2, socktype u8@3, protocol u32@4, addrlen u32@8, addr ptr@12,
 *	canonname ptr@16, canonname_len u32@20, next ptr@24;
 * sockaddr: family u8@0, sa_data_len u32@4, sa_data ptr@8;
 * sa_data: port u16@0 big-endian, and then
 *	IPv4: address@2;
 *	IPv6: flowinfo u32@2, address@6, scope u32@22 for WasmEdge, or
 *	      address@2 for wasi-go and stealthrocket/net, who preset sa_data_len to 26.
 */
#include "wasi/wasmedge.h"

#include <arpa/inet.h>
#include <errno.h>

#include "base/num.h"
#include "wasi/preview1.h"

enum {
	ADDRINFO_SIZE = 28,
	SOCKADDR_SIZE = 12,
	SA_DATA_INET4 = 14, /* the address and 8 bytes of nothing */
	SA_DATA_INET6 = 26,
	TEXT_MAX = 256, /* of a node or a service, NUL included */
	AI_PASSIVE_FLAG = 1,
	RESULTS_MAX = 4, /* two families, two types */
};

enum lookup_error {
	LOOKUP_ADDR_FAMILY = 77,
	LOOKUP_FAIL = 80,
	LOOKUP_FAMILY = 81,
	LOOKUP_MEMORY = 82,
	LOOKUP_SERVICE = 85,
	LOOKUP_SOCKTYPE = 86,
};

struct lookup_result {
	struct addr addr;
	uint8_t type; /* enum wasmedge_type */
};

struct lookup {
	uint16_t flags;
	uint8_t family;
	uint8_t type;
	uint16_t port;
	size_t n_results;
	struct lookup_result results[RESULTS_MAX];
};

/* Copies a string that may or may not end in NUL; longer ones are no literals. False if outside. */
static bool text_load(struct gmem mem, uint32_t ptr, uint32_t len, char ret[TEXT_MAX])
{
	const uint8_t *p = gmem_view(mem, ptr, len);
	size_t n = len < TEXT_MAX - 1 ? len : TEXT_MAX - 1;

	if (!p)
		return false;
	memcpy(ret, p, n);
	ret[n] = '\0';
	return true;
}

static void lookup_add(struct lookup *l, const struct addr *a)
{
	for (uint8_t type = WASMEDGE_STREAM; type >= WASMEDGE_DGRAM; type--) {
		if (l->type != WASMEDGE_ANY && l->type != type)
			continue;
		l->results[l->n_results] = (struct lookup_result){ *a, type };
		addr_set_port(&l->results[l->n_results].addr, l->port);
		l->n_results++;
	}
}

/* No node: the wildcard for a server, loopback for a client (getaddrinfo(3)). */
static void lookup_nowhere(struct lookup *l)
{
	bool passive = l->flags & AI_PASSIVE_FLAG;
	struct addr inet4 = { .in4 = { .sin_family = AF_INET }, .len = sizeof inet4.in4 };
	struct addr inet6 = { .in6 = { .sin6_family = AF_INET6 }, .len = sizeof inet6.in6 };

	inet4.in4.sin_addr.s_addr = htonl(passive ? INADDR_ANY : INADDR_LOOPBACK);
	inet6.in6.sin6_addr = passive ? in6addr_any : in6addr_loopback;
	if (l->family != WASMEDGE_INET6)
		lookup_add(l, &inet4);
	if (l->family != WASMEDGE_INET4)
		lookup_add(l, &inet6);
}

static uint32_t lookup_literal(struct lookup *l, const char *node)
{
	struct addr a;

	if (addr_parse_ip(node, &a, NULL) < 0)
		return LOOKUP_FAIL;
	if ((l->family == WASMEDGE_INET4 && a.sa.sa_family != AF_INET) ||
	    (l->family == WASMEDGE_INET6 && a.sa.sa_family != AF_INET6))
		return LOOKUP_ADDR_FAMILY;
	lookup_add(l, &a);
	return P1_SUCCESS;
}

static uint32_t lookup_run(struct lookup *l, const char *node, const char *service)
{
	if (l->family > WASMEDGE_INET6)
		return LOOKUP_FAMILY;
	if (l->type > WASMEDGE_STREAM)
		return LOOKUP_SOCKTYPE;
	if (*service && !num_parse_u16(service, &l->port))
		return LOOKUP_SERVICE;
	if (*node)
		return lookup_literal(l, node);
	lookup_nowhere(l);
	return P1_SUCCESS;
}

static void sa_data_store(uint8_t *p, const struct addr *a, bool compact)
{
	uint16_t port = htons(addr_port(a));

	memcpy(p, &port, sizeof port);
	if (a->sa.sa_family == AF_INET) {
		memset(p + 2, 0, SA_DATA_INET4 - 2);
		memcpy(p + 2, &a->in4.sin_addr, 4);
		return;
	}
	memset(p + 2, 0, SA_DATA_INET6 - 2);
	memcpy(p + (compact ? 2 : 6), &a->in6.sin6_addr, 16);
	if (!compact)
		gmem_store32(p + 22, a->in6.sin6_scope_id);
}

/* Fills in one node. False if it, or what it points to, is outside. */
static bool node_store(struct gmem mem, uint8_t *node, const struct lookup_result *result)
{
	bool is_inet4 = result->addr.sa.sa_family == AF_INET;
	uint32_t data_len = is_inet4 ? SA_DATA_INET4 : SA_DATA_INET6;
	uint8_t *sockaddr = gmem_view(mem, gmem_load32(node + 12), SOCKADDR_SIZE);
	uint8_t *sa_data;

	if (!sockaddr)
		return false;
	sa_data = gmem_view(mem, gmem_load32(sockaddr + 8), data_len);
	if (!sa_data)
		return false;
	sa_data_store(sa_data, &result->addr, gmem_load32(sockaddr + 4) == SA_DATA_INET6);
	sockaddr[0] = is_inet4 ? WASMEDGE_INET4 : WASMEDGE_INET6;
	gmem_store32(sockaddr + 4, data_len);
	gmem_store16(node, 0);
	node[2] = sockaddr[0];
	node[3] = result->type;
	gmem_store32(node + 4, result->type == WASMEDGE_STREAM ? 1 : 2); /* TCP, UDP */
	gmem_store32(node + 8, result->addr.len);
	return true;
}

static uint32_t results_store(struct gmem mem, const struct lookup *l, uint32_t first, uint32_t max,
			      uint8_t *ret_n)
{
	uint32_t n = l->n_results < max ? (uint32_t)l->n_results : max;
	uint32_t at = first;

	for (uint32_t i = 0; i < n; i++) {
		uint8_t *node = gmem_view(mem, at, ADDRINFO_SIZE);

		if (!node || !node_store(mem, node, &l->results[i]))
			return P1_FAULT;
		at = gmem_load32(node + 24);
	}
	gmem_store32(ret_n, n);
	return P1_SUCCESS;
}

uint32_t wasmedge_sock_getaddrinfo(struct sys *s, struct gmem mem, const uint64_t *args)
{
	const uint8_t *hints = gmem_view(mem, (uint32_t)args[4], ADDRINFO_SIZE);
	const uint8_t *res = gmem_view(mem, (uint32_t)args[5], 4);
	uint32_t max = (uint32_t)args[6];
	uint8_t *ret_n = gmem_view(mem, (uint32_t)args[7], 4);
	char node[TEXT_MAX];
	char service[TEXT_MAX];
	struct lookup l = { 0 };
	uint32_t failed;

	if (!hints || !res || !ret_n ||
	    !text_load(mem, (uint32_t)args[0], (uint32_t)args[1], node) ||
	    !text_load(mem, (uint32_t)args[2], (uint32_t)args[3], service))
		return P1_FAULT;
	if (max == 0)
		return LOOKUP_MEMORY;
	l.flags = gmem_load16(hints);
	l.family = hints[2];
	l.type = hints[3];
	failed = lookup_run(&l, node, service);
	return failed ? failed : results_store(mem, &l, gmem_load32(res), max, ret_n);
}
