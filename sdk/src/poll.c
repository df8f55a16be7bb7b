/* poll() and ppoll() over poll_oneoff.
 *
 * That call tells readable, writable and hung up. An error on a socket makes it readable and
 * writable, and the next call on it tells which; POLLERR is for what cannot be waited for.
 */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <wasi/api.h>

#include "wait.h"

enum {
	FEW = 16, /* descriptors for which the stack has room */
	SUBS_FEW = 2 * FEW + 1,
};

struct wait {
	__wasi_subscription_t *subs;
	__wasi_event_t *events;
	size_t n;
};

static void wait_for_fd(struct wait *w, size_t i, int fd, __wasi_eventtype_t tag)
{
	__wasi_subscription_t *sub = &w->subs[w->n++];

	sub->userdata = i;
	sub->u.tag = tag;
	sub->u.u.fd_read.file_descriptor = fd; /* fd_write has the same layout */
}

static void wait_for_clock(struct wait *w, uint64_t timeout_ns)
{
	__wasi_subscription_t *sub = &w->subs[w->n++];

	sub->u.tag = __WASI_EVENTTYPE_CLOCK;
	sub->u.u.clock.id = __WASI_CLOCKID_MONOTONIC;
	sub->u.u.clock.timeout = timeout_ns;
}

static bool is_open(int fd)
{
	__wasi_fdstat_t stat;

	return __wasi_fd_fdstat_get(fd, &stat) == 0;
}

/* Returns true if the answer is there already. */
static bool wait_begin(struct wait *w, struct pollfd *fds, size_t n)
{
	bool answered = false;

	for (size_t i = 0; i < n; i++) {
		struct pollfd *p = &fds[i];

		p->revents = 0;
		if (p->fd < 0)
			continue;
		if (p->events & POLLIN)
			wait_for_fd(w, i, p->fd, __WASI_EVENTTYPE_FD_READ);
		if (p->events & POLLOUT)
			wait_for_fd(w, i, p->fd, __WASI_EVENTTYPE_FD_WRITE);
		if (!(p->events & (POLLIN | POLLOUT)) && !is_open(p->fd)) {
			p->revents = POLLNVAL;
			answered = true;
		}
	}
	return answered;
}

static void take_event(struct pollfd *fds, const __wasi_event_t *event)
{
	struct pollfd *p = &fds[event->userdata];

	if (event->error) {
		p->revents |= event->error == __WASI_ERRNO_BADF ? POLLNVAL : POLLERR;
		return;
	}
	p->revents |= event->type == __WASI_EVENTTYPE_FD_READ ? POLLIN : POLLOUT;
	if (event->fd_readwrite.flags & __WASI_EVENTRWFLAGS_FD_READWRITE_HANGUP)
		p->revents |= POLLHUP;
}

static int wait_run(struct wait *w, struct pollfd *fds, size_t n, uint64_t timeout_ns)
{
	bool answered = wait_begin(w, fds, n);
	size_t n_events = 0;
	int n_ready = 0;

	/* To wait for nothing is to wait for the clock, if need be for ever. */
	if (answered || timeout_ns != WAIT_FOR_EVER || w->n == 0)
		wait_for_clock(w, answered ? 0 : timeout_ns);
	errno = __wasi_poll_oneoff(w->subs, w->events, w->n, &n_events);
	if (errno)
		return -1;
	for (size_t i = 0; i < n_events; i++) {
		if (w->events[i].type != __WASI_EVENTTYPE_CLOCK)
			take_event(fds, &w->events[i]);
	}
	for (size_t i = 0; i < n; i++)
		n_ready += fds[i].revents != 0;
	return n_ready;
}

static int wait_for_many(struct pollfd *fds, size_t n, uint64_t timeout_ns)
{
	size_t n_subs = 2 * n + 1;
	struct wait w = { calloc(n_subs, sizeof *w.subs), calloc(n_subs, sizeof *w.events), 0 };
	int r = -1;

	if (w.subs && w.events)
		r = wait_run(&w, fds, n, timeout_ns);
	else
		errno = ENOMEM;
	free(w.subs);
	free(w.events);
	return r;
}

int wait_for_fds(struct pollfd *fds, size_t n, uint64_t timeout_ns)
{
	__wasi_subscription_t subs[SUBS_FEW];
	__wasi_event_t events[SUBS_FEW];
	struct wait w = { subs, events, 0 };
	int before = errno;
	int r;

	if (n > FEW) {
		r = wait_for_many(fds, n, timeout_ns);
	} else {
		memset(subs, 0, sizeof subs);
		r = wait_run(&w, fds, n, timeout_ns);
	}
	if (r >= 0)
		errno = before;
	return r;
}

int poll(struct pollfd *fds, nfds_t n, int timeout_ms)
{
	return wait_for_fds(fds, n,
			    timeout_ms < 0 ? WAIT_FOR_EVER : (uint64_t)timeout_ms * 1000000);
}

/* There are no signals, so the mask says nothing. */
int ppoll(struct pollfd *fds, nfds_t n, const struct timespec *timeout, const sigset_t *mask)
{
	uint64_t timeout_ns;

	(void)mask;
	return wait_time(timeout, &timeout_ns) < 0 ? -1 : wait_for_fds(fds, n, timeout_ns);
}
