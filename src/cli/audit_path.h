/* Where the audit log goes. */
#pragma once

#include "base/err.h"
#include "process/process.h"

/* The absolute path of `name`, a relative one being taken from `folder` (NULL: the current one).
 * Refuses a file in a folder that the guest can write to: what it did must not be its to change.
 * The caller frees *ret. */
int audit_path_find(const char *name, const char *folder, const struct process_dir *dirs,
		    size_t n_dirs, char **ret, struct err *e);
