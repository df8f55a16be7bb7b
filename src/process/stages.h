/* The stages of a start, which --verbose shows: when each was reached, counted from the first call.
 */
#pragma once

#include "process/process.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { STAGE_LINE_MAX = 64 };

struct stages {
	const struct process_plan *plan; /* borrowed */
	uint64_t started_ns;
	char line[STAGE_LINE_MAX]; /* the engine's, not yet complete */
	size_t len;
};

/* From now on. */
void stages_init(struct stages *s, const struct process_plan *plan);
/* Since stages_init(). */
uint64_t stages_age_ns(const struct stages *s);
/* `at_ns` is CLOCK_MONOTONIC's. */
void stages_log(const struct stages *s, const char *stage, uint64_t at_ns);
/* Takes in what the engine has written to its status pipe (spec/spec.h): stages, and limits that
 * the guest has reached. False at the end of the pipe. */
bool stages_read(struct stages *s, int fd);
