/* Folders of wasmrun's own. */
#pragma once

#include "base/err.h"

/* Makes what is missing of <cache>/<kind>/<name>, where <cache> is $WASMRUN_CACHE_DIR, else
 * $XDG_CACHE_HOME/wasmrun, else ~/.cache/wasmrun. The caller frees *ret. */
int folder_open_cache(const char *kind, const char *name, char **ret, struct err *e);
/* A new descriptor of the folder that holds its lock until it is closed. Waits for it. */
int folder_lock(const char *path, int *ret_fd, struct err *e);

/* The runtime of a language: the folder <name> in $WASMRUN_RUNTIMES, else where the build has it,
 * else where it is installed. -ENOENT if it is not there. The caller frees *ret. */
int folder_find_runtime(const char *name, char **ret, struct err *e);
/* The file "<name>.cwasm" that was made of a language's runtime with wasmrun, where the build has
 * it, beside the program, or where it is installed. An absolute path without symbolic links; the
 * caller frees it. NULL if there is none. Whether it can be trusted is for others to find out. */
char *folder_find_compiled(const char *name);
