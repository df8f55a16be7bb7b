/* The program is linked with --wrap for each function that is wrapped here, so that every call of
 * them in it, Rust's included, comes here. */
#include "engine/bounds.h"

#include "base/own.h"
#include "engine/stage.h"

#include <assert.h>
#include <linux/magic.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/uio.h>
#include <sys/vfs.h>

ssize_t __real_writev(int fd, const struct iovec *iov, int n);
ssize_t __real_pwritev64(int fd, const struct iovec *iov, int n, off64_t offset);
ssize_t __real_pwrite64(int fd, const void *bytes, size_t len, off64_t offset);
ssize_t __wrap_writev(int fd, const struct iovec *iov, int n);
ssize_t __wrap_pwritev64(int fd, const struct iovec *iov, int n, off64_t offset);
ssize_t __wrap_pwrite64(int fd, const void *bytes, size_t len, off64_t offset);

enum bound { BOUND_MEMORY, BOUND_DESCRIPTORS, BOUND_CONNECTIONS, BOUND_DISK, BOUND_COUNT };

static const char *const stages[] = {
	[BOUND_MEMORY] = "limit-memory",
	[BOUND_DESCRIPTORS] = "limit-descriptors",
	[BOUND_CONNECTIONS] = "limit-connections",
	[BOUND_DISK] = "limit-disk",
};
static_assert(ARRAY_LEN(stages) == BOUND_COUNT, "a stage for each bound");

static atomic_bool told[BOUND_COUNT];

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

void bounds_connections_reached(void)
{
	tell(BOUND_CONNECTIONS);
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
