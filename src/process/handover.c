#include "process/handover.h"

#include "base/log.h"
#include "base/own.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { DRAIN_MS = 2000, LOOK_EVERY_MS = 3, STOP_ATTEMPTS_MAX = 50 };

static bool thread_is_stopped(int tasks_fd, const char *tid)
{
	char path[300], text[512];
	AUTO_CLOSE int fd = -EBADF;
	const char *name_end;
	ssize_t n;

	(void)snprintf(path, sizeof path, "%s/stat", tid);
	fd = openat(tasks_fd, path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
	if (n <= 0)
		return true; /* it has ended */
	text[n] = '\0';
	name_end = strrchr(text, ')');
	return name_end && name_end[1] && (name_end[2] == 'T' || name_end[2] == 'Z');
}

static bool is_stopped(pid_t pid)
{
	bool stopped = true;
	char path[64];
	DIR *dir;

	(void)snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
	dir = opendir(path);
	if (!dir)
		return true; /* it has ended */
	for (struct dirent *d = readdir(dir); d && stopped; d = readdir(dir))
		if (d->d_name[0] != '.')
			stopped = thread_is_stopped(dirfd(dir), d->d_name);
	(void)closedir(dir);
	return stopped;
}

/* Nothing tells when all threads have stopped. One that waits for the broker does not stop. */
static bool stop_engine(const struct handover *h)
{
	const struct timespec pause = { .tv_nsec = 20000 };

	broker_signal_engine(h->broker, SIGSTOP);
	for (int i = 0; i < STOP_ATTEMPTS_MAX; i++) {
		if (is_stopped(h->engine))
			return true;
		(void)nanosleep(&pause, NULL);
	}
	return false;
}

static void on_look(uv_timer_t *timer)
{
	struct handover *h = timer->data;
	bool late = uv_now(timer->loop) >= h->deadline_ms;

	if (broker_count_in_flight(h->broker) > 0 && !late)
		return;
	if ((!stop_engine(h) || broker_count_in_flight(h->broker) > 0) && !late) {
		broker_signal_engine(h->broker, SIGCONT);
		return;
	}
	(void)uv_timer_stop(timer);
	h->over(h->ctx);
}

static void on_quiet(uv_timer_t *timer)
{
	struct handover *h = timer->data;

	(void)uv_poll_stop(&h->poll); /* what comes now is for the next run */
	log_line("%s: '%s' has changed: starting again", h->name, h->file);
	broker_hold(h->broker);
	h->engine = broker_engine_pid(h->broker);
	if (!h->engine) {
		h->over(h->ctx);
		return;
	}
	h->deadline_ms = uv_now(timer->loop) + DRAIN_MS;
	(void)uv_timer_start(timer, on_look, 0, LOOK_EVERY_MS);
}

static void on_change(uv_poll_t *poll, int status, int events)
{
	struct handover *h = poll->data;
	char later[WATCH_NAME_MAX];

	if (!watch_take(h->watch, h->changed ? later : h->file))
		return;
	h->changed = true;
	(void)uv_timer_start(&h->timer, on_quiet, WATCH_QUIET_MS, 0);
}

int handover_start(struct handover *h, uv_loop_t *loop)
{
	int r = uv_poll_init(loop, &h->poll, watch_fd(h->watch));

	h->poll.data = h;
	if (r < 0)
		return r;
	(void)uv_timer_init(loop, &h->timer); /* makes no system call */
	h->timer.data = h;
	return uv_poll_start(&h->poll, UV_READABLE, on_change);
}
