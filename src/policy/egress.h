/* Egress: what a process may connect to. Its grants, and the addresses that lookups have pinned.
 * Pure.
 *
 * A rule that denies wins over all that allow. A grant of a name covers exactly the addresses that
 * the supervisor gave out for that name, at the grant's ports: looking the name up again elsewhere,
 * with another answer, gains nothing. And whoever answers for the name cannot lead the guest into a
 * private network (DNS rebinding): special addresses (special.h) count for a name only where a rule
 * for the address covers them as well, at that rule's ports.
 */
#pragma once

#include "policy/grant_set.h"

enum {
	EGRESS_PINS_MAX = 4096, /* addresses remembered; then the oldest goes */
	EGRESS_RULE_MAX = 340,
};

struct egress_pin {
	struct addr addr; /* its port means nothing */
	char name[GRANT_NAME_MAX];
};

struct egress {
	const struct grant_set *grants; /* borrowed */
	struct egress_pin *pins;	/* owned; a ring once full */
	size_t n_pins, next_pin;
};

enum egress_verdict {
	EGRESS_NO_RULE, /* none allows it */
	EGRESS_DENIED,	/* a rule denies it */
	EGRESS_SPECIAL, /* a name led to a special address, which no rule covers */
	EGRESS_ALLOWED,
};

struct egress_answer {
	enum egress_verdict verdict;
	const struct grant *rule; /* that decided; NULL for NO_RULE */
	const char *name;	  /* that the address was looked up as; NULL if it was not */
};

void egress_init(struct egress *eg, const struct grant_set *grants);
void egress_deinit(struct egress *eg);
/* Whether the guest may reach the address and port over one protocol. An address of loopback that
 * no rule allows is NO_RULE, denied or not: it is the guest's own. The answer is good until the
 * next egress_admit(). */
struct egress_answer egress_judge(const struct egress *eg, enum grant_protocol protocol,
				  const struct addr *to);
/* Whether the name may be looked up: some rule allows it at some port, and none denies it at every
 * port. */
struct egress_answer egress_judge_name(const struct egress *eg, const char *name);
/* `name`, which may be looked up, has resolved to `addr`: whether the guest may have that address.
 * If so, it is remembered. */
struct egress_answer egress_admit(struct egress *eg, const char *name, const struct addr *addr);
/* The narrowest rule that would allow the connection: by name if the address was looked up, else by
 * address. */
const char *egress_suggest(const struct egress *eg, enum grant_protocol protocol,
			   const struct addr *to, char out[EGRESS_RULE_MAX]);
/* The rule that would allow the special address which `rule`, a rule of names, led to. */
const char *egress_suggest_special(const struct grant *rule, const struct addr *addr,
				   char out[EGRESS_RULE_MAX]);
