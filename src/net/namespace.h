/* The inside of a fresh user and network namespace. Every function here runs in the cloned child,
 * before any guest exists, and makes system calls only (no allocation, no lock). */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

enum {
	NAMESPACE_ID = 1000
}; /* the one user and group that exist inside; not 0, so exec drops all rights */

/* Maps NAMESPACE_ID to the caller's own ids: the one mapping that needs no privilege
 * (user_namespaces(7)). To be called first. Returns -errno. */
int namespace_map_ids(uid_t outer_uid, gid_t outer_gid);
/* Brings up `lo`; Linux gives it 127.0.0.1/8 and ::1/128. */
int namespace_loopback_up(void);
/* Lets every user bind ports below 1024 in this namespace, where nobody else's ports are. */
int namespace_open_low_ports(void);
