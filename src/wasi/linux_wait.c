#include "wasi/linux_wait.h"

#include <errno.h>
#include <limits.h>
#include <net/if.h>
#include <netdb.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>

#include "base/err.h"
#include "base/own.h"
#include "wasi/clock.h"
#include "wasi/errno.h"
#include "wasi/lookup.h"
#include "wasi/machine.h"
#include "wasi/state.h"

int32_t linux_answer(int r)
{
	return r < 0 ? -(int32_t)errno_to_guest(r) : r;
}

struct desc *linux_desc(struct sys *s, uint32_t number)
{
	if (number < 3)
		return table_get(&s->table, number);
	return number < LINUX_FD_FIRST ? NULL : table_get(&s->table, number - LINUX_FD_FIRST);
}

int32_t linux_add(struct sys *s, struct desc *d)
{
	uint32_t number;
	int r = table_add(&s->table, d, &number);

	if (r < 0) {
		desc_close(d);
		return linux_answer(r);
	}
	return (int32_t)(number + LINUX_FD_FIRST);
}

/* The time on the monotonic clock when a wait ends. */
static uint64_t deadline_of(int64_t wait_us)
{
	uint64_t now = 0;

	(void)clock_now(CLOCK_MONOTONIC, &now); /* this clock is always there */
	return now + (uint64_t)wait_us * 1000;
}

static int64_t left_of(uint64_t deadline)
{
	uint64_t now = deadline_of(0);

	return now < deadline ? (int64_t)((deadline - now) / 1000) : 0;
}

/* The number of descriptors with events. Behind the `n` there is room for one more, for signals:
 * -EINTR if there are but signals. A hangup there means that the supervisor has gone, and this
 * process will. */
static int poll_until(struct sys *s, struct pollfd *fds, size_t n, int64_t wait_us)
{
	uint64_t deadline = wait_us > 0 ? deadline_of(wait_us) : 0;
	int64_t left_us = wait_us;
	int r;

	fds[n] = (struct pollfd){ .fd = s->config.signal_fd > 0 ? s->config.signal_fd : -1,
				  .events = POLLIN };
	for (;;) {
		const struct timespec ts = { left_us / 1000000, left_us % 1000000 * 1000 };

		r = ppoll(fds, n + 1, wait_us < 0 ? NULL : &ts, NULL);
		if (wait_us > 0)
			left_us = left_of(deadline);
		if (r < 0 && errno != EINTR)
			return neg_errno();
		if (r < 0)
			continue;
		if (!fds[n].revents)
			return r;
		if (!(fds[n].revents & POLLIN))
			fds[n].fd = -1;
		else if (r == 1) {
			s->wait_left_us = left_us;
			return -EINTR;
		}
		if (r > 1)
			return r - 1;
	}
}

int linux_wait(struct sys *s, int fd, short events, int64_t wait_us)
{
	struct pollfd p[2] = { { .fd = fd, .events = events } };
	int r = poll_until(s, p, 1, wait_us);

	return r == 0 ? -EAGAIN : r < 0 ? r : 0;
}

static size_t keep_those_with_events(struct linux_pollfd *fds, const struct pollfd *found, size_t n)
{
	size_t n_kept = 0;

	for (size_t i = 0; i < n; i++) {
		if (!found[i].revents)
			continue;
		fds[n_kept] = fds[i];
		fds[n_kept++].revents = (uint16_t)found[i].revents;
	}
	return n_kept;
}

int32_t linux_poll(struct sys *s, struct linux_pollfd *fds, size_t n, int64_t wait_us)
{
	AUTO_FREE struct pollfd *found = NULL;
	bool is_any_closed = false;
	int r;

	if (n > LINUX_POLL_MAX)
		return linux_answer(-EINVAL);
	found = calloc(n + 1, sizeof *found); /* and one for signals */
	if (!found)
		return linux_answer(-ENOMEM);
	for (size_t i = 0; i < n; i++) {
		const struct desc *d = linux_desc(s, fds[i].number);

		found[i] = (struct pollfd){ .fd = d ? d->fd : -1, .events = (short)fds[i].events };
		is_any_closed |= !d;
	}
	r = poll_until(s, found, n, is_any_closed ? 0 : wait_us);
	if (r < 0)
		return linux_answer(r);
	for (size_t i = 0; i < n; i++) {
		if (found[i].fd < 0)
			found[i].revents = POLLNVAL;
	}
	return (int32_t)keep_those_with_events(fds, found, n);
}

