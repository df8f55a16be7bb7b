/* Reading and writing descriptors of every kind: one system call each, which may block. */
#pragma once

#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "wasi/table.h"

/* Buffers of one call: views of guest memory that were checked. */
struct io_bufs {
	int n;
	size_t len; /* of all; n buffers of 4 GiB do not overflow it */
	struct iovec iov[IOV_MAX];
};

/* A short count is no error. -EBADF if it is not open that way; -EAGAIN if it would block and must
 * not; -EPIPE without a signal. io_write() may shorten `bufs`. The `_at` forms do not move the
 * file's position, and give -ESPIPE where there is none. */
int io_read(const struct desc *d, const struct io_bufs *bufs, size_t *ret_n);
int io_write(const struct desc *d, struct io_bufs *bufs, size_t *ret_n);
int io_read_at(const struct desc *d, const struct io_bufs *bufs, uint64_t offset, size_t *ret_n);
int io_write_at(const struct desc *d, const struct io_bufs *bufs, uint64_t offset, size_t *ret_n);

/* True if a shared descriptor that the guest made non-blocking would block now. */
bool io_would_block(const struct desc *d, short events);
