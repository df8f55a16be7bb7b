/* The program is linked with --wrap for each function that is wrapped here, so that every call of
 * them in it, Rust's included, comes here. */
#include "engine/bounds.h"

#include "base/own.h"
#include "engine/peers.h"
#include "engine/stage.h"

#include <assert.h>
#include <linux/magic.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/vfs.h>

int __real_accept4(int fd, struct sockaddr *addr, socklen_t *len, int flags);
int __real_close(int fd);
int __wrap_accept4(int fd, struct sockaddr *addr, socklen_t *len, int flags);
int __wrap_close(int fd);
ssize_t __real_writev(int fd, const struct iovec *iov, int n);
ssize_t __real_pwritev64(int fd, const struct iovec *iov, int n, off64_t offset);
ssize_t __real_pwrite64(int fd, const void *bytes, size_t len, off64_t offset);
ssize_t __wrap_writev(int fd, const struct iovec *iov, int n);
ssize_t __wrap_pwritev64(int fd, const struct iovec *iov, int n, off64_t offset);
ssize_t __wrap_pwrite64(int fd, const void *bytes, size_t len, off64_t offset);

enum { FDS_MAX = 1 << 20 }; /* the kernel's own default (fs.nr_open) */

enum bound { BOUND_MEMORY, BOUND_DESCRIPTORS, BOUND_CONNECTIONS, BOUND_DISK, BOUND_COUNT };

static const char *const stages[] = {
	[BOUND_MEMORY] = "limit-memory",
	[BOUND_DESCRIPTORS] = "limit-descriptors",
	[BOUND_CONNECTIONS] = "limit-connections",
	[BOUND_DISK] = "limit-disk",
};
static_assert(ARRAY_LEN(stages) == BOUND_COUNT, "a stage for each bound");

static atomic_bool told[BOUND_COUNT];
static uint64_t connections_max; /* 0: no bound, and nothing is counted */
static atomic_uint_fast64_t n_connections;
static atomic_bool is_connection[FDS_MAX]; /* untouched pages cost nothing */

static void tell(enum bound bound)
{
	int saved = errno;

	if (!atomic_exchange(&told[bound], true))
		stage_reached(stages[bound]);
	errno = saved;
}

void bounds_memory_reached(void)
{
	tell(BOUND_MEMORY);
}

void bounds_socket_failed(void)
{
	if (errno == EMFILE)
		tell(BOUND_DESCRIPTORS);
}

void bounds_set_connections(uint64_t max)
{
	const struct rlimit countable = { FDS_MAX, FDS_MAX };
	struct rlimit limit;

	if (max && getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_max > FDS_MAX)
		(void)setrlimit(RLIMIT_NOFILE, &countable); /* lowering is always allowed */
	connections_max = max;
}

/* Whether the new connection `fd` may stay. */
static bool count(int fd)
{
	if (fd >= FDS_MAX || atomic_load(&n_connections) >= connections_max)
		return false;
	atomic_fetch_add(&n_connections, 1);
	atomic_store(&is_connection[fd], true);
	return true;
}

int __wrap_accept4(int fd, struct sockaddr *addr, socklen_t *len, int flags)
{
	socklen_t space = len ? *len : 0;

	for (;;) {
		int accepted = __real_accept4(fd, addr, len, flags);

		if (accepted < 0)
			bounds_socket_failed();
		else
			peers_remember(accepted, addr, len ? *len : 0);
		if (accepted < 0 || !connections_max || count(accepted))
			return accepted;
		tell(BOUND_CONNECTIONS);
		(void)__real_close(accepted);
		if (len)
			*len = space;
	}
}

int __wrap_close(int fd)
{
	/* Before it is closed: afterwards the number may be another thread's. */
	peers_forget(fd);
	if (connections_max && fd >= 0 && fd < FDS_MAX &&
	    atomic_exchange(&is_connection[fd], false))
		atomic_fetch_sub(&n_connections, 1);
	return __real_close(fd);
}

/* A private directory is a tmpfs; that the machine's own disk is full is another matter. */
static ssize_t judge_write(int fd, ssize_t n)
{
	int saved = errno;
	struct statfs fs;

	if (n < 0 && saved == ENOSPC && fstatfs(fd, &fs) == 0 && fs.f_type == TMPFS_MAGIC)
		tell(BOUND_DISK);
	errno = saved;
	return n;
}

ssize_t __wrap_writev(int fd, const struct iovec *iov, int n)
{
	return judge_write(fd, __real_writev(fd, iov, n));
}

ssize_t __wrap_pwritev64(int fd, const struct iovec *iov, int n, off64_t offset)
{
	return judge_write(fd, __real_pwritev64(fd, iov, n, offset));
}

ssize_t __wrap_pwrite64(int fd, const void *bytes, size_t len, off64_t offset)
{
	return judge_write(fd, __real_pwrite64(fd, bytes, len, offset));
}
