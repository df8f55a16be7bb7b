/* Limits on what grants allow: how often a new connection (or flow of datagrams) may begin, and how
 * many connections may be open at once.
 *
 * A connection is the guest's once it has been handed over; nobody tells when it closes it. So each
 * is also a member of an epoll set of ours, which nothing waits on: the kernel takes an open file
 * out of every set when its last holder closes it (epoll(7)), wherever it has gone meanwhile, and
 * /proc/self/fdinfo lists those that are left.
 */
#pragma once

#include "policy/limits.h"
#include "policy/rate.h"

#include <stdbool.h>
#include <stdint.h>

struct throttle {
	struct rate rate;
	uint64_t open_max; /* 0: no bound */
	uint64_t n_open;   /* at most so many are; counted anew when that is too many */
	int epoll_fd;	   /* owned */
	/* What to say when they strike. */
	char too_often[LIMIT_TEXT_MAX + 64], too_many[LIMIT_TEXT_MAX + 64];
};

int throttle_init(struct throttle *t, const struct limits *limits);
void throttle_deinit(struct throttle *t);
/* Why no more may begin, as a fragment for the user that lives as long as `t`; NULL if one may. */
const char *throttle_refuse_connection(struct throttle *t);
const char *throttle_refuse_flow(struct throttle *t);
/* This connection begins. */
void throttle_add(struct throttle *t, int connection_fd);
