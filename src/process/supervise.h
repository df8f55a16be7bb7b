/* The supervisor's event loop: from a started child to its end. */
#pragma once

#include "base/err.h"
#include "process/process.h"

/* See process_run(). */
int supervise(const struct process_plan *plan, struct process_rerun *rerun, int *ret_exit,
	      struct err *e);
