/* Grants: rules of where a guest may connect to, as the user writes them (--allow-net, allow_net),
 * or may not (--deny-net, deny_net). Pure.
 *
 *	HOST[:PORTS]		a name, and the addresses that it resolves to
 *	*.DOMAIN[:PORTS]	every name below the domain (not the domain itself)
 *	ADDRESS[:PORTS]		one address; IPv6 with ports goes in brackets
 *	ADDRESS/LEN[:PORTS]	a network; IPv6 with ports goes in brackets: [2001:db8::/32]:443
 *	*[:PORTS]		everything
 *	PORTS			PORT or FIRST-LAST; every port if left out
 *	tcp/RULE, udp/RULE	over this protocol. Without it TCP is allowed, and both are by "*"
 *				alone; both are denied.
 */
#pragma once

#include "base/addr.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

enum {
	GRANT_NAME_MAX = 254, /* a DNS name and its NUL (RFC 1035, 2.3.4, as text) */
	GRANT_TEXT_MAX = 320,
};

enum grant_protocol { GRANT_TCP = 1, GRANT_UDP = 2, GRANT_BOTH = GRANT_TCP | GRANT_UDP };

enum grant_kind {
	GRANT_EVERYTHING,
	GRANT_NAME,
	GRANT_DOMAIN, /* "*.DOMAIN": `name` is DOMAIN */
	GRANT_NETWORK,
};

struct grant {
	enum grant_kind kind;
	enum grant_protocol protocols;
	char name[GRANT_NAME_MAX]; /* lower case, without a final dot */
	struct addr network;	   /* its port means nothing */
	unsigned prefix_len;
	uint16_t first_port, last_port; /* inclusive */
	char text[GRANT_TEXT_MAX];	/* as the user wrote it; printable */
};

/* A rule that allows; "" and "*" are everything. */
int grant_parse(const char *text, struct grant *ret, struct err *e);
/* A rule that denies. */
int grant_parse_denial(const char *text, struct grant *ret, struct err *e);

bool grant_has_port(const struct grant *g, enum grant_protocol protocol, uint16_t port);
/* Whether it has every port of both protocols. */
bool grant_has_all_ports(const struct grant *g);
/* Whether a rule that allows covers the address, at whatever port, by itself, without a lookup. An
 * address of loopback, which is the guest's own, is only covered by a rule that names loopback
 * (127.0.0.0/8 or narrower, ::1, localhost): it then means the host's. */
bool grant_allows_addr(const struct grant *g, const struct addr *to);
/* Whether a rule that denies covers the address, at whatever port: also loopback, and also an IPv4
 * address that an IPv6 one stands for (special_ip4). */
bool grant_denies_addr(const struct grant *g, const struct addr *to);
/* Whether this NAME, DOMAIN or EVERYTHING rule covers the name, at whatever port. Case and a final
 * dot do not count. */
bool grant_covers_name(const struct grant *g, const char *name);
/* Lower case, no final dot; -EINVAL if it cannot be a host name. */
int grant_normalize_name(const char *name, char out[GRANT_NAME_MAX]);
