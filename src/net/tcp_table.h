/* The kernel's table of TCP connections (sock_diag(7)). */
#pragma once

#include <stdint.h>
#include <sys/types.h>

/* How many connections of that local port, in the caller's network namespace, somebody has
 * accepted and not closed yet; those that wait in a listener's queue are not among them. -errno. */
ssize_t tcp_table_count_accepted(uint16_t port);
