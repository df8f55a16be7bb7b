/* The cgroup of a process that has limits on memory, CPU time or processes: where it can be, making
 * it, and taking it away.
 *
 * Version 2 has one tree, version 1 one for each controller; the directory is called
 * "wasmrun-<supervisor's pid>-<name>" in each. Who does what, so that nothing is left whoever is
 * killed:
 *
 *	supervisor	cgroup_find(), before the process is cloned
 *	pid 1		cgroup_make(), while it still sees the host's cgroup namespace
 *	pid 1's child	cgroup_join(), before it becomes the engine; pid 1 itself stays outside
 *	pid 1		cgroup_read(), cgroup_remove() when the engine has ended
 *	supervisor	cgroup_remove() when pid 1 has ended, which may have been killed
 */
#pragma once

#include "policy/limits.h"

#include <stdbool.h>
#include <stddef.h>

enum { CGROUP_TREES_MAX = 3, CGROUP_FILES_MAX = 6, CGROUP_NAME_MAX = 96 };

struct cgroup_file {
	const char *name;
	char value[48];
	bool optional; /* a kernel may lack it */
};

struct cgroup_tree {
	int parent_fd;	 /* owned */
	bool is_unified; /* version 2 */
	int procs_fd;	 /* of the new cgroup, to join it; owned; -EBADF until it is made */
	struct cgroup_file files[CGROUP_FILES_MAX];
	size_t n_files;
};

struct cgroup {
	char name[CGROUP_NAME_MAX];
	struct cgroup_tree trees[CGROUP_TREES_MAX];
	size_t n_trees;
	bool is_held[LIMIT_COUNT]; /* by this cgroup */
};

/* What the kernel did to keep the limits. */
enum cgroup_events { CGROUP_OOM_KILLED = 1, CGROUP_FORKS_REFUSED = 2, CGROUP_THROTTLED = 4 };

/* Finds places in the caller's own cgroup or above it. A limit for which there is none is not held;
 * that is no failure. */
void cgroup_find(const struct limits *limits, const char *name, struct cgroup *ret);
/* The rest does nothing for a cgroup without trees. */
int cgroup_make(struct cgroup *c);
int cgroup_join(const struct cgroup *c);
/* Bits of enum cgroup_events. */
unsigned cgroup_read(const struct cgroup *c);
/* Nothing of it may run any more. It need not have been made. */
void cgroup_remove(const struct cgroup *c);
void cgroup_close(struct cgroup *c);
