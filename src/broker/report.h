/* Tells of judgements: to the user, in words and with the rule that would allow what was refused,
 * and to the audit log. */
#pragma once

#include "broker/audit.h"
#include "policy/egress.h"

struct report {
	const char *process; /* its name; borrowed, as is what follows */
	const struct egress *egress;
	struct audit *audit; /* NULL: none is kept */
	unsigned n_refusals; /* told to the user; then no more are */
};

/* A connection, or datagrams over UDP, to `to`. */
void report_reached(struct report *r, enum grant_protocol protocol, const struct addr *to,
		    const struct egress_answer *answer);
void report_refused(struct report *r, enum grant_protocol protocol, const struct addr *to,
		    const struct egress_answer *answer);
/* Allowed by a rule, and refused all the same: `reason` is a fragment for the user. */
void report_limited(struct report *r, enum grant_protocol protocol, const struct addr *to,
		    const struct egress_answer *answer, const char *reason);

/* A lookup of `name`, whatever its bytes. */
void report_name_refused(struct report *r, const char *name, const struct egress_answer *answer);
/* One of the addresses it resolved to, which the guest does not get. */
void report_address_refused(struct report *r, const char *name, const struct addr *addr,
			    const struct egress_answer *answer);
/* `failure` is NULL, or why there are no addresses. */
void report_looked_up(struct report *r, const char *name, const struct addr *addresses,
		      size_t n_addresses, const struct egress_answer *answer, const char *failure);
