/* Whether and when a process that has ended is started again: Docker's words and rules. Pure. */
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

enum restart_when { RESTART_NO, RESTART_ON_FAILURE, RESTART_ALWAYS };

struct restart {
	enum restart_when when;
	uint64_t n_max;	   /* of RESTART_ON_FAILURE; 0: no bound */
	uint64_t n;	   /* restarts so far */
	uint64_t delay_ms; /* before the latest one */
};

enum {
	RESTART_DELAY_FIRST_MS = 100,
	RESTART_DELAY_MAX_MS = 60 * 1000,
	RESTART_STEADY_MS = 10 * 1000, /* one that ran for so long begins anew with the delays */
};

/* "no", "on-failure", "on-failure:N", "always". */
int restart_parse(const char *text, struct restart *ret, struct err *e);
/* The process has ended after `ran_ms`: whether it is to be started again, after r->delay_ms. */
bool restart_next(struct restart *r, int exit_code, uint64_t ran_ms);
