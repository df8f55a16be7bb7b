/* What the user is told about limits: which nothing holds here, and which were reached. */
#pragma once

#include "process/cgroup.h"
#include "process/process.h"

/* At the start, a line for each limit that is held less strictly than it was asked for. */
void strikes_say_not_held(const struct process_plan *plan, const struct cgroup *cgroup);
/* `name` is the engine's: what is behind "limit-" in a stage (engine/bounds.c). */
void strikes_say_reached(const struct process_plan *plan, const char *name);
void strikes_say_timed_out(const struct process_plan *plan);
/* At the end, what the kernel did: bits of enum cgroup_events. */
void strikes_say_events(const struct process_plan *plan, unsigned events);
