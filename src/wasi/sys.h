/* One guest's system interface: its arguments, environment and descriptors.
 *
 * Symbols are sys_..., not wasi_...: that prefix belongs to Wasmtime's C API,
 * which the engine links too. One guest, one thread: nothing here is locked,
 * and calls that the guest makes may block for as long as the kernel lets them.
 * Whoever wants a guest to stop ends the process.
 */
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sys;

struct sys_dir {
	const char *path;  /* an existing directory, as this process sees it */
	const char *guest; /* the name that the guest sees */
	bool writable;
};

/* Everything is borrowed for the life of the `struct sys`. */
struct sys_config {
	const char *const *args;
	size_t n_args;
	const char *const *env; /* "NAME=VALUE" */
	size_t n_env;
	const struct sys_dir *dirs; /* the guest's descriptors from 3 up */
	size_t n_dirs;
};

/* The guest shares this process's descriptors 0 to 2; one that is closed is closed for the guest
 * as well. Opens the directories. -errno with words if one cannot be opened or there are too
 * many. */
int sys_new(const struct sys_config *config, struct sys **ret, struct err *e);
/* Closes every descriptor of the guest, but not 0 to 2. Returns NULL. */
struct sys *sys_free(struct sys *s);

/* True once the guest has called proc_exit: the caller unwinds it and must not enter it again. */
bool sys_exit_status(const struct sys *s, uint32_t *ret_code);
