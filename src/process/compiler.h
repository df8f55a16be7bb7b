/* Runs `wasmrun-engine compile`: it reads a module that nobody trusts, so it gets as little as
 * can be.
 *
 * The child has no environment, the two descriptors, no_new_privs, limits on memory, time and
 * output, a seccomp filter under which it can open nothing, and it dies with its parent. Where this
 * user may make namespaces, it also has its own user, network, mount, pid and ipc namespaces and an
 * empty root; where not, a verbose line says so.
 */
#pragma once

#include "base/err.h"

/* Compiles what `module_fd` holds, from its start, into `out_fd`, with the program `engine`.
 * Blocks. Both descriptors stay the caller's. The words of a failure are the engine's; exit code
 * 126 in `e` if it refused the module. */
int compiler_run(const char *engine, int module_fd, int out_fd, struct err *e);
