#include "lookup.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netdb.h>
#include <string.h>

#include "host.h"
#include "number.h"

/* The extension's structures. */
struct host_sockaddr {
	uint8_t family;
	uint32_t len;
	/* port u16@0; INET: address@2; INET6: flow u32@2, address@6, scope u32@22 */
	uint8_t *octets;
};

struct host_addrinfo {
	uint16_t flags;
	uint8_t family;
	uint8_t type;
	uint32_t protocol;
	uint32_t address_len;
	struct host_sockaddr *address;
	char *canonical_name;
	uint32_t canonical_name_len;
	struct host_addrinfo *next;
};
_Static_assert(sizeof(struct host_sockaddr) == 12, "what the host expects");
_Static_assert(sizeof(struct host_addrinfo) == 28, "what the host expects");

enum {
	HOST_TCP = 1,
	HOST_ERROR_FIRST = 77,
	OCTETS_MAX = 26,
	OCTETS_PRESET = 14, /* 26 would ask for another layout: wasi-go's */
};

/* By the host's result, from 77. */
static const int errors[] = {
	EAI_ADDRFAMILY, EAI_AGAIN,  EAI_BADFLAGS, EAI_FAIL,	EAI_FAMILY, EAI_MEMORY,
	EAI_NODATA,	EAI_NONAME, EAI_SERVICE,  EAI_SOCKTYPE, EAI_SYSTEM,
};

/* Where the host puts its answer: it fills a list that we have made. */
struct nodes {
	struct host_addrinfo infos[LOOKUP_MAX];
	struct host_sockaddr addresses[LOOKUP_MAX];
	uint8_t octets[LOOKUP_MAX][OCTETS_MAX + 2];
};

static void nodes_init(struct nodes *nodes)
{
	memset(nodes, 0, sizeof *nodes);
	for (size_t i = 0; i < LOOKUP_MAX; i++) {
		nodes->addresses[i].len = OCTETS_PRESET;
		nodes->addresses[i].octets = nodes->octets[i];
		nodes->infos[i].address = &nodes->addresses[i];
		nodes->infos[i].next = i + 1 < LOOKUP_MAX ? &nodes->infos[i + 1] : NULL;
	}
}

static int error_from_host(int error)
{
	size_t i = (size_t)(error - HOST_ERROR_FIRST);

	if (error == 0)
		return 0;
	if (error >= HOST_ERROR_FIRST && i < sizeof errors / sizeof errors[0])
		return errors[i];
	errno = error;
	return EAI_SYSTEM;
}

static void take_address(const struct host_sockaddr *from, struct lookup_result *to)
{
	struct lookup_address a = { .family = from->family };

	if (from->family == AF_INET) {
		memcpy(a.octets, from->octets + 2, 4);
	} else if (from->family == AF_INET6) {
		memcpy(a.octets, from->octets + 6, 16);
		memcpy(&a.scope_id, from->octets + 22, sizeof a.scope_id);
	} else {
		return;
	}
	to->addresses[to->n++] = a;
}

int lookup_host(const char *name, int family, struct lookup_result *ret)
{
	struct host_addrinfo hints = {
		.family = (uint8_t)family,
		.type = HOST_STREAM,
		.protocol = HOST_TCP,
	};
	struct nodes nodes;
	struct host_addrinfo *first = nodes.infos;
	uint32_t n = 0;
	int error;

	nodes_init(&nodes);
	ret->n = 0;
	error = error_from_host(
		host_getaddrinfo(name, strlen(name), "", 0, &hints, &first, LOOKUP_MAX, &n));
	if (error)
		return error;
	for (size_t i = 0; i < n && i < LOOKUP_MAX; i++)
		take_address(&nodes.addresses[i], ret);
	return ret->n ? 0 : EAI_NONAME;
}

/* A number, or the name of an interface. Only programs that use if_nametoindex() themselves have
 * the latter, so that others do not import what it needs. 0 if it is neither. */
static uint32_t parse_scope(const char *text)
{
	extern __typeof__(if_nametoindex) if_nametoindex __attribute__((weak));
	uint32_t number;

	if (number_parse(text, UINT32_MAX, &number))
		return number;
	return if_nametoindex ? if_nametoindex(text) : 0;
}

int lookup_literal(const char *text, struct lookup_address *ret)
{
	struct lookup_address a = { .family = AF_INET };
	const char *percent = strchr(text, '%');
	char plain[INET6_ADDRSTRLEN];
	size_t len = percent ? (size_t)(percent - text) : strlen(text);

	if (!percent && inet_aton(text, (struct in_addr *)(void *)a.octets)) {
		*ret = a;
		return 0;
	}
	if (len >= sizeof plain)
		return EAI_NONAME;
	memcpy(plain, text, len);
	plain[len] = '\0';
	a.family = AF_INET6;
	if (inet_pton(AF_INET6, plain, a.octets) != 1)
		return EAI_NONAME;
	if (percent) {
		a.scope_id = parse_scope(percent + 1);
		if (!a.scope_id)
			return EAI_NONAME;
	}
	*ret = a;
	return 0;
}
