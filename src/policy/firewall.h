/* Firewall rules: which flows may pass between a process and the rest, as [[network.firewall]] says
 * it. Pure.
 *
 * Rules are asked in their order, and the first that fits decides; where none fits, the flow
 * passes. A rule speaks of the first packet of a flow: what belongs to a flow that has passed, in
 * either direction, is not judged again. Rules narrow what forwards and grants open, and open
 * nothing.
 *
 * The one rule set is judged in three places, with one verdict: nftables in the namespace
 * (firewall_nft.h), a socket filter on the host's published ports (firewall_bpf.h), and
 * firewall_admits() where the supervisor itself relays or connects.
 */
#pragma once

#include "base/addr.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

enum {
	FIREWALL_RULES_MAX =
		64, /* of one process; so that every socket filter fits the kernel's bound */
	FIREWALL_NAME_MAX = 33, /* with its NUL */
};

enum firewall_direction { FIREWALL_IN, FIREWALL_OUT, FIREWALL_DIRECTION_COUNT };
enum firewall_protocol {
	FIREWALL_ANY,
	FIREWALL_TCP,
	FIREWALL_UDP,
	FIREWALL_ICMP, /* ICMPv6, too */
	FIREWALL_PROTOCOL_COUNT
};
enum firewall_action {
	FIREWALL_ACCEPT,
	FIREWALL_DROP,
	FIREWALL_REJECT, /* tell the sender, where that can be done */
	FIREWALL_ACTION_COUNT
};

struct firewall_rule {
	enum firewall_direction direction;
	enum firewall_protocol protocol;
	struct addr network; /* of the other side; len 0: any. Its port means nothing */
	unsigned prefix_len;
	uint16_t first_port, last_port; /* of the destination; 0: any, ICMP included */
	enum firewall_action action;
	bool counter; /* to be told at the end */
	char name[FIREWALL_NAME_MAX];
};

struct firewall {
	struct firewall_rule *rules; /* owned */
	size_t n;
};

/* How often each rule has decided. */
struct firewall_tally {
	uint64_t counts[FIREWALL_RULES_MAX];
};

struct firewall_flow {
	enum firewall_direction direction;
	enum firewall_protocol protocol; /* not ANY */
	const struct addr *peer; /* the other side; NULL: it has no address (a Unix socket) */
	uint16_t port;		 /* of the destination */
};

/* The rule that decides on the flow: its index, or f->n when none does. */
size_t firewall_find(const struct firewall *f, const struct firewall_flow *flow);
/* The verdict, counted in `tally`. `f` may be NULL: no rules. */
enum firewall_action firewall_judge(const struct firewall *f, const struct firewall_flow *flow,
				    struct firewall_tally *tally);

/* The values of a rule's keys, as the user writes them. */
int firewall_parse_direction(const char *text, enum firewall_direction *ret, struct err *e);
int firewall_parse_protocol(const char *text, enum firewall_protocol *ret, struct err *e);
int firewall_parse_action(const char *text, enum firewall_action *ret, struct err *e);
/* ADDRESS or ADDRESS/LENGTH; bits behind the prefix must be zero. */
int firewall_parse_address(const char *text, struct firewall_rule *r, struct err *e);
/* PORT or FIRST-LAST. */
int firewall_parse_ports(const char *text, struct firewall_rule *r, struct err *e);
/* Letters, digits, '-' and '_'. */
int firewall_parse_name(const char *text, struct firewall_rule *r, struct err *e);

/* Appends a copy. Refuses ports without a protocol that has them, and too many rules. */
int firewall_add(struct firewall *f, const struct firewall_rule *r, struct err *e);
void firewall_deinit(struct firewall *f);
/* "rule 2 (web)" or "rule 2"; counted from 1. */
const char *firewall_rule_title(const struct firewall *f, size_t i, char out[64]);
