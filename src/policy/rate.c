#include "policy/rate.h"

enum { EVENT = 1000000, GAP_MAX_MS = 1000000 };

/* What may happen at once: as much as in a second, and one at least. */
static uint64_t credit_max(const struct rate *r)
{
	uint64_t of_a_second = r->per_kilosecond * 1000;

	return of_a_second > EVENT ? of_a_second : EVENT;
}

void rate_init(struct rate *r, uint64_t per_kilosecond, uint64_t now_ms)
{
	*r = (struct rate){ .per_kilosecond = per_kilosecond, .at_ms = now_ms };
	r->credit = credit_max(r);
}

bool rate_take(struct rate *r, uint64_t now_ms)
{
	uint64_t gap_ms = now_ms - r->at_ms;

	if (!r->per_kilosecond)
		return true;
	r->at_ms = now_ms;
	r->credit += r->per_kilosecond * (gap_ms < GAP_MAX_MS ? gap_ms : GAP_MAX_MS);
	if (r->credit > credit_max(r))
		r->credit = credit_max(r);
	if (r->credit < EVENT)
		return false;
	r->credit -= EVENT;
	return true;
}
