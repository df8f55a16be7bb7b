/* Unix-domain sockets of the guest: bind and connect.
 *
 * An abstract name is looked up in the socket's network namespace, so it stays inside. A pathname
 * is looked up in the file system of whoever makes the call, and that is the supervisor, for the
 * sake of doing what was judged. So the only pathname taken is one plain component, in the engine's
 * current directory, and no link is followed: the system interface (src/wasi) resolves the guest's
 * path beneath its preopen and makes the parent the current directory.
 */
#include "base/log.h"
#include "base/own.h"
#include "broker/internal.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/un.h>

/* 0 with a component in `name`; 1 for an abstract or empty name; -errno. */
static int take_component(const struct sockaddr_storage *ss, socklen_t len,
			  char name[sizeof(struct sockaddr_un)])
{
	const struct sockaddr_un *un = (const struct sockaddr_un *)ss;
	size_t max = len - offsetof(struct sockaddr_un, sun_path);

	if (len <= offsetof(struct sockaddr_un, sun_path) || un->sun_path[0] == 0)
		return 1;
	if (max > sizeof un->sun_path)
		return -EINVAL;
	memcpy(name, un->sun_path, max);
	name[max] = 0;
	if (strchr(name, '/') || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return -EACCES;
	return 0;
}

/* The caller's current directory, in its own mount namespace. */
static int open_cwd(const struct judged *j, int *ret_fd)
{
	char path[64];
	int fd;

	(void)snprintf(path, sizeof path, "/proc/%d/cwd", (int)j->call->tid);
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return neg_errno();
	if (!notify_is_pending(&j->broker->notify, j->call->id)) {
		(void)fd_close(fd);
		return -ENOENT;
	}
	*ret_fd = fd;
	return 0;
}

int unix_bind(struct judged *j, const struct sockaddr_storage *ss, socklen_t len)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	char name[sizeof to];
	AUTO_CLOSE int cwd = -EBADF;
	AUTO_CLOSE int own = -EBADF;
	int r = take_component(ss, len, name);

	if (r < 0)
		return r;
	if (r == 1)
		return bind(j->sock, (const struct sockaddr *)ss, len) < 0 ? neg_errno() : 0;
	r = open_cwd(j, &cwd);
	if (r < 0)
		return r;
	/* A path through /proc/self/fd could be too long for a sockaddr_un. bind() follows no link
	 * at its end. */
	own = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (own < 0 || fchdir(cwd) < 0)
		return neg_errno();
	memcpy(to.sun_path, name, strnlen(name, sizeof to.sun_path));
	r = bind(j->sock, (struct sockaddr *)&to, len) < 0 ? neg_errno() : 0;
	(void)fchdir(own); /* where we came from is still there */
	return r;
}

int unix_connect(struct judged *j, const struct sockaddr_storage *ss, socklen_t len)
{
	struct sockaddr_storage to = { .ss_family = AF_UNIX };
	struct sockaddr_un *un = (struct sockaddr_un *)&to;
	char name[sizeof *un];
	AUTO_CLOSE int cwd = -EBADF;
	AUTO_CLOSE int file = -EBADF;
	struct statvfs fs;
	struct stat st;
	int r = take_component(ss, len, name);

	if (r < 0)
		return r;
	if (r == 1)
		return connect_own(j, ss, len);
	r = open_cwd(j, &cwd);
	if (r < 0)
		return r;
	file = openat(cwd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (file < 0 || fstat(file, &st) < 0 || fstatvfs(file, &fs) < 0)
		return neg_errno();
	if (!S_ISSOCK(st.st_mode))
		return -ECONNREFUSED; /* unix(7) */
	/* Talking to a server is more than reading: a folder shared read-only does not give it. */
	if (fs.f_flag & ST_RDONLY)
		return -EACCES;
	(void)snprintf(un->sun_path, sizeof un->sun_path, "/proc/self/fd/%d", file);
	return connect_own(j, &to, sizeof *un);
}
