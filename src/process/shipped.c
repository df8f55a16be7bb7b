#include "process/shipped.h"

#include "base/alloc.h"
#include "base/own.h"
#include "process/sealed_file.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

enum { KEY_LEN = CACHE_KEY_MAX - 1 };

/* Others may make files in a folder with the sticky bit, such as /tmp, but not touch this one. */
static const char *find_fault(const struct stat *st)
{
	bool is_sticky = S_ISDIR(st->st_mode) && (st->st_mode & S_ISVTX);

	if (st->st_uid != 0 && st->st_uid != geteuid())
		return "it or a folder above it belongs to another user";
	if ((st->st_mode & 022) && !is_sticky)
		return "others may write to it or to a folder above it";
	return NULL;
}

/* One step down the path. `*fd` is then what was there. */
static int enter(int *fd, const char *name, int flags, const char **ret_fault)
{
	int next = openat(*fd, name, flags | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (next < 0)
		return neg_errno();
	(void)fd_close(*fd);
	*fd = next;
	if (fstat(next, &st) < 0)
		return neg_errno();
	*ret_fault = find_fault(&st);
	return *ret_fault ? 1 : 0;
}

static int open_guarded(const char *path, int *ret_fd, const char **ret_fault)
{
	AUTO_FREE char *names = xstrdup(path + 1);
	AUTO_CLOSE int fd = -EBADF;
	char *name = names, *slash;
	int r = enter(&fd, "/", O_PATH | O_DIRECTORY, ret_fault);

	for (; r == 0 && (slash = strchr(name, '/')); name = slash + 1) {
		*slash = 0;
		r = enter(&fd, name, O_PATH | O_DIRECTORY, ret_fault);
	}
	/* O_NONBLOCK, so that a FIFO does not hold us. */
	if (r == 0)
		r = enter(&fd, name, O_RDONLY | O_NONBLOCK, ret_fault);
	if (r == 0)
		*ret_fd = TAKE_FD(fd);
	return r;
}

/* Whether the file says that it was made of this module, by this engine's compiler, for this CPU.
 */
static bool has_key(int fd, const char *key)
{
	char found[KEY_LEN];
	struct stat st;

	return fstat(fd, &st) == 0 &&
	       pread(fd, found, KEY_LEN, st.st_size - SEALED_FILE_TRAILER_LEN - KEY_LEN) ==
		       KEY_LEN &&
	       memcmp(found, key, KEY_LEN) == 0;
}

int shipped_open(const char *path, const char key[static CACHE_KEY_MAX], int *ret_fd,
		 const char **ret_fault)
{
	AUTO_CLOSE int fd = -EBADF;
	int r = open_guarded(path, &fd, ret_fault);

	if (r != 0)
		return r;
	if (!has_key(fd, key)) {
		*ret_fault = "it is for another runtime, engine or CPU";
		return 1;
	}
	*ret_fd = TAKE_FD(fd);
	return 0;
}

static int copy(int from, int to)
{
	off_t at = 0;
	ssize_t n;

	while ((n = sendfile(to, from, &at, 1 << 30)) > 0)
		;
	return n < 0 ? neg_errno() : 0;
}

int shipped_write(int fd, const char key[static CACHE_KEY_MAX], const char *path, struct err *e)
{
	AUTO_FREE char *new_path = xprintf("%s.new", path);
	AUTO_CLOSE int out_fd = open(new_path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	int r;

	if (out_fd < 0 || fchmod(out_fd, 0644) < 0) /* whatever the umask is */
		return err_set(e, errno, "create '%s'", new_path);
	r = copy(fd, out_fd);
	if (r == 0 && write(out_fd, key, KEY_LEN) != KEY_LEN)
		r = -ENOSPC;
	if (r == 0)
		r = sealed_file_seal(out_fd);
	if (r == 0 && rename(new_path, path) < 0)
		r = neg_errno();
	if (r == 0)
		return 0;
	(void)unlink(new_path);
	return err_set(e, -r, "write '%s'", path);
}
