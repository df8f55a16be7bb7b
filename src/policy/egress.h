/* Egress: what a process may connect to. Its grants, and the addresses that lookups have pinned.
 * Pure.
 *
 * A grant of a name covers exactly the addresses that the supervisor gave out for that name, at the
 * grant's ports: looking the name up again elsewhere, with another answer, gains nothing.
 */
#pragma once

#include "policy/grant.h"

enum {
	EGRESS_PINS_MAX = 4096, /* addresses remembered; then the oldest goes */
	EGRESS_RULE_MAX = 320,
};

struct egress_pin {
	struct addr addr; /* its port means nothing */
	char name[GRANT_NAME_MAX];
};

struct egress {
	const struct grant *grants; /* borrowed */
	size_t n_grants;
	struct egress_pin *pins; /* owned; a ring once full */
	size_t n_pins, next_pin;
};

void egress_init(struct egress *eg, const struct grant *grants, size_t n_grants);
void egress_deinit(struct egress *eg);
/* Whether a grant covers the address and port, by itself or through a pinned name. */
bool egress_allows(const struct egress *eg, const struct addr *to);
/* Whether some grant covers the name, so that it may be looked up. */
bool egress_allows_lookup(const struct egress *eg, const char *name);
/* Remembers that `name` resolved to `addr`. */
void egress_pin(struct egress *eg, const char *name, const struct addr *addr);
/* The narrowest rule that would allow the connection: by name if the address was looked up, else by
 * address. */
const char *egress_suggest(const struct egress *eg, const struct addr *to,
			   char out[EGRESS_RULE_MAX]);
