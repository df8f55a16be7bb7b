/* The grants of a process: what its rules allow, and what they deny. Pure. */
#pragma once

#include "policy/grant.h"

enum { GRANTS_MAX = 1024 }; /* of each list */

struct grant_list {
	struct grant *items;
	size_t n;
};

struct grant_set {
	struct grant_list allowed, denied; /* owned */
};

/* Parse and append. */
int grant_set_allow(struct grant_set *s, const char *rule, struct err *e);
int grant_set_deny(struct grant_set *s, const char *rule, struct err *e);
/* Appends all of `more`. */
int grant_set_merge(struct grant_set *s, const struct grant_set *more, struct err *e);
/* Whether a rule allows UDP and nothing else: the user counts on it. */
bool grant_set_asks_for_udp(const struct grant_set *s);
void grant_set_deinit(struct grant_set *s);
