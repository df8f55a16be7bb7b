#include "wasi/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/own.h"
#include "wasi/file.h"
#include "wasi/path.h"

static int open_flags(const struct fs_open *how)
{
	int flags = how->flags;

	if (how->write && !how->directory)
		flags |= how->read ? O_RDWR : O_WRONLY;
	if (!how->follow)
		flags |= O_NOFOLLOW;
	if (how->create)
		flags |= O_CREAT;
	if (how->exclusive)
		flags |= O_EXCL;
	if (how->truncate)
		flags |= O_TRUNC;
	if (how->directory)
		flags |= O_DIRECTORY;
	return flags;
}

/* What a read-only mount does: it opens what is there for reading, and creates and changes
 * nothing. */
static int open_read_only(const struct desc *dir, const char *path, int flags)
{
	int fd;

	if ((flags & O_ACCMODE) != O_RDONLY || flags & O_TRUNC)
		return -EROFS;
	if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL)) {
		fd = path_open(dir->fd, path, O_PATH | O_NOFOLLOW, 0);
		if (fd >= 0) {
			(void)fd_close(fd);
			return -EEXIST;
		}
		return fd == -ENOENT ? -EROFS : fd;
	}
	fd = path_open(dir->fd, path, flags & ~(O_CREAT | O_EXCL), 0);
	return fd == -ENOENT && flags & O_CREAT ? -EROFS : fd;
}

int fs_open(const struct desc *dir, const char *path, const struct fs_open *how, struct desc *ret)
{
	struct desc d = { .read_only = dir->read_only };
	AUTO_CLOSE int fd = -EBADF;
	int flags = open_flags(how);
	int r;

	if (how->directory && (how->create || how->exclusive || how->truncate))
		return -EINVAL;
	if (dir->read_only)
		fd = open_read_only(dir, path, flags);
	else
		fd = path_open(dir->fd, path, flags, 0666);
	if (fd < 0)
		return fd;
	d.fd = fd;
	r = file_adopt(&d);
	if (r < 0)
		return r;
	/* Rights to do neither still give a descriptor, but not one that can be read. */
	d.readable = d.readable && (how->read || d.kind == DESC_DIR);
	d.fd = TAKE_FD(fd);
	*ret = d;
	return 0;
}

int fs_stat(const struct desc *dir, const char *path, bool follow, struct stat *ret)
{
	AUTO_CLOSE int fd = path_open(dir->fd, path, O_PATH | (follow ? 0 : O_NOFOLLOW), 0);
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return neg_errno();
	*ret = st;
	return 0;
}

int fs_set_times(const struct desc *dir, const char *path, bool follow,
		 const struct timespec times[2])
{
	AUTO_CLOSE int fd = -EBADF;

	if (dir->read_only)
		return -EROFS;
	fd = path_open(dir->fd, path, O_PATH | (follow ? 0 : O_NOFOLLOW), 0);
	if (fd < 0)
		return fd;
	return utimensat(fd, "", times, AT_EMPTY_PATH) < 0 ? neg_errno() : 0;
}

int fs_readlink(const struct desc *dir, const char *path, char *ret, size_t size, size_t *ret_len)
{
	AUTO_CLOSE int fd = path_open(dir->fd, path, O_PATH | O_NOFOLLOW, 0);
	struct stat st;
	ssize_t n;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return neg_errno();
	if (!S_ISLNK(st.st_mode))
		return -EINVAL;
	if (size == 0) {
		*ret_len = 0; /* readlinkat() calls that an error */
		return 0;
	}
	n = readlinkat(fd, "", ret, size);
	if (n < 0)
		return neg_errno();
	*ret_len = (size_t)n;
	return 0;
}

int fs_mkdir(const struct desc *dir, char path[PATH_MAX])
{
	struct path_name n;
	int r;

	if (dir->read_only)
		return -EROFS;
	r = path_name_open(dir->fd, path, &n);
	if (r < 0)
		return r;
	r = mkdirat(n.dir_fd, n.last, 0777) < 0 ? neg_errno() : 0;
	path_name_close(&n);
	return r;
}

static int fs_remove(const struct desc *dir, char path[PATH_MAX], int flags)
{
	struct path_name n;
	int r;

	if (dir->read_only)
		return -EROFS;
	r = path_name_open(dir->fd, path, &n);
	if (r < 0)
		return r;
	r = unlinkat(n.dir_fd, n.last, flags) < 0 ? neg_errno() : 0;
	path_name_close(&n);
	return r;
}

int fs_rmdir(const struct desc *dir, char path[PATH_MAX])
{
	return fs_remove(dir, path, AT_REMOVEDIR);
}

int fs_unlink(const struct desc *dir, char path[PATH_MAX])
{
	return fs_remove(dir, path, 0);
}

int fs_rename(const struct desc *old_dir, char old_path[PATH_MAX], const struct desc *new_dir,
	      char new_path[PATH_MAX])
{
	struct path_name from;
	struct path_name to;
	int r;

	if (old_dir->read_only || new_dir->read_only)
		return -EROFS;
	r = path_name_open(old_dir->fd, old_path, &from);
	if (r < 0)
		return r;
	r = path_name_open(new_dir->fd, new_path, &to);
	if (r == 0) {
		r = renameat(from.dir_fd, from.last, to.dir_fd, to.last) < 0 ? neg_errno() : 0;
		path_name_close(&to);
	}
	path_name_close(&from);
	return r;
}

int fs_link(const struct desc *old_dir, char old_path[PATH_MAX], const struct desc *new_dir,
	    char new_path[PATH_MAX])
{
	struct path_name from;
	struct path_name to;
	int r;

	/* A second name in a writable directory would make a read-only file writable. */
	if (old_dir->read_only || new_dir->read_only)
		return -EROFS;
	/* linkat() follows a last component with a slash behind it, even out of the parent. Only a
	 * directory may be called so, and directories cannot be linked. */
	if (old_path[strlen(old_path) - 1] == '/')
		return -EPERM;
	r = path_name_open(old_dir->fd, old_path, &from);
	if (r < 0)
		return r;
	r = path_name_open(new_dir->fd, new_path, &to);
	if (r == 0) {
		r = linkat(from.dir_fd, from.last, to.dir_fd, to.last, 0) < 0 ? neg_errno() : 0;
		path_name_close(&to);
	}
	path_name_close(&from);
	return r;
}

int fs_symlink(const char *target, const struct desc *dir, char path[PATH_MAX])
{
	struct path_name n;
	int r;

	if (dir->read_only)
		return -EROFS;
	if (target[0] == '/')
		return -EPERM;
	r = path_name_open(dir->fd, path, &n);
	if (r < 0)
		return r;
	r = symlinkat(target, n.dir_fd, n.last) < 0 ? neg_errno() : 0;
	path_name_close(&n);
	return r;
}
