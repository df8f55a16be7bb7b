#include "wasi/path.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/err.h"
#include "base/own.h"

/* A ".." that meets a rename somewhere on the machine gives EAGAIN (openat2(2)); more than a few in
 * a row is an attack on us, not bad luck. */
enum { PATH_TRIES = 64 };

int path_copy(const uint8_t *bytes, size_t len, char ret[PATH_MAX])
{
	if (len == 0)
		return -ENOENT;
	if (len >= PATH_MAX)
		return -ENAMETOOLONG;
	if (memchr(bytes, '\0', len))
		return -EINVAL;
	memcpy(ret, bytes, len);
	ret[len] = '\0';
	return 0;
}

int path_open(int dir_fd, const char *path, int flags, mode_t mode)
{
	struct open_how how = {
		.flags = (uint64_t)(flags | O_CLOEXEC | (flags & O_PATH ? 0 : O_NOCTTY)),
		.mode = flags & O_CREAT ? mode : 0,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
	};

	for (int tries = 0; tries < PATH_TRIES;) {
		int fd = (int)syscall(SYS_openat2, dir_fd, path, &how, sizeof how);

		if (fd >= 0)
			return fd;
		if (errno == EINTR)
			continue;
		if (errno == EXDEV)
			return -EPERM;
		if (errno != EAGAIN)
			return neg_errno();
		tries++;
	}
	return -EAGAIN;
}

int path_name_open(int dir_fd, char path[PATH_MAX], struct path_name *ret)
{
	size_t end = strlen(path);
	size_t start;
	char kept;
	int fd;

	while (end > 0 && path[end - 1] == '/')
		end--;
	for (start = end; start > 0 && path[start - 1] != '/'; start--)
		;
	if (end == 0)
		return -EPERM; /* "/" is not beneath anything */
	*ret = (struct path_name){ dir_fd, -EBADF, path + start };
	if (start == 0)
		return 0;
	kept = path[start];
	path[start] = '\0';
	fd = path_open(dir_fd, path, O_PATH | O_DIRECTORY, 0);
	path[start] = kept;
	if (fd < 0)
		return fd;
	ret->dir_fd = ret->owned_fd = fd;
	return 0;
}

void path_name_close(struct path_name *n)
{
	n->owned_fd = fd_close(n->owned_fd);
}
