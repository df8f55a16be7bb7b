#include "process/strikes.h"

#include "base/log.h"
#include "process/rlimits.h"

#include <string.h>

static const char no_cgroup[] =
	"that needs a cgroup, and this user cannot make one here ('sudo' or 'systemd-run --user "
	"--scope' before the command helps where the kernel has cgroups)";

static bool is_asked(const struct process_plan *plan, enum limit limit)
{
	return plan->limits.values[limit] != 0;
}

void strikes_say_not_held(const struct process_plan *plan, const struct cgroup *cgroup)
{
	bool isolated = plan->isolation == ISOLATION_NAMESPACE;

	if (is_asked(plan, LIMIT_MEMORY) && !cgroup->is_held[LIMIT_MEMORY])
		log_line("%s: %s holds the guest's own memory, and the engine with it to %d MiB "
			 "more; a strict bound on all: %s",
			 plan->name, limit_option(LIMIT_MEMORY), RLIMITS_ENGINE_MEMORY >> 20,
			 no_cgroup);
	if (is_asked(plan, LIMIT_CPUS) && !cgroup->is_held[LIMIT_CPUS])
		log_line("%s: %s is not enforced: %s", plan->name, limit_option(LIMIT_CPUS),
			 no_cgroup);
	if (is_asked(plan, LIMIT_PROCESSES) && !cgroup->is_held[LIMIT_PROCESSES] &&
	    (!isolated || !rlimits_hold_processes()))
		log_line("%s: %s is not enforced: %s", plan->name, limit_option(LIMIT_PROCESSES),
			 no_cgroup);
	if (is_asked(plan, LIMIT_DISK) && !isolated)
		log_line("%s: %s is not enforced: without isolation, /tmp is this machine's",
			 plan->name, limit_option(LIMIT_DISK));
}

static void say(const struct process_plan *plan, enum limit limit, const char *what)
{
	char value[LIMIT_TEXT_MAX];

	log_line("%s: %s %s; %s raises it", plan->name, what,
		 limit_format(limit, plan->limits.values[limit], value), limit_option(limit));
}

void strikes_say_reached(const struct process_plan *plan, const char *name)
{
	for (int limit = 0; limit < LIMIT_COUNT; limit++) {
		if (strcmp(limit_key(limit), name) != 0)
			continue;
		if (is_asked(plan, limit))
			say(plan, limit, "the guest has reached its limit of");
		else if (limit == LIMIT_DESCRIPTORS)
			log_line("%s: the guest has reached this user's limit of descriptors; "
				 "'ulimit -n' raises it",
				 plan->name);
	}
}

void strikes_say_timed_out(const struct process_plan *plan)
{
	say(plan, LIMIT_TIMEOUT, "ending the guest after its time limit of");
}

void strikes_say_events(const struct process_plan *plan, unsigned events)
{
	if (events & CGROUP_OOM_KILLED)
		say(plan, LIMIT_MEMORY, "the kernel killed the guest at its limit of");
	if (events & CGROUP_FORKS_REFUSED)
		say(plan, LIMIT_PROCESSES, "the guest has reached its limit of");
	if (events & CGROUP_THROTTLED)
		log_verbose("%s: the kernel has held the guest back at its limit on CPU time; %s "
			    "raises it",
			    plan->name, limit_option(LIMIT_CPUS));
}
