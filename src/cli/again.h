/* Between two runs of a program: waiting for a change of its sources, or for the time that
 * --restart leaves. */
#pragma once

#include "base/err.h"
#include "process/watch.h"

enum again {
	AGAIN_TIME_OVER,
	AGAIN_CHANGED,	/* and *ret_name is the first file that did */
	AGAIN_SIGNALLED /* by SIGINT, SIGTERM, SIGHUP or SIGQUIT, whose number is in *ret_signal */
};

/* Waits for at most `timeout_ms` (-1: without end). `watch` may be NULL. Those signals may have
 * been blocked by process_run(), and be pending; afterwards they are not blocked. */
enum again again_wait(struct watch *watch, int timeout_ms, int *ret_signal,
		      char ret_name[static WATCH_NAME_MAX]);
