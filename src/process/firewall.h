/* The firewall's part inside the namespace: nftables rules, and what they have counted. */
#pragma once

#include "net/nftables.h"
#include "policy/firewall.h"

#include <uv.h>

struct process_firewall {
	const struct firewall *rules;	/* borrowed */
	const char *name;		/* of the process; borrowed */
	const struct nftables *nft;	/* NULL: there are no rules */
	int net_fd;			/* the network namespace; -EBADF before it stands */
	struct firewall_tally *decided; /* by the supervisor itself; borrowed */
	struct firewall_tally earlier;	/* in namespaces that are gone */
	uv_signal_t asked;		/* SIGUSR1: for the counters */
};

/* `rules` may be NULL or empty. To be called before this process has any thread. */
int process_firewall_init(struct process_firewall *pf, const struct firewall *rules,
			  struct firewall_tally *decided, const char *name, struct err *e);
/* Tells the counters at each SIGUSR1. Whoever stops the loop closes the handle. */
int process_firewall_watch(struct process_firewall *pf, uv_loop_t *loop, struct err *e);
/* Puts the rules into the namespace that the socket is of, and lets go on what waits for that at
 * the other end of the control socket: the start of the guest. */
int process_firewall_apply(struct process_firewall *pf, int sock, int control_fd, struct err *e);
/* Lets what leaves by this socket of the supervisor's into the namespace: it has been judged. */
int process_firewall_mark(const struct process_firewall *pf, int sock);
/* Tells how often each rule that has a counter has decided. */
void process_firewall_report(const struct process_firewall *pf);
void process_firewall_deinit(struct process_firewall *pf);
