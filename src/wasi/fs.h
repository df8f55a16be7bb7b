/* Calls that name a file by a path beneath an open directory.
 *
 * Paths are C strings beneath `dir` (wasi/path.h says how they are held there).
 * A directory that was granted read-only answers every change with EROFS, as
 * the kernel does on a read-only mount, and passes that on to what is opened
 * through it. -errno on failure.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <time.h>

#include "wasi/table.h"

struct fs_open {
	bool follow; /* a symbolic link as last component */
	bool create;
	bool exclusive;
	bool truncate;
	bool directory; /* fail unless it is one */
	bool read;
	bool write;
	int flags; /* O_APPEND, O_NONBLOCK, O_DSYNC, O_SYNC */
};

/* `ret` owns its descriptor. Opening a directory never asks for writing: the witx lets rights say
 * so, and libraries do. May block on a FIFO. */
int fs_open(const struct desc *dir, const char *path, const struct fs_open *how, struct desc *ret);
int fs_stat(const struct desc *dir, const char *path, bool follow, struct stat *ret);
int fs_set_times(const struct desc *dir, const char *path, bool follow,
		 const struct timespec times[2]);
int fs_readlink(const struct desc *dir, const char *path, char *ret, size_t size, size_t *ret_len);

/* These borrow the path's bytes: it is written to and put back. */
int fs_mkdir(const struct desc *dir, char path[PATH_MAX]);
int fs_rmdir(const struct desc *dir, char path[PATH_MAX]);
int fs_unlink(const struct desc *dir, char path[PATH_MAX]);
int fs_rename(const struct desc *old_dir, char old_path[PATH_MAX], const struct desc *new_dir,
	      char new_path[PATH_MAX]);
/* A symbolic link is linked itself, not what it points to. */
int fs_link(const struct desc *old_dir, char old_path[PATH_MAX], const struct desc *new_dir,
	    char new_path[PATH_MAX]);
/* An absolute target is -EPERM, as in Wasmtime: it could mean nothing to the guest, and something
 * to a program of the host's that follows it. */
int fs_symlink(const char *target, const struct desc *dir, char path[PATH_MAX]);
