/* Names for network namespaces, where `ip netns` looks for them: /run/netns/NAME.
 *
 * A name is a symbolic link to /proc/PID/ns/net, not a mount: it needs no mount in the host's
 * namespace, setns() follows it, and it can be removed by anyone who holds the folder. Only root
 * can write there.
 */
#pragma once

#include "base/err.h"

#include <sys/types.h>

enum { PIN_NAME_MAX = 144 };

/* Opens (and makes, if need be) the folder. *ret_dir_fd is the caller's. 1 if the caller may not
 * write there, being root in a user namespace only. */
int pin_open_dir(int *ret_dir_fd, struct err *e);
/* Links `name`, which no other process of the caller's has, to the network namespace of the process
 * with the host's number `pid`. A link that one of them has left is replaced. -EEXIST if something
 * else is there. */
int pin_create(int dir_fd, const char *name, const char *pid);
/* Removes `name`. Async-signal-safe. */
void pin_remove(int dir_fd, const char *name);
/* Removes `name` if it still stands for the process `pid`, which has ended without doing so itself.
 */
void pin_remove_of(const char *name, pid_t pid);
