#include "wasi/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/err.h"

static int adopt_socket(struct desc *d)
{
	socklen_t len = sizeof d->family;

	d->kind = DESC_SOCKET;
	if (getsockopt(d->fd, SOL_SOCKET, SO_DOMAIN, &d->family, &len) < 0)
		return neg_errno();
	len = sizeof d->sock_type;
	if (getsockopt(d->fd, SOL_SOCKET, SO_TYPE, &d->sock_type, &len) < 0)
		return neg_errno();
	return 0;
}

int file_adopt(struct desc *d)
{
	struct stat st;
	int flags = fcntl(d->fd, F_GETFL);

	if (flags < 0)
		return neg_errno();
	if (flags & O_PATH)
		return -EBADF; /* it can be neither read nor written */
	if (fstat(d->fd, &st) < 0)
		return neg_errno();
	d->type = st.st_mode & S_IFMT;
	d->readable = (flags & O_ACCMODE) != O_WRONLY;
	d->writable = (flags & O_ACCMODE) != O_RDONLY;
	if (S_ISSOCK(st.st_mode))
		return adopt_socket(d);
	d->kind = S_ISDIR(st.st_mode) ? DESC_DIR : DESC_FILE;
	d->seekable = S_ISREG(st.st_mode) || S_ISBLK(st.st_mode) ||
		      (S_ISCHR(st.st_mode) && !isatty(d->fd));
	return 0;
}

int file_stat(const struct desc *d, struct stat *ret)
{
	struct stat st;

	if (fstat(d->fd, &st) < 0)
		return neg_errno();
	*ret = st;
	return 0;
}

enum { FILE_FLAGS = O_APPEND | O_NONBLOCK | O_DSYNC | O_SYNC };

int file_flags(const struct desc *d, int *ret_flags)
{
	int flags = fcntl(d->fd, F_GETFL);

	if (flags < 0)
		return neg_errno();
	if (d->shared)
		flags = (flags & ~O_NONBLOCK) | (d->nonblock ? O_NONBLOCK : 0);
	*ret_flags = flags & FILE_FLAGS;
	return 0;
}

int file_set_flags(struct desc *d, int flags)
{
	int changeable = O_NONBLOCK | (d->shared || d->kind == DESC_SOCKET ? 0 : O_APPEND);
	int old = 0;
	int r = file_flags(d, &old);

	if (r < 0)
		return r;
	if ((old ^ flags) & FILE_FLAGS & ~changeable)
		return -EINVAL;
	if (d->shared)
		d->nonblock = flags & O_NONBLOCK;
	else if (old != flags && fcntl(d->fd, F_SETFL, flags) < 0)
		return neg_errno();
	return 0;
}

int file_set_size(const struct desc *d, uint64_t size)
{
	int r;

	if (!d->writable)
		return d->kind == DESC_DIR ? -EISDIR : -EINVAL;
	if (size > INT64_MAX)
		return -EFBIG;
	do
		r = ftruncate(d->fd, (off_t)size);
	while (r < 0 && errno == EINTR);
	return r < 0 ? neg_errno() : 0;
}

int file_set_times(const struct desc *d, const struct timespec times[2])
{
	if (d->read_only)
		return -EROFS;
	return futimens(d->fd, times) < 0 ? neg_errno() : 0;
}

int file_sync(const struct desc *d)
{
	return fsync(d->fd) < 0 ? neg_errno() : 0;
}

int file_datasync(const struct desc *d)
{
	return fdatasync(d->fd) < 0 ? neg_errno() : 0;
}

int file_advise(const struct desc *d, uint64_t offset, uint64_t len, int advice)
{
	if (offset > INT64_MAX || len > INT64_MAX)
		return -EINVAL;
	return -posix_fadvise(d->fd, (off_t)offset, (off_t)len, advice);
}

int file_allocate(const struct desc *d, uint64_t offset, uint64_t len)
{
	int r;

	if (!d->writable)
		return -EBADF;
	if (offset > INT64_MAX || len > INT64_MAX - offset)
		return -EFBIG;
	do
		r = posix_fallocate(d->fd, (off_t)offset, (off_t)len);
	while (r == EINTR);
	return -r;
}

int file_seek(const struct desc *d, int64_t offset, int whence, uint64_t *ret_offset)
{
	off_t at;

	if (d->kind == DESC_DIR)
		return -EBADF;
	at = lseek(d->fd, offset, whence);
	if (at < 0)
		return neg_errno();
	*ret_offset = (uint64_t)at;
	return 0;
}
