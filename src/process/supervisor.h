/* What a supervisor knows of the process that it runs; of supervise.c and reports.c only. */
#pragma once

#include "base/signals.h"
#include "broker/broker.h"
#include "process/dials.h"
#include "process/firewall.h"
#include "process/handover.h"
#include "process/launch.h"
#include "process/stages.h"

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

struct supervisor {
	const struct process_plan *plan;
	uv_loop_t loop;
	struct forward *forwards; /* those for the broker */
	struct broker *broker;
	struct process_firewall firewall;
	struct firewall_tally tally; /* of what the broker has judged */
	struct launch launch;
	uv_poll_t control, child, status;
	struct process_rerun *rerun; /* NULL: the process runs once */
	struct handover handover;
	bool changed; /* so a new run follows */
	uv_timer_t timeout;
	int engine_fd;	     /* a pidfd of the engine, or -EBADF as long as there is none */
	uv_timer_t patience; /* with the guest, or with pid 1, once it has been asked to end */
	uv_signal_t signals[ENDING_SIGNALS];
	struct dials dials;
	struct stages stages;
	unsigned limit_events; /* of enum cgroup_events */
	bool timed_out;
	uint32_t passed; /* bit n: signal n was passed on */
	int signal;	 /* that ended everything, or 0 */
	int wait_status; /* of the engine */
	bool engine_ended;
	bool stopping;
	struct err *e;
	int failure; /* -errno of a failed start */
};
