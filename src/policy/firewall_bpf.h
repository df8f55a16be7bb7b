/* Firewall rules as a classic BPF socket filter, for a published port of the host. Pure.
 *
 * The filter of a TCP listener sees each connection's first packet, and those of the connections
 * accepted from it, which inherit it. Protocol and destination port are the socket's, so what is
 * left to look at is the source address. */
#pragma once

#include "policy/firewall.h"

#include <linux/filter.h>

/* Each rule: at most four words of an address to compare, and a verdict. */
enum { FIREWALL_BPF_MAX = 16 + FIREWALL_RULES_MAX * 14 };

/* The filter for what comes in at the guest's `port`. Returns its length; 0: everything passes. `f`
 * may be NULL: no rules. */
size_t firewall_to_bpf(const struct firewall *f, enum firewall_protocol protocol, uint16_t port,
		       struct sock_filter ret[FIREWALL_BPF_MAX]);
