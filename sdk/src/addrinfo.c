/* getaddrinfo() and what stands on it. */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lookup.h"
#include "number.h"
#include "service.h"

enum {
	KNOWN_FLAGS = AI_PASSIVE | AI_CANONNAME | AI_NUMERICHOST | AI_V4MAPPED | AI_ALL |
		      AI_ADDRCONFIG | AI_NUMERICSERV,
	WAYS_MAX = 2,
};

/* A kind of socket that an address is wanted for. */
struct way {
	int type;
	int protocol;
	uint16_t port;
};

struct ways {
	struct way ways[WAYS_MAX];
	size_t n;
};

/* One entry of the answer, in one piece of memory. */
struct entry {
	struct addrinfo info;
	union {
		struct sockaddr sa;
		struct sockaddr_in in4;
		struct sockaddr_in6 in6;
	} address;
};

/* The kinds of socket that fit the hints and that the service exists for. */
static int choose_ways(const struct addrinfo *hints, const char *service, struct ways *ret)
{
	static const struct {
		int type;
		int protocol;
		int service_protocol;
	} kinds[WAYS_MAX] = {
		{ SOCK_STREAM, IPPROTO_TCP, SERVICE_TCP },
		{ SOCK_DGRAM, IPPROTO_UDP, SERVICE_UDP },
	};
	bool fits = false;

	ret->n = 0;
	for (size_t i = 0; i < WAYS_MAX; i++) {
		struct way way = { kinds[i].type, kinds[i].protocol, 0 };
		const struct service *known;
		uint32_t port = 0;

		if ((hints->ai_socktype && hints->ai_socktype != way.type) ||
		    (hints->ai_protocol && hints->ai_protocol != way.protocol))
			continue;
		fits = true;
		if (service && !number_parse(service, UINT16_MAX, &port)) {
			if (hints->ai_flags & AI_NUMERICSERV)
				return EAI_NONAME;
			known = service_by_name(service, kinds[i].service_protocol);
			if (!known)
				continue;
			port = known->port;
		}
		way.port = (uint16_t)port;
		ret->ways[ret->n++] = way;
	}
	return ret->n ? 0 : fits ? EAI_SERVICE : EAI_SOCKTYPE;
}

static void add_address(struct lookup_result *r, const struct lookup_address *a)
{
	if (r->n < LOOKUP_MAX)
		r->addresses[r->n++] = *a;
}

/* No host: the wildcard for a server, loopback for a client, in glibc's order. */
static void look_up_nowhere(const struct addrinfo *hints, struct lookup_result *ret)
{
	bool passive = hints->ai_flags & AI_PASSIVE;
	struct lookup_address in4 = { .family = AF_INET };
	struct lookup_address in6 = { .family = AF_INET6 };

	ret->n = 0;
	if (!passive) {
		in4.octets[0] = 127;
		in4.octets[3] = 1;
		in6.octets[15] = 1;
	}
	if (passive && hints->ai_family != AF_INET6)
		add_address(ret, &in4);
	if (hints->ai_family != AF_INET)
		add_address(ret, &in6);
	if (!passive && hints->ai_family != AF_INET6)
		add_address(ret, &in4);
}

static void map_to_in6(struct lookup_address *a)
{
	if (a->family != AF_INET)
		return;
	a->family = AF_INET6;
	memcpy(a->octets + 12, a->octets, 4);
	memset(a->octets, 0, 10);
	a->octets[10] = a->octets[11] = 0xff;
}

/* AI_V4MAPPED: what has no IPv6 address has its IPv4 address in IPv6's clothes; AI_ALL: both. */
static int look_up_mapped(const char *node, const struct addrinfo *hints, struct lookup_result *ret)
{
	struct lookup_result in4;
	int error = lookup_host(node, AF_INET6, ret);

	if (error == 0 && !(hints->ai_flags & AI_ALL))
		return 0;
	if (lookup_host(node, AF_INET, &in4) != 0)
		return error;
	if (error)
		ret->n = 0;
	for (size_t i = 0; i < in4.n; i++) {
		map_to_in6(&in4.addresses[i]);
		add_address(ret, &in4.addresses[i]);
	}
	return 0;
}

