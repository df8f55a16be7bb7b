/* Forwards: published ports, as the user writes them. Pure. */
#pragma once

#include "base/addr.h"
#include "base/err.h"

#include <stddef.h>

struct forward {
	struct addr host; /* where the host listens, port included */
	uint16_t guest_port;
};

enum { FORWARD_MAX = 256 }; /* of one process */

/* "HOST:GUEST", "ADDR:HOST:GUEST", "[ADDR6]:HOST:GUEST"; the address is 127.0.0.1 unless given.
 * Ports are 1 to 65535. "/tcp" may follow. "/udp" and "unix:" are refused by name as not available
 * yet. */
int forward_parse(const char *text, struct forward *ret, struct err *e);
/* Appends; *forwards is NULL at first and is freed by the caller. Refuses a host address and port
 * that is already there (a wildcard covers every address of its family), and more than
 * FORWARD_MAX. */
int forward_add(struct forward **forwards, size_t *n, const struct forward *f, struct err *e);
/* Appends those of `lower` whose host address and port none of *forwards already has: how the
 * command line's forwards go over the file's. */
int forward_merge(struct forward **forwards, size_t *n, const struct forward *lower, size_t n_lower,
		  struct err *e);
