/* The audit log: one JSON object a line for every grant used and every refusal (docs/guide.md).
 *
 * Lines are appended by the supervisor with one write() each. At most AUDIT_LINES_PER_SECOND are
 * written; the others are counted, and the count is a line of its own. What cannot be written (a
 * full disk) is counted in the same way; nothing waits for it.
 */
#pragma once

#include "base/addr.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

enum { AUDIT_LINES_PER_SECOND = 1000 };

struct audit_event {
	const char *event; /* "connect", "datagram" or "lookup" */
	bool allowed;
	const char *protocol;	      /* "tcp" or "udp"; NULL and 0: left out, likewise below */
	const struct addr *to;	      /* the destination */
	const char *name;	      /* that was looked up, whatever its bytes */
	const struct addr *addresses; /* that the name resolved to */
	size_t n_addresses;
	const char *rule;   /* that decided */
	const char *reason; /* for the refusal, or of a failure */
};

struct audit;

/* Appends to `path`, made with mode 0600. `process` is borrowed. */
int audit_open(const char *path, const char *process, struct audit **ret, struct err *e);
/* Says how many lines are missing, and closes. NULL is fine; returns NULL. */
struct audit *audit_close(struct audit *a);
/* NULL keeps no log. */
void audit_record(struct audit *a, const struct audit_event *ev);

/* The line, newline included, which the caller frees. Pure. */
char *audit_format(const char *process, const struct timespec *when, const struct audit_event *ev);
