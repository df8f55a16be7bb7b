#include "process/process.h"

#include "process/supervise.h"

int process_run(const struct process_plan *plan, struct process_rerun *rerun, int *ret_exit,
		struct err *e)
{
	int r = supervise(plan, rerun, ret_exit, e);

	if (r < 0)
		err_wrap(e, "starting '%s'", plan->name);
	return r;
}
