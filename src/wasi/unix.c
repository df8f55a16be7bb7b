#include "wasi/unix.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/own.h"
#include "wasi/path.h"

enum { SUN_PATH_SIZE = sizeof((struct sockaddr_un *)NULL)->sun_path };

static bool is_path(const struct unix_name *name)
{
	return name->len > 0 && name->bytes[0] != '\0';
}

/* "/tmp", "./tmp" and "tmp" are the same place to the libraries; "/" and "." are "". */
static const char *skip_root(const char *path)
{
	for (;;) {
		if (path[0] == '/')
			path++;
		else if (path[0] == '.' && (path[1] == '/' || path[1] == '\0'))
			path++;
		else
			return path;
	}
}

/* What is left of `path` beneath a directory of that name; NULL if it is not beneath. */
static const char *beneath(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	while (len > 0 && dir[len - 1] == '/')
		len--;
	if (strncmp(path, dir, len) != 0 || (len > 0 && path[len] != '/' && path[len] != '\0'))
		return NULL;
	return skip_root(path + len);
}

static const struct desc *find_dir(struct table *t, const char *path, const char **ret_rest)
{
	const struct desc *found = NULL;
	size_t found_len = 0;
	const struct desc *d;

	path = skip_root(path);
	for (uint32_t at = 0; (d = table_next(t, &at));) {
		const char *dir = d->preopen ? skip_root(d->preopen) : NULL;
		const char *rest = dir ? beneath(path, dir) : NULL;

		if (!rest || (found && strlen(dir) <= found_len))
			continue;
		found = d;
		found_len = strlen(dir);
		*ret_rest = rest;
	}
	return found;
}

static int check_last(const struct path_name *n, enum unix_use use)
{
	struct stat st;

	if (strchr(n->last, '/') || strcmp(n->last, ".") == 0 || strcmp(n->last, "..") == 0)
		return -EISDIR;
	if (strlen(n->last) >= SUN_PATH_SIZE)
		return -ENAMETOOLONG;
	if (use == UNIX_REACH && fstatat(n->dir_fd, n->last, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISLNK(st.st_mode))
		return -ELOOP;
	return 0;
}

/* Moves this process to the directory. */
static int go_to(int dir_fd, int *ret_back_fd)
{
	int back_fd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (back_fd < 0)
		return neg_errno();
	if (fchdir(dir_fd) < 0) {
		int r = neg_errno();

		(void)fd_close(back_fd);
		return r;
	}
	*ret_back_fd = back_fd;
	return 0;
}

static int enter_path(struct table *t, const char *guest_path, enum unix_use use,
		      struct unix_place *ret)
{
	struct unix_place p = { .sun.sun_family = AF_UNIX, .back_fd = -EBADF };
	const char *rest = NULL;
	const struct desc *dir = find_dir(t, guest_path, &rest);
	char path[PATH_MAX];
	struct path_name n;
	int r;

	if (!dir)
		return -ENOENT;
	if (dir->read_only)
		return use == UNIX_BIND ? -EROFS : -EACCES;
	if (*rest == '\0')
		return -EISDIR;
	memcpy(path, rest, strlen(rest) + 1); /* at most UNIX_NAME_MAX */
	r = path_name_open(dir->fd, path, &n);
	if (r < 0)
		return r;
	r = check_last(&n, use);
	if (r == 0) {
		memcpy(p.sun.sun_path, n.last, strlen(n.last) + 1);
		p.len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(n.last) + 1);
		r = go_to(n.dir_fd, &p.back_fd);
	}
	path_name_close(&n);
	if (r == 0)
		*ret = p;
	return r;
}

int unix_enter(struct table *t, const struct unix_name *name, enum unix_use use,
	       struct unix_place *ret)
{
	struct unix_place p = { .sun.sun_family = AF_UNIX, .back_fd = -EBADF };

	if (is_path(name))
		return enter_path(t, name->bytes, use, ret);
	if (name->len > SUN_PATH_SIZE)
		return -ENAMETOOLONG;
	memcpy(p.sun.sun_path, name->bytes, name->len);
	p.len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + name->len);
	*ret = p;
	return 0;
}

void unix_leave(struct unix_place *p)
{
	if (p->back_fd < 0)
		return;
	/* Fails only if the directory may no longer be searched; paths do not start from it. */
	(void)!fchdir(p->back_fd);
	p->back_fd = fd_close(p->back_fd);
}

static const char *last_component(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

void unix_name_from_path(const char *path, struct unix_name *ret)
{
	size_t len = strnlen(path, UNIX_NAME_MAX);

	*ret = (struct unix_name){ .len = len };
	memcpy(ret->bytes, path, len);
}

void unix_name_from_kernel(struct table *t, const struct sockaddr_un *sun, socklen_t len,
			   struct unix_name *ret)
{
	size_t n = len > offsetof(struct sockaddr_un, sun_path)
			   ? len - offsetof(struct sockaddr_un, sun_path)
			   : 0;
	const struct desc *d;

	*ret = (struct unix_name){ .len = n < SUN_PATH_SIZE ? n : SUN_PATH_SIZE };
	memcpy(ret->bytes, sun->sun_path, ret->len);
	if (!is_path(ret))
		return;
	ret->len = strnlen(ret->bytes, ret->len); /* the kernel counts the NUL */
	for (uint32_t at = 0; (d = table_next(t, &at));) {
		if (d->unix_local && strcmp(last_component(d->unix_local), ret->bytes) == 0) {
			unix_name_from_path(d->unix_local, ret);
			return;
		}
	}
}

char *unix_name_keep(const struct unix_name *name)
{
	return is_path(name) ? xstrndup(name->bytes, name->len) : NULL;
}
