#include "process/stages.h"

#include "base/log.h"
#include "process/strikes.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static uint64_t now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail */
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

void stages_init(struct stages *s, const struct process_plan *plan)
{
	*s = (struct stages){ .plan = plan, .started_ns = now_ns() };
}

uint64_t stages_age_ns(const struct stages *s)
{
	return now_ns() - s->started_ns;
}

void stages_log(const struct stages *s, const char *stage, uint64_t at_ns)
{
	int64_t us = (int64_t)(at_ns - s->started_ns) / 1000;

	log_verbose("%s: stage %s at %lld us", s->plan->name, stage, (long long)us);
}

static void take_line(const struct stages *s)
{
	static const char limit[] = "limit-";
	char stage[32];
	unsigned long long at_ns;

	if (sscanf(s->line, "%31[a-z-] %llu", stage, &at_ns) != 2)
		return;
	if (strncmp(stage, limit, strlen(limit)) == 0)
		strikes_say_reached(s->plan, stage + strlen(limit));
	else
		stages_log(s, stage, at_ns);
}

/* The engine's bytes are foreign: a line that is too long or of another shape is dropped. */
bool stages_read(struct stages *s, int fd)
{
	char bytes[256];
	ssize_t n = read(fd, bytes, sizeof bytes);

	for (ssize_t i = 0; i < n; i++) {
		if (bytes[i] == '\n') {
			s->line[s->len] = 0;
			take_line(s);
			s->len = 0;
		} else if (s->len < STAGE_LINE_MAX - 1) {
			s->line[s->len++] = bytes[i];
		}
	}
	return n > 0;
}
