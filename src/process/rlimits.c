#include "process/rlimits.h"

#include "base/err.h"

#include <sys/resource.h>
#include <unistd.h>

/* Soft and hard, but never above what there is. 0 leaves the hard limit as it is. */
static int set(int resource, uint64_t max)
{
	struct rlimit limit;

	if (getrlimit(resource, &limit) < 0)
		return neg_errno();
	if (max && max < limit.rlim_max)
		limit.rlim_max = max;
	limit.rlim_cur = limit.rlim_max;
	return setrlimit(resource, &limit) < 0 ? neg_errno() : 0;
}

int rlimits_set(const struct limits *limits, bool own_user_namespace)
{
	uint64_t memory = limits->values[LIMIT_MEMORY];
	/* A server's connections are descriptors: let the guest have as many as there are. */
	int r = set(RLIMIT_NOFILE, limits->values[LIMIT_DESCRIPTORS]);

	if (r == 0 && memory)
		r = set(RLIMIT_DATA, memory + RLIMITS_ENGINE_MEMORY);
	if (r == 0 && limits->values[LIMIT_PROCESSES] && own_user_namespace)
		r = set(RLIMIT_NPROC, limits->values[LIMIT_PROCESSES]);
	return r;
}

void rlimits_raise_descriptors(void)
{
	(void)set(RLIMIT_NOFILE, 0); /* as many as there are, then */
}

bool rlimits_hold_processes(void)
{
	return getuid() != 0;
}
