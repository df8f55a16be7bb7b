/* Grants: where a guest may connect to, as the user writes it (--allow-net, allow_net). Pure.
 *
 *	HOST[:PORTS]		a name, and the addresses that it resolves to
 *	*.DOMAIN[:PORTS]	every name below the domain (not the domain itself)
 *	ADDRESS[:PORTS]		one address; IPv6 with ports goes in brackets
 *	ADDRESS/LEN[:PORTS]	a network; IPv6 with ports goes in brackets: [2001:db8::/32]:443
 *	PORTS			PORT or FIRST-LAST; every port if left out
 */
#pragma once

#include "base/addr.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

enum {
	GRANTS_MAX = 1024,    /* of one process */
	GRANT_NAME_MAX = 254, /* a DNS name and its NUL (RFC 1035, 2.3.4, as text) */
};

enum grant_kind {
	GRANT_EVERYTHING, /* --allow-net without a rule */
	GRANT_NAME,
	GRANT_DOMAIN, /* "*.DOMAIN": `name` is DOMAIN */
	GRANT_NETWORK,
};

struct grant {
	enum grant_kind kind;
	char name[GRANT_NAME_MAX]; /* lower case, without a final dot */
	struct addr network;	   /* its port means nothing */
	unsigned prefix_len;
	uint16_t first_port, last_port; /* inclusive */
};

/* "" and "*" are everything. */
int grant_parse(const char *text, struct grant *ret, struct err *e);
/* Appends; refuses more than GRANTS_MAX. */
int grant_add(struct grant **grants, size_t *n, const struct grant *g, struct err *e);
/* Appends all of `more`. */
int grant_merge(struct grant **grants, size_t *n, const struct grant *more, size_t n_more,
		struct err *e);

bool grant_has_port(const struct grant *g, uint16_t port);
/* Whether this grant covers the address and its port by itself, without a lookup. An address of
 * loopback, which is the guest's own, is only covered by a grant that names loopback (127.0.0.0/8
 * or narrower, ::1, localhost): it then means the host's. */
bool grant_covers_addr(const struct grant *g, const struct addr *to);
/* Whether this NAME, DOMAIN or EVERYTHING grant covers the name, at whatever port. Case and a final
 * dot do not count. */
bool grant_covers_name(const struct grant *g, const char *name);
/* Lower case, no final dot; -EINVAL if it cannot be a host name. */
int grant_normalize_name(const char *name, char out[GRANT_NAME_MAX]);
