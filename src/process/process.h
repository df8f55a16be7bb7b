/* A process: one running guest with its namespaces, from start to exit. */
#pragma once

#include "base/err.h"
#include "policy/firewall.h"
#include "policy/forward.h"
#include "policy/grant_set.h"
#include "policy/limits.h"
#include "spec/spec.h"

#include <stdbool.h>
#include <stddef.h>

enum isolation {
	ISOLATION_NAMESPACE, /* own namespaces: the default */
	ISOLATION_NONE,	     /* the caller's namespaces */
};

struct process_dir {
	char *host; /* absolute path of an existing directory; NULL: a private, empty one (tmpfs) */
	char *guest; /* the name that the guest sees */
	bool writable;
};

/* What to run. Everything is borrowed for the call. */
struct process_plan {
	const char *name; /* valid per name_check(), not yet unique */
	bool name_chosen; /* by the user: a clash is an error, not a reason for "-2" */
	const char *namespace_prefix;
	enum isolation isolation;
	bool loopback_enabled;
	const struct forward *forwards;
	size_t n_forwards;
	const struct firewall *firewall; /* NULL: no rules */
	const struct grant_set *grants; /* NULL: none */
	const char *audit_path;		/* of the audit log; NULL: none is kept */
	enum spec_kind kind;
	const char *module;	 /* path of the compiled module in the cache */
	const char *const *args; /* argv of the guest */
	size_t n_args;
	const char *const *env; /* "NAME=VALUE" */
	size_t n_env;
	const struct process_dir *dirs; /* in the guest's order */
	size_t n_dirs;
	const struct tcplisten *listeners; /* opened inside, before the guest runs */
	size_t n_listeners;
	struct limits limits;
};

/* Runs the guest to its end, with the caller's stdin, stdout and stderr. Blocks.
 * *ret_exit is the exit code for the command: the guest's own, or 128 + signal.
 * A failure to start is -errno with words; nothing is left behind either way. */
int process_run(const struct process_plan *plan, int *ret_exit, struct err *e);
