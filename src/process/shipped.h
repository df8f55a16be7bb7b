/* Compiled modules of the language runtimes that come with wasmrun, so that no user's first run
 * waits for a compiler. They are made when wasmrun is built, for the CPU that builds, and are used
 * where they lie:
 *
 *	compiled module | its name in a cache (cache_key.h) | trailer (sealed_file.h)
 */
#pragma once

#include "base/err.h"
#include "process/cache_key.h"

/* Opens the file if it is what a cache would hold under the name `key`, and if nobody but root and
 * the caller could have put it there: it and the folders on the way belong to one of them, and no
 * one else may write to them. `path` is absolute and has no symbolic links. That the content is
 * whole is left to sealed_file_check_content().
 * 0: *ret_fd is the caller's. 1: *ret_fault says what is wrong (static text). -errno. */
int shipped_open(const char *path, const char key[static CACHE_KEY_MAX], int *ret_fd,
		 const char **ret_fault);
/* Makes such a file, with mode 0644, of the compiled module `fd`. What lay there stays whole for
 * those who run it. */
int shipped_write(int fd, const char key[static CACHE_KEY_MAX], const char *path, struct err *e);
