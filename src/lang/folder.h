/* Folders of projects, and of wasmrun's own. */
#pragma once

#include "base/err.h"

#include <stdbool.h>

/* Whether there is a regular file of that name. */
bool folder_has_file(const char *folder, const char *name);

/* Makes what is missing of <cache>/<kind>/<name> (base/cache_folder.h). The caller frees *ret. */
int folder_open_cache(const char *kind, const char *name, char **ret, struct err *e);
/* A new descriptor of the folder that holds its lock until it is closed. Waits for it. */
int folder_lock(const char *path, int *ret_fd, struct err *e);

/* The runtime of a language: the folder <name> in $WASMRUN_RUNTIMES, else where the build has it,
 * else where it is installed. -ENOENT if it is not there. The caller frees *ret. */
int folder_find_runtime(const char *name, char **ret, struct err *e);
/* A file of a runtime: <in_build> among the runtimes of the build, <name> beside the program, or
 * <name> where wasmrun is installed. An absolute path without symbolic links; the caller frees it.
 * NULL if there is none. */
char *folder_find_file(const char *in_build, const char *name);
/* Such a file, "<name>.cwasm": what was made of a language's runtime with wasmrun. Whether it can
 * be trusted is for others to find out. */
char *folder_find_compiled(const char *name);