static int look_up_node(const char *node, const struct addrinfo *hints, struct lookup_result *ret)
{
	bool mapped = hints->ai_family == AF_INET6 && hints->ai_flags & AI_V4MAPPED;
	struct lookup_address *literal = ret->addresses;

	if (*node == '\0')
		return EAI_NONAME;
	if (lookup_literal(node, literal) == 0) {
		if (mapped)
			map_to_in6(literal);
		ret->n = 1;
		return hints->ai_family == AF_UNSPEC || hints->ai_family == literal->family
			       ? 0
			       : EAI_ADDRFAMILY;
	}
	if (hints->ai_flags & AI_NUMERICHOST)
		return EAI_NONAME;
	return mapped ? look_up_mapped(node, hints, ret) : lookup_host(node, hints->ai_family, ret);
}

static struct entry *entry_new(const struct lookup_address *a, const struct way *way)
{
	struct entry *e = calloc(1, sizeof *e);

	if (!e)
		return NULL;
	e->info = (struct addrinfo){
		.ai_family = a->family,
		.ai_socktype = way->type,
		.ai_protocol = way->protocol,
		.ai_addr = &e->address.sa,
	};
	e->address.sa.sa_family = (sa_family_t)a->family;
	if (a->family == AF_INET) {
		e->info.ai_addrlen = sizeof e->address.in4;
		e->address.in4.sin_port = htons(way->port);
		memcpy(&e->address.in4.sin_addr, a->octets, 4);
	} else {
		e->info.ai_addrlen = sizeof e->address.in6;
		e->address.in6.sin6_port = htons(way->port);
		e->address.in6.sin6_scope_id = a->scope_id;
		memcpy(&e->address.in6.sin6_addr, a->octets, 16);
	}
	return e;
}

static int make_list(const struct lookup_result *found, const struct ways *ways,
		     const char *canonical_name, struct addrinfo **ret)
{
	struct addrinfo *first = NULL;
	struct addrinfo **end = &first;
	bool complete = true;

	for (size_t i = 0; i < found->n * ways->n; i++) {
		struct entry *e =
			entry_new(&found->addresses[i / ways->n], &ways->ways[i % ways->n]);

		if (!e) {
			complete = false;
			break;
		}
		*end = &e->info;
		end = &e->info.ai_next;
	}
	if (complete && canonical_name) {
		first->ai_canonname = strdup(canonical_name);
		complete = first->ai_canonname != NULL;
	}
	if (!complete) {
		freeaddrinfo(first);
		return EAI_MEMORY;
	}
	*ret = first;
	return 0;
}

int getaddrinfo(const char *restrict node, const char *restrict service,
		const struct addrinfo *restrict hints, struct addrinfo **restrict ret)
{
	static const struct addrinfo no_hints = { .ai_flags = AI_V4MAPPED | AI_ADDRCONFIG };
	struct lookup_result found;
	struct ways ways;
	int error;

	if (!hints)
		hints = &no_hints;
	if (!node && !service)
		return EAI_NONAME;
	if (hints->ai_flags & ~KNOWN_FLAGS || (hints->ai_flags & AI_CANONNAME && !node))
		return EAI_BADFLAGS;
	if (hints->ai_family != AF_UNSPEC && hints->ai_family != AF_INET &&
	    hints->ai_family != AF_INET6)
		return EAI_FAMILY;
	error = choose_ways(hints, service, &ways);
	if (error)
		return error;
	if (node)
		error = look_up_node(node, hints, &found);
	else
		look_up_nowhere(hints, &found);
	if (error)
		return error;
	return make_list(&found, &ways, hints->ai_flags & AI_CANONNAME ? node : NULL, ret);
}

void freeaddrinfo(struct addrinfo *list)
{
	while (list) {
		struct addrinfo *next = list->ai_next;

		free(list->ai_canonname);
		free(list); /* it is the first member of its entry */
		list = next;
	}
}

const char *gai_strerror(int error)
{
	switch (error) {
	case 0:
		return "Success";
	case EAI_BADFLAGS:
		return "Bad value for ai_flags";
	case EAI_NONAME:
		return "Name or service not known";
	case EAI_AGAIN:
		return "Temporary failure in name resolution";
	case EAI_FAIL:
		return "Non-recoverable failure in name resolution";
	case EAI_NODATA:
		return "No address associated with hostname";
	case EAI_FAMILY:
		return "ai_family not supported";
	case EAI_SOCKTYPE:
		return "ai_socktype not supported";
	case EAI_SERVICE:
		return "Servname not supported for ai_socktype";
	case EAI_ADDRFAMILY:
		return "Address family for hostname not supported";
	case EAI_MEMORY:
		return "Memory allocation failure";
	case EAI_SYSTEM:
		return "System error";
	case EAI_OVERFLOW:
		return "Result too large for supplied buffer";
	default:
		return "Unknown error";
	}
}
