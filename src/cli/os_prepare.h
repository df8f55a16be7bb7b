/* From the command line to what is to be run:
 *
 *	options -> configuration -> project -> module (built, compiled, cached)
 *
 * Each step fills its part of `struct os`; os_deinit() undoes them all.
 */
#pragma once

#include "base/err.h"
#include "cli/options.h"
#include "config/config.h"
#include "lang/project.h"
#include "policy/name.h"
#include "process/cache.h"
#include "process/process.h"

enum { OS_DIRS_MAX = DIRS_MAX + PROGRAM_DIRS_MAX + 2 }; /* and those that a guest has anyway */

struct os {
	struct os_options options;
	struct config config;
	struct project project;
	struct program program;
	struct cache_module module;
	char name[NAME_LEN_MAX + 1];
	const char **args;
	size_t n_args;
	struct process_dir dirs[OS_DIRS_MAX];
	size_t n_dirs;
	char *audit_path; /* NULL: no audit log */
};

/* Fills the rest of `os` from its options. Builds and compiles, and so takes its time. */
int os_prepare(struct os *os, struct process_rerun *rerun, struct err *e);
void os_deinit(struct os *os);
