#include "broker/throttle.h"

#include "base/err.h"
#include "base/own.h"

#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>

static uint64_t now_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts); /* cannot fail */
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

int throttle_init(struct throttle *t, const struct limits *limits)
{
	uint64_t open_max = limits->values[LIMIT_OUTGOING],
		 rate = limits->values[LIMIT_CONNECT_RATE];
	char text[LIMIT_TEXT_MAX];

	*t = (struct throttle){ .open_max = open_max, .epoll_fd = -EBADF };
	rate_init(&t->rate, rate, now_ms());
	(void)snprintf(t->too_often, sizeof t->too_often, "more than %s; raise it with %s",
		       limit_format(LIMIT_CONNECT_RATE, rate, text),
		       limit_option(LIMIT_CONNECT_RATE));
	(void)snprintf(t->too_many, sizeof t->too_many, "%s are open; raise it with %s",
		       limit_format(LIMIT_OUTGOING, open_max, text), limit_option(LIMIT_OUTGOING));
	if (!open_max)
		return 0;
	t->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	return t->epoll_fd < 0 ? neg_errno() : 0;
}

void throttle_deinit(struct throttle *t)
{
	t->epoll_fd = fd_close(t->epoll_fd);
}

/* A line that begins with "tfd:" for each (proc_pid_fdinfo(5)). If it cannot be read, none is known
 * to have gone. */
static uint64_t count_members(const struct throttle *t)
{
	char path[64], line[256];
	uint64_t n = 0;
	FILE *f;

	(void)snprintf(path, sizeof path, "/proc/self/fdinfo/%d", t->epoll_fd);
	f = fopen(path, "re");
	if (!f)
		return t->n_open;
	while (fgets(line, sizeof line, f))
		n += strncmp(line, "tfd:", 4) == 0;
	(void)fclose(f);
	return n;
}

const char *throttle_refuse_flow(struct throttle *t)
{
	return rate_take(&t->rate, now_ms()) ? NULL : t->too_often;
}

const char *throttle_refuse_connection(struct throttle *t)
{
	if (t->open_max && t->n_open >= t->open_max) {
		t->n_open = count_members(t);
		if (t->n_open >= t->open_max)
			return t->too_many;
	}
	return throttle_refuse_flow(t);
}

void throttle_add(struct throttle *t, int connection_fd)
{
	struct epoll_event nothing = { .events = 0 };

	if (t->open_max && epoll_ctl(t->epoll_fd, EPOLL_CTL_ADD, connection_fd, &nothing) == 0)
		t->n_open++;
}
