/* A bound on how often something may happen: so many a second, and a second's worth at once. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct rate {
	uint64_t per_kilosecond; /* 0: no bound */
	uint64_t credit;	 /* in millionths of an event */
	uint64_t at_ms;		 /* of the credit */
};

void rate_init(struct rate *r, uint64_t per_kilosecond, uint64_t now_ms);
/* Whether one more may happen now; counts it if so. The clock only goes forward. */
bool rate_take(struct rate *r, uint64_t now_ms);
