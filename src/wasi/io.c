#include "wasi/io.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/err.h"
#include "wasi/sock.h"

bool io_would_block(const struct desc *d, short events)
{
	struct pollfd p = { .fd = d->fd, .events = events };

	/* The description belongs to the user's terminal or pipeline too, so O_NONBLOCK on it
	 * would reach the shell and whatever else runs there. Asking first is not atomic, but a
	 * guest that shares its input with another reader has a race of its own making. */
	return d->shared && d->nonblock && poll(&p, 1, 0) != 1;
}

/* A pipe that poll() calls writable takes PIPE_BUF bytes without blocking (pipe(7)), maybe no
 * more. */
static void bufs_cut(struct io_bufs *bufs, size_t max)
{
	size_t left = max;

	for (int i = 0; i < bufs->n; i++) {
		if (bufs->iov[i].iov_len >= left) {
			bufs->iov[i].iov_len = left;
			bufs->n = i + 1;
			bufs->len = max;
			return;
		}
		left -= bufs->iov[i].iov_len;
	}
}

static int io_result(ssize_t n, size_t *ret_n)
{
	if (n < 0)
		return neg_errno();
	*ret_n = (size_t)n;
	return 0;
}

int io_read(const struct desc *d, const struct io_bufs *bufs, size_t *ret_n)
{
	ssize_t n;

	if (!d->readable)
		return -EBADF;
	if (d->kind == DESC_SOCKET)
		return sock_recv(NULL, d, bufs, 0, ret_n, NULL, NULL);
	if (io_would_block(d, POLLIN))
		return -EAGAIN;
	do
		n = readv(d->fd, bufs->iov, bufs->n);
	while (n < 0 && errno == EINTR);
	return io_result(n, ret_n);
}

int io_write(const struct desc *d, struct io_bufs *bufs, size_t *ret_n)
{
	ssize_t n;

	if (!d->writable)
		return -EBADF;
	if (d->kind == DESC_SOCKET)
		return sock_send(NULL, d, bufs, 0, NULL, ret_n);
	if (io_would_block(d, POLLOUT))
		return -EAGAIN;
	if (d->shared && d->nonblock && !S_ISREG(d->type))
		bufs_cut(bufs, PIPE_BUF);
	do
		n = writev(d->fd, bufs->iov, bufs->n);
	while (n < 0 && errno == EINTR);
	return io_result(n, ret_n);
}

int io_read_at(const struct desc *d, const struct io_bufs *bufs, uint64_t offset, size_t *ret_n)
{
	ssize_t n;

	if (!d->readable)
		return -EBADF;
	if (offset > INT64_MAX)
		return -EINVAL;
	do
		n = preadv(d->fd, bufs->iov, bufs->n, (off_t)offset);
	while (n < 0 && errno == EINTR);
	return io_result(n, ret_n);
}

int io_write_at(const struct desc *d, const struct io_bufs *bufs, uint64_t offset, size_t *ret_n)
{
	ssize_t n;

	if (!d->writable)
		return -EBADF;
	if (offset > INT64_MAX)
		return -EINVAL;
	do
		n = pwritev(d->fd, bufs->iov, bufs->n, (off_t)offset);
	while (n < 0 && errno == EINTR);
	return io_result(n, ret_n);
}
