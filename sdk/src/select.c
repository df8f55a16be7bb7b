/* select() and pselect(). wasi-libc's fd_set is a list of descriptors, of up to FD_SETSIZE. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/select.h>
#include <time.h>

#include "wait.h"

/* Appends what `set` has below `limit`. Returns how many there are then. */
static size_t add_set(struct pollfd *fds, size_t n, const fd_set *set, int limit, short events)
{
	for (size_t i = 0; set && i < set->__nfds; i++) {
		if (set->__fds[i] < limit)
			fds[n++] = (struct pollfd){ .fd = set->__fds[i], .events = events };
	}
	return n;
}

/* Leaves in `set` what is ready, and returns how many that are. */
static int keep_ready(fd_set *set, const struct pollfd *fds, size_t n)
{
	size_t kept = 0;

	if (!set)
		return 0;
	for (size_t i = 0; i < n; i++) {
		if (fds[i].revents)
			set->__fds[kept++] = fds[i].fd;
	}
	set->__nfds = kept;
	return (int)kept;
}

static int wait_for_sets(struct pollfd *fds, int limit, fd_set *reads, fd_set *writes,
			 uint64_t timeout_ns)
{
	size_t n_reads = add_set(fds, 0, reads, limit, POLLIN);
	size_t n = add_set(fds, n_reads, writes, limit, POLLOUT);

	if (wait_for_fds(fds, n, timeout_ns) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (fds[i].revents & POLLNVAL) {
			errno = EBADF;
			return -1;
		}
	}
	return keep_ready(reads, fds, n_reads) + keep_ready(writes, fds + n_reads, n - n_reads);
}

int pselect(int limit, fd_set *restrict reads, fd_set *restrict writes, fd_set *restrict errors,
	    const struct timespec *restrict timeout, const sigset_t *restrict mask)
{
	size_t n_max = (reads ? reads->__nfds : 0) + (writes ? writes->__nfds : 0);
	uint64_t timeout_ns;
	struct pollfd *fds;
	int r;

	(void)mask; /* there are no signals */
	if (limit < 0) {
		errno = EINVAL;
		return -1;
	}
	if (wait_time(timeout, &timeout_ns) < 0)
		return -1;
	fds = calloc(n_max + 1, sizeof *fds);
	if (!fds) {
		errno = ENOMEM;
		return -1;
	}
	r = wait_for_sets(fds, limit, reads, writes, timeout_ns);
	free(fds);
	if (r >= 0 && errors)
		FD_ZERO(errors); /* no condition is exceptional here */
	return r;
}

int select(int limit, fd_set *restrict reads, fd_set *restrict writes, fd_set *restrict errors,
	   struct timeval *restrict timeout)
{
	struct timespec ts;

	if (!timeout)
		return pselect(limit, reads, writes, errors, NULL, NULL);
	ts = (struct timespec){ timeout->tv_sec + timeout->tv_usec / 1000000,
				(long)(timeout->tv_usec % 1000000) * 1000 };
	return pselect(limit, reads, writes, errors, &ts, NULL);
}
