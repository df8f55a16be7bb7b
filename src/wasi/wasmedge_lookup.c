/* WasmEdge's sock_getaddrinfo.
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
#include <netdb.h>

#include "base/own.h"
#include "wasi/codec.h"
#include "wasi/errno.h"
#include "wasi/lookup.h"
#include "wasi/preview1.h"

enum {
	ADDRINFO_SIZE = 28,
	SOCKADDR_SIZE = 12,
	SA_DATA_INET4 = 14, /* the address and 8 bytes of nothing */
	SA_DATA_INET6 = 26,
};

/* The dialect's results of a lookup, by what getaddrinfo(3) says. */
static const struct {
	int eai;
	uint32_t result;
} failures[] = {
	{ EAI_ADDRFAMILY, 77 }, { EAI_AGAIN, 78 },    { EAI_BADFLAGS, 79 }, { EAI_FAIL, 80 },
	{ EAI_FAMILY, 81 },	{ EAI_MEMORY, 82 },   { EAI_NODATA, 83 },   { EAI_NONAME, 84 },
	{ EAI_SERVICE, 85 },	{ EAI_SOCKTYPE, 86 },
};

enum {
	AI_RESULT_FAIL = 80,
	AI_RESULT_FAMILY = 81,
	AI_RESULT_MEMORY = 82,
	AI_RESULT_SOCKTYPE = 86,
};

/* A refused name is told as the system's error, which every language knows to print. */
static uint32_t result_of(const struct sys_lookup *l)
{
	if (l->error == EAI_SYSTEM)
		return errno_to_guest(-l->sys_errno);
	for (size_t i = 0; i < ARRAY_LEN(failures); i++) {
		if (failures[i].eai == l->error)
			return failures[i].result;
	}
	return l->error ? AI_RESULT_FAIL : P1_SUCCESS;
}

static int flags_load(uint16_t flags)
{
	static const int linux_flags[] = {
		AI_PASSIVE,  AI_CANONNAME, AI_NUMERICHOST, AI_NUMERICSERV,
		AI_V4MAPPED, AI_ALL,	   AI_ADDRCONFIG,
	};
	int loaded = 0;

	for (size_t i = 0; i < ARRAY_LEN(linux_flags); i++)
		loaded |= flags & 1u << i ? linux_flags[i] : 0;
	return loaded;
}

/* The question in hints; the protocol says nothing that the type does not. */
static uint32_t hints_load(const uint8_t *hints, struct sys_lookup *l)
{
	static const int families[] = { AF_UNSPEC, AF_INET, AF_INET6 };
	static const int types[] = { 0, SOCK_DGRAM, SOCK_STREAM };

	if (hints[2] >= ARRAY_LEN(families))
		return AI_RESULT_FAMILY;
	if (hints[3] >= ARRAY_LEN(types))
		return AI_RESULT_SOCKTYPE;
	l->flags = flags_load(gmem_load16(hints));
	l->family = families[hints[2]];
	l->socktype = types[hints[3]];
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
static bool node_store(struct gmem mem, uint8_t *node, const struct addr *a, int socktype)
{
	bool is_inet4 = a->sa.sa_family == AF_INET;
	uint32_t data_len = is_inet4 ? SA_DATA_INET4 : SA_DATA_INET6;
	uint8_t *sockaddr = gmem_view(mem, gmem_load32(node + 12), SOCKADDR_SIZE);
	uint8_t *sa_data;

	if (!sockaddr)
		return false;
	sa_data = gmem_view(mem, gmem_load32(sockaddr + 8), data_len);
	if (!sa_data)
		return false;
	sa_data_store(sa_data, a, gmem_load32(sockaddr + 4) == SA_DATA_INET6);
	sockaddr[0] = is_inet4 ? WASMEDGE_INET4 : WASMEDGE_INET6;
	gmem_store32(sockaddr + 4, data_len);
	gmem_store16(node, 0);
	node[2] = sockaddr[0];
	node[3] = socktype == SOCK_STREAM ? WASMEDGE_STREAM : WASMEDGE_DGRAM;
	gmem_store32(node + 4, socktype == SOCK_STREAM ? 1 : 2); /* TCP, UDP */
	gmem_store32(node + 8, a->len);
	return true;
}

/* A guest that did not ask for the name passes a pointer that leads nowhere. */
static bool canonical_store(struct gmem mem, uint8_t *node, const char *name)
{
	uint32_t room = gmem_load32(node + 20);
	uint8_t *p = gmem_view(mem, gmem_load32(node + 16), room);
	uint32_t len = (uint32_t)strlen(name);

	if (room == 0 || len == 0)
		return true;
	if (!p)
		return false;
	len = len < room ? len : room - 1;
	memcpy(p, name, len);
	p[len] = '\0';
	gmem_store32(node + 20, len);
	return true;
}

static uint32_t results_store(struct gmem mem, const struct sys_lookup *l, uint32_t first,
			      uint32_t max, uint8_t *ret_n)
{
	uint32_t at = first;
	uint32_t n = 0;

	for (size_t i = 0; i < l->n && n < max; i++) {
		uint8_t *node = gmem_view(mem, at, ADDRINFO_SIZE);

		/* getaddrinfo() tells raw sockets too, which no guest can open. */
		if (l->results[i].socktype != SOCK_STREAM && l->results[i].socktype != SOCK_DGRAM)
			continue;
		if (!node || !node_store(mem, node, &l->results[i].addr, l->results[i].socktype))
			return P1_FAULT;
		if (n == 0 && l->flags & AI_CANONNAME && !canonical_store(mem, node, l->canonical))
			return P1_FAULT;
		at = gmem_load32(node + 24);
		n++;
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
	struct lookup_text node;
	struct lookup_text service;
	struct sys_lookup l = { .node = node.bytes, .service = service.bytes };
	uint32_t failed;

	if (!hints || !res || !ret_n ||
	    !lookup_text_load(mem, (uint32_t)args[0], (uint32_t)args[1], &node) ||
	    !lookup_text_load(mem, (uint32_t)args[2], (uint32_t)args[3], &service))
		return P1_FAULT;
	if (max == 0)
		return AI_RESULT_MEMORY;
	failed = hints_load(hints, &l);
	if (failed)
		return failed;
	lookup_run(s, &l);
	failed = result_of(&l);
	return failed ? failed : results_store(mem, &l, gmem_load32(res), max, ret_n);
}
