#include "wasi/clock.h"

#include "base/err.h"

enum { NS_PER_S = 1000000000 };

uint64_t clock_to_ns(struct timespec t)
{
	uint64_t ns;

	if (t.tv_sec < 0)
		return 0;
	if (__builtin_mul_overflow((uint64_t)t.tv_sec, NS_PER_S, &ns) ||
	    __builtin_add_overflow(ns, (uint64_t)t.tv_nsec, &ns))
		return UINT64_MAX;
	return ns;
}

struct timespec clock_from_ns(uint64_t ns)
{
	return (struct timespec){ .tv_sec = (time_t)(ns / NS_PER_S),
				  .tv_nsec = (long)(ns % NS_PER_S) };
}

int clock_now(clockid_t clock, uint64_t *ret_ns)
{
	struct timespec t;

	if (clock_gettime(clock, &t) < 0)
		return neg_errno();
	*ret_ns = clock_to_ns(t);
	return 0;
}

int clock_resolution(clockid_t clock, uint64_t *ret_ns)
{
	struct timespec t;

	if (clock_getres(clock, &t) < 0)
		return neg_errno();
	*ret_ns = clock_to_ns(t);
	return 0;
}
