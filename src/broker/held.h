/* Published ports between two runs of a process that is started again: nobody else can have them,
 * and clients that connect wait in the queue of a listener that nobody accepts from.
 *
 * A broker takes its forwards' ports from here when it is made, if they are here, and puts them
 * back when it is freed.
 */
#pragma once

#include "broker/hostpath.h"
#include "policy/forward.h"

#include <stdbool.h>
#include <stddef.h>

struct held_port {
	struct forward forward;
	int reserve_fd;	      /* of TCP: see hostport.h */
	int listener_fd;      /* of TCP, if clients wait: they are in its queue */
	struct hostpath path; /* of a Unix socket; its listener is the socket itself */
	int udp_fd;	      /* of UDP */
};

struct held {
	struct held_port *ports; /* owned, with their descriptors */
	size_t n;
};

#define HELD_PORT_EMPTY                                                                            \
	((struct held_port){ .reserve_fd = -EBADF,                                                 \
			     .listener_fd = -EBADF,                                                \
			     .path.fd = -EBADF,                                                    \
			     .udp_fd = -EBADF })

/* Moves the port of that forward's host end to *ret, with its descriptors. False if it is not here.
 * `h` may be NULL. */
bool held_take(struct held *h, const struct forward *f, struct held_port *ret);
/* Takes the descriptors. */
void held_put(struct held *h, const struct held_port *p);
/* Gives every port that is left back to the host. */
void held_release(struct held *h);
