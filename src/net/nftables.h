/* nftables, through libnftables, inside a network namespace that is not ours.
 *
 * The library is loaded when rules are asked for: linked, it and what it needs would take 1.7 ms of
 * every start. Its commands run in a forked child, since it opens its own netlink socket and only a
 * process of a single thread can enter a user namespace (setns(2)). This is the one child of the
 * supervisor that does not exec: it allocates, as glibc's fork() lets it. It enters the namespaces
 * for good, so whatever it did wrong could not reach the host's rules.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"

struct nftables;

/* Loads the library. To be called before this process has any thread. *ret is never unloaded. */
int nftables_open(const struct nftables **ret, struct err *e);
/* Runs commands in the network namespace `net_fd`, with all rights over the user namespace that
 * owns it, which the caller must have made. What they print goes to `output`, as a string. Blocks,
 * for at most some seconds. */
int nftables_run(const struct nftables *nft, int net_fd, const char *commands, struct buf *output,
		 struct err *e);
