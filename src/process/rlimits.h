/* The engine's resource limits (getrlimit(2)), which need no cgroup. */
#pragma once

#include "policy/limits.h"

#include <stdbool.h>
#include <stddef.h>

/* What the engine may have of memory beside the guest's: stacks of 64 and 40 MiB, threads, heaps.
 */
enum { RLIMITS_ENGINE_MEMORY = 256 << 20 };

/* Sets those of the calling process: descriptors (by default as many as the user may have),
 * writable memory, and, with `own_user_namespace`, processes: elsewhere the kernel counts all that
 * the user has. Async-signal-safe. */
int rlimits_set(const struct limits *limits, bool own_user_namespace);
/* As many as the user may have, for the calling process. */
void rlimits_raise_descriptors(void);
/* Whether the kernel holds this user to RLIMIT_NPROC: not root. */
bool rlimits_hold_processes(void);
