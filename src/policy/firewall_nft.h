/* Firewall rules for nftables: the commands that put them into a namespace. Pure. */
#pragma once

#include "base/buf.h"
#include "policy/firewall.h"

enum {
	FIREWALL_TEXT_MAX = 65536,
	/* What the supervisor's own sockets in the namespace carry: they bring in what has been
	 * judged already, at the host's end. The guest has no right to set a mark. */
	FIREWALL_MARK = 0x7761736d,
};

#define FIREWALL_LIST_COUNTERS "list counters table inet wasmrun"

/* A string with its NUL. */
int firewall_to_nft(const struct firewall *f, struct buf *ret);
/* Adds what nft answered to FIREWALL_LIST_COUNTERS. */
void firewall_read_counters(const char *text, const struct firewall *f,
			    struct firewall_tally *tally);
