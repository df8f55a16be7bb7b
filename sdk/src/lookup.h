/* From a host's name to its addresses: the half of getaddrinfo() that asks. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { LOOKUP_MAX = 32 }; /* addresses of one name */

struct lookup_address {
	int family; /* AF_INET or AF_INET6 */
	uint8_t octets[16];
	uint32_t scope_id;
};

struct lookup_result {
	struct lookup_address addresses[LOOKUP_MAX];
	size_t n;
};

/* `family` may be AF_UNSPEC. 0, or EAI_...; EAI_SYSTEM with errno. */
int lookup_host(const char *name, int family, struct lookup_result *ret);
/* A literal address, "fe80::1%2" and "fe80::1%lo" included. EAI_NONAME if it is none. */
int lookup_literal(const char *text, struct lookup_address *ret);
