/* Where wasmrun keeps what can be made again: compiled modules, programs, packages. */
#pragma once

#include "base/err.h"

/* $WASMRUN_CACHE_DIR, else $XDG_CACHE_HOME/wasmrun, else ~/.cache/wasmrun: an absolute path. The
 * caller frees *ret. */
int cache_folder_path(char **ret, struct err *e);
/* As mkdir -p, with mode 0700. What is there already stays as it is. */
int cache_folder_make(const char *path, struct err *e);
