/* Landlock (landlock(7)): the engine's own file rights, on top of the private root.
 *
 * The root holds nothing but the module and the directories already. What Landlock adds: were there
 * a way out of it (a descriptor of another mount, a mistake of ours or of the kernel's), no file
 * outside of these could be opened; a directory that is given read-only is so twice; and nothing
 * but the engine's program can be executed. Sockets are the broker's business, so its rules for TCP
 * are not used.
 */
#pragma once

#include "process/root.h"

/* Whether this kernel has it, from Linux 5.19 on: before, it knew no rename between directories. */
bool landlock_is_available(void);
/* For the calling thread and what it becomes, for ever; needs no_new_privs, and the root entered.
 * `exec_fd` is the engine's program. Does nothing where it is not available. Async-signal-safe. */
int landlock_enter(const struct root *root, int exec_fd);
