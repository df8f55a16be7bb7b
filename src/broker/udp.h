/* Forwards of UDP: datagrams that arrive on the host's ports go to the guest's, and its answers
 * back, on the supervisor's event loop.
 *
 * The engine never gets the host's socket, for it could send anywhere. Each client (address, port,
 * and the local address it wrote to) has a peer: a socket in the guest's namespace, so that the
 * guest sees distinct peers and an answer finds its client.
 *
 *	peer		on a datagram	leaves by
 *	dialling	kept, bounded	the socket's arrival
 *	open		sent on		idling; room for a newer client; the guest binding another
 *					address; the end
 *
 * The firewall is asked for each new peer. Nothing is answered that the guest has not answered, and
 * only to whom has written. When nobody listens in the guest, datagrams are lost without a word: a
 * supervisor without privilege cannot send the ICMP error that the kernel would.
 */
#pragma once

#include "base/err.h"
#include "broker/broker.h"

enum {
	UDP_PEERS_MAX = 1024, /* of one process; then the one that idled longest goes */
	UDP_IDLE_MS = 60000,
};

struct udp;

/* Binds the host port of every FORWARD_UDP among the configuration's forwards: one in use is an
 * error with words. *ret is the caller's. */
int udp_new(const struct broker_config *config, struct udp **ret, struct err *e);
/* Begins to relay. */
int udp_start(struct udp *u, struct err *e);
/* The guest has bound a socket to `local`: from now on it is where datagrams for its port go. */
void udp_note_bound(struct udp *u, const struct addr *local);
size_t udp_n_peers(const struct udp *u);
/* Drops peers that have been idle for UDP_IDLE_MS at `now_ms` (uv_now()). The relay does so by
 * itself; this is for tests. */
void udp_expire(struct udp *u, uint64_t now_ms);
/* Closes everything; the loop has to run on until the handles are gone, then udp_free(). */
void udp_stop(struct udp *u);
struct udp *udp_free(struct udp *u);
