/* The options of "wasmrun os": one table, from which parsing, --help and the references are made.
 * Pure but for the `lookup` that it is given. */
#pragma once

#include "base/err.h"
#include "policy/dir.h"
#include "policy/env.h"
#include "policy/forward.h"
#include "policy/grant_set.h"
#include "policy/limits.h"
#include "policy/restart.h"
#include "spec/tcplisten.h"

#include <stdbool.h>
#include <stddef.h>

struct option_spec {
	const char *name;     /* without dashes */
	char letter;	      /* its short form, or 0 */
	const char *argument; /* NULL: takes none */
	bool is_repeatable;
	bool is_later; /* refused by name until a later version brings it */
	const char *help;
	bool is_argument_optional; /* then only behind "=" */
};

extern const struct option_spec option_specs[];
extern const size_t n_option_specs;

enum { DIRS_MAX = 64, LISTENERS_MAX = 64 };

struct os_options {
	bool is_help_wanted; /* nothing else counts then */
	const char *project; /* this and the other strings are borrowed from argv */
	struct forward *forwards;
	size_t n_forwards;
	struct grant_set grants;
	struct env env;
	struct dir *dirs;
	size_t n_dirs;
	struct tcplisten *listeners;
	size_t n_listeners;
	const char *language; /* NULL: not given; likewise below */
	const char *name;
	const char *config;
	const char *audit;
	struct limits limits;
	bool watch;
	struct restart restart;
	bool verbose;
	bool install;
	char *const *args;
	size_t n_args;
};

/* argv[0] is the subcommand's name. `o` is initialised by this call and is empty after a failure.
 * Returns 0, or -EINVAL with words. */
int os_options_parse(struct os_options *o, int argc, char **argv, char *(*lookup)(const char *name),
		     struct err *e);
void os_options_deinit(struct os_options *o);
