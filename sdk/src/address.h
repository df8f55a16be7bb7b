/* Addresses on their way to the host and back.
 *
 * The host's record has 128 bytes: family u16@0, then
 *	INET:  address@2
 *	INET6: address@2; wasmrun adds u16@18 = 1 and a scope id u32@20
 *	UNIX:  path@2, ended by NUL; an abstract name begins with NUL or, as hosts tell it, @
 * and the port travels beside it in host order.
 */
#pragma once

#include "host.h"

#include <sys/un.h>

struct record {
	uint16_t family;
	union {
		struct __attribute__((packed)) {
			uint8_t octets[16];
			uint16_t has_scope;
			uint32_t scope_id;
		} in;
		char path[126];
	};
};
_Static_assert(sizeof(struct record) == 128, "what the host expects");
_Static_assert(offsetof(struct record, in.has_scope) == 18, "unused by the extension");
_Static_assert(offsetof(struct record, in.scope_id) == 20, "unused by the extension");

/* 0, or -1 with errno. */
int record_from_sockaddr(const struct sockaddr *address, socklen_t len, struct record *ret,
			 uint32_t *ret_port);
/* Cuts the address off at `*len`, and stores what its whole length is (accept(2)). */
void record_to_sockaddr(const struct record *r, uint32_t port, struct sockaddr *ret,
			socklen_t *len);
