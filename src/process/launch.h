/* Starts a process: everything between a plan and a child that runs inside its namespaces. */
#pragma once

#include "base/err.h"
#include "process/cgroup.h"
#include "process/process.h"

#include <sys/types.h>

struct launch {
	pid_t pid;	      /* pid 1 of the namespaces, or the engine itself without them */
	int pidfd;	      /* owned, like the four below */
	int control_fd;	      /* the supervisor's end of the control socket (control.h) */
	int lookup_fd;	      /* the supervisor's end for name lookups (lookup.h) */
	int signal_fd;	      /* write end of the engine's signals (spec.h); does not block */
	int status_fd;	      /* read end of the engine's stage reports (spec.h) */
	bool is_pinned;	      /* `ip netns` will find the namespace by the claimed name */
	struct cgroup cgroup; /* without trees unless there are limits that need one */
};

#define LAUNCH_EMPTY                                                                               \
	((struct launch){ .pidfd = -EBADF,                                                         \
			  .control_fd = -EBADF,                                                    \
			  .lookup_fd = -EBADF,                                                     \
			  .signal_fd = -EBADF,                                                     \
			  .status_fd = -EBADF })

/* On failure nothing runs. */
int launch_start(const struct process_plan *plan, struct launch *ret, struct err *e);
/* Closes what is open. Does not end the child. */
void launch_close(struct launch *l);
