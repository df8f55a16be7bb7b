/* A process: one running guest with its namespaces, from start to exit. */
#pragma once

#include "base/err.h"
#include "broker/held.h"
#include "policy/firewall.h"
#include "policy/forward.h"
#include "policy/grant_set.h"
#include "policy/limits.h"
#include "policy/restart.h"
#include "process/name_claim.h"
#include "process/watch.h"
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
	const char *name; /* valid per name_check(); not unique */
	const struct name_claim *claim;
	enum isolation isolation;
	bool loopback_enabled;
	const struct forward *forwards;
	size_t n_forwards;
	const struct firewall *firewall; /* NULL: no rules; none with ISOLATION_NONE */
	const struct grant_set *grants;	 /* NULL: none */
	const char *audit_path;		 /* of the audit log; NULL: none is kept */
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

/* For a process that may be run again: what goes from one run to the next. */
struct process_rerun {
	struct restart restart;
	struct watch *watch;	 /* borrowed; NULL: only the guest's end ends a run */
	struct held held;	 /* the published ports; the caller's to held_release() */
	struct name_claim claim; /* the caller's to name_claim_release() */
	enum rerun_next { RERUN_END, RERUN_RESTART, RERUN_CHANGED } next; /* set by process_run() */
	bool is_signalled; /* likewise: a signal to the supervisor has ended the run */
};

/* Runs the guest to its end, with the caller's stdin, stdout and stderr. Blocks.
 * *ret_exit is the exit code for the command: the guest's own, or 128 + signal.
 * A failure to start is -errno with words; nothing is left behind either way. `rerun` is NULL for a
 * single run. SIGINT, SIGTERM, SIGHUP and SIGQUIT are blocked afterwards, lest one is lost between
 * two runs. */
int process_run(const struct process_plan *plan, struct process_rerun *rerun, int *ret_exit,
		struct err *e);
