/* Sees to it that a build tool does not outlive us, should we be killed.
 *
 * A process of its own that waits for our end: PR_SET_PDEATHSIG would reach the tool, but not the
 * compilers that it has started, and a process group of its own would take the terminal from it. */
#pragma once

#include "base/err.h"

#include <sys/types.h>

struct keeper {
	pid_t pid;
	int fd; /* of the socket whose hanging up tells our end */
};

/* From now on the tool, and all that it has started by then, ends when we do. */
int keeper_start(struct keeper *ret, pid_t tool, struct err *e);
/* The tool has ended. Also of a keeper that did not start: { 0, -EBADF }. */
void keeper_stop(struct keeper *k);
