/* What a process may use at most, as the user says it. Pure. */
#pragma once

#include "base/err.h"

#include <stdint.h>

enum limit {
	LIMIT_MEMORY,	    /* bytes */
	LIMIT_CPUS,	    /* thousandths of one CPU's time */
	LIMIT_PROCESSES,    /* threads count, too */
	LIMIT_DESCRIPTORS,  /* open at once */
	LIMIT_CONNECTIONS,  /* accepted and open at once */
	LIMIT_OUTGOING,	    /* connections that grants have opened, open at once */
	LIMIT_CONNECT_RATE, /* of those that begin, and of flows of datagrams: in 1000 seconds */
	LIMIT_DISK,	    /* bytes in each private directory */
	LIMIT_TIMEOUT,	    /* milliseconds from the start to the end */
	LIMIT_COUNT
};

struct limits {
	uint64_t values[LIMIT_COUNT]; /* 0: not limited */
};

enum { LIMIT_TEXT_MAX = 48 };

/* The key in [limits], and what raises the limit on the command line: "--memory". */
const char *limit_key(enum limit limit);
const char *limit_option(enum limit limit);

/* Sizes are bytes, or have k, m, g or t behind them (1024 each, "b" and "ib" may follow); CPUs are
 * a decimal number; rates have /s or /m behind them, and are by the second without; times have ms,
 * s, m or h behind them, and are seconds without. Nothing of `l` changes on failure. */
int limits_set(struct limits *l, enum limit limit, const char *text, struct err *e);
/* What `l` leaves open is taken from `under`. */
void limits_merge(struct limits *l, const struct limits *under);
/* "256 MiB of memory", "0.5 CPUs", "30 s". Returns `out`. */
const char *limit_format(enum limit limit, uint64_t value, char out[static LIMIT_TEXT_MAX]);
