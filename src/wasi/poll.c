#include "wasi/poll.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "wasi/clock.h"

/* Setting the wall clock forward wakes no ppoll(), so a wait for a time of day looks this often. */
static const uint64_t wall_clock_check_ns = 1000000000;

void poller_deinit(struct poller *p)
{
	free(p->subs);
	free(p->events);
	free(p->fds);
	*p = (struct poller){ 0 };
}

int poller_reserve(struct poller *p, size_t n)
{
	size_t cap = p->cap ? p->cap : 64;

	if (n == 0 || n > POLL_SUBS_MAX)
		return -EINVAL;
	if (n <= p->cap)
		return 0;
	while (cap < n)
		cap *= 2;
	poller_deinit(p);
	p->subs = calloc(cap, sizeof *p->subs);
	p->events = calloc(cap, sizeof *p->events);
	p->fds = calloc(cap, sizeof *p->fds);
	if (!p->subs || !p->events || !p->fds) {
		poller_deinit(p);
		return -ENOMEM;
	}
	p->cap = cap;
	return 0;
}

/* Turns a relative timeout into a time on the monotonic clock: only those can be waited for
 * twice. */
static void sub_start_clock(struct poll_sub *sub)
{
	uint64_t now = 0;

	if (sub->error)
		return;
	if (sub->clock != CLOCK_MONOTONIC && sub->clock != CLOCK_REALTIME) {
		sub->error = -ENOTSUP; /* a CPU clock stands still while we sleep */
		return;
	}
	if (sub->absolute)
		return;
	sub->clock = CLOCK_MONOTONIC;
	sub->error = clock_now(sub->clock, &now);
	if (__builtin_add_overflow(now, sub->timeout_ns, &sub->timeout_ns))
		sub->timeout_ns = UINT64_MAX;
}

/* One pollfd a descriptor, however many subscriptions: the kernel limits them by RLIMIT_NOFILE.
 * The slot that the descriptor remembers may be from an earlier wait; it counts only if it
 * points back. */
static void sub_start_fd(struct poller *p, struct table *t, struct poll_sub *sub)
{
	struct desc *d = table_get(t, sub->number);

	if (!d) {
		sub->error = -EBADF;
		return;
	}
	if (d->poll_slot >= p->n_fds || p->fds[d->poll_slot].fd != d->fd) {
		d->poll_slot = (uint32_t)p->n_fds++;
		p->fds[d->poll_slot] = (struct pollfd){ .fd = d->fd };
	}
	sub->desc = d;
	p->fds[d->poll_slot].events |= sub->kind == POLL_READ ? POLLIN | POLLRDHUP : POLLOUT;
}

/* How long the kernel may sleep: UINT64_MAX is for ever. */
static uint64_t poll_sleep_ns(const struct poller *p, size_t n)
{
	uint64_t sleep = UINT64_MAX;

	for (size_t i = 0; i < n; i++) {
		const struct poll_sub *sub = &p->subs[i];
		uint64_t now;
		uint64_t left;

		if (sub->error)
			return 0;
		if (sub->kind != POLL_CLOCK || clock_now(sub->clock, &now) < 0)
			continue;
		left = sub->timeout_ns > now ? sub->timeout_ns - now : 0;
		if (sub->clock == CLOCK_REALTIME && left > wall_clock_check_ns)
			left = wall_clock_check_ns;
		if (left < sleep)
			sleep = left;
	}
	return sleep;
}

static uint64_t readable_bytes(const struct desc *d)
{
	struct stat st;
	off_t at;
	int n;

	if (S_ISREG(d->type)) {
		at = lseek(d->fd, 0, SEEK_CUR);
		return at >= 0 && fstat(d->fd, &st) == 0 && st.st_size > at
			       ? (uint64_t)(st.st_size - at)
			       : 0;
	}
	return ioctl(d->fd, FIONREAD, &n) == 0 && n > 0 ? (uint64_t)n : 0;
}

/* True if the subscription has fired; fills in its event. An error condition of the descriptor is
 * readiness and not the event's error: the guest's next call on it tells what happened. */
static bool sub_fired(const struct poller *p, const struct poll_sub *sub, struct poll_event *ret)
{
	short want = sub->kind == POLL_READ ? POLLIN | POLLRDHUP : POLLOUT;
	struct poll_event event = { sub->kind, sub->error, false, 0, sub->userdata };
	uint64_t now;
	short got;

	if (!sub->error && sub->kind == POLL_CLOCK) {
		if (clock_now(sub->clock, &now) < 0 || now < sub->timeout_ns)
			return false;
	} else if (!sub->error) {
		got = p->fds[sub->desc->poll_slot].revents;
		if (!(got & (want | POLLERR | POLLHUP | POLLNVAL)))
			return false;
		/* Only a full hangup: wasi-libc takes the flag for "cannot be written". */
		event.hangup = got & POLLHUP;
		event.error = got & POLLNVAL ? -EBADF : 0;
		if (sub->kind == POLL_READ)
			event.n_bytes = readable_bytes(sub->desc);
	}
	*ret = event;
	return true;
}

int poller_wait(struct poller *p, struct table *t, size_t n, size_t *ret_events)
{
	size_t n_events = 0;

	p->n_fds = 0;
	for (size_t i = 0; i < n; i++) {
		if (p->subs[i].kind == POLL_CLOCK)
			sub_start_clock(&p->subs[i]);
		else
			sub_start_fd(p, t, &p->subs[i]);
	}
	while (n_events == 0) {
		uint64_t sleep_ns = poll_sleep_ns(p, n);
		struct timespec ts = clock_from_ns(sleep_ns);

		if (ppoll(p->fds, p->n_fds, sleep_ns == UINT64_MAX ? NULL : &ts, NULL) < 0) {
			if (errno == EINTR)
				continue;
			return neg_errno();
		}
		for (size_t i = 0; i < n; i++) {
			if (sub_fired(p, &p->subs[i], &p->events[n_events]))
				n_events++;
		}
	}
	*ret_events = n_events;
	return 0;
}
