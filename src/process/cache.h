/* The compile cache: from a .wasm file to a compiled module that the engine maps.
 *
 * A cached module is trusted code, so the cache folder is 0700 and the user's own, and each file is
 * checked (owner, mode, size, checksum) before it is used, unless it has not changed since it was;
 * a bad one is recompiled.
 */
#pragma once

#include "base/err.h"
#include "spec/spec.h"

#include <stdbool.h>

struct cache_module {
	enum spec_kind kind; /* told by the file's first eight bytes */
	char *path;	     /* of the compiled module; owned */
	bool compiled;	     /* by this call, rather than found */
};

/* Compiles with `wasmrun-engine compile` unless a good cached module is there, or `shipped` is one
 * that fits (process/shipped.h): the path of the one that came with wasmrun, or NULL. Blocks.
 * No such file: exit code 127 in `e`; not a module, or one that does not validate: 126. */
int cache_module_get(const char *wasm_path, const char *shipped, struct cache_module *ret,
		     struct err *e);
void cache_module_deinit(struct cache_module *m);
/* The path of the engine program: $WASMRUN_ENGINE, else beside this program, else libexec. Caller
 * frees. */
int cache_engine_path(char **ret, struct err *e);
