#include "broker/hostpath.h"

#include "base/own.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>

static struct sockaddr_un address_of(const char *path)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	(void)snprintf(un.sun_path, sizeof un.sun_path, "%s", path); /* forward_parse() bounds it */
	return un;
}

static int open_bound(const char *path, struct hostpath *ret)
{
	struct sockaddr_un un = address_of(path);
	AUTO_CLOSE int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct stat st;

	if (fd < 0)
		return neg_errno();
	/* The name is made with the socket's own mode, less the umask. */
	if (fchmod(fd, 0600) < 0 || bind(fd, (struct sockaddr *)&un, sizeof un) < 0 ||
	    lstat(path, &st) < 0)
		return neg_errno();
	*ret = (struct hostpath){ .fd = TAKE_FD(fd), .dev = st.st_dev, .ino = st.st_ino };
	return 0;
}

/* Whether a socket that lives has this name. */
static bool is_alive(const char *path)
{
	struct sockaddr_un un = address_of(path);
	AUTO_CLOSE int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	return fd < 0 || connect(fd, (struct sockaddr *)&un, sizeof un) == 0 ||
	       errno != ECONNREFUSED;
}

/* Removes a dead socket of ours; else says what stands there. */
static int remove_dead(const char *path, struct err *e)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return errno == ENOENT ? 0 : err_set(e, errno, "looking at '%s'", path);
	if (!S_ISSOCK(st.st_mode))
		return err_set(e, 0, "'%s' exists and is not a socket; forward another path", path);
	if (st.st_uid != geteuid())
		return err_set(e, 0, "'%s' is another user's socket; forward another path", path);
	if (is_alive(path))
		return err_set(e, 0,
			       "'%s' is in use; stop what listens there, or forward another path",
			       path);
	return unlink(path) < 0 ? err_set(e, errno, "removing the dead socket '%s'", path) : 0;
}

static int replace_dead(const char *path, struct hostpath *ret, struct err *e)
{
	char folder[sizeof(struct sockaddr_un)];
	AUTO_CLOSE int lock = -EBADF;
	size_t len = (size_t)(strrchr(path, '/') - path);
	int r;

	(void)snprintf(folder, sizeof folder, "%.*s", len ? (int)len : 1, path);
	lock = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (lock < 0 || flock(lock, LOCK_EX | LOCK_NB) < 0)
		return err_set(e, errno, "locking the folder of '%s'", path);
	r = remove_dead(path, e);
	if (r < 0)
		return r;
	r = open_bound(path, ret);
	return r < 0 ? err_set(e, -r, "binding the Unix socket '%s'", path) : 0;
}

int hostpath_reserve(const char *path, struct hostpath *ret, struct err *e)
{
	int r = open_bound(path, ret);

	if (r == -EADDRINUSE)
		return replace_dead(path, ret, e);
	return r < 0 ? err_set(e, -r, "binding the Unix socket '%s'", path) : 0;
}

void hostpath_release(struct hostpath *h, const char *path)
{
	struct stat st;

	if (h->fd < 0)
		return;
	if (lstat(path, &st) == 0 && st.st_dev == h->dev && st.st_ino == h->ino)
		(void)unlink(path); /* a read-only folder keeps a dead name, which is replaced */
	h->fd = fd_close(h->fd);
}
