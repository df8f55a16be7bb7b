/* Runs `wasmrun-engine compile`: it reads a module that nobody trusts, so it gets as little as can be.
 *
 * The child has no environment, the two descriptors, no_new_privs, limits on memory, time and output, and it dies
 * with its parent. Where this user may make namespaces, it also has its own user, network, mount, pid and ipc
 * namespaces and an empty root; where not, a verbose line says so.
 */
#pragma once

#include "base/err.h"

/* Compiles what `module_fd` holds into `out_fd`, from its start. Blocks. Both stay the caller's. The words of a failure
 * are the engine's; exit code 126 in `e` if it refused the module. */
int compiler_run(int module_fd, int out_fd, struct err *e);
/* $WASMRUN_ENGINE, else beside this program, else libexec. Caller frees. */
int compiler_engine_path(char **ret, struct err *e);
