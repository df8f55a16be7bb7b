/* The guest's way out for UDP, made inside its network namespace.
 *
 * Routing decides which datagrams take it, so that a send to anywhere else fails as it does without
 * a way out (ENETUNREACH), whatever made the call:
 *
 *	rules		"UDP, to this network, at these ports": look into table UDP_EXIT_TABLE
 *	the table	everything to `udp-out`; multicast and link-local go on as before
 *	udp-out		one end of a pair of virtual Ethernet devices
 *	udp-end		the other: a packet socket, handed to the supervisor, reads what arrives.
 *			Without ARP each frame has its sender's own address, so the kernel takes it
 *			for another host's and lets it go.
 *
 * Answers are written to raw sockets, with the address of whoever sent them, and reach the guest
 * over loopback. The capabilities that this takes are needed here only; the supervisor reads and
 * writes.
 */
#pragma once

#include "base/addr.h"

#include <stdbool.h>
#include <stddef.h>

/* One kind of destination. */
struct udp_route {
	struct addr network; /* its port means nothing */
	unsigned prefix_len; /* 0: everywhere in that family */
	uint16_t first_port, last_port;
};

struct udp_exit {
	int packet_fd; /* whole IP packets, non-blocking */
	int raw4_fd, raw6_fd;
};

#define UDP_EXIT_EMPTY                                                                             \
	((struct udp_exit){ .packet_fd = -EBADF, .raw4_fd = -EBADF, .raw6_fd = -EBADF })

/* Needs CAP_NET_ADMIN and CAP_NET_RAW in the namespace, and loopback up. Async-signal-safe. On
 * failure the namespace is to be thrown away. */
int udp_exit_open(const struct udp_route *routes, size_t n_routes, struct udp_exit *ret);
void udp_exit_close(struct udp_exit *x);