int32_t linux_epoll_open(struct sys *s)
{
	struct desc d = { .kind = DESC_FILE, .fd = epoll_create1(EPOLL_CLOEXEC) };
	struct epoll_event signals = { .events = EPOLLIN, .data.u32 = UINT32_MAX };

	if (d.fd < 0)
		return linux_answer(neg_errno());
	if (s->config.signal_fd > 0 &&
	    epoll_ctl(d.fd, EPOLL_CTL_ADD, s->config.signal_fd, &signals) < 0) {
		int r = neg_errno();

		desc_close(&d);
		return linux_answer(r);
	}
	return linux_add(s, &d);
}

int32_t linux_epoll_control(struct sys *s, uint32_t epoll, int32_t operation, uint32_t number,
			    uint32_t events)
{
	struct epoll_event event = { .events = events, .data.u32 = number };
	const struct desc *e = linux_desc(s, epoll);
	const struct desc *d = linux_desc(s, number);

	if (!e || !d)
		return linux_answer(-EBADF);
	if (epoll_ctl(e->fd, operation, d->fd, &event) < 0)
		return linux_answer(neg_errno());
	return 0;
}

/* Milliseconds, as epoll_wait() counts; no wait is too short. */
static int milliseconds(int64_t wait_us)
{
	int64_t ms = wait_us / 1000 + (wait_us % 1000 > 0);

	return wait_us < 0 ? -1 : ms > INT_MAX ? INT_MAX : (int)ms;
}

/* The event of a signal goes to the front, where it is seen at once. */
static void copy_events(const struct epoll_event *events, int n, struct linux_event *ret)
{
	for (int i = 0; i < n; i++) {
		ret[i] = (struct linux_event){ events[i].data.u32, events[i].events };
		if (ret[i].number == UINT32_MAX) {
			ret[i] = ret[0];
			ret[0] = (struct linux_event){ UINT32_MAX, EPOLLIN };
		}
	}
}

int32_t linux_epoll_wait(struct sys *s, uint32_t epoll, struct linux_event *ret, size_t n,
			 int64_t wait_us)
{
	static struct epoll_event events[LINUX_EPOLL_MAX]; /* there is one guest and one thread */
	const struct desc *e = linux_desc(s, epoll);
	uint64_t deadline = wait_us > 0 ? deadline_of(wait_us) : 0;
	int n_events;

	if (!e)
		return linux_answer(-EBADF);
	if (n == 0 || n > LINUX_EPOLL_MAX)
		return linux_answer(-EINVAL);
	do
		n_events = epoll_wait(e->fd, events, (int)n, milliseconds(wait_us));
	while (n_events < 0 && errno == EINTR);
	if (n_events < 0)
		return linux_answer(neg_errno());
	s->wait_left_us = wait_us > 0 ? left_of(deadline) : wait_us;
	copy_events(events, n_events, ret);
	return n_events;
}

uint32_t linux_signal_take(struct sys *s, int64_t *ret_left_us)
{
	struct pollfd p = { .fd = s->config.signal_fd, .events = POLLIN };
	uint8_t signal = 0;

	*ret_left_us = s->wait_left_us;
	/* The supervisor writes whole bytes, so what poll() has seen can be read. */
	if (p.fd <= 0 || poll(&p, 1, 0) != 1 || read(p.fd, &signal, 1) != 1)
		return 0;
	return signal;
}

static void result_add(struct linux_bytes *ret, int type, const struct addr *a)
{
	uint16_t head[2] = { (uint16_t)type, (uint16_t)a->len };

	if (ret->size - ret->len < sizeof head + a->len)
		return;
	memcpy(ret->at + ret->len, head, sizeof head);
	memcpy(ret->at + ret->len + sizeof head, &a->sa, a->len);
	ret->len += sizeof head + a->len;
}

int32_t linux_look_up(struct sys *s, const uint8_t *node, size_t node_len, const uint8_t *service,
		      size_t service_len, const int32_t hints[3], struct linux_bytes *ret,
		      int32_t *ret_errno, char *ret_canonical)
{
	struct sys_lookup l = { .family = hints[0], .socktype = hints[1], .flags = hints[2] };
	struct lookup_text node_text, service_text;

	lookup_text_set(node, node_len, &node_text);
	lookup_text_set(service, service_len, &service_text);
	l.node = node_text.bytes;
	l.service = service_text.bytes;
	lookup_run(s, &l);
	*ret_errno = (int32_t)errno_to_guest(-l.sys_errno);
	memcpy(ret_canonical, l.canonical, sizeof l.canonical);
	for (size_t i = 0; !l.error && i < l.n; i++)
		result_add(ret, l.results[i].socktype, &l.results[i].addr);
	return l.error;
}

uint32_t linux_interface_after(uint32_t after, char *ret_name)
{
	uint32_t index;

	return machine_next_interface(after, &index, ret_name) < 0 ? 0 : index;
}

void linux_host_name(char *ret)
{
	if (machine_name(ret) < 0)
		ret[0] = '\0';
}
