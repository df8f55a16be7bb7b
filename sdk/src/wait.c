#include "wait.h"

#include <errno.h>
#include <time.h>

enum { NS_PER_S = 1000000000 };

int wait_time(const struct timespec *timeout, uint64_t *ret_ns)
{
	if (!timeout) {
		*ret_ns = WAIT_FOR_EVER;
		return 0;
	}
	if (timeout->tv_sec < 0 || timeout->tv_nsec < 0 || timeout->tv_nsec >= NS_PER_S) {
		errno = EINVAL;
		return -1;
	}
	if ((uint64_t)timeout->tv_sec > UINT64_MAX / NS_PER_S - 1)
		*ret_ns = WAIT_FOR_EVER - 1;
	else
		*ret_ns = (uint64_t)timeout->tv_sec * NS_PER_S + (uint64_t)timeout->tv_nsec;
	return 0;
}
