/* Waiting for descriptors and clocks. */
#pragma once

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "wasi/table.h"

enum { POLL_SUBS_MAX = 65536 }; /* two for each descriptor that a guest can have */

enum poll_kind {
	POLL_CLOCK,
	POLL_READ,
	POLL_WRITE,
};

struct poll_sub {
	enum poll_kind kind;
	int error;		 /* of this subscription alone: -errno, reported as its event */
	uint32_t number;	 /* READ, WRITE: the guest's descriptor */
	const struct desc *desc; /* of that number; poll.c fills it in */
	clockid_t clock;	 /* CLOCK: which one, ... */
	bool absolute;		 /* ... whether `timeout_ns` is a time on it or counts from now */
	uint64_t timeout_ns;
	uint64_t userdata; /* the guest's, passed on */
};

struct poll_event {
	enum poll_kind kind;
	int error; /* 0 or -errno */
	bool hangup;
	uint64_t n_bytes; /* READ: that can be read now, as far as the kernel tells */
	uint64_t userdata;
};

/* Room for the largest wait so far, kept between waits. */
struct poller {
	size_t cap;
	struct poll_sub *subs;
	struct poll_event *events;
	struct pollfd *fds;
	size_t n_fds;
};

void poller_deinit(struct poller *p);
/* Makes p->subs hold `n`, for the caller to fill. -EINVAL for 0 or more than POLL_SUBS_MAX,
 * -ENOMEM. */
int poller_reserve(struct poller *p, size_t n);
/* Blocks until at least one of the first `n` subscriptions fires; p->events then has an event
 * for each that did, in their order. What concerns one subscription is its event's error: a
 * runtime such as Go's ends the program when the call itself fails. */
int poller_wait(struct poller *p, struct table *t, size_t n, size_t *ret_events);
