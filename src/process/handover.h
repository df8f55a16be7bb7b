/* From one run to the next when a source file has changed, without a client being refused or cut
 * off:
 *
 *	WATCHING	-> a file changes, and it becomes quiet ->
 *	DRAINING	the broker has copies of the guest's listeners, so their queues live on;
 *			every few milliseconds the engine is stopped for a look: with no connection
 *			in its hands it can go; otherwise it works on ->
 *	over		`over` is called: no connection is in the guest's hands, or DRAIN_MS are
 *			over. The engine is stopped, and is to be killed
 */
#pragma once

#include "broker/broker.h"
#include "process/watch.h"

#include <stdbool.h>
#include <sys/types.h>
#include <uv.h>

struct handover {
	const char *name; /* of the process, for the log */
	struct watch *watch;
	struct broker *broker;
	void (*over)(void *ctx);
	void *ctx;
	uv_poll_t poll;
	uv_timer_t timer; /* WATCHING: of quiet; DRAINING: of looks */
	uint64_t deadline_ms;
	char file[WATCH_NAME_MAX];
	bool changed;
	pid_t engine; /* while DRAINING */
};

/* The first five fields are set. Until its handles are closed. Returns libuv's -errno. */
int handover_start(struct handover *h, uv_loop_t *loop);
