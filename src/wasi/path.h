/* Paths beneath a directory: the wall around what a guest was granted.
 *
 * The kernel walks every path with openat2(2) and RESOLVE_BENEATH |
 * RESOLVE_NO_MAGICLINKS: no absolute path, "..", symbolic link, magic link or
 * concurrent rename leads out. Calls that change a name have no such variant;
 * for them the parent is opened that way, and the last component goes to the
 * kernel with the parent's descriptor. That is safe for calls that do not
 * follow the last component: mkdirat, unlinkat, renameat, symlinkat, linkat's
 * new name. All of them refuse "." and "..".
 */
#pragma once

#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Copies a guest's string. -EINVAL with a NUL in it, -ENAMETOOLONG from PATH_MAX on, -ENOENT if
 * empty. */
int path_copy(const uint8_t *bytes, size_t len, char ret[PATH_MAX]);

/* open(2) beneath `dir_fd`, always close-on-exec and never as controlling terminal. Returns a new
 * descriptor, which the caller owns, or -errno; a path that leads out is -EPERM, as in Wasmtime. */
int path_open(int dir_fd, const char *path, int flags, mode_t mode);

/* A name in a directory. */
struct path_name {
	int dir_fd;	  /* of the parent */
	int owned_fd;	  /* the same if it had to be opened, else -EBADF */
	const char *last; /* the last component with the slashes behind it; points into the path */
};

/* Opens the parent of `path` beneath `dir_fd`. The path must outlive the name. */
int path_name_open(int dir_fd, char path[PATH_MAX], struct path_name *ret);
void path_name_close(struct path_name *n);
