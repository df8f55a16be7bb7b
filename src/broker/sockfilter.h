/* The firewall's rules on a socket of the host's. */
#pragma once

#include "policy/firewall.h"

/* Attaches the filter for what comes in at the guest's `port`, if any is needed, and locks it:
 * whoever holds the socket cannot take it off, and accepted sockets inherit both. 0 or -errno. */
int sockfilter_attach(int fd, const struct firewall *f, enum firewall_protocol protocol,
		      uint16_t port);
/* Whether this process may attach filters. Some kernels ask for CAP_NET_ADMIN over the socket's
 * network namespace, which on the host is root's. */
bool sockfilter_is_possible(void);
/* Whether the filter that `fd` has is the one that sockfilter_attach() would give it. */
bool sockfilter_is_attached(int fd, const struct firewall *f, enum firewall_protocol protocol,
			    uint16_t port);
/* Whether one is needed. */
bool sockfilter_is_needed(const struct firewall *f, enum firewall_protocol protocol, uint16_t port);
